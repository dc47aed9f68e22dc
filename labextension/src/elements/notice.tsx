import * as React from 'react';

interface INoticeProps {
  readonly kind: 'plain' | 'warning' | 'error';
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The one button that helps. */
  readonly children?: React.ReactNode;
}

const CLASSES = {
  plain: 'jp-Sentinel-Notice',
  warning: 'jp-Sentinel-Notice jp-mod-warning',
  error: 'jp-Sentinel-Notice jp-mod-error'
};

/** A line that says what is so. */
export function Notice(props: INoticeProps): React.JSX.Element {
  const { kind, text, hint, children } = props;
  return (
    <div
      className={CLASSES[kind]}
      role={kind === 'error' ? 'alert' : undefined}
    >
      <div className="jp-Sentinel-Notice-text">
        <span dir="auto">{text}</span>
        {hint !== undefined && hint !== '' ? (
          <span className="jp-Sentinel-Notice-hint" dir="auto">
            {hint}
          </span>
        ) : null}
      </div>
      {children}
    </div>
  );
}

/** What to do about a failure, if it says. */
export function hintOf(failure: Error): string {
  const { hint } = failure as Partial<{ hint: unknown }>;
  return typeof hint === 'string' ? hint : '';
}
