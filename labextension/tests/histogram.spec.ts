import { describe, expect, test } from 'vitest';

import {
  dragged,
  edgeAfter,
  edgesOf,
  fraction,
  layOut,
  shifted,
  snap,
  stretched
} from '../src/histogram';
import type { IBucket } from '../src/wire';

const HOUR = 3_600_000;
const T0 = Date.parse('2019-02-17T00:00:00Z');

function hours(...counts: Record<string, number>[]): readonly IBucket[] {
  return counts.map((count, index) => ({
    start: new Date(T0 + index * HOUR).toISOString(),
    end: new Date(T0 + (index + 1) * HOUR).toISOString(),
    counts: count
  }));
}

const FOUR = hours({ High: 1, Medium: 3 }, {}, { Low: 2 }, { Medium: 1 });

describe('layOut', () => {
  test('the tallest bar fills the height, the worst severity on top', () => {
    const [first] = layOut(FOUR);
    expect(first?.pieces).toEqual([
      { severity: 'Medium', bottom: 0, height: 0.75 },
      { severity: 'High', bottom: 0.75, height: 0.25 }
    ]);
    expect(first?.total).toBe(4);
  });

  test('bars stand where their time is', () => {
    const bars = layOut(FOUR);
    expect(bars.map(bar => [bar.left, bar.width])).toEqual([
      [0, 0.25],
      [0.25, 0.25],
      [0.5, 0.25],
      [0.75, 0.25]
    ]);
  });

  test('severities nobody knows take no room', () => {
    expect(layOut(hours({ Terrible: 5 }))[0]?.pieces).toEqual([]);
  });

  test('no buckets, no bars', () => {
    expect(layOut([])).toEqual([]);
  });
});

describe('choosing', () => {
  test('a position snaps to the nearest edge of a bucket', () => {
    expect(snap(0.1, FOUR)).toBe(T0);
    expect(snap(0.2, FOUR)).toBe(T0 + HOUR);
    expect(snap(1, FOUR)).toBe(T0 + 4 * HOUR);
    expect(snap(0.5, [])).toBeNull();
  });

  test('a drag in either direction gives the same span', () => {
    const span = { start: T0 + HOUR, end: T0 + 3 * HOUR };
    expect(dragged(0.26, 0.74, FOUR)).toEqual(span);
    expect(dragged(0.74, 0.26, FOUR)).toEqual(span);
  });

  test('a drag within less than a bucket chooses nothing', () => {
    expect(dragged(0.24, 0.26, FOUR)).toBeNull();
  });
});

describe('edgeAfter', () => {
  const edges = edgesOf(FOUR);

  test('moves from edge to edge and stops at the ends', () => {
    expect(edgeAfter(T0 + HOUR, 1, edges)).toBe(T0 + 2 * HOUR);
    expect(edgeAfter(T0 + HOUR, -1, edges)).toBe(T0);
    expect(edgeAfter(T0, -1, edges)).toBe(T0);
    expect(edgeAfter(T0, Infinity, edges)).toBe(T0 + 4 * HOUR);
    expect(edgeAfter(T0 + HOUR, -Infinity, edges)).toBe(T0);
  });

  test('a time between edges moves to the next one, not past it', () => {
    expect(edgeAfter(T0 + 1.5 * HOUR, 1, edges)).toBe(T0 + 2 * HOUR);
    expect(edgeAfter(T0 + 1.5 * HOUR, -1, edges)).toBe(T0 + HOUR);
  });

  test('a time outside the data comes back into it', () => {
    expect(edgeAfter(T0 - HOUR, 1, edges)).toBe(T0);
    expect(edgeAfter(T0 + 9 * HOUR, -1, edges)).toBe(T0 + 4 * HOUR);
  });

  test('without edges a time stays where it is', () => {
    expect(edgeAfter(5, 1, [])).toBe(5);
  });
});

describe('spans', () => {
  const span = { start: T0, end: T0 + 2 * HOUR };

  test('a step is one length', () => {
    expect(shifted(span, -1)).toEqual({ start: T0 - 2 * HOUR, end: T0 });
    expect(shifted(span, 1)).toEqual({ start: span.end, end: T0 + 4 * HOUR });
  });

  test('widening and narrowing keep the middle', () => {
    expect(stretched(span, 2)).toEqual({
      start: T0 - HOUR,
      end: T0 + 3 * HOUR
    });
    expect(stretched(stretched(span, 2), 0.5)).toEqual(span);
  });

  test('narrowing never empties a span', () => {
    let tiny = span;
    for (let turn = 0; turn < 60; turn += 1) {
      tiny = stretched(tiny, 0.5);
    }
    expect(tiny.end).toBeGreaterThan(tiny.start);
  });

  test('a fraction never leaves the width', () => {
    expect(fraction(T0 - 1, span)).toBe(0);
    expect(fraction(T0 + HOUR, span)).toBe(0.5);
    expect(fraction(T0 + 9 * HOUR, span)).toBe(1);
  });
});
