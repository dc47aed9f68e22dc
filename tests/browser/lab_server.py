"""A JupyterLab of the tests' own: nothing of the user's is read or written."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 120
STOP_SECONDS = 20
QUIET_PAGE = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@dataclass(frozen=True)
class LabServer:
    """A running server: its address without a slash at the end, its token, the folder that it shows, its log."""

    url: str
    token: str
    root: Path
    log: deque[str]


@contextmanager
def running_lab(folder: Path, **environment: str) -> Iterator[LabServer]:
    """Start JupyterLab below ``folder`` on a free port; stop it, and its kernels, at the end.

    :param environment: what its environment holds beside the tests'.
    """
    root = folder / "notebooks"
    root.mkdir(parents=True)
    token = secrets.token_hex(16)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            f"--ServerApp.root_dir={root}",
            "--ServerApp.allow_unauthenticated_access=False",
            f"--IdentityProvider.token={token}",
            "--LabApp.expose_app_in_browser=True",
        ],
        env=_environment(folder) | environment,
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    log: deque[str] = deque(maxlen=2000)
    assert process.stderr is not None
    reader = threading.Thread(target=log.extend, args=(process.stderr,), daemon=True)
    with process:
        try:
            address = _address(process, log)
            reader.start()
            _wait_until_up(address)
            yield LabServer(address, token, root, log)
        finally:
            _stop(process)
            if reader.is_alive():
                reader.join(STOP_SECONDS)


def _wait_until_up(address: str) -> None:
    """The server tells its address before it listens there."""
    parts = urlsplit(address)
    last = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((parts.hostname or "", parts.port or 0)).close()
        except ConnectionRefusedError:
            if time.monotonic() > last:
                raise
            time.sleep(0.05)
        else:
            return


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment(folder: Path) -> dict[str, str]:
    """The tests' environment, with every place where Jupyter keeps something moved below ``folder``."""
    config = folder / "config"
    (config / "labconfig").mkdir(parents=True)
    (config / "labconfig" / "page_config.json").write_text(json.dumps(QUIET_PAGE))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "XDG_", "PYTEST"))
    }
    return kept | {
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }


def _address(process: subprocess.Popen[str], log: deque[str]) -> str:
    """Read the log up to the line that tells the address."""
    assert process.stderr is not None
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        for line in process.stderr:
            log.append(line)
            start = line.find("http://127.0.0.1:")
            if start >= 0:
                return line[start:].split("/lab", 1)[0].rstrip("/")
    finally:
        watchdog.cancel()
    raise AssertionError("JupyterLab did not start:\n" + "".join(log))
