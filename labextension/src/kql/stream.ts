import type { StreamParser, StringStream } from '@codemirror/language';

import { CONSTANTS, OPERATORS, TYPES, WORDS } from './words';

/** Where the tokenizer is. */
export interface IKqlState {
  /** The line of the magic is still to come, is being read, or is over. */
  stage: 'before' | 'magic' | 'query';
  /** What ends the text of several lines that is being read. */
  fence: string | null;
}

const NUMBER =
  /^(?:0[xX][0-9a-fA-F]+|\d+(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+|(?:milliseconds?|millisec|millis|milli|ms|minutes?|min|microseconds?|microsec|micros?|nanoseconds?|nanosec|nanos?|seconds?|sec|s|days?|d|hours?|hrs?|h|ticks?|m))?)(?!\w)/;
const TEXT = /^[hH]?(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)/;
const VERBATIM = /^[hH]?@(?:"(?:[^"]|"")*"?|'(?:[^']|'')*'?)/;
const FENCE = /^[hH]?(```|~~~)/;
const PLACEHOLDER = /^\{\{[^{}]*\}\}/;
const NAME = /^[A-Za-z_$][\w$]*/;
// of two or three parts, such as project-away and execute-and-cache
const HYPHENATED = /^[a-z]+(?:-[a-z]+){1,2}(?![\w$])/;
const COMPARISON =
  /^!?(?:has_any|has_all|between|in|(?:has|contains|startswith|endswith|hasprefix|hassuffix)(?:_cs)?)(?![\w$])~?/;

/** Reads a `%%sentinel` cell: the line of the magic as itself, then KQL. */
export const kql: StreamParser<IKqlState> = {
  name: 'kql',
  startState: () => ({ stage: 'before', fence: null }),
  copyState: state => ({ ...state }),
  token: (stream, state) => {
    if (state.stage === 'query') {
      return queryToken(stream, state);
    }
    const token = magicToken(stream, state);
    if (state.stage === 'magic' && stream.eol()) {
      state.stage = 'query';
    }
    return token;
  },
  languageData: {
    commentTokens: { line: '//' },
    closeBrackets: { brackets: ['(', '[', '{', "'", '"'] }
  }
};

/** Reads an `%%iocs` cell: the line of the magic, then text in which nothing has a meaning. */
export const prose: StreamParser<IKqlState> = {
  ...kql,
  name: 'prose',
  token: (stream, state) => {
    if (state.stage === 'query') {
      stream.skipToEnd();
      return null;
    }
    return kql.token(stream, state);
  },
  languageData: {}
};

function magicToken(stream: StringStream, state: IKqlState): string | null {
  if (stream.eatSpace()) {
    return null;
  }
  if (stream.match(/^%%\w+/)) {
    state.stage = 'magic';
    return 'meta';
  }
  if (stream.match(/^--?[a-z][\w-]*/)) {
    return 'attributeName';
  }
  if (stream.match(/^[A-Za-z_]\w*(?=\s*<<)/)) {
    return 'variableName.definition';
  }
  if (stream.match(/^<</)) {
    return 'operator';
  }
  stream.match(/^\S+/);
  return null;
}

function queryToken(stream: StringStream, state: IKqlState): string | null {
  if (state.fence !== null) {
    return fencedToken(stream, state, state.fence);
  }
  if (stream.eatSpace()) {
    return null;
  }
  if (stream.match('//')) {
    stream.skipToEnd();
    return 'lineComment';
  }
  const fence = stream.match(FENCE) as RegExpMatchArray | null;
  if (fence) {
    return fencedToken(stream, state, fence[1] ?? '```');
  }
  if (stream.match(VERBATIM) ?? stream.match(TEXT)) {
    return 'string';
  }
  if (stream.match(PLACEHOLDER)) {
    return 'variableName.special';
  }
  if (stream.match(NUMBER)) {
    return 'number';
  }
  return wordToken(stream) ?? signToken(stream);
}

/** Text up to the mark that ends it, which may be lines below. */
function fencedToken(
  stream: StringStream,
  state: IKqlState,
  fence: string
): string {
  state.fence = fence;
  if (stream.skipTo(fence)) {
    stream.match(fence);
    state.fence = null;
  } else {
    stream.skipToEnd();
  }
  return 'string';
}

function wordToken(stream: StringStream): string | null {
  const hyphenated = stream.match(HYPHENATED, false) as RegExpMatchArray | null;
  if (hyphenated && OPERATORS.has(hyphenated[0])) {
    stream.match(HYPHENATED);
    return 'keyword';
  }
  if (stream.match(COMPARISON)) {
    return 'keyword';
  }
  const before = stream.string.charAt(stream.start - 1);
  const name = stream.match(NAME) as RegExpMatchArray | null;
  return name ? nameToken(name[0], before, stream) : null;
}

function nameToken(
  name: string,
  before: string,
  stream: StringStream
): string | null {
  if (before === '.') {
    return 'propertyName';
  }
  const isCalled = stream.match(/^\s*\(/, false) !== null;
  if (TYPES.has(name)) {
    return 'typeName';
  }
  if (CONSTANTS.has(name)) {
    return 'bool';
  }
  if (isCalled && isFunction(name, stream)) {
    return 'variableName.standard';
  }
  return isKeyword(name, stream) ? 'keyword' : 'variableName';
}

/** Of what stands before a parenthesis: `in (…)` is no call, `count()` is one. */
function isFunction(name: string, stream: StringStream): boolean {
  return (
    name === 'count' ||
    name === 'range' ||
    !(WORDS.has(name) || startsOperator(name, stream))
  );
}

/** An operator's name is one only where an operator can stand; else it may be a column's. */
function startsOperator(name: string, stream: StringStream): boolean {
  if (!OPERATORS.has(name)) {
    return false;
  }
  const before = stream.string.slice(0, stream.start).trimEnd();
  return before === '' || /[|;(={]$/.test(before);
}

function isKeyword(name: string, stream: StringStream): boolean {
  return WORDS.has(name) || startsOperator(name, stream);
}

function signToken(stream: StringStream): string | null {
  if (stream.match(/^[()[\]{}]/)) {
    return 'bracket';
  }
  if (stream.match(/^(?:<\||=>|[<>=!]=|=~|!~|<>|\.\.|[|<>=+\-*/%])/)) {
    return 'operator';
  }
  stream.next();
  return null;
}
