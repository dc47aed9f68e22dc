"""JSON over POST, for services that have no client of their own here: Microsoft's pipeline, our tries."""

from __future__ import annotations

import threading
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import LimitError, SentinelError, ServiceError
from ..log_analytics.threads import beside_loop
from .faults import NoAnswerError
from .tries import Tries, request_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azure.core import AsyncPipelineClient

T = TypeVar("T")


@dataclass
class RestClient(Tries):
    """The way to a service that answers POST requests with JSON."""

    _rest: AsyncPipelineClient[Any, Any] | None = field(default=None, init=False, repr=False)

    @property
    @abstractmethod
    def marks(self) -> tuple[bytes, ...]:
        """One of these stands near the beginning of each answer with status 200."""

    async def close(self) -> None:
        """Close connections; a later question opens new ones."""
        rest, self._rest = self._rest, None
        if rest is not None:
            await rest.close()

    async def post(self, path: str, data: Mapping[str, object], request_id: str, **headers: str) -> bytearray:
        """One request; the body of its answer with status 200.

        :param path: below the endpoint's address.
        :param headers: besides the usual ones.
        :raises RefusedError: another status.
        """
        from azure.core.rest import HttpRequest

        from ..log_analytics.pipeline import Begins, Inbox, rest_client

        if self._rest is None:
            begins = Begins(self.service, self.marks)
            self._rest = rest_client(
                self.endpoint, self.tokens, self.rules.largest_body, lambda: self.server_ahead_s, begins
            )
        inbox = Inbox()
        sent = {**request_headers(request_id), **headers}
        request = HttpRequest("POST", f"{self.endpoint.url}{path}", headers=sent, json=dict(data))
        self.requests += 1
        await self._rest.send_request(request, stream=True, inbox=inbox)
        self.note_clock(inbox.headers)
        return inbox.body


async def decoded(read: Callable[[Callable[[], bool]], T], request_id: str) -> T:
    """What ``read`` gives, on a thread; it is given a function that says whether nobody waits any more.

    :raises NoAnswerError: it is no answer; another try may bring one.
    :raises SentinelError: it is one that cannot be read here.
    """
    stop = threading.Event()
    try:
        return await beside_loop(lambda: read(stop.is_set), "decoding")
    except ServiceError as error:
        error.request_id = request_id
        raise NoAnswerError(error) from None
    except SentinelError:
        raise
    except MemoryError:
        raise LimitError(
            "There is no memory left for the answer.", hint="Let it go into a file (-o FILE.parquet), or ask for less."
        ) from None
    except Exception as error:  # noqa: BLE001  # no other class escapes
        raise ServiceError(
            f"The answer cannot be read here ({type(error).__name__}).",
            hint="Please report this, with the query and the columns' types.",
            request_id=request_id,
        ) from None
    finally:
        stop.set()
