import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import type { CommKernel } from '../src/kernel/comm';
import type { ISentinelClient } from '../src/tokens';
import type {
  IAlertDetail,
  IAlertRow,
  IAlertsAnswer,
  IAlertsQuery,
  IKernelState,
  ISignInPrompt,
  ISignInState,
  ITimeRangeState,
  IWorkspaceState
} from '../src/wire';

export function range(spec: string): ITimeRangeState {
  return { spec, label: spec, start: null, end: null };
}

export function workspace(
  name: string,
  more: Partial<IWorkspaceState> = {}
): IWorkspaceState {
  return {
    name,
    address: name,
    kind: 'embedded',
    description: '',
    tables: 3,
    dataStart: null,
    dataEnd: null,
    timeRange: null,
    identity: null,
    synthetic: false,
    notices: [],
    ...more
  };
}

export function kernelState(more: Partial<IKernelState> = {}): IKernelState {
  return {
    type: 'state',
    revision: 0,
    workspace: null,
    timeRange: range('24h'),
    fresh: false,
    origin: null,
    lastQuery: '',
    signIn: null,
    ...more
  };
}

export function alertRow(
  id: string,
  more: Partial<IAlertRow> = {}
): IAlertRow {
  return {
    id,
    title: `alert ${id}`,
    severity: 'Medium',
    severityLabel: 'Medium',
    status: 'New',
    start: '2019-02-18T15:29:22Z',
    end: null,
    generated: null,
    subtitle: '',
    tactics: [],
    entityCount: 0,
    problemCount: 0,
    group: '',
    ...more
  };
}

export function alertsAnswer(
  rows: readonly IAlertRow[],
  more: Partial<IAlertsAnswer> = {}
): IAlertsAnswer {
  return {
    alerts: rows,
    total: rows.length,
    offset: 0,
    counts: { Medium: rows.length },
    timeRange: range('24h'),
    status: 'complete',
    reasons: [],
    notes: [],
    ...more
  };
}

export function alertDetail(row: IAlertRow): IAlertDetail {
  return {
    row,
    description: { text: '', marks: [], truncated: false },
    facts: [],
    properties: [],
    techniques: [],
    entities: [],
    indicators: [],
    incidents: [],
    problems: [],
    pivots: [
      { label: 'Around this alert', cells: ['a'] },
      { label: 'Enrich', cells: ['b', 'c'] }
    ],
    portalLink: null,
    defangedText: ''
  };
}

const nothing: ISignInState = { status: 'none', prompt: null, error: null };

export function signInPrompt(more: Partial<ISignInPrompt> = {}): ISignInPrompt {
  return {
    address: 'https://microsoft.com/devicelogin',
    page: 'https://microsoft.com/devicelogin',
    code: 'ABCD1234',
    expires: '2026-01-01T00:15:00Z',
    secondsLeft: 900,
    ...more
  };
}

type Answers = { [Verb in keyof ISentinelClient]: ISentinelClient[Verb] };

/** A server that answers at once, and notes what it was asked. */
export class FakeClient implements ISentinelClient {
  constructor(private readonly _answers: Partial<Answers> = {}) {}

  readonly asked: string[] = [];

  status: ISentinelClient['status'] = () => {
    this.asked.push('status');
    return (
      this._answers.status?.() ??
      Promise.resolve({
        version: '0',
        choices: [{ name: 'demo', kind: 'demo', description: '' }],
        problems: []
      })
    );
  };

  connect: ISentinelClient['connect'] = name => {
    this.asked.push(`connect ${name}`);
    return this._answers.connect?.(name) ?? Promise.resolve(workspace(name));
  };

  beginSignIn: ISentinelClient['beginSignIn'] = name => {
    this.asked.push(`begin ${name}`);
    return this._answers.beginSignIn?.(name) ?? Promise.resolve(nothing);
  };

  signIn: ISentinelClient['signIn'] = name => {
    this.asked.push(`signin ${name}`);
    return this._answers.signIn?.(name) ?? Promise.resolve(nothing);
  };

  stopSignIn: ISentinelClient['stopSignIn'] = name => {
    this.asked.push(`stop ${name}`);
    return this._answers.stopSignIn?.(name) ?? Promise.resolve(nothing);
  };

  readTimeRange: ISentinelClient['readTimeRange'] = spec => {
    this.asked.push(`timerange ${spec}`);
    return (
      this._answers.readTimeRange?.(spec) ?? Promise.resolve(range(spec))
    );
  };

  alerts: ISentinelClient['alerts'] = (query: IAlertsQuery, signal) => {
    this.asked.push(`alerts ${JSON.stringify(query)}`);
    return (
      this._answers.alerts?.(query, signal) ??
      Promise.resolve(alertsAnswer([]))
    );
  };

  histogram: ISentinelClient['histogram'] = (query, signal) => {
    this.asked.push(`histogram ${JSON.stringify(query)}`);
    return (
      this._answers.histogram?.(query, signal) ??
      Promise.resolve({
        buckets: [],
        start: null,
        end: null,
        status: 'complete' as const,
        reasons: []
      })
    );
  };

  alert: ISentinelClient['alert'] = (query, signal) => {
    this.asked.push(`alert ${query.id} ${query.spec ?? ''}`);
    return (
      this._answers.alert?.(query, signal) ??
      Promise.resolve(alertDetail(alertRow(query.id)))
    );
  };
}

/** The kernel's end of a comm. */
export class FakeComm {
  constructor(readonly kernel: FakeKernel) {}

  readonly sent: Record<string, unknown>[] = [];
  isDisposed = false;
  onMsg: (message: never) => void = () => undefined;
  onClose: (message: never) => void = () => undefined;

  open(data: Record<string, unknown>): void {
    this.sent.push(data);
    this.kernel.opened.push(this);
  }

  send(data: Record<string, unknown>): void {
    this.sent.push(data);
    this.kernel.onSend(data, this);
  }

  close(): void {
    this.dispose();
  }

  dispose(): void {
    this.isDisposed = true;
  }

  /** The kernel says something. */
  tell(data: object): void {
    this.onMsg({ content: { data } } as never);
  }

  /** The kernel closes the comm. */
  refuse(): void {
    this.isDisposed = true;
    this.onClose({} as never);
  }

  get last(): Record<string, unknown> {
    return this.sent[this.sent.length - 1] ?? {};
  }
}

/** A kernel connection, as far as a comm needs it. */
export class FakeKernel {
  readonly opened: FakeComm[] = [];
  isDisposed = false;
  target: ((comm: never, message: never) => void) | null = null;
  info = Promise.resolve({ language_info: { name: 'python' } });
  /** What the kernel does with a message. */
  onSend: (data: Record<string, unknown>, comm: FakeComm) => void = () =>
    undefined;

  createComm(): FakeComm {
    return new FakeComm(this);
  }

  registerCommTarget(_: string, callback: never): void {
    this.target = callback;
  }

  removeCommTarget(): void {
    this.target = null;
  }

  /** The kernel opens a comm, as it does when it loads the extension. */
  load(data: object): FakeComm {
    const comm = new FakeComm(this);
    this.target?.(comm as never, { content: { data } } as never);
    return comm;
  }

  get comm(): FakeComm {
    const comm = this.opened[this.opened.length - 1];
    if (!comm) {
      throw new Error('No comm was opened.');
    }
    return comm;
  }

  get asCommKernel(): CommKernel {
    return this as unknown as CommKernel;
  }
}

/** A session context whose kernel comes and goes. */
export class FakeContext {
  constructor(public kernel: FakeKernel | null) {}

  readonly kernelChanged = new Signal<this, object>(this);
  readonly statusChanged = new Signal<this, Kernel.Status>(this);
  isDisposed = false;

  get session(): { kernel: FakeKernel | null } {
    return { kernel: this.kernel };
  }
}

/** Lets everything that is only waiting for a promise happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}
