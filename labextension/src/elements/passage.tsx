import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPassage } from '../wire';
import { segmentsOf } from './segments';

interface IPassageProps {
  readonly passage: IPassage;
  readonly trans: TranslationBundle;
}

/** Reads more of the passages that are cut; null where no more is to be had. */
export const ReadMore = React.createContext<(() => void) | null>(null);

/** Text from outside, as text, with the indicators in it marked. */
export function Passage({ passage, trans }: IPassageProps): React.JSX.Element {
  const readMore = React.useContext(ReadMore);
  return (
    <span className="jp-Sentinel-Passage" dir="auto">
      {segmentsOf(passage).map((segment, index) =>
        segment.isMarked ? (
          <mark key={index} className="jp-Sentinel-Mark">
            {segment.text}
          </mark>
        ) : (
          segment.text
        )
      )}
      {passage.truncated ? (
        <em className="jp-Sentinel-Quiet"> {trans.__('… cut here')}</em>
      ) : null}
      {passage.truncated && readMore ? (
        <>
          {' '}
          <button
            type="button"
            className="jp-Sentinel-Plain"
            onClick={readMore}
          >
            {trans.__('Read on')}
          </button>
        </>
      ) : null}
    </span>
  );
}
