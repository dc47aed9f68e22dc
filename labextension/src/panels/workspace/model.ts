import { VDomModel } from '@jupyterlab/ui-components';

import type { ISentinelSession } from '../../tokens';

/** Where the user is, and where he could go. */
export class WorkspaceModel extends VDomModel {
  constructor(readonly session: ISentinelSession) {
    super();
    session.changed.connect(() => {
      this.stateChanged.emit();
    });
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

  /** Forget that the last connection failed. */
  forgive(): void {
    this._failure = null;
    this.stateChanged.emit();
  }

  private _connecting: string | null = null;
  private _failure: Error | null = null;
}
