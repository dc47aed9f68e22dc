import type { TranslationBundle } from '@jupyterlab/translation';
import { copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../../elements/button';
import { hintOf, Notice } from '../../elements/notice';
import { signInPage } from '../../elements/portal';
import type { INotebookActions } from '../../notebook/actions';
import type { IShownCode, SignInModel } from './model';

interface ISignInProps {
  readonly model: SignInModel;
  readonly trans: TranslationBundle;
  readonly actions: INotebookActions;
}

/** The code that waits to be entered, as long as it does. */
export function SignIn(props: ISignInProps): React.JSX.Element | null {
  const { model, trans } = props;
  const { shown, failure } = model;
  if (shown) {
    return <Code key={shown.prompt.code} {...props} shown={shown} />;
  }
  if (model.workspace !== null) {
    return (
      <Notice
        kind="plain"
        text={trans.__('Asking for a code to sign in with …')}
      >
        <Stop {...props} />
      </Notice>
    );
  }
  return failure ? (
    <Notice kind="error" text={failure.message} hint={hintOf(failure)} />
  ) : null;
}

function Code(
  props: ISignInProps & { readonly shown: IShownCode }
): React.JSX.Element {
  const { model, trans, actions, shown } = props;
  const { code } = shown.prompt;
  const name = model.session.notebookName ?? '';
  return (
    <div
      className="jp-Sentinel-SignIn"
      role="group"
      aria-label={trans.__('Sign in to Azure')}
    >
      <p className="jp-Sentinel-SignIn-what" role="status">
        <span className="jp-Sentinel-Strong">
          {trans.__('Sign in to Azure')}
        </span>{' '}
        <span className="jp-Sentinel-Quiet" dir="auto">
          {shown.isKernels
            ? trans.__('for %1', name)
            : trans.__('for this sidebar')}
        </span>
      </p>
      <p>
        {trans.__('Enter this code at')} <Page {...props} />
      </p>
      <div className="jp-Sentinel-SignIn-line">
        <span className="jp-Sentinel-Code jp-Sentinel-SignIn-code" dir="ltr">
          {code}
        </span>
        <Button
          label={trans.__('Copy code')}
          icon={copyIcon}
          isPrimary
          onClick={() => void actions.copy(code, trans.__('the code'))}
        />
        <Stop {...props} />
      </div>
      <p className="jp-Sentinel-Quiet">
        <Countdown {...props} />{' '}
        {trans.__('Enter it only if you started this yourself.')}
      </p>
    </div>
  );
}

/** Where to enter it: a link to Microsoft's own pages, text to any other. */
function Page(
  props: ISignInProps & { readonly shown: IShownCode }
): React.JSX.Element {
  const { trans, shown } = props;
  const page = signInPage(shown.prompt.page);
  if (page !== null) {
    return (
      // eslint-disable-next-line no-restricted-syntax -- only what signInPage lets through
      <a href={page} target="_blank" rel="noopener noreferrer">
        {page.replace('https://', '')}
      </a>
    );
  }
  return (
    <>
      <span className="jp-Sentinel-Code" dir="ltr">
        {shown.prompt.address}
      </span>
      <span className="jp-Sentinel-SignIn-warning">
        {trans.__(
          'This is none of the sign-in pages of Microsoft’s clouds: make sure that it is the one you expect.'
        )}
      </span>
    </>
  );
}

/** Says how long the code is good for, each second; not to a screen reader. */
function Countdown(
  props: ISignInProps & { readonly shown: IShownCode }
): React.JSX.Element {
  const { model, trans, shown } = props;
  const [now, setNow] = React.useState(() => Date.now());
  const left = Math.max(0, Math.ceil((shown.deadline - now) / 1000));
  React.useEffect(() => {
    const timer = window.setInterval(() => {
      setNow(Date.now());
      if (shown.deadline <= Date.now()) {
        model.expire();
      }
    }, 1000);
    return () => {
      window.clearInterval(timer);
    };
  }, [model, shown]);
  return (
    <span className="jp-Sentinel-SignIn-left" role="timer" aria-live="off">
      {trans.__('Expires in %1.', clock(left))}
    </span>
  );
}

function Stop({ model, trans }: ISignInProps): React.JSX.Element {
  return (
    <Button
      label={trans.__('Cancel')}
      labelMore={trans.__('signing in')}
      onClick={() => void model.stop()}
    />
  );
}

/** Minutes and seconds, as 14:05. */
export function clock(seconds: number): string {
  const rest = String(seconds % 60).padStart(2, '0');
  return `${Math.floor(seconds / 60)}:${rest}`;
}
