from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jupyterlab_sentinel.models.alerts import Alert, AlertList, Incident
from jupyterlab_sentinel.models.entities import Entity
from jupyterlab_sentinel.models.timerange import ALL
from jupyterlab_sentinel.models.wire import AlertsQuery
from jupyterlab_sentinel.services.alert_rows import parse_alerts
from jupyterlab_sentinel.services.details import alert_detail
from jupyterlab_sentinel.services.listings import Listing, alert_row, row_id
from jupyterlab_sentinel.services.states import time_range_state

CORPUS = json.loads((Path(__file__).parents[2] / "data" / "hostile-alerts.json").read_text("utf-8"))["records"]
START = datetime(2019, 2, 18, 15, 29, 22, tzinfo=UTC)


def alert(**fields: Any) -> Alert:
    known: dict[str, Any] = {
        "system_alert_id": "a-1",
        "name": "An alert",
        "severity": "High",
        "severity_text": "High",
    }
    return Alert(**{**known, "status": "New", **fields})


def test_every_hostile_record_becomes_json_surrogates_and_all() -> None:
    alerts = parse_alerts([record["alert"] for record in CORPUS])
    assert len(alerts) == len(CORPUS)
    for one in alerts:
        decoded = json.loads(msgspec.json.encode(alert_detail(one, row_id(one))))
        assert decoded["row"]["title"]
        assert len(json.dumps(decoded)) < 1_000_000


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (START, START + timedelta(seconds=16), "2019-02-18 15:29:22 UTC, 16 s"),
        (START, START + timedelta(minutes=5), "2019-02-18 15:29:22 UTC, 5 min"),
        (START, START + timedelta(hours=3, minutes=1), "2019-02-18 15:29:22 UTC, 3 h 1 min"),
        (START, START + timedelta(days=3), "2019-02-18 15:29:22 UTC, 3 d"),
        (START, START, "2019-02-18 15:29:22 UTC"),
        (START, START - timedelta(hours=1), "2019-02-18 15:29:22 UTC"),
        (None, START, "2019-02-18 15:29:22 UTC"),
    ],
)
def test_when_is_a_moment_and_a_length(start: datetime | None, end: datetime | None, said: str) -> None:
    facts = alert_detail(alert(start=start, end=end), "a-1").facts
    assert [fact.value.text for fact in facts if fact.label == "When"] == [said]


def test_techniques_have_their_names() -> None:
    detail = alert_detail(alert(techniques=("T1105", "T1059<script>"), sub_techniques=("T1059.004",)), "a-1")
    assert detail.techniques == ("T1105 Ingress Tool Transfer", "T1059<script>", "T1059.004 Unix Shell")


def test_entities_that_hold_each_other_end_somewhere() -> None:
    host = Entity("host", {"HostName": "HOST1"})
    account = Entity("account", {"Name": "ian", "Host": host})
    host.fields["LoggedOn"] = account
    detail = alert_detail(alert(entities=(host, account)), "a-1")
    assert [(card.kind, card.title.text) for card in detail.entities] == [("Host", "HOST1"), ("Account", "ian")]
    assert [field.value.text for field in detail.entities[0].fields] == ["HOST1", "Account ian"]


@pytest.mark.parametrize(("written", "said"), [("24901", "pid 24901"), ("0x6147", "pid 24903"), ("0xzz", "pid 0xzz")])
def test_process_ids_are_decimal(written: str, said: str) -> None:
    process = Entity("process", {"ProcessId": written, "CommandLine": "bash"})
    assert alert_detail(alert(entities=(process,)), "a-1").entities[0].aside == said


def test_a_flood_of_entities_is_cut_and_told() -> None:
    flood = tuple(Entity("file", {"Name": "A" * 9000}) for _ in range(150))
    detail = alert_detail(alert(entities=flood), "a-1")
    assert len(detail.entities) == 100
    assert "Entities: 150, the first 100 are shown" in detail.problems
    assert len(msgspec.json.encode(detail)) < 600_000


def test_the_incident_of_an_alert_is_told() -> None:
    incident = Incident(7, "Intrusion\u202e", "Active", "High", "ana@contoso.example", None)
    rows = alert_detail(alert(incident=incident), "a-1").incidents
    assert [(row.number, row.title, row.owner) for row in rows] == [(7, "Intrusion<U+202E>", "ana@contoso.example")]


def test_a_link_outside_the_portals_is_none_whoever_made_the_alert() -> None:
    assert alert_detail(alert(alert_link="https://evil.example/"), "a-1").portal_link is None
    assert alert_detail(alert(alert_link="https://portal.azure.com/#x"), "a-1").portal_link


def test_an_indicator_tells_every_place_it_stands_in() -> None:
    process = Entity("process", {"ProcessId": "7", "CommandLine": "curl http://203.0.113.9/x"})
    detail = alert_detail(alert(description="see 203.0.113.9", entities=(process,)), "a-1")
    places = {row.raw: row.where for row in detail.indicators}
    assert places["203.0.113.9"] == ("Process.CommandLine", "Description")
    assert places["http://203.0.113.9/x"] == ("Process.CommandLine",)


def test_rows_tell_alerts_of_one_name_apart() -> None:
    entities = (
        Entity("host", {"HostName": "HOST1"}),
        Entity("ip", {"Address": "203.0.113.9"}),
        Entity("ip", {"Address": "2001:db8::1"}),
        Entity("account", {"Name": "dbadmin"}),
    )
    row = alert_row(alert(entities=entities), "a-1")
    assert row.subtitle == "HOST1 · 203[.]0[.]113[.]9 · 2001[:]db8[:][:]1 · dbadmin"
    bare = alert_row(alert(compromised_entity="HOST2", tactics=("CommandAndControl",), entities=entities[:1]), "a-1")
    assert bare.subtitle == "HOST2 · Command and Control · 1 entity"
    assert bare.tactics == ("Command and Control",)
    named = alert_row(alert(compromised_entity="HOST2", tactics=("InitialAccess",), entities=entities[3:]), "a-1")
    assert named.subtitle == "HOST2 · dbadmin · Initial Access · 1 entity"


def test_ids_that_are_not_plain_are_replaced_and_all_are_unique() -> None:
    odd = [alert(system_alert_id=name, raw={"n": number}) for number, name in enumerate(["", "", "a/b?c", "\ud800"])]
    same = [alert(system_alert_id="a-1", raw={"n": number}) for number in range(3)]
    listing = Listing(AlertList([*odd, *same]), time_range_state(ALL))
    keys = list(listing.by_id)
    assert len(keys) == 7
    assert keys[4:] == ["a-1", "a-1-2", "a-1-3"]
    assert all(key.startswith("row-") for key in keys[:4])
    assert row_id(odd[2]) == row_id(alert(system_alert_id="a/b?c", raw={"n": 2}))
    assert listing.find(keys[1]) is odd[1]


def test_a_partial_list_says_so_on_every_page() -> None:
    listing = Listing(AlertList([alert()], reasons=["cut at 500,000 rows\u202e"]), time_range_state(ALL))
    page = listing.page(AlertsQuery(workspace="demo"))
    assert page.status == "partial"
    assert page.reasons == ("cut at 500,000 rows<U+202E>",)


@pytest.mark.parametrize(("longest", "shown"), [(0, 10_000), (10_000, 10_000), (100_000, 60_000), (10**9, 60_000)])
def test_more_of_a_long_text_is_given_on_request(longest: int, shown: int) -> None:
    text = "word " * 12_000
    description = alert_detail(alert(description=text), "a-1", longest=longest).description
    assert len(description.text) == shown
    assert description.truncated == (shown < len(text))


def test_there_is_an_end_to_what_is_given() -> None:
    description = alert_detail(alert(description="a " * 600_000), "a-1", longest=10**9).description
    assert len(description.text) == 1_000_000
    assert description.truncated
