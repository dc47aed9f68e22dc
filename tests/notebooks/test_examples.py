"""The example notebooks, run in fresh kernels against the demo; what they find is read from their outputs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jupyterlab_sentinel.demo.headless import FINDING, execute, findings, write

if TYPE_CHECKING:
    from nbformat import NotebookNode

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = ("investigation", "linux-host", "windows-office")
SIX = ("185.49.71.101", "47.91.56.21", "103.225.168.159", "31.148.220.53", "89.34.111.113", "185.162.131.92")


@pytest.fixture
def own_folders(demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings, history or profile of the user's."""
    monkeypatch.setenv("JUPYTERLAB_SENTINEL_DEMO_DIR", str(demo_folder))
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


def source(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EXAMPLES / f"{name}.ipynb").read_text("utf-8"))
    return loaded


def cells(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = source(name)["cells"]
    return found


def run(name: str) -> NotebookNode:
    notebook, failure = execute(EXAMPLES / f"{name}.ipynb")
    assert failure is None, failure
    return notebook


def told(notebook: NotebookNode) -> str:
    """All findings as one text; every cell that promises one has kept it."""
    for cell in notebook.cells:
        if FINDING in cell.metadata.get("tags", ()):
            assert any(output.get("text", "").strip() for output in cell.outputs), cell.source
    return "\n".join(findings(notebook))


def assert_told(text: str, name: str, *expected: str, typed: tuple[str, ...] = ()) -> None:
    """Each sentence is in the findings, and its figures are in no code cell: they came out of queries."""
    code = "\n".join("".join(cell["source"]) for cell in cells(name) if cell["cell_type"] == "code")
    for sentence in expected:
        assert sentence in text, f"{sentence!r} is not in:\n{text}"
        for figure in re.findall(r"\d[\d,.:/]{2,}\d", sentence):
            written = re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.])", code)
            assert figure in typed or written is None, f"{figure} is written in a cell of {name}"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_are_kept_without_outputs(name: str) -> None:
    for cell in cells(name):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    text = json.dumps(source(name))
    assert "/home/" not in text
    metadata = source(name)["metadata"]
    assert set(metadata) - {"jupyterlab_sentinel"} == {"kernelspec", "language_info"}
    # what the sidebar goes by before the first cell has run; the range is the workspace's own
    assert metadata.get("jupyterlab_sentinel", {"workspace": "demo"}) == {"workspace": "demo"}


def test_the_investigation_goes_from_the_report_to_the_alert(
    own_folders: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    notebook = run("investigation")
    assert "without encryption" not in capfd.readouterr().err
    text = told(notebook)
    for address in SIX:
        assert address in text.split("are in no table: ")[1].splitlines()[0]
    assert_told(
        text,
        "investigation",
        "7 addresses were looked for. 6 are in no table",
        "23.97.60.214 is in 8 tables, 118 rows",
        "19 alerts in the range: 18 SSH Anomalous Login ML, 1 Detected suspicious file download.",
        "14 of them contain 23.97.60.214: 13 SSH Anomalous Login ML, 1 Detected suspicious file download.",
        "Detected suspicious file download: 2019-02-18 15:29:22 UTC on MSTICALERTSLXVM2.",
        "The address stands in Process.CommandLine; the alert has 0 IP entities.",
        "Botnet, active True, TLP Green, confidence 0, severity 0",
        "imported 2019-02-17 02:54:12, expired 2019-02-07 02:13:08 UTC",
        "23.97.60.214: Singapore, Singapore (1.2931, 103.8558).",
        "Network 23.96.0.0/13, AS8075 MICROSOFT",
        "and 13.67.35.176, which no report names",
        typed=("23.97.60.214", "2019"),
    )
    counts = dict(re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE))
    assert {table: int(count) for table, count in counts.items()} == {
        "SecurityAlert": 14,
        "SecurityDetection": 1,
        "AzureActivity": 1,
        "Syslog": 1,
        "SSHAlertDataV2_CL": 3,
        "BYOThreatIntelv1_CL": 1,
        "AuditLog_CL": 7,
        "AzureNetworkAnalytics_CL": 90,
    }
    assert_inert_page(notebook, tmp_path)


def test_the_linux_host_tells_its_session(own_folders: None, tmp_path: Path) -> None:
    notebook = run("linux-host")
    text = told(notebook)
    assert_told(
        text,
        "linux-host",
        "MSTICAlertsLxVM2: Ubuntu 18.04, private 10.0.3.4, public 104.211.30.1",
        "17,413 messages, 13,046 of them process starts",
        "138 patterns",
        "269 logins, 1 from outside: dbadmin through /usr/sbin/sshd, pid 24851, session 196045",
        "2019-02-18 15:29:20.115 UTC, from 23.97.60.214",
        "cat /etc/passwd",
        "wget hxxp[:]//23.97.60.214/",
        "chmod +x",
        "crontab",
        "Inbound ssh that was let in: 1, 15:29:18 UTC from 23.97.60.214.",
        "http, 15:29:22 to 15:29:38 UTC",
        "16 February, every three hours: 04:35, 07:35, 10:35, 13:35, 16:35, 19:35.",
        "03:07 to 03:52",
        "a second host, msticalertswin1 (10.0.3.5, 40.76.43.124)",
        typed=("2019",),
    )
    assert_inert_page(notebook, tmp_path)


def test_the_windows_host_and_office_tell_the_rest(own_folders: None, tmp_path: Path) -> None:
    notebook = run("windows-office")
    text = told(notebook)
    assert_told(
        text,
        "windows-office",
        "MSTICAlertsWin1: private 10.0.3.5, public 40.76.43.124.",
        "Usual administrator: MSTICAdmin, type 10, from 131.107.147.209.",
        "ian, type 10, session 0x1cfd78d, 2019-02-15 19:54:24.590 UTC, from 13.67.35.176 (Singapore)",
        "Failed logons: 4, all of ian.",
        "1,964 process starts of 150 patterns",
        "2019-02-16 00:02 to 04:38 UTC",
        "Add user.",
        "Change user password.",
        "Add member to role.",
        "Add service principal.",
        "1.0 a second",
        "FileDownloaded by ian@contoso.example from 13.67.35.176",
        typed=("131.107.147.209", "13.67.35.176", "2019"),
    )
    assert_inert_page(notebook, tmp_path)


def assert_inert_page(notebook: NotebookNode, folder: Path) -> None:
    """What the magics showed holds no link, and the page that is made of it fetches nothing."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            printed = output.get("text", "") or output.get("data", {}).get("text/plain", "")
            assert not re.search(r"(?i)\b(?:https?|ftp)://|\bwww\.", printed), cell.source
            shown = "".join(output.get("data", {}).get("text/html", ""))
            assert not re.search(r"(?i)<(?:a|script|iframe|object|img)\b", shown), cell.source
            assert not re.search(r"(?i)https?://\d", shown), cell.source
    _, page = write(notebook, "page", folder / "out")
    html = page.read_text("utf-8")
    assert not re.search(r'(?i)\bsrc="(?!data:|")', html)
