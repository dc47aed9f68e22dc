import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, test } from 'vitest';

import { TimeRangeModel } from '../src/panels/timerange/model';
import type { ISentinelSession } from '../src/tokens';
import type { IBucket, ITimeRangeState, IWorkspaceState } from '../src/wire';
import { FakeClient, range, settled, workspace } from './fakes';

const HOUR = 3_600_000;
const T0 = Date.parse('2019-02-17T00:00:00Z');

const BUCKETS: readonly IBucket[] = [0, 1, 2, 3].map(index => ({
  start: new Date(T0 + index * HOUR).toISOString(),
  end: new Date(T0 + (index + 1) * HOUR).toISOString(),
  counts: { High: index }
}));

class FakeSession {
  readonly changed = new Signal<this, void>(this);
  workspace: IWorkspaceState | null = workspace('demo');
  timeRange: ITimeRangeState = {
    spec: '2019-02-17T01:00 +1h',
    label: '',
    start: '2019-02-17T01:00:00Z',
    end: '2019-02-17T02:00:00Z'
  };
  ready = true;
  readonly set: string[] = [];
  refusal: Error | null = null;

  setTimeRange(spec: string): Promise<void> {
    this.set.push(spec);
    return this.refusal ? Promise.reject(this.refusal) : Promise.resolve();
  }
}

let session: FakeSession;
let client: FakeClient;
let model: TimeRangeModel;

beforeEach(async () => {
  session = new FakeSession();
  client = new FakeClient({
    histogram: () =>
      Promise.resolve({
        buckets: BUCKETS,
        start: null,
        end: null,
        status: 'partial' as const,
        reasons: ['half of it']
      })
  });
  model = new TimeRangeModel(client, session as unknown as ISentinelSession);
  model.isActive = true;
  await settled();
});

test('reads the histogram once for a workspace and a range', async () => {
  session.changed.emit();
  await settled();
  expect(client.asked).toHaveLength(1);
  expect(model.bars).toHaveLength(4);
  expect(model.reasons).toEqual(['half of it']);
  expect(model.domain).toEqual({ start: T0, end: T0 + 4 * HOUR });
});

test('without a workspace there is no histogram', () => {
  session.workspace = null;
  session.changed.emit();
  expect(model.bars).toEqual([]);
  expect(model.domain).toBeNull();
});

describe('setting', () => {
  test('steps, widens and narrows by the range’s own length', async () => {
    await model.step(-1);
    await model.step(1);
    await model.stretch(2);
    expect(session.set).toEqual([
      '2019-02-17 2019-02-17T01:00:00',
      '2019-02-17T02:00:00 2019-02-17T03:00:00',
      '2019-02-17T00:30:00 2019-02-17T02:30:00'
    ]);
  });

  test('a range without bounds cannot step', async () => {
    session.timeRange = range('all');
    await model.step(1);
    await model.stretch(2);
    expect(session.set).toEqual([]);
  });

  test('a refusal is kept until it is forgiven or put right', async () => {
    session.refusal = new Error('not a range');
    expect(await model.setSpec('soon')).toBe(false);
    expect(model.failure?.message).toBe('not a range');
    model.forgive();
    expect(model.failure).toBeNull();
    await model.setSpec('soon');
    session.refusal = null;
    expect(await model.setSpec('7d')).toBe(true);
    expect(model.failure).toBeNull();
  });

  test('an end moves over the buckets and never past the other', () => {
    const span = { start: T0 + HOUR, end: T0 + 2 * HOUR };
    expect(model.moved(span, 'end', 1)).toEqual({
      start: T0 + HOUR,
      end: T0 + 3 * HOUR
    });
    expect(model.moved(span, 'start', 1)).toBeNull();
    expect(model.moved(span, 'end', -5)).toBeNull();
  });
});
