from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from IPython.core.completer import provisionalcompleter

from jupyterlab_sentinel import blocking
from jupyterlab_sentinel.magics.columns import columns_before
from jupyterlab_sentinel.models.workspace import ColumnInfo, FunctionInfo, TableInfo
from tests.magics.conftest import answer
from tests.wire.local_endpoint import ROWS, write_logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.magics.conftest import FakeBackend, Notebook


def complete(notebook: Notebook, text: str) -> list[str]:
    """What a front end would offer at the ``⌶``, or at the end."""
    before, _, after = text.partition("⌶")
    with provisionalcompleter():
        found = list(notebook.shell.Completer.completions(before + after, len(before)))
    return [completion.text for completion in found]


@pytest.fixture
def known(demo: Notebook) -> Notebook:
    blocking.run(demo.session.connected().refresh_schema)
    return demo


def test_tables_at_the_beginning(known: Notebook) -> None:
    assert complete(known, "%%sentinel\nSecurityA")[:1] == ["SecurityAlert"]
    assert "SecurityAlert" in complete(known, "%%sentinel\nlet x = 1;\nsecurityal")


def test_operators_after_a_pipe(known: Notebook) -> None:
    found = complete(known, "%%sentinel\nSyslog\n| ")
    assert {"where", "summarize", "mv-expand", "project-away"} <= set(found)
    assert "Syslog" not in found
    assert complete(known, "%%sentinel\nSyslog | summ") == ["summarize"]


def test_columns_of_the_tables_in_the_query(known: Notebook) -> None:
    assert complete(known, "%%sentinel\nSyslog | where SyslogM")[0] == "SyslogMessage"
    assert "AlertName" not in complete(known, "%%sentinel\nSyslog | where AlertN")
    assert "AlertName" in complete(known, "%%sentinel\nSyslog | join (SecurityAlert) on Computer | where AlertN")


def test_columns_that_the_query_makes(known: Notebook) -> None:
    assert "myColumn" in complete(known, "%%sentinel\nSyslog | extend myColumn = 1 | where myC")


TABLES = {
    "T": TableInfo("T", tuple(ColumnInfo(name, "string") for name in ("Time", "User", "Host", "Extra1", "Extra2"))),
    "U": TableInfo("U", (ColumnInfo("Host", "string"), ColumnInfo("Owner", "string"))),
}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("T | where ", "Time User Host Extra1 Extra2"),
        ("T | project User, when = Time | where ", "User when"),
        ("T | project-away Extra*, Host | where ", "Time User"),
        ("T | project-keep Extra* | where ", "Extra1 Extra2"),
        ("T | project-rename Who = User | where ", "Time Who Host Extra1 Extra2"),
        ("T | summarize n = dcount(Host), count(), make_set(User) by bin(Time, 1h) | where ", "Time n count_ set_User"),
        ("T | summarize arg_max(Time, *) by Host | where ", "Host Time User Extra1 Extra2"),
        ("T | distinct User | extend x = 1 | top 5 by User | where ", "User x"),
        ("T | count | where ", "Count"),
        ("let a = T | project User | where ", "User"),
        ("let a = 1; T | project User | where tolower(", "User"),
        ("T | project Host | join kind=inner (U) on Host | where ", "Host Host1 Owner"),
        ("T | project Host | lookup U on Host | where ", "Host Owner"),
        ("T | project Host | join kind=leftanti U on Host | where ", "Host"),
        ("T | project Host | join (U | project Owner | where ", "Owner"),
        ("T | parse User with a '@' b | project a, b | where ", "a b"),
        ("T | mv-expand one = Extra1 | project one | where ", "one"),
        ("// x\nT | project User // | project Host\n| where ", "User"),
    ],
)
def test_columns_that_are_there(text: str, columns: str) -> None:
    assert columns_before(text, TABLES) == tuple(columns.split())


@pytest.mark.parametrize(
    "text",
    [
        "T",
        "T where ",
        "Unknown | where ",
        "union T, U | where ",
        "T | evaluate bag_unpack(Extra1) | where ",
        "T | project User, | where ",
        "T | nonsense | where ",
        "T | where )))) | where ",
        "T | project User" + " | where User == 'x'" * 2000 + " | where ",
        "",
    ],
)
def test_columns_that_are_not_known(text: str) -> None:
    assert columns_before(text, TABLES) is None


def test_what_a_query_dropped_is_not_offered(known: Notebook) -> None:
    query = "%%sentinel\nSyslog | project SyslogMessage, Host = HostName | where "
    assert "Facility" not in complete(known, f"{query}Facil")
    assert complete(known, f"{query}SyslogM") == ["SyslogMessage"]
    assert "Host" in complete(known, f"{query}Hos")
    assert "HostName" not in complete(known, f"{query}Hos")
    assert "soFar" in complete(known, f"{query}Host == 'x' | extend soFar = 2, y = soF")


def test_names_of_let(known: Notebook) -> None:
    assert "myTable" in complete(known, "%%sentinel\nlet myTable = Syslog;\nmyT")


def test_functions_and_aggregates(known: Notebook) -> None:
    assert "extract_json" in complete(known, "%%sentinel\nSyslog | extend x = extract_j")
    assert "make_set" in complete(known, "%%sentinel\nSyslog | summarize make_s")


SAVED = (
    FunctionInfo("FailedLogons", "(user: string, days: long = 7)"),
    FunctionInfo("_Im_Dns", "starttime:datetime=datetime(null), T:(a:string, b:long)"),
    FunctionInfo("Everybody", "()"),
)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%%sentinel\nFail", "FailedLogons(user, days)"),
        ("%%sentinel\nT | join (Fail", "FailedLogons(user, days)"),
        ("%%sentinel\nT | where text in (Fail", "FailedLogons(user, days)"),
        ("%%sentinel\n_Im", "_Im_Dns(starttime, T)"),
        ("%%sentinel\nT | extend x = Every", "Everybody"),
    ],
)
def test_functions_of_the_workspace_with_their_parameters(
    notebook: Notebook, faked: Callable[..., FakeBackend], text: str, offered: str
) -> None:
    faked(answer({}), saved=SAVED)
    blocking.run(notebook.session.connected().refresh_schema)
    assert offered in complete(notebook, text)


def test_functions_of_the_workspace_are_listed(notebook: Notebook, faked: Callable[..., FakeBackend]) -> None:
    faked(answer({}), saved=SAVED)
    frame = notebook.ok("%sentinel functions").value
    assert list(frame.columns) == ["name", "parameters", "description"]
    assert list(frame["name"]) == ["_Im_Dns", "Everybody", "FailedLogons"]
    assert list(notebook.ok("%sentinel functions fail*").value["name"]) == ["FailedLogons"]
    assert "No function of fake is called like nothing" in notebook.run("%sentinel functions nothing").message


def test_functions_saved_in_a_folder(notebook: Notebook, tmp_path: Path) -> None:
    folder = write_logs(tmp_path / "case", {"Log": ROWS})
    (folder / "functions").mkdir()
    (folder / "functions" / "Recent.kql").write_text("let Recent = (days: long) { Log | take days };", "utf-8")
    notebook.ok(f"%sentinel connect {folder}")
    blocking.run(notebook.session.connected().refresh_schema)
    assert complete(notebook, "%%sentinel\nRece") == ["Recent(days)"]


def test_the_middle_of_a_query(known: Notebook) -> None:
    assert "SyslogMessage" in complete(known, "%%sentinel\nSyslog\n| where SyslogM⌶ has 'x'\n| take 5")


def test_options_on_the_first_line(known: Notebook) -> None:
    assert complete(known, "%%sentinel df << --la⌶\nSyslog") == ["--last"]


def test_variables_in_placeholders(known: Notebook) -> None:
    known.variables["myAddress"] = "x"
    found = complete(known, "%%sentinel\nSyslog | where HostIP == {{myA")
    assert found == ["myAddress"]


def test_commands_on_a_line(known: Notebook) -> None:
    assert complete(known, "%sentinel tim") == ["timerange"]


@pytest.mark.parametrize("text", ["%%sentinel\nSyslog // whe", '%%sentinel\nSyslog | where a == "whe'])
def test_nothing_in_comments_and_strings(known: Notebook, text: str) -> None:
    assert complete(known, text) == []


def test_python_completion_is_left_alone(known: Notebook) -> None:
    assert "where" not in complete(known, "whe")
    assert "enumerate" in complete(known, "enumer")


def test_without_a_workspace_the_language_is_known(notebook: Notebook) -> None:
    assert "where" in complete(notebook, "%%sentinel\nSyslog | whe")
