"""Reading the command line, and turning a mistake into one message."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ..errors import SentinelError
from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..settings.model import Kind


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``jupyter sentinel`` with ``arguments`` (default: those of the process).

    :returns: 0; 1 if something is wrong or failed; 2 for a mistake in the command; 130 if interrupted.
    """
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except SentinelError as error:
        print(visible(f"{error.message}\n{error.hint}".strip()), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was changed that was not finished.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jupyter sentinel", description="Microsoft Sentinel in Jupyter")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = commands.add_parser("check", help="say, a line each, what works")
    check.set_defaults(run=_check)
    _add_geoip(commands)
    _add_workspace(commands)
    _add_provider(commands)
    _add_secret(commands)
    purge = commands.add_parser("purge", help="forget lookups, query history and the list of what was sent")
    purge.add_argument("--yes", action="store_true", help="do not ask")
    purge.set_defaults(run=_purge)
    _add_serve(commands)
    return parser


def _add_geoip(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    geoip = commands.add_parser("geoip", help="location files")
    actions = geoip.add_subparsers(metavar="ACTION", required=True)
    update = actions.add_parser(
        "update",
        help="fetch or refresh the location files",
        description="Without an option: DB-IP's city file (CC BY 4.0) through this user's npm.",
    )
    which = update.add_mutually_exclusive_group()
    which.add_argument("--maxmind", action="store_true", help="MaxMind's GeoLite2 City and ASN, with your licence key")
    which.add_argument("--path", metavar="FILE", help="take this .mmdb file")
    update.add_argument(
        "--owners", action="store_true", help="also network owners through npm; their publisher warns of errors"
    )
    update.add_argument("--force", action="store_true", help="fetch even what is here already")
    update.set_defaults(run=_geoip_update)


def _add_workspace(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    workspace = commands.add_parser("workspace", help="named workspaces")
    actions = workspace.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="name a workspace: a folder of exported logs, or one in Azure")
    add.add_argument("name", metavar="NAME")
    where = add.add_mutually_exclusive_group(required=True)
    where.add_argument("--path", metavar="FOLDER", help="folder or file of exported logs")
    where.add_argument("--workspace-id", metavar="GUID", help="a Log Analytics workspace")
    where.add_argument("--cluster", metavar="URL", help="an Azure Data Explorer cluster; give a --database, too")
    where.add_argument("--data-lake", metavar="NAME-GUID", help="a workspace in the Sentinel data lake")
    where.add_argument("--hunting", action="store_true", help="Defender's advanced hunting in the tenant")
    add.add_argument("--database", metavar="NAME", help="the cluster's database")
    add.add_argument("--scope", metavar="SCOPE", help="what tokens are asked for, if not the service's usual one")
    add.add_argument("--tenant-id", metavar="GUID", help="the tenant that signs in")
    add.add_argument("--cloud", choices=("public", "usgov", "china"), default="public")
    add.set_defaults(run=_workspace_add)
    listing = actions.add_parser("list", help="list the named workspaces")
    listing.set_defaults(run=_workspace_list)
    remove = actions.add_parser("remove", help="forget a name; the logs stay")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=_workspace_remove)


def _add_provider(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    provider = commands.add_parser("provider", help="enrichment providers")
    actions = provider.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser("list", help="list them, and what each contacts").set_defaults(run=_provider_list)
    for action, enabled in (("enable", True), ("disable", False)):
        switch = actions.add_parser(action, help=f"{action} one; third parties are off until enabled")
        switch.add_argument("name", metavar="NAME")
        switch.set_defaults(run=_provider_switch, enabled=enabled)


def _add_secret(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    secret = commands.add_parser("secret", help="keys of providers")
    actions = secret.add_subparsers(metavar="ACTION", required=True)
    for action, run, text in (
        ("set", _secret_set, "keep a secret; its value is asked for, or read from standard input"),
        ("remove", _secret_remove, "forget a secret"),
    ):
        command = actions.add_parser(action, help=text)
        command.add_argument("name", metavar="NAME", help="provider and key: maxmind.license_key")
        command.set_defaults(run=run)


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser(
        "serve",
        help="serve a local workspace to Log Analytics clients on this machine",
        description="Prints one line of JSON when ready: the address, ids and secrets that a client needs.",
    )
    serve.add_argument(
        "workspace", metavar="WORKSPACE", nargs="?", default="demo", help="a name or a path; demo if none"
    )
    serve.add_argument("--port", type=int, default=0, metavar="N", help="default: any that is free")
    serve.add_argument("--https", action="store_true", help="with a certificate made for this run")
    serve.add_argument(
        "--client-secret-file", metavar="F", help="take the client secret from this file; made if there is none"
    )
    for option, text in (
        ("--max-rows", "most rows of an answer (500000)"),
        ("--max-bytes", "most bytes of an answer's rows (64000000)"),
        ("--max-requests", "most requests in 30 seconds (200)"),
        ("--max-running", "most queries at the same time (5)"),
    ):
        serve.add_argument(option, type=_count, metavar="N", help=text)
    serve.set_defaults(run=_serve)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _check(_given: argparse.Namespace) -> int:
    from .check import check

    return check()


def _geoip_update(given: argparse.Namespace) -> int:
    from .geoip import update

    return update(path=given.path, maxmind=given.maxmind, owners=given.owners, force=given.force)


def _workspace_add(given: argparse.Namespace) -> int:
    from ..settings import WorkspaceSettings
    from .configuring import add

    entry = WorkspaceSettings(
        path=given.path,
        workspace_id=given.workspace_id,
        kind=_kind(given),
        cluster=given.cluster,
        database=given.data_lake or given.database,
        scope=given.scope,
        tenant_id=given.tenant_id,
        cloud=given.cloud,
    )
    return add(given.name, entry)


def _kind(given: argparse.Namespace) -> Kind | None:
    if given.cluster is not None:
        return "adx"
    if given.data_lake is not None:
        return "datalake"
    return "hunting" if given.hunting else None


def _workspace_list(_given: argparse.Namespace) -> int:
    from .configuring import list_workspaces

    return list_workspaces()


def _workspace_remove(given: argparse.Namespace) -> int:
    from .configuring import remove

    return remove(given.name)


def _provider_list(_given: argparse.Namespace) -> int:
    from .configuring import list_providers

    return list_providers()


def _provider_switch(given: argparse.Namespace) -> int:
    from .configuring import switch

    return switch(given.name, enabled=given.enabled)


def _secret_set(given: argparse.Namespace) -> int:
    from .configuring import set_secret

    return set_secret(given.name)


def _secret_remove(given: argparse.Namespace) -> int:
    from .configuring import remove_secret

    return remove_secret(given.name)


def _purge(given: argparse.Namespace) -> int:
    from .configuring import purge

    return purge(asked=not given.yes)


def _serve(given: argparse.Namespace) -> int:
    from .serving import run

    return run(
        given.workspace,
        port=given.port,
        https=given.https,
        secret_file=given.client_secret_file,
        rows=given.max_rows,
        answer_bytes=given.max_bytes,
        requests=given.max_requests,
        running=given.max_running,
    )
