from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipyleaflet
import ipywidgets
import pandas as pd
import pytest

from jupyterlab_sentinel.errors import DataError
from jupyterlab_sentinel.widgets.map import _MOST_PLACES, address_map, spots_of
from jupyterlab_sentinel.widgets.outlines import country_outlines

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = Path(__file__).parents[2] / "data" / "hostile-alerts.json"


def located(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"value": ["23.97.60.214"], "latitude": [1.2931], "longitude": [103.8558], **columns})


def parts(box: ipywidgets.VBox) -> tuple[ipyleaflet.Map, str]:
    drawn, notes = box.children
    return drawn, notes.value


def popups(drawn: ipyleaflet.Map) -> Iterator[ipywidgets.Textarea]:
    for layer in drawn.layers:
        for mark in layer.markers if isinstance(layer, ipyleaflet.MarkerCluster) else (layer,):
            if mark.popup is not None:
                yield mark.popup


def test_a_marker_shows_what_is_known_defanged() -> None:
    frame = located(city=["Singapore"], country=["Singapore"], asn=[8075], organisation=["Microsoft"])
    drawn, notes = parts(address_map(frame))
    (popup,) = popups(drawn)
    assert popup.value == "23[.]97[.]60[.]214\nSingapore\n8075, Microsoft"
    assert drawn.center == [1.2931, 103.8558]
    assert "Natural Earth" in notes


def test_no_layer_asks_a_server_unless_switched_on() -> None:
    drawn, _ = parts(address_map(located()))
    assert not any(isinstance(layer, ipyleaflet.TileLayer) for layer in drawn.layers)
    assert drawn.attribution_control is False
    state = json.dumps([layer.get_state() for layer in drawn.layers], default=str)
    assert "://" not in state
    with_tiles, notes = parts(address_map(located(), tiles=True))
    assert any(isinstance(layer, ipyleaflet.TileLayer) for layer in with_tiles.layers)
    assert with_tiles.attribution_control is True
    assert "Natural Earth" not in notes


def test_whom_to_credit_and_what_is_told_once() -> None:
    frame = located()
    frame.attrs["sentinel"] = {"attribution": ["IP Geolocation by DB-IP", "x\u202e"]}
    frame.attrs["sentinel_enrichment"] = {"attribution": ["IP Geolocation by DB-IP"]}
    _, notes = parts(address_map(frame))
    assert notes == "Made with Natural Earth · IP Geolocation by DB-IP · x<U+202E>"


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, str):
        yield value


def test_hostile_text_is_only_ever_the_value_of_a_text_box() -> None:
    texts = list(dict.fromkeys(texts_of(json.loads(HOSTILE.read_text(encoding="utf-8")))))[:600]
    frame = pd.DataFrame(
        {
            "value": pd.Series(texts, dtype=object),
            "latitude": [n % 90 for n in range(len(texts))],
            "longitude": [n % 97 for n in range(len(texts))],
            "city": pd.Series(texts, dtype=object),
            "organisation": pd.Series(texts[::-1], dtype=object),
        }
    )
    drawn, _ = parts(address_map(frame))
    boxes = list(popups(drawn))
    assert len(boxes) > 80
    for box in boxes:
        assert type(box) is ipywidgets.Textarea
        assert box.disabled
        assert not any(ord(char) < 32 and char != "\n" for char in box.value)
        assert not any(char in box.value for char in "\u202e\u2066\u200b\x7f\x9b")
    told = {box.model_id for box in boxes}
    for layer in drawn.layers:
        marks = layer.markers if isinstance(layer, ipyleaflet.MarkerCluster) else (layer,)
        for mark in marks:
            state = {key: value for key, value in mark.get_state().items() if key not in ("popup", "data")}
            assert not any(text in str(state) for text in ("<img", "<script", "${"))
    assert len(told) == len(boxes)


def test_addresses_at_one_place_share_a_marker() -> None:
    frame = pd.DataFrame({"value": [f"8.8.8.{n}" for n in range(40)], "latitude": [1.0] * 40, "longitude": [2.0] * 40})
    (spot,) = spots_of(frame)
    assert len(spot.lines) == 13
    assert spot.lines[-1] == "and 28 more"


def test_many_places_are_clustered_and_capped() -> None:
    count = _MOST_PLACES + 500
    frame = pd.DataFrame(
        {
            "value": [str(n) for n in range(count)],
            "latitude": [n / 100 for n in range(count)],
            "longitude": [0.0] * count,
        }
    )
    drawn, notes = parts(address_map(frame))
    cluster = next(layer for layer in drawn.layers if isinstance(layer, ipyleaflet.MarkerCluster))
    assert len(cluster.markers) == _MOST_PLACES
    assert "1,000 places" in notes
    assert "1,500" in notes


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"value": ["x"]}),
        pd.DataFrame({"value": [], "latitude": [], "longitude": []}),
        located(latitude=[None]),
        located(latitude=[float("nan")]),
        located(latitude=["x"], longitude=[[1]]),
        located(latitude=[91]),
        located(longitude=[float("inf")]),
    ],
)
def test_nothing_to_show_is_said(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError) as caught:
        address_map(frame)
    assert caught.value.hint


def test_the_enriched_column_is_shown() -> None:
    frame = pd.DataFrame(
        {"TenantId": ["t"], "ip": ["8.8.8.8"], "latitude": ["x"], "ip_latitude": [1.0], "ip_longitude": [2.0]}
    ).drop(columns="latitude")
    frame.attrs["sentinel_enrichment"] = {"column": "ip"}
    assert spots_of(frame)[0].lines == ("8[.]8[.]8[.]8",)
    assert spots_of(frame, "TenantId")[0].lines == ("t",)
    with pytest.raises(DataError, match="no column"):
        spots_of(frame, "nope")


def test_the_outlines_are_closed_rings_within_the_world_and_small() -> None:
    features: Any = country_outlines()["features"]
    assert len(features) == 177
    rings = [ring for one in features for polygon in one["geometry"]["coordinates"] for ring in polygon]
    assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in rings)
    assert all(-195 <= x <= 195 and -90 <= y <= 90 for ring in rings for x, y in ring)
    jumps = [ring for ring in rings if any(abs(a[0] - b[0]) > 180 for a, b in pairwise(ring))]
    assert [min(y for _, y in ring) < -80 for ring in jumps] == [True]  # Antarctica, around the pole
    assert len(json.dumps(features)) < 180_000
    features[0]["properties"]["style"] = {}
    assert country_outlines()["features"][0]["properties"] == {}
