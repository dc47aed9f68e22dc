import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Button } from '../../elements/button';
import type { WorkspaceModel } from './model';

interface ISignInButtonProps {
  readonly model: WorkspaceModel;
  readonly trans: TranslationBundle;
  readonly onBegin?: () => void;
}

/** Begins a sign-in with a code, where that is all that is missing. */
export function SignInButton(
  props: ISignInButtonProps
): React.JSX.Element | null {
  const { model, trans, onBegin } = props;
  const { unsigned } = model;
  return unsigned === null ? null : (
    <Button
      label={trans.__('Sign in')}
      tip={trans.__('Sign in with a code that you enter on any device')}
      isPrimary
      onClick={() => {
        void model.signIn(unsigned);
        onBegin?.();
      }}
    />
  );
}
