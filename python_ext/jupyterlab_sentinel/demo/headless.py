"""Runs a notebook without a browser: ``python -m jupyterlab_sentinel.demo.headless NOTEBOOK``.

The notebook runs in a fresh kernel, in its own folder. What it became is
written as a notebook and as a page, and the outputs of the cells tagged
``finding`` are printed. The exit code is 1 if a cell failed, 2 if there is no
such notebook.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbformat import NotebookNode

FINDING = "finding"
CELL_SECONDS = 600

# Widgets need a script from elsewhere, so their text stands in for them.
_DISPLAY_ORDER = [
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/markdown",
    "text/latex",
    "text/plain",
]


def execute(source: Path) -> tuple[NotebookNode, str | None]:
    """Run a notebook in a fresh kernel of this Python, up to the first cell that fails.

    Returns the notebook with its outputs, and None or one line that names the cell that failed and why.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(source.resolve().parent)}},
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
    )
    running: list[int] = []
    client.on_cell_start = lambda cell, cell_index: running.append(cell_index)  # noqa: ARG005 - nbclient names them
    try:
        client.execute()
    except CellExecutionError as failure:
        return (
            notebook,
            f"{_cell_name(notebook, running[-1])} failed: {failure.ename}: {visible(failure.evalue)}",
        )
    except CellTimeoutError:
        return notebook, f"{_cell_name(notebook, running[-1])} ran for more than {CELL_SECONDS} seconds"
    except DeadKernelError:
        return notebook, f"the kernel died in {_cell_name(notebook, running[-1])}"
    return notebook, None


def write(notebook: NotebookNode, stem: str, folder: Path) -> tuple[Path, Path]:
    """Write ``stem.ipynb`` and ``stem.html`` into the folder; the page fetches nothing when it is opened."""
    import nbformat
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    folder.mkdir(parents=True, exist_ok=True)
    executed, page = folder / f"{stem}.ipynb", folder / f"{stem}.html"
    nbformat.write(notebook, executed)
    config = Config({"NbConvertBase": {"display_data_priority": _DISPLAY_ORDER}})
    remote_scripts = {name: "" for name in HTMLExporter.class_trait_names() if name.endswith("_url")}
    exporter = HTMLExporter(config=config, embed_images=True, **remote_scripts)
    body, _resources = exporter.from_notebook_node(notebook, {"metadata": {"name": stem}})
    page.write_text(body, encoding="utf-8")
    return executed, page


def findings(notebook: NotebookNode) -> Iterator[str]:
    """The text of each output of the cells tagged ``finding``, made safe for a terminal."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and FINDING in cell.metadata.get("tags", ()):
            for output in cell.outputs:
                text = _text(output).strip("\n")
                if text:
                    yield visible(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m jupyterlab_sentinel.demo.headless")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--output", type=Path, default=Path("build"), help="folder to write into (default: build)")
    options = parser.parse_args(arguments)
    source: Path = options.notebook
    if not source.is_file():
        print(f"There is no notebook {visible(str(source))}.", file=sys.stderr)
        return 2
    notebook, failure = execute(source)
    written = write(notebook, source.stem, options.output)
    for text in findings(notebook):
        print(text, end="\n\n")
    print(f"Written: {', '.join(str(path) for path in written)}")
    if failure is not None:
        print(f"{source.name}: {failure}", file=sys.stderr)
        return 1
    return 0


def _cell_name(notebook: NotebookNode, index: int) -> str:
    """``cell 3 of 12 ("first line")``, counted from 1 as a reader does."""
    lines = notebook.cells[index].source.strip().splitlines()
    return f'cell {index + 1} of {len(notebook.cells)} ("{visible(lines[0], limit=80) if lines else ""}")'


def _text(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type in {"display_data", "execute_result"}:
        return str(output.data.get("text/markdown") or output.data.get("text/plain") or "")
    return ""


if __name__ == "__main__":
    sys.exit(main())
