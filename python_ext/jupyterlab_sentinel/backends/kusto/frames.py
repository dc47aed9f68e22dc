"""Kusto's answers as typed tables: the frames of "v2", and the tables of "v1" that commands give.

Shapes: "Query V2 HTTP response" and "Query/management HTTP response" (learn.microsoft.com/kusto/api/rest), and what
Microsoft's Python client was recorded with. Failures come as objects among the rows, in the last frame, and as
rows of the table that tells how the query went; all three are read, and an answer without its last frame is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, TypeVar

import msgspec

from ...errors import CancelledQueryError
from ...kql.constants import TYPE_NAMES, clock_text
from ...models.collector import paused
from ...models.indicators import visible
from ..log_analytics.bodies import WireColumn, WireTable, acceptable, present, refuse
from ..log_analytics.columns import ColumnReader
from ..log_analytics.decoding import Answer, read_table
from .failures import told_errors
from .information import Frame, FrameColumn, information, plain, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ...models.tables import Table

T = TypeVar("T")

_DOTNET = {"sbyte": "bool", "sqldecimal": "decimal", "byte": "int", "int16": "int"}
_SHOWN = 300


class _TableV1(msgspec.Struct, rename="pascal"):
    columns: list[FrameColumn]
    rows: list[msgspec.Raw]
    table_name: str = ""


class _BodyV1(msgspec.Struct, rename="pascal"):
    tables: list[_TableV1]
    exceptions: list[str] | None = None


class KustoReader(ColumnReader):
    """Reads what Kusto also writes: timespans as numbers of ticks, null dynamics as empty text."""

    def read(self, cells: Sequence[object], exact: Callable[[], Sequence[bytes]]) -> None:
        """Add a chunk.

        :raises ServiceError: a cell that is no value of the column's type.
        """
        if self.type == "timespan":
            cells = [clock_text(cell) if type(cell) is int else cell for cell in cells]
        elif self.type == "dynamic" and "" in cells:
            cells = [None if cell == "" else cell for cell in cells]
        super().read(cells, exact)


@dataclass
class _Gathered:
    """The frames of one answer, put in order.

    :param failing: objects may stand among the rows; looking at each row costs a third of the time.
    """

    failing: bool
    results: dict[int, WireTable] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    others: list[Frame] = field(default_factory=list)
    errors: list[object] = field(default_factory=list)
    ended: Frame | None = None


def decode_v2(body: bytes | bytearray, service: str, stop: Callable[[], bool] = lambda: False) -> Answer:
    """Read an answer of status 200 to a query.

    :param service: whose answer it is, for errors.
    :param stop: asked between chunks of rows; True ends the work.
    :returns: the primary tables; ``error`` holds every failure that was told, beside whatever rows came.
    :raises ServiceError: no such answer, or one that ends early.
    :raises CancelledQueryError: ``stop`` said so, or the service was told so.
    """
    remarks: list[str] = []
    with paused():
        gathered = _gathered(_frames(body, service), body, service)
        if gathered.ended is not None and gathered.ended.cancelled:
            raise CancelledQueryError("The query was stopped at the service.")
        tables = tuple(
            read_table(table, body, remarks, stop, _reader(service)) for _, table in sorted(gathered.results.items())
        )
    errors, warnings, statistics = information(gathered.others)
    return Answer(
        tables,
        told_errors([*gathered.errors, *errors]),
        statistics,
        render(gathered.others),
        (*remarks, *warnings),
    )


def decode_v1(body: bytes | bytearray, service: str) -> tuple[Table, ...]:
    """Read an answer of status 200 to a command.

    :raises ServiceError: no such answer, or one that tells of failures.
    """
    found = _parsed(body, _BodyV1)
    if found is None:
        refuse(body, service=service)
    if found.exceptions:
        refuse(body, visible("; ".join(found.exceptions), limit=_SHOWN), service=service)
    tables = [WireTable(table.table_name, _columns(table.columns), table.rows) for table in found.tables]
    remarks: list[str] = []
    return tuple(read_table(table, body, remarks, lambda: False, _reader(service)) for table in tables)


def _reader(service: str) -> Callable[[str, str], ColumnReader]:
    return lambda name, kind: KustoReader(name, kind, service)


def _frames(body: bytes | bytearray, service: str) -> list[Frame]:
    found = _parsed(body, list[Frame])
    if found is None:
        refuse(body, service=service)
    return found


def _parsed(body: bytes | bytearray, kind: type[T]) -> T | None:
    for repaired in (False, True):
        try:
            return msgspec.json.decode(acceptable(body) if repaired else body, type=kind)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
            continue
        except RecursionError:
            break
    return None


def _gathered(frames: Iterable[Frame], body: bytes | bytearray, service: str) -> _Gathered:
    """The frames in order.

    :raises ServiceError: frames that do not fit together, or no last one.
    """

    def wrong(why: str) -> NoReturn:
        refuse(body, why, service=service)

    found = _Gathered(failing=b"OneApiErrors" in body)
    for place, frame in enumerate(frames):
        if (place == 0) != (frame.frame_type == "DataSetHeader"):
            wrong("it does not begin with its header")
        if found.ended is not None:
            wrong("it goes on after its end")
        _take(found, frame, wrong)
    if found.ended is None or found.open:
        wrong("it ends early")
    return found


def _take(found: _Gathered, frame: Frame, wrong: Callable[[str], NoReturn]) -> None:
    match frame.frame_type:
        case "DataSetHeader":
            if frame.version not in ("v2.0", ""):
                wrong(f"its version is {visible(frame.version, limit=20)}")
        case "DataTable" | "TableHeader" if frame.table_kind == "PrimaryResult":
            _begin(found, frame, wrong)
        case "DataTable" | "TableHeader":
            found.others.append(frame)
        case "TableFragment" | "TableCompletion" | "TableProgress":
            _go_on(found, frame, wrong)
        case "DataSetCompletion":
            found.ended = frame
            _note_errors(found, frame)
        case other:
            wrong(f"it has a frame “{visible(other, limit=40)}”")


def _begin(found: _Gathered, frame: Frame, wrong: Callable[[str], NoReturn]) -> None:
    """A result, or its beginning."""
    if frame.table_id in found.results:
        wrong("two of its tables have one number")
    found.results[frame.table_id] = WireTable(frame.table_name, _columns(frame.columns), [])
    _add(found, frame)
    if frame.frame_type == "TableHeader":
        found.open.add(frame.table_id)


def _note_errors(found: _Gathered, frame: Frame) -> None:
    told = plain(frame.one_api_errors) if present(frame.one_api_errors) else []
    if told not in ([], {}):
        found.errors.append({"OneApiErrors": told})
    elif frame.has_errors:
        found.errors.append({})


def _go_on(found: _Gathered, frame: Frame, wrong: Callable[[str], NoReturn]) -> None:
    """A frame of a table that came in several."""
    if frame.table_id not in found.open:
        # Of another kind than a result: it tells of the query.
        other = next((item for item in found.others if item.table_id == frame.table_id), None)
        if other is None:
            wrong("it has rows of no table")
        other.rows.extend(frame.rows)
        _note_errors(found, frame)
        return
    table = found.results[frame.table_id]
    if frame.frame_type == "TableFragment":
        if frame.table_fragment_type == "DataReplace":
            table.rows.clear()
        elif frame.table_fragment_type != "DataAppend":
            wrong(f"it has a fragment “{visible(frame.table_fragment_type, limit=40)}”")
        _add(found, frame)
    elif frame.frame_type == "TableCompletion":
        found.open.discard(frame.table_id)
        _note_errors(found, frame)
        if frame.row_count is not None and frame.row_count != len(table.rows):
            wrong(f"{frame.row_count} rows are announced and {len(table.rows)} came")


def _add(found: _Gathered, frame: Frame) -> None:
    """The rows of a frame; objects among them tell of failures."""
    rows = found.results[frame.table_id].rows
    if not found.failing:
        rows.extend(frame.rows)
        return
    for row in frame.rows:
        if bytes(row).startswith(b"{"):
            found.errors.append(plain(row))
        else:
            rows.append(row)


def _columns(columns: Iterable[FrameColumn]) -> list[WireColumn]:
    return [WireColumn(column.name, _kind(column)) for column in columns]


def _kind(column: FrameColumn) -> str:
    name = (column.type or (column.dotnet or "").rpartition(".")[2]).lower()
    return _DOTNET.get(name) or TYPE_NAMES.get(name, "string")
