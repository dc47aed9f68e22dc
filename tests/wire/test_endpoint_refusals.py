"""Who gets no answer, what is no question, and how that is said: always as JSON."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from tests.wire.local_endpoint import LocalEndpoint, claims

SAMPLES = Path(__file__).parents[1] / "data" / "wire"
COUNT = {"query": "Log | count"}
SLOW = "range x from 1 to 1000000000000000 step 1 | summarize count()"
OTHER = "11111111-1111-1111-1111-111111111111"


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return found


def error_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The error, which has to be JSON in the shape of the service."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    found: dict[str, Any] = response.json()["error"]
    assert isinstance(found["code"], str)
    assert isinstance(found["message"], str)
    return found


def without_id(error: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in error.items() if key != "correlationId"}


# --- who ------------------------------------------------------------------------------------------


PATHS = [
    ("POST", "/v1/workspaces/{id}/query"),
    ("GET", "/v1/workspaces/{id}/query?query=Log"),
    ("POST", "/v1/workspaces/nonsense/query"),
    ("GET", "/v1/workspaces/{id}/metadata"),
    ("POST", "/v1/workspaces/{id}/metadata"),
    ("POST", "/v1/$batch"),
    ("POST", "/v1/{resource}/query"),
    ("POST", "/v1//{resource}/query"),
    ("GET", "/v1/{resource}/metadata"),
    ("POST", "/{resource}/providers/microsoft.insights/logs"),
    ("GET", "/"),
    ("GET", "/v1"),
    ("PUT", "/v1/workspaces/{id}/query"),
    ("DELETE", "/nowhere"),
    ("OPTIONS", "/v1/workspaces/{id}/query"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    ("headers", "status", "sample"),
    [
        ({}, 401, "401_no_auth"),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, 401, "401_no_auth"),
        ({"Authorization": "Bearer"}, 401, "401_no_auth"),
        ({"Authorization": "Bearer eyJ0eXAiOiJKV1QifQ.e30.AAAA"}, 403, "403_invalid_token"),
        ({"Authorization": "Bearer .."}, 403, "403_invalid_token"),
        ({"x-api-key": ""}, 403, "403_invalid_token"),
        ({"x-api-key": "DEMO_KEY"}, 403, "403_invalid_token"),
    ],
)
def test_nobody_without_a_secret_gets_an_answer(
    endpoint: LocalEndpoint, method: str, path: str, headers: dict[str, str], status: int, sample: str
) -> None:
    path = path.format(id=endpoint.facts["workspace_id"], resource=endpoint.facts["resource_id"].strip("/"))
    with endpoint.client(headers=headers) as client:
        found = client.request(method, path, json=COUNT)
    assert without_id(error_of(found, status)) == recorded("la_401_403_docs")[sample]["error"]


def test_a_key_does_not_make_up_for_a_bad_token_nor_the_other_way(endpoint: LocalEndpoint) -> None:
    with endpoint.client(headers={**endpoint.bearer(), "x-api-key": "wrong"}) as client:
        error_of(client.post(endpoint.query_path, json=COUNT), 403)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        lambda token: token.split(".")[0] + "." + token.split(".")[1] + ".",
        lambda token: "e30." + ".".join(token.split(".")[1:]),
        lambda token: ".".join([*token.split(".")[:1], "eyJhdWQiOiJ4In0", token.split(".")[2]]),
        lambda token: token + "A",
        lambda token: token.upper(),
        lambda _token: "\u00fc.\u00fc.\u00fc",
    ],
)
def test_a_token_that_was_touched_is_refused(endpoint: LocalEndpoint, change: Callable[[str], str]) -> None:
    token = endpoint.sign_in().json()["access_token"]
    headers = {b"Authorization": f"Bearer {change(token)}".encode()}
    with endpoint.client(headers={}) as client:
        error_of(client.post(endpoint.query_path, json=COUNT, headers=headers), 403)
        fine = client.post(endpoint.query_path, json=COUNT, headers={"Authorization": f"bearer {token}"})
    assert fine.status_code == 200


def test_a_token_of_another_endpoint_is_refused(endpoint: LocalEndpoint, logs: Path) -> None:
    with LocalEndpoint(Options(str(logs))) as other:
        foreign = other.bearer(f"{endpoint.url}/.default")
        key = other.facts["api_key"]
    for headers in (foreign, {"x-api-key": key}):
        with endpoint.client(headers=headers) as client:
            error_of(client.post(endpoint.query_path, json=COUNT), 403)


def test_a_token_is_good_for_its_audience_alone(endpoint: LocalEndpoint) -> None:
    for scope in ("https://api.loganalytics.io/.default", f"http://localhost:{endpoint.port}/.default"):
        with endpoint.client(headers=endpoint.bearer(scope)) as client:
            assert client.post(endpoint.query_path, json=COUNT).status_code == 200
    with endpoint.client(headers=endpoint.bearer("https://management.azure.com/.default")) as client:
        found = error_of(client.post(endpoint.query_path, json=COUNT), 403)
    assert found["code"] == "InvalidAuthenticationTokenAudience"
    assert "'https://management.azure.com'" in found["message"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": OTHER}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": ""}, 400, "invalid_scope"),
    ],
)
def test_sign_in_is_refused_as_entra_does(
    endpoint: LocalEndpoint, changes: dict[str, str], status: int, error: str
) -> None:
    found = endpoint.sign_in(**changes)
    assert found.status_code == status
    body = found.json()
    assert body["error"] == error
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: ")
    assert endpoint.facts["client_secret"] not in found.text
    assert "access_token" not in body


def test_a_secret_in_an_address_is_not_taken(endpoint: LocalEndpoint) -> None:
    form = {"grant_type": "client_credentials", "client_id": endpoint.facts["client_id"]}
    with endpoint.client(headers={}) as client:
        found = client.post(
            endpoint.token_path, params={"client_secret": endpoint.facts["client_secret"], **form}, data=form
        )
    assert found.status_code == 401


def test_a_token_tells_when_it_ends_and_no_secret(endpoint: LocalEndpoint) -> None:
    found = endpoint.sign_in().json()
    told = claims(found["access_token"])
    assert told["exp"] - told["iat"] == found["expires_in"] == 3599
    assert endpoint.facts["client_secret"] not in json.dumps(told)


def test_another_tenant_is_not_known(endpoint: LocalEndpoint) -> None:
    with endpoint.client(headers={}) as client:
        found = client.get(f"/{OTHER}/v2.0/.well-known/openid-configuration")
    assert found.status_code == 400
    assert found.json()["error_codes"] == [90002]


def test_what_is_public_tells_nothing_of_the_workspace(endpoint: LocalEndpoint) -> None:
    with endpoint.client(headers={}) as client:
        for path in (
            "/metadata/endpoints?api-version=2019-05-01",
            "/metadata/endpoints",
            f"/{endpoint.facts['tenant_id']}/v2.0/.well-known/openid-configuration",
            "/common/.well-known/openid-configuration",
        ):
            found = client.get(path)
            assert found.status_code == 200
            for name in ("workspace_id", "client_secret", "api_key", "resource_id", "client_id"):
                assert endpoint.facts[name] not in found.text
        newest = client.get("/metadata/endpoints?api-version=latest").json()
        (listed,) = client.get("/metadata/endpoints?api-version=2019-05-01").json()
        oldest = client.get("/metadata/endpoints?api-version=1.0").json()
    assert newest == listed
    assert newest["authentication"]["loginEndpoint"] == oldest["authentication"]["loginEndpoint"] == endpoint.url
    assert newest["logAnalyticsResourceId"] == endpoint.url


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:{port}", "127.0.0.1", "localhost:1", "127.0.0.1.nip.io:{port}", ""]
)
@pytest.mark.parametrize("path", ["{query}", "/metadata/endpoints", "{token}"])
def test_names_that_others_make_point_here_are_not_served(endpoint: LocalEndpoint, host: str, path: str) -> None:
    path = path.format(query=endpoint.query_path, token=endpoint.token_path)
    with endpoint.client() as client:
        found = client.post(path, json=COUNT, headers={"Host": host.format(port=endpoint.port)})
    assert error_of(found, 421)["code"] == "MisdirectedRequest"


def test_only_this_machine_is_listened_to(endpoint: LocalEndpoint) -> None:
    for family, address in ((socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as other:
            assert other.connect_ex((address, endpoint.port)) != 0


def test_guessing_locks_nobody_out(endpoint: LocalEndpoint) -> None:
    assert {endpoint.sign_in(client_secret=f"guess {number}").status_code for number in range(60)} == {401}
    assert endpoint.sign_in().status_code == 200


# --- what -----------------------------------------------------------------------------------------


def test_a_workspace_that_is_no_guid_is_a_wrong_path(endpoint: LocalEndpoint) -> None:
    wanted = recorded("la_404_path")
    with endpoint.client() as client:
        found = client.post("/v1/workspaces/bad_workspace_id/query", json=COUNT)
        nowhere = client.get("/v1/nowhere")
    assert without_id(error_of(found, 404)) == without_id(wanted["body"]["error"])
    assert without_id(error_of(nowhere, 404)) == without_id(wanted["body"]["error"])


def test_another_workspace_is_forbidden(endpoint: LocalEndpoint) -> None:
    with endpoint.client() as client:
        found = client.post(f"/v1/workspaces/{OTHER}/query", json=COUNT)
    assert without_id(error_of(found, 403)) == recorded("la_401_403_docs")["403_insufficient"]["error"]


def test_a_resource_that_is_not_here_is_not_found(endpoint: LocalEndpoint) -> None:
    with endpoint.client() as client:
        found = client.post("/v1//bad/resource/id/query", json=COUNT)
        other = client.post(f"/v1/{endpoint.facts['resource_id'][:-1]}x/query", json=COUNT)
    assert without_id(error_of(found, 404)) == without_id(recorded("la_404_resource")["body"]["error"])
    assert error_of(other, 404)["code"] == "ItemNotFoundError"


@pytest.mark.parametrize(
    ("name", "kql"),
    [
        ("la_400_syntax", "Log | where Text == 'x' |\n< 3"),
        ("la_400_semantic", "AppInsights |\n        where TimeGenerated > ago(12h)"),
        ("la_400_scalar_toplevel", "1 + 1"),
    ],
)
def test_a_wrong_query_is_told_as_recorded(endpoint: LocalEndpoint, name: str, kql: str) -> None:
    found = error_of(endpoint.query(kql), 400)
    assert without_id(found) == without_id(recorded(name)["body"]["error"])


def test_an_unknown_column_is_told_with_its_operator(endpoint: LocalEndpoint) -> None:
    inner = error_of(endpoint.query("Log | take 1 | where Nope == 1"), 400)["innererror"]["innererror"]
    assert inner == {"code": "SEM0100", "message": "'where' operator: Failed to resolve scalar expression named 'Nope'"}


def test_what_the_engine_does_not_run_is_told_by_name(endpoint: LocalEndpoint) -> None:
    found = error_of(endpoint.query("Log | evaluate autocluster()"), 400)["innererror"]["innererror"]
    assert found["code"] == "UnsupportedOnEmbedded"
    assert "autocluster" in found["message"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'"x"', b'{"query": 5}', b'{"timespan": "P1D"}', b'{"query": "  "}',
                b'{"query": "Log", "timespan": 5}', b'{"query": "Log", "workspaces": "a"}', b"\xff\xfe", b"[" * 10_000]
)  # fmt: skip
def test_a_body_that_is_no_query_is_refused(endpoint: LocalEndpoint, content: bytes) -> None:
    with endpoint.client() as client:
        found = client.post(endpoint.query_path, content=content, headers={"Content-Type": "application/json"})
    assert error_of(found, 400)["innererror"]["code"] == "QueryValidationError"


def test_a_body_has_to_say_that_it_is_json(endpoint: LocalEndpoint) -> None:
    with endpoint.client() as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            found = client.post(endpoint.query_path, content=json.dumps(COUNT), headers={"Content-Type": kind})
            assert error_of(found, 400)["code"] == "BadArgumentError"
        fine = client.post(
            endpoint.query_path, content=json.dumps(COUNT), headers={"Content-Type": "Application/JSON; charset=utf-8"}
        )
    assert fine.status_code == 200


def test_a_verb_that_is_not_served_is_refused(endpoint: LocalEndpoint) -> None:
    with endpoint.client() as client:
        assert error_of(client.put(endpoint.query_path, json=COUNT), 405)["code"] == "MethodNotAllowedError"
        assert error_of(client.get("/v1/$batch"), 405)["code"] == "MethodNotAllowedError"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("FOO", "{query}", 405),
        ("GET", "/v1/workspaces/%ff/query", 400),
        ("GET", "{query}?query=%ff", 400),
        ("GET", "/%00", 404),
        ("GET", "/v1/workspaces/..%2f..%2fx/query", 404),
        ("POST", "/v1/workspaces//query", 404),
    ],
)
def test_odd_requests_get_json_and_the_next_one_an_answer(
    endpoint: LocalEndpoint, method: str, path: str, status: int
) -> None:
    with endpoint.client() as client:
        for _ in range(3):
            error_of(client.request(method, path.format(query=endpoint.query_path)), status)
            assert client.post(endpoint.query_path, json=COUNT).status_code == 200


def test_a_large_body_is_refused(logs: Path) -> None:
    content = json.dumps({"query": "Log | count //" + "x" * 5000}).encode()
    kind = {"Content-Type": "application/json"}
    with LocalEndpoint(Options(str(logs), limits=Limits(request_bytes=5000))) as small, small.client() as client:
        declared = client.post(small.query_path, content=content, headers=kind)
        chunked = client.post(small.query_path, content=iter([content[:3000], content[3000:]]), headers=kind)
        anonymous = client.post(small.token_path, content=content)
        fine = client.post(small.query_path, json=COUNT)
    for found in (declared, chunked, anonymous):
        assert error_of(found, 413)["code"] == "RequestTooLargeError"
    assert fine.status_code == 200


# --- how much, how long ---------------------------------------------------------------------------


def test_too_many_requests_are_throttled(logs: Path) -> None:
    with LocalEndpoint(Options(str(logs), limits=Limits(requests=2, window_s=3600))) as strict:
        fine = [strict.query("print 1").status_code for _ in range(2)]
        found = strict.query("print 1")
    assert fine == [200, 200]
    assert without_id(error_of(found, 429)) == recorded("la_429_throttled")["body"]["error"]
    assert 1 <= int(found.headers["Retry-After"]) <= 3600


def test_a_query_that_takes_too_long_times_out(endpoint: LocalEndpoint) -> None:
    found = endpoint.query(SLOW, prefer="wait=1")
    assert without_id(error_of(found, 504)) == without_id(recorded("la_504_timeout")["body"]["error"])
    assert found.headers["Preference-Applied"] == "wait=1"


async def test_a_full_queue_throttles_and_turns_are_given_back(logs: Path) -> None:
    limits = Limits(running=1, queued=1, longest_wait_s=1)
    with LocalEndpoint(Options(str(logs), limits=limits)) as narrow:
        async with narrow.async_client() as client:
            asked = [client.post(narrow.query_path, json={"query": SLOW}) for _ in range(4)]
            statuses = sorted([found.status_code for found in await asyncio.gather(*asked)])
            after = await client.post(narrow.query_path, json=COUNT)
    assert statuses == [429, 429, 504, 504]
    assert after.status_code == 200


@pytest.mark.parametrize("https", [False, True])
async def test_a_query_stops_when_its_client_goes(logs: Path, https: bool) -> None:
    with LocalEndpoint(Options(str(logs), https=https, limits=Limits(running=1))) as narrow:
        async with narrow.async_client() as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.post(narrow.query_path, json={"query": SLOW}, timeout=0.5)
            # Its turn would be taken for three minutes if it had not stopped.
            after = await client.post(narrow.query_path, json=COUNT)
    assert after.status_code == 200
