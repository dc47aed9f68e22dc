from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend

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
