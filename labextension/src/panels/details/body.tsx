import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Button } from '../../elements/button';
import { hintOf, Notice } from '../../elements/notice';
import { Passage, ReadMore } from '../../elements/passage';
import { portalAddress } from '../../elements/portal';
import { severityClass } from '../../elements/severity';
import type { IAlertDetail, IPassage } from '../../wire';
import { Actions } from './actions';
import { Entities, Incidents, Indicators } from './cards';
import { Fields } from './fields';
import type { IDetailProps, IDetailsBodyProps } from './props';

/** Why: the selected alert, and what next. */
export function DetailsBody(props: IDetailsBodyProps): React.JSX.Element {
  const { model, trans } = props;
  const { detail, failure } = model;
  if (failure) {
    return (
      <Notice kind="error" text={failure.message} hint={hintOf(failure)}>
        <Button
          label={trans.__('Try again')}
          onClick={() => {
            model.refresh();
          }}
        />
      </Notice>
    );
  }
  if (!detail) {
    return (
      <Notice
        kind="plain"
        text={
          model.hasSelection
            ? trans.__('Reading the alert …')
            : trans.__('Select an alert to see why it was raised.')
        }
      />
    );
  }
  return (
    <ReadMore.Provider value={model.readMore}>
      <div className="jp-Sentinel-Details-scroll" tabIndex={-1}>
        <Detail detail={detail} trans={trans} actions={props.actions} />
      </div>
      <Actions {...props} />
    </ReadMore.Provider>
  );
}

function Detail(props: IDetailProps): React.JSX.Element {
  const { detail, trans } = props;
  return (
    <>
      <h2 className="jp-Sentinel-Details-title" dir="auto">
        {detail.row.title}
      </h2>
      <Standing detail={detail} />
      {detail.problems.map((problem, index) => (
        <Notice key={index} kind="warning" text={problem} />
      ))}
      <Description
        key={detail.row.id}
        passage={detail.description}
        trans={trans}
      />
      <Fields fields={detail.facts} trans={trans} />
      <Entities {...props} />
      <Indicators {...props} />
      <Incidents {...props} />
      <PortalLink {...props} />
      {detail.properties.length === 0 ? null : (
        <details className="jp-Sentinel-More">
          <summary>
            {trans._n(
              '%1 more property',
              '%1 more properties',
              detail.properties.length
            )}
          </summary>
          <Fields fields={detail.properties} trans={trans} />
        </details>
      )}
    </>
  );
}

/** Severity, status, tactics and techniques in a line. */
function Standing(props: { readonly detail: IAlertDetail }): React.JSX.Element {
  const { row, techniques } = props.detail;
  const more = techniques.length > 0 ? techniques : row.tactics;
  const parts = [row.status, ...more].filter(part => part !== '');
  return (
    <p className="jp-Sentinel-Standing">
      <span
        className={`jp-Sentinel-Square ${severityClass(row.severity)}`}
        aria-hidden="true"
      />
      <span className="jp-Sentinel-Strong" dir="auto">
        {row.severityLabel}
      </span>
      {parts.map((part, index) => (
        <React.Fragment key={index}>
          {' · '}
          <span dir="auto">{part}</span>
        </React.Fragment>
      ))}
    </p>
  );
}

/** Longer descriptions begin folded. */
const FOLDED = 220;

function Description(props: {
  readonly passage: IPassage;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { passage, trans } = props;
  const [isWhole, setIsWhole] = React.useState(false);
  if (passage.text === '') {
    return null;
  }
  const isLong = passage.text.length > FOLDED;
  return (
    <div className="jp-Sentinel-Description">
      <p className={isLong && !isWhole ? 'jp-mod-folded' : ''}>
        <Passage passage={passage} trans={trans} />
      </p>
      {isLong ? (
        <button
          type="button"
          className="jp-Sentinel-Plain"
          aria-expanded={isWhole}
          onClick={() => {
            setIsWhole(!isWhole);
          }}
        >
          {isWhole ? trans.__('Show less') : trans.__('Show more')}
        </button>
      ) : null}
    </div>
  );
}

function PortalLink(props: IDetailProps): React.JSX.Element | null {
  const address = portalAddress(props.detail.portalLink);
  return address === null ? null : (
    <p className="jp-Sentinel-Portal">
      {/* eslint-disable-next-line no-restricted-syntax -- only what portalAddress lets through */}
      <a href={address} target="_blank" rel="noopener noreferrer">
        {props.trans.__('Open in the portal')}
      </a>
    </p>
  );
}
