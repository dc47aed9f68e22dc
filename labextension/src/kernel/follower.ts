import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { NotebookDocument } from '../notebook/document';
import type { ILinkPolicy } from './link';
import { NotebookLink } from './link';

/** Where the session finds the notebook in front. */
export interface ILinkSource {
  /** Another notebook came to the front, or its link changed. */
  readonly changed: ISignal<unknown, void>;
  readonly current: NotebookLink | null;
}

/**
 * Follows the notebook in front.
 *
 * A notebook keeps its link while it is open, so that its kernel always finds
 * somebody to tell of its changes.
 */
export class NotebookFollower implements ILinkSource {
  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _policy: ILinkPolicy
  ) {
    _tracker.currentChanged.connect(this._onCurrentChanged, this);
    this._onCurrentChanged();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get current(): NotebookLink | null {
    const panel = this._tracker.currentWidget;
    return panel ? (this._links.get(panel) ?? null) : null;
  }

  private _onCurrentChanged(): void {
    const panel = this._tracker.currentWidget;
    if (panel && !panel.isDisposed && !this._links.has(panel)) {
      void this._add(panel);
    }
    this._changed.emit();
  }

  private async _add(panel: NotebookPanel): Promise<void> {
    await panel.context.ready;
    if (panel.isDisposed || this._links.has(panel)) {
      return;
    }
    const link = new NotebookLink(new NotebookDocument(panel), this._policy);
    this._links.set(panel, link);
    link.changed.connect(this._onLinkChanged, this);
    panel.disposed.connect(() => {
      this._links.delete(panel);
      link.dispose();
      this._changed.emit();
    });
    this._changed.emit();
  }

  private _onLinkChanged(link: NotebookLink): void {
    if (link === this.current) {
      this._changed.emit();
    }
  }

  private readonly _links = new Map<NotebookPanel, NotebookLink>();
  private readonly _changed = new Signal<this, void>(this);
}
