"""``externaldata`` reads the files that the folder's ``workspace.json`` names, and nothing else."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError

from .asking import Opener, columns, rows

SITE = "https://intel.example/lists"


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    (folder / "bad.csv").write_text(
        'ip,score,seen\n10.0.0.1,5,2024-01-02\n"a,b",x,\n\n,,\n10.0.0.3,7,2024-01-04,extra\n'
    )
    (folder / "names.list").write_text('ada\n"bob, the"\n\neve\n')
    (folder / "more.json").write_text('[{"ip": "1.1.1.1", "tags": ["x"], "n": 2}, {"ip": null, "other": 1}]')
    (folder / "tabs.gz").write_bytes(gzip.compress(b"1\ttwo\n"))
    manifest = {
        f"{SITE}/bad.csv": "bad.csv",
        f"{SITE}/names.txt": "names.list",
        f"{SITE}/more.json": "more.json",
        f"{SITE}/tabs.tsv.gz": "tabs.gz",
        f"{SITE}/outside.csv": "../outside.csv",
        f"{SITE}/gone.csv": "gone.csv",
    }
    (folder.parent / "outside.csv").write_text("secret\n")
    (folder / "workspace.json").write_text(json.dumps({"format": 1, "externaldata": manifest}))
    return folder


async def test_csv_is_read_by_position(opened: Opener) -> None:
    backend = await opened()
    source = f"[@'{SITE}/bad.csv'] with (format='csv', ignoreFirstRecord=true)"
    kql = f"externaldata(address:string, points:long, at:datetime){source}"
    assert await columns(backend, kql) == {"address": "string", "points": "long", "at": "datetime"}
    assert await rows(backend, kql) == [
        ("10.0.0.1", 5, "2024-01-02T00:00:00Z"),
        ("a,b", None, None),
        ("", None, None),
        ("10.0.0.3", 7, "2024-01-04T00:00:00Z"),
    ]
    whole = (
        f"externaldata(a:string, b:string, c:string, d:string, e:string)['{SITE}/bad.csv'] | where a == 'ip' or d != ''"
    )
    assert await rows(backend, whole) == [("ip", "score", "seen", "", ""), ("10.0.0.3", "7", "2024-01-04", "extra", "")]


async def test_text_is_a_row_a_line(opened: Opener) -> None:
    backend = await opened()
    assert await rows(backend, f"externaldata(name:string)[h'{SITE}/names.txt']") == [
        ("ada",),
        ('"bob, the"',),
        ("eve",),
    ]
    kql = f"T_CL | extend n='eve' | where n in ((externaldata(name:string)['{SITE}/names.txt']))"
    assert len(await rows(backend, kql)) == 1


async def test_json_is_read_by_name(opened: Opener) -> None:
    kql = f"externaldata(ip:string, tags:dynamic, n:long)['{SITE}/more.json'] with (format='multijson')"
    assert await rows(await opened(), kql) == [("1.1.1.1", ["x"], 2), ("", None, None)]


async def test_compressed_and_several_files_and_a_signature(opened: Opener) -> None:
    backend = await opened()
    kql = f"externaldata(n:long, word:string)['{SITE}/tabs.tsv.gz;key', '{SITE}/tabs.tsv.gz']"
    assert await rows(backend, kql) == [(1, "two"), (1, "two")]


async def test_nothing_else_is_read(opened: Opener) -> None:
    backend = await opened()
    assert sum("named for externaldata" in notice for notice in backend.info.notices) == 2
    for address in ("/etc/passwd", "bad.csv", f"{SITE}/outside.csv", f"{SITE}/gone.csv", "https://other.example/x.csv"):
        with pytest.raises(KqlUnsupportedError, match="fetch nothing") as caught:
            await rows(backend, f"externaldata(a:string)['{address}']")
        assert "workspace.json" in caught.value.hint
    with pytest.raises(KqlUnsupportedError) as caught:
        await rows(backend, "externaldata(a:string)['https://x.example/a.csv?sig=SECRET']")
    assert "SECRET" not in caught.value.message


@pytest.mark.parametrize(
    ("properties", "error"),
    [
        ("format='parquet'", KqlUnsupportedError),
        ("creationTime='2024-01-01'", KqlUnsupportedError),
        ("format=tostring(rand())", KqlSemanticError),
    ],
)
async def test_what_is_not_read_here(opened: Opener, properties: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await rows(await opened(), f"externaldata(a:string)['{SITE}/bad.csv'] with ({properties})")


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [
        ("ignoreLastRecord=True", ["ip", "10.0.0.1", "a,b", ""]),
        ("ignoreFirstRecord=true, ignoreLastRecord=true", ["10.0.0.1", "a,b", ""]),
        ("ignoreLastRecord=false", ["ip", "10.0.0.1", "a,b", "", "10.0.0.3"]),
    ],
)
async def test_the_last_record_may_be_none(opened: Opener, properties: str, wanted: list[str]) -> None:
    kql = f"externaldata(a:string)['{SITE}/bad.csv'] with (format='csv', {properties})"
    assert [row[0] for row in await rows(await opened(), kql)] == wanted


async def test_records_at_the_ends_of_json_may_be_none(opened: Opener) -> None:
    backend = await opened()
    kql = f"externaldata(ip:string, n:long)['{SITE}/more.json'] with (format='multijson', "
    assert await rows(backend, f"{kql} ignoreLastRecord=true)") == [("1.1.1.1", 2)]
    assert await rows(backend, f"{kql} ignoreFirstRecord=true)") == [("", None)]
    assert await rows(backend, f"{kql} ignoreFirstRecord=true, ignoreLastRecord=true)") == []


async def test_a_comma_behind_the_last_element_of_a_mapping(opened: Opener) -> None:
    kql = mapped("a:string, b:string", "more.json", '{"Column":"a","Properties":{"Path":"$.ip",},}', "")
    assert await rows(await opened(), kql) == [("1.1.1.1", ""), ("", "")]
    kept = mapped("a:string", "more.json", '{"Column":"a","Properties":{"ConstValue":"x,]",}}')
    assert await rows(await opened(), f"{kept} | take 1") == [("x,]",)]


def mapped(columns: str, file: str, *elements: str, form: str = "multijson") -> str:
    listed = ", ".join(elements)
    return f"externaldata({columns})['{SITE}/{file}'] with (format='{form}', ingestionMapping='[{listed}]')"


async def test_columns_are_mapped_by_path(opened: Opener) -> None:
    backend = await opened()
    kql = mapped(
        "all:dynamic, address:string, first:string, day:datetime, free:long",
        "more.json",
        '{"Column":"all","Properties":{"Path":"$"}}',
        '{"column":"address","path":"$.ip"}',
        '{"Column":"first","DataType":"string","Properties":{"path":"$[\\\'tags\\\'][0]"}}',
        '{"Column":"day","Properties":{"ConstValue":"2024-01-02"}}',
        '{"Column":"elsewhere","Properties":{"Path":"$.x"}}',
    )
    day = "2024-01-02T00:00:00Z"
    assert await rows(backend, kql) == [
        ({"ip": "1.1.1.1", "tags": ["x"], "n": 2}, "1.1.1.1", "x", day, None),
        ({"ip": None, "other": 1}, "", "", day, None),
    ]


async def test_columns_are_mapped_by_number(opened: Opener) -> None:
    elements = (
        '{"Column":"at","Properties":{"Ordinal":"2"}}',
        '{"Column":"ip","Ordinal":0}',
        '{"Column":"x","Properties":{"Path":"y","ConstValue":"y"}}',
    )
    kql = mapped("ip:string, at:datetime, x:string", "bad.csv", *elements, form="csv")
    assert (await rows(await opened(), f"{kql} | take 2"))[1] == ("10.0.0.1", "2024-01-02T00:00:00Z", "y")


@pytest.mark.parametrize(
    ("element", "error"),
    [
        ('{"Column":"a","Properties":{"Transform":"SourceLocation"}}', KqlUnsupportedError),
        ('{"Column":"a","Properties":{"Path":"$..b"}}', KqlUnsupportedError),
        ('{"Column":"a"}', KqlSemanticError),
        ('{"Properties":{"Path":"$"}}', KqlSemanticError),
        ("1", KqlSemanticError),
        ("{", KqlSemanticError),
    ],
)
async def test_mappings_that_are_not_run(opened: Opener, element: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"ingestionMapping"):
        await rows(await opened(), mapped("a:string", "more.json", element))
    with pytest.raises(KqlSemanticError, match="Ordinal"):
        await rows(
            await opened(), mapped("a:string", "bad.csv", '{"Column":"a","Properties":{"Path":"$"}}', form="csv")
        )
