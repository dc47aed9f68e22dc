"""Alerts in which every text was written by an attacker, through the real sidebar: they show as text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.sidebar import ROOT, SECONDS, Sidebar, write_alerts

if TYPE_CHECKING:
    from tests.browser.lab_page import LabPage

pytestmark = pytest.mark.timeout(600)

CORPUS = json.loads((Path(__file__).parents[1] / "data" / "hostile-alerts.json").read_text("utf-8"))
# no table can hold a lone surrogate
SURROGATE = re.compile(r"\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}")
ALERTS: list[dict[str, Any]] = [
    json.loads(SURROGATE.sub(r"\\ufffd", json.dumps(record["alert"])))
    for record in CORPUS["records"]
    if record["class"] != "types"
]
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
TAGS = [
    "a",
    "abbr",
    "button",
    "clippath",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "form",
    "g",
    "h2",
    "input",
    "li",
    "mark",
    "option",
    "p",
    "path",
    "rect",
    "select",
    "span",
    "summary",
    "svg",
    "ul",
]
ATTRIBUTES = [
    "aria-busy",
    "aria-current",
    "aria-disabled",
    "aria-expanded",
    "aria-haspopup",
    "aria-hidden",
    "aria-invalid",
    "aria-label",
    "aria-orientation",
    "aria-posinset",
    "aria-pressed",
    "aria-setsize",
    "aria-valuemax",
    "aria-valuemin",
    "aria-valuenow",
    "aria-valuetext",
    "autocomplete",
    "class",
    "clip-path",
    "d",
    "data-icon",
    "data-icon-id",
    "data-index",
    "dir",
    "fill",
    "fill-rule",
    "height",
    "href",
    "id",
    "open",
    "placeholder",
    "preserveaspectratio",
    "rel",
    "role",
    "selected",
    "spellcheck",
    "style",
    "tabindex",
    "target",
    "title",
    "type",
    "value",
    "viewbox",
    "width",
    "x",
    "xmlns",
    "y",
]
STYLE = re.compile(r"^(?:(?:left|width|height|transform): [-\d.]+(?:px|%)?;? ?|transform: translateY\([\d.]+px\);)+$")
# what is in the panel and did not come from our template
STRANGE = """([root, tags, attributes]) => {
  const found = [];
  const walk = document.querySelectorAll(`${root}, ${root} *`);
  for (const element of walk) {
    if (element.closest('.jp-Sentinel-Icon > svg')) {
      continue;  // JupyterLab's own
    }
    const tag = element.tagName.toLowerCase();
    const lumino = element.classList.contains('lm-Widget') || element.className.toString().includes('lm-SplitPanel');
    if (!tags.includes(tag)) {
      found.push(`element ${element.outerHTML.slice(0, 200)}`);
    }
    for (const { name, value } of element.attributes) {
      if (!attributes.includes(name.toLowerCase()) && !(lumino && name.startsWith('data-'))) {
        found.push(`attribute ${name} of ${tag}`);
      }
      const strangeClass = value.split(/\\s+/).some(part => part && !/^(jp-|lm-|tex2jax_|mathjax_)/.test(part));
      if (name === 'class' && strangeClass) {
        found.push(`class ${value}`);
      }
      if (name === 'style' && !lumino && !element.closest('svg') && /url|expression|@|\\\\/i.test(value)) {
        found.push(`style ${value}`);
      }
      if (name === 'href') {
        const hosts = ['portal.azure.com', 'security.microsoft.com', 'portal.azure.us', 'portal.azure.cn'];
        const url = new URL(value);
        const safe = url.protocol === 'https:' && hosts.includes(url.host) && element.rel === 'noopener noreferrer';
        if (!safe) {
          found.push(`link ${value}`);
        }
      }
    }
  }
  return found;
}"""
TEXTS = """root => [...document.querySelectorAll(`${root}, ${root} *`)].flatMap(element => [
  element.getAttribute('title') ?? '',
  element.getAttribute('aria-label') ?? '',
  ...[...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data)
]).join('\\n')"""


SEEN = f"""([root, tags, attributes]) => ({{
  ran: window.__pwn ?? null,
  strange: ({STRANGE})([root, tags, attributes]),
  formulas: document.querySelectorAll('mjx-container').length,
  texts: ({TEXTS})(root)
}})"""


def inspect(sidebar: Sidebar) -> None:
    """Nothing ran, nothing was fetched, nothing was made of the text but text."""
    seen = sidebar.page.evaluate(SEEN, [ROOT, TAGS, ATTRIBUTES])
    assert seen["ran"] is None
    assert seen["strange"] == []
    assert seen["formulas"] == 0
    hidden = HIDDEN.search(seen["texts"])
    assert hidden is None, hidden


def test_hostile_alerts_show_as_text(lab: LabPage) -> None:
    write_alerts(lab.server.root / lab.folder / "hostile", ALERTS)
    lab.open_empty()
    sidebar = Sidebar(lab)
    sidebar.open(420)
    sidebar.connect(f"{lab.folder}/hostile")
    sidebar.set_range("all")
    status = sidebar.region.get_by_role("status").filter(has_text=f"{len(ALERTS)} alerts")
    expect(status).to_have_count(1, timeout=60 * SECONDS)
    inspect(sidebar)
    sidebar.region.get_by_role("combobox", name="Group alerts").select_option("none")
    sidebar.rows.first.click()
    for position in range(len(ALERTS)):
        if position > 0:
            lab.page.keyboard.press("ArrowDown")
        current = sidebar.region.locator('[aria-current="true"]')
        expect(current).to_have_count(1)
        title = current.locator(".jp-Sentinel-Alert-title").inner_text()
        expect(sidebar.details.get_by_role("heading")).to_have_text(title)
        lab.page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
        inspect(sidebar)
    lab.page.mouse.move(200, 500)
    lab.use_theme("dark")
    lab.screenshot("sidebar-hostile", sidebar.region)
    assert lab.outside == []
    assert [complaint for complaint in lab.complaints if "pwn" in complaint or "beacon" in complaint] == []


def test_a_hostile_alert_neither_becomes_code_nor_leaves_fanged(lab: LabPage) -> None:
    worst = [alert for alert in ALERTS if "{{" in json.dumps(alert) or "%" in json.dumps(alert)][:12]
    write_alerts(lab.server.root / lab.folder / "hostile", worst)
    lab.open(["1"])
    sidebar = Sidebar(lab)
    sidebar.open()
    sidebar.connect(f"{lab.folder}/hostile")
    sidebar.set_range("all")
    expect(sidebar.rows).to_have_count(len(worst), timeout=60 * SECONDS)
    sidebar.region.get_by_role("combobox", name="Group alerts").select_option("none")
    for position in range(len(worst)):
        row = sidebar.rows.nth(position)
        row.click()
        title = row.locator(".jp-Sentinel-Alert-title").inner_text()
        expect(sidebar.details.get_by_role("heading")).to_have_text(title)
        sidebar.button("Insert query").click()
        sidebar.button("Copy defanged").click()
        assert not HIDDEN.search(lab.page.evaluate("() => navigator.clipboard.readText()"))
    for source in lab.cells():
        assert re.fullmatch(r"[\w\s%|=\"(){}\[\]*,.:\-]*", source), source
