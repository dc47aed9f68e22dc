"""Errors as Kusto words them: Microsoft's "OneApiErrors", with the cause under ``innererror``.

Shapes: "Query V2 HTTP response" (learn.microsoft.com/kusto/api/rest), and recordings of Microsoft's Python client.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import (
    CancelledQueryError,
    KqlError,
    KqlSyntaxError,
    LimitError,
    QueryTimeoutError,
    ThrottledError,
)
from ..models.indicators import visible
from .refusals import Refusal, refused_query, throttled

if TYPE_CHECKING:
    from ..errors import SentinelError

_INVALID = "Request is invalid and cannot be executed."
_TYPES = "Kusto.Data.Exceptions"
_PLACE_WORDS = {"SyntaxError": "Syntax error", "SemanticError": "Semantic error"}


def bad_request(message: str) -> Refusal:
    """400 for a request that cannot be read."""
    return _refusal(400, "General_BadRequest", "KustoBadRequestException", message)


def no_database(name: str) -> Refusal:
    """400 for a database that is not served here."""
    message = f"Entity ID '{visible(name, limit=100)}' of kind 'Database' was not found."
    return _refusal(400, "BadRequest_EntityNotFound", "EntityNotFoundException", message)


def no_command(text: str) -> Refusal:
    """400 for a command that is not served here."""
    message = f"Syntax error: the command '{visible(text, limit=80)}' is not served here; some of .show are."
    return _refusal(400, "General_BadRequest", "SyntaxException", message)


def refused_by_kusto(error: SentinelError) -> Refusal:
    """What a failed query is on the wire."""
    if isinstance(error, KqlError):
        return _refused_kql(error)
    if isinstance(error, QueryTimeoutError):
        return _refusal(504, "Request_ExecutionTimeout", "KustoServiceTimeoutException", "Request execution timed-out.")
    if isinstance(error, ThrottledError):
        return throttled(error.retry_after or 1)
    if isinstance(error, LimitError):
        message = f"Query execution lacks memory resources to complete (E_LOW_MEMORY_CONDITION): {error.message}"
        return _refusal(400, "General_BadRequest", "KustoServicePartialQueryFailureLowMemoryException", message)
    if isinstance(error, CancelledQueryError):
        return _refusal(503, "General_ServiceUnavailable", "KustoServiceException", "The query was stopped.")
    return _refusal(500, "General_InternalServerError", "KustoServiceException", error.message)


def one_api_error(code: str, kind: str, message: str) -> dict[str, object]:
    """One failure, as it stands under ``error``."""
    request = str(uuid.uuid4())
    return {
        "code": code,
        "message": _INVALID,
        "@type": f"{_TYPES}.{kind}",
        "@message": message,
        "@context": {"timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "activityId": request},
        "@permanent": True,
    }


def _refusal(status: int, code: str, kind: str, message: str) -> Refusal:
    return Refusal(status, one_api_error(code, kind, message))


def _refused_kql(error: KqlError) -> Refusal:
    """The same words and places as on Log Analytics' wire, which asks the same engine."""
    inner = refused_query(error).error.get("innererror")
    words = inner.get("code") if isinstance(inner, dict) else None
    cause = inner.get("innererror") if isinstance(inner, dict) else None
    if not isinstance(cause, dict):
        cause = inner if isinstance(inner, dict) else {}
    code, said = str(cause.get("code") or "General_BadRequest"), str(cause.get("message") or error.message)
    kind = "SyntaxException" if isinstance(error, KqlSyntaxError) else "SemanticException"
    told = f"{_PLACE_WORDS.get(str(words), 'Semantic error')}: {code}: {said}"
    found = one_api_error("General_BadRequest", "KustoBadRequestException", f"{_INVALID[:-1]}: {told}")
    found["innererror"] = {
        "code": code,
        "message": said,
        "@type": f"{_TYPES}.{kind}",
        "@message": told,
        "@permanent": True,
        "@errorCode": code,
        "@errorMessage": said,
    }
    return Refusal(400, found)
