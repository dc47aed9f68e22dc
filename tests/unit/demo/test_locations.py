from __future__ import annotations

from typing import TYPE_CHECKING

import geoip2.database
import pytest

if TYPE_CHECKING:
    from pathlib import Path


def test_the_attackers_place(workspace: Path) -> None:
    with geoip2.database.Reader(workspace / "location.mmdb") as places:
        found = places.city("23.97.60.214")
    assert found.city.name == "Singapore"
    assert found.country.iso_code == "SG"
    assert (found.location.latitude, found.location.longitude) == (1.2931, 103.8558)
    assert str(found.traits.network) == "23.96.0.0/13"


def test_whose_it_is(workspace: Path) -> None:
    with geoip2.database.Reader(workspace / "asn.mmdb") as owners:
        found = owners.asn("23.97.60.214")
    assert found.autonomous_system_number == 8075
    assert "MICROSOFT" in str(found.autonomous_system_organization)
    assert str(found.network) == "23.96.0.0/13"


@pytest.mark.parametrize(
    ("address", "country", "city"),
    [
        ("13.67.35.176", "SG", "Singapore"),
        ("104.211.30.1", "US", "Washington"),
        ("40.76.43.124", "US", "Washington"),
        ("131.107.147.209", "US", "Redmond"),
        ("2001:db8:1::5", "SG", "Singapore"),
        *((address, None, None) for address in ("185.49.71.101", "47.91.56.21", "103.225.168.159")),
        *((address, None, None) for address in ("31.148.220.53", "89.34.111.113", "185.162.131.92")),
    ],
)
def test_places_of_the_story(workspace: Path, address: str, country: str | None, city: str | None) -> None:
    with geoip2.database.Reader(workspace / "location.mmdb") as places:
        found = places.city(address)
    assert found.country.iso_code
    assert country in {None, found.country.iso_code}
    assert city in {None, found.city.name}


def test_files_say_that_they_are_the_demos(workspace: Path) -> None:
    for name, kind in (("location.mmdb", "Sentinel-Demo-GeoLite2-City"), ("asn.mmdb", "Sentinel-Demo-GeoLite2-ASN")):
        with geoip2.database.Reader(workspace / name) as reader:
            about = reader.metadata()
        assert about.database_type == kind
        assert "Demo data" in about.description["en"]
        assert about.ip_version == 6
