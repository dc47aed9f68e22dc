"""Every record of the hostile corpus through the list and the details, on a real server."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.conftest import Server

CORPUS = json.loads((Path(__file__).parents[1] / "data" / "hostile-alerts.json").read_text("utf-8"))
# Records whose columns hold lists, bools or nothing would turn the columns of all others into dynamic ones.
ODD = [record for record in CORPUS["records"] if record["class"] == "types"]
RECORDS = [record for record in CORPUS["records"] if record["class"] != "types"]
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
# no table can hold these; tests/unit/services has them go through the details as they are
LONE_SURROGATE = re.compile(r"\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}")
LINK = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://|\bwww\.[a-z0-9]")
PORTALS = {"portal.azure.com", "security.microsoft.com"}
SEVERITIES = {"High", "Medium", "Low", "Informational", "Unknown"}
RAW_FIELDS = {"id", "raw", "portalLink", "cells"}


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of an answer with the name of its field."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class Corpus:
    """Records as the server tells them: all rows, and the details of each."""

    def __init__(self, server: Server, address: str) -> None:
        self.rows: list[dict[str, Any]] = []
        while True:
            page = server.get("alerts", workspace=address, spec="all", offset=len(self.rows), limit=100)
            assert page.status == 200, page.json
            if not page.json["alerts"]:
                break
            self.rows += page.json["alerts"]
        self.details: list[dict[str, Any]] = []
        for row in self.rows:
            answer = server.get("alert", workspace=address, spec="all", id=row["id"])
            assert answer.status == 200, (row, answer.json)
            self.details.append(answer.json)


def connected(server: Server, root: Path, name: str, records: list[dict[str, Any]]) -> str:
    """The address of a folder of these records."""
    folder = root / name
    folder.mkdir()
    lines = (LONE_SURROGATE.sub(r"\\ufffd", json.dumps(record["alert"])) for record in records)
    (folder / "SecurityAlert.ndjson").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    answer = server.post("connect", name=name)
    assert answer.status == 200, answer.json
    address: str = answer.json["address"]
    return address


def opened(server: Server, root: Path, name: str, records: list[dict[str, Any]]) -> Corpus:
    return Corpus(server, connected(server, root, name, records))


@pytest.fixture(scope="module")
def told() -> list[Corpus]:
    return []


@pytest.fixture
def corpus(told: list[Corpus], request: pytest.FixtureRequest) -> Corpus:
    """The whole corpus, asked for once: the tests look at what was told, each from its own side."""
    if not told:
        server, root = (request.getfixturevalue(name) for name in ("server", "jp_root_dir"))
        told.append(opened(server, root, "hostile", RECORDS))
    return told[0]


def test_columns_of_mixed_types_cost_no_row(server: Server, jp_root_dir: Path) -> None:
    odd = opened(server, jp_root_dir, "odd", ODD)
    assert len(odd.rows) == len(ODD)
    assert len({row["id"] for row in odd.rows}) == len(ODD)
    assert all(row["title"] for row in odd.rows)
    assert {row["severity"] for row in odd.rows} == {"Medium", "Unknown"}


def test_the_corpus_is_listed_whole_and_inert(corpus: Corpus) -> None:
    assert len(corpus.rows) == len(RECORDS)
    assert len({row["id"] for row in corpus.rows}) == len(corpus.rows)
    for row in corpus.rows:
        assert row["severity"] in SEVERITIES
        for name, text in texts(row):
            assert utf16(text) <= 200, name
    for answer in (*corpus.rows, *corpus.details):
        for name, text in texts(answer):
            if name not in RAW_FIELDS:
                assert not HIDDEN.search(text), (name, text[:200])
                assert not LINK.search(text), (name, text[:200])


def test_details_are_bounded_and_say_what_they_left_out(corpus: Corpus) -> None:
    for detail in corpus.details:
        for name, text in texts(detail):
            if name not in RAW_FIELDS:
                assert utf16(text) <= 10_000, name
        assert len(detail["properties"]) <= 200
        assert len(json.dumps(detail)) < 2_000_000
    long = [detail["description"] for detail in corpus.details if detail["description"]["truncated"]]
    assert len(long) >= 7
    assert any(passage["text"].startswith("AAAA") for passage in long)
    many = [problem for detail in corpus.details for problem in detail["problems"]]
    assert any("Indicators" in problem for problem in many)


def test_marks_lie_within_their_texts(corpus: Corpus) -> None:
    def passages(value: Any) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            if "marks" in value:
                yield value
            for inner in value.values():
                yield from passages(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from passages(inner)

    found = 0
    for detail in corpus.details:
        for passage in passages(detail):
            end = 0
            for mark in passage["marks"]:
                assert end <= mark["start"] < mark["end"] <= utf16(passage["text"])
                end = mark["end"]
                found += 1
    assert found > 100


def test_only_portals_become_links(corpus: Corpus) -> None:
    links = [detail["portalLink"] for detail in corpus.details if detail["portalLink"] is not None]
    assert links
    for link in links:
        assert link.startswith("https://")
        assert link.removeprefix("https://").split("/")[0] in PORTALS
        assert len(link) <= 4096
    payloads = {record["alert"]["AlertLink"] for record in RECORDS if record["class"] == "link"}
    assert not payloads & set(links)


def expecting(corpus: Corpus, name: str, records: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The corpus' records that expect ``name``, each with its detail; those without an id of their own are left out."""
    by_id = {detail["row"]["id"]: detail for detail in corpus.details}
    pairs = [
        (record, by_id.get(str(record["alert"].get("SystemAlertId")))) for record in records if name in record["expect"]
    ]
    return [(record, detail) for record, detail in pairs if detail is not None]


def test_what_does_not_parse_is_marked_and_its_text_stays_reachable(corpus: Corpus) -> None:
    broken = {"truncated JSON", "python repr", "base64 gzip", "broken ExtendedProperties", "20,000-deep list"}
    pairs = expecting(corpus, "TOLERATE", RECORDS)
    assert len(pairs) > 20
    seen = set()
    for record, detail in pairs:
        if record["note"] in broken:
            seen.add(record["note"])
            assert detail["row"]["problemCount"] > 0, record["id"]
            assert detail["problems"], record["id"]
            labels = {field["label"]: field["value"]["text"] for field in detail["properties"]}
            raw = labels[f"{record['field']} (as it came)"]
            assert raw[:5] == record["alert"][record["field"]][:5]
    assert seen == broken


def test_controls_are_shown_as_escapes(corpus: Corpus) -> None:
    pairs = expecting(corpus, "VISIBLE_CONTROLS", RECORDS)
    assert len(pairs) > 20
    checked = 0
    for record, detail in pairs:
        value = record["alert"].get(record["field"])
        if isinstance(value, str) and (match := HIDDEN.search(value)) and ord(match[0]) not in range(0xD800, 0xE000):
            shown = json.dumps(detail, ensure_ascii=False)
            assert f"<U+{ord(match[0]):04X}>" in shown, record["id"]
            checked += 1
    assert checked >= 10


def test_severities_outside_the_table_are_unknown_and_told_as_text(corpus: Corpus) -> None:
    for record, detail in expecting(corpus, "ENUM", RECORDS):
        if record["field"] == "AlertSeverity":
            assert detail["row"]["severity"] == "Unknown"
            assert detail["row"]["severityLabel"][:5] == record["alert"]["AlertSeverity"][:5]


def test_filtering_by_any_payload_answers(server: Server, jp_root_dir: Path) -> None:
    address = connected(server, jp_root_dir, "hostile", RECORDS)
    for record in RECORDS[::5]:
        value = record["alert"].get(record["field"])
        if isinstance(value, str) and 0 < len(value) < 1000:
            text = value.encode("utf-8", "replace").decode()
            assert server.get("alerts", workspace=address, spec="all", contains=text).status == 200
