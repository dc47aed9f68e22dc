"""How the sidebar looks: accessible in both themes, at every width; the pictures are for people."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab_page import ROOT as CHECKOUT
from tests.browser.sidebar import ROOT, SECONDS, Sidebar

if TYPE_CHECKING:
    from tests.browser.lab_page import LabPage

README_PICTURE = CHECKOUT / "docs" / "images" / "sidebar.png"
CONNECT = "%load_ext jupyterlab_sentinel\n%sentinel connect demo"
OVERFLOW = """root => [...document.querySelectorAll(`${root} *`)].filter(element => {
  const panel = document.querySelector(root).getBoundingClientRect();
  const box = element.getBoundingClientRect();
  const isSeen = box.width > 1 && box.height > 1 && !element.closest('svg, .lm-SplitPanel-handle, .jp-Sentinel-Line');
  return isSeen && (box.right > panel.right + 1 || box.left < panel.left - 5);
}).map(element => element.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(lab: LabPage, theme: str) -> None:
    lab.open_empty()
    sidebar = Sidebar(lab)
    lab.use_theme(theme)
    sidebar.open()
    assert lab.axe(ROOT) == []
    sidebar.button("Connect workspace").click()
    expect(sidebar.region.get_by_role("dialog", name="Workspaces")).to_be_visible()
    assert lab.axe(ROOT) == []
    lab.page.keyboard.press("Escape")
    expect(sidebar.region.get_by_role("dialog", name="Workspaces")).to_have_count(0)
    sidebar.connect()
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    sidebar.chip("High").click()
    expect(sidebar.rows).to_have_count(1)
    sidebar.chip("High").click()
    expect(sidebar.rows).to_have_count(19)
    sidebar.select()
    for disclosure in sidebar.details.locator("summary").all():
        disclosure.click()
    lab.page.mouse.move(700, 600)
    assert lab.axe(ROOT) == []
    sidebar.set_range("no range")
    expect(sidebar.time_range.get_by_role("alert")).to_be_visible()
    assert lab.axe(ROOT) == []


@pytest.mark.parametrize("width", [250, 280, 340, 520])
def test_it_fits_any_width(lab: LabPage, width: int) -> None:
    lab.open(["1"])
    sidebar = Sidebar(lab)
    sidebar.open_demo(width)
    sidebar.select()
    assert lab.page.evaluate(OVERFLOW, ROOT) == []
    for name in ("Insert query", "Sweep indicators", "Enrich", "Copy defanged"):
        button = sidebar.box(sidebar.button(name))
        assert (button["width"] <= 32) == (width < 300), name
    assert lab.axe(ROOT) == []
    lab.screenshot(f"sidebar-{width}", sidebar.region)


def test_the_list_has_the_room_until_an_alert_is_selected(lab: LabPage) -> None:
    lab.open_empty()
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    room = sidebar.box(lab.page.locator(".jp-Sentinel-Panes"))["height"]
    panel = lab.page.locator(".jp-Sentinel-Alerts")
    expect(sidebar.details).to_contain_text("Select an alert")
    assert sidebar.box(panel)["height"] > room - 60
    last = max(sidebar.rows.all(), key=lambda row: sidebar.box(row)["y"])
    chosen = sidebar.rows.nth(int(last.get_attribute("aria-posinset") or 0) - 1)
    chosen.click()
    expect(sidebar.details.get_by_role("heading").first).to_be_visible()
    assert sidebar.box(panel)["height"] == pytest.approx(room * 0.45, abs=60)
    expect(chosen).to_be_in_viewport(ratio=0.9)
    edge = sidebar.box(panel)
    assert sidebar.box(chosen)["y"] + sidebar.box(chosen)["height"] <= edge["y"] + edge["height"] + 2
    lab.screenshot("sidebar-selected", sidebar.region)


def test_the_first_visit_gives_it_room_for_words(lab: LabPage) -> None:
    lab.open_empty()
    sidebar = Sidebar(lab)
    sidebar.open(None)
    assert sidebar.box(sidebar.region)["width"] == pytest.approx(340, abs=2)
    sidebar.resize(260)
    lab.command("filebrowser:activate")
    sidebar.open(None)
    assert sidebar.box(sidebar.region)["width"] == pytest.approx(260, abs=2)


def test_pictures(lab: LabPage) -> None:
    """The pictures that the README and the reviewer look at, of the product as it is."""
    lab.page.set_viewport_size({"width": 1360, "height": 900})
    lab.open(
        [CONNECT, "%%sentinel\nSecurityAlert\n| summarize Alerts = count() by AlertName, AlertSeverity"],
        name="investigation.ipynb",
    )
    lab.use_theme("light")
    sidebar = Sidebar(lab)
    sidebar.open(360)
    sidebar.run_cell(0)
    sidebar.run_cell(1)
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    sidebar.select()
    sidebar.button("Insert query").click()
    expect(sidebar.region.get_by_role("status").filter(has_text="Inserted")).to_have_count(0, timeout=10 * SECONDS)
    lab.page.mouse.move(900, 700)
    picture = lab.screenshot("lab-light")
    lab.screenshot("sidebar-light", sidebar.region)
    lab.use_theme("dark")
    lab.screenshot("lab-dark")
    lab.screenshot("sidebar-dark", sidebar.region)
    assert picture.stat().st_size > 20_000
    if os.environ.get("SENTINEL_PICTURES"):
        README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, README_PICTURE)
