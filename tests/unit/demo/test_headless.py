from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from jupyterlab_sentinel.demo import headless

if TYPE_CHECKING:
    from pathlib import Path


def notebook_at(folder: Path, *cells: nbformat.NotebookNode) -> Path:
    path = folder / "case.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def finding(source: str) -> nbformat.NotebookNode:
    return new_code_cell(source, metadata={"tags": ["finding"]})


def test_findings_are_printed_and_both_files_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = notebook_at(
        tmp_path,
        new_markdown_cell("# A case"),
        new_code_cell("print('only a step')"),
        finding("print('14 alerts')\n'from one address'"),
    )

    assert headless.main([str(source), "--output", str(tmp_path / "build")]) == 0

    printed = capsys.readouterr().out
    assert "14 alerts" in printed
    assert "from one address" in printed
    assert "only a step" not in printed
    executed = nbformat.read(tmp_path / "build" / "case.ipynb", as_version=4)
    assert executed.cells[2].outputs[0].text == "14 alerts\n"
    assert "14 alerts" in (tmp_path / "build" / "case.html").read_text()
    assert nbformat.read(source, as_version=4).cells[1].outputs == []


def test_the_failing_cell_is_named_and_what_ran_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = notebook_at(
        tmp_path, finding("print('so far')"), new_code_cell("1 / 0  # here"), finding("print('never')")
    )

    assert headless.main([str(source), "--output", str(tmp_path / "build")]) == 1

    captured = capsys.readouterr()
    assert 'cell 2 of 3 ("1 / 0  # here") failed: ZeroDivisionError: division by zero' in captured.err
    assert "so far" in captured.out
    assert "never" not in captured.out
    assert "ZeroDivisionError" in (tmp_path / "build" / "case.html").read_text()


def test_a_usage_error_of_a_magic_fails_the_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = notebook_at(tmp_path, new_code_cell("%matplotlib no-such-backend"))

    assert headless.main([str(source), "--output", str(tmp_path)]) == 1
    assert "cell 1 of 1" in capsys.readouterr().err


def test_a_kernel_that_dies_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = notebook_at(tmp_path, new_code_cell("import os\nos._exit(3)"))

    assert headless.main([str(source), "--output", str(tmp_path)]) == 1
    assert "the kernel died in cell 1 of 1" in capsys.readouterr().err


def test_the_notebook_runs_in_its_own_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "beside.txt").write_text("found beside")
    source = notebook_at(tmp_path, finding("print(open('beside.txt').read())"))

    assert headless.main([str(source), "--output", str(tmp_path / "build")]) == 0
    assert "found beside" in capsys.readouterr().out


def test_hostile_text_in_a_finding_cannot_drive_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = notebook_at(tmp_path, finding(r"print('\x1b[2Jgone\u202eexe')"))

    assert headless.main([str(source), "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "<U+202E>" in printed


def test_the_page_fetches_nothing(tmp_path: Path) -> None:
    source = notebook_at(tmp_path, new_markdown_cell("Cost: $x^2$"), new_code_cell("1"))
    headless.main([str(source), "--output", str(tmp_path)])

    page = (tmp_path / "case.html").read_text()
    assert re.findall(r"""(?:src|href)=["']?(?:https?:)?//[^"'>]*""", page) == []
    assert "cdnjs" not in page
    assert "unpkg" not in page


def test_no_such_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert headless.main([str(tmp_path / "missing.ipynb"), "--output", str(tmp_path)]) == 2
    assert "There is no notebook" in capsys.readouterr().err
