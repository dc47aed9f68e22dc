"""``parse-kv``; its documented examples are in test_documented.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlError, KqlSemanticError

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_the_first_pair_of_a_key_counts(opened: Opener) -> None:
    pairs = "print s='<a = 1> < b=two > <a=3>'"
    regex = r"@'<([^=>]*)=([^>]*)>'"
    kql = f"{pairs} | parse-kv s as (a:long, b:string, c:string, d:long) with (regex={regex})"
    assert await rows(await opened(), f"{kql} | project a, b, c, d") == [(1, "two", "", None)]


@pytest.mark.parametrize(
    ("text", "columns", "properties", "want"),
    [
        (
            "a=1,b=2, a=3 ,c = x y ,d",
            "a:long, b:long, c:string, d:string",
            "pair_delimiter=',', kv_delimiter='='",
            (1, 2, "x y", ""),
        ),
        (
            'a="x, b=5",b=7,"c d"=9',
            "a:string, b:long, ['c d']:long",
            """pair_delimiter=',', kv_delimiter='=', quote='"'""",
            ("x, b=5", 7, 9),
        ),
        (
            "a=<p,q>,b=[r,s],c=don[t",
            "a:string, b:string, c:string",
            "pair_delimiter=',', kv_delimiter='=', quote='<>', quote='[]'",
            ("p,q", "r,s", "don[t"),
        ),
        (
            "a='p^'q^^',b='open",
            "a:string, b:string",
            """pair_delimiter=',', kv_delimiter='=', quote="'", escape='^'""",
            ("p'q^", "'open"),
        ),
        ("a:=1&&b:=2&c", "a:long, b:string", "pair_delimiter='&&', kv_delimiter=':='", (1, "2&c")),
        (
            "name: Ann Lee city: New York",
            "name:string, city:string",
            "pair_delimiter=' ', kv_delimiter=':', greedy=true",
            ("Ann Lee", "New York"),
        ),
        ("name: Ann Lee city: New York", "name:string, city:string", "pair_delimiter=' ', kv_delimiter=':'", ("", "")),
        (
            "[x] Id:45, Host = Node1; Text: up",
            "Id:long, Host:string, Text:string, None:string",
            "",
            (45, "Node1", "up", ""),
        ),
        ("MyId:1 Id:2", "Id:long", "", (2,)),
        ("Text: 'it is up' Id:3", "Text:string, Id:long", 'quote="\'"', ("it is up", 3)),
    ],
)
async def test_pairs(opened: Opener, text: str, columns: str, properties: str, want: tuple[object, ...]) -> None:
    quoted = text.replace("'", "\\'")
    with_clause = f" with ({properties})" if properties else ""
    kql = f"print s='{quoted}' | parse-kv s as ({columns}){with_clause} | project-away s"
    assert await rows(await opened(), kql) == [want]


@pytest.mark.parametrize(
    ("properties", "error"),
    [
        ("regex='(a)=b'", KqlSemanticError),
        ("regex='(a)(b)(c)'", KqlSemanticError),
        ("regex='(a)(?=b)(c)'", KqlSemanticError),
        ("regex='(a)=(b)', quote='x'", KqlSemanticError),
        ("regex='(a)=(b'", KqlError),
        ("quote='xyz'", KqlSemanticError),
        ("escape='xy'", KqlSemanticError),
        ("kv_delimiter='='", KqlSemanticError),
        ("pair_delimiter=',', kv_delimiter='=', pair_delimiter=';'", KqlSemanticError),
        ("pair_delimiter=',', kv_delimiter='=', greedy=1", KqlSemanticError),
        ("pair_delimitr=','", KqlSemanticError),
    ],
)
async def test_what_is_refused(opened: Opener, properties: str, error: type[KqlError]) -> None:
    with pytest.raises(error):
        await rows(await opened(), f"print s='a=b' | parse-kv s as (a:string) with ({properties})")
