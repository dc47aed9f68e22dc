"""Ask a workspace, and put the answer into a Parquet file instead of memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..kql import tree
from ..kql.parser import parse_query
from ..models.parquet_files import TableWriter, provenance
from ..models.saved_answers import saved_answer, several_answers
from ..models.whole_files import sweep
from ..ports import SavingBackend
from .claims import claimed
from .query import recorded, refuse_partial

if TYPE_CHECKING:
    from pathlib import Path

    from ..models.saved_answers import SavedAnswer
    from ..models.tables import QueryResult
    from ..ports import QueryBackend, QueryRequest
    from ..store import Store
    from .query import Question


async def save(
    question: Question, path: Path, backend: QueryBackend, store: Store | None = None, *, overwrite: bool = False
) -> SavedAnswer:
    """Prepare ``question``, run it, write its rows to ``path``, and record in ``store`` how it went.

    The file appears when it is whole; until then there is none. Backends that are no
    :class:`~..ports.SavingBackend` gather the answer in memory first.

    :param overwrite: whether a file of that name may be replaced.
    :raises UsageError: the file exists already, or cannot be there, or another query is writing it; or the query has
        several answers.
    :raises SentinelError: and no other class; the failure is recorded too.
    """

    async def send(request: QueryRequest) -> SavedAnswer:
        _refuse_several(_answers(request.kql))
        async with claimed(path):
            await asyncio.to_thread(sweep, path)
            writer = await asyncio.to_thread(TableWriter, path, overwrite=overwrite)
            try:
                result = refuse_partial(question, await _fetched(request, backend, writer))
                file = await asyncio.to_thread(writer.finish, provenance(result))
            finally:
                await asyncio.to_thread(writer.abandon)
        return saved_answer(result, file)

    return await recorded(question, backend, store, send)


async def _fetched(request: QueryRequest, backend: QueryBackend, writer: TableWriter) -> QueryResult:
    if isinstance(backend, SavingBackend):
        return await backend.save(request, writer)
    result = await backend.run(request)
    _refuse_several(len(result.tables))
    for table in result.tables:
        await asyncio.to_thread(writer.add, table)
    return result


def _answers(kql: str) -> int:
    """How many tables the statements of a query give, as far as its syntax tells."""
    return sum(not isinstance(item, tree.Let | tree.Setting) for item in parse_query(kql).statements)


def _refuse_several(answers: int) -> None:
    if answers > 1:
        raise several_answers(answers)
