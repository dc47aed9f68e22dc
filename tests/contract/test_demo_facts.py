"""The demo's figures through the product's own path: KQL on the embedded engine.

Each file of `tests/data/companion` holds a query and, in its second line, the answer that the article and its
notebook print: rows (`// expect: [[…], …]`) or their number (`// expect rows: n`).
"""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.ports import QueryRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyterlab_sentinel.models.tables import QueryResult

QUERIES = sorted((Path(__file__).parents[1] / "data" / "companion").glob("*.kql"))
TEXTS = {query.stem: query.read_text() for query in QUERIES}
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z")


@pytest.fixture
def described(demo_folder: Path) -> dict[str, dict[str, object]]:
    tables: dict[str, dict[str, object]] = json.loads((demo_folder / "workspace.json").read_text())["tables"]
    return tables


@pytest.fixture(scope="module")
def workspace(demo_folder: Path) -> Iterator[EmbeddedBackend]:
    backend = EmbeddedBackend.create(str(demo_folder), {})
    asyncio.run(backend.open())
    yield backend
    asyncio.run(backend.close())


def rows(result: QueryResult) -> list[list[object]]:
    return [list(row.values()) for row in result.to_arrow().to_pylist()]


def expected(text: str) -> object:
    """The second line's answer; a time in it is told by its form."""
    line = text.splitlines()[1]
    if line.startswith("// expect rows: "):
        return int(line.removeprefix("// expect rows: "))
    return [[moment(value) for value in row] for row in json.loads(line.removeprefix("// expect: "))]


def moment(value: object) -> object:
    if isinstance(value, str) and TIME.fullmatch(value):
        return datetime.fromisoformat(value)
    return value


def plain(value: object) -> object:
    return value.to_pydatetime().astimezone(UTC) if hasattr(value, "to_pydatetime") else value


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
async def test_the_companions_queries(workspace: EmbeddedBackend, query: Path) -> None:
    text = TEXTS[query.stem]
    result = await workspace.run(QueryRequest(kql=text))
    assert result.status == "complete", result.reasons
    answer = [[plain(value) for value in row] for row in rows(result)]
    want = expected(text)
    assert (len(answer) if isinstance(want, int) else answer) == want


async def test_the_range_may_come_from_the_session(workspace: EmbeddedBackend) -> None:
    request = QueryRequest(
        kql='search "23.97.60.214" | summarize count() by Type',
        start=datetime(2019, 2, 17, tzinfo=UTC),
        end=datetime(2019, 2, 19, tzinfo=UTC),
    )
    answer = rows(await workspace.run(request))
    assert {str(kind): count for kind, count in answer} == {
        "SecurityAlert": 14,
        "SecurityDetection": 1,
        "AzureActivity": 1,
        "Syslog": 1,
        "SSHAlertDataV2_CL": 3,
        "BYOThreatIntelv1_CL": 1,
        "AuditLog_CL": 7,
        "AzureNetworkAnalytics_CL": 90,
    }


async def test_every_table_of_the_demo_is_there_with_its_figures(
    workspace: EmbeddedBackend, described: dict[str, dict[str, object]]
) -> None:
    found = {table.name: table for table in await workspace.tables()}
    assert described.keys() <= found.keys()
    for name, about in described.items():
        assert found[name].rows == about["rows"]
        assert {column.name: column.type for column in found[name].columns} == about["columns"]


async def test_a_grouped_message_holds_its_lines_by_type(workspace: EmbeddedBackend) -> None:
    text = TEXTS["06-auditd-messages"] + "| where mssg_id startswith '1550503762.000:' and AuditdMessage has 'wget'"
    [[message]] = rows(await workspace.run(QueryRequest(kql=text + "| project AuditdMessage")))
    lines = json.loads(str(message))
    assert [next(iter(line)) for line in lines] == ["SYSCALL", "EXECVE", "CWD", "PATH", "PROCTITLE"]
    [arguments] = [line["EXECVE"] for line in lines if "EXECVE" in line]
    assert arguments[:3] == ["argc=6", 'a0="wget"', 'a1="http://23.97.60.214/a7f3/scan.sh"']
