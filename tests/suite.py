"""The whole test suite, stage by stage: ``python tests/suite.py [STAGE…]``.

Every stage runs even if an earlier one failed; the summary comes last, and the
exit code is 1 if any stage failed. ``make test`` and ``make lint`` call this
after their set-up.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ("pytest", "-q", "--no-header", "--color=no")
OLDER_PANDAS = "build/pandas2"
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


STAGES = (
    Stage(
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
    ),
    Stage("typescript", (("jlpm", "test"),)),
    # Playwright's loop and pytest-asyncio's do not get along in one process, and the browser
    # wants the two cores for itself: hence stages.
    Stage(
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
    ),
    # Everything else runs on the newest pandas; the oldest major version that is promised draws, counts and
    # writes times in its own way.
    Stage(
        "pandas 2",
        (
            ("uv", "pip", "install", "--quiet", "--no-deps", "--target", OLDER_PANDAS, "pandas==2.2.*"),
            (
                *("env", f"PYTHONPATH={OLDER_PANDAS}", *PYTEST, "-n2"),
                *(f"tests/unit/models/test_{name}.py" for name in ("frames", "moments", "parquet_files")),
                *(f"tests/unit/backends/log_analytics/test_{name}.py" for name in ("decoding", "joining")),
                "tests/unit/services/test_sweep.py",
                "tests/magics/test_hostile.py",
            ),
        ),
    ),
    Stage(
        "packaging, hub, notebooks",
        ((*PYTEST, "-n2", "--dist=loadfile", "tests/packaging", "tests/hub", "tests/notebooks"),),
    ),
    Stage("browser", ((*PYTEST, "-n2", "--dist=worksteal", "tests/browser"),)),
)


def run(stage: Stage) -> Outcome:
    """Run all of a stage's commands, their output shown as it comes."""
    print(f"\n━━ {stage.name} ━━", flush=True)
    started = time.monotonic()
    failed: list[str] = []
    closings: list[str] = []
    for command in stage.commands:
        shown = " ".join(command)
        print(f"$ {shown}", flush=True)
        status, closing = _run(command)
        if status != 0:
            failed.append(shown)
        if closing:
            closings.append(closing)
    return Outcome(stage, time.monotonic() - started, tuple(failed), tuple(closings))


def _run(command: tuple[str, ...]) -> tuple[int, str]:
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
            print(line, end="", flush=True)
            if CLOSING.search(line):
                closing = line.strip(" =\n")
    return process.returncode, closing


def main(names: list[str], stages: tuple[Stage, ...] = STAGES) -> int:
    """Run the named stages, or all; print the summary; return the exit code."""
    unknown = set(names) - {stage.name for stage in stages}
    if unknown:
        print(f"No such stage: {', '.join(sorted(unknown))}. There are: {', '.join(stage.name for stage in stages)}.")
        return 2
    outcomes = [run(stage) for stage in stages if not names or stage.name in names]
    print("\n━━ summary ━━")
    for outcome in outcomes:
        print(f"{'FAILED' if outcome.failed else 'ok':6}  {outcome.seconds:6.1f} s  {outcome.stage.name}")
        for line in outcome.closings + tuple(f"failed: {command}" for command in outcome.failed):
            print(f"{'':18}{line}")
    print(f"{'':6}  {sum(outcome.seconds for outcome in outcomes):6.1f} s  in all", flush=True)
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
