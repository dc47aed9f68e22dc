"""Functions that a folder holds, in every form that analysts keep them in, and how queries call them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.errors import KqlError, KqlSemanticError
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, rows

FILES = {
    "functions/top.kql": '.create-or-alter function with (folder="x", docstring="The first rows")\n'
    "top_rows(n:long=1) {\n  T | sort by b asc | take n\n}",
    "functions/chain.kql": "(x:string) {\n  top_rows(5)\n  | where a == x\n  | extend z = nosuch\n}",
    "functions/deep.kql": "(x:string) { chain(x) | count }",
    "functions/scaled.kql": "(x:long, y:long=10) { let k = 2; x * k + y }",
    "functions/larger.kql": "let larger = (R:(b:long), s:string='q') { R | where b > 1 | extend s };",
    "functions/sub/exactly.csl": "declare query_parameters(n:long=1);\nT | where b == n",
    "functions/missing.kql": "Nothing | take 1",
    "functions/T_only.kql": "T | project a",
    "functions/saved.json": '{"value": [{"properties": {"functionAlias": "two", "functionParameters": "m:int=2", '
    '"query": "T | take m"}}, {"properties": {"query": "T", "displayName": "a search, no function"}}]}',
    "Parsers/ASimThing/Parsers/vimThing.yaml": """
Parser:
  Title: Things
Description: |
  Things, filtered.
ParserName: vimThing
EquivalentBuiltInParser: "_Im_Thing "
ParserParams:
  - Name: thing_has
    Type: string
    Default: '*'
  - Name: any_of
    Type: dynamic
    Default: dynamic([])
  - Name: disabled
    Type: bool
    Default: false
ParserQuery: |
  let parser = (thing_has:string='*', any_of:dynamic=dynamic([]), disabled:bool=false) {
    T | where not(disabled)
    | where (thing_has == '*' or a has thing_has) and (array_length(any_of) == 0 or a in (any_of))
    | project Thing = a, DvcId = _ResourceId // a comment
  };
  parser(thing_has, any_of, disabled)
#trigger
""",
    "Parsers/ASimThing/Parsers/imThing.yaml": """
ParserName: imThing
EquivalentBuiltInParser: _Im_AllThings
ParserParams:
  - {Name: thing_has, Type: string, Default: '*'}
  - {Name: pack, Type: bool, Default: false}
ParserQuery: |
  let Generic=(thing_has:string='*', pack:bool=false) {
    let Disabled=materialize(_GetWatchlist('ASimDisabledParsers') | where SearchKey in ('Any', 'ExcludeimThing')
      | extend SourceSpecificParser=column_ifexists('SourceSpecificParser','') | distinct SourceSpecificParser);
    let Off=toscalar('ExcludeimThingBuiltIn' in (Disabled) or 'Any' in (Disabled));
    union isfuzzy=true
      vimThing(thing_has, disabled=(Off or ('ExcludevimThing' in (Disabled))))
      , vimThingOther(Off), vimThingEmpty
  };
  Generic(thing_has=thing_has, pack=pack)
""",
    "Parsers/ASimThing/Parsers/vimThingEmpty.yaml": """
ParserName: vimThingEmpty
ParserQuery: |
  let Empty=datatable(Thing:string, DvcId:string, Count:int)[];
  Empty
""",
    "ASIM/lib/functions/resolve.yaml": """
FunctionName: Resolve
EquivalentBuiltInFunction: _Resolve
FunctionParams:
  - Name: T:(b:long)
    Type: table
  - Name: field
    Type: string
FunctionQuery: |
  T | extend Resolved = toupper(column_ifexists(field, ''))
""",
}


@pytest.fixture
async def backend(folder: Path, kept_open: Opener) -> EmbeddedBackend:
    (folder / "T.csv").write_text("a,b\nx,1\ny,2\n")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return await kept_open()


@pytest.mark.parametrize(
    ("kql", "wanted"),
    [
        ("top_rows | project a", [("x",)]),
        ("top_rows() | project a", [("x",)]),
        ("top_rows(2) | count", [(2,)]),
        ("top_rows(n=2) | count", [(2,)]),
        ("print scaled(1), scaled(1, y=2), scaled(y=0, x=3)", [(12, 4, 6)]),
        ("T | extend c = scaled(b) | project c", [(12,), (14,)]),
        ("T | invoke larger('z') | project a, s", [("y", "z")]),
        ("larger(T) | project a, s", [("y", "q")]),
        ("larger((T | extend k = 5)) | project a, k", [("y", 5)]),
        ("exactly | project a", [("x",)]),
        ("exactly(2) | project a", [("y",)]),
        ("two(1) | count", [(1,)]),
        ("vimThing(thing_has='y') | project Thing", [("y",)]),
        ("_Im_Thing(any_of=dynamic(['x'])) | project Thing", [("x",)]),
        ("_Im_Thing | count", [(2,)]),
        ("vimThing(disabled=true) | count", [(0,)]),
        ("imThing | sort by Thing asc | project Thing", [("x",), ("y",)]),
        ("_Im_AllThings(thing_has='y') | project Thing, Count", [("y", None)]),
        ("let v = view () { T | take 1 }; let w = () { T }; union * | count", [(3,)]),
        ("let v = view () { T | where b == 2 | extend Type = 'q' }; search 'q' | project $table, a", [("v", "y")]),
        ("T | invoke _Resolve('a') | project a, Resolved", [("x", "X"), ("y", "Y")]),
        ("T | join kind=inner (top_rows) on a | project a", [("x",)]),
        ("union T_only, (top_rows(1) | project a) | count", [(3,)]),
        ("T | where a in (top_rows | project a) | project a", [("x",)]),
        ("let top_rows = (n:long) { T | where b == n }; top_rows(2) | project a", [("y",)]),
        ("let n = 7; let a = 'q'; top_rows | project a", [("x",)]),
        ("union isfuzzy=true T_only, missing, nowhere, nofunction(1) | count", [(2,)]),
    ],
)
async def test_calls(backend: EmbeddedBackend, kql: str, wanted: list[tuple[object, ...]]) -> None:
    assert sorted(await rows(backend, kql)) == sorted(wanted)


async def test_a_function_hides_a_table_of_its_name(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n2\n")
    (folder / "functions").mkdir()
    (folder / "functions" / "T.kql").write_text("table('T') | where a == 2")
    backend = await opened()
    assert await rows(backend, "T | project a") == [(2,)]
    assert await rows(backend, "table('T') | count") == [(2,)]


async def test_functions_are_listed_with_their_parameters(backend: EmbeddedBackend) -> None:
    listed = {function.name: function for function in await backend.functions()}
    assert listed["top_rows"].parameters == "(n:long=1)"
    assert listed["top_rows"].description == "The first rows"
    assert listed["vimThing"].parameters == '(thing_has:string="*", any_of:dynamic=dynamic([]), disabled:bool=false)'
    assert listed["_Im_Thing"].description == "Things, filtered."
    assert listed["larger"].parameters == "(R:(b:long), s:string)"
    assert listed["exactly"].parameters == "(n:long=1)"
    assert not any("Parsers" in notice or "functions" in notice for notice in backend.info.notices)


@pytest.mark.parametrize(
    ("kql", "said", "column"),
    [
        ("T | where b == 1;  chain('x')", "In the function chain, line 4: There is no column 'nosuch'.", 19),
        ("deep('x')", "In the function deep > chain, line 4: There is no column 'nosuch'.", 0),
        ("T | join (missing) on a", "In the function missing, line 1: There is no table 'Nothing'.", 10),
        ("print x = scaled('1')", "scaled() takes a long for 'x', and this is a string.", 17),
        ("print x = scaled()", "scaled() lacks its argument 'x'.", 10),
        ("top_rows(1, 2)", "top_rows() takes 1 argument at most.", 12),
        ("top_rows(1, n=2)", "top_rows() is given 'n' twice.", 12),
        ("top_rows(m=1)", "There is no parameter 'm'.", 9),
        ("vimThin()", "There is no function 'vimThin'.", 0),
        ("T | invoke vimThin()", "There is no function 'vimThin'.", 11),
        ("T | project a | invoke larger()", "The table for 'R' lacks the column 'b'.", 23),
    ],
)
async def test_mistakes_point_at_the_call(backend: EmbeddedBackend, kql: str, said: str, column: int) -> None:
    with pytest.raises(KqlError) as caught:
        await rows(backend, kql)
    assert caught.value.message == said
    assert caught.value.query == kql
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (1, column)


async def test_a_fuzzy_union_says_what_it_left_out(backend: EmbeddedBackend) -> None:
    answer = await backend.run(QueryRequest("union isfuzzy=true T_only, missing, chain('x')", now=NOW))
    assert answer.status == "partial"
    assert answer.reasons == (
        "A leg of a fuzzy union is left out. In the function chain, line 4: There is no column 'nosuch'.",
    )
    assert "missing" in str(answer.statistics["warnings"])
    with pytest.raises(KqlSemanticError, match="nosuch"):
        await rows(backend, "union isfuzzy=true T_only, (T | extend z = nosuch)")
    with pytest.raises(KqlSemanticError, match="No table of this union"):
        await rows(backend, "union isfuzzy=true missing, nowhere")


async def test_a_published_column_that_the_export_lacks_is_told(backend: EmbeddedBackend) -> None:
    answer = await backend.run(QueryRequest("vimThing", now=NOW))
    assert answer.status == "partial"
    assert answer.reasons == ("T lacks the column _ResourceId, which is read as empty.",)
    answer = await backend.run(QueryRequest("vimThing | project Thing", now=NOW))
    assert answer.status == "complete"
    with pytest.raises(KqlSemanticError, match="_ResourceId"):
        await rows(backend, "T | project _ResourceId")


async def test_files_that_are_no_functions_are_left_out_with_a_notice(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    outside = folder.parent / "secret.kql"
    outside.write_text("T | count")
    place = folder / "functions"
    place.mkdir()
    (place / "wrong.kql").write_text("T\n| wher a")
    (place / "strlen.kql").write_text("T")
    (place / "no name.kql").write_text("T")
    (place / "only_bound.kql").write_text("let x = 1;")
    (place / "bytes.kql").write_bytes(b"T | where a == '\xff'")
    (place / "broken.yaml").write_text("ParserName: [")
    (place / "deep.yaml").write_text("[" * 100_000)
    (place / "params.yaml").write_text("ParserName: p\nParserQuery: T\nParserParams: 5\n")
    (place / "other.yaml").write_text("name: a detection rule\nquery: T\n")
    (place / "broken.json").write_text("{")
    (place / "a.kql").write_text("T | take 1")
    (place / "b.kql").write_text(".create function a() { T | take 2 }")
    (place / "link.kql").symlink_to(outside)
    (folder / "workspace.json").write_text('{"functions": {"f": "../secret.kql", "g": "named.kql"}}')
    (folder / "named.kql").write_text("(n:int=1) { T | take n }")
    backend = await opened()
    assert [function.name for function in await backend.functions()] == ["a", "g"]
    told = "\n".join(backend.info.notices)
    for part in (
        "functions/wrong.kql is left out: line 2: There is no operator 'wher'.",
        "functions/strlen.kql: the function strlen is left out: KQL has one of that name.",
        "functions/no name.kql: the function no name is left out: its name is no name of KQL.",
        "functions/only_bound.kql is left out",
        "functions/bytes.kql is left out: its text is not UTF-8.",
        "functions/broken.yaml is left out: it is not YAML.",
        "functions/deep.yaml is left out: it is not YAML.",
        "functions/params.yaml is left out: its parameters are no list.",
        "functions/broken.json is left out: it is not JSON.",
        "Functions that an earlier file already gives are left out: a (functions/b.kql).",
        "1 links among the functions are left out.",
        "../secret.kql, named for the function f, is not a file of the folder.",
    ):
        assert part in told


@pytest.mark.parametrize("key", ["Name", "Type", "Default"])
async def test_yaml_whose_aliases_grow_without_end(folder: Path, opened: Opener, key: str) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    (folder / "functions").mkdir()
    levels = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30))]
    parameter = {"Name": "n", "Type": "string", "Default": "x", key: "*a29"}
    written = "\n   ".join(f"{name}: {value}" for name, value in parameter.items())
    text = "\n".join([*levels, "ParserName: bomb", "ParserQuery: T", "ParserParams:", f" - {written}\n"])
    (folder / "functions" / "bomb.yaml").write_text(text)
    backend = await opened()
    assert not await backend.functions()
    assert "bomb.yaml is left out: a parameter lacks its Name or Type" in "\n".join(backend.info.notices)


async def test_recursion_and_endless_growth_are_refused(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    place = folder / "functions"
    place.mkdir()
    (place / "one.kql").write_text("two")
    (place / "two.kql").write_text("one | count")
    (place / "f0.kql").write_text("T")
    for number in range(1, 18):
        (place / f"f{number}.kql").write_text(f"union f{number - 1}, f{number - 1}")
    backend = await opened()
    with pytest.raises(KqlSemanticError, match=r"one > two, line 1: The function one calls itself"):
        await rows(backend, "one")
    with pytest.raises(KqlError, match=r"calls of functions|nested that deep"):
        await rows(backend, "f17")
    with pytest.raises(KqlSemanticError, match="The function f calls itself"):
        await rows(backend, "let f = (n:int) { f(n) }; f(1)")


async def test_a_body_that_is_read_late_is_told_where_it_is_called(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    (folder / "functions").mkdir()
    # A collection larger than what is checked while the folder opens.
    (folder / "functions" / "a.yaml").write_text(f"FunctionName: a\nFunctionQuery: 'T // {'x' * 210_000}'\n")
    (folder / "functions" / "b.yaml").write_text("FunctionName: b\nFunctionQuery: |\n  T\n  | wher a\n")
    backend = await opened()
    assert await rows(backend, "a | count") == [(1,)]
    with pytest.raises(KqlSemanticError, match=r"b \(functions/b.yaml, line 2\) cannot be read.*no operator 'wher'"):
        await rows(backend, "b")


async def test_a_watchlist_of_published_parsers_may_be_missing(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a,b\nx,1\n")
    for name in ("imThing", "vimThing", "vimThingEmpty"):
        path = folder / f"Parsers/ASimThing/Parsers/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[f"Parsers/ASimThing/Parsers/{name}.yaml"])
    backend = await opened()
    answer = await backend.run(QueryRequest("imThing | project Thing", now=NOW))
    assert answer.status == "complete"
    assert "no parser is disabled" in str(answer.statistics["warnings"])
    answer = await backend.run(QueryRequest("_GetWatchlist('ASimSourceType') | count", now=NOW))
    assert answer.status == "partial"
    (folder / "watchlist_ASimDisabledParsers.csv").write_text(
        "SearchKey,SourceSpecificParser\nExcludeimThing,ExcludevimThing\n"
    )
    again = await opened()
    assert await rows(again, "imThing | count") == [(0,)]
