import { VDomModel } from '@jupyterlab/ui-components';

import { isUnsigned } from '../../client';
import type { ISentinelSession } from '../../tokens';
import type { SignInModel } from '../signin/model';

/** Where the user is, and where he could go. */
export class WorkspaceModel extends VDomModel {
  constructor(
    readonly session: ISentinelSession,
    readonly signingIn: SignInModel
  ) {
    super();
    const pass = (): void => {
      this.stateChanged.emit();
    };
    session.changed.connect(pass);
    signingIn.stateChanged.connect(pass);
  }

  /** The name that is being connected to. */
  get connecting(): string | null {
    return this._connecting;
  }

  /** Why the last connection failed. */
  get failure(): Error | null {
    return this._failure;
  }

  /** Connect; whether it worked. */
  async connect(name: string): Promise<boolean> {
    this._connecting = name;
    this._wanted = name;
    this._failure = null;
    this.stateChanged.emit();
    try {
      await this.session.connect(name);
    } catch (reason) {
      this._failure =
        reason instanceof Error ? reason : new Error(String(reason));
    }
    this._connecting = null;
    this.stateChanged.emit();
    return this._failure === null;
  }

  /** The workspace that only wants somebody to be signed in; null if none. */
  get unsigned(): string | null {
    if (this.signingIn.workspace !== null || this.signingIn.shown) {
      return null;
    }
    if (isUnsigned(this._failure)) {
      return this._wanted;
    }
    const { workspace, failure } = this.session;
    return isUnsigned(failure) ? (workspace?.address ?? null) : null;
  }

  /** Sign in with a code for `name`, then connect to it. */
  async signIn(name: string): Promise<void> {
    const isOpen = this.session.workspace?.address === name;
    this.forgive();
    if (await this.signingIn.begin(name)) {
      await (isOpen ? this.session.reopen() : this.connect(name));
    }
  }

  /** Forget that the last connection failed. */
  forgive(): void {
    this._failure = null;
    this.stateChanged.emit();
  }

  private _wanted: string | null = null;
  private _connecting: string | null = null;
  private _failure: Error | null = null;
}
