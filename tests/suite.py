"""The whole test suite, stage by stage: ``python tests/suite.py [STAGE…]``.

Every stage runs even if an earlier one failed; the summary comes last, and the
exit code is 1 if any stage failed. What would leave a core idle runs beside
something else: its output comes whole, once it has ended. ``make test`` and
``make lint`` call this after their set-up.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ("pytest", "-q", "--no-header", "--color=no")
OLDER_PANDAS = "build/pandas2"
LOGS = ROOT / "build" / "suite"
# How pytest and vitest close.
CLOSING = re.compile(r"\b\d+ (?:passed|failed|errors?)\b")


@dataclass(frozen=True)
class Stage:
    """A name and the commands, all run, that must each exit with 0."""

    name: str
    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a stage: its seconds, the commands that failed, how its test runners closed."""

    stage: Stage
    seconds: float
    failed: tuple[str, ...]
    closings: tuple[str, ...]


LINT = Stage(
    "lint",
    (
        ("ruff", "check", "--output-format=concise", "."),
        ("ruff", "format", "--check", "--output-format=concise", "."),
        ("mypy",),
        ("lint-imports", "--no-logo"),
        ("deptry", "--no-ansi", "python_ext"),
        (sys.executable, "labextension/generate_wire.py", "--check"),
        ("jlpm", "lint"),
    ),
)
TYPESCRIPT = Stage("typescript", (("jlpm", "test"),))
# Playwright's loop and pytest-asyncio's do not get along in one process: hence stages.
PYTHON = Stage(
    "python",
    (
        (
            *PYTEST,
            "-n2",
            "--dist=worksteal",
            "tests",
            *(f"--ignore=tests/{folder}" for folder in ("browser", "hub", "notebooks", "packaging")),
        ),
    ),
)
# Everything else runs on the newest pandas; the oldest major version that is promised draws, counts and
# writes times in its own way.
PANDAS_2 = Stage(
    "pandas 2",
    (
        ("uv", "pip", "install", "--quiet", "--no-deps", "--target", OLDER_PANDAS, "pandas==2.2.*"),
        (
            *("env", f"PYTHONPATH={OLDER_PANDAS}", *PYTEST),
            *(f"tests/unit/models/test_{name}.py" for name in ("frames", "moments", "parquet_files")),
            *(f"tests/unit/backends/log_analytics/test_{name}.py" for name in ("decoding", "joining")),
            "tests/unit/services/test_sweep.py",
            "tests/magics/test_hostile.py",
        ),
    ),
)
PACKAGING = Stage(
    "packaging, hub, notebooks",
    ((*PYTEST, "-n2", "--dist=loadfile", "tests/packaging", "tests/hub", "tests/notebooks"),),
)
# Pages wait for kernels and servers: a third fills the time.
BROWSER = Stage("browser", ((*PYTEST, "-n3", "--dist=worksteal", "tests/browser"),))

Lane = tuple[Stage, ...]
# Side by side, each stage by stage. The second alone, or the first, would leave a core idle half of the time.
LANES: tuple[Lane, ...] = ((LINT, TYPESCRIPT, PACKAGING, PANDAS_2, BROWSER), (PYTHON,))


def run(stage: Stage, show: Callable[[str], object]) -> Outcome:
    """Run all of a stage's commands, their output shown line by line."""
    show(f"\n━━ {stage.name} ━━\n")
    started = time.monotonic()
    failed: list[str] = []
    closings: list[str] = []
    for command in stage.commands:
        shown = " ".join(command)
        show(f"$ {shown}\n")
        status, closing = _run(command, show)
        if status != 0:
            failed.append(shown)
        if closing:
            closings.append(closing)
    return Outcome(stage, time.monotonic() - started, tuple(failed), tuple(closings))


def _run(command: tuple[str, ...], show: Callable[[str], object]) -> tuple[int, str]:
    """Exit code, and the last line that counts tests or an empty string."""
    closing = ""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            show(line)
            if CLOSING.search(line):
                closing = line.strip(" =\n")
    return process.returncode, closing


def _at_once(text: str) -> None:
    print(text, end="", flush=True)


def _alone(lane: Lane) -> list[Outcome]:
    return [run(stage, _at_once) for stage in lane]


def _beside(lane: Lane) -> list[Outcome]:
    """As :func:`_alone`, but nothing of another lane comes between a stage's lines: a file has them until it ends."""
    outcomes = []
    LOGS.mkdir(parents=True, exist_ok=True)
    for stage in lane:
        log = LOGS / f"{re.sub(r'[^a-z0-9]+', '-', stage.name)}.log"
        _at_once(f"\n… {stage.name} has begun: {log}\n")
        try:
            with log.open("w", encoding="utf-8", buffering=1) as lines:
                outcomes.append(run(stage, lines.write))
        finally:
            _at_once(log.read_text("utf-8"))
    return outcomes


def main(names: list[str], lanes: tuple[Lane, ...] = LANES) -> int:
    """Run the named stages, or all; print the summary; return the exit code."""
    known = [stage.name for lane in lanes for stage in lane]
    unknown = set(names) - set(known)
    if unknown:
        print(f"No such stage: {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
        return 2
    started = time.monotonic()
    named = [tuple(stage for stage in lane if not names or stage.name in names) for lane in lanes]
    wanted = [lane for lane in named if lane]
    with ThreadPoolExecutor(len(wanted)) as side_by_side:
        ended = side_by_side.map(_alone if len(wanted) == 1 else _beside, wanted)
        outcomes = [outcome for lane in ended for outcome in lane]
    _summary(outcomes, time.monotonic() - started)
    return int(any(outcome.failed for outcome in outcomes))


def _summary(outcomes: list[Outcome], seconds: float) -> None:
    print("\n━━ summary ━━")
    for outcome in outcomes:
        print(f"{'FAILED' if outcome.failed else 'ok':6}  {outcome.seconds:6.1f} s  {outcome.stage.name}")
        for line in outcome.closings + tuple(f"failed: {command}" for command in outcome.failed):
            print(f"{'':18}{line}")
    print(f"{'':6}  {seconds:6.1f} s  in all", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
