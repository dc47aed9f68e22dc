import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { Memory } from './memory';
import { NotebookDocument } from './notebook/document';
import type { SentinelSidebar } from './sidebar';

/**
 * Show the sidebar beside the first notebook that is about a workspace, to a
 * user who has never seen the sidebar. Never again after that.
 */
export async function welcome(
  app: JupyterFrontEnd,
  tracker: INotebookTracker | null,
  memory: Memory,
  sidebar: SentinelSidebar
): Promise<void> {
  if (!tracker || (await memory.wasWidened())) {
    return;
  }
  const greet = (_: unknown, panel: NotebookPanel | null): void => {
    void panel?.context.ready.then(() => {
      const isAbout = new NotebookDocument(panel).remembered().workspace;
      if (isAbout !== undefined && !sidebar.wasSeen) {
        sidebar.showQuietly(() => {
          app.shell.activateById(sidebar.id);
          app.shell.activateById(panel.id);
        });
      }
      if (sidebar.wasSeen) {
        tracker.currentChanged.disconnect(greet);
      }
    });
  };
  await app.restored;
  tracker.currentChanged.connect(greet);
  greet(tracker, tracker.currentWidget);
}
