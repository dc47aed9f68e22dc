"""The list and the details, on the demo and on folders of logs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.sidebar import DEMO_RANGE, DOWNLOAD, SECONDS, Sidebar, many_alerts, write_alerts

if TYPE_CHECKING:
    from playwright.sync_api import Request, Route

    from tests.browser.lab_page import LabPage


@pytest.fixture
def sidebar(lab: LabPage) -> Sidebar:
    lab.open_empty()
    return Sidebar(lab)


def is_remembered(request: Request) -> bool:
    return request.method == "PUT" and "jupyterlab-sentinel:read" in (request.post_data or "")


def test_from_nothing_to_the_alerts_of_the_demo(sidebar: Sidebar) -> None:
    sidebar.open()
    expect(sidebar.region.get_by_text("Connect a workspace to see its alerts.")).to_be_visible()
    expect(sidebar.chip("High")).to_have_text("High")  # not known is not none
    sidebar.connect()
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    expect(sidebar.range_field).to_have_value(DEMO_RANGE)
    expect(sidebar.chip("High")).to_have_text("High 1")
    expect(sidebar.chip("Medium")).to_have_text("Medium 18")
    # the worst first, whatever came last
    expect(sidebar.rows.first).to_contain_text(DOWNLOAD)
    expect(sidebar.rows.first).to_contain_text("15:29:22")
    assert sidebar.lab.complaints == []


def test_the_filter_finds_an_address_however_it_is_written(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    for text in ("23.97.60.214", "23[.]97[.]60[.]214"):
        sidebar.filter.fill(text)
        expect(sidebar.rows).to_have_count(14)
        expect(sidebar.chip("Medium")).to_have_text("Medium 13")
    sidebar.filter.fill("nothing has this in it")
    expect(sidebar.region.get_by_text("No alert matches the filter.")).to_be_visible()
    sidebar.button("Clear filter").click()
    expect(sidebar.rows).to_have_count(19)


def test_severities_are_chosen_and_dropped(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    sidebar.chip("High").click()
    expect(sidebar.rows).to_have_count(1)
    expect(sidebar.chip("High")).to_have_attribute("aria-pressed", "true")
    expect(sidebar.chip("Medium")).to_have_text("Medium 18")  # what there would be
    sidebar.chip("Medium").click()
    expect(sidebar.rows).to_have_count(19)
    sidebar.chip("High").click()
    expect(sidebar.rows).to_have_count(18)


def test_the_details_show_what_made_the_alert_interesting(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    sidebar.select()
    details = sidebar.details
    expect(details).to_contain_text("High")
    expect(details).to_contain_text("T1105 Ingress Tool Transfer")
    process = details.locator(".jp-Sentinel-Card").first
    expect(process).to_contain_text("Process")
    expect(process).to_contain_text("wget")
    # inside the command line, defanged and marked, and nowhere a link
    expect(process.locator("mark").first).to_contain_text("23[.]97[.]60[.]214")
    expect(details.get_by_text("Process only")).not_to_have_count(0)
    expect(sidebar.region.get_by_role("link")).to_have_count(0)
    assert "23.97.60.214" not in sidebar.region.inner_text()


def test_a_long_text_is_read_to_its_end(sidebar: Sidebar) -> None:
    (alert,) = many_alerts(1)
    alert["Description"] = "word " * 30_000 + "the end"
    folder = sidebar.lab.server.root / sidebar.lab.folder / "long"
    write_alerts(folder, [alert])
    sidebar.open()
    sidebar.connect(f"{sidebar.lab.folder}/long")
    sidebar.set_range("all")
    sidebar.rows.first.click()
    sidebar.button("Show more").click()
    text = sidebar.details.locator(".jp-Sentinel-Description")
    for _ in range(2):
        expect(text).not_to_contain_text("the end")
        sidebar.button("Read on").click()
    expect(text).to_contain_text("the end")
    expect(sidebar.button("Read on")).to_have_count(0)


def test_groups_fold_and_can_be_left_out(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    head = sidebar.region.get_by_role("button", name=re.compile("^SSH Anomalous Login ML 18$"))
    head.click()
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(sidebar.rows).to_have_count(1)
    sidebar.region.get_by_role("combobox", name="Group alerts").select_option("none")
    expect(sidebar.rows).to_have_count(19)
    expect(head).to_have_count(0)


def test_what_was_looked_at_is_no_longer_bold_also_on_the_next_visit(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    row = sidebar.rows.filter(has_text=DOWNLOAD)
    expect(row).to_contain_text("unread")
    with sidebar.page.expect_request(is_remembered):
        sidebar.select()
    expect(row).not_to_contain_text("unread")
    expect(sidebar.rows.filter(has_text="unread")).to_have_count(18)
    sidebar.lab.reload()
    sidebar.open(None)
    expect(sidebar.rows).to_have_count(19, timeout=60 * SECONDS)
    expect(sidebar.range_field).to_have_value(DEMO_RANGE)
    expect(row).not_to_contain_text("unread")


def test_a_range_is_chosen_on_the_histogram(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    stage = sidebar.region.locator(".jp-Sentinel-Histogram-stage")
    box = sidebar.box(stage)
    middle = box["y"] + box["height"] / 2
    sidebar.page.mouse.move(box["x"] + 2, middle)
    sidebar.page.mouse.down()
    sidebar.page.mouse.move(box["x"] + box["width"] / 4, middle, steps=5)
    expect(sidebar.region.locator(".jp-Sentinel-Histogram-hint")).not_to_be_empty()
    sidebar.page.mouse.up()
    expect(sidebar.range_field).to_have_value(re.compile("Jan"))
    expect(sidebar.rows.filter(has_text="15:29:22")).to_have_count(0)
    sidebar.button("All").click()
    expect(sidebar.range_field).to_have_value("all time")
    sidebar.set_range("2019-02-17 2019-02-19")
    expect(sidebar.rows).to_have_count(19)


def test_ranges_are_taken_in_words_and_refused_with_a_hint(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    sidebar.set_range("around 2019-02-18T15:29:22 1h")
    expect(sidebar.range_field).to_have_value("18 Feb 2019 14:29:22 → 16:29:22")
    expect(sidebar.rows).to_have_count(2)
    expect(sidebar.rows.first).to_contain_text(DOWNLOAD)
    sidebar.set_range("the day before")
    alert = sidebar.time_range.get_by_role("alert")
    expect(alert).to_contain_text("is not a time range")
    expect(sidebar.range_field).to_have_value("the day before")  # what was typed stays
    expect(sidebar.rows).to_have_count(2)  # and what was in force, too
    sidebar.range_field.press("Escape")
    expect(alert).to_have_count(0)
    sidebar.button("Widen").click()
    expect(sidebar.range_field).to_have_value("18 Feb 2019 13:29:22 → 17:29:22")
    sidebar.button("Later").click()
    expect(sidebar.range_field).to_have_value("18 Feb 2019 17:29:22 → 21:29:22")


def test_an_empty_range_offers_the_one_that_is_not(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    sidebar.button("24 h").click()
    expect(sidebar.region.get_by_text(re.compile("^No alerts in this range"))).to_be_visible()
    sidebar.button("2019-02-17 2019-02-19").click()
    expect(sidebar.rows).to_have_count(19)


def test_a_workspace_that_does_not_exist_changes_nothing(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    sidebar.button("Connect workspace").click()
    chooser = sidebar.region.get_by_role("dialog", name="Workspaces")
    chooser.get_by_role("textbox").fill("no-such-workspace")
    chooser.get_by_role("button", name="Open").click()
    expect(chooser.get_by_role("alert")).to_contain_text("no-such-workspace")
    sidebar.page.keyboard.press("Escape")
    expect(chooser).to_have_count(0)
    expect(sidebar.rows).to_have_count(19)


def test_a_failing_server_is_told_and_can_be_asked_again(sidebar: Sidebar) -> None:
    sidebar.open_demo()
    sidebar.page.route("**/jupyterlab-sentinel/api/alerts?**", lambda route: route.abort())
    sidebar.button("Refresh").click()
    expect(sidebar.region.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(sidebar.chip("High")).to_have_text("High")
    sidebar.page.unroute("**/jupyterlab-sentinel/api/alerts?**")
    sidebar.button("Try again").click()
    expect(sidebar.rows).to_have_count(19)


def test_an_incomplete_answer_says_so(sidebar: Sidebar) -> None:
    def cut(route: Route) -> None:
        answer = route.fetch()
        body = answer.json() | {"status": "partial", "reasons": ["cut at 500,000 rows"]}
        route.fulfill(response=answer, json=body)

    sidebar.page.route("**/jupyterlab-sentinel/api/alerts?**", cut)
    sidebar.open_demo()
    expect(sidebar.region.get_by_text("Incomplete: cut at 500,000 rows")).to_be_visible()


def test_ten_thousand_alerts_are_listed_with_few_elements(sidebar: Sidebar) -> None:
    count = 10_000
    write_alerts(sidebar.lab.server.root / sidebar.lab.folder / "many", many_alerts(count))
    sidebar.open()
    sidebar.connect(f"{sidebar.lab.folder}/many")
    sidebar.set_range("all")
    expect(sidebar.chip("Low")).to_have_text("Low 3,334", timeout=60 * SECONDS)
    expect(sidebar.list).to_be_visible()
    expect(sidebar.region.get_by_role("status").filter(has_text="10000 alerts")).to_have_count(1, timeout=60 * SECONDS)
    assert sidebar.rows.count() < 100
    sidebar.region.get_by_role("combobox", name="Group alerts").select_option("none")
    sidebar.rows.first.click()
    sidebar.page.keyboard.press("End")
    last = sidebar.rows.last
    expect(last).to_have_attribute("aria-posinset", str(count))
    expect(last).to_contain_text("HOST0")
    assert "HOST0" in sidebar.focused()
    assert sidebar.rows.count() < 100
    per_row = sidebar.page.evaluate("row => row.querySelectorAll('*').length", last.element_handle())
    assert per_row <= 50
