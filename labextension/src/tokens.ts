import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type {
  IAlertDetail,
  IAlertQuery,
  IAlertsAnswer,
  IAlertsQuery,
  IHistogramAnswer,
  IHistogramQuery,
  ISignInPrompt,
  ISignInState,
  IStatusAnswer,
  ITimeRangeState,
  IWorkspaceChoice,
  IWorkspaceState
} from './wire';

/**
 * The server extension's REST interface.
 *
 * Every method rejects with a `SentinelError`. The server closes workspaces
 * that nobody uses; a request about one opens it again.
 */
export interface ISentinelClient {
  status(): Promise<IStatusAnswer>;
  connect(name: string): Promise<IWorkspaceState>;
  /** Ask the identity service for a code to sign the server in with. */
  beginSignIn(workspace: string): Promise<ISignInState>;
  /** How that sign-in stands. */
  signIn(workspace: string): Promise<ISignInState>;
  stopSignIn(workspace: string): Promise<ISignInState>;
  readTimeRange(spec: string): Promise<ITimeRangeState>;
  alerts(query: IAlertsQuery, signal?: AbortSignal): Promise<IAlertsAnswer>;
  histogram(
    query: IHistogramQuery,
    signal?: AbortSignal
  ): Promise<IHistogramAnswer>;
  alert(query: IAlertQuery, signal?: AbortSignal): Promise<IAlertDetail>;
}

export const ISentinelClient = new Token<ISentinelClient>(
  'jupyterlab-sentinel:ISentinelClient',
  'The REST interface of the Sentinel server extension.'
);

/**
 * How the notebook in front stands to the panel.
 *
 * - `none`: there is no notebook.
 * - `no-kernel`: it has no kernel.
 * - `waiting`: its kernel has not answered yet; it may be busy.
 * - `absent`: its kernel has not loaded the extension.
 * - `foreign`: its kernel cannot load it, not being Python.
 * - `linked`: workspace and time range are shared with it.
 */
export type LinkStatus =
  'none' | 'no-kernel' | 'waiting' | 'absent' | 'foreign' | 'linked';

/** What a notebook remembers, in its metadata. */
export interface IRemembered {
  readonly timeRange?: string;
  readonly workspace?: string;
}

/**
 * The workspace and the time range in force: those of the notebook in front
 * where its kernel has the extension, else the panel's own.
 */
export interface ISentinelSession {
  /** Something below changed. */
  readonly changed: ISignal<ISentinelSession, void>;
  readonly workspace: IWorkspaceState | null;
  readonly timeRange: ITimeRangeState;
  readonly linkStatus: LinkStatus;
  /** The file name of the notebook in front. */
  readonly notebookName: string | null;
  /** A range that was asked for and is not in force yet. */
  readonly pendingRange: string | null;
  /** A workspace named by a notebook that its user has not set up. */
  readonly offeredWorkspace: string | null;
  /** The server has the workspace open: its alerts can be asked for. */
  readonly ready: boolean;
  /** Why the workspace in force is not ready. */
  readonly failure: Error | null;
  /** The notebook in front shares the panel's range, and has no workspace. */
  readonly isNotebookUnconnected: boolean;
  /** A code that the kernel of the notebook in front waits for. */
  readonly signIn: ISignInPrompt | null;
  /** The workspaces that the user has set up. */
  readonly choices: readonly IWorkspaceChoice[];
  /** What is wrong with the set-up, a line each. */
  readonly problems: readonly string[];
  /** Asks the server for nothing while false. */
  isActive: boolean;
  /** Whether notebooks remember their workspace and range. */
  keeps: boolean;
  /** What to begin with, once the panel is shown. */
  begin(values: IRemembered): void;
  /** Connect the panel, and the notebook in front if it is linked. */
  connect(name: string): Promise<void>;
  /** Set the range of the panel, and of the notebook in front if linked. */
  setTimeRange(spec: string): Promise<void>;
  /** Let what the notebook's kernel does be: it waits for a code. */
  interruptKernel(): Promise<void>;
  /** Open the workspace in the server again. */
  reopen(): Promise<void>;
}

export const ISentinelSession = new Token<ISentinelSession>(
  'jupyterlab-sentinel:ISentinelSession',
  'The Sentinel workspace and time range in force.'
);
