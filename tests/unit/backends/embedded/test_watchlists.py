"""``_GetWatchlist`` from files, and functions whose answer a local workspace cannot have."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, rows


async def test_a_watchlist_is_a_file_called_after_its_alias(folder: Path, opened: Opener) -> None:
    (folder / "watchlist_VIPs.csv").write_text("SearchKey,Team\nada,ops\nbob,dev\n")
    (folder / "_Watchlist_hosts.csv").write_text("SearchKey,TimeGenerated\nh1,2020-01-01T00:00:00Z\n")
    backend = await opened()
    assert await rows(backend, "_GetWatchlist('VIPs') | project SearchKey, Team") == [("ada", "ops"), ("bob", "dev")]
    assert await rows(backend, "let w = _GetWatchlist('vips') | project SearchKey; print x='ada' | where x in (w)") == [
        ("ada",)
    ]
    start, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)
    answer = await backend.run(QueryRequest("_GetWatchlist('hosts') | project SearchKey", start, end, now=NOW))
    assert answer.tables[0].data.column(0).to_pylist() == ["h1"]
    assert answer.status == "complete"


async def test_a_watchlist_without_a_file_is_refused_by_name(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    backend = await opened()
    with pytest.raises(KqlUnsupportedError, match="watchlist 'VIPs'") as caught:
        await rows(backend, "_GetWatchlist('VIPs')")
    assert "watchlist_VIPs.csv" in caught.value.hint
    with pytest.raises(KqlSemanticError, match="constant text"):
        await rows(backend, "_GetWatchlist()")
    with pytest.raises(KqlUnsupportedError, match="_GetWatchlistAlias"):
        await rows(backend, "_GetWatchlistAlias()")


async def test_two_files_of_one_watchlist_are_an_error(folder: Path, opened: Opener) -> None:
    for name in ("watchlist_x", "_Watchlist_X"):
        (folder / f"{name}.csv").write_text("SearchKey\n1\n")
    with pytest.raises(KqlSemanticError, match="Several tables"):
        await rows(await opened(), "_GetWatchlist('x')")


async def test_when_a_row_was_ingested_is_not_known(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    with pytest.raises(KqlUnsupportedError, match=r"ingestion_time\(\)") as caught:
        await rows(await opened(), "T | where ingestion_time() > ago(1h)")
    assert "TimeGenerated" in caught.value.hint
