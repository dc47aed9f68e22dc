from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.settings.secrets import SecretVault

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of the test's own, and no keyring of this machine."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(SecretVault, "_keyring", lambda _: None)
    return tmp_path
