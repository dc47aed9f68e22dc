"""Where the finished slices of an answer are kept until all are there: in memory, or in a folder."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ...errors import LimitError, UsageError
from ...models.frames import arrow_with_types
from ...models.tables import Column, Table
from ...models.whole_files import file_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Span = tuple[int, int]
"""From a tick to before a tick; 100 ns since 1970, UTC."""

_LARGEST_BYTES = 4 << 30
_PART = re.compile(r"(-?\d{1,20})_(-?\d{1,20})\.arrow")
_BEING_WRITTEN = re.compile(r"\.[0-9a-f]{16}")
_TOLD = b"slice"
_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished slice, but its rows.

    :param reasons: why it may not be whole.
    :param remarks: what could not be kept exactly as it was.
    """

    rows: int
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class Shelf(Protocol):
    """Finished slices by their spans, none of which overlap."""

    kept: dict[Span, Kept]

    async def put(self, span: Span, table: Table, kept: Kept) -> None:
        """Keep a slice.

        :raises LimitError: there is no room.
        """

    def forget(self, span: Span) -> None:
        """Let go of a slice."""


class MemoryShelf:
    """Slices in memory."""

    def __init__(self) -> None:
        self.kept: dict[Span, Kept] = {}
        self._tables: dict[Span, Table] = {}

    async def put(self, span: Span, table: Table, kept: Kept) -> None:
        """Keep a slice.

        :raises LimitError: together they are larger than may be.
        """
        self.kept[span], self._tables[span] = kept, table
        if sum(item.data.nbytes for item in self._tables.values()) > _LARGEST_BYTES:
            raise LimitError(
                f"The answer is larger than {_LARGEST_BYTES >> 30} GiB; it was not fetched further.",
                hint="Write it into a file (-o FILE.parquet), or ask for fewer columns, a shorter time, or a summary.",
            )

    def forget(self, span: Span) -> None:
        """Let go of a slice."""
        del self.kept[span], self._tables[span]

    def tables(self) -> list[Table]:
        """The slices in order of time."""
        return [table for _, table in sorted(self._tables.items(), key=lambda item: item[0])]


class FolderShelf:
    """Slices as files of a folder, which outlast the process; readable by the user alone.

    :param folder: made when the first slice comes. What other runs left there is taken up.
    :raises UsageError: the folder cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[Span, Kept] = {}
        with file_errors(folder):
            spans = sorted(_spans(folder)) if folder.is_dir() else []
            for span in spans:
                # A run that was stopped may have written a slice that a later run was about to ask for in parts.
                overlaps = bool(self.kept) and span[0] < max(end for _, end in self.kept)
                found = None if overlaps else _read_kept(self._path(span))
                if found is None:
                    self._path(span).unlink(missing_ok=True)
                else:
                    self.kept[span] = found

    async def put(self, span: Span, table: Table, kept: Kept) -> None:
        """Write a slice.

        :raises LimitError: no room on the disk.
        :raises UsageError: the folder cannot be written to.
        """
        await asyncio.to_thread(self._write, span, table, kept)
        self.kept[span] = kept

    def forget(self, span: Span) -> None:
        """Let go of a slice."""
        del self.kept[span]
        self._path(span).unlink(missing_ok=True)

    def parts(self, span: Span) -> Iterator[Table]:
        """The rows of a slice, some at a time.

        :raises UsageError: it cannot be read any more.
        """
        import pyarrow as pa

        path = self._path(span)
        with file_errors(path), pa.memory_map(str(path)) as source:
            reader = pa.ipc.open_file(source)
            columns = columns_of(reader.schema)
            for place in range(reader.num_record_batches):
                try:
                    data = pa.Table.from_batches([reader.get_batch(place)])
                except pa.ArrowException:
                    raise UsageError(f"{path} is damaged.", hint="Delete it, then run the query again.") from None
                yield Table("PrimaryResult", columns, data)

    def empty(self) -> Table:
        """A slice without its rows, for the columns; there has to be one."""
        import pyarrow as pa

        with pa.memory_map(str(self._path(next(iter(self.kept))))) as source:
            schema = pa.ipc.open_file(source).schema
        return Table("PrimaryResult", columns_of(schema), schema.empty_table())

    def _path(self, span: Span) -> Path:
        return self.folder / f"{span[0]}_{span[1]}.arrow"

    def _write(self, span: Span, table: Table, kept: Kept) -> None:
        import pyarrow as pa

        told = json.dumps({"rows": kept.rows, "reasons": kept.reasons, "remarks": kept.remarks})
        typed = arrow_with_types(table).replace_schema_metadata({_TOLD: told})
        path = self._path(span)
        partial = path.with_name(f".{secrets.token_hex(8)}")
        with file_errors(self.folder):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                options = pa.ipc.IpcWriteOptions(compression="zstd")
                with (
                    os.fdopen(descriptor, "wb") as file,
                    pa.ipc.new_file(file, typed.schema, options=options) as writer,
                ):
                    writer.write_table(typed, max_chunksize=_BATCH_ROWS)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)


def columns_of(schema: object) -> tuple[Column, ...]:
    """The columns that an Arrow schema with KQL types describes."""
    return tuple(Column(field.name, field.metadata[b"kql_type"].decode()) for field in schema)  # type: ignore[attr-defined]  # pyarrow has no types


def _spans(folder: Path) -> Iterator[Span]:
    for path in folder.iterdir():
        found = _PART.fullmatch(path.name)
        if found is not None:
            yield int(found[1]), int(found[2])


def is_leftover(folder: Path) -> bool:
    """Whether a folder holds slices and nothing else: a process was killed while it removed them."""
    with suppress(OSError):
        if folder.is_symlink() or not folder.is_dir():
            return False
        return all(_PART.fullmatch(path.name) or _BEING_WRITTEN.fullmatch(path.name) for path in folder.iterdir())
    return False


def _read_kept(path: Path) -> Kept | None:
    """What a file tells of its slice; None if it is not whole."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source:
            reader = pa.ipc.open_file(source)
            told = json.loads(reader.schema.metadata[_TOLD])
            columns_of(reader.schema)
        return Kept(int(told["rows"]), tuple(map(str, told["reasons"])), tuple(map(str, told["remarks"])))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError):
        return None
