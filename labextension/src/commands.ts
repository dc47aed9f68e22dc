import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';

import { sentinelIcon } from './icons';
import type { INotebookActions } from './notebook/actions';
import type { ISidebarModels, SentinelSidebar } from './sidebar';

/** Ids of the commands. */
export namespace CommandIDs {
  export const open = 'sentinel:open';
  export const insertQuery = 'sentinel:insert-query';
  export const setTimeRange = 'sentinel:set-time-range';
  export const refresh = 'sentinel:refresh';
}

/** What the commands act on. */
export interface ICommandContext {
  readonly app: JupyterFrontEnd;
  readonly sidebar: SentinelSidebar;
  readonly models: ISidebarModels;
  readonly actions: INotebookActions;
  readonly trans: TranslationBundle;
}

/** Register the commands, and list them in the palette. */
export function addCommands(
  context: ICommandContext,
  palette: ICommandPalette | null
): void {
  addOpen(context);
  addInsertQuery(context);
  addSetTimeRange(context);
  addRefresh(context);
  const category = context.trans.__('Sentinel');
  for (const command of Object.values(CommandIDs)) {
    palette?.addItem({ command, category });
  }
}

function addOpen({ app, sidebar, trans }: ICommandContext): void {
  app.commands.addCommand(CommandIDs.open, {
    label: trans.__('Open Sentinel'),
    caption: trans.__('Show the Sentinel sidebar'),
    icon: sentinelIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => {
      app.shell.activateById(sidebar.id);
    }
  });
}

function addInsertQuery({
  app,
  models,
  actions,
  trans
}: ICommandContext): void {
  const pivotOf = (label: unknown): ReturnType<typeof models.details.pivot> =>
    typeof label === 'string'
      ? models.details.pivot(label)
      : (models.details.pivots[0] ?? null);
  app.commands.addCommand(CommandIDs.insertQuery, {
    label: trans.__('Insert Query for the Selected Alert'),
    caption: trans.__(
      'Put cells that investigate the selected alert below the current cell'
    ),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          pivot: {
            type: 'string',
            description: trans.__(
              'The label of the query, as the menu shows it; the first if left out'
            )
          }
        }
      }
    },
    isEnabled: args => pivotOf(args['pivot']) !== null,
    execute: async args => {
      const pivot = pivotOf(args['pivot']);
      if (pivot) {
        await actions.insert(pivot);
      }
    }
  });
}

function addSetTimeRange({ app, models, trans }: ICommandContext): void {
  app.commands.addCommand(CommandIDs.setTimeRange, {
    label: trans.__('Set Time Range…'),
    caption: trans.__('Set the time range of the sidebar and the notebook'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          spec: {
            type: 'string',
            description: trans.__(
              'The range as %1 takes it; asked for if left out',
              '%sentinel timerange'
            )
          }
        }
      }
    },
    execute: async args => {
      const given = args['spec'];
      const spec =
        typeof given === 'string' ? given : await askForRange(models, trans);
      if (spec !== null && !(await models.timeRange.setSpec(spec))) {
        throw models.timeRange.failure ?? new Error(spec);
      }
    }
  });
}

async function askForRange(
  models: ISidebarModels,
  trans: TranslationBundle
): Promise<string | null> {
  const { value } = await InputDialog.getText({
    title: trans.__('Time Range'),
    label: trans.__('Such as 7d, today, all, 2019-02-17 2019-02-19; in UTC'),
    text: models.timeRange.range.spec
  });
  return value === null || value.trim() === '' ? null : value.trim();
}

function addRefresh({ app, sidebar, trans }: ICommandContext): void {
  app.commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh Alerts'),
    caption: trans.__('Read the alerts of the time range anew'),
    icon: refreshIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => {
      sidebar.refresh();
    }
  });
}
