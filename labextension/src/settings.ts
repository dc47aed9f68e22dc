import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import type { Memory } from './memory';
import type { AlertsModel } from './panels/alerts/model';
import type { SentinelSidebar } from './sidebar';
import type { ISentinelSession } from './tokens';

/** What the settings act on. */
export interface ISettingsContext {
  readonly session: ISentinelSession;
  readonly alerts: AlertsModel;
  readonly sidebar: SentinelSidebar;
  readonly memory: Memory;
}

const SECOND = 1000;
/** Seconds between refreshes, whatever the settings say. */
const LEAST_PAUSE = 10;

/**
 * Apply the user's settings now and whenever they change, and begin with the
 * workspace of the last visit, or the one in the settings.
 */
export async function followSettings(
  registry: ISettingRegistry | null,
  id: string,
  context: ISettingsContext
): Promise<void> {
  const { session, alerts, sidebar, memory } = context;
  const remembered = await memory.restore();
  if (!(await memory.wasWidened())) {
    sidebar.widenOnce(() => void memory.noteWidened());
  }
  const settings = await registry?.load(id).catch((reason: unknown) => {
    console.warn('The settings of the Sentinel sidebar were not read', reason);
    return null;
  });
  let timer = 0;
  sidebar.disposed.connect(() => {
    window.clearInterval(timer);
  });
  const apply = (): void => {
    const groupBy = settings?.composite['groupBy'];
    const seconds = settings?.composite['refreshSeconds'];
    alerts.group(groupBy === 'none' ? 'none' : 'name');
    session.keeps = settings?.composite['keepInNotebook'] !== false;
    window.clearInterval(timer);
    if (typeof seconds === 'number' && seconds > 0) {
      const pause = Math.max(LEAST_PAUSE, seconds) * SECOND;
      timer = window.setInterval(() => {
        if (sidebar.isVisible && isMoving(session.timeRange.spec)) {
          sidebar.refresh();
        }
      }, pause);
    }
  };
  apply();
  settings?.changed.connect(apply);
  const workspace = settings?.composite['workspace'];
  session.begin({
    ...(typeof workspace === 'string' && workspace !== '' ? { workspace } : {}),
    ...remembered
  });
}

/** Whether a range ends now, so that new alerts can come into it. */
function isMoving(spec: string): boolean {
  return !/\d{4}-/.test(spec);
}
