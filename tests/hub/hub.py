"""A JupyterHub for tests, and a user's browser in so far as it matters here: cookies and redirects."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).resolve().parent
START_SECONDS = 120
STOP_SECONDS = 30
SPAWN_SECONDS = 120.0


@dataclass(frozen=True)
class Hub:
    """A running hub: its address without a slash at the end, the password of all users, their homes, its log."""

    url: str
    password: str
    homes: Path
    log: deque[str]


@contextmanager
def running_hub(folder: Path, given: Mapping[str, str]) -> Iterator[Hub]:
    """Start a hub with the example's configuration; stop it, its proxy and its users' servers at the end.

    :param given: what the hub puts into the environment of every user's server.
    """
    ports = _free_ports(3)
    password = secrets.token_hex(16)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))}
    environment |= {
        "HOME": str(folder),
        "SENTINEL_HUB_FOLDER": str(folder),
        "SENTINEL_HUB_PASSWORD": password,
        "SENTINEL_HUB_GIVEN": json.dumps(dict(given)),
        "SENTINEL_HUB_PORTS": " ".join(str(port) for port in ports),
        "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16),
    }
    log: deque[str] = deque(maxlen=4000)
    with subprocess.Popen(
        [sys.executable, "-m", "jupyterhub", "-f", HERE / "jupyterhub_config.py"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        reader = threading.Thread(target=log.extend, args=(process.stderr,), daemon=True)
        try:
            _wait_until_up(process, log)
            reader.start()
            yield Hub(f"http://127.0.0.1:{ports[0]}", password, folder / "home", log)
        finally:
            _stop(process)
            if reader.is_alive():
                reader.join(STOP_SECONDS)


class User:
    """A user signed in to a hub, with his server up."""

    def __init__(self, hub: Hub, name: str, client: httpx.Client) -> None:
        self.name = name
        self.hub = hub
        self._client = client

    def sign_in(self) -> None:
        """Sign in, start the server, wait until it stands, and let it hand out its cookies."""
        self._client.get("/hub/login").raise_for_status()
        form = {"username": self.name, "password": self.hub.password, "_xsrf": self._cookie("/hub/")}
        signed_in = self._client.post("/hub/login", data=form)
        assert "/hub/login" not in str(signed_in.url), "".join(self.hub.log)
        self._client.get(f"/hub/spawn/{self.name}").raise_for_status()
        self._wait_for_server()
        # only a page starts the hop through the hub that brings the server's cookie; an API address never does
        self._client.get(f"/user/{self.name}/lab").raise_for_status()

    def get(self, path: str, *, of: str | None = None) -> httpx.Response:
        """GET an address of a user's server (his own by default), with his cookies; no redirect is followed."""
        return self._client.get(f"/user/{of or self.name}/{path}", follow_redirects=False)

    def post(self, path: str, body: object, *, of: str | None = None) -> httpx.Response:
        """POST JSON likewise."""
        owner = of or self.name
        headers = {"X-XSRFToken": self._cookie(f"/user/{self.name}/")}
        return self._client.post(f"/user/{owner}/{path}", json=body, headers=headers, follow_redirects=False)

    def _cookie(self, path: str) -> str:
        return next(c.value or "" for c in self._client.cookies.jar if c.name == "_xsrf" and c.path == path)

    def _wait_for_server(self) -> None:
        """Follow the hub's own events until it says that the server is ready."""
        progress = f"/hub/api/users/{self.name}/server/progress"
        headers = {"X-XSRFToken": self._cookie("/hub/"), "Referer": f"{self.hub.url}/hub/"}
        with self._client.stream("GET", progress, headers=headers, timeout=SPAWN_SECONDS) as events:
            events.raise_for_status()
            for line in events.iter_lines():
                event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                assert not event.get("failed"), event
                if event.get("ready"):
                    return
        raise AssertionError(f"The server of {self.name} did not start:\n" + "".join(self.hub.log))


@contextmanager
def signed_in(hub: Hub, *names: str) -> Iterator[list[User]]:
    """Users with their servers up, each in a browser of his own."""
    with ExitStack() as stack:
        users = []
        for name in names:
            client = stack.enter_context(httpx.Client(base_url=hub.url, follow_redirects=True, timeout=SPAWN_SECONDS))
            user = User(hub, name, client)
            user.sign_in()
            users.append(user)
        yield users


def _wait_until_up(process: subprocess.Popen[str], log: deque[str]) -> None:
    assert process.stderr is not None
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        for line in process.stderr:
            log.append(line)
            if "JupyterHub is now running" in line:
                return
    finally:
        watchdog.cancel()
    raise AssertionError("JupyterHub did not start:\n" + "".join(log))


def _stop(process: subprocess.Popen[str]) -> None:
    """The hub stops its proxy and servers; what is left of its session goes with it."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_ports(count: int) -> list[int]:
    """Ports that are free, and that nothing else gets before the hub does: the system itself hands out higher ones."""
    with ExitStack() as stack:
        free: list[int] = []
        while len(free) < count:
            one = stack.enter_context(socket.socket())
            port = 20_000 + secrets.randbelow(12_000)
            with suppress(OSError):
                one.bind(("127.0.0.1", port))
                free.append(port)
        return free
