"""What every backend must answer: queries over tables that are written out, with the typed answer.

A case needs no stored table, so that the same list runs over files and over the service. ``columns`` are names
and KQL types; ``rows`` are in order, as Python values: datetimes as ISO text in UTC with seven digits at most,
timespans as KQL shows them, dynamics as parsed JSON, decimals as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Case:
    """A query and its answer; ``now`` is 2019-02-18T15:29:22Z for all of them."""

    name: str
    kql: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[object, ...], ...]


TABLE: Final = """let T = datatable(k:string, n:long, r:real, t:datetime, d:dynamic) [
  "a", 1, 1.5, datetime(2019-02-18T15:29:22.1234567Z), dynamic({"x": [1, "two", null]}),
  "b", long(null), real(null), datetime(null), dynamic(null),
  "a", 3, real(nan), datetime(2019-02-19), dynamic("text")];
"""

CASES: Final = (
    Case(
        "every type and its null",
        "print b=true, i=int(1), l=9223372036854775807, r=0.5, d=decimal(1.25), "
        "t=datetime(2019-02-18T15:29:22.1234567Z),"
        " s=time(1.02:03:04), g=guid(3F2504E0-4F89-11D3-9A0C-0305E82C3301), x=dynamic({'a':[1]}), e='',"
        " nl=long(null), nt=datetime(null), nd=dynamic(null)",
        (
            ("b", "bool"),
            ("i", "int"),
            ("l", "long"),
            ("r", "real"),
            ("d", "decimal"),
            ("t", "datetime"),
            ("s", "timespan"),
            ("g", "guid"),
            ("x", "dynamic"),
            ("e", "string"),
            ("nl", "long"),
            ("nt", "datetime"),
            ("nd", "dynamic"),
        ),
        (
            (
                True,
                1,
                9223372036854775807,
                0.5,
                "1.25",
                "2019-02-18T15:29:22.1234567Z",
                "1.02:03:04",
                "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
                {"a": [1]},
                "",
                None,
                None,
                None,
            ),
        ),
    ),
    Case(
        "nulls in comparisons",
        TABLE
        + "T | summarize eq=countif(n == 1), ne=countif(n != 1), empty=countif(isempty(k)), nul=countif(isnull(n))",
        (("eq", "long"), ("ne", "long"), ("empty", "long"), ("nul", "long")),
        ((1, 2, 0, 1),),
    ),
    Case(
        "properties of dynamics",
        TABLE
        + "T | where k == 'a' | extend x=d.x[1], s=tostring(d.x[1]), y=d.y.z | project n, x, s, y | sort by n asc",
        (("n", "long"), ("x", "dynamic"), ("s", "string"), ("y", "dynamic")),
        ((1, "two", "two", None), (3, None, "", None)),
    ),
    Case(
        "groups",
        TABLE + "T | summarize count(), sum(n), make_list(n) by k | sort by k asc",
        (("k", "string"), ("count_", "long"), ("sum_n", "long"), ("list_n", "dynamic")),
        (("a", 2, 4, [1, 3]), ("b", 1, 0, [])),
    ),
    Case(
        "the last row of each",
        TABLE + "T | summarize arg_max(t, n) by k | sort by k asc",
        (("k", "string"), ("t", "datetime"), ("n", "long")),
        (("a", "2019-02-19T00:00:00Z", 3), ("b", None, None)),
    ),
    Case(
        "an outer join",
        TABLE + "let U = datatable(k:string, w:string)['a', 'first', 'c', 'third']; "
        "T | where n == 1 or k == 'b' | join kind=leftouter U on k | project k, n, k1, w | sort by k asc",
        (("k", "string"), ("n", "long"), ("k1", "string"), ("w", "string")),
        (("a", 1, "a", "first"), ("b", None, "", "")),
    ),
    Case(
        "columns of one name and two types",
        "union withsource=Src (datatable(x:long)[1]), (datatable(x:string)['one']) | project "
        "x_long, x_string | sort by x_long asc",
        (("x_long", "long"), ("x_string", "string")),
        ((None, "one"), (1, "")),
    ),
    Case(
        "terms",
        "datatable(s:string)['North America', 'NorthAmerica', 'america-north', ''] "
        "| where s has 'america' | sort by s asc",
        (("s", "string"),),
        (("North America",), ("america-north",)),
    ),
    Case(
        "elements of arrays",
        "print a=dynamic([1, 'x', null]) | mv-expand with_itemindex=i a | project i, a",
        (("i", "long"), ("a", "dynamic")),
        ((0, 1), (1, "x"), (2, None)),
    ),
    Case(
        "binned times",
        TABLE + "T | where isnotnull(t) | summarize n=count() by bin(t, 1d) | sort by t asc",
        (("t", "datetime"), ("n", "long")),
        (("2019-02-18T00:00:00Z", 1), ("2019-02-19T00:00:00Z", 1)),
    ),
    Case(
        "arguments by name and default",
        "let f = (a:long, b:long = 10, c:long = 100) { a + b + c }; print x = f(1), y = f(c = 3, a = 1)",
        (("x", "long"), ("y", "long")),
        ((111, 14),),
    ),
    Case(
        "strings as they are written",
        'print a="\\u0041\\x42\\t\\"", b=@"C:\\dir""x", c=h"secret", d=```a\n"b"```',
        (("a", "string"), ("b", "string"), ("c", "string"), ("d", "string")),
        (('AB\t"', 'C:\\dir"x', "secret", 'a\n"b"'),),
    ),
    Case(
        "now and ago",
        "print n=now(), a=ago(1d)",
        (("n", "datetime"), ("a", "datetime")),
        (("2019-02-18T15:29:22Z", "2019-02-17T15:29:22Z"),),
    ),
    Case(
        "whole numbers divide whole",
        "print a=7/2, b=-7/2, c=7.0/2, d=-7 % 4, e=1/0, f=1d/1h",
        (("a", "long"), ("b", "long"), ("c", "real"), ("d", "long"), ("e", "long"), ("f", "real")),
        ((3, -3, 3.5, 1, None, 24.0),),
    ),
)
