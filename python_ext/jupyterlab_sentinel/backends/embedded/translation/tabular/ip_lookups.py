"""``evaluate ipv4_lookup`` and ``ipv6_lookup``: rows beside the networks that their addresses are in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .....kql import tree
from ...conversion import literal
from ..expressions import bind
from ..relations import Column, Relation
from .evaluate import PluginCall, plugin

if TYPE_CHECKING:
    from .....kql.tree import Expression


@dataclass(frozen=True, slots=True)
class _Family:
    """How SQL reads an address: as what compares, the bits of its prefix, and as many bits of one that compares.

    :param found_first: whether the columns of the lookup table go before the others, as a documented output has it.
    """

    address: str
    bits: str
    masked: str
    found_first: bool

    def network(self, text: str) -> str:
        """An address with its prefix applied."""
        return self.masked.format(self.address.format(text), self.bits.format(text))


_IPV4 = _Family("kql_ipv4({0})", "kql_ipv4_bits({0})", "kql_ipv4_masked({0}, {1})", found_first=False)
_IPV6 = _Family("kql_ipv6({0}).h", "kql_ipv6({0}).n", "kql_hex_masked({0}, {1})", found_first=True)


@plugin("ipv4_lookup", "return_unmatched")
def _ipv4_lookup(call: PluginCall) -> Relation:
    return _lookup(call, _IPV4)


@plugin("ipv6_lookup", "return_unmatched")
def _ipv6_lookup(call: PluginCall) -> Relation:
    if len(_flag(call)[0]) > 3:
        call.fail("it takes a table, the column with the address, and that table's column with the network.")
    return _lookup(call, _IPV6)


def _lookup(call: PluginCall, family: _Family) -> Relation:
    """A row for each match; with ``return_unmatched`` also the rows that match nothing."""
    from .sources import bind_table, sealed

    args, unmatched = _flag(call)
    if len(args) < 3:
        call.fail("it takes a table, the column with the address, and that table's column with the network.")
    context = call.context
    other = sealed(context, bind_table(context, args[0]))
    call = replace(call, args=args)
    address = call.column(1)
    network = _column(call, other, args[2])
    extra = [(call.column(place), _column(call, other, args[place])) for place in range(3, len(args))]
    for column in (address, network, *(each for pair in extra for each in pair)):
        if column.type != "string":
            call.fail(f"it compares texts, and {column.name} is a {column.type}.", "Convert it with tostring() first.")
    return _joined(call, other, (address, network), extra, family, unmatched=unmatched)


def _flag(call: PluginCall) -> tuple[tuple[Expression, ...], bool]:
    args, given = call.args, call.named.get("return_unmatched")
    if given is None and args and isinstance(args[-1], tree.Literal) and args[-1].type == "bool":
        args, given = args[:-1], args[-1]
    if given is None:
        return args, False
    value = bind(call.context, given, None).constant
    if not isinstance(value, bool):
        call.fail("return_unmatched has to be true or false.")
    return args, value


def _column(call: PluginCall, table: Relation, node: Expression) -> Column:
    column = table.find(node.name) if isinstance(node, tree.Name) else None
    if column is None:
        known = (each.name for each in table.columns)
        call.context.unknown(node.at, "column of the lookup table", getattr(node, "name", ""), known)
    return column


def _joined(
    call: PluginCall,
    other: Relation,
    on: tuple[Column, Column],
    extra: list[tuple[Column, Column]],
    family: _Family,
    *,
    unmatched: bool,
) -> Relation:
    """Networks by length and masked address: an equality, which a large table can be joined on."""
    context, rows = call.context, call.rows
    row, net, bits = context.ctes.new_ref(), context.ctes.new_ref(), context.ctes.new_ref()
    left = context.ctes.add(f"SELECT *, row_number() OVER () AS {row} FROM {rows.source}", materialized=True)
    dropped = {column.ref for _, column in extra}
    added = [column for column in other.visible if column.ref not in dropped]
    fresh = {column.ref: context.ctes.new_ref() for column in (*added, *(column for _, column in extra))}
    listed = ", ".join(f"{old} AS {new}" for old, new in fresh.items())
    table = context.ctes.add(
        f"SELECT {listed}, {family.network(on[1].ref)} AS {net}, {family.bits.format(on[1].ref)} AS {bits} "
        f"FROM {other.source} WHERE {family.network(on[1].ref)} IS NOT NULL",
        materialized=True,
    )
    length, masked, own = context.ctes.new_ref(), context.ctes.new_ref(), context.ctes.new_ref()
    lengths = context.ctes.add(f"SELECT DISTINCT {bits} AS {length} FROM {table}")
    own_bits, own_address = family.bits.format(on[0].ref), family.address.format(on[0].ref)
    broader = literal(f"{call.node.name}: an address to look up is a network broader than one it is compared with")
    probes = context.ctes.add(
        f"SELECT {left}.{row} AS {own}, {length}, {', '.join([*(a.ref for a, _ in extra), ''])}"
        f"CASE WHEN {own_bits} < {length} THEN error({broader}) "
        f"ELSE {family.masked.format(own_address, length)} END AS {masked} "
        f"FROM {left}, {lengths} WHERE {own_address} IS NOT NULL AND {own_bits} IS NOT NULL"
    )
    equal = "".join(f" AND p.{a.ref} = n.{fresh[b.ref]}" for a, b in extra)
    names = ", ".join(fresh.values())
    pairs = context.ctes.add(
        f"SELECT {own}, {names} FROM {probes} AS p JOIN {table} AS n ON {length} = {bits} AND {masked} = {net}{equal}"
    )
    columns, items = _outputs(call, added, fresh, found_first=family.found_first)
    kind = "LEFT" if unmatched else "INNER"
    source = context.ctes.add(f"SELECT {items} FROM {left} AS a {kind} JOIN {pairs} AS b ON a.{row} = b.{own}")
    return Relation(source, columns)


def _outputs(
    call: PluginCall, added: list[Column], fresh: dict[str, str], *, found_first: bool
) -> tuple[tuple[Column, ...], str]:
    context = call.context
    columns: list[Column] = []
    items: list[str] = []
    taken: set[str] = set()
    sources = [(column, f"a.{column.ref}") for column in call.rows.visible]
    found = [(column, f"b.{fresh[column.ref]}") for column in added]
    sources = [*found, *sources] if found_first else [*sources, *found]
    for column, sql in sources:
        name, copy = column.name, 0
        while name in taken:
            copy += 1
            name = f"{column.name}{copy}"
        taken.add(name)
        ref = context.ctes.new_ref()
        items.append(f"{_filled(column, sql)} AS {ref}")
        columns.append(Column(name, column.type, ref))
    return tuple(columns), ", ".join(items)


def _filled(column: Column, sql: str) -> str:
    return f"coalesce({sql}, '')" if column.type == "string" else sql
