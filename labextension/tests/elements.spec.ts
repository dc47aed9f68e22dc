import { describe, expect, test } from 'vitest';

import { portalAddress } from '../src/elements/portal';
import { clipped, segmentsOf } from '../src/elements/segments';
import { severityClass } from '../src/elements/severity';
import type { IMark, Severity } from '../src/wire';

function passage(
  text: string,
  ...marks: [number, number][]
): Parameters<typeof segmentsOf>[0] {
  const of = ([start, end]: [number, number]): IMark => ({
    start,
    end,
    type: 'ipv4'
  });
  return { text, marks: marks.map(of), truncated: false };
}

describe('segmentsOf', () => {
  test('cuts at the marks', () => {
    expect(segmentsOf(passage('wget 1[.]2 now', [5, 10]))).toEqual([
      { text: 'wget ', isMarked: false },
      { text: '1[.]2', isMarked: true },
      { text: ' now', isMarked: false }
    ]);
  });

  test.each<[string, [number, number][]]>([
    ['in the wrong order', [[4, 6], [0, 2]]],
    ['overlapping', [[0, 4], [2, 6]]],
    ['empty or backwards', [[3, 3], [5, 2]]],
    ['beyond the text', [[6, 99], [-5, 2], [NaN, 3]]]
  ])('marks %s: nothing is lost or doubled', (_, marks) => {
    const segments = segmentsOf(passage('abcdefgh', ...marks));
    expect(segments.map(segment => segment.text).join('')).toBe('abcdefgh');
  });

  test('no text, no segments', () => {
    expect(segmentsOf(passage(''))).toEqual([]);
  });
});

describe('clipped', () => {
  test('leaves what fits', () => {
    expect(clipped('abc', 3)).toBe('abc');
  });

  test('cuts no character in two', () => {
    expect(clipped('ab\u{1F600}cd', 3)).toBe('ab…');
  });
});

describe('portalAddress', () => {
  test.each([
    'https://portal.azure.com/#blade/x',
    'https://security.microsoft.com/alerts/1',
    'https://portal.azure.us/'
  ])('%s is a link', link => {
    expect(portalAddress(link)).toBe(link);
  });

  test.each([
    'http://portal.azure.com/',
    'https://portal.azure.com.evil.example/',
    'https://portal.azure.com@evil.example/',
    'https://user:secret@portal.azure.com/',
    'https://portal.azure.com:8443/',
    'https://evil.example/portal.azure.com',
    'https://xn--prtal-vxa.azure.com/',
    'javascript:alert(1)//portal.azure.com',
    'data:text/html,portal.azure.com',
    '//portal.azure.com/',
    'portal.azure.com',
    ''
  ])('%s is none', link => {
    expect(portalAddress(link)).toBeNull();
  });
});

test('a severity that does not exist gets no class of its own', () => {
  expect(severityClass('x" onload="' as Severity)).toBe('jp-mod-unknown');
  expect(severityClass('constructor' as Severity)).toBe('jp-mod-unknown');
  expect(severityClass('High')).toBe('jp-mod-high');
});
