"""Everything that ``%load_ext`` adds to a shell, and how it goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..comms import SessionComm
from ..device_codes import PROCESS
from ..session import Session
from .completion import KqlMatcher
from .formatting import FrameFormatter
from .sentinel import SentinelMagics
from .sign_in import CodeDisplay

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

_CELLS = ("%%sentinel", "%%iocs")
_NAMES = (("line", "sentinel"), ("cell", "sentinel"), ("line", "iocs"), ("cell", "iocs"), ("line", "enrich"))


def with_body(lines: list[str]) -> list[str]:
    """A cell that is only our first line gets an empty second one: IPython would refuse it before we see it."""
    if len(lines) == 1 and lines[0].startswith(_CELLS):
        return [lines[0].rstrip("\n") + "\n", "\n"]
    return lines


class Face:
    """One a shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self.session = Session()
        self.magics = SentinelMagics(shell, self.session)
        shell.register_magics(self.magics)
        self._frames = FrameFormatter(shell, lambda: self.magics.rows)
        self._frames.register()
        self._matcher: Callable[..., object] = KqlMatcher(self.session, shell).matcher()
        shell.Completer.custom_matchers.append(self._matcher)
        shell.input_transformers_cleanup.append(with_body)
        self._codes = CodeDisplay(PROCESS)
        self._codes.open()
        self._comm = self._open_comm()

    def close(self) -> None:
        """Unregister, and close workspaces and the comm."""
        from .. import blocking

        if self._comm is not None:
            self._comm.close()
        self._codes.close()
        if self._matcher in self._shell.Completer.custom_matchers:
            self._shell.Completer.custom_matchers.remove(self._matcher)
        if with_body in self._shell.input_transformers_cleanup:
            self._shell.input_transformers_cleanup.remove(with_body)
        self._frames.unregister()
        for kind, name in _NAMES:
            self._shell.magics_manager.magics[kind].pop(name, None)
        opened = [*self.session.others.values()]
        if self.session.workspace is not None:
            opened.append(self.session.workspace)
        for workspace in opened:
            blocking.run(workspace.close)
        self.session.workspace = None
        self.session.others.clear()

    def _open_comm(self) -> SessionComm | None:
        """The comm to the sidebar; a shell without a kernel has none."""
        if getattr(self._shell, "kernel", None) is None:
            return None
        import comm

        opened = SessionComm(
            self.session, comm.get_comm_manager(), comm.create_comm, store=lambda: self.magics.desk.store
        )
        opened.open()
        return opened
