"""What every command works with: the shell, the session, the settings, and one way to run async work."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .. import blocking
from ..errors import UsageError
from ..models.frames import ATTRS_KEY
from .failures import stopped
from .progress import Progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

    from ..models.timerange import TimeRange
    from ..ports import Progress as Report
    from ..session import Session, Workspace
    from ..settings import Settings
    from ..store import Store

    T = TypeVar("T")


class Desk:
    """One a kernel.

    :param shell: whose variables are read and bound.
    :param session: what the commands change.
    :ivar case_folder: where ``%sentinel save`` puts tables.
    """

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        self.shell = shell
        self.session = session
        self.case_folder = Path("case")

    @property
    def variables(self) -> Mapping[str, object]:
        """The user's variables by name."""
        found: Mapping[str, object] = self.shell.user_ns
        return found

    @property
    def settings(self) -> Settings:
        """The settings as they are now.

        :raises SettingsError: the file or an environment variable cannot be used.
        """
        from ..settings import load_settings

        return load_settings()

    @cached_property
    def store(self) -> Store:
        """Where queries are recorded and lookups are kept."""
        from ..store import Store

        settings = self.settings.store
        return Store.open(on_disk=settings.enabled, history_limit=settings.history_limit)

    def run(self, title: str, work: Callable[[Report], Awaitable[T]]) -> T:
        """Wait for ``work(report)``, with a line of progress from a second on.

        :raises CancelledQueryError: the kernel was interrupted, or ``%sentinel cancel`` was run elsewhere.
        """
        progress = Progress(title)
        try:
            return blocking.run(work, progress.report, watch=progress.draw)
        except KeyboardInterrupt:
            raise stopped() from None
        finally:
            progress.remove()

    def open_workspace(self, name: str) -> Workspace:
        """A workspace opened for this command, and not connected: ready, and kept for the next time.

        :raises SentinelError: it cannot be opened.
        """
        from ..session import connect

        connected = self.session.workspace
        if connected is not None and name in (connected.info.name, connected.address):
            return connected
        found = self.session.others.get(name)
        if found is None:
            found = self.run(f"Opening {name}", lambda report: connect(name, store=self.store, progress=report))
            self.session.others[name] = found
        return found

    def workspace(self, name: str | None = None) -> Workspace:
        """The named workspace, or the connected one.

        :raises NotConnectedError: no name, and none is connected.
        """
        return self.session.connected() if name is None else self.open_workspace(name)

    def range_of(self, spec: str | None) -> TimeRange:
        """The range ``spec``, or the session's.

        :raises TimeRangeError: not a range.
        """
        from ..models.timerange import parse_time_range

        return self.session.time_range if spec is None else parse_time_range(spec)

    def bind(self, name: str | None, value: object) -> None:
        """Make ``value`` the user's variable ``name``; no name, nothing to do."""
        if name is not None:
            self.shell.push({name: value})

    def variable(self, name: str) -> object:
        """The value of the user's variable ``name``.

        :raises UsageError: there is none.
        """
        from .arguments import did_you_mean

        if name not in self.variables:
            known = [one for one in self.variables if not one.startswith("_")]
            raise UsageError(
                f"There is no variable {name}.",
                hint=did_you_mean(name, known) or "Assign it in a cell before this one.",
            )
        return self.variables[name]


def marked(frame: pd.DataFrame, **facts: object) -> pd.DataFrame:
    """``frame`` with ``facts`` in its ``attrs``, so that it is displayed by us."""
    frame.attrs[ATTRS_KEY] = {**frame.attrs.get(ATTRS_KEY, {}), **facts}
    return frame
