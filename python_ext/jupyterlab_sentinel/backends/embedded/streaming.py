"""Answers of the engine to a file, a part at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...models.saved_answers import several_answers
from .answers import typed_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

    from ...models.parquet_files import TableWriter
    from ...models.tables import Table
    from ...ports import Progress
    from .execution import Execution
    from .program import Program

# Small enough for an interrupt to be heeded between two, large enough for DuckDB to work in.
_BATCH_ROWS = 32_768
_KIND = re.compile(r"([A-Za-z ]+) Error: ")


def stream(execution: Execution, program: Program, writer: TableWriter, progress: Progress | None) -> Table:
    """Write the rows of a program's one statement.

    :returns: its table, without the rows.
    :raises UsageError: it has several statements.
    :raises duckdb.Error: the engine failed.
    """
    import pyarrow as pa

    if len(program.statements) != 1:
        raise several_answers(len(program.statements))
    statement = program.statements[0]
    with execution.batches(statement.sql, _BATCH_ROWS) as reader:
        empty = typed_table(statement.name, statement.columns, reader.schema.empty_table())
        writer.expect(empty)
        for batch in _parts(reader):
            writer.add(typed_table(statement.name, statement.columns, pa.Table.from_batches([batch])))
            if progress is not None:
                progress(None, f"{writer.rows:,} rows written")
    return empty


def _parts(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches; what Arrow makes of DuckDB's errors becomes those again."""
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except OSError as error:
            raise duckdb_error(str(error)) from None
        yield batch


def duckdb_error(text: str) -> duckdb.Error:
    """The error that DuckDB would have raised itself; through Arrow's streams only its text comes."""
    import duckdb

    found = _KIND.match(text)
    name = found[1].replace(" ", "").lower() if found else ""
    kinds = {
        "interrupt": duckdb.InterruptException,
        "outofmemory": duckdb.OutOfMemoryException,
        "io": duckdb.IOException,
        "outofrange": duckdb.OutOfRangeException,
        "conversion": duckdb.ConversionException,
        "invalidinput": duckdb.InvalidInputException,
        "fatal": duckdb.FatalException,
        "internal": duckdb.InternalException,
    }
    return kinds.get(name, duckdb.Error)(text)
