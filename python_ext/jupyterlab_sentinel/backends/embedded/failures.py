"""What DuckDB says when something goes wrong, as errors of this package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import (
    CancelledQueryError,
    DataError,
    KqlSemanticError,
    LimitError,
    SentinelError,
    ServiceError,
)

if TYPE_CHECKING:
    import duckdb

_NOISE = re.compile(r"^[A-Za-z ]+ Error:\s*")


def file_problem(error: DataError | OSError | duckdb.Error) -> str:
    """Why a file could not be read: the end of a sentence, on one line, without a full stop."""
    if isinstance(error, DataError):
        return error.message.rstrip(".")
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    text = str(error)
    lowered = text.lower()
    if "utf-8" in lowered or "unicode" in lowered or "encod" in lowered:
        return "its text is not UTF-8"
    if "no magic bytes" in lowered or "parquet" in lowered:
        return "it is not a whole Parquet file"
    if "gzip" in lowered or "zstd" in lowered:
        return "its compression is damaged"
    if "permission denied" in lowered or "cannot open file" in lowered:
        return "it cannot be opened"
    first = _NOISE.sub("", text.strip().split("\n", 1)[0])
    where = re.search(r"line[:\s]+(\d+)", text, re.IGNORECASE)
    return first[:160].rstrip(".") + (f" (line {where.group(1)})" if where and "line" not in first.lower() else "")


def query_problem(error: duckdb.Error, query: str) -> SentinelError:
    """The error to raise for one that DuckDB raised while it ran a translated query."""
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        return CancelledQueryError("The query was stopped.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return LimitError(
            "The query needs more memory than it may use.",
            hint="Filter or summarize earlier, or raise the workspace's memory limit.",
        )
    text = _NOISE.sub("", str(error).strip().split("\n", 1)[0])[:300]
    if isinstance(error, (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)):
        return KqlSemanticError(f"A value does not fit: {text}", query=query)
    if isinstance(error, duckdb.IOException):
        return DataError(
            f"A file of the workspace cannot be read: {text}", hint="Connect again if its files have changed."
        )
    return ServiceError(f"The engine failed on this query: {text}", hint="Please report the query.")
