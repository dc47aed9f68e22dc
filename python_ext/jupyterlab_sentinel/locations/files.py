"""Files of places and network owners (MaxMind DB, and ranges of our own), whatever the shape of their records.

Read are nested records (GeoLite2-City: https://dev.maxmind.com/geoip/docs/databases), flat ones
(ip-location-db's dbip-city: ``country_code, state1, city, latitude, longitude``) and owners
(``autonomous_system_number`` or ``asn``, with the organisation). IPv4 and IPv6 may stand in
files of their own. The format: https://maxmind.github.io/MaxMind-DB/.
"""

from __future__ import annotations

import ipaddress
import itertools
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from ..models.indicators import visible
from .owner_ranges import SUFFIX, RangeReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import maxminddb

Knows = Literal["place", "owner"]
BOTH: frozenset[Knows] = frozenset({"place", "owner"})
PLACE: frozenset[Knows] = frozenset({"place"})
OWNER: frozenset[Knows] = frozenset({"owner"})
_PROBED = 20
_DEMO = "Sentinel-Demo"
_MAXMIND = "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a network is said to be; latitude and longitude in degrees (WGS 84)."""

    country: str | None
    country_code: str | None
    region: str | None
    city: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose network it is: the number of the autonomous system and the organisation's name."""

    asn: int | None
    organisation: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the files say of one address. ``network`` is the owner's, else the place's, in CIDR notation."""

    place: Place | None = None
    owner: Owner | None = None
    network: str | None = None
    place_file: LocationFile | None = None
    owner_file: LocationFile | None = None


@dataclass(eq=False)
class LocationFile:
    """One opened file.

    :param knows: what its records tell.
    :param built: UTC, as the file says.
    """

    path: Path
    reader: maxminddb.Reader | RangeReader = field(repr=False)
    knows: frozenset[Knows]
    kind: str
    built: datetime
    attribution: str = ""
    warning: str = ""

    @property
    def synthetic(self) -> bool:
        """Whether it is the demo's."""
        return self.kind.startswith(_DEMO)

    def age_days(self, now: datetime | None = None) -> int:
        """Whole days since it was built."""
        return ((now or datetime.now(UTC)) - self.built).days

    def find(self, address: str) -> tuple[Mapping[str, object], int] | None:
        """The record of ``address`` and the length of its network's prefix; None if there is none."""
        import maxminddb

        try:
            record, prefix = self.reader.get_with_prefix_len(address)
        except (TypeError, ValueError, maxminddb.InvalidDatabaseError):
            return None  # no address, the other family's, or a damaged part of the file
        return (record, prefix) if isinstance(record, dict) else None


@dataclass
class LocationBook:
    """Several files asked in order: the first that knows an address wins, for place and owner apart.

    :param problems: files that could not be opened, and why.
    """

    files: tuple[LocationFile, ...] = ()
    problems: tuple[str, ...] = ()

    def knows(self, what: Knows) -> bool:
        """Whether any file tells this."""
        return any(what in file.knows for file in self.files)

    def find(self, address: str, wanted: frozenset[Knows] = BOTH) -> Finding:
        """What is known of an address; an empty finding for what is no address.

        :param wanted: look for no more than this.
        """
        place: tuple[Place, str, LocationFile] | None = None
        owner: tuple[Owner, str, LocationFile] | None = None
        missing = set(wanted)
        for file in self.files:
            if missing.isdisjoint(file.knows):
                continue
            found = file.find(address)
            if found is None:
                continue
            record, prefix = found
            if "place" in missing and (read_place := place_of(record)):
                place = (read_place, _network(address, prefix), file)
                missing.discard("place")
            if "owner" in missing and (read_owner := owner_of(record)):
                owner = (read_owner, _network(address, prefix), file)
                missing.discard("owner")
        known = owner or place
        return Finding(
            place=place[0] if place else None,
            owner=owner[0] if owner else None,
            network=known[1] if known else None,
            place_file=place[2] if place else None,
            owner_file=owner[2] if owner else None,
        )

    def attributions(self) -> tuple[str, ...]:
        """Whom to credit, each once."""
        return tuple(dict.fromkeys(file.attribution for file in self.files if file.attribution))

    def warnings(self) -> tuple[str, ...]:
        """What publishers warn of in their own data, a line a file."""
        return tuple(f"{file.path.name}: {file.warning}" for file in self.files if file.warning)

    def age_notices(self, warn_after_days: int, *, now: datetime | None = None) -> tuple[str, ...]:
        """A line for each real file that is older than so many days."""
        return tuple(
            f"{file.path.name} is of {file.built:%Y-%m-%d}, {file.age_days(now)} days old: "
            "jupyter sentinel geoip update"
            for file in self.files
            if not file.synthetic and file.age_days(now) > warn_after_days
        )


def place_of(record: Mapping[str, object]) -> Place | None:
    """The place that a record tells, nested or flat; None if it tells none."""
    country, city = record.get("country"), record.get("city")
    location = _mapping(record.get("location"))
    nested = _mapping(country) or _mapping(record.get("registered_country"))
    code = _text(nested.get("iso_code")) or _text(record.get("country_code"))
    if code is None and isinstance(country, str) and len(country) == 2:
        code = _text(country)
    name = _name(nested) or (_text(country) if isinstance(country, str) and len(country) > 2 else None)
    found = Place(
        country=name or country_name(code),
        country_code=code,
        region=_region(record),
        city=_name(_mapping(city)) or (_text(city) if isinstance(city, str) else None),
        latitude=_degrees(location.get("latitude", record.get("latitude")), 90),
        longitude=_degrees(location.get("longitude", record.get("longitude")), 180),
    )
    if found.country_code is None and found.country is None and found.latitude is None:
        return None
    return found


def owner_of(record: Mapping[str, object]) -> Owner | None:
    """The owner that a record tells; None if it tells none."""
    number = record.get("autonomous_system_number", record.get("asn"))
    if isinstance(number, str):
        digits = number.upper().removeprefix("AS")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else None
    names = ("autonomous_system_organization", "as_organization", "as_name", "organization", "organisation")
    name = next((text for key in names if (text := _text(record.get(key)))), None)
    if not isinstance(number, int) or isinstance(number, bool):
        number = None
    return Owner(number, name) if number is not None or name else None


def country_name(code: str | None) -> str | None:
    """The English name of an ISO 3166 code, as the time zone database has it; the code itself if unknown."""
    if code is None:
        return None
    import pytz

    return pytz.country_names.get(code.upper(), code)


def open_file(path: Path, *, attribution: str = "", warning: str = "") -> LocationFile:
    """Open a location file and look what its records tell.

    :raises OSError: it cannot be read.
    :raises ValueError: no MaxMind DB file, or its records tell neither place nor owner.
    """
    import maxminddb

    try:
        reader = RangeReader(path) if path.suffix == SUFFIX else maxminddb.open_database(str(path))
        meta = reader.metadata()
        records = [record for _, record in itertools.islice(_records(reader), _PROBED)]
    except maxminddb.InvalidDatabaseError:
        raise ValueError("not a MaxMind DB file, or damaged") from None
    knows: set[Knows] = set()
    if any(place_of(record) for record in records):
        knows.add("place")
    if any(owner_of(record) for record in records):
        knows.add("owner")
    if not knows:
        reader.close()
        raise ValueError("its records tell neither places nor network owners")
    built = datetime.fromtimestamp(meta.build_epoch, UTC)
    description = _text(_mapping(meta.description).get("en"))
    return LocationFile(
        path=path,
        reader=reader,
        knows=frozenset(knows),
        kind=meta.database_type,
        built=built,
        attribution=attribution or _attribution(meta.database_type, description),
        warning=warning,
    )


class OpenFiles:
    """Files opened once a process, and again when they have been replaced."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[Path, tuple[tuple[int, int], LocationFile]] = {}

    def book(self, paths: Iterable[tuple[Path, str, str]]) -> LocationBook:
        """The files of ``paths``, in order; each with its attribution and warning, or empty texts."""
        files, problems = [], []
        for path, attribution, warning in paths:
            try:
                files.append(self._file(path, attribution, warning))
            except FileNotFoundError:
                problems.append(f"{path}: there is no such file.")
            except OSError as error:
                problems.append(f"{path}: cannot be read ({error.strerror or 'refused'}).")
            except ValueError as error:
                problems.append(f"{path}: {error}.")
        return LocationBook(tuple(files), tuple(problems))

    def _file(self, path: Path, attribution: str, warning: str) -> LocationFile:
        found = path.stat()
        stamp = (found.st_mtime_ns, found.st_size)
        with self._lock:
            held = self._files.get(path)
            if held is None or held[0] != stamp:
                held = self._files[path] = (stamp, open_file(path, attribution=attribution, warning=warning))
            return held[1]


OPEN_FILES = OpenFiles()


def _records(reader: maxminddb.Reader | RangeReader) -> Iterator[tuple[object, Mapping[str, object]]]:
    for network, record in reader:
        if isinstance(record, dict):
            yield network, record


def _attribution(kind: str, description: str | None) -> str:
    if kind.startswith(_DEMO):
        return description or "Demo data"
    if kind.startswith(("GeoLite2", "GeoIP2")):
        return _MAXMIND
    if kind.lower().startswith("dbip"):
        return "IP Geolocation by DB-IP, https://db-ip.com (CC BY 4.0)"
    return ""


def _network(address: str, prefix: int) -> str:
    if ":" in address:
        return str(ipaddress.ip_network((address, prefix), strict=False))
    whole = int.from_bytes(socket.inet_aton(address), "big") >> (32 - prefix) << (32 - prefix)
    return f"{socket.inet_ntoa(whole.to_bytes(4, 'big'))}/{prefix}"


def _region(record: Mapping[str, object]) -> str | None:
    divisions = record.get("subdivisions")
    if isinstance(divisions, list) and divisions:
        return _name(_mapping(divisions[0]))
    return _text(record.get("state1")) or _text(record.get("region"))


def _name(place: Mapping[str, object]) -> str | None:
    return _text(_mapping(place.get("names")).get("en"))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return visible(value.strip(), limit=200) if isinstance(value, str) and value.strip() else None


def _degrees(value: object, limit: float) -> float | None:
    """Single precision is all that flat files hold: more digits than five would be noise."""
    if isinstance(value, int | float) and not isinstance(value, bool) and -limit <= value <= limit:
        return round(float(value), 5)
    return None
