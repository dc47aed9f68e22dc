"""The magics: one line of dispatch each, and what all of them share when something goes wrong."""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
from traitlets import Int

from ..errors import SentinelError, UsageError
from .arguments import HelpShown, did_you_mean, split_words
from .blocks import Code
from .desk import Desk
from .display import show
from .failures import shown, stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Concatenate, ParamSpec

    from IPython.core.interactiveshell import InteractiveShell

    from ..session import Session

    P = ParamSpec("P")

SUBCOMMANDS = (
    "connect",
    "timerange",
    "status",
    "tables",
    "schema",
    "functions",
    "alerts",
    "alert",
    "sweep",
    "save",
    "history",
    "cancel",
)


class Subcommand(Protocol):
    """A module of this package that is a subcommand."""

    SUMMARY: str

    def run(self, desk: Desk, words: Sequence[str]) -> object:
        """Do it; what comes back is the value of the line."""


def subcommand(name: str) -> Subcommand:
    """The module of that name, loaded when it is first needed."""
    return cast("Subcommand", import_module(f".{name}", __package__))


def _reported(
    magic: Callable[Concatenate[SentinelMagics, P], object],
) -> Callable[Concatenate[SentinelMagics, P], object]:
    """``magic`` with help shown, and errors and interrupts as one message each."""

    @wraps(magic)
    def reported(self: SentinelMagics, /, *args: P.args, **kwargs: P.kwargs) -> object:
        try:
            return magic(self, *args, **kwargs)
        except HelpShown as asked:
            show([Code(asked.text.strip())])
            return None
        except SentinelError as error:
            raise shown(error) from None
        except KeyboardInterrupt:
            raise stopped() from None

    return reported


@magics_class
class SentinelMagics(Magics):
    """``%sentinel``, ``%%sentinel``, ``%iocs``, ``%%iocs`` and ``%enrich``."""

    rows = Int(20, min=1, max=1000, help="How many rows of a frame are displayed.").tag(config=True)

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        super().__init__(shell=shell)
        self.desk = Desk(shell, session)

    @no_var_expand
    @line_cell_magic
    @_reported
    def sentinel(self, line: str, cell: str | None = None) -> object:
        """Talk to the workspace: ``%sentinel SUBCOMMAND``, or KQL below ``%%sentinel``. ``--help`` tells more."""
        if cell is not None:
            from . import query

            return query.run(self.desk, line, cell)
        words = split_words(line, "%sentinel")
        if not words or words[0] in ("-h", "--help", "help"):
            show([Code(overview())])
            return None
        return _find(words[0]).run(self.desk, words[1:])

    @no_var_expand
    @line_cell_magic
    @_reported
    def iocs(self, line: str, cell: str | None = None) -> object:
        """Find indicators in a text, file or frame: ``%iocs --help``."""
        from . import iocs

        return iocs.run(self.desk, line, cell)

    @no_var_expand
    @line_magic
    @_reported
    def enrich(self, line: str) -> object:
        """Tell what is known about addresses, domains, URLs and hashes: ``%enrich --help``."""
        from . import enrich

        return enrich.run(self.desk, line)


def overview() -> str:
    """All commands, a line each."""
    width = max(len(name) for name in SUBCOMMANDS)
    lines = [f"  %sentinel {name:<{width}}  {subcommand(name).SUMMARY}" for name in SUBCOMMANDS]
    return "\n".join(
        [
            "Microsoft Sentinel in this notebook.",
            "",
            *lines,
            "",
            "  %%sentinel [VAR <<] [options]  run the KQL below it; a DataFrame comes back",
            "  %iocs · %%iocs                 find indicators in text, files and frames",
            "  %enrich                        what is known about addresses, domains, URLs and hashes",
            "",
            "Each takes --help.",
        ]
    )


def _find(name: str) -> Subcommand:
    if name in SUBCOMMANDS:
        return subcommand(name)
    near = did_you_mean(name, SUBCOMMANDS)
    if not near and not name.startswith("-"):
        near = "Queries go into a cell that begins with %%sentinel; %sentinel --help lists the commands."
    raise UsageError(f"%sentinel has no command {name}.", hint=near or "%sentinel --help lists the commands.")
