import { StreamLanguage } from '@codemirror/language';
import { EditorState, Text } from '@codemirror/state';
import { highlightTree, tagHighlighter, tags } from '@lezer/highlight';
import { describe, expect, test } from 'vitest';

import { contentOf, magicCells } from '../src/kql/highlighting';
import { kql, prose } from '../src/kql/stream';

const NAMES = tagHighlighter([
  { tag: tags.meta, class: 'meta' },
  { tag: tags.keyword, class: 'keyword' },
  { tag: tags.bool, class: 'constant' },
  { tag: tags.number, class: 'number' },
  { tag: tags.string, class: 'string' },
  { tag: tags.comment, class: 'comment' },
  { tag: tags.typeName, class: 'type' },
  { tag: tags.operator, class: 'operator' },
  { tag: tags.propertyName, class: 'property' },
  { tag: tags.attributeName, class: 'option' },
  { tag: tags.definition(tags.variableName), class: 'definition' },
  { tag: tags.standard(tags.variableName), class: 'function' },
  { tag: tags.special(tags.variableName), class: 'placeholder' }
]);
const language = StreamLanguage.define(kql);

/** Each stretch that has a look of its own, as `look text`. */
function looks(source: string): string[] {
  const found: string[] = [];
  highlightTree(language.parser.parse(source), NAMES, (from, to, look) => {
    found.push(`${look} ${source.slice(from, to)}`);
  });
  return found;
}

/** The same for KQL below a magic. */
function query(text: string): string[] {
  return looks(`%%sentinel\n${text}`).slice(1);
}

describe('the line of the magic', () => {
  test('is read as itself', () => {
    expect(looks('%%sentinel found << --last 7d --strict\nT')).toEqual([
      'meta %%sentinel',
      'definition found',
      'operator <<',
      'option --last',
      'option --strict'
    ]);
  });

  test('is no KQL, whatever it says', () => {
    expect(looks('%%sentinel where "x" // 5d\nT')).toEqual(['meta %%sentinel']);
  });

  test('may follow blank lines', () => {
    expect(looks('\n\n%%sentinel\nT | take 5')).toEqual([
      'meta %%sentinel',
      'operator |',
      'keyword take',
      'number 5'
    ]);
  });
});

describe('KQL', () => {
  test('keywords, functions, texts, numbers, comments, placeholders', () => {
    expect(
      query(
        'SecurityEvent // all\n| where Account has "adm\\"in" and Time > ago(1d)\n' +
          '| summarize n = dcount(Computer) by bin(Time, 1h), {{who["a"]}}'
      )
    ).toEqual([
      'comment // all',
      'operator |',
      'keyword where',
      'keyword has',
      'string "adm\\"in"',
      'keyword and',
      'operator >',
      'function ago',
      'number 1d',
      'operator |',
      'keyword summarize',
      'operator =',
      'function dcount',
      'keyword by',
      'function bin',
      'number 1h',
      'placeholder {{who["a"]}}'
    ]);
  });

  test.each([
    ['| project-away A', ['operator |', 'keyword project-away']],
    ['| mv-expand A', ['operator |', 'keyword mv-expand']],
    ['| parse-kv A', ['operator |', 'keyword parse-kv']],
    ['T | where A !has_any (1)', [
      'operator |',
      'keyword where',
      'keyword !has_any',
      'number 1'
    ]],
    ['T | where A in~ (true, null)', [
      'operator |',
      'keyword where',
      'keyword in~',
      'constant true',
      'constant null'
    ]],
    ['let f = (x: long) { x };', ['keyword let', 'operator =', 'type long']],
    ['print datetime(2019-02-18)', [
      'keyword print',
      'type datetime',
      'number 2019',
      'operator -',
      'number 02',
      'operator -',
      'number 18'
    ]],
    ['print a.b.count', ['keyword print', 'property b', 'property count']],
    ['T | count', ['operator |', 'keyword count']],
    ['T | extend n = count()', [
      'operator |',
      'keyword extend',
      'operator =',
      'function count'
    ]]
  ])('%s', (text, expected) => {
    expect(query(text)).toEqual(expected);
  });

  test('a column may be called like an operator', () => {
    expect(query('T | where count > 5')).toEqual([
      'operator |',
      'keyword where',
      'operator >',
      'number 5'
    ]);
  });

  test.each([
    ['a verbatim text', '@"c:\\dir\\" x', 'string @"c:\\dir\\"'],
    ['a hidden text', "h'secret' x", "string h'secret'"],
    ['a text of several lines', '```a\n"b"\nc``` x', 'string ```a\n"b"\nc```'],
    ['the other such text', '~~~a\nb~~~ x', 'string ~~~a\nb~~~']
  ])('%s', (_, text, expected) => {
    const parts = query(`print ${text}`);
    const joined = parts
      .filter(part => part.startsWith('string '))
      .map(part => part.slice(7));
    expect(`string ${joined.join('\n')}`).toBe(expected);
  });

  test('a text that is not closed ends with its line', () => {
    expect(query('print "abc\n| take 5')).toEqual([
      'keyword print',
      'string "abc',
      'operator |',
      'keyword take',
      'number 5'
    ]);
  });

  test.each(['\u202e', '\ud800', '"'.repeat(5000), '{{'.repeat(5000), '-'])(
    'what is no KQL is passed over: %#',
    text => {
      expect(() => query(`${text}\n| take 5`)).not.toThrow();
    }
  );
});

describe('which cells', () => {
  const of = (...lines: string[]): Text => Text.of(lines);

  test.each([
    [of('%%sentinel'), 'kql'],
    [of('%%sentinel df << --last 7d', 'T'), 'kql'],
    [of('', '  ', '%%sentinel', 'T'), 'kql'],
    [of('%%iocs -o iocs', '185.49.71[.]101'), 'prose'],
    [of('%%sentinels'), null],
    [of('%%iocsx'), null],
    [of('%sentinel connect demo'), null],
    [of('%iocs text'), null],
    [of('# %%sentinel'), null],
    [of('x = 1', '%%sentinel'), null],
    [of(''), null]
  ])('%s: %s', (text, content) => {
    expect(contentOf(text)).toBe(content);
  });

  test('the language comes and goes with the magic, and only then', () => {
    let state = EditorState.create({ doc: 'T | take 5', extensions: magicCells() });
    const isKql = (): boolean => active(state);
    expect(isKql()).toBe(false);
    state = state.update({ changes: { from: 0, insert: '%%sentinel\n' } }).state;
    expect(isKql()).toBe(true);
    const typed = state.update({ changes: { from: state.doc.length, insert: '0' } });
    expect(typed.effects).toEqual([]);
    expect(typed.reconfigured).toBe(false);
    state = typed.state.update({ changes: { from: 0, to: 2 } }).state;
    expect(isKql()).toBe(false);
  });

  test('a report is text from its second line to its end', () => {
    const report = 'in with "stolen" 47.91.56[.]21 // and ```\nimport this as 5';
    expect(query(report)).not.toEqual([]);
    const found: string[] = [];
    const tree = StreamLanguage.define(prose).parser.parse(
      `%%iocs -o iocs\n${report}`
    );
    highlightTree(tree, NAMES, (_from, _to, look) => found.push(look));
    expect(found).toEqual(['meta', 'option']);
  });

  test('a cell that is one from the beginning is read so at once', () => {
    const doc = Text.of(['%%sentinel', 'T']);
    expect(active(EditorState.create({ doc, extensions: magicCells(() => doc) }))).toBe(true);
  });
});

/** Whether a state's language is ours. */
function active(state: EditorState): boolean {
  return (
    state.languageDataAt<{ line: string }>('commentTokens', state.doc.length)[0]
      ?.line === '//'
  );
}
