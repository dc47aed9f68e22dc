"""Our server extension through JupyterHub, proxy and single-user servers, with the configuration of the example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.hub.hub import Hub, User, running_hub, signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = "jupyterlab-sentinel/api/status"
CONNECT = "jupyterlab-sentinel/api/connect"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    mine = folder / "home" / "alice" / ".jupyter"
    mine.mkdir(parents=True)
    (mine / "jupyterlab_sentinel.toml").write_text('[workspaces.hers]\npath = "case"\n')
    case = folder / "home" / "alice" / "case"
    case.mkdir()
    (case / "Heartbeat.csv").write_text("TimeGenerated,Computer\n2019-02-18T15:00:00Z,web01\n")
    with running_hub(folder) as hub:
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
