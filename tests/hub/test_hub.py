"""Our server extension through JupyterHub, proxy and single-user servers, with the configuration of the example."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from tests.hub.hub import Hub, User, running_hub, signed_in
from tests.identity_server import IdentityServer
from tests.wire.local_endpoint import LocalEndpoint, write_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = "jupyterlab-sentinel/api/status"
CONNECT = "jupyterlab-sentinel/api/connect"
SIGN_IN = "jupyterlab-sentinel/api/signin"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityServer]:
    """Who signs in to the workspace “cloud”; its ``environ`` is what the hub gives its users."""
    folder = tmp_path_factory.mktemp("cloud")
    logs = write_logs(folder / "logs", {"Heartbeat": [{"TimeGenerated": "2019-02-18T15:00:00Z", "Computer": "web01"}]})
    with (
        LocalEndpoint(Options(str(logs), limits=Limits(requests=10_000))) as served,
        IdentityServer(folder / "identity", lambda scope: served.sign_in(scope).json()["access_token"]) as server,
    ):
        server.given = {
            **server.environ,
            "JUPYTERLAB_SENTINEL_WORKSPACES__CLOUD__WORKSPACE_ID": served.facts["workspace_id"],
            "JUPYTERLAB_SENTINEL_WORKSPACES__CLOUD__ENDPOINT": served.url,
        }
        yield server


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, identity: IdentityServer) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    mine = folder / "home" / "alice" / ".jupyter"
    mine.mkdir(parents=True)
    (mine / "jupyterlab_sentinel.toml").write_text('[workspaces.hers]\npath = "case"\n')
    case = folder / "home" / "alice" / "case"
    case.mkdir()
    (case / "Heartbeat.csv").write_text("TimeGenerated,Computer\n2019-02-18T15:00:00Z,web01\n")
    with running_hub(folder, identity.given) as hub:
        yield hub


@pytest.fixture(scope="module")
def users(hub: Hub) -> Iterator[list[User]]:
    """Alice and bob, both with their servers up."""
    with signed_in(hub, "alice", "bob") as users:
        yield users


def choices(user: User) -> set[str]:
    return {choice["name"] for choice in user.get(STATUS).json()["choices"]}


def test_each_user_is_answered_by_his_own_server(users: list[User]) -> None:
    for user in users:
        answer = user.get(STATUS)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.json()["problems"] == []
        assert "demo" in choices(user)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_strangers_are_refused(hub: Hub, users: list[User], method: str) -> None:
    for path in (STATUS, CONNECT):
        answer = httpx.request(method, f"{hub.url}/user/alice/{path}", json={"name": "demo"})
        assert answer.status_code in {403, 405}, answer.text
        assert "choices" not in answer.text
    assert httpx.get(f"{hub.url}/user/alice/{STATUS}").status_code == 403


def test_another_user_is_refused(users: list[User]) -> None:
    alice, bob = users
    assert bob.get(STATUS, of="alice").status_code == 403
    assert bob.post(CONNECT, {"name": "demo"}, of="alice").status_code == 403
    assert alice.get(STATUS, of="bob").status_code == 403


def test_a_request_forged_by_another_site_is_refused(users: list[User]) -> None:
    alice = users[0]
    answer = alice._client.post(f"/user/alice/{CONNECT}", json={"name": "demo"}, follow_redirects=False)
    assert answer.status_code == 403


def test_the_hub_configures_everybody_and_a_user_himself(users: list[User]) -> None:
    alice, bob = users
    assert {"contoso", "hers"} <= choices(alice)
    assert "contoso" in choices(bob)
    assert "hers" not in choices(bob)


def test_two_users_work_at_once_and_apart(users: list[User]) -> None:
    alice, bob = users
    assert alice.post(CONNECT, {"name": "case"}).status_code == 200
    missing = bob.post(CONNECT, {"name": "case"})
    assert 400 <= missing.status_code < 500, missing.text
    assert missing.json()["hint"]
    both = [user.post(CONNECT, {"name": "demo"}) for user in users]
    assert [answer.status_code for answer in both] == [200, 200], [answer.text for answer in both]


def test_a_user_signs_in_with_a_code_for_himself_alone(users: list[User], identity: IdentityServer) -> None:
    alice, bob = users
    refused = alice.post(CONNECT, {"name": "cloud"})
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in")
    assert identity.codes == 0, "nobody is asked before he wants to be"
    state = alice.post(SIGN_IN, {"workspace": "cloud"})
    assert state.json()["status"] == "waiting", state.text
    assert state.json()["prompt"]["code"] == identity.code
    assert bob.get(f"{SIGN_IN}?workspace=cloud").json()["status"] == "none"
    identity.approve()
    assert ended(alice)["status"] == "done"
    assert alice.post(CONNECT, {"name": "cloud"}).json()["identity"]
    assert identity.codes == 1
    assert bob.post(CONNECT, {"name": "cloud"}).json()["code"] == "sign_in"


def ended(user: User) -> dict[str, Any]:
    """How a user's sign-in stands once it waits no more."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        state: dict[str, Any] = user.get(f"{SIGN_IN}?workspace=cloud").json()
        if state["status"] != "waiting":
            return state
        time.sleep(0.2)
    raise AssertionError("it waits for ever")
