"""Functions on text, where the documented examples say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.computed.searches import index_of, replace_all
from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


def test_what_was_replaced_is_not_replaced_again() -> None:
    assert replace_all("abc", ["a", "b"], ["b", "c"]) == "bcc"
    assert replace_all("aaa", ["aa", "a"], ["x", "y"]) == "xy"
    assert replace_all("ab", ["", 1, "b"], ["x", "y", "z"]) == "az"


def test_places() -> None:
    assert index_of("abcabc", "c", 0, -1, 2) == 5
    assert index_of("abcabc", "c", -2, -1, 1) == 5
    assert index_of("abcabc", "a", -99, -1, 1) == 0
    assert index_of("abc", "a", 0, -2, 1) is None
    assert index_of("abc", "a", 0, -1, 0) == -1
    assert index_of("abc", "a", None, -1, 1) is None


async def test_in_queries(opened: Opener) -> None:
    backend = await opened()
    kql = "print t = 'añb.b' | project indexof(t, 'b', -1), indexof(t, 'b', 3), indexof(t, 'x', 1), indexof('', t, 2)"
    assert await rows(backend, kql) == [(4, 4, -1, -1)]
    kql = (
        r"print t = 'a1b22' | project indexof_regex(t, @'\d+', 0, -1, 2), indexof_regex(t, '^a', 1), "
        r"regex_quote('a-b c\\')"
    )
    assert await rows(backend, kql) == [(3, -1, r"a\-b c\\")]


@pytest.mark.parametrize(
    ("kql", "error"),
    [
        ("print indexof('aaaa', 'aa', 0, -1, 2)", KqlUnsupportedError),
        ("print t = 'ab' | project indexof('aaaa', t, 0, -1, 2)", KqlUnsupportedError),
        ("print indexof_regex('abcabc', 'a', 0, 2, 2)", KqlSemanticError),
        ("print replace_strings('a', dynamic(['a']), dynamic([]))", KqlSemanticError),
        ("print make_string(1.5)", KqlSemanticError),
    ],
)
async def test_what_is_not_documented_or_wrong_is_told(opened: Opener, kql: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await rows(await opened(), kql)


async def test_delimiters_may_be_columns(opened: Opener, folder: Path) -> None:
    (folder / "S_CL.csv").write_text("a,b\n1,-\n")
    query = (
        "S_CL | project strcat_array(dynamic(['p', 1, null]), b), strrep(b, 2, b), strrep('x', 0, b), strrep('x', 1, b)"
    )
    assert await rows(await opened(), query) == [("p-1-", "---", "", "x")]
