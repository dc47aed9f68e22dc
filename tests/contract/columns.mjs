// What Microsoft's language service says of queries: stdin {tables: {name: {column: type}}, queries: [text]},
// stdout a list of {errors: [text], columns: [[name, type]]} in their order.
import { createRequire } from 'node:module';
import process from 'node:process';
import { json } from 'node:stream/consumers';

const load = createRequire(import.meta.url);
load('@kusto/language-service-next/bridge.min.js');
load('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;
const LIST = 'System$Collections$Generic$IReadOnlyList$1$Kusto$Language$';
const TYPES = {
  bool: 'Bool',
  int: 'Int',
  long: 'Long',
  real: 'Real',
  decimal: 'Decimal',
  datetime: 'DateTime',
  timespan: 'TimeSpan',
  string: 'String',
  guid: 'Guid',
  dynamic: 'Dynamic'
};

// The constructors' numbers are the compiler's: the one that takes what is given is looked for.
function made(kind, name, members, count) {
  for (const key of Object.keys(kind).filter(each => /^(\$?ctor\d*)$/.test(each))) {
    try {
      const symbol = new kind[key](name, members);
      if (symbol.Name === name && count(symbol) === members.length) {
        return symbol;
      }
    } catch {
      // another one
    }
  }
  throw new Error(`the language service makes no ${name}`);
}

function items(list, kind) {
  const item = list.getItem ?? list[`${LIST}${kind}$getItem`];
  return Array.from({ length: list.Count }, (_, place) => item.call(list, place));
}

const { tables, queries } = await json(process.stdin);
const symbols = Object.entries(tables).map(([name, columns]) => {
  const members = Object.entries(columns).map(
    ([column, type]) => new Symbols.ColumnSymbol(column, Symbols.ScalarTypes[TYPES[type]])
  );
  return made(Symbols.TableSymbol, name, members, table => table.Columns.Count);
});
const database = made(Symbols.DatabaseSymbol, 'workspace', symbols, each => each.Tables.Count);
const globals = GlobalState.Default.WithDatabase(database);

const answers = queries.map(query => {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const errors = items(code.GetDiagnostics(), 'Diagnostic').filter(each => each.Severity === 'Error');
  const columns = code.ResultType?.Columns ? items(code.ResultType.Columns, 'Symbols$ColumnSymbol') : [];
  return {
    errors: errors.map(each => each.Message),
    columns: columns.map(column => [column.Name, column.Type.Name])
  };
});
process.stdout.write(JSON.stringify(answers));
