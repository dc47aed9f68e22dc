"""Strange credentials, strange answers, and what happens around a query: one typed error, and the next query works."""

from __future__ import annotations

import asyncio
import base64
import email.utils
import logging
import threading
import time
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import psutil
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DeviceCodeCredential

from jupyterlab_sentinel.backends.log_analytics import LogAnalyticsBackend
from jupyterlab_sentinel.backends.log_analytics import client as client_module
from jupyterlab_sentinel.backends.log_analytics.client import Client
from jupyterlab_sentinel.backends.log_analytics.endpoints import Endpoint
from jupyterlab_sentinel.backends.log_analytics.sign_ins import Unasked
from jupyterlab_sentinel.backends.log_analytics.tokens import TokenSource
from jupyterlab_sentinel.errors import (
    AccessError,
    LimitError,
    SentinelError,
    ServiceError,
    SignInNeededError,
    ThrottledError,
)
from jupyterlab_sentinel.models.timerange import parse_time_range
from jupyterlab_sentinel.services.clocks import present
from tests.faultserver import FaultServer
from tests.identity_server import IdentityServer
from tests.wire.service import LA_OK, WORKSPACE, FakeToken, Reply, Service, reply
from tests.wire.test_bodies import BEGINS
from tests.wire.test_client_faults import answering, client_of, failing
from tests.wire.test_kusto_faults import Asking
from tests.wire.test_slicing import Logs


class Odd:
    """A credential of a stranger's making."""

    def __init__(self, gives: Any) -> None:
        self.gives = gives

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        if isinstance(self.gives, BaseException):
            raise self.gives
        return self.gives


@pytest.mark.parametrize(
    "gives",
    [
        None,
        "token",
        AccessToken(None, 4_000_000_000),  # type: ignore[arg-type]  # the case
        AccessToken("t", None),  # type: ignore[arg-type]  # likewise
        SimpleNamespace(token=b"t", expires_on=4_000_000_000),
        SystemExit("leave"),
        KeyboardInterrupt(),
        GeneratorExit(),
        StopIteration(1),
        RecursionError("deep"),
    ],
    ids=repr,
)
async def test_whatever_a_credential_does_is_a_sign_in_that_did_not_work(service: Service, gives: Any) -> None:
    client = client_of(service.url, Odd(gives))
    error = await failing(client)
    assert isinstance(error, AccessError)
    assert service.asked == []
    await client.close()


async def test_a_credential_that_gives_something_to_wait_for(service: Service) -> None:
    inner = FakeToken()

    class Wrapped:
        def get_token(self, *scopes: str, **options: Any) -> Any:
            async def later() -> Any:
                return inner.get_token(*scopes, **options)

            return later()

    client = client_of(service.url, Wrapped())
    await answering(client)
    await client.close()


@pytest.mark.parametrize(
    ("raised", "class_"),
    [(MemoryError(), LimitError), (AssertionError("x"), ServiceError), (NotImplementedError("x"), ServiceError)],
)
async def test_what_cannot_be_decoded_is_an_error_of_ours(
    service: Service, monkeypatch: pytest.MonkeyPatch, raised: Exception, class_: type[SentinelError]
) -> None:
    def decode(*_: Any) -> Any:
        raise raised

    client = client_of(service.url)
    with monkeypatch.context() as patched:
        patched.setattr(client_module, "decode", decode)
        error = await failing(client)
    assert type(error) is class_
    assert len(service.asked) == 1
    await answering(client)
    await client.close()


async def test_closing_amid_a_query_is_an_error_of_ours(faults: FaultServer) -> None:
    client = client_of(faults.url)
    faults.set("500", ok=LA_OK)
    asked = asyncio.create_task(failing(client))
    await asyncio.to_thread(faults.seen.wait, 10)
    await client.close()
    assert isinstance(await asked, SentinelError)
    await client.close()


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "soon", "", "Sat, 1 Jan 1970 99:99 GMT"]
)
async def test_a_date_that_cannot_be_is_no_clock(service: Service, date: str) -> None:
    service.answer = lambda _asked: Reply(reply(LA_OK).body, headers={"Date": date})
    backend = LogAnalyticsBackend.create(WORKSPACE, {"credential": FakeToken(), "endpoint": service.url})
    service.answer = Logs([])
    await backend.open()
    client = cast("Client", backend._client)
    client.note_clock({"Date": date})
    assert abs(client.server_ahead_s) < 60
    parse_time_range("today").resolve(present(backend))
    await backend.close()


def test_a_date_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        client = Client(cast("Any", None), cast("Any", None))
        client.note_clock({"Date": email.utils.formatdate(time.time()).replace("+0000", "-0000")})
        assert abs(client.server_ahead_s) < 60
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("asks", "waits_s"),
    [
        ("Fri, 31 Dec 99999999999999 23:59:59 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999", None),
        ("9" * 400, 366 * 86_400),
    ],
)
async def test_a_wait_that_cannot_be_is_an_error_of_ours(service: Service, asks: str, waits_s: float | None) -> None:
    client = client_of(service.url, sleep=_no_sleep)
    service.answer = lambda _asked: reply({}, 429, Retry_After=asks)
    error = await failing(client)
    assert isinstance(error, ThrottledError)
    assert error.retry_after == waits_s
    assert "inf" not in error.message
    await client.close()


async def _no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


async def test_a_refusal_that_cannot_be_read_is_an_error_of_ours(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(*_: object) -> SentinelError:
        raise RecursionError

    monkeypatch.setattr(client_module, "refusal", refusal)
    client = client_of(service.url)
    service.answer = lambda _asked: reply({}, 400)
    assert "400" in (await failing(client)).message
    await client.close()


async def test_an_error_holds_no_frame_that_holds_the_answer(service: Service) -> None:
    client = client_of(service.url)
    service.answer = lambda _asked: reply({"error": {"code": "x", "message": "y" * 1000}})
    error = await failing(client)
    names = [frame.f_code.co_name for frame, _line in traceback.walk_tb(error.__traceback__)]
    assert not {"once", "_decoded", "decoded"} & {*names}
    assert error.__context__ is None
    await client.close()


async def test_a_token_that_is_nested_without_end_has_no_name(service: Service) -> None:
    nested = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    client = client_of(service.url, Odd(AccessToken(f"a.{nested}.c", 4_000_000_000)))
    await client.tokens.token()
    assert client.tokens.identity is None
    await client.close()


def test_who_is_not_signed_in_is_told_without_the_libraries_own_words() -> None:
    class Refusing:
        def get_token(self, *_scopes: str, **_options: object) -> object:
            raise ClientAuthenticationError("no Bearer SECRETSECRET \x1b[31m")

    with pytest.raises(SignInNeededError) as caught:
        Unasked(Refusing()).get_token("scope")
    shown = "".join(traceback.format_exception(caught.value))
    assert "SECRET" not in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("library", ["azure.identity", "msal.oauth2cli.oauth2", "msal_extensions.persistence"])
def test_what_libraries_log_is_not_printed_into_the_cell(
    library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    for name in ("azure", "azure.identity", "msal", "msal_extensions"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
    TokenSource(FakeToken(), "scope")
    logging.getLogger(library).error("Token response is not in json format: %s", "\x1b[31mSECRET")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kind", ["kusto", "graph"])
@pytest.mark.parametrize("mode", ["hang", "endless_rows", "429"])
async def test_a_stopped_query_leaves_no_task_no_thread_and_no_connection(
    faults: FaultServer, kind: str, mode: str
) -> None:
    asking = Asking(kind, faults.url)
    faults.set(mode, ok=asking.ok, retry_after=9, begins=BEGINS[kind], gap_s=0.02)
    # Endpoints that other tests share have threads of their own.
    before, threads = asyncio.all_tasks(), set(threading.enumerate())
    asked = asyncio.create_task(asking.ask())
    await asyncio.to_thread(faults.seen.wait, 10)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await asking.client.close()
    assert asyncio.all_tasks() == before
    left = set(threading.enumerate()) - threads
    assert not [thread for thread in left if thread.name.startswith("sentinel-")]
    for _ in range(100):
        if not connected(urlsplit(faults.url).port):
            return
        await asyncio.sleep(0.02)
    pytest.fail("still connected")


def connected(port: int | None) -> bool:
    found = psutil.Process().net_connections()
    return any(each.status == psutil.CONN_ESTABLISHED and port in each.raddr[1:] for each in found)


# --- what the environment says --------------------------------------------------------------------


async def test_passwords_of_netrc_are_not_sent_and_stop_nothing(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password SECRET\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    endpoint = Endpoint(service.url, f"{service.url}/.default", "login.microsoftonline.com", loopback=False)
    client = Client(endpoint, TokenSource(FakeToken(), endpoint.scope))
    await answering(client)
    assert [asked.headers["authorization"] for asked in service.asked] == ["Bearer SECRET-1"]
    await client.close()


@pytest.mark.parametrize("scheme", ["http://", ""])
async def test_a_proxys_password_goes_to_the_proxy_alone(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    heard: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}user:SECRET@127.0.0.1:{port}")
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    client = client_of("https://logs.example.com")
    error = await failing(client)
    assert "proxy" in error.message
    (request,) = heard
    assert request.startswith(b"CONNECT logs.example.com:443")
    assert base64.b64encode(b"user:SECRET") in request
    assert b"Bearer" not in request
    await client.close()
    server.close()


# --- redirects ------------------------------------------------------------------------------------


async def test_redirects_of_metadata_are_not_followed(faults: FaultServer) -> None:
    with FaultServer() as elsewhere:
        client = client_of(faults.url)
        faults.set("redirect", to=f"{elsewhere.url}/x")
        with pytest.raises(SentinelError):
            await client.metadata(WORKSPACE, "contoso")
        assert elsewhere.log == []
        await client.close()


@pytest.mark.parametrize("kind", ["secret", "device"])
async def test_redirects_of_sign_ins_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with FaultServer() as elsewhere, IdentityServer(tmp_path / "identity", lambda _scope: "t") as identity:
        identity.elsewhere = elsewhere.url
        more: dict[str, Any] = {
            "authority": identity.url,
            "disable_instance_discovery": True,
            "connection_verify": str(identity.ca_file),
        }
        credential: Any = (
            ClientSecretCredential("tenant", "client", "SECRET-of-client", **more)
            if kind == "secret"
            else DeviceCodeCredential(prompt_callback=lambda *_: None, **more)
        )
        source = TokenSource(credential, "https://api.loganalytics.io/.default")
        with credential, pytest.raises(AccessError) as caught:
            await source.token()
        assert "SECRET" not in str(caught.value)
        assert elsewhere.log == []
        assert identity.asked
