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


def windows_reaching_back(earlier: int | None, windows: int | None) -> int:
    """Say that windows which reach back before the start of a timeline, where there are rows, are left out.

    :param earlier: how many rows there are.
    :param windows: how many windows reach back.
    :returns: how many windows are left out.
    """
    if not earlier or not windows:
        return 0
    remark(
        f"The first {windows:,} windows are left out: they reach back before the start, where there are rows, and it "
        "is not documented whether those count. Filter the rows by the start, or begin one lookback window earlier."
    )
    return windows
