"""A result kept in a case folder comes back with the same types, values and provenance."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

import jupyterlab_sentinel as sentinel
from jupyterlab_sentinel.errors import UsageError
from jupyterlab_sentinel.models.parquet_files import read_provenance
from jupyterlab_sentinel.services.case_folder import save
from jupyterlab_sentinel.session import Workspace, connect


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return tmp_path / "case"


async def _opened(folder: Path) -> Workspace:
    return await connect(str(folder), cache_dir=str(folder.parent / "cache"))


async def _frame(folder: Path, kql: str) -> pd.DataFrame:
    workspace = await _opened(folder)
    try:
        return (await workspace.query(kql)).to_pandas()
    finally:
        await workspace.close()


EVERY_TYPE = """
datatable(t:datetime, s:string, n:long, i:int, r:real, b:bool, g:guid, x:decimal, d:dynamic, w:timespan) [
    datetime(2019-02-18T15:29:22.1234567Z), "a\\r\\n=1+1", 9007199254740993, -5, 1.5, true,
    guid(3f2504e0-4f89-11d3-9a0c-0305e82c3301), decimal(0.1), dynamic({"a": [1, null, "x"]}), time(1.02:03:04.0000005),
    datetime(null), "", long(null), int(null), real(null), bool(null), guid(null), decimal(null), dynamic(null),
    timespan(null)
]
"""


async def test_every_type_comes_back_as_it_was(case: Path) -> None:
    (case.parent / "one.csv").write_text("a\n1\n")
    frame = await _frame(case.parent / "one.csv", EVERY_TYPE)
    saved = save(frame, "All", case)
    assert (saved.rows, saved.path) == (2, case / "All.parquet")
    again = await _frame(case, "All | project-away Type")
    pd.testing.assert_frame_equal(again, frame)
    assert again.attrs["sentinel"]["columns"] == frame.attrs["sentinel"]["columns"]
    made = list((case.parent / "cache").glob("*.parquet"))
    assert len(made) == 1, "that of one.csv: what was saved is read where it lies"


async def test_the_query_that_made_it_is_told(case: Path) -> None:
    (case.parent / "T.csv").write_text("TimeGenerated,a\n2019-02-18T00:00:00Z,1\n2019-02-18T01:00:00Z,2\n")
    workspace = await _opened(case.parent / "T.csv")
    result = await workspace.query("T | project a, TimeGenerated", start=datetime(2019, 2, 18, tzinfo=UTC))
    await workspace.close()
    frame = result.to_pandas()
    path = save(frame, "Whole", case).path
    save(frame[frame.a > 1], "Part", case)
    save(result, "Direct", case)
    told = read_provenance(path)
    assert told["query"] == "T | project a, TimeGenerated"
    assert (told["start"], told["status"], told["table"]) == ("2019-02-18T00:00:00Z", "complete", "Whole")
    assert "changed" not in told
    assert read_provenance(case / "Part.parquet")["changed"] is True
    workspace = await _opened(case)
    described = {table.name: table.description for table in await workspace.tables()}
    assert described["Whole"] == (
        "Whole.parquet: answer of T.csv to T | project a, TimeGenerated (2019-02-18T00:00:00Z → …)"
    )
    assert "changed in Python since" in described["Part"]
    assert "changed" not in described["Direct"]
    assert (await workspace.query("Direct | count")).to_pandas().iloc[0, 0] == 2
    await workspace.close()


async def test_a_partial_answer_stays_partial(case: Path) -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["sentinel"] = {"query": "T", "status": "partial", "reasons": ["cut at 1 row"], "rows": 1}
    save(frame, "Cut", case)
    workspace = await _opened(case)
    result = await workspace.query("Cut | count")
    assert result.status == "partial"
    assert result.reasons == ("Cut: the saved answer was partial: cut at 1 row.",)
    await workspace.close()


async def test_frames_of_any_origin(case: Path) -> None:
    moment = datetime(2019, 2, 18, 15, 29, 22, 123456, tzinfo=UTC)
    frame = pd.DataFrame(
        {
            "small": np.array([1, 2], dtype="int8"),
            "whole": [1, 2],
            "unsigned": np.array([1, 2], dtype="uint32"),
            "half": [0.5, None],
            "flag": [True, False],
            "flags": [True, None],
            "text": ["x", None],
            "naive": pd.to_datetime(pd.Series(["2019-02-18 10:00", None])),
            "zoned": pd.to_datetime(["2019-02-18 10:00+02:00", "2019-02-18 11:00+02:00"]),
            "moments": [moment, None],
            "days": [date(2019, 2, 18), None],
            "spans": [timedelta(seconds=1), None],
            "money": [Decimal("0.10"), None],
            "ids": [UUID(int=5), None],
            "bags": [{"a": np.int64(1)}, [1, float("nan")]],
            "mixed": ["a", 1],
            "kinds": pd.Categorical(["a", "b"]),
            "none": [None, None],
            "far": np.array(["0900-01-01", "2019-02-18"], dtype="datetime64[s]"),
        }
    )
    save(frame, "Mine", case)
    workspace = await _opened(case)
    kinds = {column.name: column.type for column in (await workspace.query("Mine | project-away Type")).columns}
    assert kinds == {
        "small": "int",
        "whole": "long",
        "unsigned": "long",
        "half": "real",
        "flag": "bool",
        "flags": "bool",
        "text": "string",
        "naive": "datetime",
        "zoned": "datetime",
        "moments": "datetime",
        "days": "datetime",
        "spans": "timespan",
        "money": "decimal",
        "ids": "guid",
        "bags": "dynamic",
        "mixed": "dynamic",
        "kinds": "string",
        "none": "string",
        "far": "datetime",
    }
    back = (await workspace.query("Mine | where whole == 1")).to_pandas().iloc[0]
    assert back["zoned"] == pd.Timestamp("2019-02-18T08:00:00Z")
    assert (back["moments"], back["far"].year) == (pd.Timestamp(moment), 900)
    assert (back["bags"], back["money"]) == ({"a": 1}, Decimal("0.10"))
    assert (await workspace.query("Mine | where whole == 2 | project bags")).to_pandas().iloc[0, 0] == [1, "NaN"]
    await workspace.close()


async def test_a_named_index_becomes_columns(case: Path) -> None:
    frame = pd.DataFrame({"user": ["a", "a", "b"], "n": [1, 2, 3]}).groupby("user").sum()
    save(frame, "Sums", case)
    assert [*(await _frame(case, "Sums | project-away Type")).columns] == ["user", "n"]


@pytest.mark.parametrize(
    "name", ["", "a b", "../x", "a/b", "1a", "x\n", "a.b", "a" * 129, "NUL", "com1", "é", "\u202ea"]
)
def test_names_that_are_none(case: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name for a table"):
        save(pd.DataFrame({"a": [1]}), name, case)
    assert not case.exists()


def test_nothing_is_replaced_unasked(case: Path) -> None:
    save(pd.DataFrame({"a": [1]}), "T", case)
    with pytest.raises(UsageError, match="already has a table T") as error:
        save(pd.DataFrame({"a": [2]}), "T", case)
    assert "--replace" in error.value.hint
    assert save(pd.DataFrame({"a": [2, 3]}), "T", case, replace=True).rows == 2
    with pytest.raises(UsageError, match="already gives a table"):
        save(pd.DataFrame({"a": [2]}), "t", case, replace=True)
    (case / "Log.csv.gz").write_bytes(b"")
    with pytest.raises(UsageError, match="already gives a table"):
        save(pd.DataFrame({"a": [2]}), "Log", case, replace=True)


def test_what_no_type_holds_is_named_and_nothing_is_left(case: Path) -> None:
    with pytest.raises(UsageError, match="Column “odd” cannot be saved") as error:
        save(pd.DataFrame({"odd": [object()]}), "T", case)
    assert "astype(str)" in error.value.hint
    with pytest.raises(UsageError, match="Column “raw” cannot"):
        save(pd.DataFrame({"raw": [b"x"]}), "T", case)
    with pytest.raises(UsageError, match="more than one level"):
        save(pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "T", case)
    assert not case.exists()


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_the_folder_is_the_users_alone(case: Path) -> None:
    path = save(pd.DataFrame({"a": [1]}), "T", case).path
    assert case.stat().st_mode & 0o077 == 0
    assert path.stat().st_mode & 0o077 == 0
    link = case / "L.parquet"
    link.symlink_to(path)
    with pytest.raises(UsageError, match="not a file of its own"):
        save(pd.DataFrame({"a": [1]}), "L", case, replace=True)


def test_the_public_name(case: Path) -> None:
    assert sentinel.save(pd.DataFrame({"a": [1]}), "T", case).rows == 1
