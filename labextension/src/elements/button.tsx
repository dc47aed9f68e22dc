import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

interface IButtonProps {
  readonly label: string;
  /** What of the label follows only for those who do not see the button. */
  readonly labelMore?: string;
  readonly onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  readonly icon?: LabIcon;
  /** The label shows at no width, or only where there is room. */
  readonly shows?: 'icon' | 'label' | 'label-if-room';
  readonly isPrimary?: boolean;
  readonly isPressed?: boolean;
  readonly isDisabled?: boolean;
  /** What a click opens. */
  readonly opens?: 'menu' | 'dialog';
  readonly isOpen?: boolean;
  readonly tip?: string;
}

/** A button; its label is its accessible name, seen or not. */
export const Button = React.forwardRef<HTMLButtonElement, IButtonProps>(
  function Button(props, ref): React.JSX.Element {
    const { label, labelMore, icon, shows = 'label', tip } = props;
    return (
      <button
        ref={ref}
        type="button"
        className={classOf(props)}
        aria-pressed={props.isPressed}
        aria-disabled={props.isDisabled === true ? true : undefined}
        aria-haspopup={props.opens}
        aria-expanded={props.isOpen}
        title={tip ?? (shows === 'label' ? undefined : label)}
        onClick={event => {
          if (props.isDisabled !== true) {
            props.onClick(event);
          }
        }}
      >
        {icon ? <icon.react tag="span" className="jp-Sentinel-Icon" /> : null}
        <span
          className={
            shows === 'icon' ? 'jp-Sentinel-Unseen' : 'jp-Sentinel-Button-label'
          }
        >
          {label}
          {labelMore === undefined ? null : (
            <span className="jp-Sentinel-Unseen"> {labelMore}</span>
          )}
        </span>
      </button>
    );
  }
);

function classOf(props: IButtonProps): string {
  const { shows = 'label', isPrimary = false } = props;
  const classes = ['jp-Sentinel-Button'];
  if (isPrimary) {
    classes.push('jp-mod-primary');
  }
  if (shows === 'icon') {
    classes.push('jp-mod-icon');
  }
  if (shows === 'label-if-room') {
    classes.push('jp-mod-shrinks');
  }
  return classes.join(' ');
}
