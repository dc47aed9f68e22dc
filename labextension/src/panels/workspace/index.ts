import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { INotebookActions } from '../../notebook/actions';
import { WorkspaceBody } from './body';
import type { WorkspaceModel } from './model';

/** Shows the workspace and connects another. */
export class WorkspacePanel extends VDomRenderer<WorkspaceModel> {
  constructor(
    model: WorkspaceModel,
    private readonly _trans: TranslationBundle,
    private readonly _actions: INotebookActions,
    private readonly _onRefresh: () => void
  ) {
    super(model);
    this.addClass('jp-Sentinel-Section');
  }

  /** Move the focus to the button that connects a workspace. */
  focusOpener(): void {
    this.node.querySelector<HTMLElement>('[aria-haspopup]')?.focus();
  }

  protected override render(): React.JSX.Element {
    return React.createElement(WorkspaceBody, {
      model: this.model,
      trans: this._trans,
      actions: this._actions,
      onRefresh: this._onRefresh
    });
  }
}
