"""What a query can ask of what it runs in."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlUnsupportedError
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, rows


async def test_ingestion_time_is_the_nearest_time_that_an_export_has(folder: Path, opened: Opener) -> None:
    (folder / "A_CL.csv").write_text("TimeGenerated,a\n2019-02-18T15:00:00Z,1\n2019-02-18T09:00:00Z,2\n")
    (folder / "B_CL.csv").write_text(
        "TimeGenerated,_TimeReceived,a\n2019-02-18T09:00:00Z,2019-02-18T15:00:00Z,1\n2019-02-18T15:00:00Z,,2\n"
    )
    backend = await opened()
    assert await rows(backend, "A_CL | where ingestion_time() > ago(1h) | project a") == [(1,)]
    assert await rows(backend, "B_CL | where ingestion_time() > ago(1h) | project a | sort by a asc") == [(1,), (2,)]
    answer = await backend.run(QueryRequest("B_CL | where ingestion_time() > ago(1h)", now=NOW))
    warnings = answer.statistics["warnings"]
    assert isinstance(warnings, list)
    assert len(warnings) == 1
    assert warnings[0].startswith(
        "ingestion_time() is read from _TimeReceived or TimeGenerated: an export does not say"
    )


async def test_where_no_time_is_left_it_is_refused(folder: Path, opened: Opener) -> None:
    (folder / "A_CL.csv").write_text("TimeGenerated,a\n2019-02-18T15:00:00Z,1\n")
    for kql in ("A_CL | project a | where ingestion_time() > ago(1h)", "print ingestion_time()"):
        with pytest.raises(KqlUnsupportedError, match="no TimeGenerated"):
            await rows(await opened(), kql)
