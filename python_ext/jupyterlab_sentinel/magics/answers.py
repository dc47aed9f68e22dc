"""An answer's frame as blocks: the table, its one-line caption, and what makes it incomplete."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from ..models.frames import ATTRS_KEY
from ..models.instants import read_instant, tick_of
from .blocks import Grid, Line
from .values import count_text, seconds_text, time_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from .blocks import Block

COLUMN_LIMIT = 60


def answer_blocks(frame: pd.DataFrame, limit: int) -> list[Block]:
    """The first ``limit`` rows of ``frame``, and where they come from if its ``attrs`` tell."""
    facts = frame.attrs.get(ATTRS_KEY)
    blocks = [*grid_blocks(frame, limit)]
    if isinstance(facts, dict):
        blocks += caption(facts, frame)
    return blocks


def grid_blocks(frame: pd.DataFrame, limit: int) -> list[Block]:
    """The table, and a line that says what was left out of it."""
    total, width = frame.shape
    shown = frame.iloc[:limit, :COLUMN_LIMIT]
    cut = [f"first {limit:,} of {count_text(total, 'row')}"] if total > limit else []
    if width > COLUMN_LIMIT:
        cut.append(f"first {COLUMN_LIMIT} of {width} columns")
    if not width:
        return []
    blocks: list[Block] = [_grid(shown)]
    if cut:
        blocks.append(Line(", ".join(cut), "quiet"))
    return blocks


def caption(facts: Mapping[str, object], frame: pd.DataFrame) -> list[Block]:
    """One line: workspace, UTC range, rows, seconds; then one for each thing that makes the answer incomplete."""
    blocks: list[Block] = [Line(" · ".join(_parts(facts, frame)), "quiet")] if "query" in facts else []
    if facts.get("status") == "partial":
        reasons = [str(reason) for reason in _listed(facts.get("reasons"))]
        blocks.append(Line("Incomplete: " + ("; ".join(reasons) or "the service did not say why"), "warning"))
    blocks += [Line(str(note), "quiet") for note in (*_listed(facts.get("notes")), *_warnings(facts))]
    return blocks


def _warnings(facts: Mapping[str, object]) -> Iterable[object]:
    """What the backend could not keep exactly as it was, and what else it noticed."""
    statistics = facts.get("statistics")
    return _listed(statistics.get("warnings")) if isinstance(statistics, dict) else ()


def range_text(start: datetime | None, end: datetime | None) -> str:
    """The bounds in UTC, for people: dates alone where both are midnights."""
    days = all(moment is None or (moment.time() == time() and not tick_of(moment)) for moment in (start, end))
    first, last = (None if moment is None else _bound(moment, days=days) for moment in (start, end))
    if first is None:
        return f"before {last} UTC" if last else "all time"
    return f"{first} → {last} UTC" if last else f"from {first} UTC"


def _bound(moment: datetime, *, days: bool) -> str:
    return moment.date().isoformat() if days else time_text(moment).removesuffix(":00")


def _parts(facts: Mapping[str, object], frame: pd.DataFrame) -> list[str]:
    bounds = range_text(_moment(facts.get("start")), _moment(facts.get("end")))
    rows = facts.get("rows")
    parts = [str(facts.get("workspace", "")), bounds]
    if rows == len(frame) and _same_columns(facts, frame):
        parts.append(count_text(len(frame), "row"))
        elapsed = facts.get("elapsed_s")
        if isinstance(elapsed, (int, float)):
            parts.append(seconds_text(elapsed))
    elif isinstance(rows, int):
        parts.append(f"{count_text(len(frame), 'row')}, made from an answer of {rows:,}")
    tables = facts.get("tables")
    if tables is not None and hasattr(tables, "__len__") and len(tables) > 1:
        parts.append(f"table 1 of {len(tables)}")
    return [part for part in parts if part]


def _same_columns(facts: Mapping[str, object], frame: pd.DataFrame) -> bool:
    columns = facts.get("columns")
    if not isinstance(columns, list):
        return True
    return [name for name, _ in columns] == list(frame.columns)


def _grid(frame: pd.DataFrame) -> Grid:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    kinds = list(frame.dtypes)
    right = {at for at, kind in enumerate(kinds) if is_numeric_dtype(kind) and not is_bool_dtype(kind)}
    columns = [[value_text(value) for value in frame.iloc[:, at].tolist()] for at in range(frame.shape[1])]
    names = tuple(_heading(name) for name in frame.columns)
    rows = list(zip(*columns, strict=True)) if columns else []
    index = _index_column(frame)
    if index is not None:
        name, labels = index
        names = (name, *names)
        rows = [(label, *row) for label, row in zip(labels, rows, strict=True)]
        right = {at + 1 for at in right}
    return Grid(names, tuple(rows), frozenset(right))


def _index_column(frame: pd.DataFrame) -> tuple[str, list[str]] | None:
    """The index, unless it is only a count of the rows or what a filter left of one."""
    from pandas.api.types import is_integer_dtype

    index = frame.index
    if index.nlevels == 1 and index.name is None and is_integer_dtype(index.dtype):
        return None
    labels = [
        ", ".join(value_text(part) for part in label) if isinstance(label, tuple) else value_text(label)
        for label in index
    ]
    return ", ".join(str(name) for name in index.names if name is not None), labels


def _heading(name: object) -> str:
    return ", ".join(value_text(part) for part in name) if isinstance(name, tuple) else value_text(name)


def _moment(text: object) -> datetime | None:
    return read_instant(text) if isinstance(text, str) else None


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
