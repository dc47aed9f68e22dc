"""``make-graph``: a graph of a table of edges and tables of nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..relations import Column, Relation
from ..values import null
from .graph import Elements, Graph, Partitions

if TYPE_CHECKING:
    from ..context import Context


@dataclass(frozen=True, slots=True)
class _Ends:
    """The table of edges: its source and target columns, and the column of partitions."""

    rows: Relation
    source: Column
    target: Column
    part: Column | None


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of nodes, one row for each id, in a CTE.

    :param key: the identifier of the ids' column; ``name`` is what the query calls it.
    :param part: the identifier of the partitions' column, or empty.
    :param present: the identifier of a column that is true.
    """

    source: str
    name: str
    key: str
    part: str
    present: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class _Ids:
    """A CTE with all nodes: identifiers of the id, the number, and the partition or empty."""

    source: str
    key: str
    number: str
    part: str


def make_graph(context: Context, node: tree.Operator, rows: Relation) -> Graph:
    """The graph whose edges are the rows.

    :raises KqlSemanticError: a column that is missing, ids of different types.
    """
    if "undirected" in node.parameters:
        context.refuse(
            node.at, "make-graph of undirected edges", "Write -->; graph-match follows edges both ways by --."
        )
    for name in node.parameters:
        if name.startswith("hint."):
            context.warnings[f"{name} has no effect here."] = None
    ends = _ends(context, node, rows)
    tables = [_node_table(context, node, ends, pipe, key) for pipe, key in zip(node.pipes, node.by, strict=True)]
    if ends.part is not None and not tables:
        context.fail(node.at, "partitioned-by needs tables of nodes, which have the column of the partitions, too.")
    raw, number = _numbered(context, ends)
    ids = _ids(context, raw, ends, tables)
    return _graph(context, node, (raw, number), ends, tables, ids)


def _column(context: Context, name: object, rows: Relation) -> Column:
    if not isinstance(name, tree.Name):
        raise TypeError
    column = rows.find(name.name)
    if column is None:
        context.unknown(name.at, "column", name.name, (each.name for each in rows.columns))
    return column


def _ends(context: Context, node: tree.Operator, rows: Relation) -> _Ends:
    source, target = (_column(context, item, rows) for item in node.items)
    by = node.parameters.get("partitioned-by")
    part = _column(context, by, rows) if by is not None else None
    for column, item in ((source, node.items[0]), (target, node.items[1]), (part, by)):
        if column is not None and item is not None and column.type == "dynamic":
            context.fail(item.at, "A dynamic cannot be the id of a node.", "Convert it with tostring() or tolong().")
    if source.type != target.type:
        context.fail(
            node.items[1].at,
            f"The edges' source is a {source.type} and their target a {target.type}: ids have one type.",
            "Convert one with tostring() or tolong() before make-graph.",
        )
    return _Ends(rows, source, target, part)


def _node_table(context: Context, node: tree.Operator, ends: _Ends, pipe: tree.Pipe, key: object) -> _Table:
    from ..tabular.sources import bind_pipe

    rows = bind_pipe(context, pipe)
    column = _column(context, key, rows)
    if not isinstance(key, tree.Name):
        raise TypeError
    if column.type != ends.source.type:
        context.fail(
            key.at,
            f"The nodes' id is a {column.type}, and the edges name nodes by a {ends.source.type}.",
            "Convert one with tostring() or tolong() before make-graph.",
        )
    part = None
    if ends.part is not None:
        by = node.parameters["partitioned-by"]
        part = rows.find(ends.part.name)
        if part is None or part.type != ends.part.type:
            context.fail(by.at, f"Each table of nodes needs the column {ends.part.name!r}, a {ends.part.type}, too.")
    return _one_row_each(context, rows, column, part)


def _one_row_each(context: Context, rows: Relation, key: Column, part: Column | None) -> _Table:
    """The first row of each id, as the article leaves open which."""
    fresh = {column.name: replace(column, ref=context.ctes.new_ref()) for column in rows.columns}
    id_ref, place, present = (context.ctes.new_ref() for _ in range(3))
    part_ref = context.ctes.new_ref() if part is not None else ""
    pairs = {fresh[column.name].ref: column.ref for column in rows.columns}
    keys = [f"{key.ref} AS {id_ref}", *([f"{part.ref} AS {part_ref}"] if part is not None else [])]
    unique = ", ".join(each for each in (id_ref, part_ref) if each)

    def body(needed: frozenset[str]) -> str:
        items = [*keys, *(f"{old} AS {new}" for new, old in pairs.items() if new in needed)]
        numbered = (
            f"SELECT {', '.join(items)}, row_number() OVER ({rows.order_sql.strip()}) AS {place} FROM {rows.source}"
        )
        return f"SELECT DISTINCT ON ({unique}) *, true AS {present} FROM ({numbered}) ORDER BY {unique}, {place}"

    source = context.ctes.add(body, materialized=True)
    return _Table(source, key.name, id_ref, part_ref, present, tuple(fresh[column.name] for column in rows.columns))


def _numbered(context: Context, ends: _Ends) -> tuple[str, str]:
    """A CTE with the edges, whose numbers all that read them must see alike, and the identifier of the numbers."""
    number = context.ctes.new_ref()
    always = {ends.source.ref, ends.target.ref, ends.part.ref if ends.part else ""}
    refs = list(dict.fromkeys(column.ref for column in ends.rows.columns))

    def body(needed: frozenset[str]) -> str:
        items = ", ".join(ref for ref in refs if ref in needed or ref in always)
        return f"SELECT row_number() OVER () AS {number}, {items} FROM {ends.rows.source}"

    return context.ctes.add(body, materialized=True), number


def _ids(context: Context, raw: str, ends: _Ends, tables: list[_Table]) -> _Ids:
    key, number = context.ctes.new_ref(), context.ctes.new_ref()
    part = context.ctes.new_ref() if ends.part is not None else ""
    of_edges = f", {ends.part.ref} AS {part}" if ends.part is not None else ""
    legs = [f"SELECT {end.ref} AS {key}{of_edges} FROM {raw}" for end in (ends.source, ends.target)]
    legs.extend(
        f"SELECT {table.key} AS {key}{f', {table.part} AS {part}' if part else ''} FROM {table.source}"
        for table in tables
    )
    order = ", ".join(each for each in (part, key) if each)
    sql = f"SELECT *, row_number() OVER (ORDER BY {order}) AS {number} FROM ({' UNION '.join(legs)})"
    return _Ids(context.ctes.add(sql, materialized=True), key, number, part)


def _same(pairs: list[tuple[str, str]]) -> str:
    """Whether ids are the same; a null is an id like any other."""
    return " AND ".join(f"{a} IS NOT DISTINCT FROM {b}" for a, b in pairs)


def _graph(
    context: Context, node: tree.Operator, edges: tuple[str, str], ends: _Ends, tables: list[_Table], ids: _Ids
) -> Graph:
    raw, number = edges
    start, end = context.ctes.new_ref(), context.ctes.new_ref()
    joins = ""
    for alias, column in (("a", ends.source), ("b", ends.target)):
        pairs = [(f"{alias}.{ids.key}", f"r.{column.ref}")]
        if ends.part is not None:
            pairs.append((f"{alias}.{ids.part}", f"r.{ends.part.ref}"))
        joins += f" JOIN {ids.source} AS {alias} ON {_same(pairs)}"
    refs = list(dict.fromkeys(column.ref for column in ends.rows.columns))

    def body(needed: frozenset[str]) -> str:
        items = "".join(f", r.{ref}" for ref in refs if ref in needed)
        return f"SELECT r.{number}, a.{ids.number} AS {start}, b.{ids.number} AS {end}{items} FROM {raw} AS r{joins}"

    source = context.ctes.add(body, materialized=True)
    return _with_nodes(
        context, node, Elements(source, number, ends.rows.columns), (start, end), tables, (ids, ends.source.type)
    )


def _with_nodes(
    context: Context,
    node: tree.Operator,
    edges: Elements,
    ends: tuple[str, str],
    tables: list[_Table],
    keyed: tuple[_Ids, str],
) -> Graph:
    """The graph of numbered edges, with the properties of its nodes."""
    ids, kind = keyed
    columns, values, split = _properties(context, tables, ids)
    named = node.parameters.get("with_node_id")
    id_ref, into, out = (context.ctes.new_ref() for _ in range(3))
    if isinstance(named, tree.Name):
        columns = (Column(named.name, kind, id_ref),)
    values[id_ref] = f"i.{ids.key}"
    values[into], values[out] = (f"coalesce({alias}.{alias}n, 0)" for alias in ("din", "dout"))
    partitions, joined = _partitions(context, ids)
    if partitions is not None:
        values[partitions.of_node] = f"p.{partitions.ref}"

    def body(needed: frozenset[str]) -> str:
        items = "".join(f", {sql} AS {ref}" for ref, sql in values.items() if ref in needed)
        from_tables = "".join(_joined(place, table, ids) for place, table in enumerate(tables) if f"t{place}." in items)
        degrees = "".join(
            f" LEFT JOIN (SELECT {side} AS n, count(*) AS {alias}n FROM {edges.source} GROUP BY {side}) AS {alias} "
            f"ON {alias}.n = i.{ids.number}"
            for alias, side in (("din", ends[1]), ("dout", ends[0]))
            if f"({alias}." in items
        )
        return f"SELECT i.{ids.number}{items} FROM {ids.source} AS i{from_tables}{degrees}{joined}"

    nodes = Elements(context.ctes.add(body, materialized=True), ids.number, columns)
    return Graph(nodes, edges, *ends, Column("", kind, id_ref), into, out, split, partitions)


def _joined(place: int, table: _Table, ids: _Ids) -> str:
    pairs = [(f"t{place}.{table.key}", f"i.{ids.key}")]
    if ids.part:
        pairs.append((f"t{place}.{table.part}", f"i.{ids.part}"))
    return f" LEFT JOIN {table.source} AS t{place} ON {_same(pairs)}"


def _partitions(context: Context, ids: _Ids) -> tuple[Partitions | None, str]:
    """The partitions, numbered, and SQL that joins them to the ids."""
    if not ids.part:
        return None, ""
    ref, of_node = context.ctes.new_ref(), context.ctes.new_ref()
    each = f"SELECT DISTINCT {ids.part} FROM {ids.source}"
    sql = f"SELECT {ids.part}, row_number() OVER (ORDER BY {ids.part}) AS {ref} FROM ({each})"
    source = context.ctes.add(sql, materialized=True)
    joined = f" JOIN {source} AS p ON {_same([(f'p.{ids.part}', f'i.{ids.part}')])}"
    return Partitions(source, ref, of_node), joined


def _properties(
    context: Context, tables: list[_Table], ids: _Ids
) -> tuple[tuple[Column, ...], dict[str, str], frozenset[str]]:
    """The properties that all tables together give, SQL of each by its identifier, and those of several types.

    What several tables know of a node is merged. A node that is in none has its id wherever a table has ids.
    """
    holders: dict[str, list[tuple[int, Column]]] = {}
    for place, table in enumerate(tables):
        for column in table.columns:
            holders.setdefault(column.name, []).append((place, column))
    absent = " AND ".join(f"t{place}.{table.present} IS NULL" for place, table in enumerate(tables))
    columns: list[Column] = []
    values: dict[str, str] = {}
    split: set[str] = set()
    for name, held in holders.items():
        kind = held[0][1].type
        if any(column.type != kind for _, column in held):
            split.add(name)
            continue
        keys = [place for place, _ in held if tables[place].name == name]
        choices = [
            f"CASE WHEN t{place}.{tables[place].present} THEN i.{ids.key} END"
            if place in keys
            else f"nullif(t{place}.{column.ref}, '')"
            if kind == "string"
            else f"t{place}.{column.ref}"
            for place, column in held
        ]
        if keys:
            choices.append(f"CASE WHEN {absent} THEN i.{ids.key} END")
        if kind == "string":
            choices.append(null("string").sql)
        ref = context.ctes.new_ref()
        columns.append(Column(name, kind, ref, hidden=all(column.hidden for _, column in held)))
        values[ref] = f"i.{ids.key}" if len(keys) == len(tables) else f"coalesce({', '.join(choices)})"
    return tuple(columns), values, frozenset(split)
