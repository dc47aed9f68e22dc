import { describe, expect, test, vi } from 'vitest';

import type { ILinkPolicy, LinkContext } from '../src/kernel/link';
import { NotebookLink } from '../src/kernel/link';
import { asRemembered } from '../src/notebook/document';
import type { IRemembered } from '../src/tokens';
import type { IKernelState } from '../src/wire';
import {
  FakeContext,
  FakeKernel,
  kernelState,
  range,
  settled,
  workspace
} from './fakes';

interface ISetUp {
  readonly kernel: FakeKernel;
  readonly context: FakeContext;
  readonly link: NotebookLink;
  readonly written: IRemembered[];
}

function setUp(
  remembered: IRemembered = {},
  policy: Partial<ILinkPolicy> = {},
  kernel: FakeKernel | null = new FakeKernel()
): ISetUp {
  const context = new FakeContext(kernel);
  const written: IRemembered[] = [];
  let metadata = remembered;
  const link = new NotebookLink(
    {
      name: 'case.ipynb',
      sessionContext: context as unknown as LinkContext,
      remembered: () => metadata,
      remember: values => {
        metadata = values;
        written.push(values);
      }
    },
    {
      mayOpen: name => name === 'demo',
      suggested: () => ({}),
      keeps: true,
      ...policy
    }
  );
  return { kernel: kernel ?? new FakeKernel(), context, link, written };
}

/** A kernel that does what it is told, as the Python side does. */
function obedient(kernel: FakeKernel): void {
  let state: IKernelState = kernelState({ fresh: true });
  kernel.onSend = (data, comm) => {
    const origin = String(data['origin']);
    const change =
      data['type'] === 'connect'
        ? {
            workspace: workspace(String(data['name'])),
            timeRange: range('the workspace’s own')
          }
        : { timeRange: range(String(data['spec'])) };
    state = {
      ...state,
      ...change,
      fresh: false,
      revision: state.revision + 1,
      origin
    };
    comm.tell(state);
  };
}

describe('status', () => {
  test('follows the kernel', async () => {
    const { kernel, link } = setUp();
    expect(link.status).toBe('waiting');
    kernel.comm.refuse();
    expect(link.status).toBe('absent');
    kernel.load(kernelState());
    expect(link.status).toBe('linked');
    link.dispose();
    await settled();
  });

  test('a kernel that is not Python cannot load the extension', async () => {
    const kernel = new FakeKernel();
    kernel.info = Promise.resolve({ language_info: { name: 'R' } });
    const { link } = setUp({}, {}, kernel);
    await settled();
    kernel.comm.refuse();
    expect(link.status).toBe('foreign');
  });

  test('no kernel, and then one', () => {
    const { context, link } = setUp({}, {}, null);
    expect(link.status).toBe('no-kernel');
    context.kernel = new FakeKernel();
    context.kernelChanged.emit({});
    expect(link.status).toBe('waiting');
  });

  test('a restart drops the comm at once and asks again when idle', () => {
    const { kernel, context, link } = setUp();
    kernel.comm.tell(kernelState({ revision: 5 }));
    const before = kernel.comm;
    context.statusChanged.emit('restarting');
    context.statusChanged.emit('restarting');
    expect(link.status).toBe('waiting');
    expect(before.isDisposed).toBe(true);
    // the same kernel again: nothing new to follow
    context.kernelChanged.emit({});
    expect(kernel.opened).toHaveLength(1);
    context.statusChanged.emit('idle');
    expect(kernel.opened).toHaveLength(2);
    kernel.comm.refuse();
    expect(link.status).toBe('absent');
  });

  test('another kernel is another comm', () => {
    const { kernel, context, link } = setUp();
    kernel.comm.tell(kernelState());
    const other = new FakeKernel();
    context.kernel = other;
    context.kernelChanged.emit({});
    expect(kernel.comm.isDisposed).toBe(true);
    expect(link.state).toBeNull();
    other.comm.tell(kernelState({ revision: 3 }));
    expect(link.state?.revision).toBe(3);
  });
});

describe('a fresh kernel', () => {
  const fresh = kernelState({ fresh: true });

  test('gets the notebook’s workspace, and then its range', async () => {
    const { kernel, link, written } = setUp({
      workspace: 'demo',
      timeRange: '7d'
    });
    const seen: (string | undefined)[] = [];
    link.changed.connect(() => seen.push(link.settled?.timeRange.spec));
    obedient(kernel);
    kernel.comm.tell(fresh);
    expect(link.isRestoring).toBe(true);
    await settled();
    expect(link.isRestoring).toBe(false);
    // neither what a kernel begins with nor the workspace's own range shows
    expect(new Set(seen)).toEqual(new Set([undefined, '7d']));
    expect(
      kernel.comm.sent.slice(1).map(({ type, ifFresh }) => [type, ifFresh])
    ).toEqual([
      ['connect', true],
      ['setTimeRange', true]
    ]);
    expect(link.state?.timeRange.spec).toBe('7d');
    // the workspace's own range, in force for a moment, is not written down
    expect(written).toEqual([]);
  });

  test('is not made to open a path that only the notebook names', async () => {
    const { kernel, link } = setUp({ workspace: '//evil/share' });
    obedient(kernel);
    kernel.comm.tell(fresh);
    await settled();
    expect(kernel.comm.sent).toHaveLength(1);
    expect(link.offeredWorkspace).toBe('//evil/share');
  });

  test('gets what the panel has if the notebook remembers nothing', async () => {
    const { kernel, link } = setUp(
      {},
      { suggested: () => ({ workspace: 'demo', timeRange: '2d' }) }
    );
    obedient(kernel);
    kernel.comm.tell(fresh);
    await settled();
    expect(link.state?.workspace?.name).toBe('demo');
    expect(link.state?.timeRange.spec).toBe('2d');
  });

  test('is asked once, not after every change', async () => {
    const { kernel } = setUp({ timeRange: '7d' });
    kernel.comm.tell(fresh);
    kernel.comm.tell({ ...fresh, revision: 1 });
    await settled();
    expect(kernel.comm.sent).toHaveLength(2);
  });

  test('is asked again after a restart', async () => {
    const { kernel, context } = setUp({ timeRange: '7d' });
    obedient(kernel);
    kernel.comm.tell(fresh);
    await settled();
    context.statusChanged.emit('restarting');
    context.statusChanged.emit('idle');
    kernel.comm.tell(fresh);
    await settled();
    expect(kernel.comm.last).toMatchObject({ spec: '7d', ifFresh: true });
  });

  test('that refuses leaves the notebook’s memory alone', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { kernel, written } = setUp({ timeRange: '7d' });
    kernel.onSend = (data, comm) => {
      comm.tell({
        type: 'error',
        origin: data['origin'],
        error: { code: 'x', message: 'no', hint: '', retryAfter: null }
      });
    };
    kernel.comm.tell(fresh);
    await settled();
    expect(written).toEqual([]);
  });
});

describe('the notebook’s memory', () => {
  const settledState = kernelState({
    revision: 2,
    workspace: workspace('demo'),
    timeRange: range('7d')
  });

  test('is written when the kernel’s session changes, and only then', () => {
    const { kernel, written } = setUp();
    kernel.comm.tell(settledState);
    kernel.comm.tell({ ...settledState, lastQuery: 'print 1' });
    expect(written).toEqual([{ workspace: 'demo', timeRange: '7d' }]);
  });

  test('keeps the workspace while the kernel has none', () => {
    const { kernel, written } = setUp({ workspace: '/logs' });
    kernel.comm.tell({ ...settledState, workspace: null });
    expect(written).toEqual([{ workspace: '/logs', timeRange: '7d' }]);
  });

  test('is not written by a kernel in which nobody chose anything', () => {
    const { kernel, written } = setUp();
    kernel.comm.tell({ ...settledState, fresh: true });
    expect(written).toEqual([]);
  });

  test('is not written if the user does not want it', () => {
    const { kernel, written } = setUp({}, { keeps: false });
    kernel.comm.tell(settledState);
    expect(written).toEqual([]);
  });

  test.each([
    [undefined, {}],
    ['7d', {}],
    [{ timeRange: 7, workspace: ['x'] }, {}],
    [{ timeRange: '', workspace: 'x'.repeat(2000) }, {}],
    [
      { timeRange: '7d', workspace: 'demo', other: 1 },
      { timeRange: '7d', workspace: 'demo' }
    ]
  ])('%j reads as %j', (values, expected) => {
    expect(asRemembered(values)).toEqual(expected);
  });
});
