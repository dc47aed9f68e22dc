from __future__ import annotations

import dataclasses
import http.server
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jupyterlab_sentinel.enrichers.rdap import RDAPEnricher
from jupyterlab_sentinel.enrichers.rdap_answers import describes, domain_facts, network_facts
from jupyterlab_sentinel.enrichers.rdap_bootstrap import parse_bootstrap
from jupyterlab_sentinel.errors import ServiceError
from jupyterlab_sentinel.http import HttpClient, Rules
from jupyterlab_sentinel.models.indicators import Indicator
from jupyterlab_sentinel.settings import ProviderSettings, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from jupyterlab_sentinel.ports import EnricherContext
    from jupyterlab_sentinel.store import Store

DATA = Path(__file__).parents[2] / "data" / "rdap"
IP_ANSWER = json.loads((DATA / "ip.json").read_text())
DOMAIN_ANSWER = json.loads((DATA / "domain.json").read_text())


class Registry:
    """IANA's files and a registry, on loopback."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.answers: dict[str, Any] = {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

            def do_GET(self) -> None:
                outer.paths.append(self.path)
                found = outer.answers.get(self.path)
                if isinstance(found, str):
                    self.send_response(302)
                    self.send_header("Location", found)
                else:
                    self.send_response(404 if found is None else 200)
                body = json.dumps(found).encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        base = [f"{self.url}/registry/"]
        self.answers |= {
            "/rdap/ipv4.json": {"services": [[["1.0.0.0/8"], base]]},
            "/rdap/ipv6.json": {"services": [[["2001:4200::/23"], base]]},
            "/rdap/dns.json": {"services": [[["com", "uk"], base]]},
            "/registry/ip/1.1.1.1": IP_ANSWER,
            "/registry/domain/example-shop.com": {**DOMAIN_ANSWER, "ldhName": "EXAMPLE-SHOP.COM"},
        }
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def registry() -> Iterator[Registry]:
    running = Registry()
    yield running
    running.close()


@pytest.fixture
async def enricher(context: EnricherContext, registry: Registry) -> AsyncIterator[RDAPEnricher]:
    async def sleep(seconds: float) -> None:
        """Do not wait for the pace."""

    rules = Rules(schemes=frozenset({"http"}), address_allowed=lambda _: True, use_proxies=False)
    client = HttpClient(rules, sleep=sleep)
    yield RDAPEnricher(dataclasses.replace(context, http=client), f"{registry.url}/rdap/")
    await client.close()


async def test_a_network(enricher: RDAPEnricher, store: Store) -> None:
    (record,) = await enricher.look_up([Indicator("ipv4", "1.1.1.1")])
    assert record.status == "found"
    assert record.details["name"] == "APNIC-LABS"
    assert record.details["network"] == "1.1.1.0/24"
    assert record.details["registered"] == "2011-08-10T23:12:35Z"
    assert "AU" in record.summary
    assert [(item.host, item.value) for item in store.sent()] == [("127.0.0.1", "1.1.1.1")]


async def test_a_host_is_asked_for_as_its_registered_domain(enricher: RDAPEnricher, registry: Registry) -> None:
    (record,) = await enricher.look_up([Indicator("domain", "www.login.example-shop.com")])
    assert record.status == "found"
    assert (record.value, record.details["asked"]) == ("www.login.example-shop.com", "example-shop.com")
    assert "IANA" in str(record.details["registrar"]) or "Internet Assigned" in str(record.details["registrar"])
    (missing,) = await enricher.look_up([Indicator("domain", "a.b.co.uk")])
    assert missing.status == "not_found"
    assert registry.paths[-1] == "/registry/domain/b.co.uk"


async def test_the_list_is_fetched_once_and_kept(
    enricher: RDAPEnricher, registry: Registry, context: EnricherContext
) -> None:
    await enricher.look_up([Indicator("ipv4", "1.1.1.1"), Indicator("ipv4", "1.2.3.4")])
    second = RDAPEnricher(dataclasses.replace(context, http=enricher._context.http), f"{registry.url}/rdap/")
    await second.look_up([Indicator("ipv4", "1.1.1.1")])
    assert registry.paths.count("/rdap/ipv4.json") == 1


async def test_outside_every_list(enricher: RDAPEnricher, registry: Registry) -> None:
    records = await enricher.look_up(
        [Indicator("ipv4", "8.8.8.8"), Indicator("domain", "x.org"), Indicator("ipv6", "2a00::1")]
    )
    assert [record.status for record in records] == ["not_found"] * 3
    assert all(path.startswith("/rdap/") for path in registry.paths)


async def test_an_answer_about_something_else_is_an_error(enricher: RDAPEnricher, registry: Registry) -> None:
    registry.answers["/registry/ip/1.2.3.4"] = IP_ANSWER
    registry.answers["/registry/ip/1.2.3.5"] = ["no object"]
    records = await enricher.look_up([Indicator("ipv4", "1.2.3.4"), Indicator("ipv4", "1.2.3.5")])
    assert [record.status for record in records] == ["error", "error"]


async def test_redirects_lead_to_listed_hosts_only(enricher: RDAPEnricher, registry: Registry) -> None:
    registry.answers["/registry/ip/1.9.9.9"] = "http://localhost:9/evil"
    registry.answers["/registry/ip/1.1.1.2"] = "/registry/ip/1.1.1.1"
    moved, refused = await enricher.look_up([Indicator("ipv4", "1.1.1.2"), Indicator("ipv4", "1.9.9.9")])
    assert moved.status == "found"
    assert refused.status == "error"
    assert "redirects" in refused.summary


async def test_a_broken_list_is_an_error_that_can_pass(enricher: RDAPEnricher, registry: Registry) -> None:
    good = registry.answers["/rdap/ipv4.json"]
    registry.answers["/rdap/ipv4.json"] = {"services": 7}
    (record,) = await enricher.look_up([Indicator("ipv4", "1.1.1.1")])
    assert record.status == "error"
    registry.answers["/rdap/ipv4.json"] = good
    (record,) = await enricher.look_up([Indicator("ipv4", "1.1.1.1")])
    assert record.status == "found"


async def test_values_are_one_segment_of_the_path(enricher: RDAPEnricher, registry: Registry) -> None:
    await enricher.look_up([Indicator("domain", "x.a/b?c#d.com")])
    assert registry.paths[-1] == "/registry/domain/a%2Fb%3Fc%23d.com"


def test_the_most_specific_entry_wins() -> None:
    registries = parse_bootstrap(
        "ipv4",
        {
            "services": [
                [["1.0.0.0/8"], ["https://a/"]],
                [["1.2.0.0/16"], ["http://b/", "https://b/"]],
                [["x"], ["https://c/"]],
            ]
        },
    )
    assert registries.base_for(Indicator("ipv4", "1.2.3.4")) == "https://b/"
    assert registries.base_for(Indicator("ipv4", "1.3.3.4")) == "https://a/"
    with pytest.raises(ServiceError):
        parse_bootstrap("ipv4", [1])


@pytest.mark.parametrize(
    "damage", [None, [], "x", {"entities": 5}, {"entities": [{"roles": "abuse", "vcardArray": [1]}]}]
)
def test_answers_of_any_form_are_read(damage: Any) -> None:
    for key in ("entities", "events", "nameservers", "status", "name", "startAddress", "vcardArray"):
        assert network_facts({**IP_ANSWER, key: damage})
        assert domain_facts({**DOMAIN_ANSWER, key: damage})
        describes({**IP_ANSWER, key: damage}, Indicator("ipv4", "1.1.1.1"))


def test_hostile_text_is_made_visible() -> None:
    facts = network_facts({**IP_ANSWER, "name": "x\u202e\x1b[2J", "country": "A" * 5000})
    assert facts["name"] == "x<U+202E><U+001B>[2J"
    assert len(str(facts["country"])) == 200


def test_off_until_switched_on(context: EnricherContext) -> None:
    assert not RDAPEnricher(context).info.enabled
    settings = Settings(providers={"rdap": ProviderSettings(enabled=True)})
    assert RDAPEnricher(dataclasses.replace(context, settings=settings)).info.enabled
