"""Columns of the row that ``summarize`` picks, such as the latest of each group.

Where the rows are those of one file, it is enough to pick their numbers: the columns are read afterwards, of the rows
that were picked. To carry them all through the aggregation takes four times as long and more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..relations import Column, Relation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..context import Context
    from ..relations import Scanned
    from ..values import Value


class Output(NamedTuple):
    """A column of ``summarize``.

    :param value: SQL of an aggregate or a key; where ``picked`` is set, it may be left to that.
    :param picked: SQL of the number of the row that the value is of; empty: it is computed.
    :param column: what the view calls the column of that row.
    """

    name: str
    value: Value
    picked: str = ""
    column: str = ""


_FEWEST = 2


def with_picks(scanned: Scanned, number: Value, outputs: Sequence[Output], read: Sequence[Value]) -> list[Output]:
    """The outputs, those that are columns of the file as picks of the row of that number.

    :param read: what each output reads of the row.
    """
    own = [value.sql if value.sql in scanned.columns else "" for value in read]
    if len(own) - own.count("") < _FEWEST:
        return list(outputs)
    return [
        output._replace(picked=number.sql, column=scanned.columns[ref]) if ref else output
        for output, ref in zip(outputs, own, strict=True)
    ]


def summarized(context: Context, rows: Relation, grouped: Sequence[Output], outputs: Sequence[Output]) -> Relation:
    """One row a group, or one row where there are no groups."""
    refs = [context.ctes.new_ref() for _ in (*grouped, *outputs)]
    placed = list(zip([*grouped, *outputs], refs, strict=True))
    columns = tuple(Column(output.name, output.value.type, ref) for output, ref in placed)
    whole = _aggregated([f"{output.value.sql} AS {ref}" for output, ref in placed], rows, len(grouped))
    scanned = context.ctes.scanned.get(rows.source)
    if scanned is None or not any(output.picked for output in outputs):
        return Relation(context.ctes.add(whole), columns)
    return Relation(_Picking(context, rows, len(grouped), placed, scanned).source(whole), columns)


def _aggregated(parts: Sequence[str], rows: Relation, keys: int) -> str:
    sql = f"SELECT {', '.join(parts)} FROM {rows.source}"
    return f"{sql} GROUP BY {', '.join(str(place + 1) for place in range(keys))}" if keys else sql


class _Picking:
    """The statement in three: numbers of rows by group, the columns of those rows, and both together."""

    def __init__(
        self, context: Context, rows: Relation, keys: int, placed: Sequence[tuple[Output, str]], scanned: Scanned
    ) -> None:
        self._ctes = context.ctes
        self._rows = rows
        self._keys = keys
        self._scanned = scanned
        self._computed = [(output, ref) for output, ref in placed if not output.picked]
        self._picks = [(output, ref, self._ctes.new_ref()) for output, ref in placed if output.picked]
        self._numbers = {output.picked: self._ctes.new_ref() for output, _, _ in self._picks}

    def source(self, whole: str) -> str:
        """The CTE; ``whole`` is the statement in one, for when no column of the picked rows is read of it."""
        # Once: where several rows are as good, another might be picked the second time.
        chosen = self._ctes.add(self._chosen, materialized=True)
        joins = {number: self._read(chosen, number) for number in self._numbers}

        def body(needed: frozenset[str]) -> str:
            picks = [pick for pick in self._picks if pick[1] in needed]
            if not picks:
                return whole
            parts = [f"m.{ref} AS {ref}" for _, ref in self._computed if ref in needed]
            parts.extend(f"{_filled(output, own)} AS {ref}" for output, ref, own in picks)
            used = dict.fromkeys(output.picked for output, _, _ in picks)
            return f"SELECT {', '.join(parts)} FROM {chosen} AS m{''.join(joins[number] for number in used)}"

        return self._ctes.add(body)

    def _chosen(self, needed: frozenset[str]) -> str:
        keys, others = self._computed[: self._keys], self._computed[self._keys :]
        parts = [f"{output.value.sql} AS {ref}" for output, ref in keys]
        parts.extend(f"{output.value.sql} AS {ref}" for output, ref in others if ref in needed)
        parts.extend(f"{number} AS {ref}" for number, ref in self._numbers.items() if ref in needed)
        return _aggregated(parts, self._rows, self._keys)

    def _read(self, chosen: str, number: str) -> str:
        """The JOIN with the rows of one number."""
        wanted, own = self._numbers[number], self._ctes.new_ref()
        scanned = self._scanned

        def body(needed: frozenset[str]) -> str:
            parts = [f"s.{scanned.number} AS {own}"]
            parts.extend(
                f"{output.column} AS {ref}"
                for output, _, ref in self._picks
                if output.picked == number and ref in needed
            )
            return (
                f"SELECT {', '.join(parts)} FROM {scanned.view} AS s "
                f"SEMI JOIN {chosen} AS m ON s.{scanned.number} = m.{wanted}"
            )

        source = self._ctes.add(body)
        return f" LEFT JOIN {source} AS {own}s ON {own}s.{own} = m.{wanted}"


def _filled(output: Output, ref: str) -> str:
    return f"coalesce({ref}, '')" if output.value.type == "string" else ref
