"""Points on the sphere and places of addresses; the documented examples are elsewhere."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from jupyterlab_sentinel.backends.embedded.computed import spheres
from jupyterlab_sentinel.errors import KqlUnsupportedError
from jupyterlab_sentinel.locations import sources
from jupyterlab_sentinel.ports import QueryRequest

from .asking import Opener, rows


def test_distances() -> None:
    assert spheres.distance(0, 0, 0, 0) == 0
    assert spheres.distance(0, 0, 180, 0) == pytest.approx(math.pi * spheres.RADIUS)
    assert spheres.distance(-180, 10, 180, 10) == pytest.approx(0, abs=1e-6)
    assert spheres.distance(0, 0, None, 0) is None
    assert spheres.distance(0, 91, 0, 0) is None
    assert spheres.distance(math.nan, 0, 0, 0) is None


def test_circles() -> None:
    assert spheres.in_circle(0, 0, 0, 1, 111_196) is True
    assert spheres.in_circle(0, 0, 0, 1, 111_194) is False
    assert spheres.in_circle(0, 0, 0, 0, 0) is None
    assert spheres.in_circle(0, 0, 0, 0, math.inf) is None


def test_geohashes() -> None:
    assert spheres.geohash(10.40744, 57.64911, 11) == "u4pruydqqvj"
    assert spheres.geohash(180, 90, 3) == "zzz"
    assert spheres.geohash(0, 0, 19) == ""
    assert spheres.geohash(0, 0, 0) == ""
    whole = spheres.geohash(-73.9, 40.7, 18)
    west, south, east, north = spheres.geohash_bounds(whole) or (0, 0, 0, 0)
    assert west <= -73.9 <= east
    assert south <= 40.7 <= north
    assert spheres.geohash_centre("") is None
    assert spheres.geohash_centre("ab") is None


def test_directions() -> None:
    assert spheres.azimuth(0, 0, 0, 10) == pytest.approx(0)
    assert spheres.azimuth(0, 0, 10, 0) == pytest.approx(math.pi / 2)
    assert spheres.azimuth(0, 0, -10, 0) == pytest.approx(3 * math.pi / 2)
    assert spheres.azimuth(5, 5, 5, 5) is None
    assert spheres.azimuth(0, 0, 180, 0) is None
    assert spheres.azimuth(0, 0, 181, 0) is None
    assert spheres.angle(0, 10, 0, 0, 10, 0) == pytest.approx(math.pi / 2)
    assert spheres.angle(0, 10, 0, 10, 1, 1) is None
    assert spheres.geohash_outline("a") is None


CITY = {
    "country": {"iso_code": "AU", "names": {"en": "Australia"}},
    "subdivisions": [{"names": {"en": "New South Wales"}}],
    "city": {"names": {"en": "Sydney"}},
    "location": {"latitude": -33.8715, "longitude": 151.2006},
}
WHOLE = {
    "country": "Australia",
    "state": "New South Wales",
    "city": "Sydney",
    "latitude": -33.8715,
    "longitude": 151.2006,
}


def write_places(path: Path, records: dict[str, Any]) -> Path:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoLite2-City", float_type="f64")
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "fetched_folder", lambda: tmp_path / "fetched")


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n20.53.203.50\n")
    return folder


async def test_places_from_the_files_of_the_workspace(folder: Path, opened: Opener) -> None:
    write_places(folder / "a.mmdb", {"20.53.0.0/16": CITY, "2a03::/16": {"country": {"iso_code": "US"}}})
    (folder / "workspace.json").write_text('{"format": 1, "geoip": ["a.mmdb"]}')
    backend = await opened()
    assert await rows(backend, "T_CL | project geo_info_from_ip_address(a)") == [(WHOLE,)]
    kql = "print geo_info_from_ip_address('2a03::1'), geo_info_from_ip_address('::1'), geo_info_from_ip_address('a')"
    assert await rows(backend, kql) == [({"country": "United States"}, None, None)]
    answer = await backend.run(QueryRequest(kql))
    assert "not Azure's" in str(answer.statistics["warnings"])


async def test_files_of_the_user_come_after_those_and_may_be_replaced(
    folder: Path, tmp_path: Path, opened: Opener
) -> None:
    mine = write_places(tmp_path / "mine.mmdb", {"1.0.0.0/8": CITY})
    backend = await opened(location_files=(str(mine),))
    kql = "print tostring(geo_info_from_ip_address('1.1.1.1').city)"
    assert await rows(backend, kql) == [("Sydney",)]
    write_places(tmp_path / "new.mmdb", {"1.0.0.0/8": CITY | {"city": {"names": {"en": "Perth"}}}}).replace(mine)
    assert await rows(backend, kql) == [("Perth",)]


async def test_without_a_file_it_is_refused_with_what_to_do(opened: Opener, tmp_path: Path) -> None:
    with pytest.raises(KqlUnsupportedError, match="without a location file") as caught:
        await rows(
            await opened(location_files=[str(tmp_path / "no.mmdb")]), "print geo_info_from_ip_address('1.1.1.1')"
        )
    assert "jupyter sentinel geoip update" in caught.value.hint
    assert "no such file" in caught.value.message
