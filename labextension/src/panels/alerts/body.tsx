import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Button } from '../../elements/button';
import { hintOf, Notice } from '../../elements/notice';
import { severityClass } from '../../elements/severity';
import { SEVERITIES } from '../../histogram';
import { rangeLabel } from '../../timeformat';
import type { Severity } from '../../wire';
import { AlertList } from './list';
import type { AlertsModel } from './model';
import { MOST_ALERTS } from './pages';

export interface IAlertsBodyProps {
  readonly model: AlertsModel;
  readonly trans: TranslationBundle;
  readonly onRead: () => void;
  /** The user wants another range. */
  readonly onRange: (spec: string) => void;
}

/** What: the alerts, filtered. */
export function AlertsBody(props: IAlertsBodyProps): React.JSX.Element {
  const { model, trans } = props;
  return (
    <>
      <div className="jp-Sentinel-Filters">
        <div className="jp-Sentinel-Filters-line">
          <input
            type="search"
            className="jp-Sentinel-Input"
            aria-label={trans.__('Filter alerts')}
            placeholder={trans.__('Filter alerts')}
            title={trans.__(
              'Text in any field of an alert: a name, a host, an address, defanged or not'
            )}
            value={model.contains}
            onChange={event => {
              model.filter(event.target.value);
            }}
            onKeyDown={event => {
              if (event.key === 'Escape' && model.contains !== '') {
                event.stopPropagation();
                model.filter('');
              }
            }}
          />
          <select
            className="jp-Sentinel-Select"
            aria-label={trans.__('Group alerts')}
            value={model.groupBy}
            onChange={event => {
              model.group(event.target.value === 'none' ? 'none' : 'name');
            }}
          >
            <option value="name">{trans.__('Group: name')}</option>
            <option value="none">{trans.__('Group: none')}</option>
          </select>
        </div>
        <Chips {...props} />
      </div>
      <Completeness {...props} />
      <div
        className={
          model.isLoading
            ? 'jp-Sentinel-Progress jp-mod-running'
            : 'jp-Sentinel-Progress'
        }
      />
      {model.rows.length > 0 ? (
        <div
          className={
            model.isCurrent
              ? 'jp-Sentinel-Results'
              : 'jp-Sentinel-Results jp-mod-stale'
          }
        >
          <AlertList {...props} />
        </div>
      ) : (
        <Nothing {...props} />
      )}
    </>
  );
}

function Chips({ model, trans }: IAlertsBodyProps): React.JSX.Element {
  const labels: Readonly<Record<Severity, string>> = {
    High: trans.__('High'),
    Medium: trans.__('Medium'),
    Low: trans.__('Low'),
    Informational: trans.__('Info'),
    Unknown: trans.__('Other')
  };
  // a count that is not known is not shown as none
  const countOf = (severity: Severity): string =>
    model.counts[severity]?.toLocaleString('en') ?? '';
  const shown = SEVERITIES.filter(
    severity => severity !== 'Unknown' || (model.counts[severity] ?? 0) > 0
  );
  return (
    <div
      className="jp-Sentinel-Chips"
      role="group"
      aria-label={trans.__('Severity')}
    >
      {shown.map(severity => (
        <button
          key={severity}
          type="button"
          className="jp-Sentinel-Chip"
          aria-pressed={model.severities.has(severity)}
          onClick={() => {
            model.toggleSeverity(severity);
          }}
        >
          <span
            className={`jp-Sentinel-Square ${severityClass(severity)}`}
            aria-hidden="true"
          />
          {[labels[severity], countOf(severity)].join(' ').trim()}
        </button>
      ))}
    </div>
  );
}

/** Says whatever makes the list less than all there is. */
function Completeness({ model, trans }: IAlertsBodyProps): React.JSX.Element {
  return (
    <>
      {model.reasons.map((reason, index) => (
        <Notice
          key={index}
          kind="warning"
          text={trans.__('Incomplete: %1', reason)}
        />
      ))}
      {model.notes.map((note, index) => (
        <Notice key={index} kind="plain" text={note} />
      ))}
      {model.total > MOST_ALERTS && !model.isLoading ? (
        <Notice
          kind="warning"
          text={trans.__(
            'The first %1 of %2 alerts are listed.',
            model.rows.length.toLocaleString('en'),
            model.total.toLocaleString('en')
          )}
          hint={trans.__('Narrow the range or the filter to see the others.')}
        />
      ) : null}
      <span className="jp-Sentinel-Unseen" role="status">
        {model.isCurrent && !model.isLoading
          ? trans._n('%1 alert', '%1 alerts', model.total)
          : ''}
      </span>
    </>
  );
}

/** What stands where there are no alerts, and the button that helps. */
function Nothing(props: IAlertsBodyProps): React.JSX.Element {
  const { model, trans } = props;
  const { session, failure } = model;
  const { workspace } = session;
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
  if (!workspace) {
    return (
      <Notice
        kind="plain"
        text={trans.__('Connect a workspace to see its alerts.')}
      />
    );
  }
  if (!model.isEmpty) {
    return <Notice kind="plain" text={trans.__('Reading the alerts …')} />;
  }
  if (model.isFiltered) {
    return (
      <Notice kind="plain" text={trans.__('No alert matches the filter.')}>
        <Button
          label={trans.__('Clear filter')}
          onClick={() => {
            model.clearFilter();
          }}
        />
      </Notice>
    );
  }
  return <EmptyRange {...props} />;
}

/** No alerts in the range: offer the workspace's own range, or all time. */
function EmptyRange(props: IAlertsBodyProps): React.JSX.Element {
  const { session } = props.model;
  const { trans } = props;
  const range = session.timeRange;
  const own = session.workspace?.timeRange ?? null;
  const other = own !== null && own !== range.spec ? own : 'all';
  return (
    <Notice
      kind="plain"
      text={trans.__('No alerts in this range: %1.', rangeLabel(range))}
    >
      {range.spec === 'all' ? null : (
        <Button
          label={other === 'all' ? trans.__('Show all time') : other}
          tip={trans.__('Set the time range to %1', other)}
          onClick={() => {
            props.onRange(other);
          }}
        />
      )}
    </Notice>
  );
}
