"""JupyterLab in a browser page, as a test drives it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import nbformat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, WebSocket

    from .lab_server import LabServer

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
KERNEL_MILLISECONDS = 90_000
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

# The idle indicator shows before a kernel exists: the session's own kernel has to say so.
KERNEL_READY = """() => {
  const kernel = window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
EXECUTION_DONE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  return panel.sessionContext.session?.kernel?.status === 'idle' &&
    panel.content.widgets.every(cell => cell.model.type !== 'code' || cell.model.executionState !== 'running');
}"""


class LabPage:
    """One browser page on one JupyterLab, and what it asked for and complained about.

    :ivar page: Playwright's page, for everything that this class does not do.
    :ivar outside: addresses beyond loopback that the page asked for.
    :ivar complaints: errors of the console and exceptions that nobody caught.
    """

    def __init__(self, page: Page, server: LabServer, folder: str) -> None:
        self.page = page
        self.server = server
        self.folder = folder
        self.outside: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._note_request)
        page.on("websocket", self._note_websocket)
        page.on("console", self._note_console)
        page.on("pageerror", self._note_exception)

    # --- opening ---

    def open(self, notebook: Path | nbformat.NotebookNode | Sequence[str], *, name: str = "case.ipynb") -> None:
        """Open a copy of a notebook (a file, a notebook, or the sources of its code cells); wait for its kernel."""
        target = self.server.root / self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(_as_notebook(notebook), target)
        self._visit(f"/tree/{quote(f'{self.folder}/{name}')}")
        self.wait_for_kernel()

    def open_empty(self) -> None:
        """Open JupyterLab with no document, and wait for its launcher, which takes the focus once it comes."""
        self._visit("")
        self.page.wait_for_function("() => document.activeElement?.closest('.jp-Launcher') !== null")

    def reload(self) -> None:
        """Load the page again, layout and open documents included, and wait until it stands."""
        self.page.reload()
        self._wait_for_lab()

    def wait_for_kernel(self) -> None:
        """Wait until the kernel of the document in front is connected and idle."""
        self.page.wait_for_function(KERNEL_READY, timeout=KERNEL_MILLISECONDS)

    # --- acting ---

    def command(self, name: str, args: dict[str, Any] | None = None) -> None:
        """Execute a command of JupyterLab's and wait for what it promises."""
        self.page.evaluate(
            "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args); }", [name, args or {}]
        )

    def run_all(self) -> None:
        """Run all cells of the notebook in front, and wait until the kernel has finished."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(EXECUTION_DONE, timeout=KERNEL_MILLISECONDS)

    def cells(self) -> list[str]:
        """The sources of the cells of the notebook in front, as its model holds them."""
        sources = self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.map(
              cell => cell.model.sharedModel.getSource()
            )"""
        )
        return [str(source) for source in sources]

    def use_theme(self, theme: str) -> None:
        """Change to the ``light`` or the ``dark`` theme and wait until it shows."""
        self.command("apputils:change-theme", {"theme": THEMES[theme]})
        is_light = str(theme == "light").lower()
        self.page.locator(f'body[data-jp-theme-light="{is_light}"]').wait_for(state="attached")
        self._wait_for_splash_to_go()

    # --- judging ---

    def axe(self, selector: str) -> list[str]:
        """What axe-core finds wrong with the elements of a selector, a line each: rule, impact, element."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        result = self.page.evaluate(
            "async selector => await window.axe.run({ include: [[selector]] }, { resultTypes: ['violations'] })",
            selector,
        )
        return [
            f"{violation['id']} ({violation['impact']}): {node['html']} {node['failureSummary']}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]

    def screenshot(self, name: str, element: Locator | None = None) -> Path:
        """Write ``build/screenshots/NAME.png`` of the page or of one element."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        (element or self.page).screenshot(path=path)
        return path

    def close(self) -> None:
        """Shut down every kernel that the page started."""
        if self.page.url.startswith(self.server.url):
            self.page.evaluate(
                """async () => {
                  const manager = window.jupyterapp?.serviceManager;
                  await manager?.sessions.shutdownAll();
                  await manager?.kernels.shutdownAll();
                }"""
            )

    # --- inside ---

    def _visit(self, path: str) -> None:
        # a workspace of the test's own: no layout comes along from another test
        workspace = re.sub(r"\W", "-", self.folder)
        self.page.goto(f"{self.server.url}/lab/workspaces/{workspace}{path}?token={self.server.token}")
        self._wait_for_lab()

    def _wait_for_lab(self) -> None:
        self.page.wait_for_function("() => window.jupyterapp?.restored !== undefined", timeout=KERNEL_MILLISECONDS)
        self.page.evaluate("async () => { await window.jupyterapp.restored; }")
        self._wait_for_splash_to_go()

    def _wait_for_splash_to_go(self) -> None:
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def _note_request(self, request: Request) -> None:
        if _is_outside(request.url):
            self.outside.append(request.url)

    def _note_websocket(self, socket: WebSocket) -> None:
        if _is_outside(socket.url):
            self.outside.append(socket.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def _note_exception(self, error: Error) -> None:
        self.complaints.append(f"{error.message}\n{error.stack}")


def _is_outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in LOOPBACK


def _as_notebook(notebook: Path | nbformat.NotebookNode | Sequence[str]) -> nbformat.NotebookNode:
    opened: nbformat.NotebookNode
    if isinstance(notebook, Path):
        opened = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    elif isinstance(notebook, nbformat.NotebookNode):
        opened = notebook
    else:
        opened = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in notebook])
    # without a kernel's name JupyterLab asks for one
    opened.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"})
    return opened
