import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

/** What loads the extension into a kernel. */
export const loadLine = '%load_ext jupyterlab_sentinel';

/**
 * Put code cells below the current one and make the first of them current.
 *
 * Nothing is run.
 */
export function insertBelow(
  notebook: Notebook,
  sources: readonly string[]
): void {
  const shared = notebook.model?.sharedModel;
  if (!shared || sources.length === 0) {
    return;
  }
  const isEmpty = shared.cells.length === 0;
  const index = isEmpty ? 0 : notebook.activeCellIndex + 1;
  insertAt(notebook, index, sources);
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  notebook.mode = 'command';
}

/**
 * Run a cell that holds `loadLine` and nothing else.
 *
 * One is put before the first code cell if there is none. A cell that holds
 * more is left alone: nobody asked to run the rest.
 */
export async function runLoadLine(panel: NotebookPanel): Promise<void> {
  const notebook = panel.content;
  const isLoadLine = (source: string): boolean => source.trim() === loadLine;
  const at = notebook.widgets.findIndex(
    cell =>
      cell.model.type === 'code' && isLoadLine(cell.model.sharedModel.source)
  );
  const index = at >= 0 ? at : insertLoadLine(notebook);
  const cell = notebook.widgets[index];
  if (cell) {
    await NotebookActions.runCells(notebook, [cell], panel.sessionContext);
  }
}

function insertLoadLine(notebook: Notebook): number {
  const first = notebook.widgets.findIndex(cell => cell.model.type === 'code');
  const index = first < 0 ? notebook.widgets.length : first;
  insertAt(notebook, index, [loadLine]);
  return index;
}

function insertAt(
  notebook: Notebook,
  index: number,
  sources: readonly string[]
): void {
  notebook.model?.sharedModel.insertCells(
    index,
    sources.map(source => ({
      cell_type: 'code',
      source,
      metadata: { trusted: true }
    }))
  );
}
