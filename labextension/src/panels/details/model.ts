import { VDomModel } from '@jupyterlab/ui-components';
import { Debouncer } from '@lumino/polling';

import { isAbort } from '../../client';
import type { ISentinelClient } from '../../tokens';
import type { IAlertDetail, IPivot } from '../../wire';
import type { AlertsModel } from '../alerts/model';

/** Walking down the list with the arrow keys asks for the last alert only. */
const WALKING_PAUSE = 80;

/** Of each text so much is read at first, in UTF-16 code units, and so much at most. */
const FIRST = 10_000;
const STEP = 10;
const MOST = 1_000_000;

/** Labels of the pivots that have buttons of their own. */
export const SWEEP = 'Sweep indicators';
export const ENRICH = 'Enrich';

/** All about the selected alert. */
export class DetailsModel extends VDomModel {
  constructor(
    private readonly _client: ISentinelClient,
    private readonly _alerts: AlertsModel
  ) {
    super();
    _alerts.stateChanged.connect(this._onAlertsChanged, this);
  }

  /** The selected alert's details; null while there is none to show. */
  get detail(): IAlertDetail | null {
    return this._detail;
  }

  get failure(): Error | null {
    return this._failure;
  }

  get hasSelection(): boolean {
    return this._alerts.selected !== null;
  }

  /** What to investigate next, the best first. */
  get pivots(): readonly IPivot[] {
    return this._detail?.pivots ?? [];
  }

  pivot(label: string): IPivot | null {
    return this.pivots.find(pivot => pivot.label === label) ?? null;
  }

  /**
   * Reads more of the texts that were cut; null if as much was read as may be,
   * or if it is being read.
   */
  get readMore(): (() => void) | null {
    return this._longest < MOST && !this._isReadingMore ? this._readMore : null;
  }

  /** Ask again. */
  refresh(): void {
    this._wanted = null;
    this._onAlertsChanged();
  }

  override dispose(): void {
    this._request?.abort();
    this._walking.dispose();
    super.dispose();
  }

  private _onAlertsChanged(): void {
    const selected = this._alerts.selected;
    const wanted = selected
      ? JSON.stringify([this._alerts.session.workspace?.address, selected])
      : null;
    if (wanted === this._wanted) {
      return;
    }
    this._wanted = wanted;
    if (selected?.id !== this._detail?.row.id) {
      this._detail = null;
      this._longest = FIRST;
    }
    this._failure = null;
    this.stateChanged.emit();
    void this._walking.invoke();
  }

  private async _load(): Promise<void> {
    this._request?.abort();
    const selected = this._alerts.selected;
    const workspace = this._alerts.session.workspace;
    if (!selected || !workspace) {
      return;
    }
    const request = new AbortController();
    this._request = request;
    try {
      const detail = await this._client.alert(
        {
          workspace: workspace.address,
          spec: this._alerts.selectedSpec,
          id: selected.id,
          longest: this._longest
        },
        request.signal
      );
      if (this._request === request) {
        this._detail = detail;
        this._failure = null;
      }
    } catch (reason) {
      if (this._request === request && !isAbort(reason)) {
        this._detail = null;
        this._failure =
          reason instanceof Error ? reason : new Error(String(reason));
      }
    }
    if (this._request === request) {
      this._isReadingMore = false;
      this.stateChanged.emit();
    }
  }

  private readonly _readMore = (): void => {
    this._longest = Math.min(MOST, this._longest * STEP);
    this._isReadingMore = true;
    this.stateChanged.emit();
    void this._load();
  };

  private readonly _walking = new Debouncer(() => {
    void this._load();
  }, WALKING_PAUSE);
  private _detail: IAlertDetail | null = null;
  private _failure: Error | null = null;
  private _longest = FIRST;
  private _isReadingMore = false;
  private _wanted: string | null = null;
  private _request: AbortController | null = null;
}
