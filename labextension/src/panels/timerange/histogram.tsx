import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { severityClass } from '../../elements/severity';
import type { IBar, ISpan } from '../../histogram';
import { dragged, fraction } from '../../histogram';
import { dateOf, spanLabel, wholeTime } from '../../timeformat';
import type { End, TimeRangeModel } from './model';

interface IHistogramProps {
  readonly model: TimeRangeModel;
  readonly trans: TranslationBundle;
}

const HEIGHT = 44;
/** There is one sidebar, so one is enough. */
const CLIP = 'jp-Sentinel-clip';

/** A range that is being chosen and not set yet. */
type Draft = ISpan | null;

/**
 * Alerts over time; the range is chosen on it.
 *
 * Grey outside the range, the severities' colours inside. Drag over it, or
 * move its two ends with the arrow keys.
 */
export function Histogram(props: IHistogramProps): React.JSX.Element | null {
  const { model, trans } = props;
  const { domain, bars } = model;
  const [draft, setDraft] = React.useState<Draft>(null);
  const stage = React.useRef<HTMLDivElement>(null);
  const drag = useDrag(stage, model, draft, setDraft);
  if (!domain) {
    return null;
  }
  const span = draft ?? model.span ?? domain;
  const left = fraction(span.start, domain);
  const right = fraction(span.end, domain);
  return (
    <div className="jp-Sentinel-Histogram">
      <div
        ref={stage}
        className="jp-Sentinel-Histogram-stage"
        onPointerDown={drag.start}
        onPointerMove={drag.move}
        onPointerUp={drag.end}
        onPointerCancel={drag.cancel}
      >
        <div
          className="jp-Sentinel-Histogram-range"
          style={{ left: percent(left), width: percent(right - left) }}
        />
        <Bars bars={bars} span={span} domain={domain} trans={trans} />
        {(['start', 'end'] as const).map(end => (
          <Handle
            key={end}
            end={end}
            span={span}
            domain={domain}
            model={model}
            trans={trans}
            onDraft={setDraft}
          />
        ))}
      </div>
      <span className="jp-Sentinel-Histogram-hint" aria-hidden="true">
        {draft ? spanLabel(draft) : ''}
      </span>
    </div>
  );
}

interface IBarsProps {
  readonly bars: readonly IBar[];
  readonly span: ISpan;
  readonly domain: ISpan;
  readonly trans: TranslationBundle;
}

/** The bars twice: grey, and over them in colour where the range is. */
function Bars(props: IBarsProps): React.JSX.Element {
  const { bars, span, domain, trans } = props;
  const left = fraction(span.start, domain);
  const width = fraction(span.end, domain) - left;
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  return (
    <svg
      className="jp-Sentinel-Histogram-bars"
      role="img"
      aria-label={trans.__(
        '%1 alerts from %2 to %3',
        total,
        dateOf(domain.start),
        dateOf(domain.end)
      )}
      viewBox={`0 0 1000 ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <clipPath id={CLIP}>
        <rect x={left * 1000} y={0} width={width * 1000} height={HEIGHT} />
      </clipPath>
      {bars.map(bar => (
        <BarPieces key={bar.start} bar={bar} isGrey />
      ))}
      <g clipPath={`url(#${CLIP})`}>
        {bars.map(bar => (
          <BarPieces key={bar.start} bar={bar} isGrey={false} />
        ))}
      </g>
    </svg>
  );
}

function BarPieces(props: {
  readonly bar: IBar;
  readonly isGrey: boolean;
}): React.JSX.Element {
  const { bar, isGrey } = props;
  const gap = Math.min(4, bar.width * 200);
  return (
    <>
      {bar.pieces.map(({ severity, bottom, height }) => {
        // a single alert among thousands still shows
        const tall = Math.max(1.5, height * HEIGHT);
        return (
          <rect
            key={severity}
            className={isGrey ? 'jp-mod-outside' : severityClass(severity)}
            x={bar.left * 1000 + gap / 2}
            width={Math.max(1, bar.width * 1000 - gap)}
            y={HEIGHT - bottom * HEIGHT - tall}
            height={tall}
          />
        );
      })}
    </>
  );
}

interface IHandleProps extends IHistogramProps {
  readonly end: End;
  readonly span: ISpan;
  readonly domain: ISpan;
  readonly onDraft: (draft: Draft) => void;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -5,
  PageUp: 5,
  Home: -Infinity,
  End: Infinity
};

/** One end of the range, for the keyboard. */
function Handle(props: IHandleProps): React.JSX.Element {
  const { end, span, domain, model, trans, onDraft } = props;
  const isMoved = React.useRef(false);
  const position = fraction(span[end], domain);
  const settle = (): void => {
    if (isMoved.current) {
      isMoved.current = false;
      void model.setSpan(span).then(() => {
        onDraft(null);
      });
    }
  };
  return (
    <div
      className="jp-Sentinel-Histogram-handle"
      role="slider"
      tabIndex={0}
      aria-label={end === 'start' ? trans.__('Start') : trans.__('End')}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(position * 100)}
      aria-valuetext={wholeTime(new Date(span[end]).toISOString())}
      style={{ left: percent(position) }}
      onKeyDown={event => {
        const steps = STEPS[event.key];
        if (steps !== undefined) {
          event.preventDefault();
          const after = model.moved(span, end, steps);
          if (after) {
            isMoved.current = true;
            onDraft(after);
          }
        } else if (event.key === 'Escape' && isMoved.current) {
          event.stopPropagation();
          isMoved.current = false;
          onDraft(null);
        } else if (event.key === 'Enter') {
          settle();
        }
      }}
      onKeyUp={event => {
        if (STEPS[event.key] !== undefined) {
          settle();
        }
      }}
      onBlur={settle}
    />
  );
}

interface IDrag {
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

function useDrag(
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

function percent(value: number): string {
  return `${value * 100}%`;
}
