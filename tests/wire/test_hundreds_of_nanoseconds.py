"""Bounds to the 100 ns: over files, over the wire, in slices, in attrs and in files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jupyterlab_sentinel import aio
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from jupyterlab_sentinel.models.instants import Instant, read_instant
from jupyterlab_sentinel.models.parquet_files import read_provenance
from tests.wire.local_endpoint import LocalEndpoint, write_logs

FIRST = datetime(2024, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC)
# Two rows every 100 ns, over the end of a second.
ROWS: list[dict[str, Any]] = [
    {"TimeGenerated": (Instant.of(FIRST + timedelta(microseconds=place // 10), place % 10)).isoformat(), "n": place}
    for place in range(30)
    for _ in range(2)
]
START, END = read_instant(ROWS[7 * 2]["TimeGenerated"]), read_instant(ROWS[23 * 2]["TimeGenerated"])
WANTED = sorted([*range(7, 23)] * 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logs(tmp_path_factory.mktemp("fine") / "logs", {"Log": ROWS})


@pytest.fixture(scope="module", params=[500_000, 5])
def served(request: pytest.FixtureRequest, folder: Path) -> Iterator[LocalEndpoint]:
    limits = Limits(rows=request.param, requests=100_000)
    with LocalEndpoint(Options(str(folder), limits=limits)) as endpoint:
        yield endpoint


@pytest.mark.parametrize("kind", ["instant", "pandas", "pandas elsewhere"])
async def test_exactly_the_rows_between_the_bounds_come(workspace: aio.Workspace, kind: str) -> None:
    start, end = START, END
    if kind != "instant":
        start, end = (pd.Timestamp(moment.isoformat()) for moment in (START, END))
    if kind == "pandas elsewhere":
        start, end = (moment.tz_convert("Asia/Tokyo") for moment in (start, end))  # type: ignore[attr-defined]
    result = await workspace.query("Log | project n, TimeGenerated", start=start, end=end)
    assert result.status == "complete", result.reasons
    frame = result.to_pandas()
    assert sorted(frame["n"]) == WANTED
    facts = frame.attrs["sentinel"]
    assert (facts["start"], facts["end"]) == ("2024-01-01T00:00:00.9999997Z", "2024-01-01T00:00:01.0000013Z")


async def test_one_moment_can_be_told_from_the_next(workspace: aio.Workspace) -> None:
    for place in (8, 9, 10, 11, 19, 20):
        start, end = (read_instant(ROWS[at * 2]["TimeGenerated"]) for at in (place, place + 1))
        result = await workspace.query("Log", start=start, end=end)
        assert result.to_pandas()["n"].tolist() == [place, place]
    result = await workspace.query("Log | summarize n = count()", start=END)
    assert result.to_pandas()["n"].tolist() == [14]
    result = await workspace.query("Log | summarize n = count()", end=START)
    assert result.to_pandas()["n"].tolist() == [14]


async def test_so_it_is_in_a_file(workspace: aio.Workspace, tmp_path: Path) -> None:
    saved = await workspace.save("Log | project n", tmp_path / "fine.parquet", start=START, end=END)
    assert saved.status == "complete", saved.reasons
    assert sorted(pd.read_parquet(saved)["n"]) == WANTED
    told = read_provenance(saved.path)
    assert (told["start"], told["end"]) == ("2024-01-01T00:00:00.9999997Z", "2024-01-01T00:00:01.0000013Z")
