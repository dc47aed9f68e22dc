import { SEVERITIES } from '../../histogram';
import type { IAlertRow } from '../../wire';

export type GroupBy = 'name' | 'none';

/** The line above the alerts of one name. */
export interface IGroupItem {
  readonly type: 'group';
  readonly key: string;
  readonly name: string;
  readonly count: number;
  readonly isCollapsed: boolean;
}

/** An alert; `position` counts alerts only, from 1. */
export interface IAlertItem {
  readonly type: 'alert';
  readonly key: string;
  readonly row: IAlertRow;
  readonly position: number;
}

/** A line of the list. */
export type ListItem = IGroupItem | IAlertItem;

/** The lines of the list, without groups. */
export function listed(rows: readonly IAlertRow[]): readonly ListItem[] {
  return rows.map((row, index) => alertItem(row, index + 1));
}

/**
 * The lines of the list by name: what holds the worst severity first, and among
 * equals what comes first in `rows`.
 *
 * @param collapsed names of the groups whose alerts are hidden.
 */
export function grouped(
  rows: readonly IAlertRow[],
  collapsed: ReadonlySet<string>
): readonly ListItem[] {
  const groups = new Map<string, IAlertRow[]>();
  for (const row of rows) {
    const name = row.group === '' ? row.title : row.group;
    const members = groups.get(name);
    if (members) {
      members.push(row);
    } else {
      groups.set(name, [row]);
    }
  }
  let position = 0;
  const ordered = [...groups]
    .map(([name, members]) => ({ name, members, rank: worst(members) }))
    .sort((one, two) => one.rank - two.rank);
  return ordered.flatMap(({ name, members }) => {
    const isCollapsed = collapsed.has(name);
    const head: IGroupItem = {
      type: 'group',
      key: `group ${name}`,
      name,
      count: members.length,
      isCollapsed
    };
    const shown = isCollapsed ? [] : members;
    return [head, ...shown.map(row => alertItem(row, ++position))];
  });
}

/** Where the worst severity of `rows` stands among the severities. */
function worst(rows: readonly IAlertRow[]): number {
  return Math.min(
    ...SEVERITIES.map((severity, rank) =>
      rows.some(row => row.severity === severity) ? rank : SEVERITIES.length
    )
  );
}

function alertItem(row: IAlertRow, position: number): IAlertItem {
  return { type: 'alert', key: `alert ${row.id}`, row, position };
}
