from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jupyterlab_sentinel.errors import BindingError, KqlSyntaxError, PartialAnswerError, Position, ServiceError
from jupyterlab_sentinel.models.tables import QueryResult
from jupyterlab_sentinel.models.workspace import WorkspaceInfo
from jupyterlab_sentinel.services.query import Question, ask, prepare
from jupyterlab_sentinel.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jupyterlab_sentinel.models.workspace import TableInfo
    from jupyterlab_sentinel.ports import QueryRequest


class Backend:
    def __init__(self, failure: Exception | None = None, **facts: Any) -> None:
        self.info = WorkspaceInfo(name="w", kind="fake")
        self.failure = failure
        self.facts = facts
        self.asked: list[QueryRequest] = []
        self.wrong = ""

    async def open(self) -> None: ...

    async def run(self, request: QueryRequest) -> QueryResult:
        self.asked.append(request)
        if self.failure is not None:
            raise self.failure
        return QueryResult((), request.kql, "w", request.start, request.end, datetime.now(UTC), 0.1, **self.facts)

    async def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        return ()

    def check(self, kql: str) -> None:
        if self.wrong and self.wrong in kql:
            before = kql[: kql.index(self.wrong)]
            line = before.count("\n") + 1
            column = len(before) - (before.rfind("\n") + 1)
            raise KqlSyntaxError("wrong", position=Position(line, column, len(self.wrong)), query=kql)

    async def close(self) -> None: ...


def test_values_become_literals() -> None:
    assert prepare(Question("T | where a == {{x}}", {"x": 'a"'}), Backend()) == 'T | where a == "a\\""'


def test_an_unknown_name_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(BindingError):
        prepare(Question("T | where a == {{x}}"), Backend())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("T | where a == {{x}} | bad", (1, 23)),
        ("T\n| where a == {{x}}\n| bad", (3, 2)),
        ("T | bad | where a == {{x}}", (1, 4)),
        ("T | where {{x}} == {{x}} bad", (1, 25)),
    ],
)
def test_a_place_is_the_one_in_the_text_as_written(text: str, place: tuple[int, int]) -> None:
    backend = Backend()
    backend.wrong = "bad"
    with pytest.raises(KqlSyntaxError) as caught:
        prepare(Question(text, {"x": "a long\nvalue of two lines"}), backend)
    error = caught.value
    assert error.query == text
    assert error.position is not None
    assert (error.position.line, error.position.column) == place
    assert error.caret.splitlines()[1].count("^") == 3


async def test_what_is_asked_is_recorded() -> None:
    store = Store.open(on_disk=False)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    await ask(Question("T | where a == {{x}}", {"x": 1}, start=start), Backend(), store)
    (record,) = store.history()
    assert (record.query, record.status, record.start, record.error) == (
        "T | where a == long(1)",
        "complete",
        start,
        "",
    )


async def test_failures_are_recorded() -> None:
    store = Store.open(on_disk=False)
    with pytest.raises(ServiceError):
        await ask(Question("T"), Backend(ServiceError("down")), store)
    (record,) = store.history()
    assert (record.status, record.error) == ("failed", "service: down")


async def test_strict_refuses_a_partial_answer() -> None:
    backend = Backend(status="partial", reasons=("cut at 2 rows",))
    assert (await ask(Question("T"), backend)).status == "partial"
    with pytest.raises(PartialAnswerError, match="cut at 2 rows"):
        await ask(Question("T", strict=True), backend)
