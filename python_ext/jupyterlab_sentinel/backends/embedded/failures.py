"""What DuckDB says when something goes wrong, as errors of this package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import (
    CancelledQueryError,
    DataError,
    KqlSemanticError,
    KqlUnsupportedError,
    LimitError,
    SentinelError,
    ServiceError,
)
from ...models.indicators import visible

if TYPE_CHECKING:
    import duckdb

_NOISE = re.compile(r"^[A-Za-z ]+ Error:\s*(Python exception occurred while executing the UDF: (ValueError: )?)?")
# A file that is gone is looked for as a folder, which is not among what may be read.
_LOST_FILE = re.compile(
    r"(?:Cannot (?:access|open) file|[Ff]ile|No magic bytes found at end of file) ['\"](?P<path>[^'\"]+)['\"]"
    r"(?: - file system operations are disabled| too small|: No such file|$)"
)
_RECONNECT = "Connect again: its files have changed since."
_REPORT = "This is a fault of jupyterlab-sentinel: please report the query."


def file_problem(error: DataError | OSError | duckdb.Error) -> str:  # noqa: PLR0911  # one a cause
    """Why a file could not be read: the end of a sentence, on one line, without a full stop."""
    if isinstance(error, DataError):
        return error.message.rstrip(".")
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    text = str(error)
    lowered = text.lower()
    width = re.search(r"CSV Error on Line: (\d+).*?Expected Number of Columns: (\d+) Found: (\d+)", text, re.DOTALL)
    if width:
        values = "value" if width[3] == "1" else "values"
        return f"line {width[1]} has {width[3]} {values} where {width[2]} {'is' if width[2] == '1' else 'are'} expected"
    if "not utf-8" in lowered or "invalid unicode" in lowered or "byte sequence mismatch" in lowered:
        return "its text is not UTF-8"
    if "magic bytes" in lowered or "parquet" in lowered:
        return "it is not a whole Parquet file"
    if "gzip" in lowered or "zstd" in lowered or "decompress" in lowered:
        return "its compression is damaged"
    if "permission denied" in lowered or "cannot open file" in lowered:
        return "it cannot be opened"
    if "maximum_object_size" in lowered:
        return "one of its records is longer than 64 MB; take it out, or split the file"
    record = re.search(r"Malformed JSON.*?in (?:record/value|line|record) (\d+)", text, re.DOTALL)
    if record:
        # DuckDB has counted the one that it stumbled over.
        return f"its record {int(record[1]) - 1:,} is not JSON"
    line = re.search(r"CSV Error on Line: (\d+)", text)
    first = _NOISE.sub("", text.strip().split("\n", 1)[0])[:160].rstrip(".")
    return f"line {line[1]} cannot be read" if line else first


def is_fatal(error: BaseException) -> bool:
    """Whether the database cannot be used after this error."""
    import duckdb

    return isinstance(error, duckdb.FatalException | duckdb.InternalException)


_MISFITS = (
    (r"Overflow|out of range|not in timestamp range", "A number or a time is larger than its type can hold."),
    (r"Could not convert string|Failed to cast|Casting value", "A value is no number, or none that its type can hold."),
)


def _misfit(text: str, query: str) -> KqlSemanticError:
    """What a value that does not fit is called here: the database's own words tell of its types, not of KQL's."""
    told = next((said for pattern, said in _MISFITS if re.search(pattern, text)), "A value does not fit its type.")
    return KqlSemanticError(
        told,
        hint="Look for huge numbers, or convert with tolong(), toreal() … before, which give null then.",
        query=query,
    )


def _lost_file(error: Exception, text: str) -> DataError | None:
    """The error for a file that was there when the folder was opened, or could be read then."""
    import duckdb

    found = _LOST_FILE.search(text)
    if found:
        name = visible(re.split(r"[/\\]", found["path"].removesuffix("/**/*.parquet"))[-1], limit=200)
        return DataError(f"The file {name} is not what it was when the folder was opened.", hint=_RECONNECT)
    if isinstance(error, duckdb.IOException):
        return DataError(f"A file of the workspace cannot be read: {text}", hint=_RECONNECT)
    return None


def query_problem(error: Exception, query: str) -> SentinelError:  # noqa: PLR0911  # one a cause
    """The error to raise for one that came up while a query was translated or run."""
    import duckdb

    if isinstance(error, SentinelError):
        return error
    if isinstance(error, duckdb.InterruptException):
        return CancelledQueryError("The query was stopped.")
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return LimitError(
            "The query needs more memory than it may use.",
            hint="Filter or summarize earlier, or raise the workspace's memory limit.",
        )
    text = _NOISE.sub("", str(error).strip().split("\n", 1)[0])[:300]
    if "expression depth" in text:
        return LimitError(
            "The query has more steps, one on the other, than can be run.",
            hint="Split it, or store parts with materialize().",
        )
    if "subqueries in lambda" in text or "combination with a scalar subquery" in text:
        construct = "toscalar() amid aggregates, or beside prev() and its kin, in an array's or bag's function"
        return KqlUnsupportedError(
            f"The embedded engine does not run {construct}.",
            construct=construct,
            hint="Summarize, or look at the neighbours, first: in an extend after it toscalar() may stand anywhere.",
            query=query,
        )
    if "Unknown TimeZone" in text:
        zone = re.search("'(.*)'", text)
        return KqlSemanticError(
            f"{zone[1] if zone else ''!r} is no time zone.", hint="Zones are called as in 'Europe/Berlin'.", query=query
        )
    lost = _lost_file(error, text)
    if lost is not None:
        return lost
    if isinstance(error, duckdb.OutOfRangeException | duckdb.ConversionException):
        return _misfit(text, query)
    if isinstance(error, duckdb.InvalidInputException):
        return KqlSemanticError(f"A value cannot be used here: {text}", query=query)
    return ServiceError(f"The engine failed on this query: {text or type(error).__name__}", hint=_REPORT)
