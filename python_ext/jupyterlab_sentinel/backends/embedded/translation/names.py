"""The names that Kusto gives to columns that the query leaves unnamed.

Facts, as they were measured on Kusto's emulator and published by the authors of duckdb-kql.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....kql import tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....kql.tree import Expression

# Functions whose result is called as their first argument.
_KEEPING = frozenset(
    [
        "tostring",
        "toint",
        "tolong",
        "todouble",
        "toreal",
        "tobool",
        "toboolean",
        "todatetime",
        "totimespan",
        "toguid",
        "todecimal",
        "tohex",
        "todynamic",
        "parse_json",
        "split",
        "bin",
        "bin_at",
        "bin_auto",
        "floor",
        "ceiling",
        "round",
        "startofday",
        "abs",
        "sqrt",
        "log",
        "log10",
        "log2",
        "exp",
        "exp2",
        "gamma",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "atan2",
        "binary_and",
        "binary_or",
        "binary_xor",
        "binary_not",
        "binary_shift_left",
        "binary_shift_right",
        "format_datetime",
    ]
)
_PREFIXED = {"strlen": "strlen", "gettype": "type", "dcount_hll": "dcount_hll"} | dict.fromkeys(
    ("percentile_tdigest", "percentiles_array_tdigest", "percentile_array_tdigest"), "percentile_tdigest"
)

# Aggregates that are scalar functions, too: what the latter's result is called.
_MERGED = {
    "hll_merge": "hll_merged_result",
    "tdigest_merge": "tdigests_merge_result",
    "merge_tdigest": "tdigests_merge_result",
}


def own_name(node: Expression) -> str | None:
    """The name that an unnamed expression brings along, or None for ``ColumnN``."""
    match node:
        case tree.Name():
            return node.name
        case tree.Named():
            return node.names[0]
        case tree.Member():
            if isinstance(node.base, tree.Name) and node.base.name in ("$left", "$right"):
                return node.name
            return _joined(node.base, node.name)
        case tree.Index(index=tree.Literal(value=value)) if value is not None:
            return _joined(node.base, str(value).replace("-", "_"))
        case tree.Call():
            return _call_name(node)
    return None


def _joined(base: Expression, step: str) -> str:
    stem = own_name(base)
    return f"{stem}_{step}" if stem else step


def _call_name(node: tree.Call) -> str | None:
    from .aggregates import AGGREGATES

    first = node.args[0] if node.args else None
    if first is not None and node.name in _KEEPING:
        return own_name(first)
    if node.name in _PREFIXED and first is not None:
        return f"{_PREFIXED[node.name]}_{own_name(first) or ''}"
    if node.name in ("array_sort_asc", "array_sort_desc") and first is not None and (stem := own_name(first)):
        return f"{stem}_sorted"
    if len(node.args) > 1 and node.name in _MERGED:
        return _MERGED[node.name]
    aggregate = AGGREGATES.get(node.name)
    if aggregate is None:
        return None
    if aggregate.prefix is None:
        return own_name(first) if first is not None else None
    if node.name == "countif" or first is None:
        return f"{aggregate.prefix}_"
    suffix = ""
    if node.name in ("percentile", "percentilew"):
        suffix = _percent_suffix(node.args[-1])
    elif node.name.startswith("covariance") and len(node.args) > 1:
        suffix = f"_{own_name(node.args[1]) or ''}"
    return f"{aggregate.prefix}_{own_name(first) or ''}{suffix}"


def _percent_suffix(percent: Expression) -> str:
    if isinstance(percent, tree.Literal) and isinstance(percent.value, int | float):
        return f"_{percent_text(percent.value)}"
    return ""


def percent_text(percent: float) -> str:
    """A percentage as part of a name: ``99_9``."""
    return str(int(percent) if float(percent).is_integer() else percent).replace(".", "_")


def free_name(name: str, taken: Collection[str]) -> str:
    """``name``, or the first of ``name1``, ``name2`` … that nothing has."""
    free, copy = name, 0
    while free in taken:
        copy += 1
        free = f"{name}{copy}"
    return free


class Namer:
    """Gives the columns of one operator their names, left to right.

    :param reserved: names that the query spells out, which a generated name avoids.
    :param skip: names that ``ColumnN`` steps past.
    """

    def __init__(self, reserved: Iterable[str] = (), skip: Iterable[str] = ()) -> None:
        self._taken: set[str] = set()
        self._reserved = set(reserved)
        self._skip = set(skip)
        self._place = 0

    def name(self, node: Expression) -> str:
        """The name of an item."""
        return self.take(own_name(node) or self.positional())

    def positional(self) -> str:
        """The next ``ColumnN``."""
        self._place += 1
        while f"Column{self._place}" in self._skip:
            self._place += 1
        return f"Column{self._place}"

    def take(self, base: str) -> str:
        """``base``, or the first of ``base1``, ``base2`` … that is free."""
        name, copy = base, 0
        while name in self._taken or (copy and name in self._reserved):
            copy += 1
            name = f"{base}{copy}"
        self._taken.add(name)
        return name
