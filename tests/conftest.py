"""What the whole suite shares."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel import demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo workspace, built once for all of a run's processes; tests leave it as it is."""
    base = tmp_path_factory.getbasetemp()
    return demo.build((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Converted tables go where the run's other files are, not into the user's cache, which grows and is read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTERLAB_SENTINEL_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield
