from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import suite
from tests.suite import Stage, main


def says(text: str, status: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r}); raise SystemExit({status})")


def test_every_stage_runs_and_one_failure_fails_the_suite(capsys: pytest.CaptureFixture[str]) -> None:
    lane = (
        Stage("first", (says("== 1 failed, 2 passed in 0.10s ==", 1), says("still running"))),
        Stage("second", (says("==== 7 passed in 0.20s ===="),)),
    )

    assert main([], (lane,)) == 1

    output, summary = capsys.readouterr().out.split("━━ summary ━━")
    assert "still running" in output
    assert "==== 7 passed in 0.20s ====" in output
    lines = [line.strip() for line in summary.splitlines()]
    assert "1 failed, 2 passed in 0.10s" in lines
    assert "7 passed in 0.20s" in lines
    assert [line.split()[0] for line in lines if line.endswith(("first", "second"))] == ["FAILED", "ok"]


def test_only_the_named_stage_runs(capsys: pytest.CaptureFixture[str]) -> None:
    lane = (Stage("first", (says("first here", 1),)), Stage("second", (says("second here"),)))

    assert main(["second"], (lane,)) == 0
    assert "first here" not in capsys.readouterr().out


def test_an_unknown_stage_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["third"], ((Stage("first", ()),),)) == 2
    assert "No such stage: third. There are: first." in capsys.readouterr().out


def test_lanes_run_side_by_side_and_their_lines_do_not_mix(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "LOGS", tmp_path / "logs")

    def meets(mine: str, other: str) -> tuple[str, ...]:
        """Ends once the other one runs, too."""
        code = f"""
import pathlib, time
here = pathlib.Path({str(tmp_path)!r})
print({mine!r}, "begins", flush=True)
(here / {mine!r}).touch()
while not (here / {other!r}).exists():
    time.sleep(0.01)
print({mine!r}, "ends")
"""
        return (sys.executable, "-c", code)

    left = (Stage("left", (meets("left", "right"),)), Stage("after", (says("after here", 1),)))
    assert main([], (left, (Stage("right", (meets("right", "left"),)),))) == 1

    output, summary = capsys.readouterr().out.split("━━ summary ━━")
    lines = [line for line in output.splitlines() if line.endswith(("begins", "ends", "after here"))]
    told = " ".join(lines)
    assert "left begins left ends" in told
    assert "right begins right ends" in told
    assert "after here" in told
    assert "left ends" in (tmp_path / "logs" / "left.log").read_text("utf-8")
    ended = [line.split() for line in summary.splitlines() if line.endswith(("left", "after", "right"))]
    assert [(words[0], words[-1]) for words in ended] == [("ok", "left"), ("FAILED", "after"), ("ok", "right")]
