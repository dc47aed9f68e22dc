"""Files that are not what their names say, and what is no file at all."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyterlab_sentinel.errors import DataError

from .asking import Opener, columns, rows

LOG = "TimeGenerated,a\n2026-01-01T00:00:00Z,1\n"
pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")


def _zipped(text: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.csv", text)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", gzip.compress(LOG.encode()), "compressed with gzip; let its name end with .gz"),
        ("a.csv.gz", gzip.compress(gzip.compress(LOG.encode())), "compressed with gzip"),
        ("a.csv", _zipped(LOG), "zip archive"),
        ("a.json", b"PAR1abcPAR1", "Parquet file; let its name end with .parquet"),
        ("a.csv", b"\x28\xb5\x2f\xfd\x00", "compressed with zstd"),
        ("a.csv", codecs.BOM_UTF32_LE + LOG.encode("utf-32-le"), "UTF-32"),
        ("a.csv", codecs.BOM_UTF32_BE + LOG.encode("utf-32-be"), "UTF-32"),
        ("a.json", b"ElfFile\0\0\0", "evtx_dump"),
    ],
    ids=["gzip", "gzip twice", "zip", "Parquet", "zstd", "UTF-32", "UTF-32, big end first", "evtx"],
)
async def test_a_file_that_is_no_text_is_refused_by_its_kind(
    folder: Path, opened: Opener, name: str, content: bytes, told: str
) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        await opened()
    assert told in caught.value.message


@pipes
async def test_a_pipe_in_the_folder_keeps_nobody_waiting(folder: Path, opened: Opener) -> None:
    (folder / "Good.csv").write_text(LOG)
    os.mkfifo(folder / "Waiting.csv")
    os.mkfifo(folder / "Other.parquet")
    (folder / "functions").mkdir()
    os.mkfifo(folder / "functions" / "f.kql")
    (folder / "SigninLogs").mkdir()
    (folder / "SigninLogs" / "a.csv").write_text(LOG)
    os.mkfifo(folder / "SigninLogs" / "b.csv")
    backend = await opened()
    assert await rows(backend, "union Good, SigninLogs | count") == [(2,)]
    told = " ".join(backend.info.notices)
    assert "Waiting.csv is left out: it is not a regular file." in told
    assert "Other.parquet is left out: it is not a regular file." in told
    assert "1 pipes or devices among the functions are left out." in told
    assert "SigninLogs: 1 pipes or devices are left out." in told


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.ndjson", "{'a': 1}\n", "its record 1 is not JSON"),
        ("a.json", '[{"a": 1}, {"a": 2}, {"a": 3', "its record 3 is not JSON"),
        ("a.csv", "# a comment\nTimeGenerated,a\n", "line 2 has 2 values where 1 is expected"),
    ],
)
async def test_the_place_of_a_fault_is_counted_as_people_count(
    folder: Path, opened: Opener, name: str, text: str, told: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(DataError) as caught:
        await opened()
    assert told in caught.value.message


WILD = ("s*r", "q?", "log[12]", "[!a]", "**")


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
async def test_a_file_is_read_alone_whatever_its_name(folder: Path, opened: Opener, kind: str) -> None:
    inside = folder / "case [1]"
    inside.mkdir()
    for name in (*WILD, "star", "qq", "log1", "b"):
        match kind:
            case "csv":
                (inside / f"{name}.csv").write_text(f"own\n{name}\n")
            case "ndjson":
                (inside / f"{name}.ndjson").write_text(json.dumps({"own": name}) + "\n")
            case _:
                pq.write_table(pa.table({"own": [name]}), inside / f"{name}.parquet")
    for _ in range(2):
        backend = await opened(inside)
        for name in WILD:
            assert await rows(backend, f"['{name}'] | project own") == [(name,)]


async def test_files_of_a_tree_are_read_once_whatever_their_names(folder: Path, opened: Opener) -> None:
    (folder / "SecurityEvent").mkdir()
    for name in ("*", "a", "a?"):
        (folder / "SecurityEvent" / f"{name}.csv").write_text("TimeGenerated,EventID\n2026-01-01T00:00:00Z,4624\n")
    assert await rows(await opened(), "SecurityEvent | count") == [(3,)]


async def test_a_name_with_wildcards_reaches_no_link_that_was_left_out(
    folder: Path, opened: Opener, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("own\nsecret\n")
    (folder / "x.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "*.csv").write_text("own\nmine\n")
    (folder / "list?.csv").write_text("secret\n")
    (folder / "workspace.json").write_text('{"externaldata": {"https://x.example/l": "list?.csv"}}')
    (folder / "list1.csv").write_text("other\n")
    backend = await opened()
    assert await rows(backend, "['*'] | project own") == [("mine",)]
    assert await rows(backend, 'externaldata(a:string)["https://x.example/l"]') == [("secret",)]


async def test_a_type_that_kql_has_not_is_told(folder: Path, opened: Opener) -> None:
    (folder / "T_CL.csv").write_text("TimeGenerated,Port\n2026-01-01T00:00:00Z,1\n")
    (folder / "workspace.json").write_text('{"tables": {"T_CL": {"columns": {"Port": "number"}}}}')
    with pytest.raises(DataError) as caught:
        await opened()
    assert "gives T_CL.Port the type 'number', which KQL has not." in caught.value.message
    assert "long" in caught.value.hint


async def test_other_names_of_types_are_understood(folder: Path, opened: Opener) -> None:
    (folder / "T_CL.csv").write_text("a,b,c\n1,2,true\n")
    (folder / "workspace.json").write_text(
        '{"tables": {"T_CL": {"columns": {"a": "double", "b": "Int64", "c": "boolean"}}}}'
    )
    assert await columns(await opened(), "T_CL | project a, b, c") == {"a": "real", "b": "long", "c": "bool"}


async def test_a_record_that_is_too_long_is_called_so(folder: Path, opened: Opener) -> None:
    with (folder / "Long.ndjson").open("w") as file:
        file.write('{"a": "')
        for _ in range(130):
            file.write("x" * 1024 * 1024)
        file.write('"}\n{"a": "b"}\n')
    with pytest.raises(DataError) as caught:
        await opened()
    assert "one of its records is longer than 64 MB" in caught.value.message


@pytest.mark.parametrize("change", ["gone", "garbage", "empty"])
async def test_a_file_that_is_gone_is_no_fault_of_ours(folder: Path, opened: Opener, change: str) -> None:
    file = folder / "P.parquet"
    pq.write_table(pa.table({"a": [1]}), file)
    (folder / "C.csv").write_text(LOG)
    backend = await opened()
    match change:
        case "gone":
            file.unlink()
        case "garbage":
            file.write_bytes(b"no Parquet at all, though long enough to be")
        case _:
            file.write_bytes(b"")
    for kql in ("P | summarize sum(a)", "union P, C | count"):
        with pytest.raises(DataError) as caught:
            await rows(backend, kql)
        assert caught.value.message == "The file P.parquet is not what it was when the folder was opened."
        assert "Connect again" in caught.value.hint
    assert await rows(backend, "C | count") == [(1,)]
