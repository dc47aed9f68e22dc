"""Decimals are exact, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.computed import decimals
from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


def test_products_and_quotients() -> None:
    assert decimals.product("0.1", "0.0000000001") == "0.00000000001"
    assert decimals.quotient("1", "8") == "0.125"
    assert decimals.quotient("1", "0") is None
    assert decimals.remainder("-7", "3") == "2"
    assert decimals.remainder("7", "-3") == "1"
    assert decimals.remainder("1", "0") is None
    assert decimals.product(None, "1") is None
    for wrong in (("1e-10", "1e-10"), ("1e10", "1e10")):
        with pytest.raises(ValueError, match="more digits"):
            decimals.product(*wrong)
    with pytest.raises(ValueError, match="more digits"):
        decimals.quotient("1", "3")


async def test_in_queries(opened: Opener) -> None:
    backend = await opened()
    kql = (
        "print decimal(0.1)*decimal(0.0000000001), decimal(1)/8, 2*decimal(1.5), "
        "pack_array(decimal(null), decimal(1.5))"
    )
    assert await rows(backend, kql) == [("0.00000000001", "0.125", "3", [None, "1.5"])]
    kql = (
        'datatable(v:string)["1.2", "x", "1.10"] | extend p = parse_version(v) '
        "| summarize array_length(make_set(p)), max(p)"
    )
    assert await rows(backend, kql) == [(2, "1000000100000000000000000")]
    with pytest.raises(KqlSemanticError, match="more digits"):
        await rows(backend, "print decimal(1)/decimal(3)")
    with pytest.raises(KqlUnsupportedError, match="a decimal and a real"):
        await rows(backend, "print decimal(1)*1.5")
