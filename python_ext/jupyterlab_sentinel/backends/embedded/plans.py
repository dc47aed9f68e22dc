"""What becomes of the columns of a source: their KQL types, and the SQL of their values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .conversion import from_stored, from_text, stored_type
from .event_logs import TIME_COLUMNS
from .inference import (
    READY,
    columns_that_fail,
    epoch_unit,
    fitting_forms,
    infer_types,
    lie_ready,
    times_among,
)
from .tables import TIME_COLUMN, StoredColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from .scans import Scan, ScanColumn


@dataclass(frozen=True, slots=True)
class Plan:
    """How a source becomes a view: from itself, or (``convert``) from a Parquet file made of it once.

    :param values: SQL of each column's value over the scan, in the engine's form.
    :param raw_time: SQL of TimeGenerated as the file has it, where its own statistics can be used; or empty.
    """

    columns: tuple[StoredColumn, ...]
    values: tuple[str, ...]
    convert: bool
    raw_time: str
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The type of a column, and its SQL where neither text nor stored form tells it."""

    column: ScanColumn
    type: str
    value: str = ""


def planned(
    connection: duckdb.DuckDBPyConnection, scan: Scan, types: Mapping[str, str], *, convert: bool, checked: bool = False
) -> Plan:
    """Decide on every column of a scan.

    :param types: KQL types that are known by name: the workspace's or the catalogue's.
    :param convert: whether the source cannot be read in place anyway.
    :param checked: whether the source was read in place before, so that its texts need not be looked at.
    """
    chosen, notices = _chosen(connection, scan, _unique(scan.columns), types)
    if scan.typed:
        chosen = _in_place(connection, scan, chosen, checked=checked)
    made = _made_time(chosen, scan.time) or _counted_time(connection, scan, chosen)
    if made is None:
        notices.extend(_not_quite_times(connection, scan, chosen))
    else:
        chosen.append(made[0])
        notices.append(made[1])
    values: list[str] = []
    raw_time = ""
    for each in chosen:
        value, reads_text = _value(each)
        convert = convert or reads_text
        values.append(value)
        if each.column.name == TIME_COLUMN and each.type == "datetime" and each.column.stored.startswith("TIMESTAMP"):
            raw_time = each.column.value
    columns = tuple(StoredColumn(each.column.name, each.type, f"c{place}") for place, each in enumerate(chosen))
    return Plan(columns, tuple(values), convert, "" if convert else raw_time, tuple(notices))


def _in_place(
    connection: duckdb.DuckDBPyConnection, scan: Scan, chosen: list[_Chosen], *, checked: bool
) -> list[_Chosen]:
    """The texts of a typed source that need no reading are marked as stored in the engine's own form."""
    texts = [(each.column, each.type) for each in chosen if each.column.stored == "VARCHAR" and not each.value]
    ready = {column.name for column, kind in texts if kind in READY} if checked else lie_ready(connection, scan, texts)
    return [_ready(each) if each.column.name in ready else each for each in chosen]


def _ready(chosen: _Chosen) -> _Chosen:
    column = chosen.column
    value = f"nullif({column.value}, 'null')" if chosen.type == "dynamic" else column.value
    return _Chosen(replace(column, stored="KQL"), chosen.type, value)


def _value(chosen: _Chosen) -> tuple[str, bool]:
    """SQL of a column's value, and whether it has to be read from text (which is done once, not in each query)."""
    column, kind = chosen.column, chosen.type
    special = chosen.value or column.reads.get(kind, "")
    if special:
        return special, column.stored == "VARCHAR"
    if column.stored == "VARCHAR":
        return from_text(column.raw or column.value if kind == "string" else column.value, kind), kind != "string"
    stored = from_stored(column.value, column.stored, kind)
    if stored is None:
        return from_text(f"CAST({column.value} AS VARCHAR)", kind), True
    return stored, False


def _unique(columns: tuple[ScanColumn, ...]) -> list[ScanColumn]:
    seen: dict[str, ScanColumn] = {}
    for column in columns:
        name, copy = column.name, 1
        while name in seen:
            name, copy = f"{column.name}{copy}", copy + 1
        seen[name] = replace(column, name=name)
    return list(seen.values())


def _chosen(
    connection: duckdb.DuckDBPyConnection,
    scan: Scan,
    columns: Sequence[ScanColumn],
    types: Mapping[str, str],
) -> tuple[list[_Chosen], list[str]]:
    told = {column.name: kind for column in columns if (kind := _told(column, types, typed=scan.typed))}
    inferred = infer_types(connection, scan, [column for column in columns if column.name not in told])
    notices: list[str] = []
    typed = [(column, told[column.name]) for column in columns if column.name in told and not column.reads]
    failures = columns_that_fail(connection, scan, typed)
    dated = [column for column in columns if column.name in failures and told[column.name] == "datetime"]
    forms = fitting_forms(connection, scan, dated)
    chosen: list[_Chosen] = []
    for column in columns:
        kind = told.get(column.name, "")
        form = forms.get(column.name) if kind else inferred[column.name].form
        if form is not None:
            chosen.append(_Chosen(column, "datetime", form.read(column.value)))
            notices.extend(form.remark(column.name, utc=column.hint == "datetime"))
        elif column.name in failures:
            lost = failures[column.name]
            are = "is" if lost == 1 else "are"
            notices.append(f"Column {column.name} is read as string: {lost} of its values {are} not {kind}.")
            chosen.append(_Chosen(column, "string"))
        else:
            chosen.append(_Chosen(column, kind or inferred[column.name].type))
    return chosen, notices


def _told(column: ScanColumn, types: Mapping[str, str], *, typed: bool) -> str:
    """What is known of a column's type without looking at its values.

    Texts of a typed source are texts, but for those that tell the time of an event.
    """
    hint, own, _ = column.hint.partition("/")
    if own:
        return hint
    kind = types.get(column.name, "") or hint
    if not kind and column.stored != "VARCHAR":
        return stored_type(column.stored)
    if not kind and typed and column.name not in (TIME_COLUMN, *TIME_COLUMNS):
        return "string"
    if not kind and column.name == TIME_COLUMN:
        return "datetime"
    return kind


def _made_time(chosen: Sequence[_Chosen], wanted: str) -> tuple[_Chosen, str] | None:
    """A TimeGenerated made of another time column, for a table without one."""
    by_name = {each.column.name: each for each in chosen}
    if TIME_COLUMN in by_name:
        return None
    for name in (wanted, *TIME_COLUMNS):
        found = by_name.get(name)
        if found is not None and found.type == "datetime":
            made = replace(found, column=replace(found.column, name=TIME_COLUMN))
            return made, f"TimeGenerated is made of {name}."
    return None


def _counted_time(
    connection: duckdb.DuckDBPyConnection, scan: Scan, chosen: Sequence[_Chosen]
) -> tuple[_Chosen, str] | None:
    """A TimeGenerated made of a column that counts seconds, or parts of them, since 1970."""
    by_name = {each.column.name: each for each in chosen if each.type in ("long", "int", "real")}
    if any(each.column.name == TIME_COLUMN for each in chosen):
        return None
    for name in TIME_COLUMNS:
        found = by_name.get(name)
        unit = epoch_unit(connection, scan, found.column) if found is not None else None
        if found is not None and unit is not None:
            column = replace(found.column, name=TIME_COLUMN, reads={}, raw="")
            told = f"TimeGenerated is made of {name}, read as {unit[0]} since 1970 UTC."
            return _Chosen(column, "datetime", unit[1]), told
    return None


def _not_quite_times(connection: duckdb.DuckDBPyConnection, scan: Scan, chosen: Sequence[_Chosen]) -> list[str]:
    """Why a column that is called like a time does not tell the time of the table's rows."""
    notices: list[str] = []
    for each in chosen:
        if each.type != "string" or each.column.name not in TIME_COLUMNS or each.column.stored != "VARCHAR":
            continue
        values, times = times_among(connection, scan, each.column)
        if 0 < times < values:
            are = "is" if values - times == 1 else "are"
            notices.append(
                f"{each.column.name} is read as text: {values - times:,} of its {values:,} values {are} no time."
            )
    return notices
