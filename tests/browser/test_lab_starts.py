from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.lab_page import LabPage


def test_lab_starts_with_the_extension_and_without_complaint(lab: LabPage) -> None:
    lab.open(["print(6 * 7)"])

    assert lab.page.evaluate("() => window.jupyterapp.hasPlugin('jupyterlab-sentinel:plugin')")
    assert lab.page.evaluate("() => window.jupyterapp.isPluginActivated('jupyterlab-sentinel:plugin')")
    lab.run_all()
    lab.page.get_by_text("42", exact=True).wait_for()
    assert lab.complaints == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_themes_change(lab: LabPage, theme: str) -> None:
    lab.open_empty()
    lab.use_theme(theme)
    assert lab.page.evaluate("() => document.body.dataset.jpThemeName").lower().endswith(theme)
    assert lab.page.locator("#jupyterlab-splash").count() == 0


def test_axe_finds_what_has_no_name(lab: LabPage) -> None:
    lab.open_empty()
    lab.page.evaluate(
        """() => {
          const panel = document.createElement('section');
          panel.id = 'probe';
          panel.append(document.createElement('button'));
          document.body.append(panel);
        }"""
    )
    assert [found.split(" ")[0] for found in lab.axe("#probe")] == ["button-name"]


def test_a_request_beyond_this_machine_is_seen_and_refused(lab: LabPage) -> None:
    lab.open_empty()
    refused = lab.page.evaluate(
        "async () => { try { await fetch('https://tiles.example/1.png'); return false; } catch { return true; } }"
    )
    assert refused
    assert lab.outside == ["https://tiles.example/1.png"]
    lab.outside.clear()
