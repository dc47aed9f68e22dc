import { PathExt } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { ILinkedNotebook, LinkContext } from '../kernel/link';
import type { IRemembered } from '../tokens';
import { METADATA_KEY } from '../wire';

/** An open notebook: its name, its kernel's session and its metadata. */
export class NotebookDocument implements ILinkedNotebook {
  constructor(private readonly _panel: NotebookPanel) {}

  get name(): string {
    return PathExt.basename(this._panel.context.path);
  }

  get sessionContext(): LinkContext {
    return this._panel.sessionContext;
  }

  remembered(): IRemembered {
    const values: unknown = this._panel.model?.getMetadata(METADATA_KEY);
    return asRemembered(values);
  }

  remember(values: IRemembered): void {
    const model = this._panel.model;
    if (model && !model.readOnly) {
      model.setMetadata(METADATA_KEY, { ...values });
    }
  }
}

/** Reads the metadata, which anyone may have written. */
export function asRemembered(values: unknown): IRemembered {
  if (typeof values !== 'object' || values === null) {
    return {};
  }
  const { timeRange, workspace } = values as Record<string, unknown>;
  return {
    ...(isName(timeRange) ? { timeRange } : {}),
    ...(isName(workspace) ? { workspace } : {})
  };
}

const LONGEST_NAME = 1000;

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME
  );
}
