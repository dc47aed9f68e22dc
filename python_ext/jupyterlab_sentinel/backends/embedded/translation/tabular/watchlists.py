"""``_GetWatchlist``: a watchlist is a file of the workspace's folder that is called after its alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....models.indicators import visible
from ..expressions import bind
from ..relations import Column, Relation
from ..values import null

if TYPE_CHECKING:
    from .....kql import tree
    from ..context import Context

_PREFIXES = ("watchlist_", "_watchlist_")

# What Microsoft's parsers look for; without it nothing is configured there.
_OPTIONAL = {
    "asimdisabledparsers": "no parser is disabled",
    "asimsourcetype": "parsers that need it to tell their sources give no rows",
}
_COLUMNS = (
    ("_DTItemId", "string"),
    ("LastUpdatedTimeUTC", "datetime"),
    ("SearchKey", "string"),
    ("WatchlistItem", "dynamic"),
)


def watchlist(context: Context, node: tree.Call) -> Relation:
    """The table ``watchlist_ALIAS`` or ``_Watchlist_ALIAS``, in any case; no time range bounds a watchlist.

    :raises KqlUnsupportedError: the workspace has no such table, or ``node`` asks for the list of watchlists.
    """
    from .sources import scan

    if node.name != "_GetWatchlist":
        context.refuse(node.at, f"{node.name}()", "Only _GetWatchlist(alias) is answered here.")
    alias = bind(context, node.args[0], None).text if len(node.args) == 1 else None
    if alias is None:
        context.fail(node.at, "_GetWatchlist() takes the alias of a watchlist as a constant text.")
    wanted = {prefix + alias.casefold() for prefix in _PREFIXES}
    found = sorted(name for name in context.tables if name.casefold() in wanted)
    if len(found) > 1:
        context.fail(node.at, f"Several tables may be the watchlist: {', '.join(found)}.", "Remove all but one.")
    if not found and alias.casefold() in _OPTIONAL:
        return _empty(context, alias)
    if not found:
        shown = visible(alias)
        context.refuse(
            node.at,
            f"_GetWatchlist() without a file of the watchlist {shown!r}",
            f"Export it, put it into the workspace's folder as watchlist_{shown}.csv, and connect again.",
        )
    return scan(context, context.tables[found[0]], bounded=False)


def _empty(context: Context, alias: str) -> Relation:
    """A watchlist without items, and a word on it; a reason where rows may be missing for it."""
    said = f"There is no watchlist {alias}: {_OPTIONAL[alias.casefold()]}."
    if alias.casefold() == "asimsourcetype":
        context.reasons[said] = None
    else:
        context.warnings[said] = None
    columns = tuple(Column(name, kind, context.ctes.new_ref()) for name, kind in _COLUMNS)
    nulls = ", ".join(f"{null(column.type).sql} AS {column.ref}" for column in columns)
    return Relation(context.ctes.add(f"SELECT {nulls} WHERE false"), columns)
