"""The workspace's tables and columns as the metadata request gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..models.workspace import TableInfo, WorkspaceInfo
    from .identity import Identity

_TIME = "TimeGenerated"


def metadata_body(identity: Identity, info: WorkspaceInfo, tables: Sequence[TableInfo]) -> dict[str, object]:
    """Tables with their columns, and the workspace; local workspaces have no solutions and no saved functions."""
    names = [table.name for table in tables]
    workspace = {
        "id": identity.workspace_id,
        "resourceId": identity.resource_id,
        "name": info.name,
        "region": "local",
        "related": {"tables": names},
    }
    return {
        "tables": [_table(table, identity.workspace_id) for table in tables],
        "functions": [],
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


def cloud_body(origin: str, *, old: bool) -> object:
    """What ``/metadata/endpoints`` says of the cloud: where to sign in, and where to ask.

    :param old: the shape before 2019, an object; since then it is a list of clouds.
    """
    authentication = {
        "loginEndpoint": f"{origin}/",
        "audiences": [origin],
        "tenant": "common",
        "identityProvider": "AAD",
    }
    if old:
        return {"portalEndpoint": f"{origin}/", "authentication": authentication}
    return [
        {
            "name": "LocalCloud",
            "portal": f"{origin}/",
            "authentication": authentication,
            "resourceManager": f"{origin}/",
            "logAnalyticsResourceId": origin,
            "suffixes": {},
        }
    ]
