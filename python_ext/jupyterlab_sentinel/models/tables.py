"""Answers of a workspace: typed columns on Arrow, and the frame that users get."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    import pyarrow as pa

Status = Literal["complete", "partial"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its name and KQL type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an answer.

    ``data`` is Arrow with one field a column, in order; names may repeat. Physical types:
    datetime ``timestamp[ns, UTC]`` (``timestamp[us, UTC]`` for a column with dates outside
    1677 to 2262), timespan ``duration[ns]`` (``[us]`` likewise), long ``int64``, int ``int32``,
    real ``float64``, bool ``bool``, decimal ``decimal128`` or ``decimal256``, string and guid
    ``string``, dynamic JSON text in ``string`` (null for a null dynamic).
    """

    name: str
    columns: tuple[Column, ...]
    data: pa.Table

    @property
    def rows(self) -> int:
        """How many rows."""
        return int(self.data.num_rows)


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A whole answer with its provenance.

    :param query: the KQL as it was sent.
    :param start: UTC, inclusive bound on TimeGenerated, or None.
    :param end: UTC, exclusive bound, or None.
    :param reasons: why the answer is partial; empty when it is complete.
    :param render: visualisation and its properties from the ``render`` operator, or None.
    """

    tables: tuple[Table, ...]
    query: str
    workspace: str
    start: datetime | None
    end: datetime | None
    sent_at: datetime
    elapsed_s: float
    status: Status = "complete"
    reasons: tuple[str, ...] = ()
    statistics: dict[str, object] = field(default_factory=dict)
    render: dict[str, object] | None = None
    requests: int = 1

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the first table."""
        return self.tables[0].columns if self.tables else ()

    @property
    def rows(self) -> int:
        """How many rows the first table has."""
        return self.tables[0].rows if self.tables else 0

    def to_arrow(self) -> pa.Table:
        """The first table as Arrow; each field's metadata holds its ``kql_type``."""
        from .frames import arrow_with_types

        return arrow_with_types(self.tables[0])

    def to_pandas(self) -> pd.DataFrame:
        """The first table as a frame, with provenance and all tables in ``df.attrs["sentinel"]``."""
        from .frames import result_frame

        return result_frame(self)
