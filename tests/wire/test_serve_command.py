"""``jupyter sentinel serve`` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

COMMAND = (sys.executable, "-c", "import sys; from jupyterlab_sentinel.cli import main; sys.exit(main())", "serve")
NAMES = {"endpoint", "workspace_id", "tenant_id", "client_id", "client_secret", "api_key", "ca_file"}
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and permissions are POSIX's")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    folders = {name: str(tmp_path / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    return {**os.environ, **folders, "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}


@contextmanager
def served(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        (*COMMAND, *arguments), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_how_to_ask_serves_and_leaves_nothing(
    logs: Path, tmp_path: Path, environment: dict[str, str], number: signal.Signals
) -> None:
    secret_file = tmp_path / "secret"
    with served(environment, str(logs), "--https", "--client-secret-file", str(secret_file)) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        assert set(facts) >= NAMES
        assert facts["client_secret"] == secret_file.read_text()
        ca_file = Path(facts["ca_file"])
        assert stat.S_IMODE(ca_file.stat().st_mode) == 0o600
        assert b"PRIVATE" not in ca_file.read_bytes()
        with httpx.Client(verify=ssl.create_default_context(cafile=str(ca_file)), trust_env=False) as client:
            found = client.get(
                f"{facts['endpoint']}/v1/workspaces/{facts['workspace_id']}/query",
                params={"query": "Log | count"},
                headers={"x-api-key": facts["api_key"]},
            )
            refused = client.get(
                f"{facts['endpoint']}/v1/workspaces/{facts['workspace_id']}/query?query=a_secret_query"
            )
        assert found.json()["tables"][0]["rows"] == [[3]]
        assert refused.status_code == 401
        arguments = Path(f"/proc/{process.pid}/cmdline")
        if arguments.exists():
            assert facts["client_secret"].encode() not in arguments.read_bytes()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out == ""
    # Nothing of the requests, nothing secret.
    assert err == "Serving on this machine only. Stop with Ctrl-C.\n"
    assert not ca_file.exists()
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.1", int(facts["endpoint"].rsplit(":", 1)[1]))) != 0


@POSIX
def test_the_same_file_gives_the_same_secret_and_key(logs: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    secret_file = tmp_path / "secret"
    secret_file.write_text("correct horse battery staple\n")
    found = []
    for _ in range(2):
        with served(environment, str(logs), "--client-secret-file", str(secret_file)) as process:
            assert process.stdout is not None
            found.append(json.loads(process.stdout.readline()))
    for name in ("client_secret", "api_key", "workspace_id", "tenant_id", "client_id"):
        assert found[0][name] == found[1][name]
    assert found[0]["client_secret"] == "correct horse battery staple"
    assert found[0]["ca_file"] is None
    assert found[0]["endpoint"].startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_a_mistake(logs: Path, environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            (*COMMAND, str(logs), "--port", str(port)),
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Port {port} cannot be used: ")
    assert "Traceback" not in done.stderr


@POSIX
def test_a_running_query_does_not_hold_it_up_and_files_left_out_are_told(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "Good.csv").write_text("TimeGenerated,x\n2024-01-01T00:00:00Z,1\n")
    (folder / "Bad.parquet").write_bytes(b"no parquet")
    with served(environment, str(folder)) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        endless = "range x from 1 to 1000000000000000 step 1 | summarize count()"
        body = json.dumps({"query": endless}).encode()
        with socket.create_connection(("127.0.0.1", int(facts["endpoint"].rsplit(":", 1)[1]))) as client:
            head = (
                f"POST /v1/workspaces/{facts['workspace_id']}/query HTTP/1.1\r\nHost: {facts['endpoint'][7:]}\r\n"
                f"x-api-key: {facts['api_key']}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            client.sendall(head.encode() + body)
            client.settimeout(0.5)
            with pytest.raises(TimeoutError):
                client.recv(1)
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "Bad.parquet is left out" in err
    assert "Traceback" not in err
