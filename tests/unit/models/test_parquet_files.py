import errno
import json
import os
import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyterlab_sentinel.errors import LimitError, ServiceError, UsageError
from jupyterlab_sentinel.models import parquet_files, whole_files
from jupyterlab_sentinel.models.parquet_files import TableWriter, provenance, read_provenance, write_table
from jupyterlab_sentinel.models.tables import Column, QueryResult, Table

NS, US = pa.timestamp("ns", "UTC"), pa.timestamp("us", "UTC")


def table(**columns: tuple[str, pa.Array]) -> Table:
    named = tuple(Column(name, kind) for name, (kind, _) in columns.items())
    return Table("PrimaryResult", named, pa.table({name: data for name, (_, data) in columns.items()}))


ALL_TYPES = table(
    TimeGenerated=("datetime", pa.array([1550503762115123400, None], NS)),
    Count=("long", pa.array([2**63 - 1, None])),
    EventID=("int", pa.array([4624, None], pa.int32())),
    Score=("real", pa.array([float("inf"), None])),
    Active=("bool", pa.array([True, None])),
    Price=("decimal", pa.array([Decimal("0.1"), None])),
    Elapsed=("timespan", pa.array([100, None], pa.duration("ns"))),
    Name=("string", pa.array(["", "ü\0\n"])),
    Id=("guid", pa.array(["74be27de-1e4e-49d9-b579-fe0b331d3642", None])),
    Properties=("dynamic", pa.array(['{"a": [1, null]}', None])),
)


def numbers(*values: object, kind: str = "decimal", type: pa.DataType | None = None) -> Table:  # noqa: A002
    return table(Value=(kind, pa.array(values, type)))


def written(path: Path, *tables: Table) -> pa.Table:
    with TableWriter(path) as writer:
        for each in tables:
            writer.add(each)
        writer.finish({})
    return pq.ParquetFile(path).read()


def result() -> QueryResult:
    return QueryResult(
        tables=(ALL_TYPES,),
        query="T | take 2",
        workspace="demo",
        start=datetime(2019, 2, 17, tzinfo=UTC),
        end=None,
        sent_at=datetime(2026, 11, 24, tzinfo=UTC),
        elapsed_s=0.1,
        status="partial",
        reasons=("the limit",),
    )


def test_a_table_comes_back_with_its_types_and_what_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    found = write_table(path, ALL_TYPES, provenance(result()))
    read = pq.ParquetFile(path).read()
    assert read.equals(ALL_TYPES.data)
    assert {field.name: field.metadata[b"kql_type"].decode() for field in read.schema} == {
        column.name: column.type for column in ALL_TYPES.columns
    }
    assert (found.rows, found.size, found.columns) == (2, path.stat().st_size, ALL_TYPES.columns)
    assert read_provenance(path) == {
        "query": "T | take 2",
        "workspace": "demo",
        "start": "2019-02-17T00:00:00Z",
        "end": None,
        "status": "partial",
        "reasons": ["the limit"],
        "sent_at": "2026-11-24T00:00:00Z",
        "elapsed_s": 0.1,
        "requests": 1,
        "rows": 2,
        "columns": [[column.name, column.type] for column in ALL_TYPES.columns],
    }


def test_pandas_reads_it_without_making_floats_of_integers(tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    write_table(path, ALL_TYPES, {})
    frame = pd.read_parquet(path)
    dtypes = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert dtypes["TimeGenerated"] == "datetime64[ns, UTC]"
    assert (dtypes["Count"], dtypes["EventID"], dtypes["Active"]) == ("Int64", "Int32", "boolean")
    assert frame["Count"][0] == 2**63 - 1


def test_only_the_user_can_read_it_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    write_table(path, ALL_TYPES, {})
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["answer.parquet"]


def test_a_file_that_exists_stays_as_it_is_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    path.write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        write_table(path, ALL_TYPES, {})
    assert path.read_bytes() == b"mine"
    write_table(path, ALL_TYPES, {}, overwrite=True)
    assert pq.ParquetFile(path).metadata.num_rows == 2


def test_a_file_that_came_to_be_there_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    with TableWriter(path) as writer:
        writer.add(ALL_TYPES)
        path.write_bytes(b"mine")
        with pytest.raises(UsageError, match="exists already"):
            writer.finish({})
    assert path.read_bytes() == b"mine"
    assert [one.name for one in tmp_path.iterdir()] == ["answer.parquet"]


@pytest.mark.parametrize("linked", [True, False], ids=["links", "no links"])
def test_file_systems_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool) -> None:
    def no_link(_source: object, _target: object) -> None:
        raise OSError(errno.EPERM, "not permitted")

    if not linked:
        monkeypatch.setattr(os, "link", no_link)
    path = tmp_path / "answer.parquet"
    write_table(path, ALL_TYPES, {})
    with pytest.raises(UsageError, match="exists already"):
        write_table(path, ALL_TYPES, {})


def test_a_link_is_replaced_and_what_it_leads_to_is_not(tmp_path: Path) -> None:
    target, path = tmp_path / "target", tmp_path / "answer.parquet"
    target.write_bytes(b"mine")
    path.symlink_to(target)
    with pytest.raises(UsageError, match="exists already"):
        write_table(path, ALL_TYPES, {})
    write_table(path, ALL_TYPES, {}, overwrite=True)
    assert target.read_bytes() == b"mine"
    assert not path.is_symlink()


@pytest.mark.parametrize(
    ("name", "message"), [("missing/answer.parquet", "There is no folder"), (".", "is a folder"), ("", "is a folder")]
)
def test_places_where_no_file_can_be(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        TableWriter(tmp_path / name)


def test_what_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with TableWriter(tmp_path / "answer.parquet") as writer:
        writer.add(numbers(*range(200_000), kind="long"))
        partial = list(tmp_path.iterdir())
        assert len(partial) == 1
        assert partial[0].name.startswith(".")
        if os.name == "posix":
            assert partial[0].stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="not written any more"):
        writer.add(numbers(1, kind="long"))


def test_a_full_disk_is_one_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_partial: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(parquet_files, "synced", full)
    with pytest.raises(LimitError, match="No room"):
        write_table(tmp_path / "answer.parquet", ALL_TYPES, {})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.open", denied)
    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        write_table(tmp_path / "answer.parquet", ALL_TYPES, {})


def test_many_small_tables_make_few_row_groups(tmp_path: Path) -> None:
    read = written(tmp_path / "a.parquet", *(numbers(*range(at, at + 50), kind="long") for at in range(0, 5_000, 50)))
    assert read["Value"].to_pylist() == list(range(5_000))
    assert pq.read_metadata(tmp_path / "a.parquet").num_row_groups == 1


def test_large_tables_make_several_row_groups(tmp_path: Path) -> None:
    written(tmp_path / "a.parquet", numbers(*range(300_000), kind="long"))
    assert pq.read_metadata(tmp_path / "a.parquet").num_row_groups == 3


def long_table(kind: str, type_: pa.DataType, first: object) -> Table:
    return numbers(*([first] * 130_000), kind=kind, type=type_)


def test_a_date_far_away_makes_earlier_rows_coarser(tmp_path: Path) -> None:
    near, far = pa.scalar(1550503762115123400, NS), pa.scalar(-62135596800000000, US)
    read = written(
        tmp_path / "a.parquet", long_table("datetime", NS, near), numbers(far, None, kind="datetime", type=US)
    )
    assert read.schema.field("Value").type == US
    assert read["Value"].cast(pa.int64()).to_pylist() == [1550503762115123] * 130_000 + [-62135596800000000, None]
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]


def test_decimals_get_room_for_all(tmp_path: Path) -> None:
    read = written(
        tmp_path / "a.parquet",
        long_table("decimal", pa.decimal128(3, 2), Decimal("1.25")),
        numbers(Decimal("123456.5")),
        numbers(Decimal(1).scaleb(-18)),
        numbers(None, type=pa.decimal128(38, 18)),
    )
    assert pa.types.is_decimal128(read.schema.field("Value").type)
    assert read["Value"].to_pylist()[-4:] == [Decimal("1.25"), Decimal("123456.5"), Decimal(1).scaleb(-18), None]


def test_decimals_too_long_for_most_readers_are_text_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with TableWriter(path) as writer:
        writer.add(long_table("decimal", pa.decimal128(3, 2), Decimal("1.50")))
        writer.add(numbers(Decimal(10) ** 50, None))
        found = writer.finish({})
    read = pq.ParquetFile(path).read()
    assert read.schema.field("Value").type == pa.string()
    assert read.schema.field("Value").metadata == {b"kql_type": b"decimal"}
    assert read["Value"].to_pylist()[-3:] == ["1.5", "1" + "0" * 50, None]
    assert found.remarks == ("Value: decimals with more than 38 digits are kept as text",)


def test_a_wide_type_of_short_decimals_is_made_short(tmp_path: Path) -> None:
    read = written(tmp_path / "a.parquet", numbers(Decimal("1.5"), type=pa.decimal256(60, 10)))
    assert pa.types.is_decimal128(read.schema.field("Value").type)
    assert read["Value"].to_pylist() == [Decimal("1.5")]


def test_a_first_table_of_nulls_decides_nothing(tmp_path: Path) -> None:
    nothing = numbers(*([None] * 130_000), type=pa.decimal128(38, 18))
    read = written(tmp_path / "a.parquet", nothing, numbers(Decimal("1.5")))
    assert read.schema.field("Value").type == pa.decimal128(2, 1)
    assert read["Value"].null_count == 130_000


def test_types_that_are_expected_are_not_written_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = long_table("decimal", pa.decimal128(3, 2), Decimal("1.25")), numbers(Decimal("123456.5"))
    with TableWriter(tmp_path / "a.parquet") as writer:
        writer.expect(first)
        writer.expect(second)
        made: list[Path] = []
        new_partial = whole_files.new_partial

        def counted(path: Path) -> Path:
            made.append(path)
            return new_partial(path)

        monkeypatch.setattr(parquet_files, "new_partial", counted)
        writer.add(first)
        writer.add(second)
        writer.finish({})
    assert len(made) == 1


def test_parts_with_other_columns_are_refused(tmp_path: Path) -> None:
    with TableWriter(tmp_path / "a.parquet") as writer:
        writer.add(numbers(1, kind="long"))
        with pytest.raises(ServiceError, match="different columns"):
            writer.add(numbers(1, kind="int", type=pa.int32()))


def test_columns_of_one_name_get_numbers_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = tuple(Column(name, "long") for name in ("A", "A", "A1", "A"))
    data = pa.Table.from_arrays([pa.array([place]) for place in range(4)], names=["A", "A", "A1", "A"])
    found = write_table(path, Table("PrimaryResult", columns, data), {})
    assert pd.read_parquet(path).to_dict("records") == [{"A": 0, "A2": 1, "A1": 2, "A3": 3}]
    assert found.remarks == ("columns of one name have a number in the file: A2, A3",)


def test_an_answer_without_rows_or_without_columns(tmp_path: Path) -> None:
    empty = Table("PrimaryResult", ALL_TYPES.columns, ALL_TYPES.data.slice(0, 0))
    assert write_table(tmp_path / "a.parquet", empty, {}).rows == 0
    assert pq.ParquetFile(tmp_path / "a.parquet").read().schema.equals(ALL_TYPES.data.schema)
    assert write_table(tmp_path / "b.parquet", Table("PrimaryResult", (), pa.table({})), {}).rows == 0


def test_abandoning_from_another_thread_stops_who_writes(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "a.parquet")
    writer.add(long_table("long", pa.int64(), 1))
    thread = threading.Thread(target=writer.abandon)
    thread.start()
    thread.join()
    with pytest.raises(UsageError, match="not written any more"):
        writer.finish({})
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_have_no_provenance(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"A": [1]}), path)
    assert read_provenance(path) == {}
    pq.write_table(pa.table({"A": [1]}).replace_schema_metadata({"jupyterlab_sentinel": "[1"}), path)
    assert read_provenance(path) == {}
    path.write_text(json.dumps({}))
    with pytest.raises(OSError, match="arquet"):
        read_provenance(path)
