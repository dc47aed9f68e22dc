"""Errors as the service words them: status, code, message, nesting.

Shapes: recorded answers of the service, and "Azure Monitor Log Analytics API errors"
(learn.microsoft.com/azure/azure-monitor/logs/api/errors). Where nothing is recorded, docs/endpoint.md says
what was chosen.
"""

from __future__ import annotations

import math
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import (
    CancelledQueryError,
    KqlError,
    KqlSemanticError,
    KqlSyntaxError,
    KqlUnsupportedError,
    LimitError,
    QueryTimeoutError,
    SentinelError,
    ThrottledError,
)
from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

_INVALID = "The request had some invalid properties"
_ACCESS = "The provided credentials have insufficient access to perform the requested operation"
_UNRESOLVED = re.compile(r"There is no (table|column|function)\b.*? '(.*)'\.", re.DOTALL)
_SCALAR = "A query gives a table"
_OPERATOR_AFTER = re.compile(r"\s*\|\s*([a-z][\w-]*)")
_OPERATOR_BEFORE = re.compile(r"\|\s*([a-z][\w-]*)")


@dataclass(eq=False)
class Refusal(Exception):
    """An answer other than 200.

    :param error: the object under ``error`` of the body.
    """

    status: int
    error: dict[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, object]:
        """The whole body."""
        return {"error": self.error}


def refusal(status: int, code: str, message: str, inner: Mapping[str, object] | None = None) -> Refusal:
    """An error with a correlation id of its own."""
    error: dict[str, object] = {"message": message, "code": code, "correlationId": str(uuid.uuid4())}
    if inner is not None:
        error["innererror"] = dict(inner)
    return Refusal(status, error)


def bad_argument(code: str, message: str) -> Refusal:
    """400 for a request that cannot be read."""
    return refusal(400, "BadArgumentError", _INVALID, {"code": code, "message": message})


def invalid_body(message: str) -> Refusal:
    """400 for a body that is not the JSON that is expected."""
    details = [{"code": "InvalidJsonBody", "message": message, "target": None}]
    inner = {"code": "QueryValidationError", "message": "Failed parsing the query", "details": details}
    return refusal(400, "BadArgumentError", _INVALID, inner)


def path_not_found() -> Refusal:
    """404 for a path that means nothing, or a workspace id that is no GUID."""
    return refusal(404, "PathNotFoundError", "The requested path does not exist")


def resource_not_found(resource: str) -> Refusal:
    """404 for a resource that is not served here."""
    inner = {"code": "FailedToResolveResourceError", "message": f"Unable to resolve resource: {visible(resource)}"}
    return refusal(404, "ItemNotFoundError", "The requested item was not found", inner)


def no_access() -> Refusal:
    """403 for a workspace that is well named and not served here; nothing recorded says how Azure answers."""
    return refusal(403, "InsufficientAccessError", _ACCESS)


def not_authenticated() -> Refusal:
    """401 for a request without a token or key."""
    found = refusal(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
    found.headers = {"WWW-Authenticate": "Bearer"}
    return found


def invalid_token() -> Refusal:
    """403 for a token or key that is not ours."""
    return refusal(403, "InvalidAuthenticationToken", "The access token is invalid.")


def expired_token() -> Refusal:
    """401 for a token that was ours; a client that signs in again gets on."""
    found = refusal(401, "AuthenticationFailed", "Authentication failed. The access token has expired.")
    found.headers = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="The token has expired"'}
    return found


def wrong_audience(audience: str, allowed: tuple[str, ...]) -> Refusal:
    """403 for a token that is good for something else."""
    shown = ",".join(f"'{item}'" for item in allowed)
    return refusal(
        403,
        "InvalidAuthenticationTokenAudience",
        f"The access token has been obtained from wrong audience or resource '{visible(audience)}'. It should exactly "
        f"match (including forward slash) with one of the allowed audiences {shown}.",
    )


def throttled(seconds: float) -> Refusal:
    """429 with the seconds to wait, rounded up."""
    found = refusal(429, "ThrottledError", "Your request has been throttled")
    found.headers = {"Retry-After": str(max(1, math.ceil(seconds)))}
    return found


def timed_out() -> Refusal:
    """504 for a query that reached its deadline."""
    inner = {"code": "GatewayTimeout", "message": "ADX query timed out"}
    return refusal(504, "GatewayTimeout", "Gateway timeout", inner)


def failed(message: str = "") -> Refusal:
    """500 for what is nobody's mistake but ours."""
    inner = {"code": "InternalServerError", "message": visible(message)} if message else None
    return refusal(500, "InternalServerError", "The query could not be executed", inner)


def refused_query(error: SentinelError) -> Refusal:
    """What a failed query is on the wire."""
    if isinstance(error, KqlError):
        return _refused_kql(error)
    if isinstance(error, QueryTimeoutError):
        return timed_out()
    if isinstance(error, ThrottledError):
        return throttled(error.retry_after or 1)
    if isinstance(error, LimitError):
        message = f"Query execution lacks memory resources to complete (E_LOW_MEMORY_CONDITION): {error.message}"
        return bad_argument("EngineError", message)
    if isinstance(error, CancelledQueryError):
        return refusal(503, "ServiceUnavailable", "The query was stopped")
    return failed(error.message)


def _refused_kql(error: KqlError) -> Refusal:
    if isinstance(error, KqlSyntaxError):
        return _query("SyntaxError", "A recognition error occurred in the query.", _syntax(error))
    if isinstance(error, KqlUnsupportedError):
        return _query("SemanticError", "A semantic error occurred.", _said("UnsupportedOnEmbedded", error))
    if isinstance(error, KqlSemanticError):
        return _query("SemanticError", "A semantic error occurred.", _semantic(error))
    return refusal(400, "BadArgumentError", _INVALID, _said("QueryValidationError", error))


def _query(code: str, message: str, inner: Mapping[str, object]) -> Refusal:
    return refusal(400, "BadArgumentError", _INVALID, {"code": code, "message": message, "innererror": inner})


def _said(code: str, error: SentinelError) -> dict[str, object]:
    return {"code": code, "message": f"{error.message} {error.hint}".strip()}


def _syntax(error: KqlSyntaxError) -> dict[str, object]:
    place = error.position
    if place is None or error.query is None:
        return _said("SYN0001", error)
    lines = error.query.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    token = line[place.column : place.column + place.length].rstrip("\r")
    return {
        "code": "SYN0002",
        "message": f"Query could not be parsed at '{token}' on line [{place.line},{place.column}]",
        "line": place.line,
        "pos": place.column,
        "token": token,
    }


def _semantic(error: KqlSemanticError) -> dict[str, object]:
    if error.message.startswith(_SCALAR):
        message = "Top-level expressions must return tabular results. (Hint: If you're trying to output a scalar "
        return {"code": "SEM0003", "message": f"{message}value, use the 'print' operator.)"}
    unresolved = _UNRESOLVED.match(error.message)
    if unresolved is None:
        return _said("SEM0000", error)
    kind, name = unresolved.groups()
    what = {"table": "table or column", "column": "scalar"}.get(kind, kind)
    text = f"Failed to resolve {what} expression named '{name}'"
    operator = _operator(error, kind)
    return {"code": "SEM0100", "message": f"'{operator}' operator: {text}" if operator else text}


def _operator(error: KqlSemanticError, kind: str) -> str:
    """The operator that the service names: the one that reads the table, or holds the column."""
    if error.position is None or error.query is None:
        return ""
    before = error.query.split("\n")[: error.position.line - 1]
    at = sum(len(line) + 1 for line in before) + error.position.column
    if kind == "table":
        after = _OPERATOR_AFTER.match(error.query, at + error.position.length)
        return after[1] if after else ""
    found = _OPERATOR_BEFORE.findall(error.query[:at])
    return found[-1] if found else ""
