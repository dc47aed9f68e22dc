"""The grammar of the graph operators."""

from __future__ import annotations

import pytest

from jupyterlab_sentinel.errors import KqlSyntaxError
from jupyterlab_sentinel.kql import tree
from jupyterlab_sentinel.kql.check import check_syntax
from jupyterlab_sentinel.kql.parser import parse_query

READ = (
    "E | make-graph s --> t",
    "E | make-graph s-->t with_node_id = id | graph-to-table nodes",
    "E | make-graph ['s s'] --> t with_node_id=['i d'] | graph-to-table nodes with_node_id=['x y']",
    "E | make-graph s --> t with N on id, (M | where age > 3) on mid | graph-to-table nodes",
    "E | make-graph s --> t with f('x') on id | graph-to-table edges with_target_id=b with_source_id=a as X",
    "E | make-graph s --> t with N on id partitioned-by c ( graph-match (a)-->(b) project a.x | take 3 )",
    "E | make-graph s -- t with_node_id=n | graph-where-nodes x == 1 | graph-where-edges y == 1 | graph-to-table edges",
    "G | graph-match (a)-->(b)<--(c)--(d) project a.x",
    "G | graph-match cycles = none (a)-[e]->(b)<-[f]-(c)-[g]-(d), (a)-->()<--(e2) where a.x == 1 project y = a.x, b.x",
    "G | graph-match (a)-[e*1..3]->(b)<-[*0..k]-(c) where all(e, w > 1) project map(inner_nodes(e), x)",
    "G | graph-match (a)-[e*low..toscalar(N | count)]-(b) project a.x",
    "G | graph-match (['a b'])-[['x y']*1..2]->() project ['a b'].name",
    "G | graph-match (a)-[]->(b)",
    "G | graph-match (a)<-[e]->(b) project a.x",
    "G | graph-shortest-paths output=all cycles=none (a)-[e*1..5]->(b) where a.x == 1 project b.x",
    "G | graph-mark-components kind = strong with_component_id=c | graph-to-table nodes as N, edges as M; N; M",
    "let G = E | make-graph s --> t; G | graph-match (node) project node.x | count",
)
UNREAD = {
    "E | make-graph s -> t": "Expected '-' in the arrow --> but found '>'.",
    "E | make-graph s -[e]-> t": "Expected '-' in the arrow --> but found '['.",
    "E | make-graph s --> t with N | graph-to-table nodes": "Expected 'on' after the table of nodes but found '|'.",
    "G | graph-match a-->b project a.x": "Expected '(' before a node of the pattern but found 'a'.",
    "G | graph-match (a:person)-->(b) project a.x": "Expected ')' after the node but found ':'.",
    "G | graph-match (a)->(b) project a.x": "Expected '-' in the edge but found '>'.",
    "G | graph-match (a)-->project a.x": "Expected '(' before a node of the pattern but found 'project'.",
    "G | graph-match (a)-[e*3]->(b) project a.x": "Expected '..' between the least and the most edges but found ']'.",
    "G | graph-match (a)-[e*]->(b) project a.x": "Expected an expression but found ']'.",
    "G | graph-match (a)-[e*3..]->(b) project a.x": "Expected an expression but found ']'.",
    "G | graph-to-table rows": "Expected 'nodes' or 'edges' but found 'rows'.",
    "E | make-graph s --> t partitioned by c (count)": "Expected '-' in partitioned-by but found 'by'.",
}


@pytest.mark.parametrize("query", READ)
def test_read(query: str) -> None:
    check_syntax(query)


@pytest.mark.parametrize("query", UNREAD)
def test_unread(query: str) -> None:
    with pytest.raises(KqlSyntaxError) as caught:
        check_syntax(query)
    assert caught.value.message == UNREAD[query]
    assert caught.value.position is not None


def test_tree_of_a_pattern() -> None:
    pipe = parse_query("G | graph-match (a)-[e*1..3]->(b)<--()-[f]-(c) project a.x").statements[0]
    assert isinstance(pipe, tree.Pipe)
    (sequence,) = pipe.operators[0].patterns
    shown = [
        (each.name, "node") if isinstance(each, tree.PatternNode) else (each.name, each.direction, each.low is not None)
        for each in sequence
    ]
    assert shown == [("a", "node"), ("e", ">", True), ("b", "node"), ("", "<", False), ("", "node"),
                     ("f", "", False), ("c", "node")]  # fmt: skip
