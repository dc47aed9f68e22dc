/*
 * Generated from python_ext/jupyterlab_sentinel/models/wire.py by
 * labextension/generate_wire.py. Do not edit.
 */

export const COMM_TARGET = 'jupyterlab_sentinel';

export const API_ROOT = 'jupyterlab-sentinel/api';

export const METADATA_KEY = 'jupyterlab_sentinel';

export type Severity =
  | 'High'
  | 'Medium'
  | 'Low'
  | 'Informational'
  | 'Unknown';

/**
 * What every failing request answers.
 *
 * `code` `not_connected` (HTTP 409) means: `POST connect` first. The server closes workspaces that
 * nobody used for a while, so any request may answer it, and connecting again is all that helps.
 * `retryAfter` in seconds.
 */
export interface IWireError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly retryAfter: number | null;
}

/**
 * A stretch of a passage that is an indicator; offsets in UTF-16 code units, as the browser counts.
 */
export interface IMark {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

/**
 * Text to show, inert, with the indicators in it marked; `truncated` if more exists.
 */
export interface IPassage {
  readonly text: string;
  readonly marks: readonly IMark[];
  readonly truncated: boolean;
}

/**
 * A workspace that the user can connect to.
 */
export interface IWorkspaceChoice {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
}

/**
 * A connected workspace.
 *
 * `name` is for people. `address` is what connects to the same workspace again, from the kernel
 * as from the server: `demo`, a configured name, a GUID, or an absolute path.
 */
export interface IWorkspaceState {
  readonly name: string;
  readonly address: string;
  readonly kind: string;
  readonly description: string;
  readonly tables: number | null;
  readonly dataStart: string | null;
  readonly dataEnd: string | null;
  readonly timeRange: string | null;
  readonly identity: string | null;
  readonly synthetic: boolean;
  readonly notices: readonly string[];
}

/**
 * A time range: its words, its label, and its bounds as they are now (start inclusive, end exclusive).
 */
export interface ITimeRangeState {
  readonly spec: string;
  readonly label: string;
  readonly start: string | null;
  readonly end: string | null;
}

/**
 * `GET status`.
 */
export interface IStatusAnswer {
  readonly version: string;
  readonly choices: readonly IWorkspaceChoice[];
  readonly problems: readonly string[];
}

/**
 * `POST connect`: open a workspace in the server, so that its alerts can be listed.
 *
 * The answer is its `IWorkspaceState`. One that is open already stays as it is, and its alerts
 * are read anew; `reopen` closes it first, which finds files that were added.
 */
export interface IConnectRequest {
  readonly name: string;
  readonly reopen?: boolean;
}

/**
 * `POST timerange`: read a range as the user typed it; the answer is its `ITimeRangeState`.
 */
export interface ITimeRangeRequest {
  readonly spec: string;
}

/**
 * A code that waits for the user to enter it on a page of the identity service.
 *
 * `address` and `code` are ready to be shown; `page` is the same address where it is one of Microsoft's own
 * pages, and may be a link. `secondsLeft` counts from the moment when the message was written.
 */
export interface ISignInPrompt {
  readonly address: string;
  readonly code: string;
  readonly page: string | null;
  readonly expires: string;
  readonly secondsLeft: number;
}

/**
 * Parameters of `GET`, `POST` and `DELETE signin`: the workspace to sign in for, by name.
 *
 * `POST` begins a sign-in of the server, or finds the one that runs; `GET` tells how it stands, `DELETE`
 * stops it. Each answers a `ISignInState`.
 */
export interface ISignInRequest {
  readonly workspace: string;
}

/**
 * How the server's sign-in for a workspace stands.
 *
 * `none`: nobody has begun one, or it was stopped. `waiting`: `prompt` waits to be entered; None until the
 * identity service has given a code. `done`: connect now. `failed`: `error` says why.
 */
export interface ISignInState {
  readonly status: 'done' | 'failed' | 'none' | 'waiting';
  readonly prompt: ISignInPrompt | null;
  readonly error: IWireError | null;
}

/**
 * Parameters of `GET alerts`.
 *
 * - `workspace`: the `address` of a connected workspace.
 * - `spec`: a time range as the user types it; empty: the one that the workspace begins with.
 * - `severity`: those wanted, with commas between; empty: all.
 * - `contains`: only alerts with this text anywhere in the record, in any case, defanged or not.
 * - `limit`: at most 500.
 * - `fresh`: read the alerts anew.
 */
export interface IAlertsQuery {
  readonly workspace: string;
  readonly spec?: string;
  readonly severity?: string;
  readonly contains?: string;
  readonly offset?: number;
  readonly limit?: number;
  readonly fresh?: boolean;
}

/**
 * Parameters of `GET histogram`; see `IAlertsQuery`.
 */
export interface IHistogramQuery {
  readonly workspace: string;
  readonly spec?: string;
  readonly fresh?: boolean;
}

/**
 * Parameters of `GET alert`: `id` as the row has it, `spec` as the list was asked for.
 *
 * `longest`: how much of each text is wanted, in UTF-16 code units; at most a million.
 */
export interface IAlertQuery {
  readonly workspace: string;
  readonly id: string;
  readonly spec?: string;
  readonly longest?: number;
}

/**
 * An alert in the list. `subtitle` holds the host and the first indicators or accounts.
 */
export interface IAlertRow {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly severityLabel: string;
  readonly status: string;
  readonly start: string | null;
  readonly end: string | null;
  readonly generated: string | null;
  readonly subtitle: string;
  readonly tactics: readonly string[];
  readonly entityCount: number;
  readonly problemCount: number;
  readonly group: string;
}

/**
 * A bar of the histogram, counts by severity.
 */
export interface IBucket {
  readonly start: string;
  readonly end: string;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * `GET alerts`: a page of the alerts of the range, newest first.
 *
 * `total` counts all that match; `counts` by severity ignores the severity filter. `reasons` tell why
 * the answer is partial, `notes` what else a user should know, for instance that there is no alert table.
 */
export interface IAlertsAnswer {
  readonly alerts: readonly IAlertRow[];
  readonly total: number;
  readonly offset: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly timeRange: ITimeRangeState;
  readonly status: 'complete' | 'partial';
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

/**
 * `GET histogram`: alerts over the whole data, or around the range where that is not known.
 *
 * `buckets` has no gaps; it is empty where there is nothing to show. `start` and `end` bound
 * what it covers.
 */
export interface IHistogramAnswer {
  readonly buckets: readonly IBucket[];
  readonly start: string | null;
  readonly end: string | null;
  readonly status: 'complete' | 'partial';
  readonly reasons: readonly string[];
}

/**
 * A labelled value.
 */
export interface IField {
  readonly label: string;
  readonly value: IPassage;
}

/**
 * An entity: its kind (`Process`), one-line title, an aside (`pid 24851`), and all its fields.
 */
export interface IEntityCard {
  readonly kind: string;
  readonly title: IPassage;
  readonly aside: string;
  readonly fields: readonly IField[];
}

/**
 * An indicator found in an alert. `raw` is its refanged value, for Copy raw and enrichment only.
 */
export interface IIndicatorRow {
  readonly type: string;
  readonly defanged: string;
  readonly raw: string;
  readonly where: readonly string[];
}

/**
 * A ready set of notebook cells; the first pivot is what "Insert query" inserts.
 */
export interface IPivot {
  readonly label: string;
  readonly cells: readonly string[];
}

/**
 * The incident that holds an alert.
 */
export interface IIncidentRow {
  readonly number: number | null;
  readonly title: string;
  readonly status: string;
  readonly severity: string;
  readonly owner: string;
}

/**
 * `GET alert`.
 */
export interface IAlertDetail {
  readonly row: IAlertRow;
  readonly description: IPassage;
  readonly facts: readonly IField[];
  readonly properties: readonly IField[];
  readonly techniques: readonly string[];
  readonly entities: readonly IEntityCard[];
  readonly indicators: readonly IIndicatorRow[];
  readonly incidents: readonly IIncidentRow[];
  readonly problems: readonly string[];
  readonly pivots: readonly IPivot[];
  readonly portalLink: string | null;
  readonly defangedText: string;
}

/**
 * Kernel to panel, on opening and after each change.
 *
 * `revision` grows with each change in the kernel. `origin` repeats the `origin` of the
 * panel's message that caused it, so that the panel knows its own echo. `signIn` is a code that the kernel
 * waits for; it comes and goes without a new revision.
 */
export interface IKernelState {
  readonly type: 'state';
  readonly revision: number;
  readonly workspace: IWorkspaceState | null;
  readonly timeRange: ITimeRangeState;
  readonly fresh: boolean;
  readonly origin: string | null;
  readonly lastQuery: string;
  readonly signIn: ISignInPrompt | null;
}

/**
 * Kernel to panel: a request failed; the session is as it was.
 */
export interface IKernelError {
  readonly type: 'error';
  readonly error: IWireError;
  readonly origin: string | null;
}

/**
 * Panel to kernel: send the state.
 */
export interface IHello {
  readonly type: 'hello';
  readonly origin?: string | null;
}

/**
 * Panel to kernel: set the range.
 *
 * `ifFresh`: only while nobody has set one in this kernel (it comes from the notebook's metadata).
 */
export interface ISetTimeRange {
  readonly type: 'setTimeRange';
  readonly spec: string;
  readonly origin?: string | null;
  readonly ifFresh?: boolean;
}

/**
 * Panel to kernel: connect to a workspace by name; `ifFresh` as for the range.
 */
export interface IConnect {
  readonly type: 'connect';
  readonly name: string;
  readonly origin?: string | null;
  readonly ifFresh?: boolean;
}

export type PanelMessage =
  | IHello
  | ISetTimeRange
  | IConnect;

export type KernelMessage =
  | IKernelState
  | IKernelError;
