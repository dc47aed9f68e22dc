"""HTTP in, HTTP out, for Kusto's own protocol, and for Microsoft Graph's hunting query."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import SentinelError
from ..ports import QueryRequest
from .answers import answer_body
from .handlers import Base
from .hunting import hunting_body, hunting_request, refused_by_graph
from .kusto_commands import Told, command_body
from .kusto_frames import frames_body
from .kusto_refusals import bad_request, no_database, refused_by_kusto
from .kusto_requests import kusto_address, kusto_request
from .preferences import Preferences
from .timespans import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from ..models.tables import QueryResult
    from .kusto_requests import KustoRequest
    from .served import ServedWorkspace

    T = TypeVar("T")

_DEFAULT_DATABASE = "NetDefaultDB"


class KustoQuery(Base):
    """A query of the workspace as a database, answered in "v2" frames."""

    async def answer_get(self) -> None:
        """Run the query of the address."""
        arguments = {name: self.argument(name) or "" for name in self.request.query_arguments}
        await self._reply(kusto_address(arguments, datetime.now(UTC)))

    async def answer_post(self) -> None:
        """Run the query of the body."""
        await self._reply(kusto_request(self.json_content(), datetime.now(UTC)))

    async def _reply(self, asked: KustoRequest) -> None:
        database_of(self.desk.served, asked.database)
        if asked.csl.lstrip().startswith("."):
            raise bad_request("Commands go to /v1/rest/mgmt")
        await self.reply(self._answer(asked))

    async def _answer(self, asked: KustoRequest) -> bytes:
        served = self.desk.served
        async with served.turn():
            try:
                result = await served.backend.run(_query(served, asked))
                return await _beside_loop(lambda stop: self.body(result, asked, stop))
            except SentinelError as error:
                raise refused_by_kusto(error) from error

    def body(self, result: QueryResult, asked: KustoRequest, stop: Callable[[], bool]) -> bytes:
        """The answer's JSON; blocking."""
        return frames_body(result, asked, self.desk.limits, stop)


class KustoQueryV1(KustoQuery):
    """The same, answered in the tables of "v1"."""

    def body(self, result: QueryResult, asked: KustoRequest, stop: Callable[[], bool]) -> bytes:
        """The answer's JSON; blocking."""
        return answer_body(result, Preferences(thin=False), asked.limits(self.desk.limits), stop)


class KustoCommand(Base):
    """Some of the ``.show`` commands."""

    async def answer_post(self) -> None:
        """Answer the command of the body."""
        asked = kusto_request(self.json_content(), datetime.now(UTC))
        if asked.database:
            database_of(self.desk.served, asked.database)
        await self.reply(self._answer(asked))

    async def _answer(self, asked: KustoRequest) -> bytes:
        served = self.desk.served
        try:
            tables, functions = await served.backend.tables(), await served.functions()
        except SentinelError as error:
            raise refused_by_kusto(error) from error
        database = asked.database if asked.database not in ("", _DEFAULT_DATABASE) else served.identity.resource_name
        return command_body(asked.csl, Told(database, tables, functions))


class KustoSignIn(Base):
    """Whom a token for this cluster is asked from; tells nothing about the workspace."""

    public = True

    async def answer_get(self) -> None:
        """Tell it, in the words that Kusto's clients read."""
        origin = f"{self.desk.scheme}://{self.request.host}"
        identity = self.desk.identity
        told = {
            "LoginEndpoint": origin,
            "LoginMfaRequired": False,
            "KustoClientAppId": identity.client_id,
            "KustoClientRedirectUri": "http://localhost",
            "KustoServiceResourceId": origin,
            "FirstPartyAuthorityUrl": f"{origin}/{identity.tenant_id}",
        }
        self.finish(json.dumps({"AzureAD": told}))


class Hunting(Base):
    """Microsoft Graph's ``runHuntingQuery`` over the workspace."""

    async def answer_post(self) -> None:
        """Run the query of the body."""
        now = datetime.now(UTC)
        asked = hunting_request(self.json_content(), now)
        await self.reply(self._answer(asked.kql, asked.start, asked.end, now))

    async def _answer(self, kql: str, start: int | None, end: int | None, now: datetime) -> bytes:
        served = self.desk.served
        request = QueryRequest(kql, moment_of(start), moment_of(end), served.limits.wait_s, now)
        async with served.turn():
            try:
                result = await served.backend.run(request)
                return await _beside_loop(lambda stop: hunting_body(result, self.desk.limits, stop))
            except SentinelError as error:
                raise refused_by_graph(error) from error


def database_of(served: ServedWorkspace, name: str) -> None:
    """Accept a name of the workspace: its own, its id, both with a hyphen between, or the client's default.

    :raises Refusal: 400.
    """
    identity = served.identity
    known = {
        identity.name,
        identity.resource_name,
        identity.workspace_id,
        f"{identity.resource_name}-{identity.workspace_id}",
        _DEFAULT_DATABASE,
    }
    if name not in known:
        raise no_database(name)


def _query(served: ServedWorkspace, asked: KustoRequest) -> QueryRequest:
    limits = served.limits
    timeout = min(limits.longest_wait_s, limits.wait_s if asked.timeout_s is None else asked.timeout_s)
    return QueryRequest(kql=asked.csl, timeout_s=timeout, now=asked.now)


async def _beside_loop(write: Callable[[Callable[[], bool]], bytes]) -> bytes:
    """Write an answer on a thread, which stops soon after nobody waits any more."""
    gone = threading.Event()
    try:
        return await asyncio.to_thread(write, gone.is_set)
    finally:
        gone.set()
