"""Whatever an attacker wrote is shown as text: by every command, in HTML and in plain text, live and exported."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from jupyterlab_sentinel.magics.display import LOOKS
from tests.magics.conftest import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.magics.conftest import Cell, FakeBackend, Notebook

CORPUS = json.loads((Path(__file__).parents[1] / "data" / "hostile-alerts.json").read_text(encoding="utf-8"))
RECORDS: list[dict[str, Any]] = CORPUS["records"]
MATH_OFF = "tex2jax_ignore mathjax_ignore"
TAGS = {"div", "span", "strong", "pre", "table", "thead", "tbody", "tr", "th", "td"}
# What pandas draws of a frame that is not ours; its style element holds a fixed text.
PANDAS_TAGS = TAGS | {"style", "p"}
PANDAS_ATTRIBUTES = {
    ("border", "1"),
    ("class", MATH_OFF),
    ("class", "dataframe tex2jax_ignore mathjax_ignore"),
    ("class", "dataframe tex2jax_ignore"),  # pandas 2.2
    ("scoped", None),
    ("style", "text-align: right;"),
}
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
# rendermime's webLinkRegex, without its tail
LINKED = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{2,40}://|www\.")
LINKED_IN_TEXT = re.compile(LINKED.pattern + r"|data:(?=\S\S\S)")


class Structure(HTMLParser):
    """Tags, attributes and texts of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data[:80]}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl[:80]}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data[:80]}")


def allowed_attributes() -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for look in LOOKS.values():
        found |= Structure(f"<div{look}></div>").attributes
    return found


def assert_inert(cell: Cell) -> None:
    for bundle in cell.bundles:
        if "text/html" in bundle:
            assert_inert_html(bundle["text/html"], TAGS, allowed_attributes())
        assert_inert_text(bundle.get("text/plain", ""))


def assert_inert_html(html: str, tags: set[str], attributes: set[tuple[str, str | None]]) -> None:
    structure = Structure(html)
    assert structure.tags <= tags
    assert structure.attributes <= attributes
    text = "".join(structure.texts)
    assert CONTROLS.search(text) is None
    assert CONTROLS.search(html) is None
    assert LINKED.search(text) is None
    assert MATH_OFF in html or not html


def assert_inert_text(text: str) -> None:
    assert CONTROLS.search(text) is None
    assert LINKED_IN_TEXT.search(text) is None


@pytest.fixture(scope="session")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus as a workspace of exported logs."""
    home = tmp_path_factory.mktemp("hostile")
    rows = []
    for record in RECORDS:
        row = {key: value for key, value in record["alert"].items() if key != "Type"}
        # no file of text can hold a lone surrogate
        rows.append(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
    (home / "SecurityAlert.json").write_bytes(b"\n".join(rows))
    return home


@pytest.fixture
def hostile(notebook: Notebook, hostile_folder: Path) -> Notebook:
    notebook.ok(f"%sentinel connect {hostile_folder}")
    notebook.ok("%sentinel timerange all")
    notebook.ok("%config SentinelMagics.rows = 1000")
    return notebook


def chunks(size: int) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(RECORDS), size):
        yield RECORDS[at : at + size]


def test_the_corpus_is_whole() -> None:
    assert len(RECORDS) > 100


def test_every_record_as_a_query_answer(hostile: Notebook) -> None:
    cell = hostile.ok("%%sentinel df <<\nSecurityAlert")
    assert len(cell.value) == len(RECORDS)
    assert_inert(cell)
    assert_inert(hostile.ok("df[df.AlertSeverity != '']"))
    assert_inert(hostile.ok("df.head()"))


def test_the_list_of_alerts(hostile: Notebook) -> None:
    cell = hostile.ok("%sentinel alerts")
    known = {record["alert"]["SystemAlertId"] for record in RECORDS if record["alert"].get("SystemAlertId")}
    assert len(cell.value) >= len(known) > 100
    assert cell.value["id"].is_unique
    assert_inert(cell)


def test_every_alert_alone(hostile: Notebook) -> None:
    from jupyterlab_sentinel.magics.alert import alert_blocks
    from jupyterlab_sentinel.magics.display import bundle

    keys = hostile.ok("%sentinel alerts").value["id"].tolist()
    assert_inert(hostile.ok(f"%sentinel alert {keys[0]}"))
    from jupyterlab_sentinel import blocking
    from jupyterlab_sentinel.models.timerange import ALL
    from jupyterlab_sentinel.services.listings import read_listing

    listing = blocking.run(read_listing, hostile.session.connected().backend, ALL)
    assert len(listing.by_id) == len(keys)
    for key, alert in listing.by_id.items():
        shown = bundle(alert_blocks(alert, key))
        assert_inert_html(shown["text/html"], TAGS, allowed_attributes())
        assert_inert_text(shown["text/plain"])


def test_the_text_is_all_there(hostile: Notebook) -> None:
    """Inert is not empty: a payload can be read."""
    text = "".join(Structure(hostile.ok("%%sentinel\nSecurityAlert | project DisplayName").html).texts)
    assert "<script>window.__pwn" in text


def test_frames_of_the_user_are_drawn_by_pandas_and_made_inert(hostile: Notebook) -> None:
    hostile.ok("%%sentinel df <<\nSecurityAlert")
    frame = pd.DataFrame(hostile.variables["df"].to_dict("list"))
    assert "sentinel" not in frame.attrs
    hostile.variables["plain"] = frame
    with pd.option_context("display.max_rows", 500, "display.max_columns", 50):
        cell = hostile.ok("plain")
        assert_inert_text(hostile.ok("plain.Description").text)
        assert_inert_text(hostile.ok("plain.set_index('Description').index").text)
    assert_inert_html(cell.html, PANDAS_TAGS, allowed_attributes() | PANDAS_ATTRIBUTES)
    assert_inert_text(cell.text)


PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "javascript://x%0aalert(1)",
    "https://evil.example/?q=1",
    "hxxps://evil.example/",
    "www.evil.example",
    "data:text/html,<script>",
    "metadata:xyz abc",
    "$\\href{https://evil.example}{x}$",
    "\x1b[31mred\x1b[0m\r\n\x07",
    "a\u202eb\u2066c\u200bd\U000e0041",
    "\ud800",
    "ms-officecmd://evil",
    "[x](https://evil.example) ![y](https://evil.example/y.png)",
    "</div></td><script>",
    "&lt;script&gt;",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_column_names_captions_and_reasons(notebook: Notebook, faked: Callable[..., FakeBackend], payload: str) -> None:
    faked(
        answer(
            {payload.replace("\ud800", "?"): [payload.replace("\ud800", "?")]},
            status="partial",
            reasons=(payload,),
            workspace=payload,
        )
    )
    cell = notebook.ok("%%sentinel df <<\nT")
    assert_inert(cell)
    assert_inert(notebook.ok("df.T"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_error_messages(notebook: Notebook, faked: Callable[..., FakeBackend], payload: str) -> None:
    from jupyterlab_sentinel.errors import KqlSyntaxError, Position

    def failing(request: Any) -> Any:
        raise KqlSyntaxError(payload, hint=payload, position=Position(1, 3, 2), query=f"T | {payload}")

    faked(failing)
    cell = notebook.run("%%sentinel\nT")
    assert_inert_text(cell.message)
    assert_inert_text(str(cell.error))
    assert_inert_text(notebook.run("%sentinel schema " + json.dumps(payload)).message)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_index_values_and_nested_values(notebook: Notebook, faked: Callable[..., FakeBackend], payload: str) -> None:
    faked(answer({"a": ["x"]}))
    notebook.ok("%%sentinel df <<\nT")
    notebook.variables["payload"] = payload
    notebook.ok("df['d'] = [{payload: [payload, {payload: None}]}]")
    notebook.variables["labels"] = pd.Index([payload], dtype=object)
    notebook.ok("df.index = labels")
    notebook.ok("df.index.name = payload")
    assert_inert(notebook.ok("df"))


def test_a_value_of_megabytes_is_cut_quickly(notebook: Notebook, faked: Callable[..., FakeBackend]) -> None:
    faked(answer({"a": ["http://x" * 1_000_000]}))
    cell = notebook.ok("%%sentinel\nT")
    assert len(cell.html) < 5_000
    assert "…" in cell.text
    assert_inert(cell)


def test_a_value_that_is_nested_too_deeply(notebook: Notebook, faked: Callable[..., FakeBackend]) -> None:
    faked(answer({"a": ["x"]}))
    notebook.ok("%%sentinel df <<\nT")
    notebook.ok("deep = []\nfor _ in range(100_000): deep = [deep]")
    notebook.ok("df['d'] = [deep]")
    cell = notebook.ok("df")
    assert "nested too deeply" in cell.text
    notebook.ok("while deep: deep = deep.pop()\ndel df")


def test_exports_hold_the_same(hostile: Notebook) -> None:
    """nbconvert puts our HTML into its page as it is: nothing in it may act there either."""
    import nbformat
    from nbconvert import HTMLExporter

    cell = hostile.ok("%%sentinel\nSecurityAlert | take 50")
    output = nbformat.v4.new_output("execute_result", data=cell.bundles[-1], execution_count=1)
    shown = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[])])
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(shown)
    bare, _ = HTMLExporter(template_name="basic").from_notebook_node(empty)
    assert Structure(page).tags - Structure(bare).tags <= TAGS
    assert "onerror=" not in "".join(name for name, _ in Structure(page).attributes)
