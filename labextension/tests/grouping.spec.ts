import { expect, test } from 'vitest';

import { grouped, listed } from '../src/panels/alerts/grouping';
import { alertRow } from './fakes';

const rows = [
  alertRow('1', { group: 'ssh' }),
  alertRow('2', { group: 'download' }),
  alertRow('3', { group: 'ssh' }),
  alertRow('4', { title: 'ssh' })
];

test('without groups every alert is a line, counted from 1', () => {
  expect(listed(rows).map(item => item.key)).toEqual([
    'alert 1',
    'alert 2',
    'alert 3',
    'alert 4'
  ]);
});

test('groups come in the order of their first alert and keep the order within', () => {
  const lines = grouped(rows, new Set()).map(item =>
    item.type === 'group'
      ? `${item.name} (${item.count})`
      : `${item.position}: ${item.row.id}`
  );
  expect(lines).toEqual([
    'ssh (3)',
    '1: 1',
    '2: 3',
    '3: 4',
    'download (1)',
    '4: 2'
  ]);
});

test('a group with a worse alert goes before, however late it comes', () => {
  const worse = [...rows, alertRow('5', { group: 'late', severity: 'High' })];
  const names = grouped(worse, new Set()).flatMap(item =>
    item.type === 'group' ? [item.name] : []
  );
  expect(names).toEqual(['late', 'ssh', 'download']);
});

test('a collapsed group hides its alerts and still counts them', () => {
  const lines = grouped(rows, new Set(['ssh']));
  expect(lines.map(item => item.key)).toEqual([
    'group ssh',
    'group download',
    'alert 2'
  ]);
  expect(lines[0]).toMatchObject({ count: 3, isCollapsed: true });
});

test('names from outside are no more than names', () => {
  const hostile = alertRow('5', { group: '__proto__' });
  expect(grouped([hostile], new Set())).toHaveLength(2);
});
