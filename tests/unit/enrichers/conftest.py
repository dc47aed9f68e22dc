from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from jupyterlab_sentinel.http import HttpClient
from jupyterlab_sentinel.locations import sources
from jupyterlab_sentinel.ports import EnricherContext
from jupyterlab_sentinel.settings import SecretVault, Settings
from jupyterlab_sentinel.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NESTED = {
    "23.96.0.0/13": {
        "city": {"names": {"en": "Singapore", "de": "Singapur"}},
        "country": {"iso_code": "SG", "names": {"en": "Singapore"}},
        "location": {"latitude": 1.2931, "longitude": 103.8558},
        "subdivisions": [{"iso_code": "01", "names": {"en": "Central Singapore"}}],
    },
    "2001:4860::/32": {"country": {"iso_code": "US", "names": {"en": "United States"}}},
}
FLAT = {
    "8.8.8.0/24": {
        "city": "Mountain View",
        "country_code": "US",
        "latitude": 37.422000885009766,
        "longitude": -122.08499908447266,
        "postcode": "",
        "state1": "California",
        "state2": "",
        "timezone": "",
    }
}
OWNERS = {
    "23.96.0.0/13": {
        "autonomous_system_number": 8075,
        "autonomous_system_organization": "MICROSOFT-CORP-MSN-AS-BLOCK",
    },
    "8.8.8.0/24": {"asn": "AS15169", "as_name": "Google LLC"},
}


def write_mmdb(path: Path, records: Mapping[str, Any], *, kind: str = "GeoLite2-City", version: int = 6) -> Path:
    writer = MMDBWriter(
        ip_version=version,
        ipv4_compatible=version == 6,
        database_type=kind,
        description={"en": "A file of the tests"},
        float_type="f64",
    )
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


@pytest.fixture
def mmdb(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, records: Mapping[str, Any], **options: object) -> Path:
        return write_mmdb(tmp_path / name, records, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file that this machine's user has fetched plays a part."""
    monkeypatch.setattr(sources, "fetched_folder", lambda: tmp_path / "fetched")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(on_disk=False) as held:
        yield held


@pytest.fixture
def context(store: Store, tmp_path: Path) -> EnricherContext:
    return EnricherContext(Settings(), HttpClient(), store, SecretVault(tmp_path / "v", environ={}, use_keyring=False))
