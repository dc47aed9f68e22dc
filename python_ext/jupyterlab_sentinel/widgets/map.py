"""Located addresses on a map that asks no server for anything.

The land is drawn from outlines within the package. Images of a map service ("tiles") tell that
service which part of the world is looked at, and from where: they are off until switched on
(``map.tiles`` in the settings). Every text is put into a read-only text box: no HTML, no LaTeX.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from ..errors import DataError
from ..models.indicators import defang_text, visible
from .outlines import CREDIT, country_outlines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from ipyleaflet import Map
    from ipywidgets import Textarea, VBox

_MOST_PLACES = 1000
_CLUSTERED = 100
_MOST_LISTED = 12
_HEIGHT = "420px"
_LAND = {"fillColor": "#e8e4d8", "fillOpacity": 1, "color": "#9a9484", "weight": 0.6}
_MARK = "#b3261e"
_POPUP_WIDTH = "320px"
_POPUP_LIMIT = 380
_LONGEST = 80
_WANTED = ("latitude", "longitude")
_TOLD = (("city", "country"), ("asn", "organisation", "network"), ("ti_verdict", "ti_threat"))


class Spot(NamedTuple):
    """One marker: where, in degrees, and the lines that it shows."""

    latitude: float
    longitude: float
    lines: tuple[str, ...]


def address_map(frame: pd.DataFrame, *, column: str | None = None, tiles: bool = False) -> VBox:
    """A map with a marker for each place of ``frame``, and whom to credit below it.

    :param frame: from ``sentinel.locate``, ``%enrich``, or any with ``latitude`` and ``longitude`` in degrees.
    :param column: the column of the addresses; default: the enriched one, ``value``, or the first one of text.
    :param tiles: fetch images from OpenStreetMap's servers.
    :raises DataError: no such columns, or no row with a place.
    """
    import ipywidgets

    spots = spots_of(frame, column)
    drawn = _map(spots, tiles=tiles)
    notes = _notes(frame, spots, tiles=tiles)
    return ipywidgets.VBox([drawn, _text(notes, rows=max(1, len(notes)), width="100%")])


def spots_of(frame: pd.DataFrame, column: str | None = None) -> list[Spot]:
    """The places of a frame with what is there, each place once, those with most addresses first.

    :raises DataError: see :func:`address_map`.
    """
    names = {str(name): position for position, name in enumerate(frame.columns)}
    columns = {name: _found(names, name) for name in (*_WANTED, *(name for group in _TOLD for name in group))}
    if columns["latitude"] is None or columns["longitude"] is None:
        raise DataError(
            "There is nothing to put on a map: the frame has no columns latitude and longitude.",
            hint="Use the frame of sentinel.locate(values) or of %enrich.",
        )
    shown = _value_column(frame, names, column)
    places: dict[tuple[float, float], dict[str, tuple[str, ...]]] = defaultdict(dict)
    for row in frame.itertuples(index=False, name=None):
        where = _degrees(row[columns["latitude"]], 90), _degrees(row[columns["longitude"]], 180)
        if where[0] is None or where[1] is None:
            continue
        told = tuple(_told(row, [columns[name] for name in group]) for group in _TOLD)
        places[where[0], where[1]][_shown(row[shown])] = tuple(text for text in told if text)
    if not places:
        raise DataError(
            "None of the rows has a place.",
            hint="Private addresses have none; without a location file run: jupyter sentinel geoip update",
        )
    ordered = sorted(places.items(), key=lambda item: -len(item[1]))
    return [Spot(latitude, longitude, _lines(held)) for (latitude, longitude), held in ordered]


def _map(spots: Sequence[Spot], *, tiles: bool) -> Map:
    import ipyleaflet
    import ipywidgets

    layers: list[ipyleaflet.Layer] = []
    if tiles:
        layers.append(ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.OpenStreetMap.Mapnik))
    else:
        layers.append(ipyleaflet.GeoJSON(data=country_outlines(), style=_LAND))
    kept = spots[:_MOST_PLACES]
    if len(kept) > _CLUSTERED:
        layers.append(ipyleaflet.MarkerCluster(markers=tuple(_pin(spot) for spot in kept)))
    else:
        layers += [_disc(spot) for spot in kept]
    center, zoom = _view(kept)
    return ipyleaflet.Map(
        layers=tuple(layers),
        center=center,
        zoom=zoom,
        min_zoom=1,
        scroll_wheel_zoom=True,
        attribution_control=tiles,
        layout=ipywidgets.Layout(height=_HEIGHT),
    )


def _disc(spot: Spot) -> object:
    import ipyleaflet

    return ipyleaflet.CircleMarker(
        location=(spot.latitude, spot.longitude),
        radius=7,
        color=_MARK,
        fill_color=_MARK,
        fill_opacity=0.6,
        weight=2,
        popup=_text(spot.lines, rows=min(12, len(spot.lines) + 1)),
        popup_max_width=_POPUP_LIMIT,
    )


def _pin(spot: Spot) -> object:
    import ipyleaflet

    return ipyleaflet.Marker(
        location=(spot.latitude, spot.longitude),
        draggable=False,
        popup=_text(spot.lines, rows=min(12, len(spot.lines) + 1)),
        popup_max_width=_POPUP_LIMIT,
    )


def _text(lines: Sequence[str], *, rows: int, width: str = _POPUP_WIDTH) -> Textarea:
    """Text that nothing interprets: the value of a text box, neither HTML nor what MathJax looks at."""
    import ipywidgets

    return ipywidgets.Textarea(
        value="\n".join(lines),
        disabled=True,
        rows=rows,
        layout=ipywidgets.Layout(width=width),
    )


def _notes(frame: pd.DataFrame, spots: Sequence[Spot], *, tiles: bool) -> list[str]:
    credited: list[object] = [] if tiles else [CREDIT]
    notices: list[object] = []
    for key in ("sentinel", "sentinel_enrichment"):
        facts = frame.attrs.get(key)
        if isinstance(facts, dict):
            credited += list(facts.get("attribution", ()))
    if len(spots) > _MOST_PLACES:
        notices.append(f"Shown are the {_MOST_PLACES:,} places with most addresses, of {len(spots):,}.")
    return [*map(_cell, notices), " · ".join(dict.fromkeys(map(_cell, credited)))]


def _view(spots: Sequence[Spot]) -> tuple[tuple[float, float], int]:
    """The middle of all spots, and a zoom at which they fit into a map of usual width."""
    south, north = min(spot.latitude for spot in spots), max(spot.latitude for spot in spots)
    west, east = min(spot.longitude for spot in spots), max(spot.longitude for spot in spots)
    span = max(east - west, 2 * (north - south), 60.0)
    zoom = int(math.log2(720.0 / span))
    return ((south + north) / 2, (west + east) / 2), max(1, min(4, zoom))


def _lines(held: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """One address: its facts below each other; several: a line each."""
    if len(held) == 1:
        ((value, told),) = held.items()
        return (value, *told)
    lines = [", ".join([value, *told]) for value, told in list(held.items())[:_MOST_LISTED]]
    return (*lines, f"and {len(held) - _MOST_LISTED} more") if len(held) > _MOST_LISTED else tuple(lines)


def _told(row: Sequence[object], columns: Sequence[int | None]) -> str:
    cells = (_cell(row[at]) for at in columns if at is not None)
    return ", ".join(dict.fromkeys(cell for cell in cells if cell))


def _found(names: Mapping[str, int], name: str) -> int | None:
    """The column, also where enrichment put another column's name before its own."""
    if name in names:
        return names[name]
    return next((at for held, at in names.items() if held.endswith(f"_{name}")), None)


def _value_column(frame: pd.DataFrame, names: Mapping[str, int], column: str | None) -> int:
    if column is not None:
        if column not in names:
            raise DataError(f"The frame has no column “{visible(column, limit=60)}”.", hint="Name one that it has.")
        return names[column]
    facts = frame.attrs.get("sentinel_enrichment")
    if isinstance(facts, dict) and facts.get("column") in names:
        return names[str(facts["column"])]
    if "value" in names:
        return names["value"]
    from pandas.api.types import is_numeric_dtype

    return next((at for at in range(len(names)) if not is_numeric_dtype(frame.dtypes.iloc[at])), 0)


def _degrees(value: object, limit: float) -> float | None:
    try:
        found = float(value)  # type: ignore[arg-type]  # whatever the frame holds
    except (TypeError, ValueError):
        return None
    return found if -limit <= found <= limit else None


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return "" if text in ("nan", "NaT", "<NA>", "None") else " ".join(visible(text, limit=_LONGEST).split())


def _shown(value: object) -> str:
    """An address or any other indicator, defanged."""
    text = _cell(value)
    return defang_text(text) if "://" in text else text.replace(".", "[.]")
