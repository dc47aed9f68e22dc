import { VDomModel } from '@jupyterlab/ui-components';
import { Debouncer } from '@lumino/polling';

import { isAbort } from '../../client';
import type { ISentinelClient, ISentinelSession } from '../../tokens';
import type { IAlertRow, Severity } from '../../wire';
import type { GroupBy, ListItem } from './grouping';
import { grouped, listed } from './grouping';
import { fetchAlerts } from './pages';
import type { ReadMarks } from './readmarks';

const TYPING_PAUSE = 250;

/** The alerts of the workspace and the range in force, filtered. */
export class AlertsModel extends VDomModel {
  constructor(
    private readonly _client: ISentinelClient,
    readonly session: ISentinelSession,
    private readonly _read: ReadMarks
  ) {
    super();
    this._workspaceName = session.workspace?.address ?? null;
    session.changed.connect(this._onSessionChanged, this);
    _read.changed.connect(this._onReadChanged, this);
  }

  /** Lines of the list, groups included. */
  get items(): readonly ListItem[] {
    this._items ??=
      this._groupBy === 'name'
        ? grouped(this._rows, this._collapsed)
        : listed(this._rows);
    return this._items;
  }

  get rows(): readonly IAlertRow[] {
    return this._rows;
  }

  /** How many alerts match, fetched or not. */
  get total(): number {
    return this._total;
  }

  /** Alerts by severity, whatever severities are chosen. */
  get counts(): Readonly<Record<string, number>> {
    return this._counts;
  }

  /** What makes the answer incomplete; empty if it is complete. */
  get reasons(): readonly string[] {
    return this._reasons;
  }

  /** What else there is to know, such as a workspace that keeps no alerts. */
  get notes(): readonly string[] {
    return this._notes;
  }

  get failure(): Error | null {
    return this._failure;
  }

  get isLoading(): boolean {
    return this._request !== null;
  }

  /** What is shown answers the question that is asked now. */
  get isCurrent(): boolean {
    return this._answered !== null && this._answered === this._question;
  }

  get isEmpty(): boolean {
    return this.isCurrent && this._rows.length === 0;
  }

  get isFiltered(): boolean {
    return this._contains !== '' || this._severities.size > 0;
  }

  get contains(): string {
    return this._contains;
  }

  get severities(): ReadonlySet<Severity> {
    return this._severities;
  }

  get groupBy(): GroupBy {
    return this._groupBy;
  }

  get selected(): IAlertRow | null {
    return this._selected;
  }

  /** The range in which the selected alert was found. */
  get selectedSpec(): string {
    return this._selectedSpec;
  }

  /** Asks for nothing while false. */
  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(value: boolean) {
    this._isActive = value;
    this._sync();
  }

  isUnread(row: IAlertRow): boolean {
    return !this._read.has(row.id);
  }

  /** Show only alerts that contain `text`, once the typing pauses. */
  filter(text: string): void {
    if (text !== this._contains) {
      this._contains = text;
      this.stateChanged.emit();
      void this._typing.invoke();
    }
  }

  group(by: GroupBy): void {
    if (by !== this._groupBy) {
      this._groupBy = by;
      this._rearrange();
    }
  }

  /** Show only these severities; choosing the last one off shows all. */
  toggleSeverity(severity: Severity): void {
    const chosen = new Set(this._severities);
    if (!chosen.delete(severity)) {
      chosen.add(severity);
    }
    this._severities = chosen;
    this._sync();
  }

  toggleGroup(name: string): void {
    const collapsed = new Set(this._collapsed);
    if (!collapsed.delete(name)) {
      collapsed.add(name);
    }
    this._collapsed = collapsed;
    this._rearrange();
  }

  clearFilter(): void {
    this._contains = '';
    this._severities = new Set();
    this._sync();
  }

  select(row: IAlertRow | null): void {
    if (row) {
      this._read.add(row.id);
    }
    if (row?.id !== this._selected?.id) {
      this._selected = row;
      this._selectedSpec = this._shownSpec;
      this.stateChanged.emit();
    }
  }

  /** Ask again. */
  refresh(): void {
    this._asked = null;
    this._isFresh = true;
    this._sync();
  }

  override dispose(): void {
    this._request?.abort();
    this._typing.dispose();
    super.dispose();
  }

  private get _question(): string {
    const { workspace, timeRange } = this.session;
    return JSON.stringify([
      workspace?.address,
      timeRange.spec,
      this._contains,
      [...this._severities].sort()
    ]);
  }

  private _onSessionChanged(): void {
    const name = this.session.workspace?.address ?? null;
    if (name !== this._workspaceName) {
      this._workspaceName = name;
      this._clear();
    }
    this._sync();
  }

  private _onReadChanged(): void {
    this.stateChanged.emit();
  }

  /** Ask, if what is shown is not what is asked for. */
  private _sync(): void {
    this.stateChanged.emit();
    if (
      this._isActive &&
      this.session.ready &&
      this._asked !== this._question
    ) {
      void this._load();
    }
  }

  private async _load(): Promise<void> {
    const workspace = this.session.workspace;
    if (!workspace) {
      return;
    }
    this._request?.abort();
    const request = new AbortController();
    const question = this._question;
    this._request = request;
    this._asked = question;
    this.stateChanged.emit();
    const query = {
      workspace: workspace.address,
      spec: this.session.timeRange.spec,
      severity: [...this._severities].join(','),
      contains: this._contains.trim()
    };
    const isFresh = this._isFresh;
    this._isFresh = false;
    try {
      const pages = fetchAlerts(this._client, query, isFresh, request.signal);
      for await (const { rows, answer } of pages) {
        if (this._request !== request) {
          return;
        }
        this._answered = question;
        this._shownSpec = query.spec;
        this._failure = null;
        this._total = answer.total;
        this._counts = answer.counts;
        this._reasons = answer.status === 'partial' ? answer.reasons : [];
        this._notes = answer.notes;
        this._show(rows);
      }
    } catch (reason) {
      if (this._request === request && !isAbort(reason)) {
        this._fail(reason);
      }
    } finally {
      if (this._request === request) {
        this._request = null;
        this.stateChanged.emit();
      }
    }
  }

  private _show(rows: readonly IAlertRow[]): void {
    this._rows = rows;
    const id = this._selected?.id;
    const again = rows.find(row => row.id === id);
    if (again) {
      this._selected = again;
      this._selectedSpec = this._shownSpec;
    }
    this._rearrange();
  }

  private _fail(reason: unknown): void {
    this._clear();
    this._failure =
      reason instanceof Error ? reason : new Error(String(reason));
  }

  private _clear(): void {
    this._rows = [];
    this._items = null;
    this._total = 0;
    this._counts = {};
    this._reasons = [];
    this._notes = [];
    this._answered = null;
    this._failure = null;
    this._selected = null;
  }

  private _rearrange(): void {
    this._items = null;
    this.stateChanged.emit();
  }

  private readonly _typing = new Debouncer(() => {
    this._sync();
  }, TYPING_PAUSE);
  private _workspaceName: string | null;
  private _rows: readonly IAlertRow[] = [];
  private _items: readonly ListItem[] | null = null;
  private _total = 0;
  private _counts: Readonly<Record<string, number>> = {};
  private _reasons: readonly string[] = [];
  private _notes: readonly string[] = [];
  private _failure: Error | null = null;
  private _contains = '';
  private _severities: ReadonlySet<Severity> = new Set();
  private _groupBy: GroupBy = 'name';
  private _collapsed: ReadonlySet<string> = new Set();
  private _selected: IAlertRow | null = null;
  private _selectedSpec = '';
  private _shownSpec = '';
  private _request: AbortController | null = null;
  private _isFresh = false;
  private _asked: string | null = null;
  private _answered: string | null = null;
  private _isActive = false;
}
