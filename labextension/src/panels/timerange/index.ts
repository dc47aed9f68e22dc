import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { INotebookActions } from '../../notebook/actions';
import { TimeRangeBody } from './body';
import type { TimeRangeModel } from './model';

/** Shows the time range and sets it. */
export class TimeRangePanel extends VDomRenderer<TimeRangeModel> {
  constructor(
    model: TimeRangeModel,
    private readonly _trans: TranslationBundle,
    private readonly _actions: INotebookActions
  ) {
    super(model);
    this.addClass('jp-Sentinel-Section');
  }

  protected override render(): React.JSX.Element {
    return React.createElement(TimeRangeBody, {
      model: this.model,
      trans: this._trans,
      actions: this._actions
    });
  }
}
