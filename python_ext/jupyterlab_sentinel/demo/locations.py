"""The demo's location files: MaxMind DB format, in the shapes of GeoLite2-City and GeoLite2-ASN.

They hold only the networks of the story. Places of the documentation and invented networks are invented; those of
well-known networks are what the article printed. The format: https://maxmind.github.io/MaxMind-DB/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

BUILT: Final = 1_767_225_600  # 2026-01-01: fixed, so that two builds are the same
LABEL: Final = "Demo data of jupyterlab-sentinel; not for any use outside its demo workspace"


@dataclass(frozen=True, slots=True)
class Network:
    """A network, where it is said to be, and whose it is."""

    cidr: str
    country: str
    city: str
    latitude: float
    longitude: float
    asn: int
    organisation: str
    region: tuple[str, str] = ("", "")


COUNTRIES: Final[Mapping[str, tuple[str, str, str]]] = {
    "AU": ("Australia", "OC", "Oceania"),
    "CA": ("Canada", "NA", "North America"),
    "CN": ("China", "AS", "Asia"),
    "DE": ("Germany", "EU", "Europe"),
    "GB": ("United Kingdom", "EU", "Europe"),
    "ID": ("Indonesia", "AS", "Asia"),
    "IE": ("Ireland", "EU", "Europe"),
    "JP": ("Japan", "AS", "Asia"),
    "NL": ("Netherlands", "EU", "Europe"),
    "RO": ("Romania", "EU", "Europe"),
    "RU": ("Russia", "EU", "Europe"),
    "SG": ("Singapore", "AS", "Asia"),
    "UA": ("Ukraine", "EU", "Europe"),
    "US": ("United States", "NA", "North America"),
}
MICROSOFT: Final = "MICROSOFT-CORP-MSN-AS-BLOCK"
INVENTED: Final = "Invented hosting company (demo)"

NETWORKS: Final = (
    Network("23.96.0.0/13", "SG", "Singapore", 1.2931, 103.8558, 8075, MICROSOFT, ("01", "Central Singapore")),
    Network("13.67.0.0/16", "SG", "Singapore", 1.2931, 103.8558, 8075, MICROSOFT, ("01", "Central Singapore")),
    Network("13.71.160.0/19", "CA", "Toronto", 43.6547, -79.3623, 8075, MICROSOFT, ("ON", "Ontario")),
    Network("13.88.0.0/16", "US", "San Jose", 37.3388, -121.8914, 8075, MICROSOFT, ("CA", "California")),
    Network("40.76.0.0/14", "US", "Washington", 38.7163, -78.1704, 8075, MICROSOFT, ("VA", "Virginia")),
    Network("40.85.0.0/16", "CA", "Toronto", 43.6547, -79.3623, 8075, MICROSOFT, ("ON", "Ontario")),
    Network("52.168.0.0/16", "US", "Washington", 38.7163, -78.1704, 8075, MICROSOFT, ("VA", "Virginia")),
    Network("52.239.220.0/24", "US", "Washington", 38.7163, -78.1704, 8075, MICROSOFT, ("VA", "Virginia")),
    Network("20.38.98.0/24", "US", "Washington", 38.7163, -78.1704, 8075, MICROSOFT, ("VA", "Virginia")),
    Network("104.211.0.0/18", "US", "Washington", 38.7163, -78.1704, 8075, MICROSOFT, ("VA", "Virginia")),
    Network("131.107.0.0/16", "US", "Redmond", 47.6801, -122.1206, 3598, "MICROSOFT-CORP-AS", ("WA", "Washington")),
    Network("91.189.88.0/21", "GB", "London", 51.5085, -0.1257, 41231, "Canonical Ltd", ("ENG", "England")),
    Network("185.49.71.0/24", "RU", "Moscow", 55.7522, 37.6156, 64496, INVENTED),
    Network("47.91.56.0/24", "AU", "Sydney", -33.8678, 151.2073, 45102, "Alibaba US Technology Co., Ltd."),
    Network("103.225.168.0/24", "ID", "Jakarta", -6.2146, 106.8451, 64497, INVENTED),
    Network("31.148.220.0/24", "UA", "Kyiv", 50.4547, 30.5238, 64498, INVENTED),
    Network("89.34.111.0/24", "RO", "Bucharest", 44.4323, 26.1063, 64499, INVENTED),
    Network("185.162.131.0/24", "NL", "Amsterdam", 52.374, 4.8897, 64500, INVENTED),
    Network("81.22.45.0/24", "RU", "Saint Petersburg", 59.8944, 30.2642, 64501, INVENTED),
    Network("88.214.26.0/24", "NL", "Amsterdam", 52.374, 4.8897, 64502, INVENTED),
    Network("141.98.80.0/24", "NL", "Rotterdam", 51.9225, 4.4792, 64503, INVENTED),
    Network("193.32.160.0/23", "CN", "Shenzhen", 22.5455, 114.0683, 64504, INVENTED),
    Network("194.61.24.0/24", "DE", "Frankfurt am Main", 50.1155, 8.6842, 64505, INVENTED),
    Network("192.0.2.0/24", "IE", "Dublin", 53.3331, -6.2489, 64506, INVENTED),
    Network("198.51.100.0/24", "DE", "Berlin", 52.5244, 13.4105, 64507, INVENTED),
    Network("203.0.113.0/24", "JP", "Tokyo", 35.6895, 139.6917, 64508, INVENTED),
    Network("2001:db8:1::/48", "SG", "Singapore", 1.2931, 103.8558, 64509, INVENTED, ("01", "Central Singapore")),
    Network("2001:db8:2::/48", "GB", "London", 51.5085, -0.1257, 64510, INVENTED, ("ENG", "England")),
)


def write_locations(folder: Path) -> list[str]:
    """Write the two files into `folder`; their names, cities first."""
    _write(folder / "location.mmdb", "Sentinel-Demo-GeoLite2-City", {net.cidr: _place(net) for net in NETWORKS})
    _write(folder / "asn.mmdb", "Sentinel-Demo-GeoLite2-ASN", {net.cidr: _owner(net) for net in NETWORKS})
    return ["location.mmdb", "asn.mmdb"]


def _write(path: Path, kind: str, records: Mapping[str, dict[str, object]]) -> None:
    """The writer stamps the present time; its tree is written with our fixed one."""
    from mmdb_writer import MMDBWriter, TreeWriter
    from netaddr import IPSet

    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, int_type="u32")
    for cidr, record in records.items():
        writer.insert_network(IPSet([cidr]), record)
    meta = {
        "ip_version": 6,
        "database_type": kind,
        "languages": ["en"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "description": {"en": LABEL},
        "build_epoch": BUILT,
    }
    TreeWriter(writer.tree, meta, int_type="u32").write(str(path))


def _place(network: Network) -> dict[str, object]:
    name, continent, continent_name = COUNTRIES[network.country]
    country = {"iso_code": network.country, "names": {"en": name}}
    record: dict[str, object] = {
        "city": {"names": {"en": network.city}},
        "continent": {"code": continent, "names": {"en": continent_name}},
        "country": country,
        "location": {"accuracy_radius": 50, "latitude": network.latitude, "longitude": network.longitude},
        "registered_country": country,
    }
    code, region = network.region
    if code:
        record["subdivisions"] = _named([(code, region)])
    return record


def _named(regions: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    return [{"iso_code": code, "names": {"en": name}} for code, name in regions]


def _owner(network: Network) -> dict[str, object]:
    return {"autonomous_system_number": network.asn, "autonomous_system_organization": network.organisation}
