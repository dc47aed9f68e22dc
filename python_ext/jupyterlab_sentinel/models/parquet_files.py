"""Typed tables in Parquet files, with their KQL types and where they came from; whole files or none.

Each field's metadata holds its ``kql_type``; the file's own holds the provenance as JSON under
``jupyterlab_sentinel``, and what pandas needs to give the same dtypes again (``dynamic`` stays JSON text there).
The embedded engine reads these files with the same columns, types and values.
"""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ..errors import ServiceError, UsageError
from .frames import arrow_with_types, table_frame
from .tables import Column, Table
from .whole_files import file_errors, new_partial, put, refuse_place, synced
from .widening import Widening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa
    import pyarrow.parquet as pq

    from .tables import QueryResult

PROVENANCE_KEY = "jupyterlab_sentinel"
_GROUP_ROWS = 122_880
_GROUP_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A finished file.

    :param size: in bytes.
    :param remarks: what is not as it was in the answer, one line each.
    """

    path: Path
    rows: int
    columns: tuple[Column, ...]
    size: int
    remarks: tuple[str, ...] = ()


def provenance(result: QueryResult) -> dict[str, object]:
    """What a file says of where its rows came from; times are ISO 8601 in UTC."""
    return {
        "query": result.query,
        "workspace": result.workspace,
        "start": _iso(result.start),
        "end": _iso(result.end),
        "status": result.status,
        "reasons": list(result.reasons),
        "sent_at": _iso(result.sent_at),
        "elapsed_s": result.elapsed_s,
        "requests": result.requests,
    }


def read_provenance(path: Path) -> dict[str, object]:
    """What :func:`provenance` was written into a file; empty if there is none.

    :raises OSError: the file cannot be read, or is no Parquet file.
    """
    with _opened(path) as file:
        metadata = file.metadata.metadata or {}
    try:
        found = json.loads(metadata.get(PROVENANCE_KEY.encode(), b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def read_table(path: Path, *, rows: int | None = None) -> Table:
    """A file as a typed table: its first ``rows``, or all.

    :raises OSError: the file cannot be read, or is no Parquet file.
    """
    import pyarrow as pa

    with _opened(path) as file:
        if rows is None:
            data = file.read()
        else:
            first = next(file.iter_batches(batch_size=max(1, rows)), None)
            data = pa.Table.from_batches([] if first is None else [first], file.schema_arrow).slice(0, rows)
    kinds = [(field.metadata or {}).get(b"kql_type", b"string").decode() for field in data.schema]
    columns = tuple(Column(name, kind) for name, kind in zip(data.column_names, kinds, strict=True))
    return Table("PrimaryResult", columns, data)


def write_table(path: Path, table: Table, told: Mapping[str, object], *, overwrite: bool = False) -> WrittenFile:
    """Write one table.

    :param told: the provenance: :func:`provenance` of a result, or any that can be JSON.
    :raises UsageError: the file exists already, or cannot be there.
    :raises LimitError: no room on the disk.
    """
    with TableWriter(path, overwrite=overwrite) as writer:
        writer.add(table)
        return writer.finish(told)


class TableWriter:
    """Writes tables one after another into one file, which appears when it is finished.

    Column types may widen on the way (to coarser times, longer decimals, text): what was written is then
    written anew. Methods may be called from any thread; after :meth:`abandon` the others raise. Used as a
    context manager it abandons what was not finished.

    :param path: where the file is to be; its rows lie beside it until then, readable by the user alone.
    :param overwrite: whether a file of that name may be replaced.
    :raises UsageError: the file exists already, or cannot be there.
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        refuse_place(path, overwrite=overwrite)
        self.path = path
        self.overwrite = overwrite
        self._open_file: tuple[pq.ParquetWriter, Path] | None = None
        self._columns: tuple[Column, ...] | None = None
        self._widening = Widening(())
        self._pending: list[pa.Table] = []
        self._rows = 0
        self._over = False
        self._uses_unfinished = False
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.abandon()

    @property
    def rows(self) -> int:
        """How many rows were added."""
        return self._rows

    @property
    def unfinished(self) -> Path:
        """A folder beside the file for what is to outlast a failure; not made here."""
        return self.path.with_name(f"{self.path.name}.unfinished")

    def use_unfinished(self) -> None:
        """Let :meth:`finish` remove the folder."""
        self._uses_unfinished = True

    def expect(self, table: Table) -> None:
        """Make room for the types of ``table`` before its rows come, so that nothing is written twice.

        :raises ServiceError: its columns are not those of the tables before.
        """
        with self._lock, file_errors(self.path):
            self._begin(table.columns)
            if self._widening.widen(table.data):
                self._write_anew()

    def add(self, table: Table) -> None:
        """Write the rows of ``table`` behind those before.

        :raises ServiceError: its columns are not those of the tables before.
        :raises LimitError: no room on the disk.
        """
        with self._lock, file_errors(self.path):
            self.expect(table)
            self._pending.append(table.data)
            self._rows += table.rows
            waiting = self._pending
            if (
                sum(data.num_rows for data in waiting) >= _GROUP_ROWS
                or sum(data.nbytes for data in waiting) >= _GROUP_BYTES
            ):
                self._flush()

    def finish(self, told: Mapping[str, object]) -> WrittenFile:
        """Put the file in its place.

        :param told: the provenance.
        :raises UsageError: another file has come to be there.
        :raises LimitError: no room on the disk.
        """
        with self._lock, file_errors(self.path):
            self._begin(())
            self._flush()
            writer, partial = self._open()
            columns = self._columns or ()
            told = {**told, "rows": self._rows, "columns": [[column.name, column.type] for column in columns]}
            writer.add_key_value_metadata({PROVENANCE_KEY: json.dumps(told, default=str)})
            writer.close()
            synced(partial)
            size = partial.stat().st_size
            put(partial, self.path, overwrite=self.overwrite)
            self._over, self._open_file = True, None
            if self._uses_unfinished:
                shutil.rmtree(self.unfinished, ignore_errors=True)
            return WrittenFile(self.path, self._rows, columns, size, (*self._renamed(), *self._widening.remarks))

    def abandon(self) -> None:
        """Leave nothing behind; nothing to do after :meth:`finish`."""
        with self._lock:
            self._over = True
            self._pending.clear()
            opened, self._open_file = self._open_file, None
            if opened is not None:
                with suppress(OSError):
                    opened[0].close()
                opened[1].unlink(missing_ok=True)

    def _begin(self, columns: tuple[Column, ...]) -> None:
        if self._over:
            raise UsageError(f"{self.path.name} is not written any more.")
        if self._columns is None:
            self._columns = columns
            self._widening = Widening(columns)
        elif columns and columns != self._columns:
            raise ServiceError(
                "The parts of this answer have different columns, so they cannot be put together.",
                hint="The workspace's schema seems to have changed in between: run the query again.",
            )

    def _renamed(self) -> list[str]:
        columns, names = self._columns or (), self._widening.schema().names
        renamed = [name for name, column in zip(names, columns, strict=True) if name != column.name]
        return [f"columns of one name have a number in the file: {', '.join(renamed)}"] if renamed else []

    def _flush(self) -> None:
        import pyarrow as pa

        waiting, self._pending = self._pending, []
        if not waiting:
            return
        whole = pa.concat_tables([self._widening.fitted(data) for data in waiting])
        self._open()[0].write_table(whole, row_group_size=_GROUP_ROWS)

    def _open(self) -> tuple[pq.ParquetWriter, Path]:
        if self._open_file is None:
            partial = new_partial(self.path)
            self._open_file = _writer(partial, self._columns or (), self._widening.schema()), partial
        return self._open_file

    def _write_anew(self) -> None:
        """What was written, again, with the wider types."""
        import pyarrow.parquet as pq

        before, self._open_file = self._open_file, None
        if before is None:
            return
        writer, old = before
        writer.close()
        try:
            with pq.ParquetFile(old) as file:
                for group in range(file.num_row_groups):
                    data = self._widening.fitted(file.read_row_group(group))
                    self._open()[0].write_table(data, row_group_size=_GROUP_ROWS)
        finally:
            old.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield file
    except pa.ArrowInvalid as error:
        raise OSError(str(error)) from None


def _writer(partial: Path, columns: tuple[Column, ...], plain: pa.Schema) -> pq.ParquetWriter:
    import pyarrow as pa
    import pyarrow.parquet as pq

    unique = tuple(Column(name, column.type) for name, column in zip(plain.names, columns, strict=True))
    empty = Table("", unique, plain.empty_table())
    pandas = pa.Schema.from_pandas(table_frame(empty), preserve_index=False).metadata
    schema = arrow_with_types(empty).schema.with_metadata(pandas)
    return pq.ParquetWriter(partial, schema, compression="zstd")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
