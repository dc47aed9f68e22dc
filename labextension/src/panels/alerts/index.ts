import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import * as React from 'react';

import { AlertsBody } from './body';
import type { AlertsModel } from './model';

/** Shows the list of alerts. */
export class AlertsPanel extends VDomRenderer<AlertsModel> {
  constructor(
    model: AlertsModel,
    private readonly _trans: TranslationBundle,
    private readonly _onRead: () => void,
    private readonly _onRange: (spec: string) => void
  ) {
    super(model);
    this.addClass('jp-Sentinel-Alerts');
  }

  /** Move the focus to the selected alert, or to the first; whether there is one. */
  focusList(): boolean {
    const line = this.node.querySelector<HTMLElement>(
      '.jp-Sentinel-List button[tabindex="0"]'
    );
    line?.focus();
    return line !== null;
  }

  /** Scroll no further than it takes to see the selected alert. */
  showSelected(): void {
    this.node
      .querySelector('.jp-Sentinel-List [aria-current="true"]')
      ?.scrollIntoView({ block: 'nearest' });
  }

  protected override render(): React.JSX.Element {
    return React.createElement(AlertsBody, {
      model: this.model,
      trans: this._trans,
      onRead: this._onRead,
      onRange: this._onRange
    });
  }
}
