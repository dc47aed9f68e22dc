"""Part 1 of the article: from the report's addresses to an alert."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Ask = Callable[[str], list[tuple[Any, ...]]]

C2 = "23.97.60.214"
SIX = ("185.49.71.101", "47.91.56.21", "103.225.168.159", "31.148.220.53", "89.34.111.113", "185.162.131.92")
RANGE = "TimeGenerated >= '2019-02-17' and TimeGenerated < '2019-02-19'"


def tables_with(folder: Path, pattern: str, *, within: str = "true") -> dict[str, int]:
    """Tables and the number of their rows in which a column of text has a match."""
    import duckdb

    found = {}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for file in sorted(folder.glob("*.parquet")):
            texts = [field.name for field in parquet.read_schema(file) if str(field.type) == "string"]
            anywhere = " or ".join(f"regexp_matches(\"{name}\", '{pattern}')" for name in texts)
            sql = f"select count(*) from read_parquet('{file}') where ({within}) and ({anywhere})"
            [(count,)] = connection.execute(sql).fetchall()
            if count:
                found[file.stem] = count
    return found


def as_term(address: str) -> str:
    return rf"(^|[^0-9A-Za-z]){re.escape(address)}($|[^0-9A-Za-z])"


def test_the_search_for_the_attackers_address(workspace: Path) -> None:
    assert tables_with(workspace, as_term(C2), within=RANGE) == {
        "SecurityAlert": 14,
        "SecurityDetection": 1,
        "AzureActivity": 1,
        "Syslog": 1,
        "SSHAlertDataV2_CL": 3,
        "BYOThreatIntelv1_CL": 1,
        "AuditLog_CL": 7,
        "AzureNetworkAnalytics_CL": 90,
    }


def test_the_address_is_always_a_term_of_its_own(workspace: Path) -> None:
    anywhere = tables_with(workspace, re.escape(C2))
    assert anywhere == tables_with(workspace, as_term(C2))


def test_beyond_the_range_the_address_is_only_where_the_story_has_it(workspace: Path) -> None:
    assert tables_with(workspace, re.escape(C2), within=f"not ({RANGE})") == {
        "AzureNetworkAnalytics_CL": 11,  # the flows of 16 February
        "SecurityEvent": 6,  # the logons on the second host, that same night
        "ThreatIntelIndicators": 4,
        "ThreatIntelligenceIndicator": 4,
    }


def test_the_reports_addresses_are_nowhere(workspace: Path) -> None:
    assert tables_with(workspace, "|".join(re.escape(address) for address in SIX)) == {}


def test_alerts_of_the_range(ask: Ask) -> None:
    rows = ask(f"""
        select AlertName, CompromisedEntity, AlertSeverity, count(distinct SystemAlertId), count(*),
               count(*) filter (concat_ws(' ', Entities, ExtendedProperties, Description) like '%{C2}%')
        from SecurityAlert where {RANGE} group by all order by 1""")
    assert rows == [
        ("Detected suspicious file download", "MSTICALERTSLXVM2", "High", 1, 1, 1),
        ("SSH Anomalous Login ML", "MSTICALERTSLXVM2", "Medium", 18, 18, 13),
    ]


def test_every_time_of_an_alert_is_on_the_same_side_of_the_range(ask: Ask) -> None:
    mixed = ask(f"""
        select AlertName from SecurityAlert
        where ({RANGE}) != (StartTime >= '2019-02-17' and StartTime < '2019-02-19')
           or ({RANGE}) != (EndTime >= '2019-02-17' and EndTime < '2019-02-19')""")
    assert mixed == []


def test_alerts_that_were_updated_lie_outside_the_range(ask: Ask) -> None:
    [(alerts, rows)] = ask("""
        select count(*), sum(n)
        from (select SystemAlertId, count(*) n from SecurityAlert group by 1 having n > 1)""")
    assert alerts > 10
    assert rows > 2 * alerts
    order = ask("""
        select distinct list(Status order by TimeGenerated)::varchar, count(*) = count(distinct TimeGenerated)
        from SecurityAlert group by SystemAlertId order by 1""")
    assert order == [("[New, InProgress, Resolved]", True), ("[New, InProgress]", True), ("[New]", True)]
    inside = ask(f"select SystemAlertId from SecurityAlert where {RANGE} group by 1 having count(*) > 1")
    assert inside == []


def test_the_download_alert(ask: Ask) -> None:
    [(start, severity, tactics, techniques, text)] = ask("""
        select strftime(StartTime, '%Y-%m-%d %H:%M:%S'), AlertSeverity, Tactics, Techniques, Entities
        from SecurityAlert where AlertName = 'Detected suspicious file download'""")
    assert (start, severity, tactics) == ("2019-02-18 15:29:22", "High", "CommandAndControl")
    assert json.loads(str(techniques)) == ["T1105"]
    entities = {entity["$id"]: entity for entity in json.loads(str(text))}
    assert {entity["Type"] for entity in entities.values()} == {
        "host",
        "account",
        "process",
        "file",
        "host-logon-session",
    }
    [process] = [one for one in entities.values() if "ImageFile" in one]
    assert re.fullmatch(rf"wget http://{re.escape(C2)}/\S+\.sh .*", process["CommandLine"])
    assert entities[process["ImageFile"]["$ref"]]["Name"] == "wget"
    assert entities[process["ParentProcess"]["$ref"]]["CommandLine"] == "bash"
    assert entities[process["Account"]["$ref"]]["Name"] == "dbadmin"
    del process["CommandLine"]
    assert C2 not in json.dumps(entities)


def test_references_between_entities_lead_somewhere(ask: Ask) -> None:
    for (text,) in ask("select Entities from SecurityAlert"):
        entities = json.loads(str(text))
        ids = [entity["$id"] for entity in entities]
        assert len(set(ids)) == len(ids)
        assert set(re.findall(r'"\$ref": "(\d+)"', json.dumps(entities))) <= set(ids)


def test_the_custom_intelligence(ask: Ask) -> None:
    rows = ask(f"""
        select ThreatType_s, Active_s, TrafficLightProtocolLevel_s, ConfidenceScore_s, ThreatSeverity_s,
               ExpirationDateTime_t::varchar, TimeGenerated::varchar
        from BYOThreatIntelv1_CL where NetworkIP_s = '{C2}'""")
    assert rows == [("Botnet", "True", "Green", "0", "0", "2019-02-07 02:13:08.525+00", "2019-02-17 02:54:12.099+00")]


@pytest.mark.parametrize(
    ("table", "name", "value", "expires"),
    [
        ("ThreatIntelligenceIndicator", "IndicatorId", "NetworkIP", "ExpirationDateTime"),
        ("ThreatIntelIndicators", "Id", "ObservableValue", "ValidUntil"),
    ],
)
def test_the_tables_that_came_after_publish_it_again_and_again(
    ask: Ask, table: str, name: str, value: str, expires: str
) -> None:
    [(rows, ids, expiry)] = ask(f"""
        select count(distinct TimeGenerated), count(distinct {name}), any_value({expires})::varchar
        from {table} where {value} = '{C2}'""")
    assert (rows, ids, expiry) == (4, 1, "2019-02-07 02:13:08.525+00")


def test_incidents_name_the_alerts(ask: Ask) -> None:
    rows = ask("""
        with named as (select IncidentNumber, unnest(AlertIds::json::varchar[]) as id from SecurityIncident)
        select IncidentNumber, count(distinct SystemAlertId) from named join SecurityAlert on SystemAlertId = id
        group by 1 order by 1""")
    assert rows == [(1398, 18), (1402, 1)]
