from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.errors import UsageError
from jupyterlab_sentinel.services import sweep as module
from jupyterlab_sentinel.services.sweep import read_targets, sweep
from jupyterlab_sentinel.services.sweep_query import sweep_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyterlab_sentinel.models.tables import QueryResult
    from jupyterlab_sentinel.ports import QueryRequest

ROWS = [
    ("2026-01-01T00:00:00Z", "from 10.0.0.10 to 8.8.8.8", '{"url": "http://evil.example/a"}'),
    ("2026-01-01T01:00:00Z", "from 10.0.0.1 to 8.8.8.8", "{}"),
    ("2026-01-01T02:00:00Z", "10.0.0.1,10.0.0.1", "{}"),
    ("2026-01-01T03:00:00Z", "110.0.0.1 and x10.0.0.1", '{"host": "www.EVIL.example"}'),
    ("2026-01-01T04:00:00Z", "notevil.example", '["\\\\", "quote \' here"]'),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("logs")
    lines = [f'{time},"{text}","{details.replace(chr(34), chr(34) * 2)}"' for time, text, details in ROWS]
    (home / "Flows.csv").write_text("\n".join(["TimeGenerated,Text,Details", *lines]))
    (home / "It's odd.csv").write_text('"a column"\n10.0.0.1\n')
    (home / "Numbers.csv").write_text("n\n1\n2\n")
    return home


@pytest.fixture(scope="module")
def backend(folder: Path) -> Iterator[EmbeddedBackend]:
    opened = EmbeddedBackend.create(str(folder), {})
    asyncio.run(opened.open())
    yield opened
    asyncio.run(opened.close())


def found(frame: pd.DataFrame) -> dict[tuple[str, str], int]:
    rows = zip(frame["value"], frame["table"], frame["count"], strict=True)
    return {(value, table): int(count) for value, table, count in rows}


async def test_terms_are_whole(backend: EmbeddedBackend) -> None:
    frame = await sweep(backend, ["10.0.0.1", "10.0.0.10", "8.8.8.8", "0.0.1"])
    assert found(frame) == {
        ("10.0.0.1", "Flows"): 2,
        ("10.0.0.1", "It's odd"): 1,
        ("10.0.0.10", "Flows"): 1,
        ("8.8.8.8", "Flows"): 2,
        ("0.0.1", "Flows"): 3,
        ("0.0.1", "It's odd"): 1,
    }


async def test_case_subdomains_and_urls(backend: EmbeddedBackend) -> None:
    frame = await sweep(backend, ["Evil.Example", "hxxp://evil[.]example/a", "http://evil.example"])
    assert found(frame) == {
        ("evil.example", "Flows"): 2,
        ("http://evil.example/a", "Flows"): 1,
        ("http://evil.example", "Flows"): 1,
    }


async def test_first_and_last_and_those_without(backend: EmbeddedBackend) -> None:
    frame = await sweep(backend, ["8.8.8.8", "9.9.9.9", "10.0.0.1"])
    by = frame.set_index(["value", "table"])
    assert by.loc[("8.8.8.8", "Flows"), "first"] == pd.Timestamp("2026-01-01T00:00:00Z")
    assert by.loc[("8.8.8.8", "Flows"), "last"] == pd.Timestamp("2026-01-01T01:00:00Z")
    assert by.loc[("9.9.9.9", ""), "count"] == 0
    assert pd.isna(by["first"][("10.0.0.1", "It's odd")]), "a table without times"
    assert list(frame.columns) == list(module.COLUMNS)
    assert frame["count"].is_monotonic_decreasing


async def test_the_range_bounds_it(backend: EmbeddedBackend) -> None:
    frame = await sweep(
        backend,
        ["10.0.0.1"],
        tables=["Flows"],
        start=datetime(2026, 1, 1, 1, tzinfo=UTC),
        end=datetime(2026, 1, 1, 2, tzinfo=UTC),
    )
    assert found(frame) == {("10.0.0.1", "Flows"): 1}
    assert frame.attrs["sentinel"]["start"] == "2026-01-01T01:00:00+00:00"


@pytest.mark.parametrize("value", ["quote ' here", 'say "x"', "a\\b", "[x] (y) {z} ^$.*+?|", "%", "ünïcode", "x\ty"])
async def test_any_text_is_looked_for_as_it_is(backend: EmbeddedBackend, value: str) -> None:
    frame = await sweep(backend, [value])
    assert frame["count"].sum() == (1 if value.startswith("quote") else 0)


async def test_hundreds_of_values_are_one_query(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = recorded(backend, monkeypatch)
    values = [f"172.16.{number // 250}.{number % 250}" for number in range(900)] + ["10.0.0.1"]
    frame = await sweep(backend, values)
    assert len(asked) == 1
    assert len(frame) == 902
    assert found(frame)["10.0.0.1", "Flows"] == 2


async def test_more_values_than_fit_are_several_queries(
    backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = recorded(backend, monkeypatch)
    monkeypatch.setattr(module, "MOST_VALUES", 2)
    heard: list[float | None] = []
    frame = await sweep(
        backend, ["10.0.0.1", "8.8.8.8", "9.9.9.9"], progress=lambda fraction, _words: heard.append(fraction)
    )
    assert len(asked) == 2
    assert heard == [0.0, 0.5]
    assert found(frame) == {
        ("10.0.0.1", "Flows"): 2,
        ("10.0.0.1", "It's odd"): 1,
        ("8.8.8.8", "Flows"): 2,
        ("9.9.9.9", ""): 0,
    }
    assert frame.attrs["sentinel"]["requests"] == 2


async def test_many_tables_are_narrowed_first(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = recorded(backend, monkeypatch)
    monkeypatch.setattr(module, "MOST_TABLES", 1)
    frame = await sweep(backend, ["10.0.0.10", "8.8.8.8"])
    assert [query.startswith("search in (") for query in asked] == [True, False]
    assert "['It\\'s odd']" not in asked[1]
    assert found(frame) == {("10.0.0.10", "Flows"): 1, ("8.8.8.8", "Flows"): 2}


async def test_nothing_anywhere_after_narrowing(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TABLES", 1)
    assert found(await sweep(backend, ["1.1.1.1"])) == {("1.1.1.1", ""): 0}


def test_values_are_refanged_typed_and_told_once() -> None:
    targets = read_targets(
        ["hxxps://A.example/x", "A[.]example", "a.example", "D41D8CD98F00B204E9800998ECF8427E", "ian"]
    )
    assert [(target.value, target.type) for target in targets] == [
        ("https://a.example/x", "url"),
        ("a.example", "domain"),
        ("d41d8cd98f00b204e9800998ecf8427e", "md5"),
        ("ian", "text"),
    ]


def test_frames_and_series_are_read() -> None:
    frame = pd.DataFrame({"type": ["ipv4", "ipv4"], "value": ["1.2.3.4", None]})
    assert [target.value for target in read_targets(frame)] == ["1.2.3.4"]
    assert [target.value for target in read_targets(pd.Series(["1.2.3.4", "1.2.3.4"]))] == ["1.2.3.4"]


@pytest.mark.parametrize("values", [[], ["", "  "], pd.Series([], dtype=object), ["x" * 10_000]])
def test_unusable_values_are_refused(values: list[str]) -> None:
    with pytest.raises(UsageError):
        read_targets(values)


def test_the_query_holds_names_and_values_as_literals_only() -> None:
    from jupyterlab_sentinel.kql.lexer import tokenize
    from jupyterlab_sentinel.models.workspace import ColumnInfo, TableInfo

    hostile = "x'] | project a //"
    query = sweep_query(
        ['a" or true //'],
        [TableInfo(hostile, (ColumnInfo(hostile, "string"), ColumnInfo("TimeGenerated", "datetime")))],
    )
    pipes = [token for token in tokenize(query) if token.text == "|"]
    assert len(pipes) == 10
    assert not [token for token in tokenize(query) if token.kind == "bad" or not token.closed]


def recorded(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    run = backend.run

    async def recording(request: QueryRequest) -> QueryResult:
        asked.append(request.kql)
        return await run(request)

    monkeypatch.setattr(backend, "run", recording)
    return asked


async def test_narrowing_by_has_any_and_by_values_of_the_data_follow_the_same_rules(backend: EmbeddedBackend) -> None:
    from jupyterlab_sentinel.kql.literals import kql_literal
    from jupyterlab_sentinel.ports import QueryRequest

    values = [f"172.16.{number // 250}.{number % 250}" for number in range(900)] + ["10.0.0.1", ".example"]
    listed = await backend.run(QueryRequest(f"Flows | where Text has_any ({kql_literal(values)}) | project Text"))
    expected = [ROWS[1][1], ROWS[2][1], ROWS[4][1]]
    assert listed.to_pandas()["Text"].tolist() == expected
    expanded = await backend.run(
        QueryRequest(
            f"Flows | mv-expand v = {kql_literal(values)} to typeof(string) "
            "| where Text has v or tolower(Text) has_cs v | distinct Text"
        )
    )
    assert sorted(expanded.to_pandas()["Text"]) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "term", "there"),
    [
        ("ab a", "a", True),
        ("ab ca", "a", False),
        ("aa aab", "aa", True),
        ("aab aa", "aa", True),
        ("11.1.1.1.1", "1.1.1.1", True),
        ("x-é", "é", True),
        ("xé", "é", False),
        ("a_b", "b", True),
        ("a.", ".", True),
        ("", "a", False),
    ],
)
async def test_terms_that_only_the_data_knows(backend: EmbeddedBackend, text: str, term: str, there: bool) -> None:
    from jupyterlab_sentinel.kql.literals import kql_literal
    from jupyterlab_sentinel.ports import QueryRequest

    given, sought = kql_literal(text), kql_literal(term)
    query = f"print t = {given}, v = {sought} | extend a = t has v, b = t has_cs v, c = t has {sought}"
    row = (await backend.run(QueryRequest(query))).to_pandas().iloc[0]
    assert (row["a"], row["b"], row["c"]) == (there, there, there)


def has(text: str, term: str) -> bool:
    """The rule of ``has``, in the plainest way."""
    text, term = text.lower(), term.lower()
    for at in range(len(text) - len(term) + 1):
        if text.startswith(term, at):
            before, after = text[at - 1 : at], text[at + len(term) : at + len(term) + 1]
            if not (term[0].isalnum() and before.isalnum()) and not (term[-1].isalnum() and after.isalnum()):
                return True
    return False


@pytest.mark.parametrize("seed", range(4))
async def test_values_that_overlap_hide_none_of_each_other(tmp_path: Path, seed: int) -> None:
    """Random texts and values of few characters overlap in every way there is."""
    chance = random.Random(seed)  # noqa: S311  # the same texts on every run
    texts = ["".join(chance.choices("ab1.-_/", k=chance.randint(0, 24))) for _ in range(400)]
    values = list(dict.fromkeys("".join(chance.choices("ab1.-/", k=chance.randint(1, 6))) for _ in range(150)))
    (tmp_path / "T.csv").write_text("text,n\n" + "".join(f'"{text}",1\n' for text in texts))
    backend = EmbeddedBackend.create(str(tmp_path), {})
    await backend.open()
    frame = await sweep(backend, pd.Series(values))
    await backend.close()
    counted = {value: sum(has(text, value) for text in texts) for value in frame["value"]}
    assert {value: int(count) for value, count in zip(frame["value"], frame["count"], strict=True)} == counted
    assert sum(counted.values()) > 100
