import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg, VDomRenderer } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { INotebookActions } from '../../notebook/actions';
import { DetailsBody } from './body';
import type { DetailsModel } from './model';
import { ENRICH, SWEEP } from './model';

const INSERT = 'insert';

/** Shows the selected alert. */
export class DetailsPanel extends VDomRenderer<DetailsModel> {
  constructor(
    model: DetailsModel,
    private readonly _trans: TranslationBundle,
    private readonly _actions: INotebookActions
  ) {
    super(model);
    this.addClass('jp-Sentinel-Details');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('Alert details'));
    this._commands.addCommand(INSERT, {
      label: ({ index }) => this._pivotAt(index)?.label ?? '',
      describedBy: {
        args: { type: 'object', properties: { index: { type: 'number' } } }
      },
      execute: ({ index }) => {
        const pivot = this._pivotAt(index);
        return pivot ? this._actions.insert(pivot) : undefined;
      }
    });
  }

  /** Move the focus into the details, to be read. */
  focusDetails(): void {
    this.node.querySelector<HTMLElement>('[tabindex="-1"]')?.focus();
  }

  override dispose(): void {
    this._menu?.dispose();
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return React.createElement(DetailsBody, {
      model: this.model,
      trans: this._trans,
      actions: this._actions,
      onMenu: anchor => {
        this._openMenu(anchor);
      }
    });
  }

  private _openMenu(anchor: HTMLElement): void {
    this._menu?.dispose();
    const menu = new MenuSvg({ commands: this._commands });
    this._menu = menu;
    menu.addClass('jp-Sentinel-Menu');
    this.model.pivots.forEach(({ label }, index) => {
      if (label !== SWEEP && label !== ENRICH) {
        menu.addItem({ command: INSERT, args: { index } });
      }
    });
    menu.aboutToClose.connect(() => {
      anchor.focus();
    });
    const box = anchor.getBoundingClientRect();
    menu.open(box.left, box.bottom);
  }

  private _pivotAt(index: unknown): ReturnType<DetailsModel['pivot']> {
    return typeof index === 'number'
      ? (this.model.pivots[index] ?? null)
      : null;
  }

  private _menu: MenuSvg | null = null;
  private readonly _commands = new CommandRegistry();
}
