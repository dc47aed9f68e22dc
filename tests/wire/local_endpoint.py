"""The project's own endpoint on loopback, over a folder of logs that the test writes."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx

from jupyterlab_sentinel.endpoint.serving import Options, serving

ROWS: list[dict[str, Any]] = [
    {"TimeGenerated": "2024-01-01T00:00:00.1234567Z", "Big": 9007199254740993, "Text": "one", "Bag": {"a": [1, None]}},
    {"TimeGenerated": "2024-01-02T00:00:00Z", "Big": 9223372036854775807, "Text": "tw\u00f6 \ud83d\udc0d", "Bag": None},
    {"TimeGenerated": "2024-01-03T12:00:00.5Z", "Big": None, "Text": "", "Bag": {}},
]


def write_logs(folder: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.ndjson").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return folder


@dataclass
class LocalEndpoint:
    """``with LocalEndpoint(Options(…)) as endpoint``: served on a thread of its own."""

    options: Options
    facts: dict[str, Any] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __enter__(self) -> Self:
        self._stack = AsyncExitStack()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        try:
            self.facts = asyncio.run_coroutine_threadsafe(self._start(), self.loop).result(60)
        except BaseException:
            self._end()
            raise
        return self

    async def _start(self) -> dict[str, str | None]:
        return (await self._stack.enter_async_context(serving(self.options))).facts

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stack.aclose(), self.loop).result(60)
        self._end()

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    @property
    def url(self) -> str:
        return str(self.facts["endpoint"])

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def query_path(self) -> str:
        return f"/v1/workspaces/{self.facts['workspace_id']}/query"

    @property
    def token_path(self) -> str:
        return f"/{self.facts['tenant_id']}/oauth2/v2.0/token"

    def client(self, **options: Any) -> httpx.Client:
        """A client with the api key, unless ``headers`` say otherwise."""
        options.setdefault("headers", {"x-api-key": self.facts["api_key"]})
        return httpx.Client(base_url=self.url, trust_env=False, timeout=60, verify=self._trust(), **options)

    def async_client(self) -> httpx.AsyncClient:
        headers = {"x-api-key": self.facts["api_key"]}
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=60, verify=self._trust())

    def _trust(self) -> ssl.SSLContext | bool:
        # Plain http verifies nothing, and need not read the system's certificates for each client.
        return ssl.create_default_context(cafile=self.facts["ca_file"]) if self.facts["ca_file"] else False

    def query(self, kql: str, *, prefer: str = "", **body: Any) -> httpx.Response:
        with self.client() as client:
            return client.post(self.query_path, json={"query": kql, **body}, headers={"Prefer": prefer})

    def rows(self, kql: str, **body: Any) -> list[list[Any]]:
        response = self.query(kql, **body)
        assert response.status_code == 200, response.text
        found: list[list[Any]] = response.json()["tables"][0]["rows"]
        return found

    def sign_in(self, scope: str | None = None, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.facts["client_id"],
            "client_secret": self.facts["client_secret"],
            "scope": f"{self.url}/.default" if scope is None else scope,
        }
        with self.client(headers={}) as client:
            return client.post(self.token_path, data={**form, **changes})

    def bearer(self, scope: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.sign_in(scope).json()['access_token']}"}


def claims(token: str) -> dict[str, Any]:
    """What a token says of itself."""
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


class Given:
    """A token fetched by hand: Microsoft's own credential wants https."""

    def __init__(self, served: LocalEndpoint) -> None:
        self._served = served

    def get_token(self, *scopes: str, **_options: Any) -> Any:
        from azure.core.credentials import AccessToken

        answer = self._served.sign_in(scopes[0]).json()
        return AccessToken(answer["access_token"], int(datetime.now(UTC).timestamp()) + int(answer["expires_in"]))
