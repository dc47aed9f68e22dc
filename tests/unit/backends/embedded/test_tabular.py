"""Operators of the whole table that have no file of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlError, KqlSemanticError, KqlSyntaxError, KqlUnsupportedError

from .asking import Opener, columns, rows

DATA = "let D = datatable(s:string, n:long, d:dynamic)['A', 5, dynamic([1, 2.7, '3', true, null, 'x'])]; D | "


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_columns_by_names(opened: Opener) -> None:
    backend = await opened()
    assert list(await columns(backend, f"{DATA} project-by-names 'n', dynamic(['s', 'zz'])")) == ["n", "s"]
    assert list(await columns(backend, f"{DATA} project-by-names '*', 's'")) == ["s", "n", "d"]
    inner = "extend q=1 | project-by-names column_names_of(D), 'q'"
    assert list(await columns(backend, f"{DATA} {inner}")) == ["s", "n", "d", "q"]


async def test_rows_whose_schema_is_as_expected_pass(opened: Opener) -> None:
    assert await rows(await opened(), f"{DATA} assert-schema (s:string, n:long, d:dynamic) | count") == [(1,)]


async def test_an_element_is_of_the_type_or_null(opened: Opener) -> None:
    kql = f"{DATA} mv-expand l=d to typeof(long), r=d to typeof(real), b=d to typeof(bool), t=d to typeof(string)"
    assert await rows(await opened(), f"{kql} | project l, r, b, t") == [
        (1, 1.0, True, "1"),
        (2, 2.7, None, "2.7"),
        (None, None, None, "3"),
        (None, None, True, "true"),
        (None, None, None, ""),
        (None, None, None, "x"),
    ]


async def test_expansions_without_a_name(opened: Opener) -> None:
    backend = await opened()
    kql = f"{DATA} mv-expand with_itemindex=n pack_array(n, 7), range(1, 3, 1)"
    assert list(await columns(backend, kql)) == ["s", "n", "d", "Column1", "Column2", "n1"]
    assert await rows(backend, f"{kql} | project Column1, Column2, n1") == [(5, 1, 0), (7, 2, 1), (None, 3, 2)]


async def test_the_old_spelling_has_a_limit(opened: Opener) -> None:
    many = "range x from 1 to 200 step 1 | summarize a=make_list(x)"
    backend = await opened()
    assert await rows(backend, f"{many} | mvexpand a | count") == [(128,)]
    assert await rows(backend, f"{many} | mvexpand a limit 150 | count") == [(150,)]
    assert await rows(backend, f"{many} | mv-expand a | count") == [(200,)]


async def test_groups_by_what_stands_before(opened: Opener) -> None:
    steps = "datatable(n:long)[1, 2, 5, 6, 9] | sort by n asc | serialize"
    kql = f"{steps} | summarize make_list(n) by far = n - prev(n, 1, n) > 1, row_number() % 2 == 0"
    got = await rows(await opened(), kql)
    assert sorted(got, key=repr) == [(False, False, [1]), (False, True, [2, 6]), (True, False, [5, 9])]


VIEWS = (
    "let E1 = view () { datatable(Session:string, Text:string, Version:string)"
    "['s1', 'a err', 'v1', 's1', 'b', 'v1', 's2', 'c', 'v2'] }; "
    "let E2 = view () { datatable(Session:string, Text:string, Name:string)['s1', 'd err', 'n1', 's3', 'e', 'n2'] }; "
)


@pytest.mark.parametrize(
    ("query", "names", "want"),
    [
        (
            "find in (E1, E2) where Session == 's2'",
            ["source_", "Session", "Text", "pack_"],
            [("E1", "s2", "c", {"Version": "v2"})],
        ),
        (
            "find in (E1, E2) where Session == 's1' and Text has 'err'",
            ["source_", "Session", "Text", "pack_"],
            [("E1", "s1", "a err", {"Version": "v1"}), ("E2", "s1", "d err", {"Name": "n1"})],
        ),
        (
            "find in (E1, E2) where Version == 'v2' or Name == 'n2' project Text, Name, pack_all()",
            ["source_", "Text", "Name", "pack_"],
            [
                ("E1", "c", "", {"Session": "s2", "Version": "v2"}),
                ("E2", "e", "n2", {"Session": "s3"}),
            ],
        ),
        ("find withsource=W in (E*) where Name == 'n2' project Text", ["W", "Text"], [("E2", "e")]),
        ("search in (E1) Text:'err*'", ["$table", "Session", "Text", "Version"], [("E1", "s1", "a err", "v1")]),
        ("search in (E*) 'err' and Name == 'n1' | project $table, Text", ["$table", "Text"], [("E2", "d err")]),
        (
            "E2 | search kind=case_sensitive 'Err' or Text matches regex '^e'",
            ["$table", "Session", "Text", "Name"],
            [("union_arg0", "s3", "e", "n2")],
        ),
    ],
)
async def test_find_and_search(opened: Opener, query: str, names: list[str], want: list[tuple[object, ...]]) -> None:
    backend = await opened()
    assert list(await columns(backend, VIEWS + query)) == names
    assert sorted(await rows(backend, VIEWS + query), key=repr) == want


async def test_names_of_legs_and_of_columns_with_several_types(opened: Opener) -> None:
    views = (
        "let V1 = view () { print x=1 }; let V2 = view () { print x=toint(2) }; let V3 = view () { print x_long=3 }; "
    )
    backend = await opened()
    kql = f"{views} union withsource=T V1, V2, V3"
    assert await columns(backend, kql) == {"T": "string", "x_long1": "long", "x_int": "int", "x_long": "long"}
    assert sorted(await rows(backend, kql), key=repr) == [
        ("V1", 1, None, None),
        ("V2", None, 2, None),
        ("V3", None, None, 3),
    ]


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("project-by-names 'q'", KqlSemanticError, "leaves no column"),
        ("project-by-names s", KqlSemanticError, "column 's'|constant"),
        ("assert-schema (s:string)", KqlSemanticError, "There are 3 columns"),
        ("assert-schema (s:string, n:int, d:dynamic)", KqlSemanticError, "Column 2 is n: long"),
        ("mv-expand d, d", KqlSemanticError, "two columns 'd'"),
        ("search nope:'x'", KqlSemanticError, "no column 'nope'"),
        ("search in (D) 'x'", KqlSemanticError, "search after a pipe"),
        ("where n = 5", KqlSyntaxError, "compares with '=='"),
        ("where n == 5 && s == 'A'", KqlSyntaxError, "Expected 'and'"),
        ("count()", KqlSyntaxError, "takes no parentheses"),
        ("union kind=foo D", KqlSemanticError, "no union of kind 'foo'"),
        ("summarize buildschema(d)", KqlUnsupportedError, r"the aggregate buildschema\(\)"),
        ("reduce by s", KqlUnsupportedError, "the operator reduce"),
        ("assert-schema s", KqlSyntaxError, r"Expected '\('"),
    ],
)
async def test_what_is_refused(opened: Opener, query: str, error: type[KqlError], message: str) -> None:
    with pytest.raises(error, match=message):
        await rows(await opened(), f"{DATA} {query}")


async def test_a_column_that_a_union_keeps_apart_by_type_is_told(opened: Opener) -> None:
    kql = "union (print A = 1, B = 1), (print A = 'x', T_CL = 2), (print T_CL = '') | where {} == 1"
    for name in ("A", "T_CL"):
        with pytest.raises(KqlSemanticError, match=f"There is no column '{name}': the tables") as caught:
            await rows(await opened(), kql.format(name))
        assert f"{name}_long" in caught.value.hint
        assert f"{name}_string" in caught.value.hint
    with pytest.raises(KqlSemanticError, match="There is no column 'C'"):
        await rows(await opened(), kql.format("C"))


@pytest.mark.parametrize(
    ("left", "right"), [("int(1)", "long(1)"), ("dynamic('a')", "dynamic('a')"), ("'a'", "dynamic('a')")]
)
async def test_lookup_leaves_its_key_out_whatever_its_type(opened: Opener, left: str, right: str) -> None:
    kql = f"print k={left}, x=1 | lookup (print k={right}, y=2) on k"
    backend = await opened()
    assert list(await columns(backend, kql)) == ["k", "x", "y"]
    assert [row[1:] for row in await rows(backend, kql)] == [(1, 2)]
