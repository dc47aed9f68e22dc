import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Passage } from '../../elements/passage';
import type { IField } from '../../wire';

/** Labels and values, one below the other. */
export function Fields(props: {
  readonly fields: readonly IField[];
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { fields, trans } = props;
  return fields.length === 0 ? null : (
    <dl className="jp-Sentinel-Fields">
      {fields.map((field, index) => (
        <React.Fragment key={index}>
          <dt dir="auto">{field.label}</dt>
          <dd>
            <Passage passage={field.value} trans={trans} />
          </dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
