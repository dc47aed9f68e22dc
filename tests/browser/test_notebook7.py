"""The same sidebar in Notebook 7."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from playwright.sync_api import expect

from tests.browser.sidebar import DEMO_RANGE, LOAD, SECONDS, Sidebar

if TYPE_CHECKING:
    from tests.browser.lab_page import LabPage


def test_notebook_7_shows_the_sidebar(lab: LabPage) -> None:
    folder = lab.server.root / lab.folder
    folder.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(LOAD)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "case.ipynb")
    page = lab.page
    page.goto(f"{lab.server.url}/notebooks/{lab.folder}/case.ipynb?token={lab.server.token}")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60 * SECONDS)

    page.get_by_role("menuitem", name="View").click()
    page.get_by_text("Left Sidebar").hover()
    page.get_by_text("Show Sentinel").click()
    sidebar = Sidebar(lab)
    expect(sidebar.region).to_be_visible()
    sidebar.connect()
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    sidebar.select()
    sidebar.button("Insert query").click()
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)
    sidebar.button("Load Sentinel").click()
    expect(sidebar.region.get_by_text("⇆")).to_be_visible(timeout=90 * SECONDS)
    # the fresh kernel gets what the sidebar shows, not the other way round
    expect(sidebar.range_field).to_have_value(DEMO_RANGE, timeout=1)
    expect(sidebar.rows).to_have_count(19, timeout=1)
    lab.screenshot("notebook7")
