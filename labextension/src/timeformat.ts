import type { ISpan } from './histogram';
import { moment } from './histogram';
import type { ITimeRangeState } from './wire';

/* All times are shown in UTC, as they are asked for. */

const UTC = { timeZone: 'UTC' } as const;
const DAY = 86_400_000;

const day = new Intl.DateTimeFormat('en-GB', { ...UTC, day: 'numeric' });
const month = new Intl.DateTimeFormat('en-GB', { ...UTC, month: 'short' });
const clock = new Intl.DateTimeFormat('en-GB', {
  ...UTC,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23'
});

/** `15:29:22` */
export function timeOfDay(text: string | null): string {
  const time = moment(text);
  return time === null ? '' : clock.format(time);
}

/** `18 Feb` */
export function dayOf(time: number | null): string {
  return time === null ? '' : dayAndMonth(time);
}

/** `18 Feb 2019` */
export function dateOf(time: number): string {
  return `${dayAndMonth(time)} ${new Date(time).getUTCFullYear()}`;
}

/** `18 Feb 2019 15:29:22 UTC` */
export function wholeTime(text: string | null): string {
  const time = moment(text);
  return time === null ? '' : `${dateOf(time)} ${clock.format(time)} UTC`;
}

/** The range for a narrow field: `17 → 19 Feb 2019`, or its words. */
export function rangeLabel(range: ITimeRangeState): string {
  const span = spanOf(range);
  return span && isAbsolute(range) ? spanLabel(span) : range.label;
}

/** `17 → 19 Feb 2019`, `17 Feb 2019 15:00 → 16:30`, `30 Dec 2018 → 2 Jan 2019` */
export function spanLabel({ start, end }: ISpan): string {
  if (start % DAY === 0 && end % DAY === 0) {
    return `${shortDate(start, end)} → ${dateOf(end)}`;
  }
  const isOneDay = Math.floor(start / DAY) === Math.floor(end / DAY);
  const first = `${isOneDay ? dateOf(start) : shortDate(start, end, true)} ${minutes(start)}`;
  return isOneDay
    ? `${first} → ${minutes(end)}`
    : `${first} → ${dateOf(end)} ${minutes(end)}`;
}

/** The bounds of a range, or null where it has none. */
export function spanOf(range: ITimeRangeState): ISpan | null {
  const start = moment(range.start);
  const end = moment(range.end);
  return start === null || end === null ? null : { start, end };
}

/** The words for a range from `start` to `end`, as the server reads them. */
export function specOf({ start, end }: ISpan): string {
  return `${isoOf(start)} ${isoOf(end)}`;
}

function isAbsolute(range: ITimeRangeState): boolean {
  return /^\d{4}-/.test(range.spec);
}

function isoOf(time: number): string {
  const text = new Date(time).toISOString();
  if (time % DAY === 0) {
    return text.slice(0, 10);
  }
  return time % 1000 === 0 ? text.slice(0, 19) : text.slice(0, 23);
}

function dayAndMonth(time: number): string {
  return `${day.format(time)} ${month.format(time)}`;
}

function shortDate(start: number, end: number, withMonth = false): string {
  const first = new Date(start);
  const last = new Date(end);
  if (first.getUTCFullYear() !== last.getUTCFullYear()) {
    return dateOf(start);
  }
  return withMonth || first.getUTCMonth() !== last.getUTCMonth()
    ? dayAndMonth(start)
    : day.format(start);
}

function minutes(time: number): string {
  const text = clock.format(time);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}
