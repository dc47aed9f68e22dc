import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ILinkSource } from './kernel/follower';
import type { ILinkPolicy, NotebookLink } from './kernel/link';
import type {
  IRemembered,
  ISentinelClient,
  ISentinelSession,
  LinkStatus
} from './tokens';
import type {
  ISignInPrompt,
  ITimeRangeState,
  IWorkspaceChoice,
  IWorkspaceState
} from './wire';

/** The range before anyone chose one; the kernel begins with it too. */
const FIRST_RANGE: ITimeRangeState = {
  spec: '24h',
  // eslint-disable-next-line jupyter/no-untranslated-string -- as the server would say it
  label: 'last 24h',
  start: null,
  end: null
};

/** The workspace and the time range in force. */
export class SentinelSession implements ISentinelSession, ILinkPolicy {
  constructor(private readonly _client: ISentinelClient) {}

  keeps = true;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get workspace(): IWorkspaceState | null {
    return this._link?.settled?.workspace ?? this._workspace;
  }

  get timeRange(): ITimeRangeState {
    return this._link?.settled?.timeRange ?? this._timeRange;
  }

  get linkStatus(): LinkStatus {
    return this._link?.status ?? 'none';
  }

  get notebookName(): string | null {
    return this._link?.name ?? null;
  }

  get pendingRange(): string | null {
    return this._pendingRange;
  }

  get offeredWorkspace(): string | null {
    const name = this._link?.offeredWorkspace ?? null;
    return this.workspace?.address === name ? null : name;
  }

  get ready(): boolean {
    return this.workspace !== null && this._opened === this.workspace.address;
  }

  get failure(): Error | null {
    return this._failure;
  }

  get isNotebookUnconnected(): boolean {
    const link = this._link;
    return (
      link?.state?.workspace === null &&
      !link.isRestoring &&
      this._workspace !== null
    );
  }

  get signIn(): ISignInPrompt | null {
    return this._link?.state?.signIn ?? null;
  }

  get choices(): readonly IWorkspaceChoice[] {
    return this._choices;
  }

  get problems(): readonly string[] {
    return this._problems;
  }

  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(value: boolean) {
    if (value !== this._isActive) {
      this._isActive = value;
      if (value) {
        void this._wake();
      }
    }
  }

  begin(values: IRemembered): void {
    this._first = values;
    if (this._isActive) {
      void this._wake();
    }
  }

  /** Follow the notebooks that `source` tells of. */
  follow(source: ILinkSource): void {
    this._source = source;
    source.changed.connect(this._onLinkChanged, this);
    this._onLinkChanged();
  }

  mayOpen(workspace: string): boolean {
    return this._choices.some(choice => choice.name === workspace);
  }

  suggested(): IRemembered {
    return {
      ...(this._workspace ? { workspace: this._workspace.address } : {}),
      ...(this._isRangeChosen ? { timeRange: this._timeRange.spec } : {})
    };
  }

  async connect(name: string): Promise<void> {
    const workspace = await this._client.connect(name);
    this._opened = workspace.address;
    this._failure = null;
    this._workspace = workspace;
    if (workspace.timeRange !== null) {
      this._timeRange = await this._client.readTimeRange(workspace.timeRange);
    }
    this._changed.emit();
    if (this._link?.state) {
      await this._link.request({ type: 'connect', name: workspace.address });
    }
  }

  async setTimeRange(spec: string): Promise<void> {
    const range = await this._client.readTimeRange(spec);
    const link = this._link;
    if (link?.state) {
      this._pendingRange = spec;
      this._changed.emit();
      try {
        await link.request({ type: 'setTimeRange', spec: range.spec });
      } finally {
        this._pendingRange = null;
        this._changed.emit();
      }
    }
    this._timeRange = range;
    this._isRangeChosen = true;
    this._changed.emit();
  }

  async interruptKernel(): Promise<void> {
    await this._link?.interrupt();
  }

  async reopen(): Promise<void> {
    this._opened = null;
    if (this._choices.length === 0) {
      await this._readChoices();
    }
    await this._ensureOpen();
  }

  private get _link(): NotebookLink | null {
    return this._source?.current ?? null;
  }

  private async _wake(): Promise<void> {
    await this._readChoices();
    await this._readFirst();
    this._adoptRemembered();
    await this._ensureOpen();
  }

  private async _readChoices(): Promise<void> {
    try {
      const status = await this._client.status();
      this._choices = status.choices;
      this._problems = status.problems;
      this._failure = null;
    } catch (reason) {
      this._failure = asError(reason);
    }
    this._changed.emit();
  }

  private async _readFirst(): Promise<void> {
    const { workspace, timeRange } = this._first;
    this._first = {};
    try {
      if (workspace !== undefined && !this.workspace) {
        await this.connect(workspace);
      }
      if (timeRange !== undefined && !this._isRangeChosen) {
        this._timeRange = await this._client.readTimeRange(timeRange);
        this._isRangeChosen = true;
      } else if (this._timeRange === FIRST_RANGE) {
        this._timeRange = await this._client.readTimeRange(FIRST_RANGE.spec);
      }
    } catch (reason) {
      this._failure = asError(reason);
    }
    this._changed.emit();
  }

  private _onLinkChanged(): void {
    const state = this._link?.settled;
    if (state) {
      // What was in force stays in force when the notebook is closed.
      this._workspace = state.workspace ?? this._workspace;
      this._timeRange = state.timeRange;
    }
    this._adoptRemembered();
    this._changed.emit();
    void this._ensureOpen();
  }

  /**
   * Show what the notebook in front was about, before its kernel can tell.
   *
   * Only for a workspace that the user has set up: a notebook may come from
   * anyone, and a path that it names must not be opened for that.
   */
  private _adoptRemembered(): void {
    const link = this._link;
    if (!this._isActive || this.workspace || !link || link.state) {
      return;
    }
    const { workspace, timeRange } = link.remembered();
    if (workspace !== undefined && this.mayOpen(workspace)) {
      void this._adopt(workspace, timeRange);
    }
  }

  private async _adopt(name: string, spec: string | undefined): Promise<void> {
    if (this._adopting === name) {
      return;
    }
    this._adopting = name;
    try {
      const workspace = await this._client.connect(name);
      const range = spec ?? workspace.timeRange;
      const timeRange =
        range === null ? null : await this._client.readTimeRange(range);
      if (!this.workspace) {
        this._workspace = workspace;
        this._opened = workspace.address;
        this._timeRange = timeRange ?? this._timeRange;
      }
    } catch (reason) {
      this._failure = asError(reason);
    } finally {
      this._adopting = null;
      this._changed.emit();
    }
  }

  private async _ensureOpen(): Promise<void> {
    const name = this.workspace?.address;
    if (
      !this._isActive ||
      name === undefined ||
      name === this._opened ||
      name === this._opening
    ) {
      return;
    }
    this._opening = name;
    try {
      await this._client.connect(name);
      if (this.workspace?.address === name) {
        this._opened = name;
        this._failure = null;
      }
    } catch (reason) {
      this._failure = asError(reason);
    } finally {
      this._opening = null;
      this._changed.emit();
    }
  }

  private _source: ILinkSource | null = null;
  private _first: IRemembered = {};
  private _workspace: IWorkspaceState | null = null;
  private _timeRange = FIRST_RANGE;
  private _isRangeChosen = false;
  private _pendingRange: string | null = null;
  private _opened: string | null = null;
  private _opening: string | null = null;
  private _adopting: string | null = null;
  private _failure: Error | null = null;
  private _choices: readonly IWorkspaceChoice[] = [];
  private _problems: readonly string[] = [];
  private _isActive = false;
  private readonly _changed = new Signal<this, void>(this);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
