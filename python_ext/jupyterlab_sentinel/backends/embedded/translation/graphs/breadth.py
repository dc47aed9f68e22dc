"""Which edges lie on shortest ways: found breadth first, so that no way has to be tried that is not shortest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..relations import Ctes


@dataclass(frozen=True, slots=True)
class Field:
    """What is searched.

    :param edges: a CTE of the edges, and the identifiers of its columns: the number, the near node, the far node.
    :param passing: SQL of the nodes that a way may pass through; empty: all.
    :param reach: a CTE of the nodes (``n``) from which the goal can be reached; empty: anything is the goal.
    :param high: the most edges that a way has.
    """

    edges: str
    number: str
    near: str
    far: str
    passing: str
    reach: str
    high: int


def shortest_edges(ctes: Ctes, field: Field, seeds: str, goal: str, *, every: bool) -> str:
    """Add a CTE of the edges that shortest ways from the seeds to the goal take, and return its name.

    Its columns: ``a`` the seed, ``p`` and ``c`` the nodes that the edge leads from and to, ``e`` its number.

    :param seeds: SQL of a column with the numbers of nodes; ``goal`` is the same, or empty: any node.
    :param every: whether all shortest ways are wanted; otherwise one for each two nodes.
    """
    away = ctes.add(_distances(field, seeds), materialized=True)
    through = f" AND (k.away = 0 OR k.c IN ({field.passing}))" if field.passing else ""
    steps = (
        f"SELECT {'' if every else 'DISTINCT ON (a, c) '}k.a AS a, e.{field.near} AS p, e.{field.far} AS c, "
        f"e.{field.number} AS e FROM {away} AS k JOIN {field.edges} AS e ON e.{field.near} = k.c "
        f"JOIN {away} AS f ON f.a = k.a AND f.c = e.{field.far} AND f.away = k.away + 1{through}"
    )
    taken = ctes.add(steps if every else f"{steps} ORDER BY a, c, e", materialized=True)
    if not goal:
        return taken
    useful = ctes.add(
        f"WITH RECURSIVE u(a, c) AS (SELECT a, c FROM {away} WHERE c IN ({goal}) UNION "
        f"SELECT t.a, t.p FROM u JOIN {taken} AS t ON t.a = u.a AND t.c = u.c) SELECT a, c FROM u"
    )
    return ctes.add(f"SELECT t.* FROM {taken} AS t JOIN {useful} AS u ON u.a = t.a AND u.c = t.c", materialized=True)


def _distances(field: Field, seeds: str) -> str:
    """SQL of how far each node is from each seed: columns ``a``, ``c`` and ``away``."""
    joins, tests = "", [f"d.away < {field.high}", "k.c IS NULL"]
    if field.passing:
        tests.append(f"(d.away = 0 OR d.c IN ({field.passing}))")
    if field.reach:
        joins = f" JOIN {field.reach} AS r ON r.n = e.{field.far}"
    return (
        f"WITH RECURSIVE d(a, c, away) USING KEY (a, c) AS (SELECT s, s, 0 FROM ({seeds}) AS seeds(s) UNION "
        f"SELECT DISTINCT d.a, e.{field.far}, d.away + 1 FROM d JOIN {field.edges} AS e ON e.{field.near} = d.c{joins} "
        f"LEFT JOIN recurring.d AS k ON k.a = d.a AND k.c = e.{field.far} WHERE {' AND '.join(tests)}"
        ") SELECT a, c, away FROM d"
    )
