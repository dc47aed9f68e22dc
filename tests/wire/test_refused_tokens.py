"""401: the credential is asked once for all requests that wait, and past its own memory if need be."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from jupyterlab_sentinel.backends.azure.tries import Rules
from jupyterlab_sentinel.backends.log_analytics import LogAnalyticsBackend, credentials
from jupyterlab_sentinel.backends.log_analytics.client import Client, WireQuestion
from jupyterlab_sentinel.backends.log_analytics.endpoints import endpoint_for
from jupyterlab_sentinel.backends.log_analytics.tokens import TokenSource
from jupyterlab_sentinel.errors import AccessError
from tests.wire.service import LA_OK, WORKSPACE, Asked, FakeToken, Reply, Service, reply

QUESTION = WireQuestion(WORKSPACE, "T | take 1", "contoso")
CHALLENGE = 'Bearer realm="", error="insufficient_claims", claims="eyJhIjogMX0"'


class Remembering(FakeToken):
    """As those of azure.identity: the same token until it expires, whoever asks."""

    made = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).made += 1
        self.mine = type(self).made

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        super().get_token(*scopes, **options)
        return AccessToken(f"SECRET-{self.mine}", int(time.time() + 3600))


def client_of(url: str, credential: object, **more: Any) -> Client:
    endpoint = endpoint_for("public", url)
    return Client(endpoint, TokenSource(credential, endpoint.scope, **more), Rules(dice=lambda: 0.02))


def tokens_of(service: Service) -> list[str]:
    return [asked.headers["authorization"].removeprefix("Bearer SECRET-") for asked in service.asked]


async def test_five_refused_at_different_times_ask_the_credential_once_more(service: Service) -> None:
    together = threading.Barrier(5)

    def answer(asked: Asked) -> Reply:
        if asked.headers["authorization"] != "Bearer SECRET-1":
            return reply(LA_OK)
        time.sleep(0.08 * together.wait())
        return reply({}, 401)

    service.answer = answer
    credential = FakeToken()
    client = client_of(service.url, credential)
    answers = await asyncio.gather(*(client.ask(QUESTION, 20.0) for _ in range(5)))
    assert [answer.tables[0].rows for answer in answers] == [1] * 5
    assert len(credential.calls) == 2
    assert sorted(tokens_of(service)) == ["1"] * 5 + ["2"] * 5
    await client.close()


async def test_so_they_do_where_the_service_wants_to_see_something_in_the_token(service: Service) -> None:
    together = threading.Barrier(5)

    def answer(asked: Asked) -> Reply:
        if asked.headers["authorization"] != "Bearer SECRET-1":
            return reply(LA_OK)
        time.sleep(0.08 * together.wait())
        return reply({}, 401, WWW_Authenticate=CHALLENGE)

    service.answer = answer
    credential = FakeToken()
    client = client_of(service.url, credential)
    await asyncio.gather(*(client.ask(QUESTION, 20.0) for _ in range(5)))
    assert len(credential.calls) == 2
    assert credential.options == {"claims": '{"a": 1}', "enable_cae": True}
    await client.close()


async def test_what_it_wants_to_see_is_asked_for_even_if_the_token_is_a_later_one() -> None:
    credential = FakeToken()
    source = TokenSource(credential, "scope")
    await source.token()
    source.refused(1)
    assert await source.token() == "SECRET-2"
    source.refused(1)
    assert await source.token() == "SECRET-2"
    source.refused(1, '{"a": 1}')
    assert await source.token() == "SECRET-3"
    assert credential.options["claims"] == '{"a": 1}'
    source.refused(1, '{"a": 1}')
    source.refused(2, '{"a": 1}')
    assert await source.token() == "SECRET-3"
    source.refused(3, '{"a": 1}')
    assert await source.token() == "SECRET-4"


async def test_claims_that_cannot_be_had_are_not_asked_for_for_ever() -> None:
    class Plain(FakeToken):
        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            if "claims" in options:
                raise ValueError("This credential doesn't support claims challenges.")
            token: AccessToken = super().get_token(*scopes, **options)
            return token

    credential = Plain()
    source = TokenSource(credential, "scope")
    first = await source.token()
    source.refused(source.number, '{"a": 1}')
    with pytest.raises(AccessError, match="claims challenges"):
        await source.token()
    assert await source.token() != first


async def test_a_credential_that_gives_the_same_again_is_made_anew(service: Service) -> None:
    Remembering.made = 0
    service.answer = lambda asked: reply(LA_OK) if asked.headers["authorization"].endswith("-2") else reply({}, 401)
    client = client_of(service.url, Remembering(), anew=Remembering)
    assert (await client.ask(QUESTION, 20.0)).tables[0].rows == 1
    assert tokens_of(service) == ["1", "2"]
    await client.close()


@pytest.mark.parametrize(("is_ours", "closed"), [(True, 1), (False, 0)])
async def test_only_a_credential_that_was_made_here_is_closed(
    service: Service, monkeypatch: pytest.MonkeyPatch, is_ours: bool, closed: int
) -> None:
    class Closing(FakeToken):
        def close(self) -> None:
            shut.append(self)

    shut: list[Closing] = []
    service.answer = lambda _asked: reply({"tables": []})
    monkeypatch.setattr(credentials, "credential_for", lambda *_: Closing())
    given = {} if is_ours else {"credential": Closing()}
    backend = LogAnalyticsBackend.create(WORKSPACE, {"endpoint": service.url, **given})
    await backend.open()
    await backend.close()
    assert len(shut) == closed


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "", "a b", "\u00e9", "a\x00"])
async def test_what_no_header_can_hold_is_no_token(service: Service, token: str) -> None:
    class Odd:
        def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            return AccessToken(token, int(time.time() + 3600))

    client = client_of(service.url, Odd())
    with pytest.raises(AccessError, match="is no token"):
        await client.ask(QUESTION, 20.0)
    assert not service.asked
    await client.close()


async def test_one_that_was_given_stays_the_one_that_is_asked(service: Service) -> None:
    Remembering.made = 0
    credential = Remembering()
    refusals = [reply({}, 401), reply(LA_OK)]
    service.answer = lambda _asked: refusals.pop(0)
    client = client_of(service.url, credential, anew=lambda: credential)
    await client.ask(QUESTION, 20.0)
    assert tokens_of(service) == ["1", "1"]
    assert len(credential.calls) == 2
    await client.close()
