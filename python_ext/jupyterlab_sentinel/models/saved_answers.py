"""An answer that is in a Parquet file, since it may be larger than memory."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import DataError, UsageError
from .frames import arrow_with_types, table_frame

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from .parquet_files import WrittenFile
    from .tables import Column, QueryResult, Status, Table


@dataclass(frozen=True, slots=True)
class SavedAnswer(os.PathLike[str]):
    """A file with an answer, and where the answer comes from. Stands for its path wherever a path is taken.

    :param file: what was written.
    :param query: the KQL as it was sent.
    :param start: UTC, inclusive bound on TimeGenerated, or None.
    :param end: UTC, exclusive bound, or None.
    :param reasons: why the answer is partial; empty when it is complete.
    """

    file: WrittenFile
    query: str
    workspace: str
    start: datetime | None
    end: datetime | None
    sent_at: datetime
    elapsed_s: float
    status: Status = "complete"
    reasons: tuple[str, ...] = ()
    statistics: dict[str, object] = field(default_factory=dict)
    requests: int = 1

    def __fspath__(self) -> str:
        return str(self.file.path)

    def __repr__(self) -> str:
        return f"<{self.rows:,} rows of {len(self.columns)} columns in {self.path}, {self.status}>"

    @property
    def path(self) -> Path:
        """Where it is; absolute."""
        return self.file.path

    @property
    def rows(self) -> int:
        """How many rows."""
        return self.file.rows

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns with their KQL types."""
        return self.file.columns

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.file.size

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is not exactly as the service sent it, and what else was noticed, one line each."""
        warnings = self.statistics.get("warnings")
        return (*(map(str, warnings) if isinstance(warnings, list) else ()), *self.file.remarks)

    def head(self, rows: int = 5) -> pd.DataFrame:
        """The first rows as a frame, typed as answers are.

        :raises DataError: the file is not there any more, or is another.
        """
        return table_frame(self._read(rows))

    def to_pandas(self) -> pd.DataFrame:
        """All rows as a frame, typed as answers are: as much memory as they need.

        ``pandas.read_parquet(answer, columns=[…])`` reads some columns of it.

        :raises DataError: the file is not there any more, or is another.
        """
        return table_frame(self._read(None))

    def to_arrow(self) -> pa.Table:
        """All rows as Arrow; each field's metadata holds its ``kql_type``.

        :raises DataError: the file is not there any more, or is another.
        """
        return arrow_with_types(self._read(None))

    def _read(self, rows: int | None) -> Table:
        from .parquet_files import read_table

        try:
            return read_table(self.path, rows=rows)
        except OSError as error:
            raise DataError(
                f"{self.path} cannot be read: {error.strerror or error}.", hint="Run the query again to write it anew."
            ) from None


def saved_answer(result: QueryResult, file: WrittenFile) -> SavedAnswer:
    """``result``, whose rows are in ``file``."""
    return SavedAnswer(
        file=file,
        query=result.query,
        workspace=result.workspace,
        start=result.start,
        end=result.end,
        sent_at=result.sent_at,
        elapsed_s=result.elapsed_s,
        status=result.status,
        reasons=result.reasons,
        statistics=result.statistics,
        requests=result.requests,
    )


def several_answers(answers: int) -> UsageError:
    """The refusal of a query with that many answers."""
    return UsageError(
        f"The query has {answers} answers, and a Parquet file holds one.",
        hint="Run each on its own. Without -o all of them come, in the attrs of the frame.",
    )
