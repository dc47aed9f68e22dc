import type { TranslationBundle } from '@jupyterlab/translation';
import type { VirtualItem } from '@tanstack/virtual-core';
import * as React from 'react';

import { clipped } from '../../elements/segments';
import { severityClass } from '../../elements/severity';
import { moment } from '../../histogram';
import { dayOf, timeOfDay, wholeTime } from '../../timeformat';
import type { IAlertItem, IGroupItem, ListItem } from './grouping';
import type { AlertsModel } from './model';
import type { Lines } from './virtual';
import { useLines } from './virtual';

interface IListProps {
  readonly model: AlertsModel;
  readonly trans: TranslationBundle;
  /** The user wants to read the selected alert. */
  readonly onRead: () => void;
}

const LONGEST_TITLE = 200;

/**
 * The alerts, drawn as far as they are in sight.
 *
 * One line at a time is in the tab order; the arrow keys walk. The lines that
 * name groups lie beside the list, not in it: to a screen reader a list of
 * alerts has alerts in it, and each says its name itself.
 */
export function AlertList(props: IListProps): React.JSX.Element {
  const { model, trans, onRead } = props;
  const { items } = model;
  const scroller = React.useRef<HTMLDivElement>(null);
  const [activeKey, setActiveKey] = React.useState<string | null>(null);
  const active = activeIndex(items, activeKey, model);
  const lines = useLines({
    scroller,
    count: items.length,
    kindOf: index => items[index]?.type ?? 'alert',
    keyOf: index => items[index]?.key ?? String(index),
    kept: active
  });
  const walk = useWalk(scroller, lines, items, active, setActiveKey);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const item = items[active];
    if (item?.type === 'alert' && event.key === 'Enter') {
      event.preventDefault();
      model.select(item.row);
      onRead();
    } else if (item?.type === 'group' && isToggle(event.key, item)) {
      event.preventDefault();
      model.toggleGroup(item.name);
    } else {
      const reached = walk(event);
      if (reached?.type === 'alert') {
        model.select(reached.row);
      }
    }
  };
  const drawn = lines.getVirtualItems();
  const place = (line: VirtualItem): React.CSSProperties => ({
    transform: `translateY(${line.start}px)`
  });
  return (
    <div
      ref={scroller}
      className="jp-Sentinel-List"
      aria-busy={model.isLoading}
      onKeyDown={onKeyDown}
    >
      <div className="jp-Sentinel-List-groups">
        {drawn.map(line => {
          const item = items[line.index];
          return item?.type === 'group' ? (
            <div
              key={item.key}
              data-index={line.index}
              className="jp-Sentinel-List-line"
              style={place(line)}
            >
              <GroupLine
                item={item}
                isActive={line.index === active}
                onToggle={() => {
                  setActiveKey(item.key);
                  model.toggleGroup(item.name);
                }}
              />
            </div>
          ) : null;
        })}
      </div>
      <div
        className="jp-Sentinel-List-alerts"
        style={{ height: lines.getTotalSize() }}
        role="list"
        aria-label={trans.__('Alerts')}
      >
        {drawn.map(line => {
          const item = items[line.index];
          return item?.type === 'alert' ? (
            <div
              key={item.key}
              data-index={line.index}
              className="jp-Sentinel-List-line"
              style={place(line)}
              role="listitem"
              aria-posinset={item.position}
              aria-setsize={model.total}
            >
              <AlertLine
                item={item}
                model={model}
                trans={trans}
                isActive={line.index === active}
                onChoose={() => {
                  setActiveKey(item.key);
                  model.select(item.row);
                }}
              />
            </div>
          ) : null;
        })}
      </div>
    </div>
  );
}

interface IGroupLineProps {
  readonly item: IGroupItem;
  readonly isActive: boolean;
  readonly onToggle: () => void;
}

function GroupLine(props: IGroupLineProps): React.JSX.Element {
  const { item, isActive, onToggle } = props;
  const name = clipped(item.name, LONGEST_TITLE);
  return (
    <button
      type="button"
      className="jp-Sentinel-Group"
      aria-expanded={!item.isCollapsed}
      tabIndex={isActive ? 0 : -1}
      title={name}
      onClick={onToggle}
    >
      <span className="jp-Sentinel-Group-caret" aria-hidden="true">
        ▾
      </span>
      <span className="jp-Sentinel-Line" dir="auto">
        {name}
      </span>
      <span className="jp-Sentinel-Count">{item.count}</span>
    </button>
  );
}

interface IAlertLineProps {
  readonly item: IAlertItem;
  readonly model: AlertsModel;
  readonly trans: TranslationBundle;
  readonly isActive: boolean;
  readonly onChoose: () => void;
}

function AlertLine(props: IAlertLineProps): React.JSX.Element {
  const { item, model, trans, isActive, onChoose } = props;
  const { row } = item;
  const title = clipped(row.title, LONGEST_TITLE);
  const subtitle = clipped(row.subtitle, LONGEST_TITLE);
  const severity = clipped(row.severityLabel, 24);
  const isUnread = model.isUnread(row);
  const time = row.start ?? row.generated;
  return (
    <button
      type="button"
      className={
        isUnread ? 'jp-Sentinel-Alert jp-mod-unread' : 'jp-Sentinel-Alert'
      }
      aria-current={model.selected?.id === row.id ? 'true' : undefined}
      tabIndex={isActive ? 0 : -1}
      title={`${title}\n${severity}\n${subtitle}\n${wholeTime(time)}`}
      onClick={onChoose}
    >
      <span className={`jp-Sentinel-Bar ${severityClass(row.severity)}`}>
        <span className="jp-Sentinel-Unseen">{severity}</span>
      </span>
      <span className="jp-Sentinel-Alert-title jp-Sentinel-Line" dir="auto">
        {title}
      </span>
      <span className="jp-Sentinel-Alert-time">{timeOfDay(time)}</span>
      <span className="jp-Sentinel-Alert-about jp-Sentinel-Line">
        <span className="jp-Sentinel-Alert-severity" aria-hidden="true">
          <span dir="auto">{severity}</span>
          {subtitle === '' ? null : ' · '}
        </span>
        <span dir="auto">{subtitle}</span>
      </span>
      <span className="jp-Sentinel-Alert-day">{dayOf(moment(time))}</span>
      {row.problemCount > 0 ? (
        <span className="jp-Sentinel-Unseen">
          {trans._n('%1 problem', '%1 problems', row.problemCount)}
        </span>
      ) : null}
      {isUnread ? (
        <span className="jp-Sentinel-Unseen">{trans.__('unread')}</span>
      ) : null}
    </button>
  );
}

/** The line in the tab order: the last one used, else the selected, else the first. */
function activeIndex(
  items: readonly ListItem[],
  key: string | null,
  model: AlertsModel
): number {
  const used = items.findIndex(item => item.key === key);
  if (used >= 0) {
    return used;
  }
  const id = model.selected?.id;
  const selected = items.findIndex(
    item => item.type === 'alert' && item.row.id === id
  );
  return selected >= 0 ? selected : items.length > 0 ? 0 : -1;
}

function isToggle(key: string, item: IGroupItem): boolean {
  return key === (item.isCollapsed ? 'ArrowRight' : 'ArrowLeft');
}

/** Lines that Page Up and Page Down pass. */
const PAGE = 10;

/** Moves the focus as the key says; tells the line that it reached. */
function useWalk(
  scroller: React.RefObject<HTMLDivElement>,
  lines: Lines,
  items: readonly ListItem[],
  active: number,
  onReach: (key: string) => void
): (event: React.KeyboardEvent) => ListItem | null {
  const goal = React.useRef<number | null>(null);
  React.useLayoutEffect(() => {
    if (goal.current !== null) {
      const line = scroller.current?.querySelector<HTMLElement>(
        `[data-index="${goal.current}"] > button`
      );
      if (line) {
        goal.current = null;
        line.focus({ preventScroll: true });
      }
    }
  });
  return event => {
    const last = items.length - 1;
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + PAGE,
      PageUp: active - PAGE,
      Home: 0,
      End: last
    };
    const target = targets[event.key];
    if (target === undefined || last < 0) {
      return null;
    }
    event.preventDefault();
    const index = Math.min(last, Math.max(0, target));
    const item = items[index];
    if (!item) {
      return null;
    }
    goal.current = index;
    lines.scrollToIndex(index, { align: 'auto' });
    onReach(item.key);
    return item;
  };
}
