import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { MessageLoop } from '@lumino/messaging';
import { PanelLayout, SplitPanel, Widget } from '@lumino/widgets';

import { sentinelIcon } from './icons';
import type { NotebookActor } from './notebook/actions';
import { AlertsPanel } from './panels/alerts';
import type { AlertsModel } from './panels/alerts/model';
import { DetailsPanel } from './panels/details';
import type { DetailsModel } from './panels/details/model';
import { TimeRangePanel } from './panels/timerange';
import type { TimeRangeModel } from './panels/timerange/model';
import { WorkspacePanel } from './panels/workspace';
import type { WorkspaceModel } from './panels/workspace/model';
import { widen } from './width';

/** The models of the sidebar's parts. */
export interface ISidebarModels {
  readonly workspace: WorkspaceModel;
  readonly timeRange: TimeRangeModel;
  readonly alerts: AlertsModel;
  readonly details: DetailsModel;
}

/** Anything that sleeps while the sidebar is hidden. */
export interface ISleeper {
  isActive: boolean;
}

/** What was said stays on the screen for this long, in milliseconds. */
const SAID_FOR = 4000;

/** The sidebar: it puts its parts together and wakes their models. */
export class SentinelSidebar extends Widget {
  constructor(
    private readonly _models: ISidebarModels,
    private readonly _session: ISleeper,
    actions: NotebookActor,
    trans: TranslationBundle
  ) {
    super();
    this.id = 'jupyterlab-sentinel';
    this.title.icon = sentinelIcon;
    this.title.caption = trans.__('Sentinel');
    this.title.label = '';
    // nothing in here is ever typeset: it may be anyone's text
    ['jp-Sentinel', 'tex2jax_ignore', 'mathjax_ignore'].forEach(name => {
      this.addClass(name);
    });
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Sentinel'));
    this._compose(actions, trans);
    this._said.className = 'jp-Sentinel-Said';
    this._said.setAttribute('role', 'status');
    this.node.appendChild(this._said);
    actions.announced.connect((_, text) => {
      this._say(text);
    });
  }

  /** Be given a comfortable width when next shown; `done` is called then. */
  widenOnce(done: () => void): void {
    this._widened = done;
    this._widenNow();
  }

  /** Whether it was ever in sight on this page. */
  get wasSeen(): boolean {
    return this._wasSeen;
  }

  /** Be shown by `show` without taking the focus. */
  showQuietly(show: () => void): void {
    this._isQuiet = true;
    show();
  }

  /** Read everything anew. */
  refresh(): void {
    this._models.timeRange.refresh();
    this._models.alerts.refresh();
    this._models.details.refresh();
  }

  override dispose(): void {
    this._resized.disconnect();
    window.clearTimeout(this._silence);
    super.dispose();
  }

  protected override onBeforeShow(message: Message): void {
    super.onBeforeShow(message);
    this._setActive(true);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._widenNow();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._setActive(false);
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._setActive(this.isVisible);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (this._isQuiet) {
      this._isQuiet = false;
      return;
    }
    void this._takeFocus();
  }

  /**
   * Focus the list, or what connects a workspace.
   *
   * They may be about to be drawn; and the palette, closing, first gives the
   * focus back to the document.
   */
  private async _takeFocus(): Promise<void> {
    await this._workspace.renderPromise;
    await nextFrame();
    await nextFrame();
    if (this.node.contains(document.activeElement)) {
      return;
    }
    if (!this._alerts.focusList()) {
      this._workspace.focusOpener();
    }
  }

  private _compose(actions: NotebookActor, trans: TranslationBundle): void {
    const { workspace, timeRange, alerts, details } = this._models;
    const detailsPanel = new DetailsPanel(details, trans, actions);
    const alertsPanel = new AlertsPanel(
      alerts,
      trans,
      () => {
        detailsPanel.focusDetails();
      },
      spec => void timeRange.setSpec(spec)
    );
    detailsPanel.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        alertsPanel.focusList();
      }
    });
    this._alerts = alertsPanel;
    const split = new SplitPanel({ orientation: 'vertical', spacing: 5 });
    split.addClass('jp-Sentinel-Panes');
    split.addWidget(alertsPanel);
    split.addWidget(detailsPanel);
    this._split = split;
    details.stateChanged.connect(this._giveRoom, this);
    this._giveRoom(details);
    const layout = new PanelLayout();
    this._workspace = new WorkspacePanel(workspace, trans, actions, () => {
      this.refresh();
    });
    layout.addWidget(this._workspace);
    layout.addWidget(new TimeRangePanel(timeRange, trans, actions));
    layout.addWidget(split);
    this.layout = layout;
    // what stands above the panes grows and shrinks without Lumino's knowledge
    this._resized = new ResizeObserver(() => {
      MessageLoop.postMessage(split, Widget.ResizeMessage.UnknownSize);
    });
    this._resized.observe(split.node);
  }

  /** While no alert is selected the list has all the room: there is nothing to show below it. */
  private _giveRoom(details: DetailsModel): void {
    const isWaiting = !details.hasSelection;
    if (isWaiting === this._isWaiting) {
      return;
    }
    if (isWaiting && this._isWaiting !== null) {
      this._sizes = this._split.relativeSizes();
    }
    this._isWaiting = isWaiting;
    this._split.toggleClass('jp-mod-waiting', isWaiting);
    // in this order: fitting takes the present sizes for those wished for
    MessageLoop.sendMessage(this._split, Widget.Msg.FitRequest);
    this._split.setRelativeSizes(isWaiting ? [1, 0] : this._sizes);
    void this._keepInSight();
  }

  /** The list may just have become shorter. */
  private async _keepInSight(): Promise<void> {
    await nextFrame();
    await nextFrame();
    this._alerts.showSelected();
  }

  private _widenNow(): void {
    if (this._widened && this.isVisible && widen(this)) {
      this._widened();
      this._widened = null;
    }
  }

  private _setActive(value: boolean): void {
    this._wasSeen ||= value;
    this._session.isActive = value;
    this._models.timeRange.isActive = value;
    this._models.alerts.isActive = value;
  }

  private _say(text: string): void {
    window.clearTimeout(this._silence);
    this._said.textContent = text;
    this._silence = window.setTimeout(() => {
      this._said.textContent = '';
    }, SAID_FOR);
  }

  private readonly _said = document.createElement('div');
  private _silence = 0;
  private _wasSeen = false;
  private _isQuiet = false;
  private _widened: (() => void) | null = null;
  private _isWaiting: boolean | null = null;
  /** Of the list and the details, when there are any. */
  private _sizes = [45, 55];
  private _split!: SplitPanel;
  private _alerts!: AlertsPanel;
  private _workspace!: WorkspacePanel;
  private _resized!: ResizeObserver;
}

function nextFrame(): Promise<unknown> {
  return new Promise(resolve => requestAnimationFrame(resolve));
}
