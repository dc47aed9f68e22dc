import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { rangeLabel, wholeTime } from '../../timeformat';
import type { TimeRangeModel } from './model';

interface IFieldProps {
  readonly model: TimeRangeModel;
  readonly trans: TranslationBundle;
}

/**
 * The range as text: read as a label, edited in the words that the magics take.
 *
 * What was typed stays until it is accepted, or given up with Escape.
 */
export function RangeField({ model, trans }: IFieldProps): React.JSX.Element {
  const [draft, setDraft] = React.useState<string | null>(null);
  const field = React.useRef<HTMLInputElement>(null);
  const isNew = React.useRef(false);
  const isEditing = draft !== null;
  // the label gives way to the words, all of them selected: typing replaces
  React.useLayoutEffect(() => {
    if (isEditing) {
      field.current?.select();
    }
  }, [isEditing]);
  const { range, session, failure } = model;
  const shown = session.pendingRange ?? rangeLabel(range);
  const accept = async (): Promise<void> => {
    if (draft === null || draft.trim() === range.spec) {
      setDraft(null);
    } else if (await model.setSpec(draft.trim())) {
      setDraft(null);
    }
  };
  const giveUp = (): void => {
    setDraft(null);
    model.forgive();
  };
  return (
    <input
      ref={field}
      type="text"
      className="jp-Sentinel-Input jp-Sentinel-Range"
      aria-label={trans.__('Range')}
      aria-invalid={failure ? true : undefined}
      aria-busy={session.pendingRange !== null}
      title={tipOf(model, trans)}
      spellCheck={false}
      autoComplete="off"
      value={draft ?? shown}
      onFocus={() => {
        isNew.current = true;
        setDraft(before => before ?? range.spec);
      }}
      onMouseUp={event => {
        // the click that brought the focus does not take the selection away
        if (isNew.current) {
          event.preventDefault();
        }
        isNew.current = false;
      }}
      onBlur={() => void accept()}
      onChange={event => {
        setDraft(event.target.value);
      }}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          event.preventDefault();
          void accept();
        } else if (event.key === 'Escape') {
          event.stopPropagation();
          giveUp();
        }
      }}
    />
  );
}

function tipOf(model: TimeRangeModel, trans: TranslationBundle): string {
  const { range } = model;
  const bounds =
    range.start === null
      ? range.label
      : trans.__('%1 up to %2', wholeTime(range.start), wholeTime(range.end));
  return `${bounds}\n${trans.__(
    'Examples: %1',
    '7d · 2019-02-17 2019-02-19 · 2019-02-17T15:00 +90m · around 2019-02-18T15:29:22 1h · today · all'
  )}`;
}
