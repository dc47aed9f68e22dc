from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.enrichers.privacy import sendable, withheld_because
from jupyterlab_sentinel.models.indicators import Indicator
from jupyterlab_sentinel.settings import PrivacySettings

PUBLIC = PrivacySettings()
OWN = PrivacySettings(internal_domains=("Contoso.com.",), internal_networks=("8.8.0.0/16", "2001:4860::/32"))


@pytest.mark.parametrize(
    "value",
    [
        "10.0.3.4",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "127.0.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "2002:a00:1::",
        "100::1",
        "not-an-address",
    ],
)
def test_addresses_that_stay(value: str) -> None:
    kind = "ipv6" if ":" in value else "ipv4"
    assert withheld_because(Indicator(kind, value), PUBLIC)


@pytest.mark.parametrize("value", ["8.8.8.8", "23.97.60.214", "2606:4700::1111", "1.1.1.1"])
def test_addresses_that_may_go(value: str) -> None:
    kind = "ipv6" if ":" in value else "ipv4"
    assert withheld_because(Indicator(kind, value), PUBLIC) is None


@given(
    st.ip_addresses(network="10.0.0.0/8")
    | st.ip_addresses(network="fc00::/7")
    | st.ip_addresses(network="100.64.0.0/10")
)
def test_no_private_address_ever_goes(address: object) -> None:
    kind = "ipv6" if ":" in str(address) else "ipv4"
    assert withheld_because(Indicator(kind, str(address)), PUBLIC)


@pytest.mark.parametrize(
    "value",
    [
        "localhost",
        "dc01",
        "dc01.local",
        "fs.contoso.corp",
        "x.internal",
        "printer.lan",
        "a.home",
        "b.home.arpa",
        "4.3.2.1.in-addr.arpa",
        "evil.onion",
        "a.test",
        "b.example",
        "c.invalid",
        "example.com",
        "www.example.org",
        "host.localdomain",
        "nas.workgroup",
        "files.zz-not-a-tld",
        "server.ad.private",
        "DC01.LOCAL",
        "dc.local.",
    ],
)
def test_names_that_stay(value: str) -> None:
    assert withheld_because(Indicator("domain", value), PUBLIC)


@pytest.mark.parametrize(
    "value", ["evil.com", "a.b.co.uk", "xn--bcher-kva.de", "localhost.evil.com", "internal.evil.com"]
)
def test_names_that_may_go(value: str) -> None:
    assert withheld_because(Indicator("domain", value), PUBLIC) is None


def test_own_names_and_networks_stay() -> None:
    for kind, value in (
        ("domain", "contoso.com"),
        ("domain", "www.CONTOSO.com"),
        ("ipv4", "8.8.8.8"),
        ("ipv6", "2001:4860::1"),
    ):
        assert withheld_because(Indicator(kind, value), OWN)
    assert withheld_because(Indicator("domain", "notcontoso.com"), OWN) is None
    assert withheld_because(Indicator("ipv4", "9.9.9.9"), OWN) is None


@pytest.mark.parametrize(
    "kind", ["email", "windows_path", "linux_path", "registry_key", "bitcoin", "url", "unheard_of"]
)
def test_kinds_that_stay(kind: str) -> None:
    assert withheld_because(Indicator(kind, "x"), PUBLIC)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:secret@evil.com:8443/path?token=1#f", ("domain", "evil.com")),
        ("http://23.97.60.214/x.sh", ("ipv4", "23.97.60.214")),
        ("http://[2606:4700::1111]/", ("ipv6", "2606:4700::1111")),
        ("http://intranet/secret", None),
        ("no url", None),
    ],
)
def test_of_a_url_only_its_host(url: str, host: tuple[str, str] | None) -> None:
    found = sendable(Indicator("url", url))
    assert (found and (found.type, found.value)) == host
