"""Every fault of the query path, on loopback: one typed error, in time, without a secret."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest

from jupyterlab_sentinel.backends.azure.tries import Rules
from jupyterlab_sentinel.backends.log_analytics import pipeline
from jupyterlab_sentinel.backends.log_analytics.client import Client, WireQuestion
from jupyterlab_sentinel.backends.log_analytics.endpoints import endpoint_for
from jupyterlab_sentinel.backends.log_analytics.tokens import TokenSource
from jupyterlab_sentinel.errors import (
    AccessError,
    LimitError,
    QueryTimeoutError,
    SentinelError,
    ServiceError,
    ThrottledError,
    UnknownWorkspaceError,
    UsageError,
)
from tests.faultserver import FaultServer
from tests.wire.local_endpoint import LocalEndpoint
from tests.wire.service import LA_OK, WORKSPACE, AsyncFakeToken, FakeToken, Reply, Service, reply

QUESTION = WireQuestion(WORKSPACE, "T | take 1", "contoso")


def client_of(url: str, credential: Any = None, **rules: Any) -> Client:
    """A client whose waits are short where the service does not ask for one."""
    endpoint = endpoint_for("public", url)
    return Client(endpoint, TokenSource(credential or FakeToken(), endpoint.scope), Rules(dice=lambda: 0.02, **rules))


def sleepless(url: str, slept: list[float]) -> Client:
    """A client that does not wait, but notes how long it would have."""
    passed = [0.0]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        passed[0] += seconds

    return client_of(url, sleep=sleep, clock=lambda: time.monotonic() + passed[0])


@pytest.fixture
async def client(faults: FaultServer) -> AsyncIterator[Client]:
    made = client_of(faults.url)
    yield made
    await made.close()


async def failing(client: Client, timeout_s: float = 20.0) -> SentinelError:
    with pytest.raises(SentinelError) as caught:
        await client.ask(QUESTION, timeout_s)
    assert "SECRET" not in str(caught.value)
    assert "SECRET" not in repr(caught.value.__cause__)
    return caught.value


async def answering(client: Client) -> None:
    """The next question works."""
    answer = await client.ask(QUESTION, 20.0)
    assert answer.tables[0].data.to_pylist() == [{"a": 1, "s": "x"}]


@pytest.mark.parametrize("as_date", [False, True])
async def test_r1_waits_as_long_as_it_is_asked_to(faults: FaultServer, client: Client, as_date: bool) -> None:
    told: list[str] = []
    faults.set("429", times=1, retry_after=1, as_date=as_date, ok=LA_OK)
    answer = await client.ask(QUESTION, 20.0, lambda _fraction, text: told.append(text))
    assert answer.tables[0].rows == 1
    assert len(faults.log) == 2
    assert faults.log[1][0] - faults.log[0][0] >= (0.0 if as_date else 1.0)
    assert any("asks to wait" in text for text in told)


async def test_r1_says_when_to_come_back_if_that_is_too_late(faults: FaultServer) -> None:
    slept: list[float] = []
    client = sleepless(faults.url, slept)
    faults.set("429", retry_after=30, ok=LA_OK)
    error = await failing(client, timeout_s=25)
    assert isinstance(error, ThrottledError)
    assert error.retry_after == 30
    assert not slept
    assert len(faults.log) == 1
    await client.close()


async def test_r2_a_bare_429_is_tried_again(faults: FaultServer, client: Client) -> None:
    faults.set("429", times=2, ok=LA_OK)
    await answering(client)
    assert len(faults.log) == 3


async def test_r2_four_tries_and_no_more(faults: FaultServer, client: Client) -> None:
    faults.set("429", ok=LA_OK)
    assert isinstance(await failing(client), ThrottledError)
    assert len(faults.log) == 4


@pytest.mark.parametrize("asked", [3600, -1, "soon"])
async def test_r3_absurd_waits(faults: FaultServer, asked: object) -> None:
    slept: list[float] = []
    client = sleepless(faults.url, slept)
    faults.set("429", retry_after=asked, ok=LA_OK)
    assert isinstance(await failing(client), ThrottledError)
    # An hour is not waited for at all; what is no time to come back is waited for as if none were given.
    assert sum(slept) == 0 if asked == 3600 else sum(slept) < 3
    await client.close()


@pytest.mark.parametrize("status", ["408", "500", "502", "503", "504"])
async def test_r4_passing_failures_are_tried_again(faults: FaultServer, client: Client, status: str) -> None:
    faults.set(status, times=1, ok=LA_OK)
    await answering(client)
    assert len(faults.log) == 2


@pytest.mark.parametrize("status", ["408", "500", "502", "503", "504"])
async def test_r4_lasting_failures_are_typed(faults: FaultServer, client: Client, status: str) -> None:
    faults.set(status, ok=LA_OK)
    error = await failing(client)
    assert isinstance(error, QueryTimeoutError if status in ("408", "504") else ServiceError)
    assert status in error.message
    assert len(faults.log) == 4


@pytest.mark.parametrize("mode", ["rst", "rst_mid", "short", "bad_http", "gzip_cut", "br"])
async def test_r5_broken_connections_are_tried_again(faults: FaultServer, client: Client, mode: str) -> None:
    faults.set(mode, times=1, ok=LA_OK)
    await answering(client)
    assert len(faults.log) == 2
    faults.set(mode, ok=LA_OK)
    error = await failing(client)
    assert isinstance(error, ServiceError)
    assert error.request_id
    assert len(faults.log) == 4
    faults.set("ok", ok=LA_OK)
    await answering(client)


@pytest.mark.parametrize(
    "mode", ["truncated_json", "garbage", "empty", "html", "null", "nan", "huge_number", "deep", "deep_100"]
)
async def test_r6_what_is_no_answer(faults: FaultServer, client: Client, mode: str) -> None:
    faults.set(mode, ok=LA_OK)
    error = await failing(client)
    assert isinstance(error, ServiceError)
    assert "not a Log Analytics answer" in error.message
    assert error.request_id
    assert len(faults.log) == 2
    faults.set(mode, times=1, ok=LA_OK)
    await answering(client)


async def test_r6_the_wrong_shape(faults: FaultServer, client: Client) -> None:
    faults.set("ok", ok={"tables": {"name": 1}})
    assert "not a Log Analytics answer" in (await failing(client)).message


async def test_r7_a_partial_answer_keeps_its_rows_and_its_error(faults: FaultServer, client: Client) -> None:
    partial = {"code": "PartialError", "details": [{"code": "EngineError", "message": "too large"}]}
    faults.set("ok", ok={**LA_OK, "error": partial})
    answer = await client.ask(QUESTION, 5.0)
    assert answer.tables[0].rows == 1
    assert answer.error == partial


async def test_r8_an_error_alone(faults: FaultServer, client: Client) -> None:
    faults.set("ok", ok={"error": {"code": "QuotaExceeded", "message": "200 with an error"}})
    error = await failing(client)
    assert isinstance(error, ServiceError)
    assert "QuotaExceeded" in error.message
    assert len(faults.log) == 1


@pytest.mark.parametrize("mode", ["slow", "hang"])
async def test_r9_the_deadline_holds(faults: FaultServer, client: Client, mode: str) -> None:
    faults.set(mode, ok=LA_OK)
    began = time.monotonic()
    error = await failing(client, timeout_s=1.0)
    assert isinstance(error, QueryTimeoutError)
    # Both would last far longer.
    assert time.monotonic() - began < 10
    faults.set("ok", ok=LA_OK)
    await answering(client)


@pytest.mark.parametrize("mode", ["endless", "bomb"])
async def test_r9_bodies_without_end_cost_little_memory(faults: FaultServer, client: Client, mode: str) -> None:
    faults.set("ok", ok=LA_OK)
    await answering(client)
    before = psutil.Process().memory_info().rss
    faults.set(mode, mebibytes=300, ok=LA_OK)
    error = await failing(client, timeout_s=60.0)
    assert isinstance(error, ServiceError)
    assert psutil.Process().memory_info().rss - before < 64 << 20


async def test_r9_the_cap_holds_for_what_begins_like_an_answer(service: Service) -> None:
    rows = [[1, "x" * 1000]] * 3000
    service.answer = lambda _asked: reply({"tables": [{**LA_OK["tables"][0], "rows": rows}]})
    for service.packed in (False, True):
        client = client_of(service.url, largest_body=1 << 20)
        error = await failing(client)
        assert isinstance(error, LimitError)
        await client.close()


@pytest.mark.parametrize("kind", [FakeToken, AsyncFakeToken])
async def test_r10_one_refresh_on_401(faults: FaultServer, kind: type[FakeToken]) -> None:
    credential = kind()
    client = client_of(faults.url, credential)
    faults.set("401", times=1, ok=LA_OK)
    await answering(client)
    assert len(credential.calls) == 2
    assert [headers["Authorization"] for _, _, headers in faults.log] == ["Bearer SECRET-1", "Bearer SECRET-2"]
    await answering(client)
    assert len(credential.calls) == 2
    faults.set("401", ok=LA_OK)
    error = await failing(client)
    assert isinstance(error, AccessError)
    assert "Sign in again" in error.hint
    assert len(faults.log) == 2
    await client.close()


async def test_r10_what_the_service_wants_to_see_reaches_the_credential(service: Service) -> None:
    credential = FakeToken()
    client = client_of(service.url, credential)
    challenge = 'Bearer realm="", error="insufficient_claims", claims="eyJhIjogMX0"'
    replies = [reply({}, 401, WWW_Authenticate=challenge), reply(LA_OK)]
    service.answer = lambda _asked: replies.pop(0)
    await answering(client)
    assert credential.options["claims"] == '{"a": 1}'
    await client.close()


async def test_r10_a_token_about_to_expire_is_renewed(faults: FaultServer) -> None:
    credential = FakeToken(lasts_s=100)
    client = client_of(faults.url, credential)
    faults.set("ok", ok=LA_OK)
    await answering(client)
    await answering(client)
    assert len(credential.calls) == 2
    assert credential.calls[0] == (f"{faults.url}/.default",)
    await client.close()


async def test_r10_a_credential_that_fails_in_its_own_way(faults: FaultServer) -> None:
    class Failing:
        def get_token(self, *scopes: str, **options: Any) -> Any:
            raise KeyError("AADSTS7000222: The provided client secret keys are expired. Bearer SECRET-VALUE")

    client = client_of(faults.url, Failing())
    error = await failing(client)
    assert isinstance(error, AccessError)
    assert "expired" in error.hint
    assert not faults.log
    await client.close()


async def test_r11_a_missing_role_is_not_tried_again(faults: FaultServer, client: Client) -> None:
    faults.set("403", ok=LA_OK)
    error = await failing(client)
    assert isinstance(error, AccessError)
    assert "contoso" in error.message
    assert "Log Analytics Reader" in error.hint
    assert len(faults.log) == 1


async def test_r12_another_clock_is_noticed_and_does_no_harm(service: Service) -> None:
    credential = FakeToken(lasts_s=1800)
    client = client_of(service.url, credential)
    service.answer = lambda _asked: Reply(json.dumps(LA_OK).encode(), ahead_s=3600)
    await answering(client)
    assert "60 minutes behind" in client.clock_warning
    await answering(client)
    assert len(credential.calls) == 2  # by the service's clock it had expired
    service.answer = lambda _asked: reply(LA_OK)
    await answering(client)
    assert not client.clock_warning
    await client.close()


async def test_r12_a_body_that_takes_a_while_says_nothing_of_the_clock(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, clock = pipeline.read_whole, time.time

    async def slow(*options: Any) -> bytearray:
        body = await whole(*options)
        monkeypatch.setattr(time, "time", lambda: clock() + 900)
        return body

    monkeypatch.setattr(pipeline, "read_whole", slow)
    client = client_of(service.url)
    await answering(client)
    assert abs(client.server_ahead_s) < 60
    await client.close()


async def test_r12_a_date_to_come_back_is_read_by_the_services_clock(service: Service) -> None:
    from email.utils import formatdate

    client = client_of(service.url)
    later = formatdate(time.time() + 3601, usegmt=True)
    replies = [
        Reply(b"{}", 503, {"Retry-After": later}, ahead_s=3600),
        reply(LA_OK),
    ]
    service.answer = lambda _asked: replies.pop(0)
    await answering(client)
    assert service.asked[1].at - service.asked[0].at < 5
    await client.close()


@pytest.mark.parametrize("mode", ["redirect", "redirect_loop"])
async def test_r13_redirects_are_never_followed(faults: FaultServer, client: Client, mode: str) -> None:
    with FaultServer() as elsewhere:
        faults.set(mode, to=f"{elsewhere.url}/metadata/instance", ok=LA_OK)
        error = await failing(client)
        assert isinstance(error, ServiceError)
        assert "302" in error.message
        assert len(faults.log) == 1
        assert not elsewhere.log


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_r13_whatever_kind_of_redirect_it_is(service: Service, status: int) -> None:
    with FaultServer() as elsewhere:
        service.answer = lambda _asked: reply({}, status, Location=f"{elsewhere.url}/v1/elsewhere")
        client = client_of(service.url)
        assert str(status) in (await failing(client)).message
        with pytest.raises(ServiceError):
            await client.metadata(WORKSPACE, "contoso")
        await client.close()
        assert len(service.asked) == 2
        assert not elsewhere.log


async def test_404_is_an_unknown_workspace(faults: FaultServer, client: Client) -> None:
    faults.set("404", ok=LA_OK)
    assert isinstance(await failing(client), UnknownWorkspaceError)


async def test_r23_nobody_there(faults: FaultServer) -> None:
    with FaultServer() as gone:
        url = gone.url
    client = client_of(url)
    error = await failing(client)
    assert isinstance(error, ServiceError)
    assert "cannot be reached" in error.message
    assert client.requests == 2
    await client.close()


async def test_r23_a_name_that_does_not_resolve() -> None:
    client = client_of("https://log-analytics.invalid")
    error = await failing(client)
    assert isinstance(error, ServiceError)
    assert "resolve" in error.message
    assert client.requests == 2
    await client.close()


@pytest.mark.parametrize("mode", ["slow", "hang", "endless", "429"])
async def test_r17_cancelling_waits_for_nothing_and_the_next_query_works(
    faults: FaultServer, client: Client, mode: str
) -> None:
    faults.set(mode, retry_after=15, ok=LA_OK)
    task = asyncio.create_task(client.ask(QUESTION, 20.0))
    assert await asyncio.to_thread(faults.seen.wait, 5)
    began = time.monotonic()
    task.cancel()
    with pytest.raises((asyncio.CancelledError, SentinelError)):
        await task
    assert time.monotonic() - began < 10
    faults.set("ok", ok=LA_OK)
    await answering(client)


async def test_a_sign_in_that_waits_for_a_person_can_be_left(faults: FaultServer) -> None:
    import threading

    entered, leave = threading.Event(), threading.Event()

    class Waiting(FakeToken):
        def get_token(self, *scopes: str, **options: Any) -> Any:
            entered.set()
            leave.wait(20)
            return super().get_token(*scopes, **options)

    client = client_of(faults.url, Waiting())
    task = asyncio.create_task(client.ask(QUESTION, 20.0))
    await asyncio.to_thread(entered.wait, 5)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 10
    leave.set()
    await client.close()


async def test_what_is_sent(service: Service) -> None:
    client = client_of(service.url)
    await answering(client)
    asked = service.asked[0]
    assert asked.path == f"/v1/workspaces/{WORKSPACE}/query"
    assert asked.body == {"query": "T | take 1", "timespan": None, "workspaces": None}
    assert "include-statistics=true" in asked.headers["prefer"]
    assert "include-render=true" in asked.headers["prefer"]
    assert "wait=" in asked.headers["prefer"]
    assert asked.headers["accept-encoding"] == "gzip"
    assert asked.headers["authorization"] == "Bearer SECRET-1"
    assert asked.headers["x-ms-client-request-id"]
    await client.close()


async def test_packed_answers(service: Service) -> None:
    service.packed = True
    client = client_of(service.url)
    await answering(client)
    await client.close()


async def test_metadata_comes_as_it_is(service: Service) -> None:
    client = client_of(service.url)
    service.answer = lambda _asked: reply({"tables": []})
    assert json.loads(await client.metadata(WORKSPACE, "contoso")) == {"tables": []}
    assert service.asked[0].path == f"/v1/workspaces/{WORKSPACE}/metadata"
    await client.close()


async def test_r23_a_certificate_that_nobody_vouches_for(secure: LocalEndpoint) -> None:
    client = client_of(secure.url)
    error = await failing(client)
    assert isinstance(error, ServiceError)
    assert "certificate" in error.message
    await client.close()


async def test_r23_a_proxy_that_wants_to_be_asked_first(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", service.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client = client_of("https://logs.example.com")
    error = await failing(client)
    assert isinstance(error, ServiceError)
    assert "proxy" in error.message
    await client.close()


async def test_this_machine_itself_is_asked_without_a_proxy(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = client_of(service.url)
    await answering(client)
    await client.close()


async def test_certificates_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    client = client_of("https://logs.example.com")
    error = await failing(client)
    assert isinstance(error, UsageError)
    assert "SSL_CERT_FILE" in error.hint
    await client.close()
