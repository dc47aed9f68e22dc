import type { TranslationBundle } from '@jupyterlab/translation';
import { copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../../elements/button';
import { Passage } from '../../elements/passage';
import type { IEntityCard, IIndicatorRow } from '../../wire';
import { Fields } from './fields';
import type { IDetailProps } from './props';

/** Cards shown at once; an alert can name thousands of entities. */
const MOST_CARDS = 20;

/** The alert's entities, a card each. */
export function Entities(props: IDetailProps): React.JSX.Element {
  const { detail, trans } = props;
  const [shown, setShown] = React.useState(MOST_CARDS);
  const entities = tellingFirst(detail.entities);
  const left = entities.length - shown;
  return (
    <>
      {entities.slice(0, shown).map((entity, index) => (
        <Entity key={index} entity={entity} trans={trans} />
      ))}
      {left > 0 ? (
        <button
          type="button"
          className="jp-Sentinel-Plain"
          onClick={() => {
            setShown(shown + 10 * MOST_CARDS);
          }}
        >
          {trans._n('Show %1 more entity', 'Show %1 more entities', left)}
        </button>
      ) : null}
    </>
  );
}

/** What made the alert interesting comes first: entities with indicators in them. */
function tellingFirst(
  entities: readonly IEntityCard[]
): readonly IEntityCard[] {
  const tells = (entity: IEntityCard): boolean => entity.title.marks.length > 0;
  return [
    ...entities.filter(tells),
    ...entities.filter(entity => !tells(entity))
  ];
}

function Entity(props: {
  readonly entity: IEntityCard;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { entity, trans } = props;
  return (
    <div className="jp-Sentinel-Card">
      <div className="jp-Sentinel-Card-head">
        <span dir="auto">{entity.kind}</span>
        <span className="jp-Sentinel-Count" dir="auto">
          {entity.aside}
        </span>
      </div>
      <div className="jp-Sentinel-Code">
        <Passage passage={entity.title} trans={trans} />
      </div>
      {entity.fields.length === 0 ? null : (
        <details className="jp-Sentinel-More">
          <summary>
            {trans._n('%1 field', '%1 fields', entity.fields.length)}
          </summary>
          <Fields fields={entity.fields} trans={trans} />
        </details>
      )}
    </div>
  );
}

/** The indicators found anywhere in the alert, and where. */
export function Indicators(props: IDetailProps): React.JSX.Element {
  const { detail, trans } = props;
  const { indicators } = detail;
  return (
    <div className="jp-Sentinel-Card">
      <div className="jp-Sentinel-Card-head">
        <span>{trans.__('Indicators found in this alert')}</span>
        <span className="jp-Sentinel-Count">{indicators.length}</span>
      </div>
      {indicators.map((indicator, index) => (
        <Indicator key={index} indicator={indicator} {...props} />
      ))}
    </div>
  );
}

function Indicator(
  props: IDetailProps & { readonly indicator: IIndicatorRow }
): React.JSX.Element {
  const { indicator, trans, actions } = props;
  return (
    <div className="jp-Sentinel-Indicator">
      <span className="jp-Sentinel-Code" dir="auto">
        {indicator.defanged}
      </span>
      <span
        className="jp-Sentinel-Quiet jp-Sentinel-Indicator-where"
        title={[indicator.type, ...indicator.where].join('\n')}
      >
        {whereOf(indicator, trans)}
      </span>
      <Button
        label={trans.__('Copy raw value')}
        tip={trans.__('Copy the raw %1, not defanged', indicator.type)}
        icon={copyIcon}
        shows="icon"
        onClick={() => {
          void actions.copy(indicator.raw, trans.__('the raw value'));
        }}
      />
    </div>
  );
}

/** The entities and properties it stands in; which field of them is in the tooltip. */
function whereOf(indicator: IIndicatorRow, trans: TranslationBundle): string {
  const places = new Set(indicator.where.map(path => path.split('.')[0] ?? ''));
  const names = [...places].join(', ');
  switch (places.size) {
    case 0:
      return indicator.type;
    case 1:
      return trans.__('in %1 only', names);
    default:
      return trans.__('in %1', names);
  }
}

/** The incidents that hold the alert. */
export function Incidents(props: IDetailProps): React.JSX.Element {
  return (
    <>
      {props.detail.incidents.map((incident, index) => (
        <div key={index} className="jp-Sentinel-Card">
          <div className="jp-Sentinel-Card-head">
            <span>{props.trans.__('Incident')}</span>
            <span className="jp-Sentinel-Count">{incident.number}</span>
          </div>
          <div dir="auto">{incident.title}</div>
          <div className="jp-Sentinel-Quiet" dir="auto">
            {[incident.severity, incident.status, incident.owner]
              .filter(part => part !== '')
              .join(' · ')}
          </div>
        </div>
      ))}
    </>
  );
}
