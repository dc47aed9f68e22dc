"""Rows at the ends of an axis."""

from __future__ import annotations

from ..remarks import remark


def rows_beside(count: int | None) -> int:
    """Say of rows that lie outside of a range, but inside of its first or last bin, that they are left out.

    :returns: how many there are.
    """
    if count:
        remark(
            f"make-series … in range( ) leaves out {count:,} rows that lie before its start or after its stop in the "
            "same bins, since it is not documented whether they count: write from … to … step."
        )
    return count or 0


def windows_without_rows(wanted: int | None, found: int | None) -> int:
    """Say that windows of a timeline have no rows, and so are not in the answer.

    :returns: how many there are.
    """
    missing = (wanted or 0) - (found or 0)
    if found and missing > 0:
        remark(
            f"{missing:,} windows without any rows are left out, since it is not documented "
            "whether there is a row for each."
        )
    return max(missing, 0)
