from __future__ import annotations

import asyncio
import base64
import logging
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.errors import (
    AccessError,
    LimitError,
    QueryTimeoutError,
    SentinelError,
    ServiceError,
    ThrottledError,
)
from jupyterlab_sentinel.http import HttpClient, Rules
from jupyterlab_sentinel.http.addresses import is_public
from jupyterlab_sentinel.http.bodies import DEEPEST, parse_json
from jupyterlab_sentinel.http.waiting import Pace, backoff, retry_after
from tests.faultserver import FaultServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

KEY = "CANARY-KEY-77"


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.slept.append(seconds)
            self.now += seconds


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(clock: Clock) -> AsyncIterator[HttpClient]:
    made = make(clock)
    yield made
    await made.close()


def make(clock: Clock, *, deadline_s: float = 15.0) -> HttpClient:
    rules = Rules(
        schemes=frozenset({"http"}),
        address_allowed=lambda address: address == "127.0.0.1",
        use_proxies=False,
        deadline_s=deadline_s,
    )
    return HttpClient(rules, sleep=clock.sleep, clock=clock, dice=lambda: 1.0)


async def get(client: HttpClient, server: FaultServer, **options: object) -> object:
    answer = await client.get_json(
        "rdap",
        f"{server.url}/secret-path/8.8.8.8",
        headers={"X-Key": KEY},
        per_second=1000,
        **options,  # type: ignore[arg-type]
    )
    return answer.data


async def test_an_answer(client: HttpClient, server: FaultServer) -> None:
    assert await get(client, server) == {"ok": True}
    server.set("gzip", ok={"x": ["é"] * 1000})
    assert await get(client, server) == {"x": ["é"] * 1000}
    _, path, headers = server.log[0]
    assert path == "/secret-path/8.8.8.8"
    assert headers["X-Key"] == KEY


async def test_not_found_is_an_answer(client: HttpClient, server: FaultServer) -> None:
    server.set("404")
    answer = await client.get_json("rdap", server.url, per_second=1000)
    assert (answer.found, answer.data) == (False, None)
    assert len(server.log) == 1


@pytest.mark.parametrize("fault", ["408", "429", "500", "502", "503", "504", "rst", "rst_mid", "short", "bad_http"])
async def test_passing_faults_are_tried_again(
    client: HttpClient, server: FaultServer, clock: Clock, fault: str
) -> None:
    server.set(fault, times=3)
    assert await get(client, server) == {"ok": True}
    assert len(server.log) == 4
    assert clock.slept == [0.8, 1.6, 3.2]


@pytest.mark.parametrize("fault", ["408", "500", "502", "503", "504", "rst", "rst_mid", "short", "bad_http"])
async def test_lasting_faults_end_after_four_tries(client: HttpClient, server: FaultServer, fault: str) -> None:
    server.set(fault)
    with pytest.raises(ServiceError, match="rdap"):
        await get(client, server)
    assert len(server.log) == 4


@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_is_waited_for(
    client: HttpClient, server: FaultServer, clock: Clock, *, as_date: bool
) -> None:
    server.set("429", times=1, retry_after=6, as_date=as_date)
    assert await get(client, server) == {"ok": True}
    assert clock.slept == [pytest.approx(6, abs=1.1)]


@pytest.mark.parametrize("fault", ["429", "503"])
async def test_retry_after_beyond_the_deadline_fails_at_once(
    client: HttpClient, server: FaultServer, clock: Clock, fault: str
) -> None:
    server.set(fault, retry_after=3600)
    with pytest.raises(ThrottledError) as caught:
        await get(client, server)
    assert caught.value.retry_after == 3600
    assert (len(server.log), clock.slept) == (1, [])


@pytest.mark.parametrize("value", ["soon", "-1", "1e9", "", "٣"])
def test_senseless_retry_after_is_ignored(value: str) -> None:
    assert retry_after(value) is None


async def test_never_a_try_past_the_deadline(server: FaultServer, clock: Clock) -> None:
    client = make(clock, deadline_s=2.0)
    server.set("500")
    with pytest.raises(ServiceError, match="2 tries"):
        await get(client, server)
    assert len(server.log) == 2
    await client.close()


@pytest.mark.parametrize("fault", ["hang", "slow"])
async def test_the_deadline_ends_everything(server: FaultServer, clock: Clock, fault: str) -> None:
    client = make(clock, deadline_s=0.3)
    server.set(fault)
    with pytest.raises(QueryTimeoutError, match="rdap"):
        await get(client, server)
    await client.close()


@pytest.mark.parametrize(
    "fault", ["truncated_json", "garbage", "empty", "html", "deep", "deep_100", "nan", "huge_number", "gzip_cut", "br"]
)
async def test_what_is_no_answer_is_not_tried_again(client: HttpClient, server: FaultServer, fault: str) -> None:
    server.set(fault)
    with pytest.raises(ServiceError, match="rdap"):
        await get(client, server)
    assert len(server.log) == 1


@pytest.mark.parametrize("fault", ["bomb", "endless"])
async def test_large_answers_are_cut_off(client: HttpClient, server: FaultServer, fault: str) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    server.set(fault, mebibytes=300)
    with pytest.raises(LimitError, match="10 MiB"):
        await get(client, server)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 << 10


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/metadata", "https://evil.example/", "//evil.example", "file:///etc/passwd"]
)
async def test_redirects_are_not_followed(client: HttpClient, server: FaultServer, to: str) -> None:
    server.set("redirect", to=to)
    with pytest.raises(ServiceError, match="redirects"):
        await get(client, server)
    assert len(server.log) == 1


async def test_a_redirect_to_a_named_host_is(client: HttpClient, server: FaultServer) -> None:
    server.set("redirect", times=1, to="/moved")
    assert await get(client, server, may_move_to={"127.0.0.1"}) == {"ok": True}
    assert [path for _, path, _ in server.log] == ["/secret-path/8.8.8.8", "/moved"]
    server.set("redirect_loop")
    with pytest.raises(ServiceError, match="circles"):
        await get(client, server, may_move_to={"127.0.0.1"})
    assert len(server.log) == 3


@pytest.mark.parametrize("fault", ["401", "403"])
async def test_access(client: HttpClient, server: FaultServer, fault: str) -> None:
    server.set(fault)
    with pytest.raises(AccessError):
        await get(client, server)
    assert len(server.log) == 1


async def test_private_addresses_are_never_contacted(server: FaultServer, clock: Clock) -> None:
    client = HttpClient(Rules(schemes=frozenset({"http"}), use_proxies=False), sleep=clock.sleep, clock=clock)
    for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
        with pytest.raises(ServiceError, match="not public"):
            await client.get_json("rdap", url)
    assert server.log == []
    await client.close()


async def test_only_https_by_default(server: FaultServer, clock: Clock) -> None:
    client = HttpClient(sleep=clock.sleep, clock=clock)
    with pytest.raises(ServiceError, match="unsafe"):
        await client.get_json("rdap", server.url)
    assert server.log == []


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "0.0.0.0", "224.0.0.1", "::1",
     "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:0a00:0001::", "2001:db8::1", "64:ff9b::a00:1",
     "fec0::1", "", "x"],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_what_is_public() -> None:
    assert all(map(is_public, ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]))


@pytest.mark.parametrize("fault", ["401", "404", "429", "500", "rst", "html", "redirect", "ok"])
async def test_no_log_and_no_error_shows_a_url_key_or_body(
    client: HttpClient, server: FaultServer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.set(fault, to="https://evil.example/secret-path")
    shown = ""
    try:
        await get(client, server)
    except SentinelError as error:
        shown = f"{error} {error!r} {error.__cause__} {error.__context__ if not error.__suppress_context__ else ''}"
    everything = shown + caplog.text + repr(client)
    for secret in (KEY, "secret-path", "8.8.8.8", "SECRET-TOKEN", "onerror"):
        assert secret not in everything


async def test_other_peoples_requests_are_still_logged(
    client: HttpClient, server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    import httpx

    caplog.set_level(logging.INFO)
    await get(client, server)
    async with httpx.AsyncClient(trust_env=False) as other:
        await other.get(f"{server.url}/theirs")
    assert [record.name for record in caplog.records] == ["httpx"]
    assert "theirs" in caplog.text


async def test_a_provider_that_fails_time_and_again_is_left_alone(
    client: HttpClient, server: FaultServer, clock: Clock
) -> None:
    server.set("html")
    for _ in range(5):
        with pytest.raises(ServiceError, match="not JSON"):
            await get(client, server)
    server.set("ok")
    with pytest.raises(ServiceError, match="left alone") as caught:
        await get(client, server)
    assert caught.value.retry_after == 60
    assert server.log == []
    assert (await client.get_json("other", server.url)).found  # only that provider
    clock.now += 61
    assert await get(client, server) == {"ok": True}


def test_pace_spreads_requests() -> None:
    pace = Pace(2.0)
    assert [pace.reserve(10.0) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]
    assert pace.reserve(100.0) == 0.0


def test_backoff_has_full_jitter_and_a_cap() -> None:
    assert [backoff(n, 1.0) for n in (1, 2, 3)] == [0.8, 1.6, 3.2]
    assert backoff(30, 1.0) == 30
    assert backoff(3, 0.0) == 0


def test_depth() -> None:
    assert parse_json(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(ServiceError):
        parse_json(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))


async def test_names_the_layer(clock: Clock) -> None:
    client = make(clock)
    with pytest.raises(ServiceError, match="does not resolve"):
        await client.get_json("rdap", "http://name.invalid/")
    with pytest.raises(ServiceError, match="cannot be reached"):
        await client.get_json("rdap", "http://127.0.0.1:9/")
    await client.close()


async def test_proxies_of_the_environment(server: FaultServer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", server.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    client = HttpClient(
        Rules(schemes=frozenset({"http", "https"}), address_allowed=lambda _: True), sleep=clock.sleep, clock=clock
    )
    assert (await client.get_json("near", server.url)).found
    with pytest.raises(ServiceError, match="proxy"):  # our server knows no CONNECT
        await client.get_json("far", "https://rdap.example/x")
    assert [path for _, path, _ in server.log] == ["/"]
    await client.close()


async def test_interrupting_a_request(client: HttpClient, server: FaultServer) -> None:
    server.set("hang", times=1)
    task = asyncio.create_task(get(client, server))
    await asyncio.to_thread(server.seen.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await get(client, server) == {"ok": True}


async def test_a_file_and_its_login_for_the_first_host_only(server: FaultServer, clock: Clock, tmp_path: Path) -> None:
    rules = Rules(schemes=frozenset({"http"}), address_allowed=lambda _: True, use_proxies=False)
    client = HttpClient(rules, sleep=clock.sleep, clock=clock)
    target = tmp_path / "file"
    moved = server.url.replace("127.0.0.1", "localhost") + "/moved"
    server.set("redirect", times=1, to=moved, ok={"big": "x" * 100_000})
    assert await client.get_file("MaxMind", f"{server.url}/a", target, login=("me", KEY), may_move_to={"localhost"})
    assert len(target.read_bytes()) > 100_000
    first, second = (headers for _, _, headers in server.log)
    assert first["Authorization"] == "Basic " + base64.b64encode(f"me:{KEY}".encode()).decode()
    assert "Authorization" not in second
    server.set("404")
    assert not await client.get_file("MaxMind", f"{server.url}/a", target)
    server.set("401")
    with pytest.raises(AccessError):
        await client.get_file("MaxMind", f"{server.url}/a", target, login=("me", KEY))
    server.set("redirect", to="http://elsewhere.example/")
    with pytest.raises(ServiceError, match="redirects"):
        await client.get_file("MaxMind", f"{server.url}/a", target, login=("me", KEY), may_move_to={"localhost"})
    assert KEY not in repr(client)
    await client.close()


@pytest.mark.parametrize("fault", ["endless", "rst_mid"])
async def test_files_have_a_cap_and_are_whole(server: FaultServer, clock: Clock, tmp_path: Path, fault: str) -> None:
    rules = Rules(schemes=frozenset({"http"}), address_allowed=lambda _: True, use_proxies=False, largest_body=1 << 20)
    client = HttpClient(rules, sleep=clock.sleep, clock=clock, dice=lambda: 0.0)
    server.set(fault)
    with pytest.raises(LimitError if fault == "endless" else ServiceError):
        await client.get_file("MaxMind", server.url, tmp_path / "file")
    with pytest.raises(SentinelError):
        await client.get_file("MaxMind", server.url, tmp_path / "no" / "such" / "folder")
    await client.close()
