"""The whole way by keyboard alone: connect, filter, choose, read, act."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.sidebar import DOWNLOAD, SECONDS, Sidebar

if TYPE_CHECKING:
    from tests.browser.lab_page import LabPage


def tab_to(sidebar: Sidebar, name: str, key: str = "Tab", most: int = 40) -> None:
    """Press Tab until an element whose text or name contains ``name`` has the focus."""
    seen = []
    for _ in range(most):
        sidebar.page.keyboard.press(key)
        found = sidebar.page.evaluate(
            """() => {
              const at = document.activeElement;
              return [at.innerText, at.getAttribute('aria-label'), at.getAttribute('placeholder')].join('|');
            }"""
        )
        seen.append(found)
        if name in found:
            return
    raise AssertionError(f"{name} is not reached by {key}: {seen}")


def test_from_the_palette_to_an_inserted_query_without_a_mouse(lab: LabPage) -> None:
    lab.open(["1"])
    sidebar = Sidebar(lab)
    page = lab.page
    page.keyboard.press("Control+Shift+C")
    page.keyboard.type("Open Sentinel")
    page.keyboard.press("Enter")
    expect(sidebar.region).to_be_visible()

    # opening moves the focus into the sidebar
    expect(sidebar.button("Connect workspace")).to_be_focused()
    page.keyboard.press("Enter")
    expect(sidebar.region.get_by_role("dialog", name="Workspaces").get_by_role("button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    expect(sidebar.button("Connect workspace")).to_be_focused()

    # the list is one stop; the arrow keys walk and select
    tab_to(sidebar, "Filter alerts")
    page.keyboard.type("23.97.60.214")
    expect(sidebar.rows).to_have_count(14)
    tab_to(sidebar, DOWNLOAD)
    page.keyboard.press("ArrowDown")
    assert DOWNLOAD in sidebar.focused()
    expect(sidebar.details.get_by_role("heading", name=DOWNLOAD)).to_be_visible()
    page.keyboard.press("End")
    expect(sidebar.details.get_by_role("heading", name="SSH Anomalous Login ML")).to_be_visible()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")  # folds the group
    expect(sidebar.rows).to_have_count(13)
    page.keyboard.press("ArrowRight")
    expect(sidebar.rows).to_have_count(14)
    page.keyboard.press("ArrowDown")
    expect(sidebar.details.get_by_role("heading", name=DOWNLOAD)).to_be_visible()

    # Enter reads the details, Escape goes back
    page.keyboard.press("Enter")
    tab_to(sidebar, "Insert query")
    page.keyboard.press("Escape")
    assert DOWNLOAD in sidebar.focused()
    page.keyboard.press("Enter")
    tab_to(sidebar, "Other queries")
    page.keyboard.press("Enter")
    menu = page.get_by_role("menu")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(sidebar.button("Other queries")).to_be_focused()
    tab_to(sidebar, "Insert query", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget.content.widgets.length === 2")
    assert lab.cells()[1].startswith("%%sentinel")


def test_the_ends_of_the_range_move_by_arrow_keys(lab: LabPage) -> None:
    lab.open_empty()
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    end = sidebar.time_range.get_by_role("slider", name="End")
    end.focus()
    before = end.get_attribute("aria-valuetext")
    lab.page.keyboard.press("ArrowRight")
    expect(end).not_to_have_attribute("aria-valuetext", str(before))
    expect(sidebar.range_field).not_to_have_value("17 → 19 Feb 2019")
    lab.page.keyboard.press("Home")  # an end never passes the other
    expect(sidebar.range_field).to_have_value(re.compile("2019"))
    assert sidebar.lab.complaints == []


def test_the_focus_shows(lab: LabPage) -> None:
    lab.open_empty()
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    sidebar.filter.focus()
    for _ in range(8):
        lab.page.keyboard.press("Tab")
        outline = lab.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        inside = lab.page.evaluate("() => document.activeElement.closest('#jupyterlab-sentinel') !== null")
        assert outline == "solid" or not inside
