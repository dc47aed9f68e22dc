"""Microsoft's own language service names and types the columns of an answer as the embedded engine does.

It runs in Node from npm, with the catalogue's tables declared; it knows no data, so that queries whose columns only the
data tells are left out. Where the two disagree for a reason, the reason stands here.
"""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.catalogue import HIDDEN_COLUMNS, known_tables
from jupyterlab_sentinel.backends.embedded.conversion import PHYSICAL
from jupyterlab_sentinel.backends.embedded.programs import Programs
from jupyterlab_sentinel.backends.embedded.tables import StoredColumn, StoredTable
from jupyterlab_sentinel.backends.embedded.translation.discovery import UndiscoveredError
from jupyterlab_sentinel.errors import KqlError, KqlUnsupportedError
from jupyterlab_sentinel.ports import QueryRequest

DATA = Path(__file__).parents[1] / "data"
DOCUMENTED = [
    (f"{path.stem}-{place}-{case['source']}", str(case["query"]))
    for path in sorted((DATA / "kql_cases").glob("*.json"))
    for place, case in enumerate(json.loads(path.read_text("utf-8")))
]
TABLES = (
    "SecurityEvent Syslog SigninLogs AuditLogs SecurityAlert DeviceProcessEvents DeviceNetworkEvents OfficeActivity"
)
QUERIES = [
    "SecurityEvent | summarize count(), dcount(Account), make_set(Process), max(Level) by bin(TimeGenerated, 1h)",
    "SecurityEvent | summarize arg_max(TimeGenerated, *), Rows=count() by Computer | project-away Process",
    "SigninLogs | extend Os = tostring(DeviceDetail.osystem), D = LocationDetails | summarize take_any(D) by Os",
    "SigninLogs | join kind=leftouter (AuditLogs | extend UserId = Id) on UserId",
    "SigninLogs | join (SigninLogs | project UserId, Location) on UserId | join (SigninLogs) on UserId",
    "union withsource=Origin SecurityEvent, Syslog | summarize count() by Origin, Computer",
    "union SigninLogs, OfficeActivity | project-keep User*, Result*",
    "DeviceProcessEvents | parse ProcessCommandLine with Tool ' ' Rest:long * | top 5 by Timestamp",
    "AuditLogs | mv-expand TargetResources | extend Name = TargetResources.Name, N = array_length(TargetResources)",
    "AuditLogs | mv-apply T = TargetResources on (where T.type == 'User' | project Upn = tostring(T.upn))",
    "SecurityAlert | make-series Alerts=count() default=0 on TimeGenerated from ago(7d) to now() step 1d by AlertName",
    "SecurityAlert | extend (a, b, c) = series_fit_line(dynamic([1, 2, 3])) | project a, b, c",
    "Syslog | serialize | extend Before = prev(TimeGenerated), Row = row_number(), Sum = row_cumsum(tolong(1))",
    "DeviceNetworkEvents | summarize percentiles(RemotePort, 5, 95), avg(RemotePort), sum(LocalPort)",
    "DeviceNetworkEvents | lookup (DeviceProcessEvents | project DeviceId, FileName) on DeviceId | getschema",
    "SecurityEvent | top-nested 3 of Computer by count(), top-nested 2 of Account by Rows=dcount(EventID)",
    "SecurityEvent | distinct Computer, EventID | extend Day = startofday(now()), Age = now() - ago(1d)",
    "SecurityEvent | summarize by Computer | project-rename Host=Computer | extend Length = strlen(Host)",
]
# Kusto's engine, or its articles, where the service says otherwise.
DIFFERING = {
    "datetime-part-function.md": "longs, as engines that were measured against Kusto's have them",
    "jaccard-index-function.md": "a real, as its article says",
    "strcmp-function.md": "an int, as its article says",
    "node-degree-out.md": "named as the article's answer is",
    "scan-operator.md": "the service adds match_id where the article's answers have none",
    "ipv6-lookup-plugin.md": "the order of the article's columns",
    "union-operator.md": "the order of the article's columns",
    "covariance": "named as the articles' answers are",
    "percentilesw-aggregation-function.md": "named as the article's answer is",
    "let-statement.md": "the service does not see the view that its example defines",
}

AGGREGATES = (
    "any avg count_distinct dcount hll make_bag make_list make_list_with_nulls make_set max min stdev stdevp sum "
    "take_any variance variancep"
)
CONDITIONAL = (
    "anyif avgif dcountif hll_if make_bag_if make_list_if make_set_if maxif minif stdevif sumif take_anyif varianceif"
)
# Each over a column of each type; what the service refuses is left out.
FORMS = [
    *(f"summarize {name}({{c}}) by bin(c_datetime, 1h)" for name in AGGREGATES.split()),
    *(f"summarize {name}({{c}}, c_bool)" for name in CONDITIONAL.split()),
    "summarize percentile({c}, 5), percentiles({c}, 5, 50.5), percentiles_array({c}, 5, 50)",
    "summarize percentilew({c}, c_long, 5), percentilesw({c}, c_long, 5, 50)",
    "summarize arg_max({c}, c_string), arg_min({c}, X=c_string)",
    "summarize arg_min({c}, *)",
    "summarize sum({c}) / count(), max({c}) - min({c}), round(avg({c}), 2), avg(toint({c})), max(bin({c}, 1))",
    *(
        f"extend {form}"
        for form in (
            "bin({c}, 1)",
            "{c} + {c}",
            "{c} - {c}",
            "{c} * 2",
            "{c} / 2",
            "{c} % 2",
            "-{c}",
            "iff(c_bool, {c}, {c})",
            "coalesce({c}, {c})",
            "case(c_bool, {c}, {c})",
            "max_of({c}, {c})",
            "floor({c}, 2)",
            "abs({c})",
            "pack_array({c}), pack_all(), bag_pack_columns({c})",
        )
    ),
    "serialize | extend prev({c}), next({c})",
    "serialize Sum = row_cumsum({c})",
    "project {c}[0], {c}.x, Y={c}",
    "distinct {c}",
    "summarize count() by bin({c}, 2)",
    "mv-expand {c}",
    "mv-expand X = {c} to typeof(string)",
    "mv-apply {c} on (take 1)",
    "make-series sum({c}), count() on c_datetime from ago(1d) to now() step 1h by c_string",
    "top-nested 2 of {c} by sum({c}), top-nested 3 of c_string by max({c})",
    "top-hitters 2 of {c}",
    "sample-distinct 2 of {c}",
    "join (A) on {c}",
    "lookup (A) on {c}",
    "union (A | project {c} = tostring({c}))",
    "project-reorder {c}, * asc",
    "as Q | join Q on {c}",
    "summarize arg_max(c_datetime, *) by {c}",
]


@cache
def _said() -> dict[str, dict[str, list[list[str]]]]:
    """What the service says of each query."""
    queries = [*QUERIES, *(query for _, query in DOCUMENTED)]
    answers = _asked({name: dict(known_tables()[name]) for name in TABLES.split()}, queries)
    return dict(zip(queries, answers, strict=True))


def _asked(tables: dict[str, dict[str, str]], queries: list[str]) -> list[dict[str, list[list[str]]]]:
    """The service's answers, in the order of the queries."""
    told = json.dumps({"tables": tables, "queries": queries})
    script = Path(__file__).with_name("columns.mjs")
    done = subprocess.run(["node", str(script)], input=told, capture_output=True, text=True, check=True)
    answers: list[dict[str, list[list[str]]]] = json.loads(done.stdout)
    return answers


@cache
def _programs() -> Programs:
    return Programs(
        {
            name: StoredTable(
                name,
                f"t{place}",
                (),
                tuple(
                    StoredColumn(column, kind, f"c{i}") for i, (column, kind) in enumerate(known_tables()[name].items())
                ),
                0,
                None,
                None,
            )
            for place, name in enumerate(TABLES.split())
        }
    )


def _ours(query: str) -> list[list[str]]:
    program = _programs().translate(QueryRequest(query, now=datetime(2026, 1, 1, tzinfo=UTC)))
    return [[name, kind] for name, kind in program.statements[-1].columns]


def _shown(columns: list[list[str]]) -> list[list[str]]:
    """Without what a workspace adds to every table."""
    added = {*HIDDEN_COLUMNS, "Type"}
    return [column for column in columns if column[0].rstrip("0123456789") not in added]


@pytest.mark.parametrize("query", QUERIES)
def test_tables_of_sentinel(query: str) -> None:
    said = _said()[query]
    assert said["errors"] == []
    assert _shown(_ours(query)) == _shown(said["columns"])


def test_documented_examples() -> None:
    compared, differing = 0, {}
    for name, query in DOCUMENTED:
        said = _said()[query]
        if said["errors"] or not said["columns"] or any(source in name for source in DIFFERING):
            continue
        try:
            ours = _ours(query)
        except (KqlUnsupportedError, UndiscoveredError):
            continue
        compared += 1
        if ours != said["columns"]:
            differing[name] = (ours, said["columns"])
    assert differing == {}
    assert compared > 300


def test_every_type() -> None:
    columns = {f"c_{kind}": kind for kind in PHYSICAL}
    queries = [f"A | {form.format(c=column)}" for column in columns for form in FORMS]
    stored = tuple(StoredColumn(name, kind, f"c{place}") for place, (name, kind) in enumerate(columns.items()))
    programs = Programs({"A": StoredTable("A", "t0", (), stored, 0, None, None)})
    compared, differing = 0, {}
    for query, said in zip(queries, _asked({"A": columns}, queries), strict=True):
        if said["errors"] or not said["columns"]:
            continue
        try:
            program = programs.translate(QueryRequest(query, now=datetime(2026, 1, 1, tzinfo=UTC)))
        except KqlError:
            continue
        compared += 1
        ours = _shown([[name, kind] for name, kind in program.statements[-1].columns])
        if ours != _shown(said["columns"]):
            differing[query] = (ours, said["columns"])
    assert differing == {}
    assert compared > 400
