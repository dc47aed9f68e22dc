from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from jupyterlab_sentinel.errors import KqlSyntaxError, Position
from jupyterlab_sentinel.models.workspace import WorkspaceInfo
from tests.magics.conftest import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyterlab_sentinel.models.tables import QueryResult
    from jupyterlab_sentinel.ports import QueryRequest
    from tests.magics.conftest import FakeBackend, Notebook

    Faked = Callable[..., FakeBackend]


def test_the_value_is_the_frame_and_so_is_the_variable(demo: Notebook) -> None:
    cell = demo.ok("%%sentinel found <<\nSecurityAlert | where AlertSeverity == 'High' | project AlertName")
    assert isinstance(cell.value, pd.DataFrame)
    assert demo.variables["found"] is cell.value
    assert cell.value["AlertName"].tolist() == ["Detected suspicious file download"]
    facts = cell.value.attrs["sentinel"]
    assert facts["workspace"] == "demo"
    assert facts["start"] == "2019-02-17T00:00:00Z"
    assert facts["status"] == "complete"
    assert facts["rows"] == 1


def test_the_caption_is_one_line(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": ["x", "y"]}))
    notebook.ok("%sentinel timerange 2019-02-17 2019-02-19")
    text = notebook.ok("%%sentinel\nT").text
    assert text.splitlines()[-1] == "fake · 2019-02-17 → 2019-02-19 UTC · 2 rows · 0.50 s"


def test_rows_are_cut_and_counted(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": [f"value {number}" for number in range(3412)]}))
    cell = notebook.ok("%%sentinel\nT")
    assert "first 20 of 3,412 rows" in cell.text
    assert "value 19" in cell.text
    assert "value 20" not in cell.text
    assert len(cell.value) == 3412


def test_how_many_rows_are_shown_can_be_set(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": list("abcdef")}))
    notebook.ok("%config SentinelMagics.rows = 2")
    assert "first 2 of 6 rows" in notebook.ok("%%sentinel\nT").text


def test_what_makes_an_answer_incomplete_is_red_and_stays_with_derived_frames(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": ["x", "y"]}, status="partial", reasons=("the service stopped at 2 rows",)))
    cell = notebook.ok("%%sentinel df <<\nT")
    assert 'class="jp-Sentinel-Warning"' in cell.html
    assert "Incomplete: the service stopped at 2 rows" in cell.text
    derived = notebook.ok("df[df.a == 'x']").text
    assert "1 row, made from an answer of 2" in derived
    assert "Incomplete: the service stopped at 2 rows" in derived


def test_strict_makes_an_incomplete_answer_an_error(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": ["x"]}, status="partial", reasons=("cut",)))
    cell = notebook.run("%%sentinel df << --strict\nT")
    assert "The answer is partial: cut" in cell.message
    assert "df" not in notebook.variables


@pytest.mark.parametrize(
    ("options", "start", "end"),
    [
        ("--from 2019-02-17 --to 2019-02-18", "2019-02-17", "2019-02-18"),
        ('--from "2019-02-17 15:00" --to 2019-02-18', "2019-02-17T15:00", "2019-02-18"),
        ("--from 2019-02-17 15:00 --to 2019-02-18 01:00", "2019-02-17T15:00", "2019-02-18T01:00"),
        ("--range around 2019-02-17T12:00 1h", "2019-02-17T11:00", "2019-02-17T13:00"),
        ("--range all", None, None),
    ],
)
def test_a_cell_can_have_its_own_range(
    notebook: Notebook, faked: Faked, options: str, start: str | None, end: str | None
) -> None:
    backend = faked(answer({"a": []}))
    notebook.ok(f"%%sentinel {options}\nT")
    bounds = (backend.asked[0].start, backend.asked[0].end)
    assert bounds == tuple(t and datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (start, end))
    assert notebook.session.time_range.spec == "24h", "only this cell"


def test_timeout_and_progress_reach_the_backend(notebook: Notebook, faked: Faked) -> None:
    backend = faked(answer({"a": []}))
    notebook.ok("%%sentinel --timeout 12.5\nT")
    assert backend.asked[0].timeout_s == 12.5
    assert backend.asked[0].progress is not None


def test_values_are_bound_as_literals(notebook: Notebook, faked: Faked) -> None:
    backend = faked(answer({"a": []}))
    notebook.variables["who"] = 'x" or true //'
    notebook.ok("%%sentinel\nT | where text == {{who}}")
    assert backend.asked[0].kql == 'T | where text == "x\\" or true //"'


def test_braces_and_dollars_on_the_line_are_not_expanded(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": []}))
    notebook.variables["spec"] = "7d"
    assert "{spec}" in notebook.run("%%sentinel --last {spec}\nT").message
    assert "$spec" in notebook.run("%sentinel timerange $spec").message


def test_show_sends_nothing(notebook: Notebook, faked: Faked) -> None:
    backend = faked(answer({"a": []}))
    notebook.variables["url"] = "https://evil.example/\u202e"
    cell = notebook.ok("%%sentinel df << --show --range all\nT | where text == {{url}}")
    assert backend.asked == []
    assert cell.value is None
    assert "df" not in notebook.variables
    assert 'T | where text == "https://evil.example/<U+202E>"' in cell.text
    assert "all time · nothing was sent" in cell.text


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("class <<", "“class” is a word of Python's own", "another name"),
        ("2x <<", "“2x” is no variable name", "Letters, digits and _"),
        ("a.b <<", "“a.b” is no variable name", "Letters"),
        ("last 7d", "“last” does not belong here", "--last"),
        ("df", "“df” does not belong here", "%%sentinel df <<"),
        ("df << what", "“what” does not belong here", "VAR <<"),
        ("--lats 7d", "no option --lats", "--last"),
        ("--last 7x", "“7x” is not a duration", "7d"),
        ("--last", "expected at least one argument", "Usage"),
        ("--timeout soon", "invalid float value: 'soon'", "Usage"),
        ("--timeout 0", "between 0 and 3600", "180"),
        ("--from 2019-02-19 --to 2019-02-17", "before it starts", "earlier time first"),
        ("--to 2019-02-17", "--to needs --from", "Give both"),
        ("--last 7d --range all", "more than one time range", "either"),
        ("--from 2019-02-17 --last 7d", "more than one time range", "either"),
        ('--from "2019-02-17', "a quotation mark is not closed", "in quotes"),
        ("--workspace nowhere", "There is no workspace “nowhere”", "demo"),
        ("connect demo", "not the command connect", "%sentinel connect"),
    ],
)
def test_a_mistake_on_the_line_is_one_message(
    notebook: Notebook, faked: Faked, line: str, said: str, hint: str
) -> None:
    backend = faked(answer({"a": []}))
    cell = notebook.run(f"%%sentinel {line}\nT")
    assert said in cell.message
    assert hint in cell.message
    assert "Traceback" not in cell.message
    assert "File" not in cell.message
    assert backend.asked == []


def test_an_empty_cell_is_a_mistake(notebook: Notebook) -> None:
    assert "the cell holds no query" in notebook.run("%%sentinel\n   \n").message
    assert "the cell holds no query" in notebook.run("%%sentinel").message


def test_a_failing_query_leaves_the_variable_alone(demo: Notebook) -> None:
    demo.variables["df"] = "before"
    cell = demo.run("%%sentinel df <<\nSecurityAlert\n| wher AlertName == 'x'")
    assert demo.variables["df"] == "before"
    lines = cell.message.splitlines()
    assert "   2 | | wher AlertName == 'x'" in lines
    assert set(lines[lines.index("   2 | | wher AlertName == 'x'") + 1].strip()) == {"^"}


def test_the_caret_points_at_the_place_as_written(notebook: Notebook, faked: Faked) -> None:
    def failing(request: QueryRequest) -> QueryResult:
        column = request.kql.index("nonsense")
        raise KqlSyntaxError("Not KQL.", position=Position(1, column, 8), query=request.kql)

    faked(failing)
    notebook.variables["long"] = "x" * 50
    lines = notebook.run("%%sentinel\nT | where text == {{long}} | nonsense").message.splitlines()
    assert lines[1] == "   1 | T | where text == {{long}} | nonsense"
    assert lines[2].index("^") == lines[1].index("nonsense")
    assert lines[2].count("^") == 8


def test_the_cell_counts_as_failed(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": []}))
    cell = notebook.run("%%sentinel\nT | where text == {{nobody}}")
    assert type(cell.error).__name__ == "BindingError"
    assert str(cell.error).startswith("There is no variable nobody.")


def test_a_range_beside_the_data_is_told_with_an_empty_answer(notebook: Notebook, faked: Faked) -> None:
    faked(
        answer({"a": []}),
        info=WorkspaceInfo(name="fake", kind="fake", data_end=datetime(2019, 3, 1, tzinfo=UTC)),
    )
    assert "All data of fake lies outside the range last 7d" in notebook.ok("%%sentinel --last 7d\nT").text


def test_further_tables_are_kept(demo: Notebook) -> None:
    cell = demo.ok("%%sentinel\nprint a = 1; print b = 2")
    tables = cell.value.attrs["sentinel"]["tables"]
    assert len(tables) == 2
    assert tables[1]["b"].tolist() == [2]
    assert "table 1 of 2" in cell.text


def test_another_workspace_for_one_cell(notebook: Notebook, faked: Faked) -> None:
    faked(answer({"a": []}))
    cell = notebook.ok("%%sentinel --workspace demo --range all\nSecurityAlert | count")
    assert cell.value.attrs["sentinel"]["workspace"] == "demo"
    assert notebook.session.connected().info.name == "fake"


def test_help_is_shown(notebook: Notebook) -> None:
    text = notebook.ok("%%sentinel --help\n").text
    assert "%%sentinel [VAR <<]" in text
    assert "{{name}}" in text
    assert "%%%%" not in text


def test_render_draws_a_chart_and_returns_the_frame(demo: Notebook) -> None:
    cell = demo.ok("%%sentinel\nSecurityAlert | summarize n = count() by bin(TimeGenerated, 1d) | render columnchart")
    assert [bundle for bundle in cell.bundles if "image/png" in bundle]
    assert list(cell.value.columns) == ["TimeGenerated", "n"]


def test_history_holds_what_was_run_and_what_failed(demo: Notebook) -> None:
    demo.ok("%%sentinel\nSecurityAlert | take 1")
    demo.run("%%sentinel\nSecurityAlert | nonsense")
    frame = demo.ok("%sentinel history -o past").value
    assert frame["query"].tolist()[:2] == ["SecurityAlert | nonsense", "SecurityAlert | take 1"]
    assert frame["status"].tolist()[:2] == ["failed", "complete"]
    assert frame["error"][0].startswith("kql")
    assert demo.variables["past"] is frame
