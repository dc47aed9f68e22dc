"""What Microsoft Graph says when it refuses a hunting query, as our errors.

Shape: ``error`` with ``code``, ``message`` and ``innerError`` ("Microsoft Graph error responses"); limits: "Quotas and
usage parameters" of advanced hunting.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import (
    AccessError,
    KqlError,
    KqlSemanticError,
    KqlSyntaxError,
    LimitError,
    QueryTimeoutError,
    SentinelError,
    ThrottledError,
)
from ...models.indicators import visible
from ..log_analytics.bodies import excerpt, without_secrets
from ..log_analytics.failures import Layer, error_of, failure, position_in
from .answers import SERVICE

if TYPE_CHECKING:
    from ..log_analytics.failures import Place

LONGEST_S = 180
ROLE_HINT = (
    "The sign-in needs the permission ThreatHunting.Read.All of Microsoft Graph, with an administrator's consent, and "
    "a role that may see the data in Defender. `az login` alone may lack it: sign in with an application that has it."
)
_SHOWN = 600
_TOO_LARGE = re.compile(r"exceeded the allowed (?:result size|limits)|E_QUERY_RESULT_SET_TOO_LARGE", re.IGNORECASE)
_SYNTAX = re.compile(r"syntax error|could not be parsed|SYN\d{4}", re.IGNORECASE)
_SEMANTIC = re.compile(r"semantic error|failed to resolve|SEM\d{4}", re.IGNORECASE)


def refusal(status: int, body: bytes, place: Place) -> SentinelError:
    """The error for an answer with a status other than 200.

    :param body: as much of it as was read.
    """
    said = error_of(body).get("message")
    text = visible(without_secrets(str(said)), limit=_SHOWN) if said else excerpt(body)
    told = f": {text}" if text else "."
    match status:
        case 401:
            return AccessError(
                f"The sign-in for “{place.workspace}” is not accepted, not even a fresh one{place.reference}.",
                hint="Sign in again, to the tenant whose data you hunt in.",
            )
        case 403:
            return AccessError(f"You may not hunt in “{place.workspace}”{told}{place.reference}", hint=ROLE_HINT)
        case 429:
            wait = f" {place.retry_after:.0f} seconds" if place.retry_after is not None else ""
            return ThrottledError(
                f"{SERVICE} asks to wait{wait}{place.reference}{told}",
                hint="A tenant may ask some 45 times in a minute, and has a share of processor time every 15 minutes.",
                retry_after=place.retry_after,
            )
        case 408 | 504:
            return QueryTimeoutError(
                f"{SERVICE} did not finish the query in time (status {status}){place.reference}.",
                hint=f"A hunting query may take {LONGEST_S // 60} minutes: narrow the time range, or filter earlier.",
                retry_after=place.retry_after,
            )
        case 413:
            return LimitError(f"The query is too large for {SERVICE}{place.reference}.", hint="Shorten its lists.")
        case 400 if said:
            return _bad_query(text, place)
    return failure(f"{SERVICE} answers with status {status}{f': {text}' if text else ''}", place)


def _bad_query(text: str, place: Place) -> SentinelError:
    position = position_in(Layer("", text), place.query)
    query = place.query or None
    if _TOO_LARGE.search(text):
        return LimitError(f"{text}{place.reference}", hint="Ask for fewer columns or a shorter time, or summarize.")
    if _SYNTAX.search(text):
        return KqlSyntaxError(text, position=position, query=query)
    if _SEMANTIC.search(text):
        return KqlSemanticError(text, position=position, query=query)
    return KqlError(f"{text}{place.reference}", position=position, query=query)
