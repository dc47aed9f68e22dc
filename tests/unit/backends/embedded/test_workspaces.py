"""``workspace("name").Table`` over folders that ``workspace.json`` names, and over nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, rows


@pytest.fixture
def case(folder: Path) -> Path:
    (folder / "T.csv").write_text("a\n1\n2\n")
    other = folder.parent / "other"
    other.mkdir()
    (other / "T.csv").write_text("a,TimeGenerated\n2,2020-01-01T00:00:00Z\n3,2024-01-01T00:00:00Z\n")
    (other / "Tail.csv").write_text("a\n9\n")
    (folder / "workspace.json").write_text('{"workspaces": {"x": "../other"}}')
    return folder


@pytest.mark.parametrize(
    ("kql", "wanted"),
    [
        ('workspace("x").T | project a', [(2,), (3,)]),
        ("union T, workspace('x').T | project a", [(1,), (2,), (2,), (3,)]),
        ("union workspace('x').T* | count", [(3,)]),
        ("T | join kind=inner (workspace('x').T) on a | project a", [(2,)]),
        ("T | join kind=inner workspace('x').T on a | project a", [(2,)]),
        ("let W = workspace('x').Tail; W | project a", [(9,)]),
        ("union isfuzzy=true T, workspace('x').Gone | count", [(2,)]),
        ("T | where a in (workspace('x').T | project a) | project a", [(2,)]),
    ],
)
async def test_tables_of_a_companion(case: Path, opened: Opener, kql: str, wanted: list[tuple[object, ...]]) -> None:
    del case
    assert sorted(await rows(await opened(), kql)) == wanted


async def test_the_time_range_bounds_them_too(case: Path, opened: Opener) -> None:
    del case
    backend = await opened()
    start, end = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    answer = await backend.run(QueryRequest("workspace('x').T | project a", start, end, now=NOW))
    assert answer.tables[0].data.column(0).to_pylist() == [3]
    assert [table.name for table in await backend.tables()] == ["T"]


async def test_what_is_not_there_is_told(case: Path, opened: Opener) -> None:
    del case
    backend = await opened()
    with pytest.raises(KqlUnsupportedError, match=r"workspace\('y'\)") as caught:
        await rows(backend, "workspace('y').T")
    assert caught.value.hint == "There are: x."
    with pytest.raises(KqlUnsupportedError, match="workspace"):
        await rows(backend, "union isfuzzy=true T, workspace('y').T")
    with pytest.raises(KqlSemanticError, match="no table 'Tal'") as missing:
        await rows(backend, "workspace('x').Tal")
    assert "Tail" in missing.value.hint
    with pytest.raises(KqlSemanticError, match="followed by a table"):
        await rows(backend, "workspace('x')")
    for call in (
        "cluster('c').database('d').T",
        "database('d').T",
        "app('a').requests",
        "adx('a').T",
        "arg('').Resources",
    ):
        with pytest.raises(KqlUnsupportedError, match=call.split("(", maxsplit=1)[0]):
            await rows(backend, call)


@pytest.mark.parametrize("named", ["/etc", "../../other", "..", "nowhere", "../link", "\\\\\\\\host\\\\share"])
async def test_only_folders_beside_this_one_are_opened(folder: Path, opened: Opener, named: str) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    far = folder.parent.parent / f"other-{folder.parent.name}"
    far.mkdir()
    (far / "T.csv").write_text("a\n1\n")
    (folder.parent / "link").symlink_to(far)
    (folder / "workspace.json").write_text(f'{{"workspaces": {{"x": "{named}"}}}}')
    backend = await opened()
    assert any("named as the workspace x, is not a folder beside this one" in notice for notice in backend.info.notices)
    with pytest.raises(KqlUnsupportedError, match=r"workspace\('x'\)"):
        await rows(backend, "workspace('x').T")


async def test_a_companion_that_cannot_be_read_is_left_out(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    (folder.parent / "empty").mkdir()
    (folder / "workspace.json").write_text('{"workspaces": {"x": "../empty"}}')
    backend = await opened()
    assert any(notice.startswith("The workspace x is left out") for notice in backend.info.notices)
    assert await rows(backend, "T | count") == [(1,)]
