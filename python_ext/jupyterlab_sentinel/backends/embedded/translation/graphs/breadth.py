"""Which edges lie on shortest ways: found breadth first, so that no way has to be tried that is not shortest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..relations import Ctes


_LEVELS = 12


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
    away = _distances(ctes, field, seeds)
    through = f" WHERE k.away = 0 OR k.c IN ({field.passing})" if field.passing else ""
    # Apart from the next join: DuckDB would else join what has a seed in common, which may be everything.
    steps = ctes.add(
        f"SELECT k.a AS a, e.{field.near} AS p, e.{field.far} AS c, e.{field.number} AS e, k.away + 1 AS away "
        f"FROM {away} AS k JOIN {field.edges} AS e ON e.{field.near} = k.c{through}",
        materialized=True,
    )
    columns = f"s.a, s.p, s.c, s.e FROM {steps} AS s JOIN {away} AS f ON f.a = s.a AND f.c = s.c AND f.away = s.away"
    one = f"SELECT DISTINCT ON (s.a, s.c) {columns} ORDER BY s.a, s.c, s.e"
    taken = ctes.add(f"SELECT {columns}" if every else one, materialized=True)
    if not goal:
        return taken
    useful = ctes.add(
        f"WITH RECURSIVE u(a, c) AS (SELECT a, c FROM {away} WHERE c IN ({goal}) UNION "
        f"SELECT t.a, t.p FROM u JOIN {taken} AS t ON t.a = u.a AND t.c = u.c) SELECT a, c FROM u"
    )
    return ctes.add(f"SELECT t.* FROM {taken} AS t JOIN {useful} AS u ON u.a = t.a AND u.c = t.c", materialized=True)


def _distances(ctes: Ctes, field: Field, seeds: str) -> str:
    """Add a CTE of how far each node is from each seed, with columns ``a``, ``c`` and ``away``, and return its name.

    A CTE for each of the first steps: unlike a recursive one they can be interrupted at any time, and spilled.
    """
    joins = f" JOIN {field.reach} AS r ON r.n = e.{field.far}" if field.reach else ""
    levels = [ctes.add(f"SELECT s AS a, s AS c FROM ({seeds}) AS seeds(s)", materialized=True)]
    for step in range(min(field.high, _LEVELS)):
        through = f" WHERE d.c IN ({field.passing})" if field.passing and step else ""
        known = " UNION ALL ".join(f"SELECT a, c FROM {level}" for level in levels)
        further = (
            f"SELECT DISTINCT d.a AS a, e.{field.far} AS c "
            f"FROM {levels[-1]} AS d JOIN {field.edges} AS e ON e.{field.near} = d.c{joins}{through}"
        )
        sql = f"SELECT n.a, n.c FROM ({further}) AS n ANTI JOIN ({known}) AS k ON k.a = n.a AND k.c = n.c"
        levels.append(ctes.add(sql, materialized=True))
    found = " UNION ALL ".join(f"SELECT a, c, {step} AS away FROM {level}" for step, level in enumerate(levels))
    if field.high <= _LEVELS:
        return ctes.add(found)
    tests = [f"d.away < {field.high}", "k.c IS NULL"]
    if field.passing:
        tests.append(f"(d.away = 0 OR d.c IN ({field.passing}))")
    return ctes.add(
        f"WITH RECURSIVE d(a, c, away) USING KEY (a, c) AS ({found} UNION "
        f"SELECT DISTINCT d.a, e.{field.far}, d.away + 1 FROM d JOIN {field.edges} AS e ON e.{field.near} = d.c{joins} "
        f"LEFT JOIN recurring.d AS k ON k.a = d.a AND k.c = e.{field.far} WHERE {' AND '.join(tests)}"
        ") SELECT a, c, away FROM d",
        materialized=True,
    )
