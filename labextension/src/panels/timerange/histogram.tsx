import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { severityClass } from '../../elements/severity';
import type { IBar, ISpan } from '../../histogram';
import { fraction } from '../../histogram';
import { dateOf, spanLabel, wholeTime } from '../../timeformat';
import type { Draft } from './drag';
import { useDrag } from './drag';
import type { End, TimeRangeModel } from './model';

interface IHistogramProps {
  readonly model: TimeRangeModel;
  readonly trans: TranslationBundle;
}

const HEIGHT = 44;
/** There is one sidebar, so one is enough. */
const CLIP = 'jp-Sentinel-clip';

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

function percent(value: number): string {
  return `${value * 100}%`;
}
