"""``jupyter sentinel geoip update``."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from ..errors import UsageError
from ..http import HttpClient, Rules
from ..locations.sources import FetchedFile, fetched_folder
from ..services.location_update import (
    update_from_archive,
    update_from_npm,
    update_from_path,
    update_owners_from_npm,
)
from ..settings import SecretVault, load_settings

_EDITIONS = ("GeoLite2-City", "GeoLite2-ASN")
_HOST = "https://download.maxmind.com"
_MOVES_TO = ("mm-prod-geoip-databases.a2649acb697e2c09b632799562c076f2.r2.cloudflarestorage.com",)


def update(*, path: str | None, maxmind: bool, owners: bool, force: bool) -> int:
    """Fetch or take location files, and say which, how old, and whom to credit.

    :raises UsageError: no npm, or no licence key.
    :raises SentinelError: what could not be fetched or used; the old files stay.
    """
    folder = fetched_folder()
    if path is not None:
        files = update_from_path(Path(path).expanduser().absolute(), folder)
    elif maxmind:
        files = asyncio.run(_from_maxmind(folder))
    else:
        files = update_from_npm(folder, print, force=force)
        if owners:
            files += update_owners_from_npm(folder, print, force=force)
    for file in files:
        _tell(file)
    print(f"In {folder}")
    return 0


def _tell(file: FetchedFile) -> None:
    print(f"{file.name}: {file.source} {file.version}".rstrip())
    if file.attribution:
        print(f"  {file.attribution}")
    if file.warning:
        print(f"  Warning: {file.warning}")


async def _from_maxmind(folder: Path) -> list[FetchedFile]:
    if load_settings().offline_only:
        raise UsageError("offline_only is set: nothing is fetched.", hint="Use --path FILE, or unset it.")
    vault = SecretVault()
    account, key = vault.get("maxmind.account_id"), vault.get("maxmind.license_key")
    if account is None or key is None:
        raise UsageError(
            "MaxMind's files need your account ID and licence key.",
            hint="Set both: jupyter sentinel secret set maxmind.account_id, then … maxmind.license_key",
        )
    client = HttpClient(Rules(deadline_s=900, largest_body=1 << 30))
    files: list[FetchedFile] = []
    try:
        with tempfile.TemporaryDirectory() as made:
            for edition in _EDITIONS:
                print(f"Fetching {edition} …")
                archive = Path(made) / f"{edition}.tar.gz"
                await client.get_file(
                    "MaxMind",
                    f"{_HOST}/geoip/databases/{edition}/download?suffix=tar.gz",
                    archive,
                    login=(account.reveal(), key.reveal()),
                    may_move_to=_MOVES_TO,
                )
                files += await asyncio.to_thread(update_from_archive, archive, edition, folder)
    finally:
        await client.close()
    return files
