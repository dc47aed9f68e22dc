from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.models.workspace import WorkspaceInfo
from tests.magics.conftest import answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.magics.conftest import FakeBackend, Notebook


def test_the_demo_says_where_one_is(notebook: Notebook) -> None:
    text = notebook.ok("%sentinel connect demo").text
    assert text.lstrip().startswith("Connected to demo · 23 tables · data from 2019-01-21")
    assert "The demo opens on its own time range 2019-02-17 → 2019-02-19" in text
    assert notebook.session.connected().info.synthetic


def test_a_name_that_leads_nowhere_leaves_everything_as_it_was(demo: Notebook) -> None:
    before = demo.session.workspace
    cell = demo.run("%sentinel connect demmo")
    assert "There is no workspace “demmo”" in cell.message
    assert "Traceback" not in cell.message
    assert demo.session.workspace is before
    assert demo.ok("%%sentinel\nSecurityAlert | count").value is not None


def test_without_a_name_the_known_ones_are_told(notebook: Notebook) -> None:
    assert "Known names: demo" in notebook.run("%sentinel connect").message


def test_a_folder_of_logs_becomes_a_workspace(notebook: Notebook, tmp_path: Path) -> None:
    folder = tmp_path / "two words"
    folder.mkdir()
    (folder / "Logons.csv").write_text("TimeGenerated,Account\n2026-01-01T00:00:00Z,ian\n")
    text = notebook.ok(f"%sentinel connect {folder}").text
    assert "1 table" in text
    assert "%sentinel timerange all" in text, "the data lies outside the last 24 hours"
    assert notebook.ok("%%sentinel --range all\nLogons | count").value.iloc[0, 0] == 1


def test_an_empty_folder_is_refused(notebook: Notebook, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    cell = notebook.run(f"%sentinel connect {folder}")
    assert str(folder) in cell.message
    assert notebook.session.workspace is None


def test_connecting_closes_what_was_connected_before(notebook: Notebook, faked: Callable[..., FakeBackend]) -> None:
    before = faked(answer({"a": []}))
    notebook.ok("%sentinel connect demo")
    assert before.closed


def test_a_range_that_a_person_chose_stays_where_the_workspace_has_no_wish(
    notebook: Notebook, faked: Callable[..., FakeBackend]
) -> None:
    notebook.ok("%sentinel timerange 7d")
    faked(answer({"a": []}))
    assert notebook.session.time_range.spec == "7d"


def test_status_tells_the_last_query(demo: Notebook) -> None:
    demo.ok("%%sentinel\nSecurityAlert | take 2")
    text = demo.ok("%sentinel status").text
    assert "demo (embedded)" in text
    assert "SecurityAlert | take 2" in text
    assert "2 rows" in text
    assert "the workspace opened on it" in text


def test_status_before_connecting(notebook: Notebook) -> None:
    text = notebook.ok("%sentinel status").text
    assert "none connected" in text
    assert "last 24h" in text


@pytest.mark.parametrize("line", ["tables", "schema Syslog", "alerts", "alert abcdef", "sweep 1.2.3.4"])
def test_without_a_workspace_every_command_says_so(notebook: Notebook, line: str) -> None:
    message = notebook.run(f"%sentinel {line}").message
    assert message.startswith("No workspace is connected.")
    assert "%sentinel connect demo" in message


def test_a_notice_is_shown(notebook: Notebook, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "Good.csv").write_text("a,b\n1,2\n")
    (folder / "Bad.parquet").write_bytes(b"no parquet at all")
    assert "Bad.parquet" in notebook.ok(f"%sentinel connect {folder}").text


def test_an_identity_is_shown(notebook: Notebook, faked: Callable[..., FakeBackend]) -> None:
    faked(answer({"a": []}), info=WorkspaceInfo(name="contoso", kind="azure", identity="kim@contoso.example"))
    assert "kim@contoso.example" in notebook.ok("%sentinel status").text
