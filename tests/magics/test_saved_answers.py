"""``%%sentinel -o FILE.parquet``."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import jupyterlab_sentinel as sentinel
from jupyterlab_sentinel.magics.saved_answers import size_text
from jupyterlab_sentinel.models.saved_answers import SavedAnswer

from .conftest import FakeBackend, Notebook, answer

Faked = Callable[..., FakeBackend]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "work"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


def test_the_answer_is_in_the_file_and_the_value_stands_for_it(demo: Notebook, folder: Path) -> None:
    whole = demo.ok("%%sentinel --range all\nSigninLogs | order by TimeGenerated asc").value
    cell = demo.ok("%%sentinel big << --range all -o big.parquet\nSigninLogs | order by TimeGenerated asc")
    saved = demo.variables["big"]
    assert isinstance(saved, SavedAnswer)
    assert cell.value is saved
    assert os.fspath(saved) == str(folder / "big.parquet")
    assert saved.rows == len(whole)
    pd.testing.assert_frame_equal(saved.to_pandas(), whole)
    assert pd.read_parquet(saved, columns=["TimeGenerated"])["TimeGenerated"].equals(whole["TimeGenerated"])
    for shown in (cell.text, cell.html):
        assert f"{len(whole):,} rows · " in shown
        assert "big.parquet" in shown
        assert "complete" in shown


def test_the_file_can_be_asked_again(demo: Notebook, folder: Path) -> None:
    demo.ok("%%sentinel --range all -o Logons.parquet\nSigninLogs | project TimeGenerated, UserPrincipalName, Status")
    before = demo.ok(
        "%%sentinel --range all\nSigninLogs | summarize n = count() by UserPrincipalName | sort by n"
    ).value
    demo.ok(f"%sentinel connect {folder}")
    after = demo.ok("%%sentinel --range all\nLogons | summarize n = count() by UserPrincipalName | sort by n").value
    pd.testing.assert_frame_equal(after, before)


def test_a_file_that_exists_is_refused_with_a_hint(notebook: Notebook, faked: Faked, folder: Path) -> None:
    backend = faked(answer({"a": ["1"]}))
    (folder / "big.parquet").write_bytes(b"mine")
    said = notebook.run("%%sentinel x << -o big.parquet\nT").message
    assert "exists already" in said
    assert "--replace" in said
    assert backend.asked == []
    assert "x" not in notebook.variables
    notebook.ok("%%sentinel x << -o big.parquet --replace\nT")
    assert notebook.variables["x"].rows == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-o answer", "%%sentinel answer &lt;&lt;"),
        ("-o answer.csv", "takes a Parquet file"),
        ("-o missing/answer.parquet", "There is no folder"),
        ("--replace", "--replace needs -o"),
        ("-o a.parquet --timeout 700000", "between 0 and 604800"),
        ("output", "Write it with two dashes: --output"),
    ],
)
def test_mistakes_are_one_message(notebook: Notebook, faked: Faked, line: str, said: str) -> None:
    backend = faked(answer({"a": ["1"]}))
    assert said.replace("&lt;", "<") in notebook.run(f"%%sentinel {line}\nT").message
    assert backend.asked == []


def test_what_makes_it_incomplete_is_a_warning_and_strict_refuses_it(
    notebook: Notebook, faked: Faked, folder: Path
) -> None:
    faked(answer({"a": ["1"]}, status="partial", reasons=("the limit <b>",), statistics={"warnings": ["a remark"]}))
    cell = notebook.ok("%%sentinel -o a.parquet\nT")
    assert "Incomplete: the limit <b>" in cell.text
    assert "the limit &lt;b&gt;" in cell.html
    assert "a remark" in cell.text
    assert "partial" in notebook.run("%%sentinel --strict -o b.parquet\nT").message
    assert [path.name for path in folder.iterdir()] == ["a.parquet"]


def test_several_answers_are_refused(notebook: Notebook, faked: Faked, folder: Path) -> None:
    faked(answer({"a": ["1"]}))
    assert "2 answers" in notebook.run("%%sentinel -o a.parquet\nT; T").message
    assert list(folder.iterdir()) == []


def test_deadlines_and_bounds(notebook: Notebook, faked: Faked, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = faked(answer({"a": ["1"]}))
    notebook.ok("%%sentinel -o a.parquet\nT")
    monkeypatch.setenv("JUPYTERLAB_SENTINEL_QUERY__SAVE_REQUESTS", "7")
    monkeypatch.setenv("JUPYTERLAB_SENTINEL_QUERY__SAVE_TIMEOUT_S", "50")
    notebook.ok("%%sentinel -o b.parquet\nT")
    notebook.ok("%%sentinel -o c.parquet --timeout 12.5\nT")
    found = [(asked.timeout_s, asked.request_timeout_s, asked.most_requests) for asked in backend.asked]
    assert found == [(86_400.0, 180.0, 10_000), (50.0, 180.0, 7), (12.5, 180.0, 7)]


def test_history_and_status_know_of_it(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": ["1", "2"]}))
    notebook.ok("%%sentinel -o a.parquet\nT | take 2")
    assert notebook.session.last_query == "T | take 2"
    assert notebook.session.last_answer.startswith("2 rows in ")


def test_show_writes_nothing(notebook: Notebook, faked: Faked, folder: Path) -> None:
    faked(answer({"a": ["1"]}))
    notebook.ok("%%sentinel --show -o a.parquet\nT")
    assert list(folder.iterdir()) == []


def test_the_same_from_python(demo_folder: Path, folder: Path) -> None:
    workspace = sentinel.connect("demo")
    saved = workspace.save("SecurityAlert | where AlertName has {{word}}", "a.parquet", params={"word": "logon"})
    assert saved.path == folder / "a.parquet"
    assert repr(saved).endswith("a.parquet, complete>")
    with pytest.raises(sentinel.errors.UsageError, match="exists already"):
        workspace.save("SecurityAlert", "a.parquet")
    workspace.save("SecurityAlert", "a.parquet", replace=True)
    workspace.close()


@pytest.mark.parametrize(("ahead_s", "moved_s"), [(-3600.0, -3600.0), (1800.0, 1800.0), (1.5, 0.0)])
def test_relative_ranges_are_reckoned_by_the_services_clock(
    notebook: Notebook, faked: Faked, ahead_s: float, moved_s: float
) -> None:
    backend = faked(answer({"a": ["1"]}))
    backend.clock_ahead_s = ahead_s  # type: ignore[attr-defined]  # as the backends for Azure have it
    before = datetime.now(UTC)
    notebook.ok("%%sentinel --last 24h\nT")
    after = datetime.now(UTC)
    start, end = backend.asked[0].start, backend.asked[0].end
    assert start is not None
    assert end is not None
    assert end - start == timedelta(hours=24)
    assert before <= end - timedelta(seconds=moved_s) <= after


@pytest.mark.parametrize("words", ["today", "yesterday", "since"])
def test_days_and_ranges_up_to_now_are_reckoned_by_it_too(notebook: Notebook, faked: Faked, words: str) -> None:
    backend = faked(answer({"a": ["1"]}))
    backend.clock_ahead_s = 3 * 86_400.0  # type: ignore[attr-defined]  # likewise
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    # By this machine's clock, that range has not begun.
    notebook.ok(f"%%sentinel {f'--from {tomorrow}' if words == 'since' else f'--range {words}'}\nT")
    start, end = backend.asked[0].start, backend.asked[0].end
    assert start is not None
    assert end is not None
    assert end - start > timedelta(hours=23)
    assert end > datetime.now(UTC) + timedelta(days=1 if words == "yesterday" else 2)
    text = notebook.ok(f"%sentinel timerange {f'{tomorrow} now' if words == 'since' else words}").text
    assert f"{start:%Y-%m-%d}" in text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_234_567_890, "1.2 GB"), (5e15, "5,000.0 TB")],
)
def test_sizes(size: float, text: str) -> None:
    assert size_text(size) == text
