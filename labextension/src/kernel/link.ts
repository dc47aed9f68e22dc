import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IRemembered, LinkStatus } from '../tokens';
import type { IKernelState } from '../wire';
import type { Request } from './comm';
import { KernelComm } from './comm';

/** What of a session context the link follows. */
export type LinkContext = Pick<
  ISessionContext,
  'session' | 'kernelChanged' | 'statusChanged' | 'isDisposed'
>;

/** A notebook, as far as the link needs it. */
export interface ILinkedNotebook {
  readonly name: string;
  readonly sessionContext: LinkContext;
  /** What its metadata say; empty if nothing. */
  remembered(): IRemembered;
  remember(values: IRemembered): void;
}

/** What the link asks the panel. */
export interface ILinkPolicy {
  /** Whether a workspace may be opened because a notebook names it. */
  mayOpen(workspace: string): boolean;
  /** What a fresh kernel gets if its notebook remembers nothing. */
  suggested(): IRemembered;
  /** Whether notebooks are to remember workspace and range. */
  readonly keeps: boolean;
}

/** One notebook and the session in its kernel, across kernels and restarts. */
export class NotebookLink implements IDisposable {
  constructor(
    private readonly _notebook: ILinkedNotebook,
    private readonly _policy: ILinkPolicy
  ) {
    const context = _notebook.sessionContext;
    context.kernelChanged.connect(this._onKernelChanged, this);
    context.statusChanged.connect(this._onStatusChanged, this);
    this._follow();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get name(): string {
    return this._notebook.name;
  }

  get state(): IKernelState | null {
    return this._comm?.state ?? null;
  }

  /**
   * The kernel's session once somebody has chosen something in it.
   *
   * Null before, and while the kernel is being given what the notebook
   * remembers: what it begins with is nobody's choice.
   */
  get settled(): IKernelState | null {
    const state = this.state;
    return state && !state.fresh && !this._isRestoring ? state : null;
  }

  /** The kernel is being given what the notebook remembers. */
  get isRestoring(): boolean {
    return this._isRestoring;
  }

  get status(): LinkStatus {
    if (!this._comm) {
      return 'no-kernel';
    }
    if (this._comm.state) {
      return 'linked';
    }
    if (!this._comm.refused) {
      return 'waiting';
    }
    return this._language === 'python' ? 'absent' : 'foreign';
  }

  /** A workspace that the notebook names and the user has not set up. */
  get offeredWorkspace(): string | null {
    const { workspace } = this._notebook.remembered();
    const isOpen = this.state !== null && this.state.workspace !== null;
    return workspace === undefined || isOpen || this._policy.mayOpen(workspace)
      ? null
      : workspace;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  remembered(): IRemembered {
    return this._notebook.remembered();
  }

  request(message: Request): Promise<IKernelState> {
    return this._comm
      ? this._comm.request(message)
      : Promise.reject(new Error('The notebook has no kernel.'));
  }

  /** Stop what the kernel does. */
  async interrupt(): Promise<void> {
    await this._connection?.interrupt();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._comm?.dispose();
    this._comm = null;
    Signal.clearData(this);
  }

  private get _connection(): Kernel.IKernelConnection | null {
    return this._notebook.sessionContext.session?.kernel ?? null;
  }

  private _onKernelChanged(): void {
    this._follow();
  }

  private _onStatusChanged(_: unknown, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this._isRestarting = true;
      this._isRestored = false;
      this._comm?.drop();
    } else if (status === 'idle' && this._isRestarting) {
      this._isRestarting = false;
      this._comm?.open();
    } else if (status === 'dead') {
      this._comm?.drop();
    }
  }

  private _follow(): void {
    const kernel = this._connection;
    if (kernel === this._kernel && this._comm) {
      return;
    }
    this._comm?.dispose();
    this._kernel = kernel;
    this._comm = null;
    this._isRestored = false;
    if (kernel) {
      this._comm = new KernelComm(kernel);
      this._comm.changed.connect(this._onCommChanged, this);
      void this._readLanguage(kernel);
      this._comm.open();
    }
    this._changed.emit();
  }

  private async _readLanguage(kernel: Kernel.IKernelConnection): Promise<void> {
    const { language_info: language } = await kernel.info;
    if (kernel === this._kernel && language.name !== this._language) {
      this._language = language.name;
      this._changed.emit();
    }
  }

  private _onCommChanged(): void {
    const state = this.state;
    if (state && !this._isRestored) {
      this._isRestored = true;
      void this._restore(state);
    } else {
      this._remember();
    }
    this._changed.emit();
  }

  /**
   * Give a fresh kernel what its notebook remembers.
   *
   * The workspace goes first and its answer is awaited, because a workspace
   * may bring a range of its own.
   */
  private async _restore(state: IKernelState): Promise<void> {
    if (!state.fresh) {
      this._remember();
      return;
    }
    const { workspace, timeRange } = this._wanted();
    this._isRestoring = true;
    try {
      if (workspace !== undefined && this._policy.mayOpen(workspace)) {
        await this.request({ type: 'connect', name: workspace, ifFresh: true });
      }
      if (timeRange !== undefined) {
        await this.request({
          type: 'setTimeRange',
          spec: timeRange,
          ifFresh: true
        });
      }
    } catch (reason) {
      console.warn(
        'The notebook’s workspace or range was not restored',
        reason
      );
    } finally {
      this._isRestoring = false;
    }
    this._remember();
    this._changed.emit();
  }

  private _wanted(): IRemembered {
    const remembered = this._notebook.remembered();
    const isEmpty =
      remembered.workspace === undefined && remembered.timeRange === undefined;
    return isEmpty ? this._policy.suggested() : remembered;
  }

  private _remember(): void {
    const state = this.settled;
    if (!state || !this._policy.keeps || this._isDisposed) {
      return;
    }
    const before = this._notebook.remembered();
    const after: IRemembered = {
      ...before,
      timeRange: state.timeRange.spec,
      ...(state.workspace ? { workspace: state.workspace.address } : {})
    };
    if (
      after.timeRange !== before.timeRange ||
      after.workspace !== before.workspace
    ) {
      this._notebook.remember(after);
    }
  }

  private _kernel: Kernel.IKernelConnection | null = null;
  private _comm: KernelComm | null = null;
  private _language = 'python';
  private _isRestarting = false;
  private _isRestored = false;
  private _isRestoring = false;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
