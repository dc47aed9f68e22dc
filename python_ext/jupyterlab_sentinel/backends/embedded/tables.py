"""The tables of a local workspace, as queries see them."""

from __future__ import annotations

from dataclasses import dataclass

TIME_COLUMN = "TimeGenerated"


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column of a table: its KQL name and type, and its name in the view."""

    name: str
    type: str
    physical: str


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table that can be queried.

    :param view: name of the DuckDB view.
    :param reads: the files that the view reads: the table's own, or what was made of it.
    :param first: ticks since 1970 of the earliest TimeGenerated, or None.
    :param raw_time: the view's TimeGenerated as the file has it, for filters that the file can use; empty: none.
    :param notices: what the user should know about the file.
    :param gaps: why every answer from this table is incomplete; ends of a sentence that begins with its name.
    :param timeless: rows without a TimeGenerated, in a table that has that column.
    :param origin: where the table came from, for the user.
    :param number: the view's column that numbers the rows, always alike; empty: none.
    """

    name: str
    view: str
    reads: tuple[str, ...]
    columns: tuple[StoredColumn, ...]
    rows: int
    first: int | None
    last: int | None
    raw_time: str = ""
    notices: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    timeless: int = 0
    origin: str = ""
    number: str = ""

    @property
    def time(self) -> StoredColumn | None:
        """The column that time ranges bound, or None."""
        for column in self.columns:
            if column.name == TIME_COLUMN and column.type == "datetime":
                return column
        return None
