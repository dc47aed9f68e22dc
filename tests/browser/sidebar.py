"""The Sentinel sidebar, as a test works with it: by what its user reads and hears."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from .lab_page import LabPage

ROOT = "#jupyterlab-sentinel"
DEMO_RANGE = "17 → 19 Feb 2019"
DOWNLOAD = "Detected suspicious file download"
SECONDS = 1000
LOAD = "%load_ext jupyterlab_sentinel"
MONTH_MAYBE = re.compile(r"^\d")

RUN_CELL = """async index => {
  const panel = window.jupyterapp.shell.currentWidget;
  panel.content.activeCellIndex = index;
  await window.jupyterapp.commands.execute('notebook:run-cell');
}"""
METADATA = "() => window.jupyterapp.shell.currentWidget.model.getMetadata('jupyterlab_sentinel') ?? null"
OUTPUT = """index => JSON.stringify(
  window.jupyterapp.shell.currentWidget.content.widgets[index].model.outputs.toJSON()
)"""


class Sidebar:
    """The sidebar on one page; open it before anything else."""

    def __init__(self, lab: LabPage) -> None:
        self.lab = lab
        self.page = lab.page
        self.region = lab.page.get_by_role("region", name="Sentinel", exact=True)
        self.list = self.region.get_by_role("list", name="Alerts")
        self.rows = self.list.get_by_role("listitem")
        self.details = self.region.get_by_role("region", name="Alert details")
        self.time_range = self.region.get_by_role("group", name="Time range")
        self.range_field = self.time_range.get_by_role("textbox", name="Range")
        self.filter = self.region.get_by_role("searchbox", name="Filter alerts")

    # --- acting ---

    def open(self, width: int | None = 340) -> None:
        """Show the sidebar, ``width`` CSS pixels wide."""
        self.lab.command("sentinel:open")
        expect(self.region).to_be_visible()
        if width is not None:
            self.resize(width)

    def resize(self, width: int) -> None:
        """Drag the edge of the sidebar."""
        handle = self.page.locator("#jp-main-split-panel > .lm-SplitPanel-handle").first
        box = self.box(self.region)
        edge = self.box(handle)
        middle = edge["x"] + edge["width"] / 2
        height = edge["y"] + edge["height"] / 2
        self.page.mouse.move(middle, height)
        self.page.mouse.down()
        self.page.mouse.move(middle + width - box["width"], height, steps=4)
        self.page.mouse.up()
        assert self.box(self.region)["width"] == pytest.approx(width, abs=2)

    def connect(self, name: str = "demo") -> None:
        """Connect a workspace from the list of choices, or by its path."""
        self.button("Connect workspace").click()
        chooser = self.region.get_by_role("dialog", name="Workspaces")
        choice = chooser.get_by_role("listitem").get_by_role("button", name=re.compile(rf"^{re.escape(name)}\b"))
        chooser.get_by_role("textbox").wait_for()
        if name == "demo":
            choice.click()
        else:
            chooser.get_by_role("textbox").fill(name)
            chooser.get_by_role("button", name="Open").click()
        expect(chooser).to_have_count(0, timeout=60 * SECONDS)

    def open_demo(self, width: int | None = 340) -> None:
        """Show the sidebar with the demo's alerts in it."""
        self.open(width)
        self.connect()
        expect(self.rows).to_have_count(19, timeout=60 * SECONDS)

    def select(self, title: str = DOWNLOAD) -> None:
        """Select the first alert of that title and wait for its details."""
        self.rows.filter(has_text=title).first.click()
        expect(self.details.get_by_role("heading", name=title)).to_be_visible()

    def set_range(self, spec: str) -> None:
        """Type a range into the field and accept it."""
        self.range_field.fill(spec)
        self.range_field.press("Enter")

    def run_cell(self, index: int) -> str:
        """Run a cell of the notebook in front; its outputs as JSON."""
        self.page.evaluate(RUN_CELL, index)
        return str(self.page.evaluate(OUTPUT, index))

    # --- looking ---

    def button(self, name: str) -> Locator:
        """The button of exactly that name."""
        return self.region.get_by_role("button", name=name, exact=True)

    def chip(self, severity: str) -> Locator:
        """A severity's button."""
        return self.region.get_by_role("group", name="Severity").get_by_role("button", name=severity)

    def box(self, locator: Locator) -> dict[str, float]:
        """Where an element is."""
        box = locator.bounding_box()
        assert box is not None
        return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}

    def metadata(self) -> dict[str, Any] | None:
        """What the notebook in front remembers."""
        found: dict[str, Any] | None = self.page.evaluate(METADATA)
        return found

    def focused(self) -> str:
        """The text of the element that has the focus."""
        return str(self.page.evaluate("() => document.activeElement.innerText ?? ''"))


def write_alerts(folder: Path, alerts: list[dict[str, Any]]) -> None:
    """A workspace of exported logs with a table SecurityAlert."""
    folder.mkdir(parents=True)
    lines = (json.dumps(alert) for alert in alerts)
    (folder / "SecurityAlert.ndjson").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def many_alerts(count: int) -> list[dict[str, Any]]:
    """Alerts of one day, three severities in turn, in names of which each comes ten times."""
    severities = ("Low", "Medium", "High")
    return [
        {
            "TimeGenerated": f"2026-06-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z",
            "StartTime": f"2026-06-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z",
            "SystemAlertId": f"{n:08x}-0000-4000-8000-000000000000",
            "AlertName": f"Rule {n // 10}",
            "DisplayName": f"Rule {n // 10}",
            "AlertSeverity": severities[n % 3],
            "Status": "New",
            "CompromisedEntity": f"HOST{n}",
            "Entities": "[]",
            "ExtendedProperties": "{}",
        }
        for n in range(count)
    ]
