import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

/** The sidebar's plugin. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-sentinel:plugin',
  description: 'Microsoft Sentinel investigations in JupyterLab.',
  autoStart: true,
  activate: (app: JupyterFrontEnd): void => {
    void app.restored;
  }
};

export default plugin;
