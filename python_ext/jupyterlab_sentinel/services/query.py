"""Ask a workspace: bind values, check, send, record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import CancelledQueryError, PartialAnswerError, SentinelError
from ..ports import Progress, QueryRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..models.tables import QueryResult
    from ..ports import QueryBackend
    from ..store import Store


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the user wrote it, with what surrounds it.

    :param params: what ``{{name}}`` placeholders may refer to.
    :param start: UTC, inclusive, or None for no bound.
    :param end: UTC, exclusive, or None.
    :param strict: a partial answer is an error.
    """

    text: str
    params: Mapping[str, object] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    timeout_s: float = 180.0
    strict: bool = False
    progress: Progress | None = None


def prepare(question: Question, backend: QueryBackend) -> str:
    """The KQL as it will be sent: values bound as literals, syntax checked.

    :raises BindingError: a placeholder without a value, or a value that cannot be a literal.
    :raises KqlError: with the place in the text as the user wrote it where values moved nothing.
    """
    from ..kql.binding import bind

    kql = bind(question.text, question.params).text
    backend.check(kql)
    return kql


async def ask(question: Question, backend: QueryBackend, store: Store | None = None) -> QueryResult:
    """Prepare ``question``, run it, and record in ``store`` how it went.

    :raises SentinelError: and no other class; the failure is recorded too.
    """
    import asyncio

    kql = question.text
    try:
        kql = prepare(question, backend)
        result = await backend.run(
            QueryRequest(
                kql=kql,
                start=question.start,
                end=question.end,
                timeout_s=question.timeout_s,
                progress=question.progress,
            )
        )
        if question.strict and result.status == "partial":
            raise PartialAnswerError(
                "The answer is partial: " + "; ".join(result.reasons),
                hint="Without --strict the rows that came are shown, marked as partial.",
            )
    except asyncio.CancelledError:
        _record(store, question, backend, kql, error=CancelledQueryError.code)
        raise
    except SentinelError as error:
        _record(store, question, backend, kql, error=f"{error.code}: {error.message}")
        raise
    _record(store, question, backend, kql, result=result)
    return result


def _record(
    store: Store | None,
    question: Question,
    backend: QueryBackend,
    kql: str,
    *,
    result: QueryResult | None = None,
    error: str = "",
) -> None:
    if store is None:
        return
    store.record_query(
        query=kql,
        workspace=backend.info.name,
        start=question.start,
        end=question.end,
        status=result.status if result else "failed",
        rows=result.tables[0].rows if result and result.tables else 0,
        elapsed_s=result.elapsed_s if result else 0.0,
        error=error,
    )
