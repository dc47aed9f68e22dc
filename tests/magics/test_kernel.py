"""What only a real kernel shows: interrupts, progress, outputs as messages, and the comm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

WAIT_S = 60
# a number that no machine reaches
ENDLESS = "range x from 1 to 1000000000000 step 1 | where x % 7 == 1 | extend y = tostring(x) | summarize dcount(y)"


@dataclass
class Kernel:
    manager: KernelManager
    client: BlockingKernelClient
    messages: list[dict[str, Any]] = field(default_factory=list)

    def start(self, source: str) -> str:
        identifier: str = self.client.execute(source)
        return identifier

    def next(self) -> dict[str, Any]:
        message: dict[str, Any] = self.client.get_iopub_msg(timeout=WAIT_S)
        self.messages.append(message)
        return message

    def until(self, kind: str, **content: Any) -> dict[str, Any]:
        """The next message of a kind, and with this in its content."""
        while True:
            message = self.next()
            held = message["content"]
            if message["msg_type"] == kind and all(held.get(name) == value for name, value in content.items()):
                return message

    def finish(self, identifier: str) -> dict[str, Any]:
        """Everything until the cell is done, which it may be already; its reply."""

        def ended(message: dict[str, Any]) -> bool:
            idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            return idle and message["parent_header"].get("msg_id") == identifier

        while not any(map(ended, self.messages)):
            self.next()
        while True:
            reply: dict[str, Any] = self.client.get_shell_msg(timeout=WAIT_S)
            if reply["parent_header"].get("msg_id") == identifier:
                content: dict[str, Any] = reply["content"]
                return content

    def run(self, source: str) -> dict[str, Any]:
        self.messages.clear()
        return self.finish(self.start(source))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message["content"] for message in self.messages if message["msg_type"] == kind]


@pytest.fixture
def kernel(own_folders: None, tmp_path: Path) -> Iterator[Kernel]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=WAIT_S)
    started = Kernel(manager, client)
    assert started.run("%load_ext jupyterlab_sentinel")["status"] == "ok"
    yield started
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


@pytest.fixture
def connected(kernel: Kernel) -> Kernel:
    assert kernel.run("%sentinel connect demo")["status"] == "ok"
    return kernel


def test_an_interrupt_stops_the_query_and_the_next_one_works(connected: Kernel) -> None:
    connected.messages.clear()
    identifier = connected.start(f"%%sentinel df <<\n{ENDLESS}")
    shown = connected.until("display_data")
    assert "Asking demo" in shown["content"]["data"]["text/plain"]
    display_id = shown["content"]["transient"]["display_id"]
    connected.until("update_display_data")
    connected.manager.interrupt_kernel()
    reply = connected.finish(identifier)
    assert reply["status"] == "error"
    assert reply["ename"] == "CancelledQueryError"
    (error,) = connected.of("error")
    assert "Stopped." in error["traceback"][0]
    assert len(error["traceback"]) == 2
    last = connected.of("update_display_data")[-1]
    assert last["transient"]["display_id"] == display_id
    assert last["data"] == {"text/html": "", "text/plain": ""}
    assert connected.run("%%sentinel df <<\nSecurityAlert | count")["status"] == "ok"
    assert "19" in connected.of("execute_result")[0]["data"]["text/plain"]


def test_a_mistake_is_an_error_message_without_a_traceback(connected: Kernel) -> None:
    reply = connected.run("%%sentinel\nSecurityAlert | where AlertName == {{nobody}}")
    assert reply["status"] == "error"
    (error,) = connected.of("error")
    assert error["ename"] == "BindingError"
    text = "\n".join(error["traceback"])
    assert "There is no variable nobody." in text
    assert "Traceback" not in text
    assert "File" not in text
    assert connected.of("stream") == []


def test_the_underscore_is_the_frame(connected: Kernel) -> None:
    connected.run("%%sentinel\nSecurityAlert | count")
    connected.run("print(type(_).__name__, _.iloc[0, 0])")
    assert connected.of("stream")[0]["text"] == "DataFrame 19\n"


def test_queries_work_inside_a_running_loop_and_beside_the_async_api(connected: Kernel) -> None:
    source = """
import jupyterlab_sentinel as sentinel
ws = sentinel.connect("demo")
inner = await sentinel.aio.connect("demo")
async def ask():
    one = ws.query("SecurityAlert | count").to_pandas().iloc[0, 0]
    two = (await inner.query("SecurityAlert | count")).to_pandas().iloc[0, 0]
    return one, two
one, two = await ask()
print(one == two, one > 19)
await inner.close()
ws.close()
"""
    assert connected.run(source)["status"] == "ok", connected.of("error")
    assert connected.of("stream")[0]["text"] == "True True\n"


def test_the_kernel_opens_a_comm_with_its_state(own_folders: None, kernel: Kernel) -> None:
    kernel.run("%reload_ext jupyterlab_sentinel")
    (opened,) = kernel.of("comm_open")
    assert opened["target_name"] == "jupyterlab_sentinel"
    assert opened["data"]["type"] == "state"
    assert opened["data"]["workspace"] is None
    assert opened["data"]["fresh"] is True
    assert opened["data"]["timeRange"]["spec"] == "24h"


def say(kernel: Kernel, kind: str, content: dict[str, Any]) -> None:
    message = kernel.client.session.msg(kind, content)
    kernel.client.shell_channel.send(message)


def state(kernel: Kernel, **wanted: Any) -> dict[str, Any]:
    while True:
        data = kernel.until("comm_msg", comm_id="panel")["content"]["data"]
        if all(data.get(name) == value for name, value in wanted.items()):
            found: dict[str, Any] = data
            return found


def test_the_panel_opens_a_comm_and_both_stay_in_step(kernel: Kernel) -> None:
    say(kernel, "comm_open", {"comm_id": "panel", "target_name": "jupyterlab_sentinel", "data": {}})
    first = state(kernel, type="state")
    ask = {"type": "connect", "name": "demo", "origin": "p1"}
    say(kernel, "comm_msg", {"comm_id": "panel", "data": ask})
    joined = state(kernel, origin="p1")
    assert joined["workspace"]["name"] == "demo"
    assert joined["timeRange"]["spec"] == "2019-02-17 2019-02-19"
    assert joined["revision"] > first["revision"]
    say(kernel, "comm_msg", {"comm_id": "panel", "data": {"type": "setTimeRange", "spec": "7d", "origin": "p2"}})
    assert state(kernel, origin="p2")["timeRange"]["spec"] == "7d"
    identifier = kernel.start("%sentinel timerange 2019-02-17 2019-02-18")
    assert state(kernel, origin=None)["timeRange"]["spec"] == "2019-02-17 2019-02-18"
    assert kernel.finish(identifier)["status"] == "ok"
    say(kernel, "comm_msg", {"comm_id": "panel", "data": {"type": "setTimeRange", "spec": "bla", "origin": "p3"}})
    refused = state(kernel, origin="p3")
    assert refused["type"] == "error"
    assert refused["error"]["code"] == "time_range"
    assert kernel.run("%sentinel timerange")["status"] == "ok"
    assert "2019-02-17 → 2019-02-18" in kernel.of("display_data")[0]["data"]["text/plain"]


def test_unloading_closes_the_comm(kernel: Kernel) -> None:
    say(kernel, "comm_open", {"comm_id": "panel", "target_name": "jupyterlab_sentinel", "data": {}})
    state(kernel, type="state")
    kernel.run("%unload_ext jupyterlab_sentinel")
    assert {closed["comm_id"] for closed in kernel.of("comm_close")} >= {"panel"}
