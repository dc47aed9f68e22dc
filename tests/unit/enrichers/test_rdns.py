from __future__ import annotations

import dataclasses
import socket
import threading
from typing import TYPE_CHECKING

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from jupyterlab_sentinel.enrichers.rdns import ReverseDNSEnricher
from jupyterlab_sentinel.models.indicators import Indicator
from jupyterlab_sentinel.settings import ProviderSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyterlab_sentinel.ports import EnricherContext
    from jupyterlab_sentinel.store import Store

NAMES = {"8.8.8.8.in-addr.arpa.": ["dns.google.", "b\\226\\128\\174evil.test."], "1.1.1.1.in-addr.arpa.": ["one.one."]}


class NameServer:
    """Answers PTR questions on loopback; every name but those it knows does not exist."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.rcode = dns.rcode.NOERROR
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while True:
            data, peer = self.socket.recvfrom(4096)
            if data == b"stop":
                return
            question = dns.message.from_wire(data)
            name = question.question[0].name.to_text()
            self.asked.append(name)
            answer = dns.message.make_response(question)
            answer.flags |= dns.flags.RA
            if name in NAMES and self.rcode == dns.rcode.NOERROR:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "PTR", *NAMES[name]))
            else:
                answer.set_rcode(self.rcode or dns.rcode.NXDOMAIN)
            self.socket.sendto(answer.to_wire(), peer)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()


@pytest.fixture
def server() -> Iterator[NameServer]:
    running = NameServer()
    yield running
    running.close()


@pytest.fixture
def enricher(context: EnricherContext, server: NameServer) -> ReverseDNSEnricher:
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.port
    return ReverseDNSEnricher(context, resolver)


async def test_names_and_none(enricher: ReverseDNSEnricher, store: Store) -> None:
    found, missing = await enricher.look_up([Indicator("ipv4", "8.8.8.8"), Indicator("ipv4", "9.9.9.9")])
    assert found.status == "found"
    assert "dns.google" in found.details["names"]
    assert "\u202e" not in found.summary
    assert (missing.status, missing.summary) == ("not_found", "No PTR record.")
    assert sorted(item.value for item in store.sent()) == ["8.8.8.8", "9.9.9.9"]


async def test_a_resolver_that_fails_is_an_error(enricher: ReverseDNSEnricher, server: NameServer) -> None:
    server.rcode = dns.rcode.SERVFAIL
    (record,) = await enricher.look_up([Indicator("ipv4", "8.8.8.8")])
    assert record.status == "error"


async def test_off_until_switched_on(context: EnricherContext) -> None:
    assert not ReverseDNSEnricher(context).info.enabled
    settings = Settings(providers={"rdns": ProviderSettings(enabled=True)})
    assert ReverseDNSEnricher(dataclasses.replace(context, settings=settings)).info.enabled
    assert ReverseDNSEnricher(context).info.host
