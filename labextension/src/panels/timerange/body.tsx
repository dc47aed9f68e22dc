import type { TranslationBundle } from '@jupyterlab/translation';
import { caretLeftIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../../elements/button';
import { hintOf, Notice } from '../../elements/notice';
import type { INotebookActions } from '../../notebook/actions';
import { dateOf, dayOf } from '../../timeformat';
import { RangeField } from './field';
import { Histogram } from './histogram';
import type { TimeRangeModel } from './model';

interface ITimeRangeBodyProps {
  readonly model: TimeRangeModel;
  readonly trans: TranslationBundle;
  readonly actions: INotebookActions;
}

/** When: the range, who shares it, and the histogram to choose it on. */
export function TimeRangeBody(props: ITimeRangeBodyProps): React.JSX.Element {
  const { model, trans } = props;
  const { failure, reasons } = model;
  return (
    <div
      className="jp-Sentinel-TimeRange"
      role="group"
      aria-label={trans.__('Time range')}
    >
      <div className="jp-Sentinel-TimeRange-head">
        <span aria-hidden="true">{trans.__('Time range')}</span>
        <Sharing {...props} />
      </div>
      <div className="jp-Sentinel-TimeRange-line">
        <Button
          label={trans.__('Earlier')}
          icon={caretLeftIcon}
          shows="icon"
          isDisabled={model.span === null}
          onClick={() => void model.step(-1)}
        />
        <RangeField model={model} trans={trans} />
        <Button
          label={trans.__('Later')}
          icon={caretRightIcon}
          shows="icon"
          isDisabled={model.span === null}
          onClick={() => void model.step(1)}
        />
        <Preset spec="24h" label={trans.__('24 h')} {...props} />
        <Preset spec="7d" label={trans.__('7 d')} {...props} />
      </div>
      {failure ? (
        <Notice kind="error" text={failure.message} hint={hintOf(failure)} />
      ) : null}
      <Histogram model={model} trans={trans} />
      <Axis {...props} />
      {reasons.map((reason, index) => (
        <Notice key={index} kind="warning" text={reason} />
      ))}
      <KernelNotice {...props} />
    </div>
  );
}

function Preset(
  props: ITimeRangeBodyProps & {
    readonly spec: string;
    readonly label: string;
  }
): React.JSX.Element {
  const { model, spec, label } = props;
  return (
    <Button
      label={label}
      isPressed={model.range.spec === spec}
      onClick={() => void model.setSpec(spec)}
    />
  );
}

/** What the histogram covers, and how to see more or less of it. */
function Axis(props: ITimeRangeBodyProps): React.JSX.Element | null {
  const { model, trans } = props;
  const { domain } = model;
  if (!domain) {
    return null;
  }
  return (
    <div className="jp-Sentinel-Axis">
      <span
        className="jp-Sentinel-Quiet"
        title={trans.__('The histogram begins on %1', dateOf(domain.start))}
      >
        {dayOf(domain.start)}
      </span>
      <span className="jp-Sentinel-Axis-buttons">
        <Button
          label={trans.__('Narrow')}
          isDisabled={model.span === null}
          onClick={() => void model.stretch(0.5)}
        />
        <Button
          label={trans.__('Widen')}
          isDisabled={model.span === null}
          onClick={() => void model.stretch(2)}
        />
        <Preset spec="all" label={trans.__('All')} {...props} />
      </span>
      <span
        className="jp-Sentinel-Quiet"
        title={trans.__('The histogram ends on %1', dateOf(domain.end))}
      >
        {dayOf(domain.end)}
      </span>
    </div>
  );
}

/** Which notebook shares the range. */
function Sharing(props: ITimeRangeBodyProps): React.JSX.Element {
  const { model, trans } = props;
  const { linkStatus, notebookName } = model.session;
  const tips = {
    none: '',
    'no-kernel': trans.__('This notebook has no kernel.'),
    waiting: trans.__('Waiting for this notebook’s kernel.'),
    absent: trans.__('This notebook has not loaded Sentinel.'),
    foreign: trans.__('This notebook’s kernel is not Python.'),
    linked: trans.__(
      'This notebook shares the workspace and the range: changed here or there, they change in both.'
    )
  };
  return (
    <span className="jp-Sentinel-Sharing jp-Sentinel-Quiet">
      {notebookName === null ? null : (
        <span
          className="jp-Sentinel-Sharing-name"
          title={`${notebookName}\n${tips[linkStatus]}`}
          dir="auto"
        >
          {notebookName}
        </span>
      )}
      {linkStatus === 'linked' ? <span aria-hidden="true">⇆</span> : null}
      {linkStatus === 'waiting' ? <span aria-hidden="true">⋯</span> : null}
      <span className="jp-Sentinel-Unseen">{tips[linkStatus]}</span>
      <abbr title={trans.__('All times are UTC.')}>{trans.__('UTC')}</abbr>
    </span>
  );
}

/** What keeps the notebook in front from sharing, and the button that helps. */
function KernelNotice(props: ITimeRangeBodyProps): React.JSX.Element | null {
  const { model, trans, actions } = props;
  const { session } = model;
  const name = session.notebookName ?? '';
  if (session.linkStatus === 'absent') {
    return (
      <Notice kind="plain" text={trans.__('%1 has not loaded Sentinel.', name)}>
        <Button
          label={trans.__('Load Sentinel')}
          tip={trans.__(
            'Runs %1 in a cell of the notebook',
            '%load_ext jupyterlab_sentinel'
          )}
          onClick={() => void actions.loadExtension()}
        />
      </Notice>
    );
  }
  const workspace = session.workspace?.address;
  if (session.isNotebookUnconnected && workspace !== undefined) {
    return (
      <Notice kind="plain" text={trans.__('%1 has no workspace yet.', name)}>
        <Button
          label={trans.__('Use this one')}
          onClick={() => {
            session.connect(workspace).catch((reason: unknown) => {
              actions.announce(String(reason));
            });
          }}
        />
      </Notice>
    );
  }
  return null;
}
