"""``parse-kv`` by a regular expression; its documented examples are in test_documented.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlError, KqlSemanticError, KqlUnsupportedError

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


async def test_the_first_pair_of_a_key_counts(opened: Opener) -> None:
    pairs = "print s='<a = 1> < b=two > <a=3>'"
    regex = r"@'<([^=>]*)=([^>]*)>'"
    kql = f"{pairs} | parse-kv s as (a:long, b:string, c:string, d:long) with (regex={regex})"
    assert await rows(await opened(), f"{kql} | project a, b, c, d") == [(1, "two", "", None)]


@pytest.mark.parametrize(
    ("properties", "error"),
    [
        ("regex='(a)=b'", KqlSemanticError),
        ("regex='(a)(b)(c)'", KqlSemanticError),
        ("regex='(a)(?=b)(c)'", KqlSemanticError),
        ("regex='(a)=(b)', quote='x'", KqlSemanticError),
        ("regex='(a)=(b'", KqlError),
        ("quote='x'", KqlUnsupportedError),
    ],
)
async def test_what_is_refused(opened: Opener, properties: str, error: type[KqlError]) -> None:
    with pytest.raises(error):
        await rows(await opened(), f"print s='a=b' | parse-kv s as (a:string) with ({properties})")
