"""``==`` and its kin where the documented examples say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


async def test_two_nulls_are_neither_equal_nor_unequal(opened: Opener) -> None:
    backend = await opened()
    table = "datatable(a:long, b:long)[1, 1, 1, 2, 1, long(null), long(null), 1, long(null), long(null)] | "
    assert await rows(backend, table + "project a == b, a != b") == [
        (True, False),
        (False, True),
        (False, True),
        (False, True),
        (None, None),
    ]
    assert await rows(backend, table + "where a != b | count") == [(3,)]
    assert await rows(backend, table + "where not(a == b) | count") == [(3,)]
    assert await rows(backend, table + "where a == long(null) or a != long(null) | count") == [(3,)]
