"""duckdb-kql, which was measured against Kusto's emulator, finds the same in random graphs."""

from __future__ import annotations

import json
import random
from collections import Counter

import duckdb_kql

from jupyterlab_sentinel.backends.embedded.execution import Execution

from .test_graph_matching import Step, answered, drawn, made, query
from .test_second_opinion import _theirs

PATTERNS, PATHS = 45, 30


def _compared(execution: Execution, queries: list[str]) -> int:
    """How many of the queries both answer; their answers have to be the same."""
    other = duckdb_kql.connect()
    compared = 0
    for kql in queries:
        theirs = _theirs(other, kql)
        if theirs is None:
            continue
        compared += 1
        assert answered(execution, kql) == plain_rows(theirs), kql
    return compared


def plain_rows(rows: list[tuple[object, ...]]) -> Counter[tuple[object, ...]]:
    """Their rows, as the other file's :func:`answered` has ours."""
    return Counter(
        tuple(json.dumps(json.loads(str(cell))) if str(cell).startswith("[") else cell for cell in row) for row in rows
    )


def test_patterns(execution: Execution) -> None:
    queries = []
    for seed in range(PATTERNS):
        for cycles in ("unique_edges", "all", "none"):
            chance = random.Random(f"second {seed} {cycles}")  # noqa: S311  # no secret
            edges, sought = drawn(chance), made(chance, cycles)
            queries.append(query(edges, sought.kql()))
    assert _compared(execution, queries) > 2 * PATTERNS


def test_all_shortest_paths(execution: Execution) -> None:
    queries = []
    for seed in range(PATHS):
        chance = random.Random(f"second shortest {seed}")  # noqa: S311  # no secret
        edges = drawn(chance)
        step = Step("p", "q", chance.choice((">", "<", "")), (1, chance.randint(1, 4)))
        shown = "p.id, q.id, e0.w, i = map(inner_nodes(e0), id)"
        queries.append(query(edges, f"graph-shortest-paths output=all (p){step.kql('e0')}(q) project {shown}"))
    assert _compared(execution, queries) == PATHS
