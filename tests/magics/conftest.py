"""A real InteractiveShell with the extension loaded, and what came out of a cell as plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from jupyterlab_sentinel.models.tables import Column, QueryResult, Table
from jupyterlab_sentinel.models.workspace import ColumnInfo, FunctionInfo, TableInfo, WorkspaceInfo
from jupyterlab_sentinel.session import Session, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jupyterlab_sentinel.ports import QueryRequest

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Cell:
    """What became of a cell: its value, what it displayed, what it printed, and how it failed."""

    value: Any
    bundles: list[dict[str, str]]
    printed: str
    error: BaseException | None

    @property
    def html(self) -> str:
        return "\n".join(bundle.get("text/html", "") for bundle in self.bundles)

    @property
    def text(self) -> str:
        return "\n".join(bundle.get("text/plain", "") for bundle in self.bundles)

    @property
    def message(self) -> str:
        """What a user reads when it fails."""
        assert self.error is not None, self.text
        return ANSI.sub("", self.printed)


def _shown(outputs: Sequence[Any]) -> list[dict[str, str]]:
    """What a notebook shows in the end: of a display that was updated, such as progress, the last state."""
    shown: dict[object, dict[str, str]] = {}
    for number, output in enumerate(outputs):
        shown[(output.transient or {}).get("display_id", number)] = dict(output.data)
    return list(shown.values())


@dataclass
class Notebook:
    """Runs cells in a shell."""

    shell: InteractiveShell

    @property
    def session(self) -> Session:
        found: Session = self.shell.meta["jupyterlab_sentinel"].session
        return found

    @property
    def variables(self) -> dict[str, Any]:
        return self.shell.user_ns

    def run(self, source: str) -> Cell:
        with capture_output() as captured:
            result = self.shell.run_cell(source, store_history=False)
        bundles = _shown(captured.outputs)
        if result.result is not None:
            # the shell's own display hook prints; a kernel's sends what the formatter makes
            bundles.append(self.shell.display_formatter.format(result.result)[0])
        error = result.error_in_exec or result.error_before_exec
        return Cell(result.result, bundles, captured.stdout, error)

    def ok(self, source: str) -> Cell:
        cell = self.run(source)
        assert cell.error is None, cell.printed
        return cell


@dataclass
class FakeBackend:
    """A workspace that answers what it is told to; ``asked`` holds what was sent."""

    answer: Callable[[QueryRequest], QueryResult]
    info: WorkspaceInfo = field(default_factory=lambda: WorkspaceInfo(name="fake", kind="fake", tables=1))
    known: Sequence[TableInfo] = (
        TableInfo("T", (ColumnInfo("TimeGenerated", "datetime"), ColumnInfo("text", "string"))),
    )
    saved: Sequence[FunctionInfo] = ()
    asked: list[QueryRequest] = field(default_factory=list)
    closed: bool = False

    async def open(self) -> None: ...

    async def run(self, request: QueryRequest) -> QueryResult:
        self.asked.append(request)
        return self.answer(request)

    async def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        return self.known

    async def functions(self) -> Sequence[FunctionInfo]:
        return self.saved

    def check(self, kql: str) -> None: ...

    async def close(self) -> None:
        self.closed = True


def answer(columns: dict[str, list[str]], **facts: Any) -> Callable[[QueryRequest], QueryResult]:
    """An answer of text columns."""
    import pyarrow as pa

    table = Table(
        "PrimaryResult",
        tuple(Column(name, "string") for name in columns),
        pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}),
    )

    def answered(request: QueryRequest) -> QueryResult:
        given = {
            "tables": (table,),
            "query": request.kql,
            "workspace": "fake",
            "start": request.start,
            "end": request.end,
            "sent_at": datetime(2026, 1, 1, tzinfo=UTC),
            "elapsed_s": 0.5,
        }
        return QueryResult(**(given | facts))

    return answered


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, demo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's is read or written; the demo is built once."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTERLAB_SENTINEL_DEMO_DIR", str(demo_folder))


@pytest.fixture
def notebook(own_folders: None) -> Iterator[Notebook]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "jupyterlab_sentinel")
    yield Notebook(shell)
    if "jupyterlab_sentinel" in shell.meta:
        shell.run_line_magic("unload_ext", "jupyterlab_sentinel")
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def demo(notebook: Notebook) -> Notebook:
    notebook.ok("%sentinel connect demo")
    return notebook


@pytest.fixture
def faked(notebook: Notebook) -> Callable[..., FakeBackend]:
    """Connects the notebook to a fake workspace."""

    def connected(given: Callable[[QueryRequest], QueryResult], **facts: Any) -> FakeBackend:
        backend = FakeBackend(given, **facts)
        notebook.session.set_workspace(Workspace(backend))
        return backend

    return connected
