"""What may be sliced, and that a slice is exactly its part of the whole."""

from __future__ import annotations

import pytest

from jupyterlab_sentinel.kql.parser import parse_query
from jupyterlab_sentinel.kql.slicing import NotSliceable, SlicePlan, plan_slices

NOW = 15_500_000_000_000_000
TABLES = {"T", "U", "SecurityEvent"}
BOUND = (
    " | where TimeGenerated >= datetime(2019-02-18T00:00:00.0000000Z)"
    " and TimeGenerated < datetime(2019-02-18T00:00:00.0000001Z) "
)
DAY = 1550448000 * 10_000_000


def plan(kql: str) -> SlicePlan | NotSliceable:
    return plan_slices(kql, TABLES.__contains__, NOW)


@pytest.mark.parametrize(
    "kql",
    [
        "T",
        "T;",
        "T | where A == 1",
        "T // a comment | summarize\n| where A has 'x' | project A, B",
        "T | extend x = strcat(A, 'b') | project-away A | project-rename y=x | project-reorder y",
        "T | parse A with * 'x' B:long | parse-where A with 'y' C",
        "T | mv-expand A to typeof(string) | where tostring(A) != ''",
        "T | mv-apply A on (summarize count() by tostring(A))",
        "let x = 5; T | where A > x",
        "let bad = dynamic(['1.2.3.4']); let low = 5; T | where A in (bad) and B > low",
        "let wanted = U | where B == 1 | distinct A; T | where A in (wanted)",
        "T | where A in ((U | summarize by A))",
        "let m = toscalar(U | summarize max(B)); T | where A == m",
        "union T, U | where A == 1",
        "union T, U",
        "set notruncation; T | where A == 1",
        "let f = (x: string) { tolower(x) }; T | where f(A) == 'b'",
        "T | where A == 1 | render table",
        "T | render timechart with (title='a | b')",
        "T | where TimeGenerated between (datetime(2019-01-01) .. datetime(2019-02-01))",
        "T | where A == 1 | as X",
    ],
)
def test_row_by_row_queries_are_sliced(kql: str) -> None:
    found = plan(kql)
    assert isinstance(found, SlicePlan)
    for text in (found.sliced(DAY, DAY + 1), found.timeless, found.extent, found.count):
        parse_query(text)
    assert BOUND in found.sliced(DAY, DAY + 1)
    assert "render" not in found.count


@pytest.mark.parametrize(
    ("kql", "reason"),
    [
        ("T | summarize count() by A", "summarize aggregates"),
        ("T | count", "count aggregates"),
        ("T | distinct A", "distinct compares"),
        ("T | take 10", "take takes"),
        ("T | limit 10", "takes"),
        ("T | top 5 by A", "top orders"),
        ("T | sort by A", "sort orders"),
        ("T | order by A", "orders"),
        ("T | sample 5", "sample"),
        ("T | join kind=inner U on A", "join pairs"),
        ("T | lookup U on A", "lookup pairs"),
        ("T | make-series count() on TimeGenerated step 1h", "make-series"),
        ("T | serialize r = row_number()", "serialize"),
        ("T | evaluate bag_unpack(A)", "evaluate"),
        ("T | invoke f()", "invoke"),
        ("T | top-nested 3 of A by count()", "top-nested"),
        ("T | partition by A (take 1)", "partition"),
        ("T | scan with (step a: true;)", "scan"),
        ("T | reduce by A", "reduce"),
        ("T | getschema", "getschema"),
        ("T | fork (take 1) (count)", "fork"),
        ("T | facet by A", "facet"),
        ("T | union U", "union"),
        ("T | render table | where A == 1", "render"),
        ("T | extend n = row_number()", "row_number()"),
        ("T | extend p = prev(A)", "prev()"),
        ("T | where rand() < 0.1", "rand()"),
        ("T | extend g = new_guid()", "new_guid()"),
        ("T | where A in ((U | take 5 | project A))", "subquery"),
        ("T | where A in ((U | top 5 by B | project A))", "subquery"),
        ("T | where A in (toscalar(U | summarize make_set(B, 5)))", "make_set() with a size"),
        ("let x = U | sample 3; T | where A in (x)", "subquery"),
        ("T | where A in ((externaldata (x:string) ['https://example.com']))", "externaldata"),
        ("let V = T | where A == 1; V | where B == 2", "let"),
        ("let T = U; T | where B == 2", "let"),
        ("Unknown | where A == 1", "Unknown"),
        ("T | where A == 1; U | where B == 2", "more than one"),
        ("T | where MyFunction(A)", "MyFunction()"),
        ("MyFunction() | where A == 1", "source"),
        ("search 'x'", "search"),
        ("find where A == 1", "find"),
        ("union T, (U | take 1)", "table"),
        ("union withsource=X T, U", "union"),
        ("union T*", "table"),
        ("workspace('other').T | where A == 1", "source"),
        ("print 1", "print"),
        ("range x from 1 to 3 step 1", "range"),
        ("datatable (a: long) [1]", "source"),
        ("T | | where", "syntax"),
        ("declare query_parameters(x: long = 1); T | where A == x", "declare"),
    ],
)
def test_what_looks_at_more_than_a_row_is_not(kql: str, reason: str) -> None:
    found = plan(kql)
    assert isinstance(found, NotSliceable), found
    assert reason in found.reason


def test_the_bound_stands_directly_behind_the_source() -> None:
    found = plan("T // note\n| extend TimeGenerated = now()\n| where A == 1;")
    assert isinstance(found, SlicePlan)
    text = found.sliced(DAY, DAY + 1)
    assert text.startswith(f"T // note\n{BOUND}| extend")
    assert text.endswith("| where A == 1")


def test_the_bound_is_not_lost_in_a_comment() -> None:
    found = plan("T // note")
    assert isinstance(found, SlicePlan)
    assert found.sliced(DAY, DAY + 1) == f"T{BOUND}"


def test_a_bar_in_a_string_or_a_nested_query_is_no_place() -> None:
    found = plan("let x = toscalar(U | summarize max(B)); T | where A == '|' and B in ((U | project B))")
    assert isinstance(found, SlicePlan)
    assert f"; T {BOUND}| where A == '|'" in found.sliced(DAY, DAY + 1)


def test_the_present_is_one_moment_in_every_slice() -> None:
    moment = "datetime(2019-02-12T19:33:20.0000000Z)"
    for kql in ("T | where X > ago(1d)", "T | where X > now()"):
        found = plan(kql)
        assert isinstance(found, SlicePlan)
        assert found.pinned
        text = found.sliced(DAY, DAY + 1)
        assert moment in text
        assert "ago" not in text
        assert "now" not in text
        parse_query(text)
    nested = plan("let d = 2; T | where X between (ago(d * (1h + 5m)) .. now(-(1h))) and A has 'ago(1d)'")
    assert isinstance(nested, SlicePlan)
    text = nested.sliced(DAY, DAY + 1)
    assert f"({moment}-(d * (1h + 5m)))" in text
    assert f"({moment}+(-(1h)))" in text
    assert "'ago(1d)'" in text
    parse_query(text)


def test_a_query_without_the_present_is_not_changed() -> None:
    found = plan("T | where X > 1")
    assert isinstance(found, SlicePlan)
    assert not found.pinned
    assert found.before + found.after == "T | where X > 1"
