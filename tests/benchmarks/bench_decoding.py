"""From a query on loopback to a typed frame: this package against Microsoft's client, and against parsing alone.

``orjson.loads`` of the body is the floor: no rows are typed there, nothing is fetched. Each sample is a fresh
process, and the ways alternate, so that a busy machine slows all alike: the ratios are the figures, those of
processor time the steadier. Memory is the peak above what the process held before the query (Linux only).
"""

from __future__ import annotations

import asyncio
import http.server
import json
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WORKSPACE = "11111111-2222-3333-4444-555555555555"
ROOT = Path(__file__).parents[2]
WAYS = ("floor", "ours", "sdk")
SHAPES = {"100,000 rows x 25 columns": (100_000, 25), "500,000 rows x 8 columns": (500_000, 8)}
# As many times as an alert or an incident has: generated, begun, ended, processed.
KINDS = ["string", "datetime", "string", "long", "real", "bool", "string", "dynamic"]


def wire_body(rows: int, width: int) -> bytes:
    """An answer of the query service, as it would be for a wide log table."""
    kinds = (KINDS + ["string"] * 11 + ["datetime"] * 3 + ["int", "long", "timespan"])[:width]
    columns = [{"name": f"Column{place}", "type": kind} for place, kind in enumerate(kinds)]
    lines = (json.dumps([_cell(kind, row, place) for place, kind in enumerate(kinds)]) for row in range(rows))
    head = json.dumps(columns)
    return f'{{"tables":[{{"name":"PrimaryResult","columns":{head},"rows":[{",".join(lines)}]}}]}}'.encode()


def _cell(kind: str, row: int, place: int) -> object:
    match kind:
        case "datetime":
            return f"2024-02-{row % 28 + 1:02}T{row % 24:02}:{row % 60:02}:07.{row * 7919 % 10**7:07}Z"
        case "long" | "int":
            return None if row % 11 == 0 else row * 13 % 2**31
        case "real":
            return row / 7
        case "bool":
            return None if row % 13 == 0 else row % 2 == 0
        case "timespan":
            return f"{row % 24:02}:{row % 60:02}:00.{row % 1000:07}"
        case "dynamic":
            return f'{{"CommandLine": "/usr/bin/wget -q x{row % 999}", "Pid": {row}}}'
    texts = (
        "Microsoft Windows security auditing on HOST-0001.CONTOSO",
        f"10.{row % 7}.{row % 255}.{place}",
        f"CN=user{row % 5000},OU=People,DC=contoso,DC=example",
    )
    return texts[place % 3]


class Token:
    """Stands in for a sign-in."""

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken("token", int(time.time()) + 3600)


def ask_floor(url: str) -> int:
    """Seconds are those of the parser alone."""
    import urllib.request

    import orjson

    with urllib.request.urlopen(f"{url}/body") as answer:
        body = answer.read()
    meter = Meter()
    rows = len(orjson.loads(body)["tables"][0]["rows"])
    meter.report()
    return rows


def ask_sdk(url: str) -> int:
    """Microsoft's client, then a frame, as its documentation shows it."""
    import pandas as pd
    from azure.monitor.query import LogsQueryClient

    client = LogsQueryClient(Token(), endpoint=url)
    meter = Meter()
    table = client.query_workspace(WORKSPACE, "T", timespan=None, enforce_https=False).tables[0]
    frame = pd.DataFrame(table.rows, columns=table.columns)
    meter.report()
    return len(frame)


def ask_ours(url: str) -> int:
    """The backend, then a typed frame."""
    import pandas as pd  # noqa: F401  # loaded before the clock starts, as in the other way

    from jupyterlab_sentinel.backends.log_analytics import LogAnalyticsBackend
    from jupyterlab_sentinel.ports import QueryRequest

    async def fetch() -> int:
        backend = LogAnalyticsBackend.create(WORKSPACE, {"credential": Token(), "endpoint": url})
        await backend.open()
        meter = Meter()
        result = await backend.run(QueryRequest("T"))
        frame = result.to_pandas()
        meter.report()
        await backend.close()
        return len(frame)

    return asyncio.run(fetch())


@dataclass
class Meter:
    """Measures from its making to :meth:`report`."""

    started: float = field(default_factory=time.perf_counter)
    busy: float = field(default_factory=time.process_time)
    held: int = field(default_factory=lambda: resident("VmRSS"))

    def report(self) -> None:
        """One line for the parent: seconds, processor seconds, bytes."""
        seconds, busy = time.perf_counter() - self.started, time.process_time() - self.busy
        print(seconds, busy, resident("VmHWM") - self.held)


def resident(which: str) -> int:
    """The resident size (``VmRSS``) or its largest so far (``VmHWM``), in bytes."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith(which))


def serve(body: bytes) -> http.server.ThreadingHTTPServer:
    """The body, and a schema, to whoever asks."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
            """Say nothing."""

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = b'{"tables": []}' if self.path.endswith("/metadata") else body
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)

        def do_POST(self) -> None:
            self.do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def sample(way: str, url: str) -> tuple[float, float, float]:
    """Seconds, processor seconds and MiB of one query in a fresh process."""
    done = subprocess.run([sys.executable, __file__, way, url], capture_output=True, text=True, check=True, cwd=ROOT)
    seconds, busy, size = done.stdout.split()
    return float(seconds), float(busy), int(size) / 2**20


def main(rounds: int = 3) -> None:
    """Print medians and ratios for each shape."""
    import pandas as pd

    print(f"pandas {pd.__version__}")
    for name, shape in SHAPES.items():
        body = wire_body(*shape)
        server = serve(body)
        url = f"http://127.0.0.1:{server.server_port}"
        found: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way in WAYS:
                found[way].append(sample(way, url))
        server.shutdown()
        medians = {way: tuple(map(statistics.median, zip(*found[way], strict=True))) for way in WAYS}
        print(f"{name}, {len(body) / 1e6:.0f} MB")
        for way, (seconds, busy, size) in medians.items():
            print(f"  {way:6} {seconds:7.2f} s   {busy:7.2f} s of a processor   {size:6.0f} MiB")
        ours, sdk, floor = medians["ours"], medians["sdk"], medians["floor"]
        print(f"  SDK / ours: {sdk[0] / ours[0]:.1f} in time, {sdk[1] / ours[1]:.1f} in processor time;", end=" ")
        print(f"ours / SDK in memory: {ours[2] / sdk[2]:.2f};", end=" ")
        print(f"ours / orjson.loads: {ours[0] / floor[0]:.2f} in time, {ours[1] / floor[1]:.2f} in processor time")


if __name__ == "__main__":
    asked = {"floor": ask_floor, "ours": ask_ours, "sdk": ask_sdk}
    if len(sys.argv) == 3:
        asked[sys.argv[1]](sys.argv[2])
    else:
        main()
