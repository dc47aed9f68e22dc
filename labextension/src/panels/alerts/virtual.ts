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
  readonly kindOf: (index: number) => Kind;
  readonly keyOf: (index: number) => string;
  /** A line that is drawn wherever it is, because it has the focus. */
  readonly kept: number;
}

/** Lines drawn beyond the edges, so that a fast wheel shows no gaps. */
const OVERSCAN = 20;

/** A kind of line: all lines of a kind are equally high. */
export type Kind = 'group' | 'alert';

/**
 * How high the lines are, which depends on the theme's fonts.
 *
 * One line of a kind is measured for all: measuring each would move what is
 * above the view while the user scrolls.
 */
export class LineHeights {
  of(kind: Kind): number {
    return this._heights[kind];
  }

  /** Measure what is drawn; whether anything changed. */
  measure(scroller: Element | null): boolean {
    const before = { ...this._heights };
    for (const kind of ['group', 'alert'] as const) {
      const line = scroller?.querySelector(SELECTORS[kind]);
      const height = line?.getBoundingClientRect().height ?? 0;
      if (height > 0) {
        this._heights[kind] = height;
      }
    }
    return (
      before.group !== this._heights.group ||
      before.alert !== this._heights.alert
    );
  }

  private readonly _heights = { group: 26, alert: 46 };
}

const SELECTORS: Readonly<Record<Kind, string>> = {
  group: '.jp-Sentinel-Group',
  alert: '.jp-Sentinel-Alert'
};

/** Draws only the lines in sight; re-renders as they change. */
export function useLines(options: ILinesOptions): Lines {
  const [, rerender] = React.useReducer((count: number) => count + 1, 0);
  const [heights] = React.useState(() => new LineHeights());
  const settings = {
    count: options.count,
    getScrollElement: () => options.scroller.current,
    estimateSize: (index: number) => heights.of(options.kindOf(index)),
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
    if (heights.measure(options.scroller.current)) {
      lines.measure();
    }
  });
  return lines;
}

function withKept(range: Range, kept: number): number[] {
  const indexes = defaultRangeExtractor(range);
  return kept < 0 || kept >= range.count || indexes.includes(kept)
    ? indexes
    : [...indexes, kept].sort((one, two) => one - two);
}
