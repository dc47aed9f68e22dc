from __future__ import annotations

import sys

import pytest

from tests.suite import Stage, main


def says(text: str, status: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r}); raise SystemExit({status})")


def test_every_stage_runs_and_one_failure_fails_the_suite(capsys: pytest.CaptureFixture[str]) -> None:
    stages = (
        Stage("first", (says("== 1 failed, 2 passed in 0.10s ==", 1), says("still running"))),
        Stage("second", (says("==== 7 passed in 0.20s ===="),)),
    )

    assert main([], stages) == 1

    output, summary = capsys.readouterr().out.split("━━ summary ━━")
    assert "still running" in output
    assert "==== 7 passed in 0.20s ====" in output
    lines = [line.strip() for line in summary.splitlines()]
    assert "1 failed, 2 passed in 0.10s" in lines
    assert "7 passed in 0.20s" in lines
    assert [line.split()[0] for line in lines if line.endswith(("first", "second"))] == ["FAILED", "ok"]


def test_only_the_named_stage_runs(capsys: pytest.CaptureFixture[str]) -> None:
    stages = (Stage("first", (says("first here", 1),)), Stage("second", (says("second here"),)))

    assert main(["second"], stages) == 0
    assert "first here" not in capsys.readouterr().out


def test_an_unknown_stage_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["third"], (Stage("first", ()),)) == 2
    assert "No such stage: third. There are: first." in capsys.readouterr().out
