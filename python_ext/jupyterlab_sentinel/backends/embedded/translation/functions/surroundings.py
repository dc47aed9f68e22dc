"""Functions that tell of what a query runs in."""

from __future__ import annotations

from ..values import Value
from .registry import Arguments, function

_RECEIVED = "_TimeReceived"
_GENERATED = "TimeGenerated"


@function("ingestion_time")
def _ingestion_time(arguments: Arguments) -> Value:
    """An export does not say when its rows were ingested: the nearest that it does say, with a warning."""
    context, row = arguments.context, arguments.row
    found = [column for name in (_RECEIVED, _GENERATED) if row is not None and (column := row.find(name))]
    times = [column for column in found if column.type == "datetime"]
    if not times:
        context.refuse(
            arguments.node.at,
            f"ingestion_time() where the rows have no {_GENERATED}",
            "An export does not say when its rows were ingested; TimeGenerated stands for it.",
        )
    names = " or ".join(column.name for column in times)
    context.warnings[f"ingestion_time() is read from {names}: an export does not say when its rows were ingested."] = (
        None
    )
    return Value(f"coalesce({', '.join(column.ref for column in times)}, NULL)", "datetime")
