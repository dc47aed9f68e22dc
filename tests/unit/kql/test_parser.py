from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_sentinel.errors import KqlSyntaxError
from jupyterlab_sentinel.kql import tree
from jupyterlab_sentinel.kql.check import check_syntax, parsed
from jupyterlab_sentinel.kql.constants import datetime_ticks, timespan_ticks
from jupyterlab_sentinel.kql.parser import parse_query

VALID = (
    'search "23.97.60.214" | summarize count() by Type',
    'search in (A, B*) "x" or "y" and not("z")',
    'search kind=case_sensitive Col:"x" and (b==1 or "z*")',
    'find withsource=S in (A, B) where a == "x" project a, b:string, pack_all()',
    'T | parse-kv S as (a:long, b:string) with (pair_delimiter=",", kv_delimiter="=")',
    'T | parse kind=regex flags=Ui x with * "a=" a:long "," b',
    "union isfuzzy=true withsource=Tbl T1*, (T2 | where a == 1), *_CL",
    "T | mv-expand with_itemindex=i a=todynamic(b) to typeof(string), c limit 3",
    "T | mv-apply x = y to typeof(long) on (top 2 by x | summarize make_list(x))",
    'let f = (a:string, b:long = 5, T:(x:long), U:(*)) { T | where x == b }; f("x", 1, T, U)',
    "let v = view () { T }; v()",
    'T | where a in~ ("x") and b !in (1, 2) and c !between (1 .. 5) and d has_any (L) and * has "x"',
    "T | where Time between (datetime(2019-02-18) .. 2d)",
    "T | join kind=leftouter hint.strategy=broadcast (U | where x) on $left.a == $right.b, c",
    "T | lookup kind=inner U on k",
    "T | sort by a asc nulls last, b | serialize | extend p = prev(a)",
    "T | top 5 by strlen(a) desc",
    "T | top-nested 3 of a by count(), top-nested 2 of b with others='rest' by sum(x) desc",
    "T | make-series n=count() default=0, avg(x) on t from ago(7d) to now() step 1h by a",
    "T | summarize arg_max(TimeGenerated, *), percentiles(x, 50, 95) by a, bin(t, 1h)",
    "T | summarize by a",
    "T | project-away a*, b | project-rename x = y | project-reorder c*, d asc, * | project-keep *",
    "T | render timechart with (title='x', ycolumns=a, b, xcolumn=t)",
    "T | evaluate bag_unpack(d, 'p_') : (*, x:string)",
    "T | fork (count) named = (where a | take 3)",
    "T | facet by a, b with (take 3)",
    "T | partition hint.strategy=native by a (top 1 by b)",
    "T | as X | getschema",
    "T | invoke f(1)",
    "T | scan with (step a: x == 1 => y = 2;)",
    "range x from 1 to 10 step 2",
    "print x=1, 'a' 'b', -1.5e3, 0x1F, 1d, 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    'datatable(a:string, b:dynamic)["x", dynamic({"k": [1, null, true, datetime(2019-01-01)]})]',
    'datatable(a:string)["x"]',
    'externaldata(a:string, b:long)[@"https://host/x.csv"] with (format="csv", ignoreFirstRow=true)',
    "T | where a.b['c d'][0].e == \"x\" and a['q'] == 1",
    "T | extend ['a b'] = 1, [\"c\"] = ['a b']",
    "T | count; U | count;",
    "set notruncation; T",
    "let x = toscalar(T | summarize max(a)); T | where a == x",
    "materialize(T | where a) | count",
    "T // a comment | where x\n| where b // another\n| count",
    "T\n\n| where a\n\n| count",
    "search * | where x == 1",
    "T | where search == 1 and find == 2 and print == 3 | project union, range, let",
    "T | where not (a) and a matches regex @'\\d+' and b !contains 'x' and c !~ 'y'",
    "print a=```multi\n\"line\"```, b = ~~~x~~~, c=h\"secret\", d=@'it''s'",
    "T | distinct *",
    "T | limit 5 | order by a",
    "T | extend x = iff(a > 1, 'p', 'q'), y = case(a == 1, 1, a == 2, 2, 3)",
    "workspace('x').T | count",
)


@pytest.mark.parametrize("kql", VALID)
def test_kql_is_kql(kql: str) -> None:
    check_syntax(kql)


@pytest.mark.parametrize(
    ("kql", "said", "hint", "line", "column"),
    [
        ("T | wherex a", "no operator 'wherex'", "Did you mean 'where'?", 1, 4),
        ("T | project-reoder a", "no operator 'project-reoder'", "Did you mean 'project-reorder'?", 1, 12),
        ("T\n| where", "found the end of the query", "", 2, 7),
        ("T where a", "Expected '|' or ';' but found 'where'", "follow a '|'", 1, 2),
        ("T | where a contain 'x'", "found 'contain'", "Did you mean 'contains'?", 1, 12),
        ("T | where a is 'x'", "found 'is'", "isnull", 1, 12),
        ("SELECT * FROM T", "found 'T'", "KQL, not SQL", 1, 14),
        ("T | where (a == 1", "Expected ')'", "", 1, 17),
        ("T | where a ==", "Expected an expression", "", 1, 14),
        ('T | where a == "x', "not closed", "", 1, 15),
        ("T | project a,", "Expected an expression", "", 1, 14),
        ("T | sort a", "Expected 'by'", "", 1, 9),
        ("T | summarize count( by a", "Expected ')'", "", 1, 24),
        ("print datetime(never)", "'never' is not a datetime", "", 1, 6),
        ("print 99999999999999999999", "larger than a long", "decimal", 1, 6),
        (".show tables", "Control commands", "queries", 1, 0),
        ("", "empty", "SecurityAlert", 1, 0),
        ("// only a comment", "empty", "", 1, 17),
        ("T | extend x = [1,2]", "Expected an expression", "", 1, 15),
        ("datatable(a:strin)['x']", "'strin' is not a type", "string", 1, 12),
    ],
)
def test_what_is_not_kql_is_told_with_its_place(kql: str, said: str, hint: str, line: int, column: int) -> None:
    with pytest.raises(KqlSyntaxError) as error:
        check_syntax(kql)
    assert said in error.value.message
    assert hint in error.value.hint
    assert error.value.position is not None
    assert (error.value.position.line, error.value.position.column) == (line, column)
    assert error.value.query == kql


def test_operators_nest_as_in_microsofts_grammar() -> None:
    query = parse_query("T | where a + b * 2 has 'x' or c == 1 and d < 2")
    pipe = query.statements[0]
    assert isinstance(pipe, tree.Pipe)
    condition = pipe.operators[0].items[0]
    assert isinstance(condition, tree.Logic)
    assert (condition.op, len(condition.operands)) == ("or", 2)
    left, right = condition.operands
    assert isinstance(left, tree.Binary)
    assert left.op == "+"
    assert isinstance(left.right, tree.Binary)
    assert left.right.op == "*"
    assert isinstance(left.right.right, tree.Binary)
    assert left.right.right.op == "has"
    assert isinstance(right, tree.Logic)
    assert right.op == "and"


def test_the_same_text_is_read_once() -> None:
    assert parsed("T | count") is parsed("T | count")


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("2019-02-18T15:29:22.1234567Z", 15505037621234567),
        ("2019-02-18 15:29:22", 15505037620000000),
        ("2019-02-18T15:29:22+02:00", 15504965620000000),
        ("1970-01-01", 0),
        ("0001-01-01", -621355968000000000),
        ("2019-02-30", None),
        ("soon", None),
    ],
)
def test_dates(text: str, ticks: int | None) -> None:
    assert datetime_ticks(text) == ticks


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("1d", 864_000_000_000),
        ("1.5h", 54_000_000_000),
        ("1tick", 1),
        ("1microsecond", 10),
        ("1.02:03:04.0000005", 937_840_000_005),
        ("-00:00:01", -10_000_000),
        ("x", None),
    ],
)
def test_durations(text: str, ticks: int | None) -> None:
    assert timespan_ticks(text) == ticks


PIECES = st.sampled_from(
    ["T", "|", "where", "summarize", "by", "(", ")", "[", "]", "{", "}", ",", ";", "'x'", '"', "==", "has", "in", "=",
     "1", "1d", "dynamic(", "datetime(2019)", "..", ".", "*", "join", "on", "search", "union", "\n", "//", "!", "~",
     "let", "-",
     "mv-expand", "parse", "with", "$left", "```", "\\", "\x00", "é", "datatable", ":", "string"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_text_is_kql_or_a_syntax_error(text: str) -> None:
    with contextlib.suppress(KqlSyntaxError):
        parse_query(text)
