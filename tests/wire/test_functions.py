"""Functions that are saved in a workspace: as the metadata of each service tells them, and for completion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyterlab_sentinel import aio
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from jupyterlab_sentinel.errors import KqlUnsupportedError
from jupyterlab_sentinel.magics.completion import call
from tests.wire.local_endpoint import ROWS, Given, LocalEndpoint, write_logs

FUNCTIONS = {
    "Recent.kql": "let Recent = (days: long) { Log | take days };",
    "Marked.kql": '.create function with (docstring="Marks rows.") Marked(T:(Big:long), mark:string="x") { T }',
    "Everything.kql": "Log | where Big > 0",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_logs(tmp_path_factory.mktemp("functions") / "logs", {"Log": ROWS})
    (made / "functions").mkdir()
    for name, text in FUNCTIONS.items():
        (made / "functions" / name).write_text(text, "utf-8")
    return made


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[LocalEndpoint]:
    with LocalEndpoint(Options(str(folder), limits=Limits(requests=100_000))) as endpoint:
        yield endpoint


async def test_every_backend_tells_the_same(workspace: aio.Workspace) -> None:
    schema = await workspace.refresh_schema()
    assert [(one.name, one.parameters.replace(" ", "")) for one in schema.functions.values()] == [
        ("Everything", "()"),
        ("Marked", '(T:(Big:long),mark:string="x")'),
        ("Recent", "(days:long)"),
    ]
    assert schema.functions["Marked"].description == "Marks rows."
    assert sorted(map(call, schema.functions.values())) == ["Everything", "Marked(T, mark)", "Recent(days)"]
    assert [one.name for one in await workspace.functions("*rec*")] == ["Recent"]


async def test_they_can_be_called(workspace: aio.Workspace) -> None:
    frame = (await workspace.query("Everything | where Big > 1 | count")).to_pandas()
    assert frame["Count"].tolist() == [2]
    assert len((await workspace.query("Recent(1)")).to_pandas()) == 1


def test_as_a_saved_search_has_them(served: LocalEndpoint) -> None:
    with served.client() as client:
        found = client.get(f"/v1/workspaces/{served.facts['workspace_id']}/metadata").json()
    assert [(one["id"], one.get("parameters")) for one in found["functions"]] == [
        ("Everything", None),
        ("Marked", 'T:(Big:long), mark:string="x"'),
        ("Recent", "days:long"),
    ]
    assert found["workspaces"][0]["related"]["functions"] == ["Everything", "Marked", "Recent"]


async def test_data_explorer_tells_them_too_and_refuses_what_it_cannot_bound(served: LocalEndpoint) -> None:
    from datetime import UTC, datetime

    made = await aio.connect(f"{served.url}/logs", credential=Given(served))
    try:
        schema = await made.refresh_schema()
        assert sorted(map(call, schema.functions.values())) == ["Everything", "Marked(T, mark)", "Recent(days)"]
        with pytest.raises(KqlUnsupportedError, match="stored function"):
            await made.query("Everything", start=datetime(2024, 1, 1, tzinfo=UTC))
    finally:
        await made.close()
