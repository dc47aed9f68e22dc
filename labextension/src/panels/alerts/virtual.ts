import type { Range } from '@tanstack/virtual-core';
import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer
} from '@tanstack/virtual-core';
import * as React from 'react';

/** The lines to draw, and what to measure and scroll them with. */
export type Lines = Virtualizer<HTMLDivElement, HTMLDivElement>;

export interface ILinesOptions {
  readonly scroller: React.RefObject<HTMLDivElement>;
  readonly count: number;
  readonly heightOf: (index: number) => number;
  readonly keyOf: (index: number) => string;
  /** A line that is drawn wherever it is, because it has the focus. */
  readonly kept: number;
}

/** Lines drawn beyond the edges, so that a fast wheel shows no gaps. */
const OVERSCAN = 20;

/** Draws only the lines in sight; re-renders as they change. */
export function useLines(options: ILinesOptions): Lines {
  const [, rerender] = React.useReducer((count: number) => count + 1, 0);
  const settings = {
    count: options.count,
    getScrollElement: () => options.scroller.current,
    estimateSize: options.heightOf,
    getItemKey: options.keyOf,
    overscan: OVERSCAN,
    rangeExtractor: (range: Range) => withKept(range, options.kept),
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: rerender
  };
  const [lines] = React.useState<Lines>(() => new Virtualizer(settings));
  lines.setOptions(settings);
  React.useLayoutEffect(() => lines._didMount(), [lines]);
  React.useLayoutEffect(() => {
    lines._willUpdate();
  });
  return lines;
}

function withKept(range: Range, kept: number): number[] {
  const indexes = defaultRangeExtractor(range);
  return kept < 0 || kept >= range.count || indexes.includes(kept)
    ? indexes
    : [...indexes, kept].sort((one, two) => one - two);
}
