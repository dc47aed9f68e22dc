"""The service's refusals become errors that say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.log_analytics.failures import (
    Place,
    failed_answer,
    hit_limit,
    layers,
    reasons,
    refusal,
)
from jupyterlab_sentinel.errors import (
    AccessError,
    KqlError,
    KqlSemanticError,
    KqlSyntaxError,
    LimitError,
    Position,
    QueryTimeoutError,
    SentinelError,
    ServiceError,
    ThrottledError,
    UnknownWorkspaceError,
)

SAMPLES = Path(__file__).parents[3] / "data" / "wire"
PLACE = Place("contoso", "AppInsights |\n        where TimeGenerated > ago(12h)", "11111111-2222")


def recorded(name: str, place: Place = PLACE) -> SentinelError:
    sample = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return refusal(sample["status"], json.dumps(sample["body"]).encode(), place)


def documented(name: str) -> SentinelError:
    sample = json.loads((SAMPLES / "la_401_403_docs.json").read_bytes())
    return refusal(int(name[:3]), json.dumps(sample[name]).encode(), PLACE)


def test_syntax_errors_know_their_place() -> None:
    query = "SecurityAlert\n< 5"
    error = recorded("la_400_syntax", Place("contoso", query))
    assert isinstance(error, KqlSyntaxError)
    assert error.position == Position(2, 0, 1)
    assert error.caret.endswith("< 5\n       ^")
    assert error.message == "Query could not be parsed at '<' on line [2,0]"


def test_an_unknown_table_is_found_in_the_query() -> None:
    error = recorded("la_400_semantic")
    assert isinstance(error, KqlSemanticError)
    assert error.position == Position(1, 0, len("AppInsights"))
    assert "tables" in error.hint


def test_a_semantic_error_without_a_place() -> None:
    error = recorded("la_400_scalar_toplevel")
    assert isinstance(error, KqlSemanticError)
    assert error.position is None
    assert error.message.startswith("Top-level expressions must return tabular results")


def test_a_missing_role_is_named() -> None:
    for name in ("403_sp", "403_insufficient", "403_resource"):
        error = documented(name)
        assert isinstance(error, AccessError)
        assert "contoso" in error.message
        assert "Log Analytics Reader" in error.hint
        assert "Microsoft Sentinel Reader" in error.hint


def test_a_sign_in_for_another_cloud() -> None:
    error = documented("403_audience")
    assert isinstance(error, AccessError)
    assert "usgov" in error.hint


def test_401_says_sign_in() -> None:
    error = documented("401_no_auth")
    assert isinstance(error, AccessError)
    assert "Sign in again" in error.hint


@pytest.mark.parametrize("name", ["la_404_path", "la_404_resource"])
def test_unknown_workspaces(name: str) -> None:
    error = recorded(name)
    assert isinstance(error, UnknownWorkspaceError)
    assert "Workspace ID" in error.hint
    assert "11111111-2222" in error.message


def test_throttled_says_when_to_come_back() -> None:
    error = recorded("la_429_throttled", Place("contoso", retry_after=5))
    assert isinstance(error, ThrottledError)
    assert error.retry_after == 5
    assert "5 seconds" in error.message


def test_a_timeout_of_the_engine() -> None:
    assert isinstance(recorded("la_504_timeout"), QueryTimeoutError)


def test_too_large_a_query() -> None:
    assert isinstance(refusal(413, b"", PLACE), LimitError)


def test_another_bad_argument_is_the_querys_fault() -> None:
    body = b'{"error":{"code":"BadArgumentError","message":"Bad timespan"}}'
    error = refusal(400, body, PLACE)
    assert type(error) is KqlError
    assert error.message.startswith("Bad timespan")


def test_limits_of_cheaper_tables_are_explained() -> None:
    message = "Operator join is not supported for Basic logs tables"
    body = json.dumps({"error": {"code": "BadArgumentError", "message": message}}).encode()
    assert "search job" in refusal(400, body, PLACE).hint


@pytest.mark.parametrize("body", [b"", b"<html>oops</html>", b"[]", b'{"error": "x"}', b"\xff\xfe", b"[" * 9999])
@pytest.mark.parametrize("status", [204, 302, 400, 418, 500, 503])
def test_every_other_refusal_is_one_typed_error(status: int, body: bytes) -> None:
    error = refusal(status, body, PLACE)
    assert isinstance(error, ServiceError)
    assert error.request_id == "11111111-2222"
    assert str(status) in error.message


def test_texts_of_the_service_are_inert_and_hold_no_token() -> None:
    body = json.dumps({"error": {"code": "E\u202e", "message": "injected Bearer SECRET-TOKEN \x1b[31m"}}).encode()
    error = refusal(500, body, PLACE)
    assert "SECRET" not in str(error)
    assert "\x1b" not in str(error)


def test_a_long_text_is_cut() -> None:
    body = json.dumps({"error": {"code": "E", "message": "x" * 100_000}}).encode()
    assert len(refusal(500, body, PLACE).message) < 800


@pytest.mark.parametrize(
    ("name", "limited", "text"),
    [
        ("la_200_partial_truncated_bytes", True, "64000000 bytes"),
        ("la_200_partial_truncated_records_grafana", True, "exceed the set limit of 1 records"),
        ("la_200_partial_overflow", False, "overflow exception"),
    ],
)
def test_partial_answers(name: str, limited: bool, text: str) -> None:
    error = json.loads((SAMPLES / f"{name}.json").read_bytes())["body"]["error"]
    assert hit_limit(error) is limited
    assert len(reasons(error)) == 1
    assert text in reasons(error)[0]


def test_a_partial_error_without_details() -> None:
    assert reasons({"code": "PartialError", "message": "Some errors."}) == ("Some errors.",)
    assert reasons({}) == ("Log Analytics says that the answer is partial",)


def test_status_200_with_an_error_alone() -> None:
    error = failed_answer({"code": "QuotaExceeded", "message": "200 with an error"}, PLACE)
    assert isinstance(error, ServiceError)
    assert "QuotaExceeded" in error.message
    syntax = {"code": "BadArgumentError", "innererror": {"code": "SyntaxError", "message": "no", "line": 1, "pos": 3}}
    assert isinstance(failed_answer(syntax, PLACE), KqlSyntaxError)


def test_nesting_without_end_is_cut() -> None:
    error: dict[str, object] = {"code": "a"}
    for _ in range(500):
        error = {"code": "b", "innererror": error}
    assert len(layers(error)) < 12
