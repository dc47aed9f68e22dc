"""The embedded engine against what every backend must answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.ports import QueryBackend, QueryRequest
from tests.contract.answers import plain_rows
from tests.contract.backend_cases import CASES, Case

NOW = datetime(2019, 2, 18, 15, 29, 22, tzinfo=UTC)


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[EmbeddedBackend]:
    (tmp_path / "T_CL.csv").write_text("TimeGenerated,x\n2019-02-18T00:00:00Z,1\n")
    opened = EmbeddedBackend.create(str(tmp_path), {"cache_dir": str(tmp_path / "cache")})
    await opened.open()
    yield opened
    await opened.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_answers_as_every_backend_must(backend: EmbeddedBackend, case: Case) -> None:
    answer = (await backend.run(QueryRequest(case.kql, now=NOW))).tables[0]
    assert tuple((column.name, column.type) for column in answer.columns) == case.columns
    assert plain_rows(answer) == list(case.rows)


def test_is_a_backend() -> None:
    assert isinstance(EmbeddedBackend.create("demo", {}), QueryBackend)
