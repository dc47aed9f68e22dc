"""What published detection and hunting queries need of the engine, and what other tests do not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from .asking import Opener, columns, rows


@pytest.fixture(autouse=True)
def _a_table(folder: Path) -> None:
    (folder / "T.csv").write_text("A\n1\n")


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_parse_takes_more_than_nine_columns(opened: Opener) -> None:
    names = [f"C{place}" for place in range(12)]
    pattern = " ".join(f"'<{place}>' {name}" for place, name in enumerate(names))
    text = "".join(f"<{place}>value{place}" for place in range(12))
    found = await rows(await opened(), f"print T='{text}' | parse T with {pattern} | project-away T")
    assert found == [tuple(f"value{place}" for place in range(12))]


@pytest.mark.parametrize("zone", ["+0330", " +0330", "+03:30"])
@pytest.mark.parametrize("after", ['"]" rest', '"]" *', "* ']' rest"])
async def test_parse_takes_a_time_with_the_zone_that_logs_write(opened: Opener, zone: str, after: str) -> None:
    kql = f"print T = 'a [2019-01-22 03:54:16{zone}] b' | parse T with 'a [' t:datetime {after} | project t"
    assert await rows(await opened(), kql) == [("2019-01-22T00:24:16Z",)]


async def test_a_zone_behind_a_blank_is_read_in_columns_too(opened: Opener) -> None:
    texts = [
        "2019-01-22 03:54:16 +0330",
        "2019-01-22 03:54:16.1234567 Z",
        " 2019-01-22 03:54 +03:30 ",
        "2019-02-30 +0100",
    ]
    backend = await opened()
    listed = ", ".join(f"'{text}'" for text in texts)
    in_column = [moment for (moment,) in await rows(backend, f"datatable(x: string)[{listed}] | project todatetime(x)")]
    assert in_column == ["2019-01-22T00:24:16Z", "2019-01-22T03:54:16.1234567Z", "2019-01-22T00:24:00Z", None]
    constant = ", ".join(f"todatetime('{text}')" for text in texts)
    assert await rows(backend, f"print {constant}") == [tuple(in_column)]


async def test_parse_takes_no_number_behind_a_time_for_its_zone(opened: Opener) -> None:
    kql = "print T = '2019-01-22 -1234 2019-01-22 03:54:16 -5' | parse T with a:datetime ' -1234 ' b:datetime ' -5'"
    assert await rows(await opened(), f"{kql} | project a, b") == [("2019-01-22T00:00:00Z", "2019-01-22T03:54:16Z")]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [("true == 1", True), ("false == 0", True), ("true == 0", False), ("true != 1", False), ("1 == true", True)],
)
async def test_a_bool_compares_with_a_number(opened: Opener, condition: str, wanted: bool) -> None:
    assert await rows(await opened(), f"print {condition}") == [(wanted,)]


async def test_a_null_bool_is_no_number(opened: Opener) -> None:
    assert await rows(await opened(), "print bool(null) == 0, bool(null) != 0") == [(False, True)]


async def test_a_regular_expression_may_name_its_groups(opened: Opener) -> None:
    pattern = "'(?<key>user)=(?<value>.*)'"
    query = f"print 'user=eve' matches regex {pattern}, extract({pattern}, 2, 'user=eve')"
    assert await rows(await opened(), query) == [(True, "eve")]


async def test_a_chart_may_name_its_columns_after_by(opened: Opener) -> None:
    answer = await opened()
    assert await rows(answer, "T | summarize Rows=count() by A | render piechart by Rows") == [(1, 1)]


async def test_extract_takes_a_group_beyond_nine(opened: Opener) -> None:
    pattern = "".join(f"({letter})" for letter in "abcdefghijkl")
    assert await rows(await opened(), f"print extract('{pattern}', 11, 'abcdefghijkl')") == [("k",)]


async def test_parse_json_takes_a_dynamic_as_it_is(opened: Opener) -> None:
    text = """let d='{"a":123, "b":"{\\\\"c\\\\":456}"}'; """
    backend = await opened()
    query = text + "print parse_json(parse_json(d).b).c, parse_json(tostring(parse_json(d).b)).c"
    assert await rows(backend, query) == [(None, 456)]


NULLS = "datatable(A:long, S:string)[1,'a', 2,'b', long(null),'', 3,'a b']"


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("A == 1", [1]),
        ("not(A == 1)", [2, None, 3]),
        ("A != 1", [2, None, 3]),
        ("A == 1 or S == 'b'", [1, 2]),
        ("not(A == 1 or S == 'b')", [None, 3]),
        ("A in (1, 3)", [1, 3]),
        ("A !in (1, 3)", [2, None]),
        ("not(A in (1, 3)) and isempty(S)", [None]),
        ("(A == 1) == false", [2, None, 3]),
        ("iff(A == 1, false, true)", [2, None, 3]),
        ("A in ((datatable(B:long)[1, long(null)]))", [1]),
        ("not(A in ((datatable(B:long)[1, long(null)])))", [2, None, 3]),
        ("S has_any ('b', 'zzz')", [2, 3]),
        ("tostring(split(S, ' ')[1]) == 'b'", [3]),
        ("isnull(split(S, ' ')[1])", [1, 2, None]),
        ("tostring(split(S, ' ')[1]) == ''", [1, 2, None]),
    ],
)
async def test_conditions_and_nulls(opened: Opener, condition: str, wanted: list[object]) -> None:
    found = await rows(await opened(), f"{NULLS} | where {condition} | project A")
    assert [row[0] for row in found] == wanted


async def test_bins_of_times_before_1970_and_at_the_first_moment(opened: Opener) -> None:
    query = (
        "print tostring(bin(datetime(1969-12-31 23:59:59), 1d)), tostring(bin(datetime(0001-01-01), 7d)), "
        "tostring(bin(datetime(2019-02-18 15:29:22.1234567), 1tick))"
    )
    assert await rows(await opened(), query) == [
        ("1969-12-31T00:00:00.0000000Z", "0001-01-01T00:00:00.0000000Z", "2019-02-18T15:29:22.1234567Z")
    ]


async def test_aggregates_of_computed_arrays(opened: Opener) -> None:
    table = "datatable(A:string, B:string, K:long)['x','y',1, 'z','',1, 'x','',2]"
    query = (
        f"{table} | summarize S = make_set(set_difference(pack_array(A, B), dynamic(['']))), "
        "N = countif(array_length(set_union(pack_array(A), pack_array(B))) > 1) by K | order by K asc | project S, N"
    )
    assert await rows(await opened(), query) == [(["x", "y", "z"], 2), (["x"], 1)]


async def test_a_name_that_one_side_of_a_join_has_stays(opened: Opener) -> None:
    query = "let A = datatable(K:int, X:int)[1, 2]; A | join kind=inner (A | extend X1 = 3) on K"
    assert list(await columns(await opened(), query)) == ["K", "X", "K1", "X2", "X1"]


async def test_words_for_truth_in_their_three_spellings(opened: Opener) -> None:
    backend = await opened()
    assert await rows(backend, "print True, FALSE, tostring(dynamic([TRUE, False])), true == TRUE") == [
        (True, False, "[true,false]", True)
    ]
    assert await rows(backend, "union isfuzzy=True T, NoSuchTable | count") == [(1,)]


async def test_adjacent_texts_in_a_dynamic_are_one(opened: Opener) -> None:
    assert await rows(await opened(), """print dynamic(["a" 'b', "c"])""") == [(["ab", "c"],)]


@pytest.mark.parametrize("dot", ["", "."])
async def test_a_join_names_columns_in_brackets(opened: Opener, dot: str) -> None:
    left, right = f"$left{dot}['a (b)']", f'$right{dot}["c d"]'
    query = f"print ['a (b)']=1, x=2 | join kind=inner (print ['c d']=1, y=3) on {left} == {right} | project x, y"
    assert await rows(await opened(), query) == [(2, 3)]
