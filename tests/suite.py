"""The whole test suite, stage by stage: ``python tests/suite.py [STAGE…]``.

Every stage runs even if an earlier one failed; the summary comes last, and the
exit code is 1 if any stage failed. ``make test`` and ``make lint`` call this
after their set-up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = (sys.executable, "-m", "pytest", "-q")


@dataclass(frozen=True)
class Stage:
    """A name and the commands, run in order, that must all exit with 0."""

    name: str
    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a stage: how long it took in seconds, and the commands that failed."""

    stage: Stage
    seconds: float
    failed: tuple[str, ...]


STAGES = (
    Stage(
        "lint",
        (
            ("ruff", "check", "."),
            ("ruff", "format", "--check", "."),
            ("mypy",),
            ("lint-imports",),
            ("jlpm", "lint"),
        ),
    ),
    # Playwright's loop and pytest-asyncio's do not get along in one process,
    # and the browser wants the two cores for itself.
    Stage(
        "python",
        (
            (
                *PYTEST,
                "-n2",
                "--dist=worksteal",
                "tests",
                "--ignore=tests/browser",
                "--ignore=tests/hub",
                "--ignore=tests/packaging",
                "--ignore=tests/notebooks",
            ),
        ),
    ),
    Stage("typescript", (("jlpm", "test"),)),
    Stage(
        "packaging, hub, notebooks",
        ((*PYTEST, "-n2", "--dist=loadfile", "tests/packaging", "tests/hub", "tests/notebooks"),),
    ),
    Stage("browser", ((*PYTEST, "tests/browser"),)),
)


def run(stage: Stage) -> Outcome:
    """Run a stage's commands, all of them, with their output as it comes."""
    print(f"\n━━ {stage.name} ━━", flush=True)
    started = time.monotonic()
    failed = []
    for command in stage.commands:
        shown = " ".join(Path(word).name if os.sep in word and word == sys.executable else word for word in command)
        print(f"$ {shown}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(shown)
    return Outcome(stage, time.monotonic() - started, tuple(failed))


def main(names: list[str]) -> int:
    """Run the named stages, or all; print the summary; return the exit code."""
    unknown = set(names) - {stage.name for stage in STAGES}
    if unknown:
        print(f"No such stage: {', '.join(sorted(unknown))}. There are: {', '.join(s.name for s in STAGES)}.")
        return 2
    outcomes = [run(stage) for stage in STAGES if not names or stage.name in names]
    print("\n━━ summary ━━")
    for outcome in outcomes:
        print(f"{'FAILED' if outcome.failed else 'ok':6}  {outcome.seconds:6.1f} s  {outcome.stage.name}")
        for command in outcome.failed:
            print(f"{'':18}{command}")
    print(f"{'':6}  {sum(outcome.seconds for outcome in outcomes):6.1f} s  in all", flush=True)
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
