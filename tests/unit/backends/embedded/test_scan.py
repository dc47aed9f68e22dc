"""``scan``; its documented examples are in test_documented.py."""

from __future__ import annotations

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.failures import query_problem
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.errors import KqlSemanticError, KqlSyntaxError, KqlUnsupportedError, SentinelError

HOUR = 36_000_000_000


def ask(execution: Execution, kql: str) -> list[tuple[object, ...]]:
    """The rows, in order."""
    statement = translate(kql, {}, None, None, 0, execution.rows).statements[0]
    try:
        return execution.rows(statement.sql)
    except duckdb.Error as error:
        raise query_problem(error, kql) from error


def test_sessions_of_each_user(execution: Execution) -> None:
    kql = """
    datatable(at:datetime, user:int, event:string) [
        datetime(2024-05-28 08:15:23), 1, 'login', datetime(2024-05-28 08:30:15), 2, 'login',
        datetime(2024-05-28 12:30:45), 1, 'logout', datetime(2024-05-28 11:45:32), 2, 'logout',
        datetime(2024-05-28 13:00:00), 1, 'logout'
    ]
    | partition hint.strategy=native by user (
        sort by at asc
        | scan with_match_id=m declare (start:datetime, length:timespan) with (
            step s1 output=none: event == 'login' => start = at;
            step s2: event == 'logout' => start = s1.start, length = at - s1.start;
        )
    )
    | project user, length, m
    """
    wanted = [(1, 4 * HOUR + 922 * 10**7 // 1, 0), (1, 4 * HOUR + 2677 * 10**7, 0), (2, 3 * HOUR + 917 * 10**7, 0)]
    assert sorted(ask(execution, kql)) == wanted


def test_only_the_last_of_repeated_matches(execution: Execution) -> None:
    kql = """
    datatable(x:long)[1, 2, 3, 10, 11, 4, 5, 20]
    | scan with_match_id=m declare (a:real, b:string='q') with (
        step s1 output=last: x < 10 => a = 1.5;
        step s2 output=last: x >= 10 => b = strcat('v', s1.b, s2.b);
    )
    """
    # A declared column that a step does not assign is its default, also in a state that is still empty.
    assert ask(execution, kql) == [(3, 1.5, "q", 0), (11, None, "vqvqq", 0), (5, 1.5, "q", 1), (20, None, "vqq", 1)]


def test_a_new_sequence_takes_the_place_of_one_in_a_later_step(execution: Execution) -> None:
    kql = """
    datatable(t:long, e:string)[1, 'S', 2, 'x', 3, 'S', 4, 'x', 5, 'E', 6, 'E']
    | scan with_match_id=m with (
        step s1: e == 'S';
        step s2: e == 'x' and t - s1.t <= 3;
        step s3: e == 'E' and t > s2.t and isnotnull(s1.t);
    )
    """
    assert ask(execution, kql) == [(1, "S", 0), (2, "x", 0), (3, "S", 1), (4, "x", 1), (5, "E", 1), (6, "E", 1)]


def test_values_of_every_type_pass_through_a_state(execution: Execution) -> None:
    kql = """
    datatable(n:long, g:guid, d:dynamic, b:bool, r:real, s:string, t:datetime) [
        1, guid(3f2504e0-4f89-11d3-9a0c-0305e82c3301), dynamic({"k": "ä\\u0001"}), true, 0.1, 'ö"\\'',
        datetime(2024-01-01),
        2, guid(null), dynamic(null), bool(null), real(nan), '', datetime(null)
    ]
    | scan declare (g2:guid, d2:dynamic, b2:bool, r2:real, s2:string, t2:datetime, n2:int=7) with (
        step a: true => g2 = a.g, d2 = a.d, b2 = a.b, r2 = a.r, s2 = a.s, t2 = a.t;
    )
    | project n, g2, d2, b2, r2, s2, t2, n2
    """
    guid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    first, second = ask(execution, kql)
    assert first == (1, None, None, None, None, "", None, 7)
    assert second == (2, guid, '{"k":"ä\\u0001"}', True, 0.1, "ö\"'", 17_040_672_000_000_000, 7)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("iff(s.x == 1, 'one', 'other')", ["other", "one", "other"]),
        ("case(isnull(s.x), 'none', s.x > 1, 'big', 'small')", ["none", "small", "big"]),
        ("strcat(s.y, y)", ["a", "ab", "bc"]),
        ("coalesce(s.a, y)", ["a", "a", "a"]),
    ],
)
def test_texts_of_a_state(execution: Execution, expression: str, wanted: list[str]) -> None:
    table = "datatable(x:long, y:string)[1, 'a', 2, 'b', 3, 'c']"
    kql = f"{table} | scan declare (a:string) with (step s: true => a = {expression};) | project a"
    assert [row[0] for row in ask(execution, kql)] == wanted


@pytest.mark.parametrize(
    ("kind", "expression", "wanted"),
    [
        ("long", "x * 2 + s.a - 1", [None, None, None]),
        ("long", "x * 2 + coalesce(s.a, 0)", [2, 6, 12]),
        ("real", "x / 2.0 + iff(isnull(s.x), 0, s.x)", [0.5, 2.0, 3.5]),
        ("bool", "x > s.x and s.x < 2", [None, True, False]),
        ("bool", "not(x between (s.x .. s.x)) or isempty(s.x)", [True, True, True]),
        ("bool", "s.x != 1", [True, False, True]),
        ("bool", "s.x == long(null)", [None, False, False]),
        ("datetime", "coalesce(s.a, datetime(1970-01-01)) + 1h", [HOUR, 2 * HOUR, 3 * HOUR]),
        ("timespan", "s.z + 1h * x", [None, 3 * HOUR, 5 * HOUR]),
        ("bool", "x > prev(x) or isnull(s.x)", [True, True, True]),
    ],
)
def test_numbers_and_times_of_a_state(execution: Execution, kind: str, expression: str, wanted: list[object]) -> None:
    table = "range x from 1 to 3 step 1 | extend z = x * 1h"
    kql = f"{table} | scan declare (a:{kind}) with (step s: true => a = {expression};) | project a"
    assert [row[0] for row in ask(execution, kql)] == wanted


@pytest.mark.parametrize(
    ("scan", "error", "message"),
    [
        ("scan with (step s: s2.x > 1; step s2: true;)", KqlSemanticError, "no column 's2'"),
        ("scan with (step s: true; step s: true;)", KqlSemanticError, "two steps 's'"),
        ("scan with (step s: true => b = 1;)", KqlSemanticError, "no declared column 'b'"),
        ("scan with (step s: s.q > 1;)", KqlSemanticError, "no column 'q'"),
        ("scan with (step s: x;)", KqlSemanticError, "condition is expected"),
        ("scan declare (a:string) with (step s: true => a = s.x;)", KqlSemanticError, "a string is expected"),
        ("scan declare (a:long=x) with (step s: true;)", KqlSemanticError, "no column 'x'"),
        ("scan declare (a:long='x') with (step s: true;)", KqlSemanticError, "constant long"),
        ("scan with (step s: s.x == tostring(x);)", KqlSemanticError, "not compared with a string"),
        ("scan with (step s: x / s.x > 1;)", KqlUnsupportedError, "long / long of a scan's state"),
        ("scan with (step s: tostring(s.x + x) == 'a';)", KqlUnsupportedError, "tostring.. of a scan's state"),
        ("scan with (step s: x > prev(s.x);)", KqlUnsupportedError, "a window function of a scan's state"),
        ("scan declare (a:decimal) with (step s: true;)", KqlUnsupportedError, "decimal in scan"),
        ("scan with (step s: true)", KqlSyntaxError, "Expected ';'"),
        ("scan with (step s output=some: true;)", KqlSyntaxError, "Expected 'all', 'last' or 'none'"),
        ("scan declare (a:long=9223372036854775807) with (step s: true => a = s.a + 1;)", SentinelError, "64 bits"),
        ("extend y = 1 | summarize by y | scan with (step s: true;)", KqlSemanticError, "rows in an order"),
    ],
)
def test_what_is_told_of_mistakes(execution: Execution, scan: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ask(execution, f"range x from 1 to 3 step 1 | {scan}")


@pytest.mark.parametrize(
    ("kind", "expression", "wanted"),
    [
        ("bool", "s.y has 'b' and x > 1", [False, False, True]),
        ("bool", "not(s.y has 'b')", [True, True, False]),
        ("string", "strcat(toupper(s.y), '-', y)", ["-a", "A-b", "B-c"]),
        ("string", "iff(tostring(s.d.k) == '1', 'one', y)", ["a", "one", "c"]),
        ("long", "x + strlen(strcat(s.y, tostring(s.x)))", [1, 4, 5]),
        ("datetime", "datetime_add('second', 1, s.t)", [None, 10_000_000, 20_000_000]),
        ("bool", "x in (s.x, 2) or isnull(s.x)", [True, True, False]),
        ("long", "coalesce(s.x / 2, 9)", [9, 0, 1]),
    ],
)
def test_what_reads_one_record_alone_may_be_anything(
    execution: Execution, kind: str, expression: str, wanted: list[object]
) -> None:
    table = """datatable(x:long, y:string, d:dynamic, t:datetime)[
        1, 'a', dynamic({"k": 1}), datetime(1970-01-01), 2, 'b', dynamic({"k": 2}), datetime(1970-01-01 00:00:01),
        3, 'c', dynamic(null), datetime(null)]"""
    kql = f"{table} | scan declare (a:{kind}) with (step s: true => a = {expression};) | project a"
    assert [row[0] for row in ask(execution, kql)] == wanted


def test_no_rows(execution: Execution) -> None:
    assert ask(execution, "range x from 1 to 0 step 1 | scan declare (a:long) with (step s: true;)") == []


def test_many_rows(execution: Execution) -> None:
    kql = "range x from 1 to 20000 step 1 | scan declare (c:long=0) with (step s: true => c = x + s.c;)"
    assert ask(execution, f"{kql} | summarize count(), max(c)") == [(20000, 200010000)]


def test_a_range_downwards_is_scanned_downwards(execution: Execution) -> None:
    kql = "range x from 3 to 1 step -1 | scan declare (a:string) with (step s: true => a = strcat(s.a, tostring(x));)"
    assert ask(execution, kql) == [(3, "3"), (2, "32"), (1, "321")]
