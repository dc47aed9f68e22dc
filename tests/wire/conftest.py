from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from jupyterlab_sentinel import aio
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from tests.faultserver import FaultServer
from tests.wire.local_endpoint import ROWS, Given, LocalEndpoint, write_logs
from tests.wire.service import Service


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        yield server


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logs(tmp_path_factory.mktemp("served") / "logs", {"Log": ROWS, "Other": ROWS[:1]})


@pytest.fixture(scope="session")
def endpoint(logs: Path) -> Iterator[LocalEndpoint]:
    """Plain http; generous with requests, so that tests may share it."""
    with LocalEndpoint(Options(str(logs), limits=Limits(requests=100_000))) as served:
        yield served


@pytest.fixture(scope="session")
def secure(logs: Path) -> Iterator[LocalEndpoint]:
    """The same over https."""
    with LocalEndpoint(Options(str(logs), https=True, limits=Limits(requests=100_000))) as served:
        yield served


@pytest.fixture(params=["files", "azure"])
async def workspace(
    request: pytest.FixtureRequest, folder: Path, served: LocalEndpoint
) -> AsyncIterator[aio.Workspace]:
    """A module's ``folder``, opened here and through ``served``, its endpoint."""
    if request.param == "files":
        made = await aio.connect(str(folder))
    else:
        given = Given(served)
        made = await aio.connect(served.facts["workspace_id"], credential=given, endpoint=served.url)
    yield made
    await made.close()
