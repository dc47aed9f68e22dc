"""The range in the text: on every table, or the query is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.backends.kusto.bounding import Readable, bounded
from jupyterlab_sentinel.backends.kusto.edits import Bounded
from jupyterlab_sentinel.errors import KqlSyntaxError, KqlUnsupportedError
from jupyterlab_sentinel.kql.parser import parse_query

READABLE = Readable({"A": True, "B": True, "My Table": True, "Plain": False}, frozenset({"Stored", "ReadsA"}))
CONDITION = (
    "TimeGenerated >= datetime(1970-01-01T00:00:00.0000000Z) and TimeGenerated < datetime(1970-01-01T00:00:01.0000000Z)"
)


def put(kql: str, readable: Readable = READABLE) -> Bounded:
    found = bounded(kql, readable, 0, 10_000_000)
    parse_query(found.text)
    return found


def text(kql: str, readable: Readable = READABLE) -> str:
    """The query with ``$`` for the range."""
    return put(kql, readable).text.replace(CONDITION, "$")


@pytest.mark.parametrize(
    ("kql", "wanted"),
    [
        ("A", "(A | where $)"),
        ("A | take 5", "(A | where $) | take 5"),
        ("A // | B\n| count", "(A | where $) // | B\n| count"),
        ("['My Table'] | count", "(['My Table'] | where $) | count"),
        ("A; B", "(A | where $); (B | where $)"),
        ("let x = A; x | count", "let x = (A | where $); x | count"),
        ("let A = A | where a == 1; A", "let A = (A | where $) | where a == 1; A"),
        ("let A = 5; B | where x == A", "let A = 5; (B | where $) | where x == A"),
        ("A | join kind=inner B on x", "(A | where $) | join kind=inner (B | where $) on x"),
        ("A | join (B | take 1) on x", "(A | where $) | join ((B | where $) | take 1) on x"),
        ("A | lookup B on x", "(A | where $) | lookup (B | where $) on x"),
        ("union A, (B | count)", "union (A | where $), ((B | where $) | count)"),
        ("A | union withsource=S B", "(A | where $) | union withsource=S (B | where $)"),
        ("A | where x in (B)", "(A | where $) | where x in ((B | where $))"),
        ("A | where x in ((B | project y))", "(A | where $) | where x in (((B | where $) | project y))"),
        ("A | where A == 1 | project B", "(A | where $) | where A == 1 | project B"),
        ("A | extend n = toscalar(B | count)", "(A | where $) | extend n = toscalar((B | where $) | count)"),
        ("print toscalar(B)", "print toscalar((B | where $))"),
        ("let f = (T:(*)) { T | count }; f(A)", "let f = (T:(*)) { T | count }; f((A | where $))"),
        ("let f = (T:(*)) { T | count }; f(T=A)", "let f = (T:(*)) { T | count }; f(T=(A | where $))"),
        ("let f = () { A | count }; f()", "let f = () { (A | where $) | count }; f()"),
        ("let f = (A:string) { print A }; f('x')", "let f = (A:string) { print A }; f('x')"),
        ("let f = (x:long) { x }; A | extend y = f(B)", "let f = (x:long) { x }; (A | where $) | extend y = f(B)"),
        ("A | evaluate ipv4_lookup(B, x, y)", "(A | where $) | evaluate ipv4_lookup((B | where $), x, y)"),
        ("A | fork (count) (take 1)", "(A | where $) | fork (count) (take 1)"),
        ("table('A') | count", "(table('A') | where $) | count"),
        ("search 'x'", "search 'x' | where isnull(TimeGenerated) or ($)"),
        ("search in (A, B) 'x' or 'y' | count", "search in (A, B) 'x' or 'y' | where $ | count"),
        ("print n = toscalar(search in (A) 'x' | count)", "print n = toscalar(search in (A) 'x' | where $ | count)"),
        ("let s = search in (A) 'x'; s | count", "let s = search in (A) 'x' | where $; s | count"),
        ("search in (Plain) 'x'", "search in (Plain) 'x'"),
        ("print 1", "print 1"),
        ("datatable(A:string)['x'] | where A == 'x'", "datatable(A:string)['x'] | where A == 'x'"),
        ("set notruncation; A", "set notruncation; (A | where $)"),
    ],
)
def test_the_range_is_put_on_every_table(kql: str, wanted: str) -> None:
    assert text(kql) == wanted


def test_wildcards_are_written_out() -> None:
    assert text("union A*, B") == "union (A | where $), (B | where $)"
    found = put("union withsource=S *")
    assert found.text.replace(CONDITION, "$") == (
        "union withsource=S (A | where $), (B | where $), (['My Table'] | where $), Plain"
    )
    assert found.unbounded == ("Plain",)


def test_an_inner_pipe_has_no_table_of_its_own() -> None:
    kql = "A | mv-apply x to typeof(long) on (summarize max(x))"
    assert text(kql) == kql.replace("A |", "(A | where $) |", 1)


def test_tables_without_a_time_and_unknown_ones_are_named() -> None:
    assert put("Plain | join kind=inner Nowhere on x").unbounded == ("Plain", "Nowhere")
    assert text("Plain | count") == "Plain | count"


def test_what_is_presumed_of_tables_that_are_not_known() -> None:
    lake = Readable({}, presumed=True)
    assert text("SigninLogs | take 1", lake) == "(SigninLogs | where $) | take 1"
    with pytest.raises(KqlUnsupportedError):
        put("union Sign*", lake)


@pytest.mark.parametrize(
    ("kql", "construct"),
    [
        ("Stored() | take 1", "Stored"),
        ("Stored | take 1", "Stored"),
        ("A | extend x = toscalar(ReadsA())", "ReadsA"),
        ("A | invoke Stored()", "Stored"),
        ("database('d').A", "another database"),
        ("cluster('c').database('d').A | count", "another database"),
        ("A | join kind=inner (database('d').B) on x", "another database"),
        ("A | where x in ((cluster('c').database('d').B | project x))", "another database"),
        ("union A, database('d').B", "another database"),
        ("let r = database('d').A; r", "another database"),
        ("workspace('w').A", "another database"),
        ("external_table('A')", "external_table"),
        ("materialized_view('A')", "materialized_view"),
        ("find where x == 1", "find"),
        ("find in (A) where x == 1", "find"),
        ("table(strcat('A', 'B'))", "table"),
        ("union Nowhere*", "Nowhere*"),
        ("let v = view () { A }; union *", "*"),
        ("let v = view () { A }; search 'x'", "search"),
        ("search in (database('d').A) 'x'", "search"),
        ("A | make-graph x --> y | graph-where-nodes B == 1", "graph-where-nodes"),
        ("restrict access to (A); A", "restrict"),
        ("alias database d = cluster('c').database('e'); A", "alias"),
    ],
)
def test_what_cannot_be_bounded_is_refused_by_name(kql: str, construct: str) -> None:
    with pytest.raises(KqlUnsupportedError, match="cannot be put into this query") as caught:
        put(kql)
    assert caught.value.construct == construct
    assert "timerange all" in caught.value.hint
    assert bounded(kql, READABLE, None, None).text == kql


def test_one_bound_alone() -> None:
    assert bounded("A", READABLE, 1, None).text == (
        "(A | where TimeGenerated >= datetime(1970-01-01T00:00:00.0000001Z))"
    )
    assert bounded("A", READABLE, None, -1).text == (
        "(A | where TimeGenerated < datetime(1969-12-31T23:59:59.9999999Z))"
    )


def test_what_is_no_kql_is_refused() -> None:
    with pytest.raises(KqlSyntaxError):
        put("A | where (")


QUERY = "A | where x in ((B | project y)) | join kind=inner (union A*, B) on x // end"


@given(st.integers(0, len(QUERY)))
def test_places_lead_back(offset: int) -> None:
    found = put(QUERY)
    moved = sum(len(edit.text) - (edit.end - edit.start) for edit in found.edits if edit.end <= offset)
    inside = any(edit.start < offset < edit.end for edit in found.edits)
    assert inside or found.origin(offset + moved) == offset


@given(st.integers(0, 2000))
def test_every_place_leads_somewhere(offset: int) -> None:
    found = put(QUERY)
    places = [found.origin(place) for place in range(min(offset, len(found.text)) + 1)]
    assert places == sorted(places)
    assert 0 <= places[-1] <= len(QUERY)
