import * as React from 'react';

import type { ISpan } from '../../histogram';
import { dragged, fraction } from '../../histogram';
import type { TimeRangeModel } from './model';

/** A range that is being chosen and not set yet. */
export type Draft = ISpan | null;

/** What the histogram does with the pointer. */
export interface IDrag {
  readonly start: (event: React.PointerEvent) => void;
  readonly move: (event: React.PointerEvent) => void;
  readonly end: (event: React.PointerEvent) => void;
  readonly cancel: () => void;
}

/** Less than this many pixels is a click, which chooses nothing. */
const LEAST_DRAG = 4;
/** This near to an end of the range, a drag moves that end. */
const GRIP = 6;

interface IAnchor {
  /** Where the pointer went down, in pixels. */
  readonly x: number;
  /** The end that stays, as a fraction of the width. */
  readonly place: number;
}

/** Chooses a range by dragging over `stage`. */
export function useDrag(
  stage: React.RefObject<HTMLElement>,
  model: TimeRangeModel,
  draft: Draft,
  onDraft: (draft: Draft) => void
): IDrag {
  const anchor = React.useRef<IAnchor | null>(null);
  const placeOf = (x: number): number => {
    const box = stage.current?.getBoundingClientRect();
    return box && box.width > 0
      ? Math.min(1, Math.max(0, (x - box.left) / box.width))
      : 0;
  };
  const spanTo = (x: number): Draft => {
    const from = anchor.current;
    return !from || Math.abs(x - from.x) < LEAST_DRAG
      ? null
      : dragged(from.place, placeOf(x), model.buckets);
  };
  return {
    start: event => {
      if (event.button === 0) {
        const width = stage.current?.clientWidth ?? 1;
        const place = anchorFor(placeOf(event.clientX), width, model);
        anchor.current = { x: event.clientX, place };
        event.currentTarget.setPointerCapture(event.pointerId);
      }
    },
    move: event => {
      if (anchor.current) {
        onDraft(spanTo(event.clientX));
      }
    },
    end: event => {
      const span = spanTo(event.clientX);
      anchor.current = null;
      if (span) {
        void model.setSpan(span).then(() => {
          onDraft(null);
        });
      } else if (draft) {
        onDraft(null);
      }
    },
    cancel: () => {
      anchor.current = null;
      onDraft(null);
    }
  };
}

/** The other end of the range, if an end is gripped; else where it began. */
function anchorFor(
  place: number,
  width: number,
  model: TimeRangeModel
): number {
  const { domain, span } = model;
  if (!domain || !span) {
    return place;
  }
  const start = fraction(span.start, domain);
  const end = fraction(span.end, domain);
  const isNear = (one: number): boolean =>
    Math.abs(place - one) * width <= GRIP;
  if (isNear(start)) {
    return end;
  }
  return isNear(end) ? start : place;
}
