from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.backends.embedded.translation import discovery
from jupyterlab_sentinel.errors import KqlSemanticError
from jupyterlab_sentinel.ports import QueryRequest

from .asking import Opener, columns, rows


@pytest.fixture(scope="module", params=[64, 0], ids=["few", "many"])
def searched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, EmbeddedBackend]]:
    """Some tables; the second time so many that each is asked first whether it has rows."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "Alpha_CL.csv").write_text(
        "TimeGenerated,Message,Host,Count,Bag\n"
        '2019-02-18T00:00:00Z,from 23.97.60.214 port 22,web01,1,"{""ip"":""10.0.0.1""}"\n'
        "2019-02-18T00:00:01Z,from 123.97.60.2140,web02,2,{}\n"
        "2019-02-18T00:00:02Z,Error in Lab-7 PC,WEB01,3,\n"
    )
    (folder / "Beta_CL.csv").write_text("TimeGenerated,Host,Count\n2019-02-18T00:00:00Z,23.97.60.214,x\n")
    (folder / "Gamma.csv").write_text("Other\nnothing here\n")
    backend = EmbeddedBackend.create(str(folder), {})
    asyncio.run(backend.open())
    yield request.param, backend
    asyncio.run(backend.close())


@pytest.fixture
def backend(searched: tuple[int, EmbeddedBackend], monkeypatch: pytest.MonkeyPatch) -> EmbeddedBackend:
    few, backend = searched
    monkeypatch.setattr(discovery, "_FEW", few)
    monkeypatch.setattr(discovery, "_TOGETHER", 2)
    return backend


@pytest.mark.parametrize(
    ("predicate", "found"),
    [
        ('"23.97.60.214"', {"Alpha_CL": 1, "Beta_CL": 1}),
        ('"97.60"', {"Alpha_CL": 2, "Beta_CL": 1}),
        ('"web01"', {"Alpha_CL": 2}),
        ('kind=case_sensitive "web01"', {"Alpha_CL": 1}),
        ('"web*"', {"Alpha_CL": 3}),
        ('"*01"', {"Alpha_CL": 2}),
        ('"*eb0*"', {"Alpha_CL": 3}),
        ('"Lab*PC"', {"Alpha_CL": 1}),
        ('Host:"web01"', {"Alpha_CL": 2}),
        ('Host == "web01"', {"Alpha_CL": 1}),
        ('"web01" and not("error")', {"Alpha_CL": 1}),
        ('"error" or Host:"23.97.60.214"', {"Alpha_CL": 1, "Beta_CL": 1}),
        ('in (Beta_CL) "23.97.60.214" or "nothing"', {"Beta_CL": 1}),
        ('in (*_CL) "23.97.60.214"', {"Alpha_CL": 1, "Beta_CL": 1}),
        ('in (G*, Beta_CL) "nothing" or "23.97.60.214"', {"Beta_CL": 1, "Gamma": 1}),
        ('"10.0.0.1"', {"Alpha_CL": 1}),
        ('Host matches regex "^web0[12]$"', {"Alpha_CL": 2}),
        ("Count > 1", {"Alpha_CL": 2}),
        ('"97.60.214"', {"Alpha_CL": 1, "Beta_CL": 1}),
        ("*", {"Alpha_CL": 3, "Beta_CL": 1, "Gamma": 1}),
        ('"absent"', {}),
    ],
)
async def test_search_finds_terms(backend: EmbeddedBackend, predicate: str, found: dict[str, int]) -> None:
    by_label = await rows(backend, f"search {predicate} | summarize count() by $table")
    assert sorted(by_label) == sorted(found.items())
    by_type = await rows(backend, f"search {predicate} | summarize count() by Type")
    assert sorted(by_type) == sorted(found.items())


async def test_search_over_types_that_differ_keeps_both_columns(backend: EmbeddedBackend) -> None:
    kinds = await columns(backend, 'search "23.97.60.214"')
    assert next(iter(kinds)) == "$table"
    assert (kinds["Count_long"], kinds["Count_string"]) == ("long", "string")


async def test_search_after_a_pipe_looks_into_its_rows(backend: EmbeddedBackend) -> None:
    assert await rows(backend, 'Alpha_CL | where Count < 3 | search "web01" | count') == [(1,)]
    kql = 'Alpha_CL | where Count < 3 | search "web01" | project $table, Count'
    assert await columns(backend, kql) == {"$table": "string", "Count": "long"}
    assert [label for label, _ in await rows(backend, kql)] == ["Alpha_CL"]


async def test_a_column_that_no_table_has_is_a_mistake(backend: EmbeddedBackend) -> None:
    with pytest.raises(KqlSemanticError, match="no column 'Hots'"):
        await rows(backend, 'search Hots:"x"')


async def test_find_shows_common_columns_and_packs_the_rest(backend: EmbeddedBackend) -> None:
    answer = await rows(backend, 'find in (Alpha_CL, Beta_CL) where Host == "23.97.60.214"')
    assert answer == [("Beta_CL", "2019-02-18T00:00:00Z", "23.97.60.214", "Beta_CL", {"Count": "x"})]
    assert await rows(backend, 'find "23.97.60.214" | summarize count() by source_ | sort by source_ asc') == [
        ("Alpha_CL", 1),
        ("Beta_CL", 1),
    ]
    projected = await rows(backend, 'find withsource=From in (*_CL) where Host has "web02" project Host, Count:string')
    assert projected == [("Alpha_CL", "web02", "2")]


@pytest.mark.parametrize(
    ("predicate", "count"),
    [
        ('* has "web01"', 2),
        ('* contains "EB0"', 3),
        ('* == "web01"', 1),
        ('* startswith "from"', 2),
        ("* == 3", 1),
        ('* has_any ("error", "22")', 2),
    ],
)
async def test_where_star_looks_into_every_column(backend: EmbeddedBackend, predicate: str, count: int) -> None:
    assert await rows(backend, f"Alpha_CL | where {predicate} | count") == [(count,)]


async def test_union_of_wildcards_names_its_sources(backend: EmbeddedBackend) -> None:
    assert await rows(backend, "union withsource=T *_CL, (Gamma) | summarize count() by T | sort by T asc") == [
        ("Alpha_CL", 3),
        ("Beta_CL", 1),
        ("Gamma", 1),
    ]
    assert await rows(backend, "union * | count") == [(5,)]
    inner = await columns(backend, "union kind=inner Alpha_CL, Beta_CL")
    assert list(inner) == ["TimeGenerated", "Host", "Count_long", "Count_string", "Type"]


async def test_fuzzy_unions_leave_out_what_is_missing_and_say_so(backend: EmbeddedBackend) -> None:
    answer = await backend.run(
        QueryRequest("union isfuzzy=true Alpha_CL, Missing_CL, (Missing2 | where x == 1) | count")
    )
    assert answer.tables[0].data.column(0).to_pylist() == [3]
    assert len(answer.statistics["warnings"]) == 2  # type: ignore[arg-type]
    with pytest.raises(KqlSemanticError, match="Missing_CL"):
        await rows(backend, "union Alpha_CL, Missing_CL")


async def test_wildcards_within_terms_keep_their_bounds_in_every_script(backend: EmbeddedBackend) -> None:
    table = "datatable(s:string) ['äpowershell', 'a powershell', 'powershellé', 'power-shell.']"
    assert await rows(backend, f"{table} | search 'pow*shell' | project s") == [("a powershell",), ("power-shell.",)]
    assert len(await rows(backend, f"{table} | search '*pow*shell*' | project s")) == 4


def _asked(backend: EmbeddedBackend, kql: str) -> tuple[list[str], str]:
    """The questions of a query of many tables, and its SQL."""
    assert backend._opened is not None
    questions: list[str] = []

    def ask(sql: str) -> list[tuple[object, ...]]:
        questions.append(sql)
        return backend._opened.connection.execute(sql).fetchall() if backend._opened is not None else []

    program = backend._opened.programs.translate(QueryRequest(kql), ask)
    return questions, program.statements[0].sql


@pytest.mark.parametrize("searched", [0], indirect=True)
async def test_of_many_tables_only_those_with_rows_are_united(backend: EmbeddedBackend) -> None:
    questions, sql = _asked(backend, 'search "Lab-7" | project $table, Message')
    assert (len(questions), "'Beta_CL'" in sql, "'Alpha_CL'" in sql) == (2, False, True)
    questions, sql = _asked(backend, 'find "Lab-7"')
    assert (len(questions), "'Beta_CL'" in sql) == (2, False)
    assert list(await columns(backend, 'search "nowhere"')) == list(await columns(backend, 'search "Lab-7"'))
    assert list(await columns(backend, 'find "nowhere"')) == list(await columns(backend, 'find "Lab-7"'))


@pytest.mark.parametrize("searched", [0], indirect=True)
async def test_tables_whose_rows_are_drawn_by_lot_are_not_asked(backend: EmbeddedBackend) -> None:
    view = "let Drawn = view() { Alpha_CL | where rand() < 0.5 };"
    questions, sql = _asked(backend, f'{view} search in (Drawn, Beta_CL, Gamma) "random" or "from" | summarize count()')
    assert len(questions) == 1
    assert "random()" in sql
    questions, _ = _asked(backend, 'search "random" | count')
    assert len(questions) == 2


async def test_what_a_table_lacks_is_told_even_if_nothing_of_it_matches(
    folder: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "_FEW", 0)
    (folder / "Whole_CL.csv").write_text("TimeGenerated,a\n2019-02-18T00:00:00Z,found\n")
    (folder / "Torn_CL.csv").write_text("TimeGenerated,a\n2019-02-18T00:00:00Z,b\n2019-02-18,too,many\n")
    result = await (await opened()).run(QueryRequest('search "found"'))
    assert (result.tables[0].rows, result.status) == (1, "partial")
    assert "Torn_CL" in result.reasons[0]
