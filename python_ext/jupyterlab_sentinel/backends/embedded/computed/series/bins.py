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
