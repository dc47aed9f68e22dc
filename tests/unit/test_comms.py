from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from jupyterlab_sentinel.comms import SessionComm
from jupyterlab_sentinel.models.wire import COMM_TARGET
from jupyterlab_sentinel.session import Session


@dataclass
class FakeComm:
    sent: list[dict[str, Any]] = field(default_factory=list)
    closed: bool = False
    heard: Any = None
    gone: Any = None

    def send(self, data: dict[str, Any]) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def on_msg(self, callback: Any) -> None:
        self.heard = callback

    def on_close(self, callback: Any) -> None:
        self.gone = callback

    def hear(self, data: Any) -> dict[str, Any]:
        """The answer to a message."""
        before = len(self.sent)
        self.heard({"content": {"data": data}})
        assert len(self.sent) == before + 1
        return self.sent[-1]


@dataclass
class FakeManager:
    targets: dict[str, Any] = field(default_factory=dict)
    opened: list[FakeComm] = field(default_factory=list)

    def register_target(self, name: str, function: Any) -> None:
        self.targets[name] = function

    def unregister_target(self, name: str, function: Any) -> Any:
        assert self.targets[name] == function
        return self.targets.pop(name)

    def open_comm(self, *, target_name: str, data: dict[str, Any]) -> FakeComm:
        assert target_name == COMM_TARGET
        self.opened.append(FakeComm([data]))
        return self.opened[-1]

    def panel_opens(self) -> FakeComm:
        comm = FakeComm()
        self.targets[COMM_TARGET](comm, {})
        return comm


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def manager() -> FakeManager:
    return FakeManager()


@pytest.fixture
def kernel_side(session: Session, manager: FakeManager) -> SessionComm:
    side = SessionComm(session, cast("Any", manager), cast("Any", manager.open_comm))
    side.open()
    return side


@pytest.fixture
def panel(kernel_side: SessionComm, manager: FakeManager) -> FakeComm:
    return manager.panel_opens()


def test_both_sides_learn_the_state_on_opening(panel: FakeComm, manager: FakeManager) -> None:
    for comm in (panel, manager.opened[0]):
        state = comm.sent[0]
        assert state["type"] == "state"
        assert state["revision"] == 0
        assert state["fresh"] is True
        assert state["workspace"] is None
        assert state["timeRange"]["spec"] == "24h"


def test_every_panel_hears_of_a_change_with_its_origin(session: Session, panel: FakeComm, manager: FakeManager) -> None:
    other = manager.panel_opens()
    panel.hear({"type": "setTimeRange", "spec": "7d", "origin": "p1"})
    assert [comm.sent[-1]["origin"] for comm in (panel, other)] == ["p1", "p1"]
    assert [comm.sent[-1]["revision"] for comm in (panel, other)] == [1, 1]
    assert session.time_range.spec == "7d"
    assert session.range_origin == "sidebar"


def test_a_panel_that_left_hears_nothing(session: Session, panel: FakeComm) -> None:
    panel.gone({})
    before = len(panel.sent)
    session.set_time_range("7d")
    assert len(panel.sent) == before


def test_a_remembered_range_does_not_undo_a_chosen_one(session: Session, panel: FakeComm) -> None:
    session.set_time_range("7d")
    answer = panel.hear({"type": "setTimeRange", "spec": "1d", "ifFresh": True, "origin": "p"})
    assert answer["timeRange"]["spec"] == "7d"
    assert answer["revision"] == 1


def test_a_remembered_workspace_is_opened_only_in_a_fresh_session(
    session: Session, panel: FakeComm, tmp_path: Path
) -> None:
    (tmp_path / "T.csv").write_text("a\n1\n")
    answer = panel.hear({"type": "connect", "name": str(tmp_path), "ifFresh": True})
    assert answer["workspace"]["kind"] == "embedded"
    again = panel.hear({"type": "connect", "name": "/nowhere/at/all", "ifFresh": True})
    assert again["type"] == "state"
    assert again["workspace"]["name"] == answer["workspace"]["name"]


def test_a_remembered_workspace_gives_way_to_one_that_a_cell_connected_meanwhile(
    session: Session, panel: FakeComm, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    class Opened:
        def __init__(self, name: str) -> None:
            self.name = name

        async def close(self) -> None:
            closed.append(self.name)

    async def slow_connect(name: str, **_options: Any) -> Any:
        session.set_time_range("7d")  # what a cell does in the meantime
        return Opened(name)

    monkeypatch.setattr("jupyterlab_sentinel.session.connect", slow_connect)
    panel.heard({"content": {"data": {"type": "connect", "name": "demo", "ifFresh": True}}})
    assert panel.sent[-1]["timeRange"]["spec"] == "7d"
    assert session.workspace is None
    assert closed == ["demo"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connect", "name": "/nowhere/at/all", "origin": "p"}, "unknown_workspace"),
        ({"type": "setTimeRange", "spec": "bla", "origin": "p"}, "time_range"),
        ({"type": "setTimeRange", "origin": "p"}, "usage"),
        ({"type": "dance"}, "usage"),
        ("text", "usage"),
        (None, "usage"),
    ],
)
def test_a_message_that_cannot_be_followed_is_answered(
    session: Session, panel: FakeComm, message: Any, code: str
) -> None:
    answer = panel.hear(message)
    assert answer["type"] == "error"
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]
    assert session.revision == 0


def test_a_fault_of_ours_is_answered_too(
    session: Session, panel: FakeComm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(session, "set_time_range", broken)
    answer = panel.hear({"type": "setTimeRange", "spec": "7d", "origin": "p"})
    assert answer["error"]["code"] == "error"
    assert answer["origin"] == "p"
    assert "ZeroDivisionError" in caplog.text


def test_an_interrupt_while_connecting_is_answered(panel: FakeComm, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyterlab_sentinel import blocking

    def interrupted(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(blocking, "run", interrupted)
    assert panel.hear({"type": "connect", "name": "demo"})["error"]["message"] == "Stopped."


def test_hello_is_answered_with_the_state(panel: FakeComm) -> None:
    assert panel.hear({"type": "hello", "origin": "p9"})["origin"] == "p9"


def test_closing(session: Session, kernel_side: SessionComm, panel: FakeComm, manager: FakeManager) -> None:
    kernel_side.close()
    assert panel.closed
    assert manager.opened[0].closed
    assert manager.targets == {}
    before = len(panel.sent)
    session.set_time_range("7d")
    assert len(panel.sent) == before
