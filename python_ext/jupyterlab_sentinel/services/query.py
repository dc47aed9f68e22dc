"""Ask a workspace: bind values, check, send, record."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..errors import CancelledQueryError, KqlError, PartialAnswerError, Position, SentinelError
from ..kql.binding import bind
from ..kql.lexer import line_and_column
from ..ports import Progress, QueryRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from datetime import datetime

    from ..kql.binding import Bound
    from ..models.tables import QueryResult, Status
    from ..ports import QueryBackend
    from ..store import Store


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the user wrote it, with what surrounds it.

    :param params: what ``{{name}}`` placeholders may refer to.
    :param start: UTC, inclusive, or None for no bound.
    :param end: UTC, exclusive, or None.
    :param strict: a partial answer is an error.
    :param request_timeout_s: deadline of each request, in seconds, where an answer takes several; None: the total only.
    :param most_requests: how many an answer may take where it takes several.
    """

    text: str
    params: Mapping[str, object] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    timeout_s: float = 180.0
    strict: bool = False
    progress: Progress | None = None
    request_timeout_s: float | None = None
    most_requests: int = 500


def prepare(question: Question, backend: QueryBackend) -> str:
    """The KQL as it will be sent: values bound as literals, syntax checked.

    :raises BindingError: a placeholder without a value, or a value that cannot be a literal.
    :raises KqlError: with the place in the text as the user wrote it.
    """
    bound = bind(question.text, question.params)
    with _places_as_written(question.text, bound):
        backend.check(bound.text)
    return bound.text


class Answered(Protocol):
    """What is recorded of an answer, wherever its rows are."""

    @property
    def status(self) -> Status:
        """Whether all came."""

    @property
    def rows(self) -> int:
        """How many rows came."""

    @property
    def elapsed_s(self) -> float:
        """How long it took."""


A = TypeVar("A", bound=Answered)


async def ask(question: Question, backend: QueryBackend, store: Store | None = None) -> QueryResult:
    """Prepare ``question``, run it, and record in ``store`` how it went.

    :raises SentinelError: and no other class; the failure is recorded too.
    """

    async def whole(request: QueryRequest) -> QueryResult:
        return refuse_partial(question, await backend.run(request))

    return await recorded(question, backend, store, whole)


async def recorded(
    question: Question, backend: QueryBackend, store: Store | None, send: Callable[[QueryRequest], Awaitable[A]]
) -> A:
    """Prepare ``question``, ``send`` it, and record in ``store`` how it went.

    :raises SentinelError: and no other class; the failure is recorded too.
    """
    kql = question.text
    try:
        bound = bind(question.text, question.params)
        kql = bound.text
        with _places_as_written(question.text, bound):
            backend.check(kql)
            answer = await send(_request(question, kql))
    except asyncio.CancelledError:
        _record(store, question, backend, kql, error=CancelledQueryError.code)
        raise
    except SentinelError as error:
        _record(store, question, backend, kql, error=f"{error.code}: {error.message}")
        raise
    _record(store, question, backend, kql, answer=answer)
    return answer


def refuse_partial(question: Question, result: QueryResult) -> QueryResult:
    """``result``, if the question takes it.

    :raises PartialAnswerError: it is partial, and the question is strict.
    """
    if question.strict and result.status == "partial":
        raise PartialAnswerError(
            "The answer is partial: " + "; ".join(result.reasons),
            hint="Without --strict the rows that came are shown, marked as partial.",
        )
    return result


def _request(question: Question, kql: str) -> QueryRequest:
    return QueryRequest(
        kql=kql,
        start=question.start,
        end=question.end,
        timeout_s=question.timeout_s,
        progress=question.progress,
        request_timeout_s=question.request_timeout_s,
        most_requests=question.most_requests,
    )


@contextmanager
def _places_as_written(written: str, bound: Bound) -> Iterator[None]:
    """An error's place in the bound query becomes the one in the query as written, placeholders and all."""
    try:
        yield
    except KqlError as error:
        if error.position is not None and error.query == bound.text and bound.names:
            error.position = _written_position(written, bound, error.position)
            error.query = written
        raise


def _written_position(written: str, bound: Bound, position: Position) -> Position:
    lines = bound.text.split("\n")
    offset = sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column
    line, column = line_and_column(written, min(bound.origin(offset), len(written)))
    return Position(line, column, position.length if position.length <= len(written) else 1)


def _record(
    store: Store | None,
    question: Question,
    backend: QueryBackend,
    kql: str,
    *,
    answer: Answered | None = None,
    error: str = "",
) -> None:
    if store is None:
        return
    store.record_query(
        query=kql,
        workspace=backend.info.name,
        start=question.start,
        end=question.end,
        status=answer.status if answer else "failed",
        rows=answer.rows if answer else 0,
        elapsed_s=answer.elapsed_s if answer else 0.0,
        error=error,
    )
