import { describe, expect, test } from 'vitest';

import {
  rangeLabel,
  spanLabel,
  spanOf,
  specOf,
  timeOfDay,
  wholeTime
} from '../src/timeformat';
import type { ITimeRangeState } from '../src/wire';

function span(start: string, end: string): { start: number; end: number } {
  return { start: Date.parse(start), end: Date.parse(end) };
}

describe('spanLabel', () => {
  test.each([
    ['2019-02-17T00:00Z', '2019-02-19T00:00Z', '17 → 19 Feb 2019'],
    ['2019-01-30T00:00Z', '2019-02-02T00:00Z', '30 Jan → 2 Feb 2019'],
    ['2018-12-30T00:00Z', '2019-01-02T00:00Z', '30 Dec 2018 → 2 Jan 2019'],
    ['2019-02-17T15:00Z', '2019-02-17T16:30Z', '17 Feb 2019 15:00 → 16:30'],
    [
      '2019-02-17T15:00Z',
      '2019-02-18T16:30:05Z',
      '17 Feb 15:00 → 18 Feb 2019 16:30:05'
    ]
  ])('%s to %s', (start, end, label) => {
    expect(spanLabel(span(start, end))).toBe(label);
  });
});

test('times are UTC, whatever the zone of the browser', () => {
  expect(timeOfDay('2019-02-18T15:29:22+02:00')).toBe('13:29:22');
  expect(wholeTime('2019-02-18T15:29:22Z')).toBe('18 Feb 2019 15:29:22 UTC');
});

test('what is no time shows as nothing', () => {
  expect(timeOfDay(null)).toBe('');
  expect(wholeTime('yesterday')).toBe('');
});

describe('specOf', () => {
  test.each([
    ['2019-02-17T00:00Z', '2019-02-19T00:00Z', '2019-02-17 2019-02-19'],
    [
      '2019-02-17T15:00Z',
      '2019-02-17T16:30:00.250Z',
      '2019-02-17T15:00:00 2019-02-17T16:30:00.250'
    ]
  ])('%s to %s', (start, end, spec) => {
    expect(specOf(span(start, end))).toBe(spec);
  });
});

describe('rangeLabel', () => {
  const bounds = { start: '2019-02-17T00:00:00Z', end: '2019-02-19T00:00:00Z' };

  test('an absolute range shows as dates', () => {
    const range: ITimeRangeState = {
      spec: '2019-02-17 2019-02-19',
      label: '2019-02-17 → 2019-02-19',
      ...bounds
    };
    expect(rangeLabel(range)).toBe('17 → 19 Feb 2019');
  });

  test('a moving range shows in its own words', () => {
    const range: ITimeRangeState = { spec: '7d', label: 'last 7d', ...bounds };
    expect(rangeLabel(range)).toBe('last 7d');
  });

  test('all time has no bounds', () => {
    const range = { spec: 'all', label: 'all time', start: null, end: null };
    expect(spanOf(range)).toBeNull();
    expect(rangeLabel(range)).toBe('all time');
  });
});
