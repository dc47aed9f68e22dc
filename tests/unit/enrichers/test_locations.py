from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from jupyterlab_sentinel.enrichers.asn import ASNEnricher
from jupyterlab_sentinel.enrichers.geoip import GeoIPEnricher
from jupyterlab_sentinel.locations.files import OpenFiles, country_name, open_file, owner_of, place_of
from jupyterlab_sentinel.locations.sources import MANIFEST, FetchedFile, Manifest, location_book
from jupyterlab_sentinel.models.indicators import Indicator
from jupyterlab_sentinel.models.workspace import WorkspaceInfo
from jupyterlab_sentinel.settings import GeoIPSettings, Settings

from .conftest import FLAT, NESTED, OWNERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyterlab_sentinel.ports import EnricherContext

C2 = Indicator("ipv4", "23.97.60.214")


def settings_for(*paths: Path) -> Settings:
    return Settings(geoip=GeoIPSettings(paths=tuple(map(str, paths))))


def test_nested_and_flat_files_and_families_apart(mmdb: Callable[..., Path]) -> None:
    settings = settings_for(
        mmdb("city.mmdb", NESTED), mmdb("flat4.mmdb", FLAT, kind="city ipv4", version=4), mmdb("asn.mmdb", OWNERS)
    )
    book = location_book(settings)
    found = book.find("23.97.60.214")
    assert found.place is not None
    assert (found.place.country, found.place.country_code, found.place.city) == ("Singapore", "SG", "Singapore")
    assert (found.place.latitude, found.place.longitude, found.place.region) == (1.2931, 103.8558, "Central Singapore")
    assert found.owner is not None
    assert (found.owner.asn, found.owner.organisation, found.network) == (
        8075,
        "MICROSOFT-CORP-MSN-AS-BLOCK",
        "23.96.0.0/13",
    )
    flat = book.find("8.8.8.8")
    assert flat.place is not None
    assert flat.owner is not None
    assert (flat.place.country, flat.place.city, flat.place.region) == ("United States", "Mountain View", "California")
    assert (flat.place.latitude, flat.place.longitude) == (37.422, -122.085)
    assert (flat.owner.asn, flat.owner.organisation) == (15169, "Google LLC")
    six = book.find("2001:4860:4860::8888")
    assert six.place is not None
    assert (six.place.country_code, six.network) == ("US", "2001:4860::/32")


@pytest.mark.parametrize("value", ["10.0.0.1", "9.9.9.9", "", "nonsense", "1.2.3", "2001:db8::1", "8.8.8.8 ", "\ud800"])
def test_what_no_file_knows(mmdb: Callable[..., Path], value: str) -> None:
    book = location_book(settings_for(mmdb("flat.mmdb", FLAT, version=4)))
    assert book.find(value).place is None
    assert book.find(value).owner is None


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"country": 7, "city": [1], "location": "x"},
        {"country": {"iso_code": 5, "names": "x"}},
        {"city": {"names": {"en": "Nowhere"}}},
        {"latitude": 91.0, "longitude": 200.0},
        {"location": {"latitude": float("nan"), "longitude": True}},
    ],
)
def test_records_without_a_place(record: dict[str, object]) -> None:
    assert place_of(record) is None


@pytest.mark.parametrize("record", [{}, {"asn": "AS"}, {"asn": "AS99999999999"}, {"asn": True}, {"asn": 1.5}])
def test_records_without_an_owner(record: dict[str, object]) -> None:
    assert owner_of(record) is None


def test_hostile_names_are_made_visible() -> None:
    place = place_of({"country_code": "SG", "city": "x\u202e<img>\x1b[31m" + "A" * 500})
    assert place is not None
    assert place.city is not None
    assert place.city.startswith("x<U+202E><img><U+001B>")
    assert len(place.city) == 200


def test_country_names() -> None:
    assert (country_name("SG"), country_name("sg"), country_name("XX"), country_name(None)) == (
        "Singapore",
        "Singapore",
        "XX",
        None,
    )


def test_order_workspace_then_settings_then_fetched(mmdb: Callable[..., Path], tmp_path: Path) -> None:
    def city(name: str) -> dict[str, Any]:
        return {"8.8.8.0/24": {"country": {"iso_code": "US", "names": {"en": name}}}}

    own, listed = mmdb("own.mmdb", city("own")), mmdb("listed.mmdb", city("listed"))
    folder = tmp_path / "fetched"
    folder.mkdir()
    mmdb("fetched/f.mmdb", {**city("fetched"), "1.1.1.0/24": {"country_code": "AU"}})
    entry = FetchedFile("f.mmdb", "npm", "1", "CC BY 4.0", "IP Geolocation by DB-IP", "2026-01-01", "beware")
    (folder / MANIFEST).write_bytes(msgspec.json.encode(Manifest((entry,))))
    info = WorkspaceInfo(name="demo", kind="embedded", geoip_files=(str(own),))

    def country(settings: Settings, workspace: WorkspaceInfo | None, address: str = "8.8.8.8") -> str | None:
        place = location_book(settings, workspace).find(address).place
        return place.country if place else None

    assert country(settings_for(listed), info) == "own"
    assert country(settings_for(listed), None) == "listed"
    assert country(Settings(), None) == "fetched"
    assert country(settings_for(listed), info, "1.1.1.1") == "Australia"
    assert location_book(Settings()).attributions() == ("IP Geolocation by DB-IP",)
    assert location_book(Settings()).warnings() == ("f.mmdb: beware",)


def test_broken_files_are_problems_not_errors(mmdb: Callable[..., Path], tmp_path: Path) -> None:
    good = mmdb("good.mmdb", NESTED)
    cut = tmp_path / "cut.mmdb"
    cut.write_bytes(good.read_bytes()[:300])
    other = mmdb("other.mmdb", {"8.8.8.0/24": {"is_anonymous": True}})
    folder = tmp_path / "folder.mmdb"
    folder.mkdir()
    book = location_book(settings_for(cut, tmp_path / "absent.mmdb", other, folder, good))
    assert [file.path for file in book.files] == [good]
    assert len(book.problems) == 4
    for path, part in ((cut, "damaged"), ("absent.mmdb", "no such file"), (other, "neither"), (folder, "damaged")):
        assert any(str(path) in problem and part in problem for problem in book.problems), book.problems


def test_a_replaced_file_is_opened_again(mmdb: Callable[..., Path]) -> None:
    held = OpenFiles()
    path = mmdb("a.mmdb", NESTED)
    first = held.book([(path, "", "")])
    assert held.book([(path, "", "")]).files[0] is first.files[0]
    mmdb("b.mmdb", {**NESTED, **FLAT}).replace(path)
    assert held.book([(path, "", "")]).find("8.8.8.8").place is not None


def test_age_is_told_except_of_the_demos(mmdb: Callable[..., Path]) -> None:
    book = location_book(settings_for(mmdb("a.mmdb", NESTED), mmdb("d.mmdb", NESTED, kind="Sentinel-Demo-City")))
    later = datetime.now(UTC) + timedelta(days=200)
    (notice,) = book.age_notices(90, now=later)
    assert "a.mmdb" in notice
    assert "200 days" in notice
    assert "geoip update" in notice
    assert book.age_notices(90) == ()


def test_attribution_by_kind(mmdb: Callable[..., Path]) -> None:
    assert "MaxMind" in open_file(mmdb("a.mmdb", NESTED)).attribution
    assert open_file(mmdb("d.mmdb", NESTED, kind="Sentinel-Demo-City")).attribution == "A file of the tests"


async def test_enrichers_find(context: EnricherContext, mmdb: Callable[..., Path]) -> None:
    settings = settings_for(mmdb("city.mmdb", NESTED), mmdb("asn.mmdb", OWNERS))
    context = dataclasses.replace(context, settings=settings)
    (place,) = await GeoIPEnricher(context).look_up([C2])
    assert (place.status, place.summary) == ("found", "Singapore, Central Singapore")
    assert place.details["latitude"] == 1.2931
    assert "MaxMind" in str(place.details["attribution"])
    (owner,) = await ASNEnricher(context).look_up([C2])
    assert owner.details["network"] == "23.96.0.0/13"
    missing = await GeoIPEnricher(context).look_up([Indicator("ipv4", "10.1.1.1"), Indicator("ipv4", "9.9.9.9")])
    assert [record.status for record in missing] == ["not_found", "not_found"]
    assert "private" in missing[0].summary


async def test_no_file_is_said_plainly(context: EnricherContext) -> None:
    for enricher in (GeoIPEnricher(context), ASNEnricher(context)):
        assert not enricher.info.ready
        (record,) = await enricher.look_up([C2])
        assert record.status == "not_set_up"
        assert "geoip update" in record.summary
        assert "geoip update" in enricher.info.problem
