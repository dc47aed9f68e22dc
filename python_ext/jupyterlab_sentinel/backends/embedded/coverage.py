"""What the engine runs, told from its own registries: the body of ``docs/kql.md``."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = """\
# KQL on the embedded engine

<!-- Made from the engine's registries: .venv/bin/python -m jupyterlab_sentinel.backends.embedded.coverage -->

A local workspace answers KQL on this machine: the query is read into a typed tree, translated to SQL, and run by
DuckDB. What the lists below hold runs as Microsoft documents it; everything else is refused by its name, before
anything runs.
No query is answered approximately, except that the engine counts exactly where Kusto estimates.

## Where it differs on purpose

| subject | here | in Log Analytics |
| --- | --- | --- |
| `dcount`, `count_distinct`, percentiles | exact | estimates |
| `hll`, `hll_merge`, `tdigest`, `tdigest_merge` | keep the values; what is asked of them is exact | an estimate |
| `convert_length` and kin | by the factors of UnitsNet 4, which has the same units | not documented |
| units in other letters, such as `meter` | an error | not documented |
| `make_list` of arrays | their elements, as examples of `geo_h3cell_rings` have it | not documented otherwise |
| `make_set` | sorted, so that the same query gives the same answer | in no order |
| `innerunique` joins | the first row of each key, where there is an order | any row |
| `take` without an order | the rows as the files have them, usually | any rows |
| `==` of a text and a number | compares as numbers | the same, or refused |
| a table that the workspace does not have | an error; in `union isfuzzy=true` a warning | likewise |
| `_GetWatchlist("x")` | the file `watchlist_x` or `_Watchlist_x` of the folder; refused without it | the watchlist |
| `externaldata` | the file that `workspace.json` names for the address, without blank lines | the address |
| a season that `series_decompose…` or `series_seasonal` looks for | only beyond doubt, else null | by a score |
| outliers of a series whose 10th and 90th percentile are the same | null and a reason | not documented |
| `series_outliers` with percentiles other than 10 and 90 | refused | runs |
| fits and statistics of a series with nulls | null and a reason | not documented |
| a series of datetimes in `series_…` functions | an error | numbers of ticks |
| rows beside a `make-series … in range()`, in its first or last bin | left out, with a reason | not documented |
| windows without rows in `activity_counts_metrics`, `rolling_percentile` | left out, with a reason | not documented |
| what `scan` computes of a state and the row at once | comparisons, `+ - *`, `iff`, `case` and kin | anything |
| `top-hitters` | counted exactly | estimates |
| of values with one and the same aggregate, `top-nested` and `top-hitters` keep | the smallest | any |
| `partition` with more than 64 values and no strategy | runs | refused |
| `Type` | the table's name, also where the file has no such column | a column of each table |
| datetimes and timespans | 100 ns | 100 ns |
| columns of `bag_unpack` and `pivot` | in the order of their names | in no order |
| a cell of `pivot` without rows | 0 for `count`, `dcount` and `sum`, else null | 0 for `count`, `sum` |
| a datetime or timespan inside a dynamic | a text | keeps its type |
| decimals | 20 digits before the point and 18 after it; what has more is an error, as `1/3` is | 34 digits |
| `ingestion_time()` | `_TimeReceived` or TimeGenerated, with a warning: exports do not tell it | when it was ingested |
| `geo_info_from_ip_address` | from location files, with a warning; null where they lack it | MaxMind's GeoLite2-City |
| shapes and cells (`geo_…`) | by S2 and H3, which the extra `geo` installs; refused without | built in |
| numbers that `geo_…` functions give | may differ in the last digits, which are those of the system's sine | |
| `geo_…_buffer` | within the tolerance, with a warning | the same, other corners perhaps |
| `geo_…_densify` | halves while an edge's middle is beyond the tolerance, with a warning | its way is not documented |
| altitudes, a ring outside of its shell, one point of a line twice in a row | null and a reason | not documented |
| a shape of more than 1 MB or 200,000 positions, a union of none | null and a reason | not documented |
| several points in which shapes meet | a MultiPoint | not documented |
| lines that branch, in `geo_union_lines_array` and where shapes meet | end at each branch | not documented |
| lists of cells, as of `geo_h3cell_neighbors` | in the order of the articles' outputs | not documented |
| `geo_polygon_to_h3cells` with a radius, distances and fractions on the spheroid | refused | runs |
| `parse_user_agent` | the rules of uap-core of the installed ua-parser | rules of another day, perhaps |
| `hash` | of texts and datetimes; of other types refused | of any |
| an integer that overflows, a time beyond the years 1 to 9999 | an error | not documented |
| `=~`, `has`, `contains` and kin on letters beyond ASCII | in either case | supported for ASCII only |
| `array_sort_desc` of numbers and texts in one array | an error | not documented |
| a null or no array among those of `array_concat`, `set_union` and kin | as an empty array | not documented |
| a key that `bag_pack` or `bag_zip` is given twice | an error | not documented |
| `parse_json` of text with a comma too many before a bracket, or with `NaN` | reads it | gives the text |
| `url_decode` of bytes that are no UTF-8 | an error | not documented |
| a node with several rows in a table of nodes | the first, where there is an order | any |
| what two tables of nodes say of one node | the first that is not empty | any |
| an edge from a node to itself, by `--` | matches once for either end | not documented |
| `cycles=none` with a pattern that leads back to a node, or with `*0..` | refused | not documented |
| `where` with a property of an edge of variable length and one of something else | refused | not documented |
| an unnamed function in `project` of `graph-match` | refused, but for `node_degree_in` and `_out` | not documented |
| `graph-shortest-paths` of more than one edge of variable length | refused | not documented |
| hashes of nodes whose ids are no texts, in `graph-to-table` | refused | not documented |
| regular expressions | the documented syntax, Unicode included; scripts beside `\\b` are refused | the same |
"""


def coverage_page() -> str:
    """The page, in Markdown."""
    from ...kql.names import SCALAR_FUNCTIONS
    from ...kql.operators import READERS
    from .translation import refusals
    from .translation.aggregates.registry import REFUSED
    from .translation.functions import FUNCTIONS
    from .translation.functions.several import SEVERAL
    from .translation.graphs.inside import ELEMENT_FUNCTIONS, WALK_FUNCTIONS
    from .translation.tabular import OPERATORS
    from .translation.tabular.evaluate import PLUGINS
    from .translation.tabular.summaries import aggregate_names

    operators = {*OPERATORS, *_LEADING, "filter", "limit", "order", "render", "fork", "facet"}
    special = {"toscalar", "materialize", "table", "view", "_GetWatchlist"}
    functions = {*FUNCTIONS, *SEVERAL, *special}
    graphs = {*WALK_FUNCTIONS, *ELEMENT_FUNCTIONS, "inner_nodes"}
    parts = [
        _HEAD,
        _section("Operators that run", operators),
        _section("Operators that are refused", {name for name in READERS if not name.startswith("_")} - operators),
        _section("Plugins of evaluate that run", PLUGINS),
        _section("Plugins of evaluate that are refused", refusals.PLUGINS),
        _section("Aggregate functions that run", aggregate_names()),
        _section("Aggregate functions that are refused", REFUSED),
        _section("Functions that run", functions),
        _section("Functions of graphs that run, in graph-match and graph-shortest-paths", graphs),
        _section("Functions that are refused", SCALAR_FUNCTIONS - functions - aggregate_names()),
    ]
    return "\n".join(parts)


_LEADING = frozenset({"print", "externaldata", "range", "datatable", "union", "search", "find", "let"})


def _section(title: str, names: Iterable[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in sorted(names))
    return f"## {title}\n\n{textwrap.fill(listed, 118, break_on_hyphens=False)}\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(coverage_page())
