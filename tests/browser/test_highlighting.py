"""KQL in ``%%sentinel`` cells has the theme's colours, and Python keeps its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.lab_page import LabPage

QUERY = """%%sentinel found << --last 7d
// who
SecurityEvent
| where Account has "admin" and Level > 5
| summarize n = dcount(Computer) by {{key}}"""
PYTHON = "summarize = 1  # where\nassert summarize"

# the theme's variable whose look each stretch of a cell has, as the browser computed it: keywords are bold
LOOKS = """index => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[index];
  const probe = document.createElement('span');
  document.body.append(probe);
  const look = element => `${getComputedStyle(element).color} ${getComputedStyle(element).fontWeight}`;
  const known = {};
  for (const name of ['keyword', 'builtin', 'string', 'number', 'comment', 'meta', 'variable-2']) {
    probe.style.color = `var(--jp-mirror-editor-${name}-color)`;
    probe.style.fontWeight = name === 'keyword' ? 'bold' : 'normal';
    known[look(probe)] = name;
  }
  probe.remove();
  const spans = [...cell.node.querySelectorAll('.cm-line span')].filter(span => span.children.length === 0);
  return Object.fromEntries(spans.map(span => [span.textContent, known[look(span)] ?? look(span)]));
}"""
TYPE = """async text => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[1];
  cell.model.sharedModel.setSource(text);
  await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""


def looks(lab: LabPage, index: int) -> dict[str, str]:
    found: dict[str, str] = lab.page.evaluate(LOOKS, index)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_query_is_coloured_as_kql_and_python_as_python(lab: LabPage, theme: str) -> None:
    lab.open([QUERY, PYTHON])
    lab.use_theme(theme)
    expect(lab.page.locator(".cm-line", has_text="SecurityEvent")).to_be_visible()
    shown = looks(lab, 0)
    assert {name: shown.get(name) for name in ("where", "summarize", "has", "and", "by")} == dict.fromkeys(
        ("where", "summarize", "has", "and", "by"), "keyword"
    )
    assert shown["dcount"] == "builtin"
    assert shown['"admin"'] == "string"
    assert shown["5"] == "number"
    assert shown["// who"] == "comment"
    assert shown["%%sentinel"] == "meta"
    assert shown["{{key}}"] == "variable-2"
    python = looks(lab, 1)
    assert python["assert"] == "keyword"
    assert python["# where"] == "comment"
    assert python.get("summarize") != "keyword"
    lab.screenshot(f"highlighting-{theme}")


def test_a_cell_changes_its_language_with_its_first_line(lab: LabPage) -> None:
    lab.open(["1", PYTHON])
    lab.page.evaluate(TYPE, QUERY)
    assert looks(lab, 1)["where"] == "keyword"
    lab.page.evaluate(TYPE, PYTHON)
    assert looks(lab, 1)["assert"] == "keyword"
    assert "where" not in looks(lab, 1)
    cell = lab.page.locator(".jp-Cell .cm-content").first
    cell.click()
    lab.page.keyboard.press("ControlOrMeta+A")
    lab.page.keyboard.type("%%sentinel\nT | take 5")
    assert looks(lab, 0)["take"] == "keyword"
    lab.page.keyboard.press("ControlOrMeta+/")
    expect(cell).to_contain_text("// T | take 5")


def test_a_report_is_plain_text(lab: LabPage) -> None:
    lab.open(["%%iocs -o found\nlogs in with keys from 47.91.56[.]21 as root; import nothing", PYTHON])
    expect(lab.page.locator(".cm-line", has_text="import nothing")).to_be_visible()
    shown = looks(lab, 0)
    assert shown["%%iocs"] == "meta"
    assert not {"in", "with", "as", "import", "from", "47.91"} & set(shown)
    assert looks(lab, 1)["assert"] == "keyword"
