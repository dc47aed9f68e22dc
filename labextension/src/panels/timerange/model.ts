import { VDomModel } from '@jupyterlab/ui-components';

import { isAbort } from '../../client';
import type { IBar, ISpan } from '../../histogram';
import {
  domainOf,
  edgeAfter,
  edgesOf,
  layOut,
  shifted,
  stretched
} from '../../histogram';
import { spanOf, specOf } from '../../timeformat';
import type { ISentinelClient, ISentinelSession } from '../../tokens';
import type { IBucket, ITimeRangeState } from '../../wire';

/** Which end of the range a handle moves. */
export type End = 'start' | 'end';

/** The range in force, and the histogram that it is chosen on. */
export class TimeRangeModel extends VDomModel {
  constructor(
    private readonly _client: ISentinelClient,
    readonly session: ISentinelSession
  ) {
    super();
    session.changed.connect(this._sync, this);
  }

  get range(): ITimeRangeState {
    return this.session.timeRange;
  }

  get span(): ISpan | null {
    return spanOf(this.range);
  }

  get buckets(): readonly IBucket[] {
    return this._buckets;
  }

  get bars(): readonly IBar[] {
    return this._bars;
  }

  /** What the histogram covers. */
  get domain(): ISpan | null {
    return domainOf(this._buckets);
  }

  /** What makes the histogram incomplete. */
  get reasons(): readonly string[] {
    return this._reasons;
  }

  /** Why the last range that was asked for is not in force. */
  get failure(): Error | null {
    return this._failure;
  }

  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(value: boolean) {
    this._isActive = value;
    this._sync();
  }

  /** Set the range in words; whether it was understood. */
  async setSpec(spec: string): Promise<boolean> {
    try {
      await this.session.setTimeRange(spec);
      this._failure = null;
    } catch (reason) {
      this._failure =
        reason instanceof Error ? reason : new Error(String(reason));
    }
    this.stateChanged.emit();
    return this._failure === null;
  }

  setSpan(span: ISpan): Promise<boolean> {
    return this.setSpec(specOf(span));
  }

  /** Forget that the last range was refused. */
  forgive(): void {
    if (this._failure) {
      this._failure = null;
      this.stateChanged.emit();
    }
  }

  /** One length later, or earlier. */
  async step(count: number): Promise<void> {
    if (this.span) {
      await this.setSpan(shifted(this.span, count));
    }
  }

  async stretch(factor: number): Promise<void> {
    if (this.span) {
      await this.setSpan(stretched(this.span, factor));
    }
  }

  /** The span if one end moves by `steps` buckets; null if nothing is left. */
  moved(span: ISpan, end: End, steps: number): ISpan | null {
    const time = edgeAfter(span[end], steps, edgesOf(this._buckets));
    const after = { ...span, [end]: time };
    return after.start < after.end ? after : null;
  }

  /** Ask again. */
  refresh(): void {
    this._asked = null;
    this._isFresh = true;
    this._sync();
  }

  override dispose(): void {
    this._request?.abort();
    super.dispose();
  }

  private _sync(): void {
    this.stateChanged.emit();
    const { workspace, timeRange, ready } = this.session;
    if (!workspace) {
      this._asked = null;
      this._show([], []);
      return;
    }
    const question = JSON.stringify([workspace.address, timeRange.spec]);
    if (this._isActive && ready && question !== this._asked) {
      const isFresh = this._isFresh;
      this._isFresh = false;
      this._asked = question;
      void this._load(workspace.address, timeRange.spec, isFresh);
    }
  }

  private async _load(
    workspace: string,
    spec: string,
    isFresh: boolean
  ): Promise<void> {
    this._request?.abort();
    const request = new AbortController();
    this._request = request;
    try {
      const answer = await this._client.histogram(
        { workspace, spec, ...(isFresh ? { fresh: true } : {}) },
        request.signal
      );
      if (this._request === request) {
        this._show(
          answer.buckets,
          answer.status === 'partial' ? answer.reasons : []
        );
      }
    } catch (reason) {
      // the list below asks the same server and says what is wrong
      if (this._request === request && !isAbort(reason)) {
        this._show([], []);
      }
    }
  }

  private _show(buckets: readonly IBucket[], reasons: readonly string[]): void {
    if (buckets.length + this._buckets.length > 0) {
      this._buckets = buckets;
      this._bars = layOut(buckets);
      this._reasons = reasons;
      this.stateChanged.emit();
    }
  }

  private _buckets: readonly IBucket[] = [];
  private _bars: readonly IBar[] = [];
  private _reasons: readonly string[] = [];
  private _failure: Error | null = null;
  private _isFresh = false;
  private _asked: string | null = null;
  private _request: AbortController | null = null;
  private _isActive = false;
}
