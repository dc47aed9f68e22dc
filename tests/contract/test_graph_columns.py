"""The columns of graph queries are called and typed as Microsoft's language service says.

Left out is what the service and the service's answers disagree on, or what is refused here: a whole node, which the
service shows as a tuple; and columns whose unnamed calls are refused.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jupyterlab_sentinel.backends.embedded.programs import Programs
from jupyterlab_sentinel.backends.embedded.tables import StoredColumn, StoredTable
from jupyterlab_sentinel.ports import QueryRequest

from .test_language_service import _asked

TABLES = {
    "E": {"s": "string", "t": "string", "w": "long", "at": "datetime", "d": "dynamic", "both": "string"},
    "N": {"id": "string", "name": "string", "age": "long", "p": "dynamic", "both": "string"},
    "M": {"mid": "string", "age": "long", "size": "real"},
    "L": {"s": "long", "t": "long", "x": "string"},
}
MADE = "E | make-graph s --> t with N on id"
QUERIES = [
    "E | make-graph s --> t | graph-to-table edges",
    "E | make-graph s --> t with_node_id=id | graph-to-table nodes",
    "L | make-graph s --> t with_node_id=n | graph-to-table nodes",
    f"{MADE} | graph-to-table nodes",
    f"{MADE}, M on mid | graph-to-table nodes",
    f"{MADE} | graph-to-table nodes with_node_id=h",
    f"{MADE} | graph-to-table edges with_target_id=b with_source_id=a",
    f"{MADE} | graph-to-table edges as X",
    f"{MADE} | graph-to-table nodes as A with_node_id=k, edges as B with_source_id=x; B",
    f"{MADE} | graph-to-table edges as B, nodes as A; A | where age > 3",
    f"{MADE} | graph-mark-components | graph-to-table nodes",
    f"{MADE} | graph-mark-components kind=strong with_component_id=c | graph-match (a) project a.c, a.name",
    f"{MADE} | graph-mark-components | graph-mark-components kind=strong with_component_id=z | graph-to-table nodes",
    f"{MADE} | graph-match (a)-[e]->(b) project a.name, b.name, e.w, e.at, a.name",
    f"{MADE} | graph-match (a)-[e]->(b) project a.name, name=b.name, a.p.x, a.p['y'], a.p[0], e.d.x.y",
    f"{MADE} | graph-match (['a b'])-[['x y']]->(b) project ['a b'].name, ['x y'].w",
    f"{MADE} | graph-match (a)-[e*1..3]->(b) project a.name, e.w, e.at, e.d, e.d.x, x=e.w",
    f"{MADE} | graph-match (a)-[e*1..3]->(b) project x=map(e, w), y=map(inner_nodes(e), name), z=all(e, w > 1)",
    f"{MADE} | graph-match (a)-[e*1..3]->(b) project x=strcat_array(map(e, s), '-'), n=array_length(map(e, w))",
    f"{MADE} | graph-match (a)-[e*1..3]->(b) project x=iff(any(e, w > 1), 'x', 'y'), y=tostring(map(e, w)), a.age",
    f"{MADE} | graph-match (a)-[e]->(b) project i=node_degree_in(a), o=node_degree_out(b), l=labels(a), n=node_id(a)",
    f"{MADE} | graph-match (a)-[e*0..2]->(b)<-[f]-(c), (b)-->(d)--(a) where a.age < c.age project x=tolong(d.p.x), f.w",
    f"{MADE} | graph-match (a)-[e]->(b) project (x, y) = series_stats(pack_array(e.w, 2)), a.id",
    f"{MADE} | graph-shortest-paths output=all (a)-[e*1..3]->(b) where a.name == 'x' project a.name, e.w, b.age",
    f"{MADE} partitioned-by both ( graph-match (a)-->(b) project a.name, b.p )",
    f"{MADE} partitioned-by both ( graph-match (a)-->(b) project a.id | summarize count() by a_id )",
    f"let G = {MADE}; G | graph-to-table nodes | join kind=inner (G | graph-match (n) project id=n.id) on id",
    f"let f = (x:string) {{ {MADE} }}; f('x') | graph-to-table nodes",
]


@pytest.fixture(scope="module")
def programs() -> Programs:
    return Programs(
        {
            name: StoredTable(
                name,
                f"t{place}",
                (),
                tuple(StoredColumn(column, kind, f"c{i}") for i, (column, kind) in enumerate(columns.items())),
                0,
                None,
                None,
            )
            for place, (name, columns) in enumerate(TABLES.items())
        }
    )


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, list[list[str]]]]:
    return dict(zip(QUERIES, _asked(TABLES, QUERIES), strict=True))


@pytest.mark.parametrize("query", QUERIES)
def test_columns(programs: Programs, said: dict[str, dict[str, list[list[str]]]], query: str) -> None:
    assert said[query]["errors"] == []
    program = programs.translate(QueryRequest(query, now=datetime(2026, 1, 1, tzinfo=UTC)))
    ours = [[name, kind] for name, kind in program.statements[-1].columns if not name.startswith("Type")]
    assert ours == said[query]["columns"]
