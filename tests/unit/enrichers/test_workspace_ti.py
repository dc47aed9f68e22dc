"""Against the embedded engine over small exported tables, and against fakes that fail."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jupyterlab_sentinel.enrichers.intel_tables import IntelTable, intel_tables, match_of
from jupyterlab_sentinel.enrichers.workspace_ti import WorkspaceIntelEnricher, _parts
from jupyterlab_sentinel.errors import ServiceError
from jupyterlab_sentinel.kql.lexer import tokenize
from jupyterlab_sentinel.models.indicators import Indicator
from jupyterlab_sentinel.models.workspace import ColumnInfo, TableInfo
from jupyterlab_sentinel.plugins import backend_for
from jupyterlab_sentinel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from jupyterlab_sentinel.models.enrichment import EnrichmentRecord
    from jupyterlab_sentinel.models.tables import QueryResult
    from jupyterlab_sentinel.ports import EnricherContext, QueryBackend, QueryRequest

BAD = Indicator("ipv4", "203.0.113.7")


def stix(identity: str, value: str, day: int, **more: Any) -> dict[str, Any]:
    return {
        "TimeGenerated": f"2019-02-{day:02}T04:00:00Z",
        "Id": identity,
        "ObservableKey": "ipv4-addr:value",
        "ObservableValue": value,
        "IsActive": True,
        "IsDeleted": False,
        "Revoked": False,
        "Confidence": 80,
        "ValidUntil": "2999-01-01T00:00:00Z",
        "SourceSystem": "feed",
        "Data": json.dumps({"indicator_types": ["Botnet"], "description": "bad\u202e thing"}),
        **more,
    }


STIX_ROWS = [
    stix("a", "203.0.113.7", 1, Confidence=10),
    stix("a", "203.0.113.7", 8),
    stix("deleted", "203.0.113.8", 1),
    stix("deleted", "203.0.113.8", 8, IsDeleted=True),
    stix("moved", "203.0.113.9", 1),
    stix("moved", "203.0.113.99", 8),
    stix("revoked", "203.0.113.10", 8, Revoked=True),
    stix("block", "198.51.100.0/24", 8),
    stix("name", "Evil.Example", 8, ObservableKey="domain-name:value", Confidence=None),
    stix("old", "203.0.113.11", 8, ValidUntil="2019-02-09T00:00:00Z"),
    stix("low", "203.0.113.12", 8, Confidence=20),
]
CUSTOM_ROWS = [
    {
        "TimeGenerated": "2019-02-17T02:54:12Z",
        "IndicatorId_s": "c1",
        "NetworkIP_s": "203.0.113.7",
        "Url_s": "http://evil.example/x",
        "FileHashValue_s": "AABB" * 8,
        "Active_s": "False",
        "ThreatType_s": "C2",
        "ExpirationDateTime_t": "2019-03-01T00:00:00Z",
    }
]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")


@pytest.fixture
async def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[QueryBackend]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "logs"
    folder.mkdir()
    write(folder / "ThreatIntelIndicators.ndjson", STIX_ROWS)
    write(folder / "MyThreatIntelligence_CL.ndjson", CUSTOM_ROWS)
    write(folder / "Syslog.ndjson", [{"TimeGenerated": "2019-02-17T02:54:12Z", "HostIP": "203.0.113.7"}])
    made = backend_for(str(folder), Settings())
    await made.open()
    yield made
    await made.close()


async def ask(context: EnricherContext, backend: object, *indicators: Indicator) -> list[EnrichmentRecord]:
    enricher = WorkspaceIntelEnricher(dataclasses.replace(context, backend=backend))  # type: ignore[arg-type]
    return list(await enricher.look_up(indicators))


async def test_the_last_version_counts(context: EnricherContext, backend: QueryBackend) -> None:
    (record,) = await ask(context, backend, BAD)
    assert (record.status, record.verdict, record.score) == ("found", "malicious", 80)
    assert record.details["tables"] == ["ThreatIntelIndicators", "MyThreatIntelligence_CL"]
    assert record.details["match_count"] == 2
    assert record.details["threat_type"] == "Botnet"
    assert record.details["range"] == "all time"
    assert "\u202e" not in record.summary


@pytest.mark.parametrize(
    ("value", "status", "verdict"),
    [
        ("203.0.113.8", "not_found", "unknown"),  # deleted later
        ("203.0.113.9", "not_found", "unknown"),  # about another address now
        ("203.0.113.99", "found", "malicious"),
        ("203.0.113.10", "not_found", "unknown"),  # revoked
        ("203.0.113.11", "found", "suspicious"),  # expired
        ("203.0.113.12", "found", "suspicious"),  # of low confidence
        ("198.51.100.77", "found", "malicious"),  # in a block
        ("198.51.101.77", "not_found", "unknown"),
        ("203.0.113.1", "not_found", "unknown"),
    ],
)
async def test_addresses(
    context: EnricherContext, backend: QueryBackend, value: str, status: str, verdict: str
) -> None:
    (record,) = await ask(context, backend, Indicator("ipv4", value))
    assert (record.status, record.verdict) == (status, verdict), record.summary
    if status == "not_found":
        assert "all time" in record.summary


async def test_expiry_is_told(context: EnricherContext, backend: QueryBackend) -> None:
    (record,) = await ask(context, backend, Indicator("ipv4", "203.0.113.11"))
    assert record.details["expired"] is True
    assert record.details["active"] is True
    assert "expired 2019-02-09" in record.summary


async def test_other_kinds_and_letter_case(context: EnricherContext, backend: QueryBackend) -> None:
    records = await ask(
        context,
        backend,
        Indicator("domain", "evil.example"),
        Indicator("url", "http://evil.example/x"),
        Indicator("url", "http://203.0.113.7/other"),
        Indicator("md5", "aabb" * 8),
        Indicator("ipv4", "203.0.113.77"),
    )
    assert [record.status for record in records] == ["found", "found", "found", "found", "not_found"]
    assert records[2].summary.startswith("203.0.113.7: ")
    assert records[3].details["active"] is False


async def test_quotes_in_values_stay_values(context: EnricherContext, backend: QueryBackend) -> None:
    (record,) = await ask(context, backend, Indicator("url", 'http://x/"); print 1 //\\'))
    assert record.status == "not_found"


class Faulty:
    """A workspace of which some tables fail."""

    def __init__(self, inner: QueryBackend, fails: str = "", partial: str = "") -> None:
        self.inner, self.fails, self.partial = inner, fails, partial
        self.asked: list[QueryRequest] = []
        self.info = inner.info

    async def tables(self, pattern: str | None = None) -> object:
        return await self.inner.tables(pattern)

    async def run(self, request: QueryRequest) -> QueryResult:
        self.asked.append(request)
        if self.fails and self.fails in request.kql:
            raise ServiceError("the service \x1b[2J broke")
        result = await self.inner.run(request)
        if self.partial and self.partial in request.kql:
            return dataclasses.replace(result, status="partial", reasons=("too much",))
        return result


@pytest.mark.parametrize("options", [{"fails": "ThreatIntelIndicators"}, {"partial": "ThreatIntelIndicators"}])
async def test_not_found_needs_every_table(
    context: EnricherContext, backend: QueryBackend, options: dict[str, str]
) -> None:
    faulty = Faulty(backend, **options)
    found, missing = await ask(context, faulty, BAD, Indicator("ipv4", "203.0.113.1"))
    assert found.status == "found"
    assert "incomplete" in found.summary
    assert found.details["failures"]
    assert missing.status == "error"
    assert "\x1b" not in missing.summary


async def test_one_query_a_table_and_no_time_range(context: EnricherContext, backend: QueryBackend) -> None:
    watching = Faulty(backend)
    many = [Indicator("ipv4", f"203.0.113.{n}") for n in range(256)]
    await ask(context, watching, *many)
    assert len(watching.asked) == 2
    assert all(request.start is None and request.end is None for request in watching.asked)


async def test_no_workspace_and_no_table(
    context: EnricherContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    (record,) = await ask(context, None, BAD)
    assert (record.status, "connect" in record.summary) == ("not_set_up", True)
    folder = tmp_path / "logs"
    folder.mkdir()
    write(folder / "Syslog.ndjson", [{"TimeGenerated": "2019-02-17T02:54:12Z", "HostIP": "203.0.113.7"}])
    other = backend_for(str(folder), Settings())
    await other.open()
    (record,) = await ask(context, other, BAD)
    assert (record.status, "no table" in record.summary) == ("not_set_up", True)
    await other.close()


def test_parts_are_as_few_as_fit() -> None:
    assert len(list(_parts([Indicator("ipv4", "203.0.113.7")] * 2000))) == 1
    assert len(list(_parts([Indicator("ipv4", "203.0.113.7")] * 2001))) == 2
    long = [Indicator("url", "http://x/" + "a" * 4000)] * 100
    assert len(list(_parts(long))) == 9
    assert [one for part in _parts(long) for one in part] == long
    assert list(_parts([])) == []


def plan(name: str, **columns: str) -> list[IntelTable]:
    return intel_tables([TableInfo(name, tuple(ColumnInfo(*item) for item in columns.items()))])


def test_tables_are_told_by_name_and_columns() -> None:
    assert plan("BYOThreatIntelv1_CL", NetworkIP_s="string")
    assert plan("My_IOC_CL", Indicator_Value_s="string")
    assert not plan("BYOThreatIntelv1_CL", Computer="string")
    assert not plan("SecurityAlert", NetworkIP="string")
    assert not plan("Sociocracy_CL", NetworkIP_s="string")


def test_odd_names_of_columns_stay_names() -> None:
    (table,) = plan("Odd'] | print 1 //ThreatIntel_CL", NetworkIP="string", Id="string", TimeGenerated="datetime")
    kql = table.query({"ipv4": ["1.1.1.1"]})
    assert kql is not None
    assert "print" not in [token.text for token in tokenize(kql)]
    assert table.query({"domain": ["x.com"]}) is None


@pytest.mark.parametrize(
    "column", ["Confidence", "ValidUntil", "Data", "IsActive", "TimeGenerated", "AdditionalFields"]
)
@pytest.mark.parametrize("value", [None, "", "x", 10**30, [1], {"a": 1}, float("nan"), "[", '{"indicator_types":5}'])
def test_rows_of_any_form_are_read(column: str, value: object) -> None:
    columns = dict.fromkeys(
        ["Id", "ObservableValue", "Confidence", "ValidUntil", "Data", "IsActive", "AdditionalFields"], "string"
    )
    (table,) = plan("ThreatIntelIndicators", TimeGenerated="datetime", **columns)
    match = match_of(table, {**stix("a", "x", 1), column: value})
    assert match is not None
    match.expired(datetime.now(UTC))
