"""The sidebar and the notebook in front: one workspace, one range, and cells put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.lab_page import KERNEL_MILLISECONDS
from tests.browser.sidebar import DEMO_RANGE, LOAD, OUTPUT, SECONDS, Sidebar, many_alerts, write_alerts

if TYPE_CHECKING:
    from tests.browser.lab_page import LabPage

CONNECT = f"{LOAD}\n%sentinel connect demo"


def linked(sidebar: Sidebar) -> None:
    """Wait until the notebook in front shares its session."""
    expect(sidebar.region.get_by_text("⇆")).to_be_visible(timeout=KERNEL_MILLISECONDS)


def test_the_range_goes_both_ways(lab: LabPage) -> None:
    lab.open([CONNECT, "%sentinel timerange 2019-02-18 2019-02-19", "%%sentinel\nSecurityAlert | count"])
    sidebar = Sidebar(lab)
    sidebar.open()
    sidebar.run_cell(0)
    linked(sidebar)
    expect(sidebar.range_field).to_have_value(DEMO_RANGE)
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)

    sidebar.run_cell(1)
    expect(sidebar.range_field).to_have_value("18 → 19 Feb 2019")
    expect(sidebar.rows).not_to_have_count(19)
    assert sidebar.metadata() == {"timeRange": "2019-02-18 2019-02-19", "workspace": "demo"}

    sidebar.set_range("2019-02-16 2019-02-18")
    expect(sidebar.range_field).to_have_value("16 → 18 Feb 2019")
    output = sidebar.run_cell(2)
    assert "2019-02-16" in output
    assert "2019-02-18" in output
    assert "2019-02-19" not in output
    assert sidebar.metadata() == {"timeRange": "2019-02-16 2019-02-18", "workspace": "demo"}
    assert lab.complaints == []


def test_a_kernel_without_the_extension_is_offered_it(lab: LabPage) -> None:
    lab.open(["1 + 1"])
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    expect(sidebar.time_range).to_contain_text("case.ipynb has not loaded Sentinel")
    sidebar.button("Load Sentinel").click()
    linked(sidebar)
    # the line is there to be seen, before the code, and the kernel got what the sidebar shows
    assert lab.cells() == [LOAD, "1 + 1"]
    page = lab.page
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.model.getMetadata('jupyterlab_sentinel')?.workspace === 'demo'"
    )
    expect(sidebar.range_field).to_have_value(DEMO_RANGE)
    expect(sidebar.rows).to_have_count(19)


def test_a_reopened_notebook_asks_the_same_question(lab: LabPage) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(LOAD)])
    notebook.metadata["jupyterlab_sentinel"] = {"workspace": "demo", "timeRange": "2019-02-18 2019-02-19"}
    lab.open(notebook)
    sidebar = Sidebar(lab)
    # a user who has never seen the sidebar sees it beside a notebook that is about a workspace
    expect(sidebar.region).to_be_visible()
    assert lab.page.evaluate("() => document.activeElement.closest('#jupyterlab-sentinel')") is None
    # before the kernel can say anything, the sidebar shows what the notebook was about
    expect(sidebar.range_field).to_have_value("18 → 19 Feb 2019", timeout=60 * SECONDS)
    sidebar.run_cell(0)
    linked(sidebar)
    status = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
    lab.page.wait_for_function(status)
    expect(sidebar.range_field).to_have_value("18 → 19 Feb 2019")
    assert sidebar.metadata() == {"workspace": "demo", "timeRange": "2019-02-18 2019-02-19"}


def test_running_all_of_a_reopened_notebook_gets_one_workspace(lab: LabPage) -> None:
    # the sidebar connects the fresh kernel while a cell does the same
    cells = [LOAD, "%sentinel connect demo", "%%sentinel\nSecurityAlert | count", "%%sentinel\nSyslog | count"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata["jupyterlab_sentinel"] = {"workspace": "demo"}
    lab.open(notebook)
    sidebar = Sidebar(lab)
    sidebar.open()
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    lab.run_all()
    linked(sidebar)
    outputs = "".join(str(lab.page.evaluate(OUTPUT, index)) for index in range(len(cells)))
    assert outputs.count("2019-02-17 → 2019-02-19 UTC") == 4  # two captions, as text and as HTML
    assert '"error"' not in outputs
    assert sidebar.metadata() == {"workspace": "demo", "timeRange": "2019-02-17 2019-02-19"}


def test_a_restart_is_followed(lab: LabPage) -> None:
    lab.open([CONNECT])
    sidebar = Sidebar(lab)
    sidebar.open()
    sidebar.run_cell(0)
    linked(sidebar)
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    lab.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }")
    expect(sidebar.button("Load Sentinel")).to_be_visible(timeout=KERNEL_MILLISECONDS)
    expect(sidebar.rows).to_have_count(19)  # what was in force stays in sight
    sidebar.button("Load Sentinel").click()
    linked(sidebar)
    expect(sidebar.range_field).to_have_value(DEMO_RANGE)


def test_a_path_that_only_the_notebook_names_is_not_opened(lab: LabPage) -> None:
    write_alerts(lab.server.root / lab.folder / "theirs", many_alerts(3))
    path = f"{lab.folder}/theirs"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    notebook.metadata["jupyterlab_sentinel"] = {"workspace": path}
    requests: list[str] = []
    lab.page.on("request", lambda request: requests.append(f"{request.method} {request.url} {request.post_data}"))
    lab.open(notebook)
    sidebar = Sidebar(lab)
    sidebar.open()
    expect(sidebar.region.get_by_text(f"was about “{path}”")).to_be_visible()
    assert not [request for request in requests if "/connect" in request]
    sidebar.button("Open it").click()
    expect(sidebar.button("Show all time")).to_be_visible(timeout=60 * SECONDS)
    assert [request for request in requests if "/connect" in request and path in request]


def test_queries_come_below_the_current_cell_and_are_not_run(lab: LabPage) -> None:
    lab.open(["first = 1", "last = 2"])
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    sidebar.select()
    lab.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    sidebar.button("Insert query").click()
    expect(sidebar.region.get_by_role("status").filter(has_text="Inserted 1 cell")).to_be_visible()
    first, inserted, last = lab.cells()
    assert (first, last) == ("first = 1", "last = 2")
    assert inserted.startswith("%%sentinel\nSecurityAlert")
    state = lab.page.evaluate(
        """() => {
          const { content } = window.jupyterapp.shell.currentWidget;
          const cell = content.widgets[1].model;
          return [content.activeCellIndex, cell.executionCount, cell.outputs.length];
        }"""
    )
    assert state == [1, None, 0]


def test_the_menu_offers_ways_on(lab: LabPage) -> None:
    lab.open(["1"])
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    sidebar.select()
    sidebar.button("Other queries").click()
    lab.page.get_by_role("menuitem", name="Search all tables for 23[.]97[.]60[.]214").click()
    lab.page.wait_for_function("() => window.jupyterapp.shell.currentWidget.content.widgets.length >= 2")
    assert any("search" in source and "23.97.60.214" in source for source in lab.cells())


@pytest.mark.parametrize(("button", "line"), [("Sweep indicators", "%sentinel sweep"), ("Enrich", "%enrich")])
def test_indicators_are_handed_on_by_name(lab: LabPage, button: str, line: str) -> None:
    lab.open([CONNECT])
    sidebar = Sidebar(lab)
    sidebar.open()
    sidebar.run_cell(0)
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    sidebar.select()
    sidebar.button(button).click()
    lab.page.wait_for_function("() => window.jupyterapp.shell.currentWidget.content.widgets.length === 3")
    added = "\n".join(lab.cells()[1:])
    assert line in added
    assert "wget" not in added
    outputs = [sidebar.run_cell(1), sidebar.run_cell(2)]
    assert '"output_type":"error"' not in "".join(outputs)
    assert "23[.]97[.]60[.]214" in outputs[1]


def test_without_a_notebook_a_new_one_is_opened(lab: LabPage) -> None:
    lab.open_empty()
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    sidebar.select()
    sidebar.button("Insert query").click()
    lab.page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.content?.widgets?.length >= 2")
    sources = [source for source in lab.cells() if source]
    assert sources[0] == LOAD
    assert sources[1].startswith("%%sentinel")


def test_the_alert_is_copied_defanged(lab: LabPage) -> None:
    lab.open_empty()
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    sidebar.select()
    sidebar.button("Copy defanged").click()
    expect(sidebar.region.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    copied = lab.page.evaluate("() => navigator.clipboard.readText()")
    assert "Detected suspicious file download" in copied
    assert "23[.]97[.]60[.]214" in copied
    assert not re.search(r"23\.97\.60\.214|https?://", copied)
    sidebar.details.get_by_role("button", name="Copy raw value").last.click()
    raw = lab.page.evaluate("() => navigator.clipboard.readText()")
    assert "23.97.60.214" in raw


def test_the_commands_work_and_describe_themselves(lab: LabPage) -> None:
    lab.open(["1"])
    sidebar = Sidebar(lab)
    sidebar.open_demo()
    sidebar.select()
    for command in ("open", "insert-query", "set-time-range", "refresh"):
        described = lab.page.evaluate(
            "async id => await window.jupyterapp.commands.describedBy(id)", f"sentinel:{command}"
        )
        assert described["args"]["type"] == "object", command
    lab.command("sentinel:set-time-range", {"spec": "2019-02-18 2019-02-19"})
    expect(sidebar.range_field).to_have_value("18 → 19 Feb 2019")
    lab.command("sentinel:insert-query", {"pivot": "Sweep indicators"})
    assert any("%sentinel sweep" in source for source in lab.cells())
    with lab.page.expect_request("**/jupyterlab-sentinel/api/alerts?*fresh=true*"):
        lab.command("sentinel:refresh")
