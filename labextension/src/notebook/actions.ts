import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IPivot } from '../wire';
import { insertBelow, loadLine, runLoadLine } from './cells';

/** What the sidebar does to the notebook in front. */
export interface INotebookActions {
  /** Put the cells of `pivot` below the current cell; runs nothing. */
  insert(pivot: IPivot): Promise<void>;
  /** Load the extension into the kernel of the notebook in front. */
  loadExtension(): Promise<void>;
  /** Copy text to the clipboard, `what` being its name. */
  copy(text: string, what: string): Promise<void>;
  /** Say something that is not on the screen. */
  announce(text: string): void;
}

/** What of JupyterLab the actions need. */
export interface INotebookActionsOptions {
  readonly tracker: INotebookTracker | null;
  readonly trans: TranslationBundle;
  /** Opens a new notebook with the default kernel, or null. */
  readonly openNotebook: () => Promise<NotebookPanel | null>;
  readonly activate: (panel: NotebookPanel) => void;
  readonly copyText: (text: string) => Promise<void>;
}

/** The actions on JupyterLab's notebooks. */
export class NotebookActor implements INotebookActions {
  constructor(private readonly _options: INotebookActionsOptions) {}

  /** Texts to be announced to a screen reader. */
  get announced(): ISignal<this, string> {
    return this._announced;
  }

  async insert(pivot: IPivot): Promise<void> {
    const { trans, activate } = this._options;
    const open = this._current;
    const panel = open ?? (await this._options.openNotebook());
    if (!panel) {
      this.announce(trans.__('There is no notebook to insert into.'));
      return;
    }
    if (panel.model?.readOnly === true) {
      this.announce(trans.__('The notebook is read-only.'));
      return;
    }
    const cells = open ? pivot.cells : [loadLine, ...pivot.cells];
    insertBelow(panel.content, cells);
    activate(panel);
    this.announce(
      trans._n(
        'Inserted %1 cell below the current one.',
        'Inserted %1 cells below the current one.',
        cells.length
      )
    );
  }

  async loadExtension(): Promise<void> {
    const panel = this._current;
    if (panel) {
      await runLoadLine(panel);
    }
  }

  async copy(text: string, what: string): Promise<void> {
    const { trans, copyText } = this._options;
    try {
      await copyText(text);
      this.announce(trans.__('Copied: %1', what));
    } catch {
      this.announce(trans.__('The browser refused to copy.'));
    }
  }

  announce(text: string): void {
    this._announced.emit(text);
  }

  private get _current(): NotebookPanel | null {
    return this._options.tracker?.currentWidget ?? null;
  }

  private readonly _announced = new Signal<this, string>(this);
}
