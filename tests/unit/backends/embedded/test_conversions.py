"""From type to type: what a text, a dynamic or a number is read as, and what it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError

from .asking import Opener, columns, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


TEXTS = 'datatable(s:string)["abc", "1_0", "1.9", "0x1F", " 7 ", "1,5", ""] | '


async def test_numbers_from_texts(opened: Opener) -> None:
    kql = TEXTS + "project tolong(s), toreal(s), todecimal(s), tobool(s)"
    assert await rows(await opened(), kql) == [
        (None, None, None, None),
        (None, None, None, None),
        (None, 1.9, "1.9", None),
        (31, None, None, None),
        (7, 7.0, "7", True),
        (None, None, None, None),
        (None, None, None, None),
    ]


async def test_a_real_becomes_the_decimal_that_it_shows(opened: Opener) -> None:
    kql = "print x = 1.1, y = 1e-7 | project todecimal(x), todecimal(y), todecimal(2.5)"
    assert await rows(await opened(), kql) == [("1.1", "0.0000001", "2.5")]


async def test_a_text_that_is_no_json_is_itself(opened: Opener) -> None:
    backend = await opened()
    kql = (
        'datatable(s:string)["abc", "[1,2", "NaN", "-Infinity", "null", "1"] '
        '| project tostring(parse_json(s)), parse_json(s) == "abc", gettype(parse_json(s)), strlen(parse_json(s))'
    )
    assert await rows(backend, kql) == [
        ("abc", True, "string", 3),
        ("[1,2", False, "string", 4),
        ("NaN", False, "string", 3),
        ("-Infinity", False, "string", 9),
        ("", False, "null", 0),
        ("1", False, "long", 1),
    ]
    assert await rows(backend, "print s = 'abc' | project parse_json(s).a, parse_json(s)[0]") == [(None, None)]


async def test_durations_from_texts_are_the_same_in_a_column_and_as_a_constant(opened: Opener) -> None:
    backend = await opened()
    texts = ["1d", "5", "1.5h", "-3m", "2.03:04:05.6", "1:2", "abc", "1.2.3", ""]
    listed = ", ".join(f"'{text}'" for text in texts)
    computed = await rows(backend, f"datatable(s:string)[{listed}] | project totimespan(s)")
    constant = [(await rows(backend, f"print totimespan('{text}')"))[0] for text in texts]
    assert computed == constant
    assert [row is not None for (row,) in computed] == [True, True, True, True, True, True, False, False, False]
    assert await columns(backend, "print totimespan(dynamic('1h'))") == {"print_0": "timespan"}


async def test_dynamics_are_compared_as_what_they_are_compared_with(opened: Opener) -> None:
    kql = (
        'datatable(d:dynamic)[dynamic(9007199254740993), dynamic(1.5), dynamic("1_0"), dynamic("yes"), dynamic(true)] '
        "| project d == 9007199254740992, d == 9007199254740993, d > 1, d == 10, d == true"
    )
    assert await rows(await opened(), kql) == [
        (False, True, True, False, True),
        (False, False, True, False, False),
        (False, False, None, False, False),
        (False, False, None, False, False),
        (False, False, None, False, True),
    ]


async def test_arrays_with_what_is_no_number_or_no_array(opened: Opener) -> None:
    kql = (
        'print a = dynamic([1, "2"]), n = dynamic(null), s = parse_json("abc") | project array_sum(a), '
        "array_sum(dynamic([1, 2.5])), array_concat(dynamic([1]), n), array_concat(dynamic([1]), dynamic(null)), "
        "array_length(s), array_slice(s, 0, 1), repeat(1, -1), repeat(1, 0)"
    )
    assert await rows(await opened(), kql) == [(None, 3.5, [1], [1], None, None, None, [])]


@pytest.mark.parametrize(
    ("kql", "said"),
    [
        ("print bin(datetime(2026-01-01), '1h')", "the size has to be a duration"),
        ("datatable(s: string)['1h'] | extend bin(datetime(2026-01-01), s)", "the size has to be a duration"),
        ("print bin_at(datetime(2026-01-01), 1h, 5)", "cannot be counted from a long"),
        ("print bin_at(5, 2, datetime(2026-01-01))", "cannot be counted from a datetime"),
        ("datatable(n: long)[1] | extend round(decimal(1.55), n)", "fixed number of digits"),
        ("print has_any_ipv4('1.2.3.4', 5)", "here is a long"),
        ("print ipv6_is_in_any_range('::1', 5)", "here is a long"),
        ("datatable(z: string)['Nowhere/X'] | extend datetime_utc_to_local(datetime(2026-01-01), z)", "Nowhere/X"),
    ],
)
async def test_types_that_do_not_fit_are_the_querys_fault(opened: Opener, kql: str, said: str) -> None:
    backend = await opened()
    with pytest.raises(KqlSemanticError, match=said):
        await rows(backend, kql)
