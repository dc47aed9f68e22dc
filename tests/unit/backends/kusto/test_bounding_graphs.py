"""The range on the tables that a graph is made of."""

from __future__ import annotations

import pytest

from .test_bounding import put, text

MADE = "A | make-graph s --> t with B on id"
BOUNDED = "(A | where $) | make-graph s --> t with (B | where $) on id"


CASES = {
    f"{MADE} | graph-to-table nodes": f"{BOUNDED} | graph-to-table nodes",
    f"{MADE} | graph-to-table edges with_source_id=A": f"{BOUNDED} | graph-to-table edges with_source_id=A",
    "A | make-graph s --> t with (B | where x) on id, Plain on p | graph-mark-components | graph-to-table nodes": (
        "(A | where $) | make-graph s --> t with ((B | where $) | where x) on id, Plain on p "
        "| graph-mark-components | graph-to-table nodes"
    ),
    f"{MADE} | graph-match (A)-[B*1..3]->(c) where A.x in (B) and all(B, w > 1) project c.B": (
        f"{BOUNDED} | graph-match (A)-[B*1..3]->(c) where A.x in ((B | where $)) and all(B, w > 1) project c.B"
    ),
    f"{MADE} partitioned-by B (graph-match (x)-->(y) where y.k in ((B | project k)) project x.B | take 3)": (
        f"{BOUNDED} partitioned-by B (graph-match (x)-->(y) where y.k in (((B | where $) | project k)) project x.B "
        "| take 3)"
    ),
    f"let G = {MADE}; G | graph-shortest-paths (a)-[e*1..3]->(b) project a.x": (
        f"let G = {BOUNDED}; G | graph-shortest-paths (a)-[e*1..3]->(b) project a.x"
    ),
}


@pytest.mark.parametrize("kql", CASES)
def test_the_range_is_on_edges_and_nodes(kql: str) -> None:
    assert text(kql) == CASES[kql]


def test_tables_without_a_time_are_told() -> None:
    assert put("A | make-graph s --> t with Plain on id | graph-to-table nodes").unbounded == ("Plain",)
