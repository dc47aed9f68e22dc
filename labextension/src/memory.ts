import type { IStateDB } from '@jupyterlab/statedb';
import { Debouncer } from '@lumino/polling';

import { asRemembered } from './notebook/document';
import { ReadMarks } from './panels/alerts/readmarks';
import type { IRemembered, ISentinelSession } from './tokens';

const SESSION = 'jupyterlab-sentinel:session';
const READ = 'jupyterlab-sentinel:read';
const WIDENED = 'jupyterlab-sentinel:widened';

/** Changes are written after this pause, in milliseconds. */
const PAUSE = 500;

/** What the sidebar remembers from one visit to the next. */
export class Memory {
  constructor(
    private readonly _state: IStateDB | null,
    session: ISentinelSession
  ) {
    this.readMarks = new ReadMarks(ids => {
      this._ids = ids;
      void this._writing.invoke();
    });
    session.changed.connect(() => {
      const { workspace, timeRange } = session;
      if (workspace) {
        this._values = {
          workspace: workspace.address,
          timeRange: timeRange.spec
        };
        void this._writing.invoke();
      }
    });
  }

  readonly readMarks: ReadMarks;

  /** Read what an earlier visit left; its workspace and time range. */
  async restore(): Promise<IRemembered> {
    const [values, ids] = await Promise.all([
      this._state?.fetch(SESSION),
      this._state?.fetch(READ)
    ]);
    this.readMarks.restore(ids);
    return asRemembered(values);
  }

  /** Whether the sidebar was given a comfortable width once. */
  async wasWidened(): Promise<boolean> {
    return !this._state || (await this._state.fetch(WIDENED)) === true;
  }

  /** Remember that it was; how wide it is then is the user's choice. */
  async noteWidened(): Promise<void> {
    await this._state?.save(WIDENED, true);
  }

  private readonly _writing = new Debouncer(async () => {
    if (this._values) {
      await this._state?.save(SESSION, { ...this._values });
    }
    if (this._ids) {
      await this._state?.save(READ, [...this._ids]);
    }
  }, PAUSE);
  private _values: IRemembered | null = null;
  private _ids: readonly string[] | null = null;
}
