import { Signal } from '@lumino/signaling';
import { describe, expect, test, vi } from 'vitest';

import type { ILinkSource } from '../src/kernel/follower';
import type { NotebookLink } from '../src/kernel/link';
import { SentinelSession } from '../src/session';
import type { IRemembered } from '../src/tokens';
import type { IKernelState } from '../src/wire';
import { FakeClient, kernelState, range, settled, workspace } from './fakes';

/** The notebook in front, as a test sets it. */
class FakeSource implements ILinkSource {
  readonly changed = new Signal<this, void>(this);
  current: NotebookLink | null = null;
  readonly requests: object[] = [];

  /** A notebook comes to the front, its kernel in this state. */
  show(
    state: IKernelState | null,
    remembered: IRemembered = {},
    answer: () => Promise<unknown> = () => Promise.resolve()
  ): void {
    this.current = {
      name: 'case.ipynb',
      state,
      settled: state?.fresh === false ? state : null,
      isRestoring: false,
      status: state ? 'linked' : 'absent',
      offeredWorkspace: null,
      remembered: () => remembered,
      request: (message: object) => {
        this.requests.push(message);
        return answer();
      }
    } as unknown as NotebookLink;
    this.changed.emit();
  }

  hide(): void {
    this.current = null;
    this.changed.emit();
  }
}

async function awake(
  client = new FakeClient(),
  begin: IRemembered = {}
): Promise<{
  session: SentinelSession;
  source: FakeSource;
  client: FakeClient;
}> {
  const session = new SentinelSession(client);
  const source = new FakeSource();
  session.follow(source);
  session.begin(begin);
  session.isActive = true;
  await settled();
  return { session, source, client };
}

describe('on its own', () => {
  test('asks for nothing until it is shown', async () => {
    const client = new FakeClient();
    const session = new SentinelSession(client);
    session.begin({ workspace: 'demo', timeRange: '7d' });
    await settled();
    expect(client.asked).toEqual([]);
    session.isActive = true;
    await settled();
    expect(session.workspace?.name).toBe('demo');
    expect(session.timeRange.spec).toBe('7d');
    expect(session.ready).toBe(true);
  });

  test('a workspace brings its own range', async () => {
    const { session } = await awake(
      new FakeClient({
        connect: name =>
          Promise.resolve(workspace(name, { timeRange: '2019-02-17 +2d' }))
      })
    );
    await session.connect('demo');
    expect(session.timeRange.spec).toBe('2019-02-17 +2d');
  });

  test('a workspace that cannot be opened changes nothing', async () => {
    const { session } = await awake(
      new FakeClient({
        connect: name =>
          name === 'bad'
            ? Promise.reject(new Error('no'))
            : Promise.resolve(workspace(name))
      })
    );
    await session.connect('demo');
    await expect(session.connect('bad')).rejects.toThrow('no');
    expect(session.workspace?.name).toBe('demo');
    expect(session.ready).toBe(true);
  });

  test('a range that is none changes nothing', async () => {
    const { session } = await awake(
      new FakeClient({
        readTimeRange: spec =>
          spec === 'soon'
            ? Promise.reject(new Error('not a range'))
            : Promise.resolve(range(spec))
      })
    );
    await session.setTimeRange('7d');
    await expect(session.setTimeRange('soon')).rejects.toThrow('not a range');
    expect(session.timeRange.spec).toBe('7d');
  });
});

describe('with a notebook whose kernel has the extension', () => {
  const linked = kernelState({
    workspace: workspace('case'),
    timeRange: range('2d'),
    revision: 3
  });

  test('the kernel’s workspace and range are in force, and opened here too', async () => {
    const { session, source, client } = await awake();
    source.show(linked);
    await settled();
    expect(session.workspace?.name).toBe('case');
    expect(session.timeRange.spec).toBe('2d');
    expect(client.asked).toContain('connect case');
    expect(session.ready).toBe(true);
  });

  test('they stay in force when the notebook is closed', async () => {
    const { session, source } = await awake();
    source.show(linked);
    await settled();
    source.hide();
    expect(session.workspace?.name).toBe('case');
    expect(session.timeRange.spec).toBe('2d');
    expect(session.linkStatus).toBe('none');
  });

  test('following a notebook sends it nothing', async () => {
    const { source } = await awake();
    source.show(linked);
    source.show({ ...linked, revision: 4, timeRange: range('3d') });
    await settled();
    expect(source.requests).toEqual([]);
  });

  test('a range chosen here is the kernel’s to set; until its echo the old one is in force', async () => {
    const { session, source } = await awake();
    let echo: (value: unknown) => void = () => undefined;
    source.show(
      linked,
      {},
      () =>
        new Promise(resolve => {
          echo = resolve;
        })
    );
    const setting = session.setTimeRange('7d');
    await settled();
    expect(source.requests).toEqual([{ type: 'setTimeRange', spec: '7d' }]);
    expect(session.pendingRange).toBe('7d');
    expect(session.timeRange.spec).toBe('2d');
    source.show({ ...linked, revision: 4, timeRange: range('7d') });
    echo(undefined);
    await setting;
    expect(session.pendingRange).toBeNull();
    expect(session.timeRange.spec).toBe('7d');
  });

  test('a kernel that refuses leaves no pending range', async () => {
    const { session, source } = await awake();
    source.show(linked, {}, () => Promise.reject(new Error('busy')));
    await expect(session.setTimeRange('7d')).rejects.toThrow('busy');
    expect(session.pendingRange).toBeNull();
    expect(session.timeRange.spec).toBe('2d');
  });

  test('connecting connects both, by the address that the server gave', async () => {
    const { session, source } = await awake(
      new FakeClient({
        connect: name =>
          Promise.resolve(workspace('logs', { address: `/home/${name}` }))
      })
    );
    source.show(kernelState());
    await session.connect('logs');
    expect(source.requests).toEqual([{ type: 'connect', name: '/home/logs' }]);
  });

  test('what a fresh kernel begins with is nobody’s choice and not in force', async () => {
    const { session, source } = await awake(new FakeClient(), {
      workspace: 'demo',
      timeRange: '7d'
    });
    source.show(kernelState({ fresh: true, timeRange: range('24h') }));
    expect(session.workspace?.name).toBe('demo');
    expect(session.timeRange.spec).toBe('7d');
    await session.setTimeRange('2d');
    expect(source.requests).toEqual([{ type: 'setTimeRange', spec: '2d' }]);
  });

  test('a kernel without a workspace is told apart', async () => {
    const { session, source } = await awake(new FakeClient(), {
      workspace: 'demo'
    });
    source.show(kernelState());
    expect(session.isNotebookUnconnected).toBe(true);
    source.show(linked);
    expect(session.isNotebookUnconnected).toBe(false);
  });

  test('what is in force is what a fresh kernel without memory gets', async () => {
    const { session, source } = await awake();
    expect(session.suggested()).toEqual({});
    source.show(linked);
    await session.setTimeRange('7d');
    source.hide();
    expect(session.suggested()).toEqual({ workspace: 'case', timeRange: '7d' });
  });

  test('a workspace that the server cannot open says why, and can be tried again', async () => {
    const connect = vi
      .fn<(name: string) => Promise<ReturnType<typeof workspace>>>()
      .mockRejectedValueOnce(new Error('not there'))
      .mockResolvedValue(workspace('case'));
    const { session, source } = await awake(new FakeClient({ connect }));
    source.show(linked);
    await settled();
    expect(session.ready).toBe(false);
    expect(session.failure?.message).toBe('not there');
    await session.reopen();
    expect(session.ready).toBe(true);
    expect(session.failure).toBeNull();
  });
});

describe('with a notebook whose kernel has not loaded the extension', () => {
  test('shows what the notebook was about, if the user has set that up', async () => {
    const { session, source } = await awake();
    source.show(null, { workspace: 'demo', timeRange: '5d' });
    await settled();
    expect(session.workspace?.name).toBe('demo');
    expect(session.timeRange.spec).toBe('5d');
  });

  test('opens no path because a notebook names it', async () => {
    const { session, source, client } = await awake();
    source.show(null, { workspace: '//evil/share' });
    await settled();
    expect(session.workspace).toBeNull();
    expect(client.asked).not.toContain('connect //evil/share');
  });

  test('leaves alone what the user has opened', async () => {
    const { session, source } = await awake(new FakeClient(), {
      workspace: 'mine'
    });
    source.show(null, { workspace: 'demo', timeRange: '5d' });
    await settled();
    expect(session.workspace?.name).toBe('mine');
  });
});
