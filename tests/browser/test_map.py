"""The map in a real JupyterLab: it shows without any server, and hostile text in it is text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.lab_page import LabPage

pytestmark = pytest.mark.timeout(300)

SECONDS = 1000
MARKERS = ".leaflet-container path.leaflet-interactive[fill='#b3261e']"

HOSTILE = r"""
import pandas as pd
from jupyterlab_sentinel.widgets.map import address_map
texts = [
    "<img src=x onerror=\"window.__pwn=1\">",
    "<script>window.__pwn=1</script>",
    r"$\href{https://evil.example}{click}$ \(x^2\)",
    "${window.__pwn=1}",
    "{{constructor.constructor('window.__pwn=1')()}}",
    "https://evil.example/beacon.png",
    "![x](https://evil.example/beacon.png)",
    "\u202egnp.exe",
]
frame = pd.DataFrame({"value": texts, "latitude": 1.0, "longitude": 103.0, "city": texts, "organisation": texts})
frame.attrs["sentinel"] = {"attribution": texts}
address_map(frame)
"""


def test_an_address_is_located_without_any_server(lab: LabPage) -> None:
    lab.open(
        [
            "%load_ext jupyterlab_sentinel",
            "%sentinel connect demo",
            "%enrich 23.97.60.214 --map",
        ]
    )
    lab.run_all()
    marker = lab.page.locator(MARKERS)
    expect(marker).to_have_count(1, timeout=60 * SECONDS)
    assert lab.page.locator(".leaflet-container path").count() > 150  # the land
    marker.click()
    popup = lab.page.locator(".leaflet-popup textarea")
    expect(popup).to_have_value(
        "23[.]97[.]60[.]214\nSingapore\n8075, MICROSOFT-CORP-MSN-AS-BLOCK, 23.96.0.0/13\nsuspicious, Botnet"
    )
    lab.screenshot("map", lab.page.locator(".leaflet-container"))
    assert lab.page.locator(".leaflet-tile").count() == 0
    assert lab.outside == []


def test_hostile_text_on_the_map_is_text(lab: LabPage) -> None:
    lab.open([HOSTILE])
    lab.run_all()
    marker = lab.page.locator(MARKERS)
    expect(marker).to_have_count(1, timeout=60 * SECONDS)
    marker.click()
    popup = lab.page.locator(".leaflet-popup")
    expect(popup.locator("textarea")).to_be_visible()
    shown = popup.locator("textarea").input_value()
    assert "<img src=x onerror=" in shown
    assert "<U+202E>" in shown
    assert "hxxps[:]//evil[.]example" in shown
    output = lab.page.locator(".jp-OutputArea-output")
    assert output.locator("img, script, iframe, mjx-container, math").count() == 0
    links = output.locator("a").evaluate_all("all => all.map(one => [one.className, one.getAttribute('href')])")
    assert sorted(links) == [
        ["leaflet-control-zoom-in", "#"],
        ["leaflet-control-zoom-out", "#"],
        ["leaflet-popup-close-button", "#close"],
    ]
    assert popup.locator("img, script, iframe, mjx-container").count() == 0
    assert lab.page.evaluate("window.__pwn") is None
    assert lab.outside == []
