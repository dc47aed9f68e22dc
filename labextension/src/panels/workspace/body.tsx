import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../../elements/button';
import { hintOf, Notice } from '../../elements/notice';
import type { INotebookActions } from '../../notebook/actions';
import type { ISentinelSession } from '../../tokens';
import type { IWorkspaceState } from '../../wire';
import { SignIn } from '../signin/body';
import { Chooser } from './chooser';
import type { WorkspaceModel } from './model';
import { SignInButton } from './signinbutton';

interface IWorkspaceBodyProps {
  readonly model: WorkspaceModel;
  readonly trans: TranslationBundle;
  readonly actions: INotebookActions;
  readonly onRefresh: () => void;
}

/** Where am I: the workspace and its state. */
export function WorkspaceBody(props: IWorkspaceBodyProps): React.JSX.Element {
  const { model, trans, actions, onRefresh } = props;
  const { session } = model;
  const [isOpen, setIsOpen] = React.useState(false);
  const opener = React.useRef<HTMLButtonElement>(null);
  const box = React.useRef<HTMLDivElement>(null);
  useOutside(box, isOpen, () => {
    setIsOpen(false);
  });
  const close = (): void => {
    setIsOpen(false);
    opener.current?.focus();
  };
  return (
    <div
      ref={box}
      className="jp-Sentinel-Workspace"
      onKeyDown={event => {
        if (isOpen && event.key === 'Escape') {
          event.stopPropagation();
          close();
        }
      }}
    >
      <div className="jp-Sentinel-Workspace-line">
        <WorkspaceState session={session} trans={trans} />
        {session.workspace ? (
          <Button
            label={trans.__('Refresh')}
            icon={refreshIcon}
            shows="icon"
            onClick={onRefresh}
          />
        ) : null}
        <Button
          ref={opener}
          label={trans.__('Connect workspace')}
          {...(session.workspace
            ? { icon: caretDownEmptyIcon, shows: 'icon' as const }
            : { isPrimary: true })}
          opens="dialog"
          isOpen={isOpen}
          onClick={() => {
            model.forgive();
            setIsOpen(!isOpen);
          }}
        />
      </div>
      {isOpen ? <Chooser model={model} trans={trans} onDone={close} /> : null}
      <SignIn model={model.signingIn} trans={trans} actions={actions} />
      <Notices model={model} trans={trans} isChoosing={isOpen} />
    </div>
  );
}

interface IStateProps {
  readonly session: ISentinelSession;
  readonly trans: TranslationBundle;
}

function WorkspaceState({ session, trans }: IStateProps): React.JSX.Element {
  const { workspace } = session;
  if (!workspace) {
    return (
      <span className="jp-Sentinel-Workspace-about jp-Sentinel-Quiet">
        {trans.__('Not connected')}
      </span>
    );
  }
  const about = aboutOf(workspace, trans);
  const state = session.ready
    ? trans.__('connected')
    : session.failure
      ? trans.__('not available')
      : trans.__('opening');
  return (
    <span
      className="jp-Sentinel-Workspace-about"
      title={[workspace.name, workspace.description, about, state]
        .filter(part => part !== '')
        .join('\n')}
    >
      <span className={dotClass(session)} aria-hidden="true" />
      <span className="jp-Sentinel-Strong" dir="auto">
        {workspace.name}
      </span>
      <span className="jp-Sentinel-Quiet" dir="auto">
        {about}
      </span>
      <span className="jp-Sentinel-Unseen">{state}</span>
    </span>
  );
}

function dotClass(session: ISentinelSession): string {
  if (session.ready) {
    return 'jp-Sentinel-Dot jp-mod-on';
  }
  return session.failure
    ? 'jp-Sentinel-Dot jp-mod-off'
    : 'jp-Sentinel-Dot jp-mod-waiting';
}

function aboutOf(workspace: IWorkspaceState, trans: TranslationBundle): string {
  const parts = workspace.synthetic ? [] : [workspace.kind];
  if (workspace.tables !== null) {
    parts.push(trans._n('%1 table', '%1 tables', workspace.tables));
  }
  if (workspace.synthetic) {
    parts.push(trans.__('made-up data'));
  }
  if (workspace.identity !== null) {
    parts.push(workspace.identity);
  }
  return parts.filter(part => part !== '').join(', ');
}

function Notices(props: {
  readonly model: WorkspaceModel;
  readonly trans: TranslationBundle;
  readonly isChoosing: boolean;
}): React.JSX.Element {
  const { model, trans } = props;
  const { session } = model;
  const { workspace, failure, offeredWorkspace, notebookName } = session;
  return (
    <>
      {workspace?.notices.map((notice, index) => (
        <Notice key={index} kind="warning" text={notice} />
      ))}
      {failure && !session.ready ? (
        <Notice kind="error" text={failure.message} hint={hintOf(failure)}>
          <SignInButton model={model} trans={trans} />
          <Button
            label={trans.__('Try again')}
            onClick={() => void session.reopen()}
          />
        </Notice>
      ) : null}
      {offeredWorkspace !== null ? (
        <Notice
          kind="plain"
          text={trans.__(
            '%1 was about “%2”.',
            notebookName ?? '',
            offeredWorkspace
          )}
        >
          <Button
            label={trans.__('Open it')}
            onClick={() => void model.connect(offeredWorkspace)}
          />
        </Notice>
      ) : null}
      {model.failure && !props.isChoosing ? (
        <Notice
          kind="error"
          text={model.failure.message}
          hint={hintOf(model.failure)}
        >
          <SignInButton model={model} trans={trans} />
        </Notice>
      ) : null}
    </>
  );
}

/** Calls `onOutside` when the user presses anywhere else. */
function useOutside(
  box: React.RefObject<HTMLElement>,
  isOpen: boolean,
  onOutside: () => void
): void {
  const latest = React.useRef(onOutside);
  React.useEffect(() => {
    latest.current = onOutside;
  });
  React.useEffect(() => {
    if (!isOpen) {
      return undefined;
    }
    const onPress = (event: PointerEvent): void => {
      if (
        event.target instanceof Node &&
        !box.current?.contains(event.target)
      ) {
        latest.current();
      }
    };
    document.addEventListener('pointerdown', onPress, true);
    return () => {
      document.removeEventListener('pointerdown', onPress, true);
    };
  }, [box, isOpen]);
}
