"""The backend against the project's own endpoint: the same frames as from the files themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jupyterlab_sentinel import aio
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from jupyterlab_sentinel.errors import AccessError, KqlSemanticError, UnknownWorkspaceError
from tests.wire.local_endpoint import Given, LocalEndpoint, write_logs

START = datetime(2024, 1, 1, tzinfo=UTC)
MANY = [
    {
        "TimeGenerated": f"{START + timedelta(microseconds=place * 37_000_001):%Y-%m-%dT%H:%M:%S.%f}{place % 10}Z",
        "n": place,
        "Big": 2**53 + place,
        "Text": f"row {place} \u202e",
        "Bag": {"a": [place, None]} if place % 3 else None,
    }
    for place in range(1500)
]
CASES = [
    "Log | where n < 40",
    "Log | project n, Big, when = TimeGenerated, span = TimeGenerated - datetime(2024-01-01), half = n / 2.0",
    "Log | summarize count(), dcount(Text), max(TimeGenerated) by bin(TimeGenerated, 6h) | order by TimeGenerated asc",
    "print i = int(1), l = 9223372036854775807, r = 1.5, b = true, s = 'x'",
    "print g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642), no = guid(null), nan = real(nan), inf = real(+inf)",
    "print n = long(null), d = datetime(null), t = time(1.02:03:04.0000005), j = dynamic({'a': [1, null, 2.5]})",
    "Log | where n < 0",
]


def facts_of(served: LocalEndpoint) -> dict[str, Any]:
    return served.facts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logs(tmp_path_factory.mktemp("many") / "logs", {"Log": MANY})


@pytest.fixture(scope="module")
def limited(folder: Path) -> Iterator[LocalEndpoint]:
    limits = Limits(rows=100, requests=100_000)
    with LocalEndpoint(Options(str(folder), limits=limits, https=True)) as served:
        yield served


@pytest.fixture(scope="module")
def whole(folder: Path) -> Iterator[LocalEndpoint]:
    with LocalEndpoint(Options(str(folder), limits=Limits(requests=100_000))) as served:
        yield served


async def connect(
    served: LocalEndpoint, monkeypatch: pytest.MonkeyPatch, closing: ExitStack | None = None, **changes: Any
) -> aio.Workspace:
    from azure.identity import ClientSecretCredential

    facts = {**facts_of(served), **changes}
    if facts["ca_file"]:
        monkeypatch.setenv("SSL_CERT_FILE", facts["ca_file"])
    secure = served.url.startswith("https")
    credential: Any = None
    if secure:
        credential = ClientSecretCredential(
            facts["tenant_id"],
            facts["client_id"],
            facts["client_secret"],
            authority=served.url,
            disable_instance_discovery=True,
            connection_verify=facts["ca_file"],
        )
        assert closing is not None
        closing.enter_context(credential)
    else:
        credential = Given(served)
    return await aio.connect(facts["workspace_id"], credential=credential, endpoint=served.url)


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """Closes Microsoft's credentials, which keep connections."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
async def azure(whole: LocalEndpoint, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[aio.Workspace]:
    made = await connect(whole, monkeypatch)
    yield made
    await made.close()


@pytest.fixture
async def files(folder: Path) -> AsyncIterator[aio.Workspace]:
    made = await aio.connect(str(folder))
    yield made
    await made.close()


@pytest.mark.parametrize("kql", CASES)
async def test_the_same_frame_both_ways(kql: str, azure: aio.Workspace, files: aio.Workspace) -> None:
    far, near = await azure.query(kql), await files.query(kql)
    assert [(item.name, item.type) for item in far.columns] == [(item.name, item.type) for item in near.columns]
    assert far.status == near.status == "complete"
    pd.testing.assert_frame_equal(far.to_pandas(), near.to_pandas())


async def test_the_schema_is_the_same(azure: aio.Workspace, files: aio.Workspace) -> None:
    far, near = await azure.tables("log"), await files.tables("log")
    assert [item.name for item in far] == [item.name for item in near] == ["Log"]
    assert set(far[0].columns) == set(near[0].columns)
    assert azure.info.tables == 1


async def test_an_azure_resource_by_its_id(whole: LocalEndpoint, files: aio.Workspace) -> None:
    resource = facts_of(whole)["resource_id"]
    azure = await aio.connect(resource, credential=Given(whole), endpoint=whole.url)
    assert [item.name for item in await azure.tables()] == ["Log"]
    far, near = await azure.query(CASES[0]), await files.query(CASES[0])
    pd.testing.assert_frame_equal(far.to_pandas(), near.to_pandas())
    await azure.close()
    for other in (f"{resource}/savedSearches/x", resource.rpartition("/providers")[0], f"{resource}x"):
        with pytest.raises(UnknownWorkspaceError):
            await aio.connect(other, credential=Given(whole), endpoint=whole.url)


async def test_an_unknown_table_has_its_place_and_a_neighbour(azure: aio.Workspace) -> None:
    with pytest.raises(KqlSemanticError) as caught:
        await azure.query("Logs\n| take 1")
    assert caught.value.position is not None
    assert "Log" in caught.value.hint


async def test_more_than_one_answer_may_hold_over_https_with_microsofts_credential(
    limited: LocalEndpoint, files: aio.Workspace, monkeypatch: pytest.MonkeyPatch, closing: ExitStack
) -> None:
    azure = await connect(limited, monkeypatch, closing)
    kql = "Log | where n % 2 == 0 | extend twice = n * 2"
    far, near = await azure.query(kql), await files.query(kql)
    assert (far.status, far.reasons) == ("complete", ())
    assert far.requests > 8
    assert far.to_pandas()["n"].tolist() == list(range(0, 1500, 2))
    pd.testing.assert_frame_equal(far.to_pandas(), near.to_pandas())
    start, end = START + timedelta(hours=1), START + timedelta(hours=9)
    bounded = await azure.query("Log", start=start, end=end)
    assert bounded.status == "complete"
    assert (
        bounded.to_pandas()["n"].tolist() == (await files.query("Log", start=start, end=end)).to_pandas()["n"].tolist()
    )
    joined = await azure.query("Log | join kind=inner (Log | project n) on n")
    assert joined.status == "partial"
    assert any("join" in reason for reason in joined.reasons)
    await azure.close()


async def test_a_wrong_secret_and_a_wrong_workspace(
    limited: LocalEndpoint, monkeypatch: pytest.MonkeyPatch, closing: ExitStack
) -> None:
    with pytest.raises(AccessError) as caught:
        await connect(limited, monkeypatch, closing, client_secret="wrong-secret-value")
    assert "wrong-secret-value" not in str(caught.value)
    with pytest.raises((AccessError, UnknownWorkspaceError)):
        await connect(limited, monkeypatch, closing, workspace_id="00000000-0000-0000-0000-000000000001")


async def test_a_configured_name_and_the_environments_credential(
    limited: LocalEndpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    facts = limited.facts
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    settings = {"WORKSPACE_ID": facts["workspace_id"], "ENDPOINT": limited.url, "SIGN_IN": "environment"}
    for key, value in settings.items():
        monkeypatch.setenv(f"JUPYTERLAB_SENTINEL_WORKSPACES__LOCAL__{key}", value)
    for key in ("tenant_id", "client_id", "client_secret"):
        monkeypatch.setenv(f"AZURE_{key.upper()}", facts[key])
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", limited.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", facts["ca_file"])
    azure = await aio.connect("local")
    assert azure.info.name == "local"
    assert azure.info.identity
    assert (await azure.query("Log | count")).to_pandas().iloc[0, 0] == len(MANY)
    await azure.close()
