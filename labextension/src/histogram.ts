import type { IBucket, Severity } from './wire';

/** Severities from worst to least; the order of chips and of bars. */
export const SEVERITIES: readonly Severity[] = [
  'High',
  'Medium',
  'Low',
  'Informational',
  'Unknown'
];

/** A stretch of time, in milliseconds since 1970 UTC; the end is not in it. */
export interface ISpan {
  readonly start: number;
  readonly end: number;
}

/** A piece of a bar: one severity, as fractions of the height, from below. */
export interface IPiece {
  readonly severity: Severity;
  readonly bottom: number;
  readonly height: number;
}

/** A bar: where it stands, as fractions of the width. */
export interface IBar {
  readonly start: number;
  readonly end: number;
  readonly left: number;
  readonly width: number;
  readonly total: number;
  readonly pieces: readonly IPiece[];
}

/** Milliseconds of an ISO time, or null. */
export function moment(text: string | null): number | null {
  const value = text === null ? NaN : Date.parse(text);
  return Number.isNaN(value) ? null : value;
}

/** What the buckets cover, or null if there are none. */
export function domainOf(buckets: readonly IBucket[]): ISpan | null {
  const start = moment(buckets[0]?.start ?? null);
  const end = moment(buckets[buckets.length - 1]?.end ?? null);
  return start === null || end === null || end <= start ? null : { start, end };
}

/** Lay the buckets out as stacked bars; the tallest fills the height. */
export function layOut(buckets: readonly IBucket[]): readonly IBar[] {
  const domain = domainOf(buckets);
  if (!domain) {
    return [];
  }
  const tallest = Math.max(1, ...buckets.map(totalOf));
  return buckets.flatMap(bucket => {
    const start = moment(bucket.start);
    const end = moment(bucket.end);
    if (start === null || end === null) {
      return [];
    }
    const left = fraction(start, domain);
    const width = fraction(end, domain) - left;
    const pieces = stack(bucket, tallest);
    return [{ start, end, left, width, total: totalOf(bucket), pieces }];
  });
}

function stack(bucket: IBucket, tallest: number): readonly IPiece[] {
  let bottom = 0;
  // the least severe stands lowest, the worst on top, where it is seen
  return [...SEVERITIES].reverse().flatMap(severity => {
    const height = (bucket.counts[severity] ?? 0) / tallest;
    if (height === 0) {
      return [];
    }
    const piece = { severity, bottom, height };
    bottom += height;
    return [piece];
  });
}

function totalOf(bucket: IBucket): number {
  return SEVERITIES.reduce(
    (sum, severity) => sum + (bucket.counts[severity] ?? 0),
    0
  );
}

/** Where a time stands in `domain`, from 0 to 1. */
export function fraction(time: number, domain: ISpan): number {
  const value = (time - domain.start) / (domain.end - domain.start);
  return Math.min(1, Math.max(0, value));
}

/** The bucket edge nearest to `position`, a fraction of the width. */
export function snap(
  position: number,
  buckets: readonly IBucket[]
): number | null {
  const domain = domainOf(buckets);
  const edges = edgesOf(buckets);
  if (!domain || edges.length === 0) {
    return null;
  }
  const time = domain.start + position * (domain.end - domain.start);
  return edges.reduce((best, edge) =>
    Math.abs(edge - time) < Math.abs(best - time) ? edge : best
  );
}

/** The times at which buckets begin and end, in order. */
export function edgesOf(buckets: readonly IBucket[]): readonly number[] {
  const times = buckets.flatMap(bucket => [
    moment(bucket.start),
    moment(bucket.end)
  ]);
  const known = times.filter(time => time !== null);
  return [...new Set(known)].sort((first, second) => first - second);
}

/** The edge `steps` buckets away from `time`, within the data. */
export function edgeAfter(
  time: number,
  steps: number,
  edges: readonly number[]
): number {
  const last = edges.length - 1;
  if (last < 0) {
    return time;
  }
  const exact = edges.indexOf(time);
  const after = edges.findIndex(edge => edge > time);
  const base =
    exact >= 0
      ? exact
      : steps > 0
        ? (after < 0 ? last + 1 : after) - 1
        : after < 0
          ? last + 1
          : after;
  return edges[Math.min(last, Math.max(0, base + steps))] ?? time;
}

/** The span between two positions that were dragged over, or null if none. */
export function dragged(
  from: number,
  to: number,
  buckets: readonly IBucket[]
): ISpan | null {
  const first = snap(Math.min(from, to), buckets);
  const last = snap(Math.max(from, to), buckets);
  return first === null || last === null || first === last
    ? null
    : { start: first, end: last };
}

/** The span as long, `count` lengths later. */
export function shifted(span: ISpan, count: number): ISpan {
  const length = span.end - span.start;
  return {
    start: span.start + count * length,
    end: span.end + count * length
  };
}

/** The span about the same middle, `factor` times as long. */
export function stretched(span: ISpan, factor: number): ISpan {
  const middle = (span.start + span.end) / 2;
  const half = Math.max(500, ((span.end - span.start) * factor) / 2);
  return {
    start: Math.round((middle - half) / 1000) * 1000,
    end: Math.round((middle + half) / 1000) * 1000
  };
}
