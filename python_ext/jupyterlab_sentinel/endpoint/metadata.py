"""The workspace's tables and columns as the metadata request gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..models.workspace import FunctionInfo, TableInfo, WorkspaceInfo
    from .identity import Identity

_TIME = "TimeGenerated"


def metadata_body(
    identity: Identity, info: WorkspaceInfo, tables: Sequence[TableInfo], functions: Sequence[FunctionInfo] = ()
) -> dict[str, object]:
    """Tables with their columns, saved functions, and the workspace; local workspaces have no solutions.

    The bodies of functions, which no client needs for a call, are left empty.
    """
    names = [table.name for table in tables]
    related = {"tables": names, "functions": [function.name for function in functions]}
    workspace = {
        "id": identity.workspace_id,
        "resourceId": identity.resource_id,
        "name": info.name,
        "region": "local",
        "related": related,
    }
    return {
        "tables": [_table(table, identity.workspace_id) for table in tables],
        "functions": [_function(function, identity.workspace_id) for function in functions],
        "solutions": [],
        "resourceTypes": [],
        "categories": [],
        "workspaces": [workspace],
    }


def _table(table: TableInfo, workspace_id: str) -> dict[str, object]:
    found: dict[str, object] = {"id": table.name, "name": table.name}
    if table.description:
        found["description"] = table.description
    if any(column.name == _TIME for column in table.columns):
        found["timespanColumn"] = _TIME
    found["columns"] = [{"name": column.name, "type": column.type} for column in table.columns]
    found["related"] = {"workspaces": [workspace_id]}
    return found


def _function(function: FunctionInfo, workspace_id: str) -> dict[str, object]:
    """Parameters stand without parentheses, as in a saved search."""
    found: dict[str, object] = {"id": function.name, "name": function.name, "body": ""}
    parameters = function.parameters.strip()
    if parameters.startswith("(") and parameters.endswith(")"):
        parameters = parameters[1:-1].strip()
    if parameters:
        found["parameters"] = parameters
    if function.description:
        found["description"] = function.description
    found["related"] = {"workspaces": [workspace_id]}
    return found


def cloud_body(origin: str, version: str) -> object:
    """What ``/metadata/endpoints`` says of the cloud: where to sign in, and where to ask.

    :param version: the API's: a list of clouds from 2018 to 2021, an object since 2022 and for ``latest``, and an
        object of fewer properties before (``1.0``, ``2015-01-01``).
    """
    authentication = {
        "loginEndpoint": origin,
        "audiences": [origin, f"{origin}/"],
        "tenant": "common",
        "identityProvider": "AAD",
    }
    if version[:4] < "2018":
        return {"portalEndpoint": f"{origin}/", "authentication": authentication}
    cloud = {
        "name": "LocalCloud",
        "portal": origin,
        "authentication": authentication,
        "resourceManager": f"{origin}/",
        "logAnalyticsResourceId": origin,
        "suffixes": {},
    }
    return [cloud] if version[:4] < "2022" else cloud
