import {
  addBelowIcon,
  caretDownIcon,
  copyIcon,
  infoIcon,
  searchIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../../elements/button';
import type { IPivot } from '../../wire';
import { ENRICH, SWEEP } from './model';
import type { IDetailsBodyProps } from './props';

/** What next: one primary action, with a menu of pivots, and quiet ones. */
export function Actions(props: IDetailsBodyProps): React.JSX.Element {
  const { model, trans, actions, onMenu } = props;
  const insert = (pivot: IPivot | null): void => {
    if (pivot) {
      void actions.insert(pivot);
    }
  };
  const first = model.pivots[0] ?? null;
  const sweep = model.pivot(SWEEP);
  const enrich = model.pivot(ENRICH);
  const nothing = trans.__('No indicators were found in this alert.');
  return (
    <div
      className="jp-Sentinel-Actions"
      role="group"
      aria-label={trans.__('Actions')}
    >
      <span className="jp-Sentinel-Split">
        <Button
          label={trans.__('Insert query')}
          {...(first ? { tip: first.label } : {})}
          icon={addBelowIcon}
          shows="label-if-room"
          isPrimary
          isDisabled={!first}
          onClick={() => {
            insert(first);
          }}
        />
        <Button
          label={trans.__('Other queries')}
          icon={caretDownIcon}
          shows="icon"
          isPrimary
          opens="menu"
          isDisabled={!first}
          onClick={event => {
            onMenu(event.currentTarget);
          }}
        />
      </span>
      <Button
        label={trans.__('Sweep')}
        labelMore={trans.__('indicators')}
        tip={
          sweep ? trans.__('Look for the indicators in every table') : nothing
        }
        icon={searchIcon}
        shows="label-if-room"
        isDisabled={!sweep}
        onClick={() => {
          insert(sweep);
        }}
      />
      <Button
        label={trans.__('Enrich')}
        tip={enrich ? trans.__('What is known about the indicators') : nothing}
        icon={infoIcon}
        shows="label-if-room"
        isDisabled={!enrich}
        onClick={() => {
          insert(enrich);
        }}
      />
      <Button
        label={trans.__('Copy')}
        labelMore={trans.__('defanged')}
        tip={trans.__('Copy the alert as text, its indicators defanged')}
        icon={copyIcon}
        shows="label-if-room"
        onClick={() => {
          void actions.copy(
            model.detail?.defangedText ?? '',
            trans.__('the alert, defanged')
          );
        }}
      />
    </div>
  );
}
