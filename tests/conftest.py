"""What the whole suite shares."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel import demo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo workspace, built once for all of a run's processes; tests leave it as it is."""
    base = tmp_path_factory.getbasetemp()
    return demo.build((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo")
