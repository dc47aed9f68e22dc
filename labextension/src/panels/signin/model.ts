import { VDomModel } from '@jupyterlab/ui-components';

import { SentinelError } from '../../client';
import type { ISentinelClient, ISentinelSession } from '../../tokens';
import type { ISignInPrompt, ISignInState } from '../../wire';

/** How often the server is asked whether the code was entered, in milliseconds. */
const PAUSE = 2000;

/** A code on the screen, and until when: by this page's clock. */
export interface IShownCode {
  readonly prompt: ISignInPrompt;
  /** In milliseconds since 1970. */
  readonly deadline: number;
  /** The notebook's kernel waits for it, and not the server. */
  readonly isKernels: boolean;
}

/** The code that waits to be entered: of the notebook's kernel, or of the server. */
export class SignInModel extends VDomModel {
  constructor(
    private readonly _client: ISentinelClient,
    readonly session: ISentinelSession
  ) {
    super();
    session.changed.connect(this._onSessionChanged, this);
  }

  /** The code to show; null if none waits, or its time is over. */
  get shown(): IShownCode | null {
    return this._kernels ?? this._servers;
  }

  /** The workspace that the server is signing in for. */
  get workspace(): string | null {
    return this._workspace;
  }

  /** Why the last sign-in of the server failed. */
  get failure(): Error | null {
    return this._failure;
  }

  /**
   * Sign the server in for a workspace.
   *
   * @returns when that has ended: whether somebody is signed in now.
   */
  async begin(workspace: string): Promise<boolean> {
    this._workspace = workspace;
    this._failure = null;
    this.stateChanged.emit();
    let isDone = false;
    try {
      let state = await this._client.beginSignIn(workspace);
      while (this._follow(workspace, state)) {
        await pause();
        state =
          this._workspace === workspace
            ? await this._client.signIn(workspace)
            : STOPPED;
      }
      isDone = state.status === 'done';
    } catch (reason) {
      this._fail(workspace, asError(reason));
    }
    if (this._workspace === workspace) {
      this._workspace = null;
      this._servers = null;
    }
    this.stateChanged.emit();
    return isDone;
  }

  /** Let the code go. */
  async stop(): Promise<void> {
    if (this._kernels) {
      await this.session.interruptKernel();
      return;
    }
    const workspace = this._workspace;
    this._workspace = null;
    this._servers = null;
    this.stateChanged.emit();
    if (workspace !== null) {
      await this._client.stopSignIn(workspace).catch((reason: unknown) => {
        console.warn('The sign-in was not stopped', reason);
      });
    }
  }

  /** The time of the code on the screen is over. */
  expire(): void {
    this._kernels = this._left(this._kernels);
    this._servers = this._left(this._servers);
    this.stateChanged.emit();
  }

  /** Take over how the server's sign-in stands; whether to ask again. */
  private _follow(workspace: string, state: ISignInState): boolean {
    if (this._workspace !== workspace) {
      return false;
    }
    if (state.status === 'failed') {
      this._fail(workspace, new SentinelError(state.error ?? UNKNOWN));
    }
    if (state.status !== 'waiting') {
      return false;
    }
    if (state.prompt?.code !== this._servers?.prompt.code) {
      this._servers = state.prompt && this._shownCode(state.prompt, false);
      this.stateChanged.emit();
    }
    return true;
  }

  private _fail(workspace: string, failure: Error): void {
    if (this._workspace === workspace) {
      this._failure = failure;
    }
  }

  private _onSessionChanged(): void {
    const prompt = this.session.signIn;
    const before = this._kernels;
    if (prompt?.code !== this._told?.code) {
      this._told = prompt;
      this._kernels = this._left(prompt && this._shownCode(prompt, true));
    }
    if (before !== this._kernels) {
      this.stateChanged.emit();
    }
  }

  /** A code keeps the deadline that it had when it was first seen: it may go and come back with its notebook. */
  private _shownCode(prompt: ISignInPrompt, isKernels: boolean): IShownCode {
    const deadline = Math.min(
      this._deadlines.get(prompt.code) ?? Infinity,
      Date.now() + prompt.secondsLeft * 1000
    );
    this._deadlines.set(prompt.code, deadline);
    return { prompt, deadline, isKernels };
  }

  private _left(code: IShownCode | null): IShownCode | null {
    return code && code.deadline > Date.now() ? code : null;
  }

  private readonly _deadlines = new Map<string, number>();
  private _workspace: string | null = null;
  private _failure: Error | null = null;
  private _kernels: IShownCode | null = null;
  private _servers: IShownCode | null = null;
  /** The kernel's code as it was told last, whether its time is over or not. */
  private _told: ISignInPrompt | null = null;
}

const STOPPED: ISignInState = { status: 'none', prompt: null, error: null };
const UNKNOWN = {
  code: 'error',
  message: 'Signing in did not work.',
  hint: '',
  retryAfter: null
};

function pause(): Promise<void> {
  return new Promise(resolve => window.setTimeout(resolve, PAUSE));
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
