import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Button } from '../../elements/button';
import { hintOf, Notice } from '../../elements/notice';
import { SignInButton } from './signinbutton';
import type { WorkspaceModel } from './model';

interface IChooserProps {
  readonly model: WorkspaceModel;
  readonly trans: TranslationBundle;
  /** Called when the user is done, with or without a choice. */
  readonly onDone: () => void;
}

/** The workspaces to choose from, and a field for any other. */
export function Chooser(props: IChooserProps): React.JSX.Element {
  const { model, trans, onDone } = props;
  const box = React.useRef<HTMLDivElement>(null);
  // The choices may arrive after the box opened; what is typed meanwhile stays.
  const hasChoices = model.session.choices.length > 0;
  React.useEffect(() => {
    if (!box.current?.querySelector('input')?.value) {
      box.current?.querySelector<HTMLElement>('button, input')?.focus();
    }
  }, [hasChoices]);
  const choose = async (name: string): Promise<void> => {
    if (name !== '' && (await model.connect(name))) {
      onDone();
    }
  };
  const isBusy = model.connecting !== null;
  return (
    <div
      ref={box}
      className="jp-Sentinel-Chooser"
      role="dialog"
      aria-label={trans.__('Workspaces')}
      aria-busy={isBusy}
      onKeyDown={event => {
        onChooserKey(event, box.current);
      }}
    >
      <Choices model={model} trans={trans} onChoose={choose} />
      <OtherName trans={trans} isBusy={isBusy} onChoose={choose} />
      {model.failure ? (
        <Notice
          kind="error"
          text={model.failure.message}
          hint={hintOf(model.failure)}
        >
          <SignInButton model={model} trans={trans} onBegin={onDone} />
        </Notice>
      ) : null}
      {model.session.problems.map((problem, index) => (
        <Notice key={index} kind="warning" text={problem} />
      ))}
    </div>
  );
}

interface IChoicesProps {
  readonly model: WorkspaceModel;
  readonly trans: TranslationBundle;
  readonly onChoose: (name: string) => Promise<void>;
}

function Choices(props: IChoicesProps): React.JSX.Element {
  const { model, trans, onChoose } = props;
  const current = model.session.workspace?.address;
  return (
    <ul
      className="jp-Sentinel-Chooser-list"
      aria-label={trans.__('Workspaces set up')}
    >
      {model.session.choices.map(choice => (
        <li key={choice.name}>
          <button
            type="button"
            className="jp-Sentinel-Chooser-choice"
            aria-current={choice.name === current ? 'true' : undefined}
            onClick={() => void onChoose(choice.name)}
          >
            <span className="jp-Sentinel-Strong" dir="auto">
              {choice.name}
            </span>
            <span className="jp-Sentinel-Quiet" dir="auto">
              {model.connecting === choice.name
                ? trans.__('connecting …')
                : choice.kind}
            </span>
            {choice.description === '' ? null : (
              <span className="jp-Sentinel-Chooser-description" dir="auto">
                {choice.description}
              </span>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface IOtherNameProps {
  readonly trans: TranslationBundle;
  readonly isBusy: boolean;
  readonly onChoose: (name: string) => Promise<void>;
}

function OtherName(props: IOtherNameProps): React.JSX.Element {
  const { trans, isBusy, onChoose } = props;
  const [name, setName] = React.useState('');
  return (
    <form
      className="jp-Sentinel-Chooser-other"
      onSubmit={event => {
        event.preventDefault();
        void onChoose(name.trim());
      }}
    >
      <input
        type="text"
        className="jp-Sentinel-Input"
        aria-label={trans.__('Folder, file, workspace GUID or name')}
        placeholder={trans.__('Folder, file, GUID or name')}
        value={name}
        spellCheck={false}
        autoComplete="off"
        onChange={event => {
          setName(event.target.value);
        }}
      />
      <Button
        label={trans.__('Open')}
        isDisabled={isBusy || name.trim() === ''}
        onClick={() => void onChoose(name.trim())}
      />
    </form>
  );
}

/** The arrow keys walk over buttons and field. */
function onChooserKey(
  event: React.KeyboardEvent,
  box: HTMLElement | null
): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !box) {
    return;
  }
  const stops = [...box.querySelectorAll<HTMLElement>('button, input')];
  const at = stops.findIndex(stop => stop === document.activeElement);
  event.preventDefault();
  stops[(at + step + stops.length) % stops.length]?.focus();
}
