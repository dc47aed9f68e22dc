/*
 * Words of KQL with a meaning of their own; the source is Microsoft's reference
 * of the language. Functions are none of them: they show by what follows.
 */

/** Operators that stand after a pipe or begin a statement. */
export const OPERATORS: ReadonlySet<string> = words(`
  as assert-schema consume count datatable declare distinct evaluate execute-and-cache extend
  externaldata facet filter find fork getschema graph-mark-components graph-match graph-merge
  graph-shortest-paths graph-to-table invoke join let limit lookup macro-expand make-graph make-series
  materialize mv-apply mv-expand order parse parse-kv parse-where partition pattern print project
  project-away project-by-names project-keep project-rename project-reorder range reduce render restrict
  sample sample-distinct scan search serialize set sort summarize take top top-hitters top-nested union
  where
`);

/** Words inside the operators, and the comparisons that are words. */
export const WORDS: ReadonlySet<string> = words(`
  access alias and asc between by contains contains_cs database declare default desc endswith
  endswith_cs first from granny-asc has has_all has_any has_cs hasprefix hasprefix_cs hassuffix
  hassuffix_cs hint in in~ inner innerunique isfuzzy kind last leftanti leftantisemi leftouter leftsemi
  like matches not notcontains nulls of on or output query_parameters regex rightanti rightantisemi
  rightouter rightsemi fullouter startswith startswith_cs step the to typeof with withsource with_source
  with_itemindex
`);

/** Types of values; before a parenthesis they begin a literal. */
export const TYPES: ReadonlySet<string> = words(`
  bool boolean date datetime decimal double dynamic guid int int32 int64 long real string time timespan
  uniqueid uuid
`);

/** Values that are words. */
export const CONSTANTS: ReadonlySet<string> = words('true false null');

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
