"""What killed runs have left is removed, and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

from jupyterlab_sentinel.models.whole_files import new_partial, sweep


def aged(path: Path, age_s: float) -> Path:
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_only_what_nobody_has_written_to_for_an_hour(tmp_path: Path) -> None:
    path = tmp_path / "an[s]wer.parquet"
    left = aged(new_partial(path), 4000)
    others = [
        aged(new_partial(path), 600),
        aged(new_partial(tmp_path / "other.parquet"), 4000),
        tmp_path / ".an[s]wer.parquet.mine.partial",
        tmp_path / "an[s]wer.parquet",
    ]
    for other in others[2:]:
        other.write_text("mine")
        aged(other, 4000)
    sweep(path)
    assert not left.exists()
    assert all(other.exists() for other in others)
    sweep(tmp_path / "nowhere" / "answer.parquet")
