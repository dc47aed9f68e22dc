"""``%sentinel save``: a result kept, and gone on with offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.magics.conftest import Notebook


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_save_and_go_on(demo: Notebook, beside: Path) -> None:
    demo.ok("%%sentinel found <<\nSecurityAlert | project TimeGenerated, AlertName, Entities | take 5")
    text = demo.ok("%sentinel save found as Found").text
    assert "Saved Found · 5 rows, 3 columns" in text
    assert (beside / "case" / "Found.parquet").is_file()
    demo.ok("%sentinel connect ./case")
    tables = demo.ok("%sentinel tables").value
    assert [*tables.name] == ["Found"]
    assert tables.description[0].startswith("Found.parquet: answer of demo to SecurityAlert | project")
    again = demo.ok("%%sentinel --range all\nFound").value
    assert {"TimeGenerated": "datetime", "AlertName": "string"}.items() <= dict(
        again.attrs["sentinel"]["columns"]
    ).items()


def test_the_folder_is_given_once(demo: Notebook, beside: Path) -> None:
    demo.ok("import pandas as pd; frame = pd.DataFrame({'a': [1]})")
    assert "from here on" in demo.ok(f"%sentinel save --folder {beside / '4711'}").text
    demo.ok("%sentinel save frame as T")
    assert (beside / "4711" / "T.parquet").is_file()
    assert "already has a table T" in demo.run("%sentinel save frame as T").message
    demo.ok("%sentinel save frame as T --replace")
    demo.ok(f"%sentinel save frame as T --folder {beside / '12'}")
    demo.ok("%sentinel save frame U")
    assert (beside / "12" / "U.parquet").is_file()


def test_mistakes(demo: Notebook, beside: Path) -> None:
    del beside
    demo.ok("text = 'x'")
    assert "what, and as which table" in demo.run("%sentinel save").message
    assert "There is no variable nothing" in demo.run("%sentinel save nothing as T").message
    assert "is no DataFrame but a str" in demo.run("%sentinel save text as T").message
    assert "Write: %sentinel save VAR as TABLE" in demo.run("%sentinel save text as T more").message


def test_a_partial_answer_is_said(demo: Notebook, beside: Path) -> None:
    del beside
    demo.ok(
        "import pandas as pd; frame = pd.DataFrame({'a': [1]});"
        "frame.attrs['sentinel'] = {'query': 'T', 'status': 'partial', 'reasons': ['cut'], 'rows': 1}"
    )
    assert "partial answer" in demo.ok("%sentinel save frame as T").text
    demo.ok("%sentinel connect case")
    assert "the saved answer was partial: cut" in demo.ok("%%sentinel --range all\nT").text
