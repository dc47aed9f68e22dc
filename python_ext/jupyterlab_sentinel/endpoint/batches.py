"""Several queries in one request (``$batch``), answered in the order in which they were asked."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from .refusals import Refusal, invalid_body, path_not_found, refusal
from .requests import BatchItem, batch_items, query_from

if TYPE_CHECKING:
    from datetime import datetime

    from .served import ServedWorkspace


async def answer_batch(served: ServedWorkspace, content: bytes, now: datetime) -> bytes:
    """The body for a batch; each query has a status of its own.

    :raises Refusal: 400, as the batch itself cannot be read.
    """
    items = batch_items(content, served.limits.batch)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_answer(served, item, now)) for item in items]
    return b'{"responses":[' + b",".join(task.result() for task in tasks) + b"]}"


async def _answer(served: ServedWorkspace, item: BatchItem | str, now: datetime) -> bytes:
    identity = item if isinstance(item, str) else item.id
    status, headers = 200, {"Content-Type": "application/json; charset=utf-8"}
    try:
        body = await _body(served, item, now)
    except Refusal as refused:
        status, headers = refused.status, {**headers, **refused.headers}
        body = json.dumps(refused.body).encode()
    head = json.dumps({"id": identity, "status": status, "headers": headers})[:-1]
    return head.encode() + b',"body":' + body + b"}"


async def _body(served: ServedWorkspace, item: BatchItem | str, now: datetime) -> bytes:
    if isinstance(item, str):
        raise invalid_body("The request of this id cannot be read")
    if item.path != "/query" or item.method.upper() != "POST":
        raise path_not_found()
    if item.body is None:
        raise invalid_body("The request has no body")
    try:
        served.find(item.workspace)
    except Refusal:
        # Batches tell of a workspace that cannot be resolved in their own words.
        raise refusal(400, "FailedToResolveResource", "Resource identity could not be resovled") from None
    headers = {name.lower(): value for name, value in (item.headers or {}).items()}
    return await served.answer(query_from(item.body, headers.get("prefer", ""), now))
