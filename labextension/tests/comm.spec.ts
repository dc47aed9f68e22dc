import { beforeEach, describe, expect, test } from 'vitest';

import { KernelComm } from '../src/kernel/comm';
import { asKernelMessage } from '../src/kernel/messages';
import { FakeKernel, kernelState, range } from './fakes';

let kernel: FakeKernel;
let comm: KernelComm;

beforeEach(() => {
  kernel = new FakeKernel();
  comm = new KernelComm(kernel.asCommKernel);
  comm.open();
});

test('opening says hello, and the answer is the state', () => {
  expect(kernel.comm.last).toEqual({ type: 'hello' });
  expect(comm.state).toBeNull();
  kernel.comm.tell(kernelState({ revision: 4 }));
  expect(comm.state?.revision).toBe(4);
  expect(comm.refused).toBe(false);
});

test('a kernel without the extension closes the comm', () => {
  kernel.comm.refuse();
  expect(comm.refused).toBe(true);
  expect(comm.state).toBeNull();
});

test('a kernel that loads the extension later opens a comm of its own', () => {
  kernel.comm.refuse();
  kernel.load(kernelState({ revision: 1 }));
  expect(comm.state?.revision).toBe(1);
  expect(comm.refused).toBe(false);
});

test('a comm opened without a state is asked for one', () => {
  const opened = kernel.load({});
  expect(opened.last).toEqual({ type: 'hello' });
});

test('the comm that the kernel opens replaces ours, whose close means nothing then', () => {
  const first = kernel.comm;
  kernel.load(kernelState({ revision: 1 }));
  expect(first.isDisposed).toBe(true);
  first.refuse();
  first.tell(kernelState({ revision: 9 }));
  expect(comm.refused).toBe(false);
  expect(comm.state?.revision).toBe(1);
});

describe('requests', () => {
  test('the state that repeats the origin settles the request', async () => {
    const answer = comm.request({ type: 'setTimeRange', spec: '7d' });
    const { origin, ...sent } = kernel.comm.last;
    expect(sent).toEqual({ type: 'setTimeRange', spec: '7d' });
    kernel.comm.tell(kernelState({ revision: 1, timeRange: range('24h') }));
    kernel.comm.tell(
      kernelState({
        revision: 2,
        timeRange: range('7d'),
        origin: String(origin)
      })
    );
    expect((await answer).timeRange.spec).toBe('7d');
  });

  test('an error that repeats the origin refuses it; the state stays', async () => {
    kernel.comm.tell(kernelState({ revision: 1 }));
    const answer = comm.request({ type: 'connect', name: 'nowhere' });
    kernel.comm.tell({
      type: 'error',
      origin: kernel.comm.last['origin'],
      error: {
        code: 'unknown',
        message: 'No such workspace.',
        hint: 'List them.',
        retryAfter: null
      }
    });
    await expect(answer).rejects.toMatchObject({
      message: 'No such workspace.',
      hint: 'List them.'
    });
    expect(comm.state?.revision).toBe(1);
  });

  test('a late echo of an older state undoes nothing', async () => {
    const answer = comm.request({ type: 'setTimeRange', spec: '7d' });
    const origin = String(kernel.comm.last['origin']);
    kernel.comm.tell(kernelState({ revision: 3, timeRange: range('1h') }));
    kernel.comm.tell(
      kernelState({ revision: 2, timeRange: range('7d'), origin })
    );
    expect((await answer).timeRange.spec).toBe('7d');
    expect(comm.state?.timeRange.spec).toBe('1h');
  });

  test('a restart refuses what was waiting, and forgets the revision', async () => {
    kernel.comm.tell(kernelState({ revision: 7 }));
    const answer = comm.request({ type: 'setTimeRange', spec: '7d' });
    comm.drop();
    await expect(answer).rejects.toMatchObject({ code: 'kernel-gone' });
    expect(comm.state).toBeNull();
    comm.open();
    kernel.comm.tell(kernelState({ revision: 0, fresh: true }));
    expect(comm.state?.revision).toBe(0);
  });

  test('without a comm a request fails at once', async () => {
    kernel.comm.refuse();
    await expect(
      comm.request({ type: 'setTimeRange', spec: '7d' })
    ).rejects.toMatchObject({ code: 'kernel-gone' });
  });
});

test('a disposed comm listens no more', () => {
  const { comm: opened } = kernel;
  comm.dispose();
  expect(kernel.target).toBeNull();
  expect(opened.isDisposed).toBe(true);
});

test.each([
  null,
  'state',
  [],
  {},
  { type: 'state' },
  { ...kernelState(), revision: '1' },
  { ...kernelState(), timeRange: null },
  { ...kernelState(), workspace: {} },
  { type: 'error', error: {} }
])('%j is no message of ours', data => {
  expect(asKernelMessage(data)).toBeNull();
});
