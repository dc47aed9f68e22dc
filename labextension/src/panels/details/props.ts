import type { TranslationBundle } from '@jupyterlab/translation';

import type { INotebookActions } from '../../notebook/actions';
import type { IAlertDetail } from '../../wire';
import type { DetailsModel } from './model';

/** What the body of the details is drawn from. */
export interface IDetailsBodyProps {
  readonly model: DetailsModel;
  readonly trans: TranslationBundle;
  readonly actions: INotebookActions;
  /** Opens the menu of all pivots at an element. */
  readonly onMenu: (anchor: HTMLElement) => void;
}

/** What a part of the body is drawn from. */
export interface IDetailProps {
  readonly detail: IAlertDetail;
  readonly trans: TranslationBundle;
  readonly actions: INotebookActions;
}
