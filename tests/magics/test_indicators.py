"""``%iocs``, ``%enrich`` and ``%sentinel sweep``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.magics.conftest import answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.magics.conftest import FakeBackend, Notebook

C2 = "23.97.60.214"
C2_TABLES = {
    "AzureNetworkAnalytics_CL": 90,
    "SecurityAlert": 14,
    "AuditLog_CL": 7,
    "SSHAlertDataV2_CL": 3,
    "AzureActivity": 1,
    "BYOThreatIntelv1_CL": 1,
    "SecurityDetection": 1,
    "Syslog": 1,
}
REPORT = "Seen: hxxp://evil[.]example[.]com/a.sh from 23[.]97[.]60[.]214, not 10.0.0.300."


def test_text_below_is_searched(notebook: Notebook) -> None:
    frame = notebook.ok(f"%%iocs -o found\n{REPORT}").value
    assert list(frame.columns) == ["type", "value", "defanged", "source", "start", "end"]
    assert frame["value"].tolist() == ["http://evil.example.com/a.sh", "evil.example.com", C2]
    assert notebook.variables["found"] is frame


def test_a_variable_a_column_and_a_file_are_searched(notebook: Notebook, tmp_path: Path) -> None:
    notebook.variables["report"] = REPORT
    notebook.variables["logs"] = pd.DataFrame({"a b": [REPORT, None], "other": ["8.8.8.8", "9.9.9.9"]})
    notebook.variables["lines"] = [REPORT, "8.8.8.8"]
    (tmp_path / "report one.txt").write_text(REPORT)
    assert C2 in notebook.ok("%iocs report --types ipv4").value["value"].tolist()
    assert notebook.ok("%iocs logs:other").value["value"].tolist() == ["8.8.8.8", "9.9.9.9"]
    assert notebook.ok('%iocs "logs:a b" --types ipv4').value["value"].tolist() == [C2]
    assert notebook.ok("%iocs lines --types ipv4").value["value"].tolist() == [C2, "8.8.8.8"]
    assert C2 in notebook.ok(f"%iocs {tmp_path}/report one.txt").value["value"].tolist()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("reprot", "There is no variable reprot"),
        ("./nothing.txt", "nothing.txt cannot be read"),
        ("report:column", "report is no frame"),
        ("number", "number is a int, and no text, file or frame"),
        ("logs:nope", "nope"),
        ("report --types ipv5", "There is no indicator type ipv5"),
        ("", "required"),
    ],
)
def test_mistakes_of_iocs(notebook: Notebook, line: str, said: str) -> None:
    notebook.variables.update(report=REPORT, number=3, logs=pd.DataFrame({"a": ["x"]}))
    message = notebook.run(f"%iocs {line}").message
    assert said in message
    assert "Traceback" not in message


def test_values_are_enriched(demo: Notebook) -> None:
    frame = demo.ok(f"%enrich {C2}, hxxp://evil[.]example/x -o known").value
    assert frame["value"].tolist()[0] == C2
    assert frame["country"][0] == "Singapore"
    assert frame["ti_threat"][0] == "Botnet"
    assert demo.variables["known"] is frame


def test_a_frame_keeps_its_rows(demo: Notebook) -> None:
    demo.variables["flows"] = pd.DataFrame({"who": ["a", "b", "c"], "peer": [C2, None, C2]})
    frame = demo.ok("%enrich flows:peer").value
    assert frame["who"].tolist() == ["a", "b", "c"]
    assert frame["country"].tolist()[0] == frame["country"].tolist()[2] == "Singapore"


def test_a_map_is_shown_or_its_absence_told(demo: Notebook) -> None:
    shown = demo.ok(f"%enrich {C2} --map")
    assert any("application/vnd.jupyter.widget-view+json" in bundle for bundle in shown.bundles)
    assert "No map" in demo.ok("%enrich 10.0.0.1 --map").text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nothing", "There is no variable nothing"),
        ("frame", "Which column is to be enriched"),
        ("frame:z", "no column"),
        (f"{C2} --providers nobody", "There is no provider"),
        (f"{C2} --providers rdns", "not switched on; nothing was sent"),
        (f"{C2} --all --providers geoip", "contradict"),
        ("number", "A int holds no values"),
    ],
)
def test_mistakes_of_enrich(demo: Notebook, line: str, said: str) -> None:
    demo.variables.update(frame=pd.DataFrame({"a": [C2], "b": [C2]}), number=3)
    message = demo.run(f"%enrich {line}").message
    assert said in message
    assert "Traceback" not in message


def test_a_sweep_counts_as_search_does(demo: Notebook) -> None:
    frame = demo.ok(f"%sentinel sweep {C2} -o hits").value
    assert dict(zip(frame["table"], frame["count"], strict=True)) == C2_TABLES
    searched = demo.ok(f"%%sentinel\nsearch '{C2}' | summarize n = count() by Type").value
    assert dict(zip(searched["Type"], searched["n"], strict=True)) == C2_TABLES
    assert frame["first"].min() >= pd.Timestamp("2019-02-17", tz="UTC")
    assert frame["last"].max() < pd.Timestamp("2019-02-19", tz="UTC")
    assert frame.attrs["sentinel"]["requests"] == 1


def test_a_sweep_takes_frames_lists_texts_and_alerts(demo: Notebook) -> None:
    demo.ok(f"%%iocs -o found --types ipv4\n{REPORT} 185.49.71.101")
    frame = demo.ok("%sentinel sweep found").value
    missed = frame[frame["count"] == 0]
    assert missed["value"].tolist() == ["185.49.71.101"]
    assert missed["table"].tolist() == [""]
    assert missed["first"].isna().all()
    demo.variables["values"] = [C2, "23[.]97[.]60[.]214", "185.49.71.101"]
    assert len(demo.ok("%sentinel sweep values").value) == 9
    demo.variables["text"] = f"{C2}, 185.49.71.101"
    assert len(demo.ok("%sentinel sweep text").value) == 9
    identifier = demo.ok("%sentinel alerts --severity High").value["id"][0]
    demo.ok(f"%sentinel alert {identifier} -o alert")
    assert C2 in demo.ok("%sentinel sweep alert").value["value"].tolist()


def test_a_sweep_of_some_tables(demo: Notebook) -> None:
    frame = demo.ok(f"%sentinel sweep {C2} --tables syslog,Security*").value
    assert set(frame["table"]) == {"Syslog", "SecurityAlert", "SecurityDetection"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1.2.3.4 --tables Sylog", "There is no table Sylog"),
        ("1.2.3.4 --tables X*", "No table is called like X*"),
        ("1.2.3.4 --tables ,", "--tables needs a table"),
        ("nothing", "There is no variable nothing"),
        ("empty", "no value was given"),
        ("number", "A int holds no values"),
        ("words:column", "words is no frame"),
    ],
)
def test_mistakes_of_sweep(demo: Notebook, line: str, said: str) -> None:
    demo.variables.update(empty=[], number=3, words=["a"])
    message = demo.run(f"%sentinel sweep {line}").message
    assert said in message
    assert "Traceback" not in message


def test_a_partial_sweep_says_so(notebook: Notebook, faked: Callable[..., FakeBackend]) -> None:
    columns: dict[str, list[str]] = {"value": [], "table_name": [], "row_count": [], "first_time": [], "last_time": []}
    faked(answer(columns, status="partial", reasons=("one table was not read",)))
    cell = notebook.ok("%sentinel sweep 1.2.3.4")
    assert "Incomplete: one table was not read" in cell.text
    assert cell.value.attrs["sentinel"]["status"] == "partial"
