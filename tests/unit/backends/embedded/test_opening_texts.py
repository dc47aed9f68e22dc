"""What analysts export as text: portals' CSV in several languages, compressions, encodings, and broken lines."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyterlab_sentinel.backends.embedded import delimited_scans, json_scans
from jupyterlab_sentinel.errors import DataError
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, columns, rows

START, END = datetime(2019, 2, 18, tzinfo=UTC), datetime(2019, 2, 19, tzinfo=UTC)


def _zstd(content: bytes) -> bytes:
    packed = pa.compress(content, codec="zstd", asbytes=True)
    assert isinstance(packed, bytes)
    return packed


PACKED = {"": bytes, ".gz": gzip.compress, ".zst": _zstd}
CSV = 'TimeGenerated,Account,n\r\n2019-02-18T15:29:22.1234567Z,"Zoë, ""x""",7\r\n'
LINES = '{"TimeGenerated": "2019-02-18T15:29:22.1234567Z", "Account": "Zoë, \\"x\\"", "n": 7}\n'
FORMATS = {
    ".csv": CSV,
    ".tsv": CSV.replace(",Account,n", "\tAccount\tn").replace("Z,", "Z\t").replace('",7', '"\t7'),
    ".ndjson": LINES,
    ".jsonl": LINES,
    ".json": f"[{LINES}]",
}


@pytest.mark.parametrize(
    ("suffix", "encoding", "packing"),
    [
        *((suffix, "utf-8", packing) for suffix in FORMATS for packing in PACKED),
        *((suffix, encoding, "") for suffix in (".csv", ".ndjson") for encoding in ("utf-8-sig", "utf-16-le")),
        *((suffix, "utf-16", packing) for suffix in (".csv", ".json") for packing in PACKED),
        (".jsonl", "utf-16-be", ""),
    ],
)
async def test_every_format_packing_and_encoding(
    folder: Path, opened: Opener, suffix: str, encoding: str, packing: str
) -> None:
    text = FORMATS[suffix]
    content = ("\ufeff" + text).encode(encoding) if encoding.endswith("-le") else text.encode(encoding)
    (folder / f"T{suffix}{packing}").write_bytes(PACKED[packing](content))
    backend = await opened()
    assert await rows(backend, "T | project TimeGenerated, Account, n", START, END) == [
        ("2019-02-18T15:29:22.1234567Z", 'Zoë, "x"', 7)
    ]


async def test_compressed_in_several_members(folder: Path, opened: Opener) -> None:
    (folder / "G.ndjson.gz").write_bytes(gzip.compress(b'{"n": 1}\n') + gzip.compress(b'{"n": 2}\n'))
    (folder / "Z.ndjson.zst").write_bytes(_zstd(b'{"n": 1}\n') + _zstd(b'{"n": 2}\n'))
    backend = await opened()
    assert await rows(backend, "union G, Z | summarize sum(n)") == [(6,)]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ('"2/18/2019, 3:29:22.123 PM"', "2019-02-18T15:29:22.123Z"),
        ('"2/18/2019, 3:29:22.123\u202fPM"', "2019-02-18T15:29:22.123Z"),
        ('"18/02/2019, 15:29:22.123"', "2019-02-18T15:29:22.123Z"),
        ('"18/02/2019, 3:29:22.123 pm"', "2019-02-18T15:29:22.123Z"),
        ('"18.2.2019, 15:29:22,123"', "2019-02-18T15:29:22.123Z"),
        ('"2019/2/18 15:29:22.123"', "2019-02-18T15:29:22.123Z"),
        ('"Feb 18, 2019 3:29:22 PM"', "2019-02-18T15:29:22Z"),
        ("2019-02-18T15:29:22.1234567Z", "2019-02-18T15:29:22.1234567Z"),
    ],
)
@pytest.mark.parametrize("table", ["Heartbeat", "Odd_CL"])
async def test_the_portals_times_in_several_languages(
    folder: Path, opened: Opener, table: str, written: str, moment: str
) -> None:
    (folder / f"{table}.csv").write_text(f'\ufeff"TimeGenerated [UTC]",Computer\r\n{written},web01\r\n', "utf-8")
    backend = await opened()
    assert await rows(backend, f"{table} | project TimeGenerated, Computer", START, END) == [(moment, "web01")]
    assert "no time zone" not in " ".join(backend.info.notices)


async def test_days_and_months_are_told_apart_by_the_column(folder: Path, opened: Opener) -> None:
    (folder / "D_CL.csv").write_text('when\n"3/4/2019, 10:00:00"\n"13/4/2019, 10:00:00"\n')
    (folder / "M_CL.csv").write_text('when\n"3/4/2019, 10:00:00"\n"3/14/2019, 10:00:00"\n')
    (folder / "N_CL.csv").write_text('when\n"3/4/2019, 10:00:00"\n')
    (folder / "X_CL.csv").write_text('when\n"13/4/2019, 10:00:00"\n"3/14/2019, 10:00:00"\n')
    backend = await opened()
    assert (await rows(backend, "D_CL | project when | take 1"))[0] == ("2019-04-03T10:00:00Z",)
    assert (await rows(backend, "M_CL | project when | take 1"))[0] == ("2019-03-04T10:00:00Z",)
    assert (await columns(backend, "X_CL"))["when"] == "string"
    told = "\n".join(backend.info.notices)
    assert "D_CL.csv: The times of when have no time zone; they are read as UTC." in told
    assert "N_CL.csv: The times of when could be day/month or month/day; they are read as month/day/year, UTC." in told


async def test_local_times_of_the_portal_are_not_taken_for_utc(folder: Path, opened: Opener) -> None:
    (folder / "Heartbeat.csv").write_text('"TimeGenerated [Local Time]",Computer\n"2/18/2019, 3:29:22 PM",w\n')
    backend = await opened()
    assert (await columns(backend, "Heartbeat"))["TimeGenerated [Local Time]"] == "string"
    assert "does not bound" in " ".join(backend.info.notices)


async def test_defenders_export(folder: Path, opened: Opener) -> None:
    (folder / "New query.csv").write_text(
        "\ufeffTimestamp,DeviceName,RemotePort,AdditionalFields,ReportId\r\n"
        '2024-03-26T09:39:50.7688641Z,web01,443,"{""a"":""x""}",18842\r\n',
        "utf-8",
    )
    backend = await opened()
    assert await rows(backend, "['New query'] | project TimeGenerated, RemotePort, AdditionalFields.a") == [
        ("2024-03-26T09:39:50.7688641Z", 443, "x")
    ]


async def test_spreadsheets_and_other_delimiters(folder: Path, opened: Opener) -> None:
    (folder / "S.csv").write_text("sep=;\na;b\n1;x,y\n")
    (folder / "P.csv").write_text("a|b\n1|x,y\n")
    backend = await opened()
    assert await rows(backend, "union S, P | project a, b") == [(1, "x,y"), (1, "x,y")]


# --- what is broken does not hide what is whole --------------------------------------------------


async def test_broken_lines_are_counted_and_every_answer_says_so(folder: Path, opened: Opener) -> None:
    lines = [
        b'{"n": 1, "s": "a"}',
        b'{"n": 2, "s": "\\ud800"}',
        b'{"n": ',
        b"[1]",
        b"",
        b'{"n": 3, "s": "\xff"}',
        b"null",
    ]
    (folder / "T.ndjson").write_bytes(b"\n".join([*lines, b'{"n": 4}']))
    (folder / "Good.ndjson").write_text('{"n": 5}\n')
    for _ in range(2):
        backend = await opened()
        result = await backend.run(QueryRequest("T | summarize sum(n)", now=NOW))
        assert result.tables[0].data.column(0).to_pylist() == [5]
        assert result.status == "partial"
        assert result.reasons == ("T: 5 lines of 7 could not be read as JSON objects and are missing.",)
        assert (await backend.run(QueryRequest("Good", now=NOW))).status == "complete"
        assert (await backend.run(QueryRequest("search '5'", now=NOW))).status == "partial"
        assert (await backend.run(QueryRequest("union T, Good | count", now=NOW))).status == "partial"
        assert "5 lines of 7" in " ".join(backend.info.notices)


async def test_broken_lines_of_a_csv(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_bytes(b'a,b\n1,x\n1,2,3\n2,\xff\n"3","y"\n4\n5,"open\n6,z\n')
    backend = await opened()
    result = await backend.run(QueryRequest("T | summarize make_list(a)", now=NOW))
    assert result.tables[0].data.column(0).to_pylist() == ["[1,3]"]
    assert result.reasons == ("T: 5 lines could not be read and are missing (the first is line 3).",)


async def test_an_array_that_is_cut_off(folder: Path, opened: Opener) -> None:
    (folder / "T.json").write_text('[{"n": 1},\n{"n": 2},\n{"n":')
    with pytest.raises(DataError, match="is not JSON"):
        await opened()


# --- what was made to do harm -----------------------------------------------------------------------


@pytest.mark.parametrize("packing", [".gz", ".zst"])
async def test_what_expands_a_thousandfold_is_refused(folder: Path, opened: Opener, packing: str) -> None:
    (folder / f"Bomb.csv{packing}").write_bytes(PACKED[packing](b"a\n" + b"0\n" * 5_000_000))
    (folder / "T.csv").write_text("a\n1\n")
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["T"]
    assert f"Bomb.csv{packing} is left out: it expands to more than 500 times" in " ".join(backend.info.notices)


async def test_deep_json_and_long_lines(folder: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_scans, "_MAX_JSON_OBJECT", 1024 * 1024)
    monkeypatch.setattr(delimited_scans, "_LINE", 1024 * 1024)
    deep = "[" * 50_000 + "]" * 50_000
    (folder / "Deep.ndjson").write_text(f'{{"a": {deep}, "n": 1}}\n{{"n": 2}}\n')
    (folder / "Array.json").write_text(deep)
    long = "x" * (5 * 1024 * 1024)
    (folder / "Long.ndjson").write_text(f'{{"a": "{long}"}}\n{{"a": "y"}}\n')
    (folder / "Lines.csv").write_text(f"a\n{long}\ny\n")
    backend = await opened()
    assert await rows(backend, "Deep | summarize sum(n)") == [(3,)]
    result = await backend.run(QueryRequest("Long | count", now=NOW))
    assert (result.tables[0].data.column(0).to_pylist(), result.status) == ([2], "complete")
    result = await backend.run(QueryRequest("Lines | count", now=NOW))
    assert (result.tables[0].data.column(0).to_pylist(), result.status) == ([1], "partial")
    told = " ".join(backend.info.notices)
    assert "Array.json is left out" in told


async def test_names_with_control_characters_are_spelled_out(folder: Path, opened: Opener) -> None:
    (folder / "a\u202eb\n.csv").write_text("x,y\n1\n")
    (folder / "T.csv").write_text('"a\u202e\n[0m",b\n1,2\n')
    (folder / "E\x1b[31m.csv").write_text("")
    backend = await opened()
    told = "\n".join(backend.info.notices)
    assert "\u202e" not in told
    assert "\x1b" not in told
    assert "<U+202E>" in told
    assert len(told.split("\n")) == len(backend.info.notices)


async def test_names_that_are_not_utf_8(folder: Path, opened: Opener) -> None:
    try:
        (folder / b"bad\xff.csv".decode("utf-8", "surrogateescape")).write_text("a\n1\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    (folder / "T.csv").write_text("a\n1\n")
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["T"]
    assert "its name is not UTF-8" in " ".join(backend.info.notices)


async def test_too_many_keys(folder: Path, opened: Opener) -> None:
    (folder / "T.ndjson").write_text("\n".join(json.dumps({f"k{place}": place}) for place in range(2_100)))
    with pytest.raises(DataError, match="2,100 different keys"):
        await opened()


async def test_parquet_files_that_lie_about_themselves(folder: Path, opened: Opener) -> None:
    deep = ("[" * 100_000).encode()
    told = json.dumps({"query": "x", "status": "partial", "reasons": ["<script>\u202e"] * 10_000}).encode()
    for name, metadata in {
        "Deep": {"jupyterlab_sentinel": deep},
        "Garbage": {"ARROW:schema": b"garbage"},
        "Many": {"jupyterlab_sentinel": told},
    }.items():
        field = pa.field("a", pa.string(), metadata={"kql_type": "long"})
        table = pa.table([["1"]], schema=pa.schema([field], metadata=metadata))
        pq.write_table(table, folder / f"{name}.parquet", store_schema=name != "Garbage")
    odd = pa.field("a", pa.string(), metadata={"kql_type": "dynamic"})
    pq.write_table(pa.table([["{no json"]], schema=pa.schema([odd])), folder / "Odd.parquet")
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["Deep", "Garbage", "Many", "Odd"]
    assert await rows(backend, "Odd | project a") == [("{no json",)]
    result = await backend.run(QueryRequest("Many", now=NOW))
    assert (result.status, len(result.reasons)) == ("partial", 1)
    assert "\u202e" not in result.reasons[0]


async def test_a_file_that_fails_in_an_unforeseen_way_hides_no_other(
    folder: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "Bad.csv").write_text("a\n1\n")
    (folder / "Good.json").write_text('[{"a": 1}]')

    def failing(*_args: object) -> object:
        raise KeyError("odd")

    monkeypatch.setattr(delimited_scans, "scan_delimited", failing)
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["Good"]
    assert "Bad.csv is left out: it cannot be read (KeyError)." in backend.info.notices
