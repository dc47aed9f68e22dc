import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { AlertsModel } from '../src/panels/alerts/model';
import { MOST_ALERTS } from '../src/panels/alerts/pages';
import { ReadMarks } from '../src/panels/alerts/readmarks';
import { DetailsModel } from '../src/panels/details/model';
import type { ISentinelClient, ISentinelSession } from '../src/tokens';
import type { IAlertsAnswer, IAlertsQuery } from '../src/wire';
import {
  alertDetail,
  alertRow,
  alertsAnswer,
  FakeClient,
  range,
  settled,
  workspace
} from './fakes';

/** A session that a test changes as it likes. */
class FakeSession {
  readonly changed = new Signal<this, void>(this);
  workspace: ReturnType<typeof workspace> | null = workspace('demo');
  timeRange = range('7d');
  ready = true;

  set(values: Partial<FakeSession>): void {
    Object.assign(this, values);
    this.changed.emit();
  }
}

interface ISetUp {
  readonly client: FakeClient;
  readonly session: FakeSession;
  readonly model: AlertsModel;
  readonly queries: () => Partial<IAlertsQuery>[];
}

function setUp(
  alerts?: ISentinelClient['alerts'],
  client = new FakeClient(alerts ? { alerts } : {})
): ISetUp {
  const session = new FakeSession();
  const model = new AlertsModel(
    client,
    session as unknown as ISentinelSession,
    new ReadMarks(() => undefined)
  );
  const queries = (): Partial<IAlertsQuery>[] =>
    client.asked
      .filter(line => line.startsWith('alerts '))
      .map(line => JSON.parse(line.slice(7)) as Partial<IAlertsQuery>);
  return { client, session, model, queries };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('asking', () => {
  test('sleeps while it is hidden, and asks once when shown', async () => {
    const { model, session, queries } = setUp();
    session.set({ timeRange: range('2d') });
    session.set({ timeRange: range('3d') });
    await settled();
    expect(queries()).toEqual([]);
    model.isActive = true;
    session.changed.emit();
    await settled();
    expect(queries().map(query => query.spec)).toEqual(['3d']);
  });

  test('waits until the workspace is open', async () => {
    const { model, session, queries } = setUp();
    session.ready = false;
    model.isActive = true;
    await settled();
    expect(queries()).toEqual([]);
    session.set({ ready: true });
    await settled();
    expect(queries()).toHaveLength(1);
  });

  test('fetches page after page, and doubles no alert that moved to the next', async () => {
    const all = Array.from({ length: 1200 }, (_, index) =>
      alertRow(String(index))
    );
    const { model, queries } = setUp(({ offset = 0, limit = 0 }) => {
      // one newer alert came after the first page
      const from = offset === 0 ? 0 : offset - 1;
      return Promise.resolve(
        alertsAnswer(all.slice(from, from + limit), { total: all.length })
      );
    });
    model.isActive = true;
    await settled();
    await settled();
    expect(queries().map(query => [query.offset, query.limit])).toEqual([
      [0, 500],
      [500, 500],
      [1000, 500]
    ]);
    expect(new Set(model.rows.map(row => row.id)).size).toBe(model.rows.length);
    expect(model.total).toBe(1200);
    expect(model.isLoading).toBe(false);
  });

  test('stops at its limit, however many there are', async () => {
    let id = 0;
    const { model } = setUp(({ limit = 0 }) =>
      Promise.resolve(
        alertsAnswer(
          Array.from({ length: limit }, () => alertRow(String(id++))),
          { total: 10 * MOST_ALERTS }
        )
      )
    );
    model.isActive = true;
    await vi.runAllTimersAsync();
    for (let turn = 0; turn < 50; turn += 1) {
      await settled();
    }
    expect(model.rows).toHaveLength(MOST_ALERTS);
    expect(model.total).toBe(10 * MOST_ALERTS);
  });

  test('an answer that comes late is not shown under another question', async () => {
    const answers: ((answer: IAlertsAnswer) => void)[] = [];
    const signals: (AbortSignal | undefined)[] = [];
    const { model, session } = setUp(
      (_, signal) =>
        new Promise(resolve => {
          signals.push(signal);
          answers.push(resolve);
        })
    );
    model.isActive = true;
    session.set({ timeRange: range('1h') });
    expect(signals[0]?.aborted).toBe(true);
    answers[1]?.(alertsAnswer([alertRow('new')]));
    await settled();
    answers[0]?.(alertsAnswer([alertRow('old')]));
    await settled();
    expect(model.rows.map(row => row.id)).toEqual(['new']);
  });

  test('what is shown says whether it answers what is asked', async () => {
    const { model, session } = setUp(() =>
      Promise.resolve(alertsAnswer([alertRow('1')]))
    );
    model.isActive = true;
    await settled();
    expect(model.isCurrent).toBe(true);
    model.isActive = false;
    session.set({ timeRange: range('1h') });
    expect(model.isCurrent).toBe(false);
  });

  test('refreshing reads anew', async () => {
    const { model, queries } = setUp();
    model.isActive = true;
    await settled();
    model.refresh();
    await settled();
    expect(queries().map(query => query.fresh)).toEqual([undefined, true]);
  });

  test('a failure empties the list and says why', async () => {
    let fails = false;
    const { model } = setUp(() =>
      fails
        ? Promise.reject(new Error('gone'))
        : Promise.resolve(alertsAnswer([alertRow('1')]))
    );
    model.isActive = true;
    await settled();
    fails = true;
    model.refresh();
    await settled();
    expect(model.rows).toEqual([]);
    expect(model.failure?.message).toBe('gone');
    expect(model.isEmpty).toBe(false);
  });

  test('an incomplete answer says why, and what else there is to know', async () => {
    const { model } = setUp(() =>
      Promise.resolve(
        alertsAnswer([], {
          status: 'partial',
          reasons: ['cut at 64 MB'],
          notes: ['no incidents']
        })
      )
    );
    model.isActive = true;
    await settled();
    expect(model.reasons).toEqual(['cut at 64 MB']);
    expect(model.notes).toEqual(['no incidents']);
  });

  test('another workspace begins with nothing', async () => {
    const { model, session } = setUp(({ workspace: name }) =>
      Promise.resolve(alertsAnswer(name === 'demo' ? [alertRow('1')] : []))
    );
    model.isActive = true;
    await settled();
    model.select(model.rows[0] ?? null);
    session.set({ workspace: workspace('other'), ready: false });
    expect(model.rows).toEqual([]);
    expect(model.selected).toBeNull();
  });
});

describe('filtering', () => {
  test('typing asks once it pauses', async () => {
    const { model, queries } = setUp();
    model.isActive = true;
    await settled();
    model.filter('2');
    model.filter('23.97');
    model.filter(' 23.97.60.214 ');
    await settled();
    expect(queries()).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(300);
    expect(queries().map(query => query.contains)).toEqual([
      '',
      '23.97.60.214'
    ]);
  });

  test('severities are chosen and dropped; none chosen means all', async () => {
    const { model, queries } = setUp();
    model.isActive = true;
    model.toggleSeverity('High');
    model.toggleSeverity('Low');
    model.toggleSeverity('High');
    model.toggleSeverity('Low');
    await settled();
    expect(queries().map(query => query.severity)).toEqual([
      '',
      'High',
      'High,Low',
      'Low',
      ''
    ]);
    expect(model.isFiltered).toBe(false);
  });

  test('clearing the filter clears both kinds', async () => {
    const { model, queries } = setUp();
    model.isActive = true;
    model.toggleSeverity('High');
    model.filter('x');
    model.clearFilter();
    await settled();
    expect(queries().pop()).toMatchObject({ contains: '', severity: '' });
  });
});

describe('the selection', () => {
  const rows = [alertRow('1', { group: 'a' }), alertRow('2', { group: 'b' })];

  async function shown(
    client?: FakeClient
  ): Promise<ISetUp & { details: DetailsModel }> {
    const parts = setUp(() => Promise.resolve(alertsAnswer(rows)), client);
    const details = new DetailsModel(parts.client, parts.model);
    parts.model.isActive = true;
    await settled();
    return { ...parts, details };
  }

  test('selecting marks as read', async () => {
    const { model } = await shown();
    expect(rows.map(row => model.isUnread(row))).toEqual([true, true]);
    model.select(rows[0] ?? null);
    expect(rows.map(row => model.isUnread(row))).toEqual([false, true]);
  });

  test('it survives a refresh, and its details are asked for where it was found', async () => {
    const { model, session, client, details } = await shown();
    model.select(rows[0] ?? null);
    session.set({ timeRange: range('1h') });
    await settled();
    await vi.advanceTimersByTimeAsync(100);
    expect(model.selected?.id).toBe('1');
    expect(details.detail?.row.id).toBe('1');
    expect(client.asked.filter(line => line.startsWith('alert '))).toEqual([
      'alert 1 1h'
    ]);
  });

  test('walking down the list asks for the last alert only', async () => {
    const { model, client, details } = await shown();
    model.select(rows[0] ?? null);
    model.select(rows[1] ?? null);
    expect(details.detail).toBeNull();
    await vi.advanceTimersByTimeAsync(100);
    expect(client.asked.filter(line => line.startsWith('alert '))).toEqual([
      'alert 2 7d'
    ]);
    expect(details.detail?.row.id).toBe('2');
    expect(details.pivot('Enrich')?.cells).toEqual(['b', 'c']);
    expect(details.pivot('Unheard of')).toBeNull();
  });

  test('the details of one alert are never shown for another', async () => {
    const answers: (() => void)[] = [];
    const client = new FakeClient({
      alerts: () => Promise.resolve(alertsAnswer(rows)),
      alert: query =>
        new Promise(resolve => {
          answers.push(() => {
            resolve(alertDetail(alertRow(query.id)));
          });
        })
    });
    const { model, details } = await shown(client);
    model.select(rows[0] ?? null);
    await vi.advanceTimersByTimeAsync(100);
    model.select(rows[1] ?? null);
    await vi.advanceTimersByTimeAsync(100);
    answers[1]?.();
    await settled();
    answers[0]?.();
    await settled();
    expect(details.detail?.row.id).toBe('2');
  });

  test('more of a cut text is read in steps, up to a million, and anew for another alert', async () => {
    const wanted: (number | undefined)[] = [];
    const client = new FakeClient({
      alerts: () => Promise.resolve(alertsAnswer(rows)),
      alert: query => {
        wanted.push(query.longest);
        return Promise.resolve(alertDetail(alertRow(query.id)));
      }
    });
    const { model, details } = await shown(client);
    model.select(rows[0] ?? null);
    await vi.advanceTimersByTimeAsync(100);
    details.readMore?.();
    expect(details.readMore).toBeNull();
    expect(details.detail?.row.id).toBe('1');
    await settled();
    details.readMore?.();
    await settled();
    expect(details.readMore).toBeNull();
    model.select(rows[1] ?? null);
    await vi.advanceTimersByTimeAsync(100);
    expect(details.readMore).not.toBeNull();
    expect(wanted).toEqual([10_000, 100_000, 1_000_000, 10_000]);
  });

  test('details that cannot be had say why', async () => {
    const client = new FakeClient({
      alerts: () => Promise.resolve(alertsAnswer(rows)),
      alert: () => Promise.reject(new Error('left the range'))
    });
    const { model, details } = await shown(client);
    model.select(rows[0] ?? null);
    await vi.advanceTimersByTimeAsync(100);
    expect(details.failure?.message).toBe('left the range');
    expect(details.detail).toBeNull();
  });

  test('groups fold and unfold', async () => {
    const { model } = await shown();
    expect(model.items).toHaveLength(4);
    model.toggleGroup('a');
    expect(model.items).toHaveLength(3);
    model.group('none');
    expect(model.items).toHaveLength(2);
    model.group('name');
    model.toggleGroup('a');
    expect(model.items).toHaveLength(4);
  });
});

describe('read marks', () => {
  test('are kept, restored, and forgotten oldest first', () => {
    const kept: (readonly string[])[] = [];
    const marks = new ReadMarks(ids => kept.push(ids));
    marks.restore(Array.from({ length: 5000 }, (_, index) => String(index)));
    marks.add('one more');
    expect(marks.has('0')).toBe(false);
    expect(marks.has('1')).toBe(true);
    expect(kept[0]).toHaveLength(5000);
  });

  test.each([null, {}, 'abc', [7, null]])('%j holds none', values => {
    const marks = new ReadMarks(() => undefined);
    marks.restore(values);
    expect(marks.has('7')).toBe(false);
  });
});
