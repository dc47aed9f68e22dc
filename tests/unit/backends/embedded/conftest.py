from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.backends.embedded.database import open_database
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions

from .asking import Opener


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "logs"
    path.mkdir()
    return path


@pytest.fixture
async def opened(folder: Path, tmp_path: Path) -> AsyncIterator[Opener]:
    """Opens the folder (or another path) once the test has written its files."""
    backends: list[EmbeddedBackend] = []

    async def open_it(path: Path | None = None, **options: object) -> EmbeddedBackend:
        backend = EmbeddedBackend.create(str(path or folder), {"cache_dir": str(tmp_path / "cache"), **options})
        backends.append(backend)
        await backend.open()
        return backend

    yield open_it
    for backend in backends:
        await backend.close()


@pytest.fixture(scope="module")
def execution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Execution]:
    """Runs statements over no tables."""
    connection = open_database(tmp_path_factory.mktemp("scratch"), "1GB")
    yield Execution(connection, PythonFunctions())
    connection.close()


@pytest.fixture(scope="session")
def workspaces() -> Iterator[dict[str, EmbeddedBackend]]:
    """What :func:`kept_open` has opened, by what it holds."""
    opened: dict[str, EmbeddedBackend] = {}
    yield opened
    for backend in opened.values():
        asyncio.run(backend.close())


@pytest.fixture
def kept_open(folder: Path, workspaces: dict[str, EmbeddedBackend], tmp_path_factory: pytest.TempPathFactory) -> Opener:
    """As ``opened``, for modules that only ask: the same files are opened once for all of them.

    Such a module says so: its own ``opened`` returns this.
    """

    async def open_it() -> EmbeddedBackend:
        held = _digest(folder)
        if held not in workspaces:
            home = tmp_path_factory.mktemp("kept")
            copy = shutil.copytree(folder, home / folder.name)
            backend = EmbeddedBackend.create(str(copy), {"cache_dir": str(home / "cache")})
            await backend.open()
            workspaces[held] = backend
        return workspaces[held]

    return open_it


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for part in (str(path.relative_to(folder)).encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
