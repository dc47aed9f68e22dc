"""Errors of the engine, said on the wire and read back by the Azure backend, are the same errors."""

from __future__ import annotations

import json

import pytest

from jupyterlab_sentinel.backends.log_analytics.failures import NoMemoryError, Place, refusal
from jupyterlab_sentinel.endpoint.refusals import refused_query
from jupyterlab_sentinel.errors import (
    CancelledQueryError,
    DataError,
    KqlError,
    KqlSemanticError,
    KqlSyntaxError,
    KqlUnsupportedError,
    LimitError,
    Position,
    QueryTimeoutError,
    SentinelError,
    ServiceError,
    ThrottledError,
)

QUERY = "Log\n| where Nope == 'é' |\n\t< 3"


@pytest.mark.parametrize(
    ("error", "status", "read_as", "said"),
    [
        (KqlSyntaxError("Bad.", position=Position(3, 1), query=QUERY), 400, KqlSyntaxError, "at '<' on line [3,1]"),
        (KqlSyntaxError("Too long."), 400, KqlSyntaxError, "Too long."),
        (
            KqlSemanticError("There is no column 'Nope'.", position=Position(2, 8, 4), query=QUERY),
            400,
            KqlSemanticError,
            "'where' operator: Failed to resolve scalar expression named 'Nope'",
        ),
        (
            KqlSemanticError("There is no table 'Log'.", position=Position(1, 0, 3), query=QUERY),
            400,
            KqlSemanticError,
            "'where' operator: Failed to resolve table or column expression named 'Log'",
        ),
        (
            KqlSemanticError("There is no function 'f'.", hint="Did you mean g?"),
            400,
            KqlSemanticError,
            "Failed to resolve function expression named 'f'",
        ),
        (KqlSemanticError("Types differ.", hint="Convert."), 400, KqlSemanticError, "Types differ. Convert."),
        (KqlUnsupportedError("Does not run x.", construct="x"), 400, KqlSemanticError, "Does not run x."),
        (KqlError("Something else."), 400, KqlError, "Something else."),
        (LimitError("Too much memory."), 400, NoMemoryError, "E_LOW_MEMORY_CONDITION"),
        (QueryTimeoutError("Late."), 504, QueryTimeoutError, "in time"),
        (ThrottledError("Wait.", retry_after=7.4), 429, ThrottledError, "throttled"),
        (ServiceError("The engine failed."), 500, ServiceError, "The engine failed."),
        (DataError("The file is gone."), 500, ServiceError, "The file is gone."),
        (CancelledQueryError("Stopped."), 503, ServiceError, "stopped"),
    ],
)
def test_errors_survive_the_wire(error: SentinelError, status: int, read_as: type[SentinelError], said: str) -> None:
    refused = refused_query(error)
    assert refused.status == status
    found = refusal(refused.status, json.dumps(refused.body).encode(), Place("local", QUERY))
    assert type(found) is read_as
    assert said in found.message


@pytest.mark.parametrize(
    "error",
    [
        KqlSyntaxError("Bad.", position=Position(3, 1, 1), query=QUERY),
        KqlSemanticError("There is no column 'Nope'.", position=Position(2, 8, 4), query=QUERY),
    ],
)
def test_places_survive_the_wire(error: KqlError) -> None:
    refused = refused_query(error)
    found = refusal(refused.status, json.dumps(refused.body).encode(), Place("local", QUERY))
    assert isinstance(found, KqlError)
    assert found.position == error.position


def test_a_wait_is_told_in_whole_seconds() -> None:
    assert refused_query(ThrottledError("Wait.", retry_after=7.4)).headers == {"Retry-After": "8"}
    assert refused_query(ThrottledError("Wait.")).headers == {"Retry-After": "1"}


def test_a_place_outside_the_query_breaks_nothing() -> None:
    inner = refused_query(KqlSyntaxError("Bad.", position=Position(9, 9), query="Log")).body
    assert json.dumps(inner).count("on line [9,9]") == 1
