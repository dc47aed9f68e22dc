import type { Kernel, KernelMessage as Jupyter } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import { PromiseDelegate, UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { SentinelError } from '../client';
import type { IConnect, IHello, IKernelState, ISetTimeRange } from '../wire';
import { COMM_TARGET } from '../wire';
import { asKernelMessage } from './messages';

/** A message to the kernel, before it is given its origin. */
export type Request =
  | Omit<IHello, 'origin'>
  | Omit<ISetTimeRange, 'origin'>
  | Omit<IConnect, 'origin'>;

/** What of a kernel connection the comm needs. */
export type CommKernel = Pick<
  Kernel.IKernelConnection,
  'createComm' | 'registerCommTarget' | 'removeCommTarget' | 'isDisposed'
>;

/**
 * The comm with one kernel's session.
 *
 * It knows the last state that the kernel told. Requests carry an origin; the
 * state or error that repeats it settles them. States older than the last one
 * are dropped, so that a late echo undoes nothing.
 */
export class KernelComm implements IDisposable {
  constructor(private readonly _kernel: CommKernel) {
    _kernel.registerCommTarget(COMM_TARGET, this._adopt);
  }

  /** A new state, or the comm came or went. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The kernel's session; null as long as the kernel has told none. */
  get state(): IKernelState | null {
    return this._state;
  }

  /** Whether the kernel refused the comm, not having the extension. */
  get refused(): boolean {
    return this._refused;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Try to reach the extension in the kernel. */
  open(): void {
    if (this._isDisposed || this._kernel.isDisposed || this._comm) {
      return;
    }
    this._refused = false;
    const comm = this._kernel.createComm(COMM_TARGET);
    this._use(comm);
    comm.open({ type: 'hello' });
    this._changed.emit();
  }

  /**
   * Send a request.
   *
   * @returns the state that the kernel answers with.
   * Rejects with a `SentinelError`: refused, or the kernel went away.
   */
  request(message: Request): Promise<IKernelState> {
    if (!this._comm || this._comm.isDisposed) {
      return Promise.reject(gone());
    }
    const origin = UUID.uuid4();
    const answer = new PromiseDelegate<IKernelState>();
    this._waiting.set(origin, answer);
    const data: JSONObject = { ...message, origin };
    this._comm.send(data);
    return answer.promise;
  }

  /** Forget the comm and the state: the kernel restarts. */
  drop(): void {
    const comm = this._comm;
    this._comm = null;
    this._forget();
    if (comm && !comm.isDisposed) {
      comm.dispose();
    }
    this._changed.emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    if (!this._kernel.isDisposed) {
      this._kernel.removeCommTarget(COMM_TARGET, this._adopt);
      if (this._comm && !this._comm.isDisposed) {
        this._comm.close();
      }
    }
    this._comm = null;
    this._forget();
    Signal.clearData(this);
  }

  /** The kernel opens a comm when it loads the extension. */
  private readonly _adopt = (
    comm: Kernel.IComm,
    message: Jupyter.ICommOpenMsg
  ): void => {
    const before = this._comm;
    this._forget();
    this._use(comm);
    if (before && !before.isDisposed) {
      before.close();
    }
    this._receive(message.content.data);
    if (!this._state) {
      comm.send({ type: 'hello' });
    }
    this._changed.emit();
  };

  private _use(comm: Kernel.IComm): void {
    this._comm = comm;
    this._refused = false;
    comm.onMsg = message => {
      if (this._comm === comm) {
        this._receive(message.content.data);
      }
    };
    comm.onClose = () => {
      if (this._comm === comm) {
        this._comm = null;
        this._forget();
        this._refused = true;
        this._changed.emit();
      }
    };
  }

  private _receive(data: unknown): void {
    const message = asKernelMessage(data);
    if (message?.type === 'error') {
      this._take(message.origin)?.reject(new SentinelError(message.error));
    } else if (message) {
      this._receiveState(message);
    }
  }

  private _receiveState(state: IKernelState): void {
    const isNews = !this._state || state.revision >= this._state.revision;
    if (isNews) {
      this._state = state;
    }
    this._take(state.origin)?.resolve(state);
    if (isNews) {
      this._changed.emit();
    }
  }

  private _take(origin: string | null): PromiseDelegate<IKernelState> | null {
    const answer = origin === null ? undefined : this._waiting.get(origin);
    if (!answer || origin === null) {
      return null;
    }
    this._waiting.delete(origin);
    return answer;
  }

  private _forget(): void {
    this._state = null;
    const waiting = [...this._waiting.values()];
    this._waiting.clear();
    waiting.forEach(answer => {
      answer.reject(gone());
    });
  }

  private _comm: Kernel.IComm | null = null;
  private _state: IKernelState | null = null;
  private _refused = false;
  private _isDisposed = false;
  private readonly _waiting = new Map<string, PromiseDelegate<IKernelState>>();
  private readonly _changed = new Signal<this, void>(this);
}

function gone(): SentinelError {
  return new SentinelError({
    code: 'kernel-gone',
    message: 'The notebook’s kernel went away before it answered.',
    hint: 'Try again when it runs.',
    retryAfter: null
  });
}
