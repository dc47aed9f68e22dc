from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from jupyterlab_sentinel.magics.sentinel import SUBCOMMANDS
from jupyterlab_sentinel.models.alerts import Alert
from tests.magics.conftest import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.magics.conftest import FakeBackend, Notebook


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_each_has_help(notebook: Notebook, name: str) -> None:
    text = notebook.ok(f"%sentinel {name} --help").text
    assert f"%sentinel {name}" in text
    assert "usage" in text


@pytest.mark.parametrize("name", ["iocs", "enrich"])
def test_the_other_magics_have_help(notebook: Notebook, name: str) -> None:
    assert f"%{name}" in notebook.ok(f"%{name} --help").text


@pytest.mark.parametrize("line", ["", "--help", "help"])
def test_alone_it_lists_the_commands(notebook: Notebook, line: str) -> None:
    text = notebook.ok(f"%sentinel {line}").text
    assert all(f"%sentinel {name} " in text for name in SUBCOMMANDS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("connet demo", "connect"), ("timerage", "timerange"), ("alrets", "alerts"), ("swep x", "sweep")],
)
def test_a_mistyped_command_is_guessed(notebook: Notebook, typed: str, meant: str) -> None:
    assert f"Did you mean {meant}" in notebook.run(f"%sentinel {typed}").message


def test_a_query_on_a_line_is_told_where_it_belongs(notebook: Notebook) -> None:
    assert "%%sentinel" in notebook.run("%sentinel Syslog | take 5").message


def test_tables(demo: Notebook) -> None:
    frame = demo.ok("%sentinel tables").value
    assert list(frame.columns) == ["name", "rows", "first", "last", "columns", "description"]
    assert len(frame) == 23
    assert str(frame["first"].dtype) == "datetime64[us, UTC]" or "UTC" in str(frame["first"].dtype)
    assert demo.ok("%sentinel tables security*").value["name"].tolist() == [
        "SecurityAlert",
        "SecurityDetection",
        "SecurityEvent",
        "SecurityIncident",
    ]
    assert "SigninLogs" in demo.ok("%sentinel tables signin").value["name"].tolist()
    assert "No table of demo is called like xyz" in demo.run("%sentinel tables xyz").message


def test_schema(demo: Notebook) -> None:
    frame = demo.ok("%sentinel schema securityalert -o columns").value
    assert frame.set_index("column")["type"]["TimeGenerated"] == "datetime"
    assert demo.variables["columns"] is frame
    message = demo.run("%sentinel schema SecurtyAlert").message
    assert message.splitlines() == [
        "There is no table SecurtyAlert.",
        "Did you mean SecurityAlert or SecurityEvent?",
    ] or ("Did you mean SecurityAlert" in message)


def test_alerts_are_one_row_each(demo: Notebook) -> None:
    frame = demo.ok("%sentinel alerts").value
    assert len(frame) == 19
    assert frame["id"].is_unique
    assert frame["time"].is_monotonic_decreasing
    assert frame["name"].value_counts().to_dict() == {
        "SSH Anomalous Login ML": 18,
        "Detected suspicious file download": 1,
    }


def test_alerts_are_filtered(demo: Notebook) -> None:
    assert len(demo.ok("%sentinel alerts --severity high").value) == 1
    assert len(demo.ok("%sentinel alerts --severity High,Medium").value) == 19
    cell = demo.ok("%sentinel alerts --contains 23[.]97[.]60[.]214 -o suspicious")
    assert len(cell.value) == 14
    assert "14 of the 19 alerts of the range" in cell.text
    assert demo.variables["suspicious"] is cell.value
    assert demo.ok("%sentinel alerts --contains nothing has this").value.empty


def test_an_unknown_severity_is_refused(demo: Notebook) -> None:
    message = demo.run("%sentinel alerts --severity Hihg").message
    assert "“Hihg” is no severity." in message
    assert "High" in message


def test_an_alert_is_shown_whole(demo: Notebook) -> None:
    alerts = demo.ok("%sentinel alerts --severity High").value
    identifier = alerts["id"][0]
    text = demo.ok(f"%sentinel alert {identifier[:8].upper()} -o alert").text
    assert isinstance(demo.variables["alert"], Alert)
    assert "High · Detected suspicious file download" in text
    assert "23[.]97[.]60[.]214" in text
    assert "Process.CommandLine" in text
    assert "2019-02-18 15:29:22" in text
    assert "first activity" in text
    assert "dbadmin" in text
    assert "http://" not in text


def test_an_alert_outside_the_range_is_found(demo: Notebook) -> None:
    identifier = demo.ok("%sentinel alerts --severity High").value["id"][0]
    demo.ok("%sentinel timerange 2019-02-25 2019-02-26")
    assert "Detected suspicious file download" in demo.ok(f"%sentinel alert {identifier}").text


def test_an_alert_that_is_not_there(demo: Notebook) -> None:
    assert "There is no alert zzzz-1" in demo.run("%sentinel alert zzzz-1").message
    assert "too short" in demo.run("%sentinel alert 5f").message


def test_a_beginning_that_fits_several_alerts(notebook: Notebook, faked: Callable[..., FakeBackend]) -> None:
    columns = {
        "SystemAlertId": ["abcd-1", "abcd-2"],
        "AlertName": ["one", "two"],
        "DisplayName": ["one", "two"],
        "AlertSeverity": ["High", "Low"],
        "TimeGenerated": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
    }
    faked(answer(columns))
    message = notebook.run("%sentinel alert abcd").message
    assert "2 alerts begin with abcd." in message
    assert "abcd-1, abcd-2" in message or "abcd-2, abcd-1" in message


def test_cancel_with_nothing_running(notebook: Notebook) -> None:
    assert notebook.ok("%sentinel cancel").text == "Nothing is running."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("history -n 0", "--limit must be 1 or more"),
        ("history -n many", "invalid int value: 'many'"),
        ("tables a b", "“b” is one word too many"),
        ("schema", "the following arguments are required: table"),
        ("alerts -o 1x", "“1x” is no variable name"),
        ("sweep", "required"),
        ("status now", "“now” is one word too many"),
        ("alerts --severty High", "no option --severty"),
        ('connect "demo', "a quotation mark is not closed"),
    ],
)
def test_mistakes_on_the_line(demo: Notebook, line: str, said: str) -> None:
    message = demo.run(f"%sentinel {line}").message
    assert said in message
    assert "Traceback" not in message
    assert len(message.strip().splitlines()) <= 3


def test_loading_twice_and_unloading(notebook: Notebook) -> None:
    shell = notebook.shell
    notebook.ok("%load_ext jupyterlab_sentinel")
    face = shell.meta["jupyterlab_sentinel"]
    frame = pd.DataFrame({"a": ["http://x.example"]})
    notebook.variables["frame"] = frame
    assert "http://" not in notebook.ok("frame").html
    shell.run_line_magic("unload_ext", "jupyterlab_sentinel")
    assert "http://" in notebook.ok("frame").html
    assert "sentinel" not in shell.magics_manager.magics["line"]
    assert face._matcher not in shell.Completer.custom_matchers
    shell.run_line_magic("load_ext", "jupyterlab_sentinel")
    assert "http://" not in notebook.ok("frame").html
