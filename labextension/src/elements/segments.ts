import type { IPassage } from '../wire';

/** A stretch of a passage, marked or not. */
export interface ISegment {
  readonly text: string;
  readonly isMarked: boolean;
}

/**
 * Cut a passage at its marks.
 *
 * Marks that overlap, are empty or lie outside the text are passed over: the
 * segments always add up to the text.
 */
export function segmentsOf(passage: IPassage): readonly ISegment[] {
  const { text } = passage;
  const segments: ISegment[] = [];
  let at = 0;
  const marks = [...passage.marks].sort((one, two) => one.start - two.start);
  for (const { start, end } of marks) {
    if (start < at || end <= start || end > text.length) {
      continue;
    }
    if (start > at) {
      segments.push({ text: text.slice(at, start), isMarked: false });
    }
    segments.push({ text: text.slice(start, end), isMarked: true });
    at = end;
  }
  if (at < text.length) {
    segments.push({ text: text.slice(at), isMarked: false });
  }
  return segments;
}

/** At most `length` characters of `text`, none cut in two. */
export function clipped(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const isPair = /[\uD800-\uDBFF]/.test(text.charAt(length - 1));
  return `${text.slice(0, isPair ? length - 1 : length)}…`;
}
