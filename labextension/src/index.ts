// Following the notebook in front and showing the tab begin with JupyterLab
// itself; what is large beyond that (React, Lumino) JupyterLab has loaded.
/* eslint-disable jupyter/prefer-lazy-imports */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { Clipboard, ICommandPalette } from '@jupyterlab/apputils';
import { IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { SentinelClient } from './client';
import { addCommands } from './commands';
import { NotebookFollower } from './kernel/follower';
import { addHighlighting } from './kql/highlighting';
import { Memory } from './memory';
import { NotebookActor } from './notebook/actions';
import { AlertsModel } from './panels/alerts/model';
import { DetailsModel } from './panels/details/model';
import { SignInModel } from './panels/signin/model';
import { TimeRangeModel } from './panels/timerange/model';
import { WorkspaceModel } from './panels/workspace/model';
import { SentinelSession } from './session';
import { followSettings } from './settings';
import { SentinelSidebar } from './sidebar';
import { ISentinelClient, ISentinelSession } from './tokens';
import { welcome } from './welcome';

const DOMAIN = 'jupyterlab_sentinel';

const client: JupyterFrontEndPlugin<ISentinelClient> = {
  id: 'jupyterlab-sentinel:client',
  description: 'Asks the Sentinel server extension.',
  autoStart: true,
  provides: ISentinelClient,
  activate: app => new SentinelClient(app.serviceManager.serverSettings)
};

const session: JupyterFrontEndPlugin<ISentinelSession> = {
  id: 'jupyterlab-sentinel:session',
  description: 'Keeps workspace and time range in step with the notebook.',
  autoStart: true,
  provides: ISentinelSession,
  requires: [ISentinelClient],
  optional: [INotebookTracker],
  activate: (
    _: JupyterFrontEnd,
    sentinelClient: ISentinelClient,
    tracker: INotebookTracker | null
  ) => {
    const sentinelSession = new SentinelSession(sentinelClient);
    if (tracker) {
      sentinelSession.follow(new NotebookFollower(tracker, sentinelSession));
    }
    return sentinelSession;
  }
};

/** The sidebar and its commands. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-sentinel:plugin',
  description: 'The Sentinel sidebar: alerts, their details, what next.',
  autoStart: true,
  requires: [ISentinelClient, ISentinelSession],
  optional: [
    INotebookTracker,
    ICommandPalette,
    ISettingRegistry,
    IStateDB,
    ILayoutRestorer,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    sentinelClient: ISentinelClient,
    sentinelSession: ISentinelSession,
    tracker: INotebookTracker | null,
    palette: ICommandPalette | null,
    registry: ISettingRegistry | null,
    state: IStateDB | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const memory = new Memory(state, sentinelSession);
    const alerts = new AlertsModel(
      sentinelClient,
      sentinelSession,
      memory.readMarks
    );
    const models = {
      workspace: new WorkspaceModel(
        sentinelSession,
        new SignInModel(sentinelClient, sentinelSession)
      ),
      timeRange: new TimeRangeModel(sentinelClient, sentinelSession),
      alerts,
      details: new DetailsModel(sentinelClient, alerts)
    };
    const actions = new NotebookActor({
      tracker,
      trans,
      openNotebook: () => openNotebook(app),
      activate: panel => {
        app.shell.activateById(panel.id);
      },
      copyText
    });
    const sidebar = new SentinelSidebar(
      models,
      sentinelSession,
      actions,
      trans
    );
    app.shell.add(sidebar, 'left', { rank: 250, type: 'Sentinel' });
    restorer?.add(sidebar, sidebar.id);
    addCommands({ app, sidebar, models, actions, trans }, palette);
    void welcome(app, tracker, memory, sidebar);
    void followSettings(registry, plugin.id, {
      session: sentinelSession,
      alerts,
      sidebar,
      memory
    });
  }
};

async function openNotebook(
  app: JupyterFrontEnd
): Promise<NotebookPanel | null> {
  const command = 'notebook:create-new';
  if (!app.commands.hasCommand(command)) {
    return null;
  }
  const specs = app.serviceManager.kernelspecs;
  await specs.ready;
  const panel = (await app.commands.execute(command, {
    kernelName: specs.specs?.default ?? ''
  })) as NotebookPanel | undefined;
  await panel?.context.ready;
  return panel ?? null;
}

/** The clipboard needs a secure context; JupyterLab's own way does not. */
async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
  } else {
    Clipboard.copyToSystem(text);
  }
}

/** KQL in the cells of notebooks. */
const highlighting: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-sentinel:highlighting',
  description: 'Highlights KQL in cells that begin with %%sentinel.',
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  activate: (_: JupyterFrontEnd, registry: IEditorExtensionRegistry): void => {
    addHighlighting(registry);
  }
};

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  client,
  session,
  plugin,
  highlighting
];

export default plugins;
