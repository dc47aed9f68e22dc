"""Words after a magic: split as a shell does, and read by argparse, whose complaints become our errors."""

from __future__ import annotations

import argparse
import difflib
import shlex
from typing import TYPE_CHECKING, NoReturn

from ..errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import IO


class HelpShown(Exception):
    """``--help`` was asked for; ``text`` is the help."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Arguments(argparse.ArgumentParser):
    """An argument parser that never prints and never ends the process.

    :raises UsageError: from :meth:`parse_args`, for what it cannot read.
    :raises HelpShown: from :meth:`parse_args`, for ``--help``.
    """

    def __init__(self, command: str, summary: str, epilog: str = "") -> None:
        super().__init__(
            prog=command,
            description=summary,
            epilog=epilog or None,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The options in ``words``; an unknown one comes with the nearest that exists."""
        found, unknown = self.parse_known_args(list(words))
        if unknown:
            self._refuse(unknown[0])
        return found

    def print_help(self, file: IO[str] | None = None) -> NoReturn:  # type: ignore[override]  # it ends the parsing
        """Hand the help to whoever asked."""
        del file
        raise HelpShown(self.format_help())

    def error(self, message: str) -> NoReturn:
        """What argparse found wrong."""
        raise UsageError(f"{self.prog}: {message}.", hint=f"{self._usage()} · {self.prog} --help tells more.")

    def _refuse(self, word: str) -> NoReturn:
        option = word.split("=", 1)[0]
        if not option.startswith("-"):
            raise UsageError(f"{self.prog}: “{word}” is one word too many.", hint=self._usage())
        known = [name for action in self._actions for name in action.option_strings]
        raise UsageError(f"{self.prog} has no option {option}.", hint=did_you_mean(option, known) or self._usage())

    def _usage(self) -> str:
        return " ".join(self.format_usage().split()).replace("usage: ", "Usage: ")


def split_words(line: str, command: str) -> list[str]:
    r"""The words of ``line``. Quotes hold words together; a backslash is a backslash (``C:\logs``).

    :raises UsageError: a quote that is not closed.
    """
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.escape = ""
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:
        raise UsageError(
            f"{command}: a quotation mark is not closed.", hint='Put the whole word in quotes: "like this".'
        ) from None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question naming the nearest of ``known``, or nothing if none is near."""
    near = difflib.get_close_matches(word.lower(), list(known), n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else ""


def comma_separated(text: str) -> list[str]:
    """``a, b,c`` as a list; empty parts do not count."""
    return [part.strip() for part in text.split(",") if part.strip()]


def variable_name(text: str) -> str:
    """A name that a result can be bound to.

    :raises UsageError: not an identifier, or a keyword.
    """
    import keyword

    if not text.isidentifier():
        raise UsageError(f"“{text}” is no variable name.", hint="Letters, digits and _, not starting with a digit.")
    if keyword.iskeyword(text):
        raise UsageError(
            f"“{text}” is a word of Python's own: nothing can be bound to it.", hint="Choose another name."
        )
    return text


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """``-o VAR``, as every command spells it."""
    parser.add_argument(
        "-o", "--output", metavar="VAR", type=variable_name, help="also bind the result to this variable"
    )
