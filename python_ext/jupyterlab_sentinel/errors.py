"""What can go wrong, one class for each thing that the user can do about it.

SentinelError                    code, message, hint, retry_after
├── UserMistake                  correct what was typed
│   ├── UsageError               an argument or option
│   ├── BindingError             a {{placeholder}} or the value behind it
│   ├── TimeRangeError           a time range
│   ├── NotConnectedError        connect to a workspace first
│   ├── UnknownWorkspaceError    a name, GUID or path that leads nowhere
│   ├── UnknownAlertError        an alert id that the range does not hold
│   ├── KqlError                 the query, with line, column and caret
│   │   ├── KqlSyntaxError
│   │   ├── KqlSemanticError     unknown table, column or function; types
│   │   └── KqlUnsupportedError  valid KQL that this backend does not run
│   ├── SettingsError            the settings file, an environment variable, a stored secret
│   └── DataError                a file or folder that cannot be read
├── AccessError                  sign in, or ask for a role
│   └── SignInNeededError        nobody is signed in; a person could, with a code
├── ThrottledError               wait, then ask again
├── QueryTimeoutError            ask for less, or for longer
├── LimitError                   memory or size: ask for less
├── PartialAnswerError           asked for all or nothing, and it was not all
├── ServiceError                 the other side failed
└── CancelledQueryError          the user stopped it
"""

from __future__ import annotations

from dataclasses import dataclass


class SentinelError(Exception):
    """Base of every error that this package raises on purpose.

    :param message: one sentence, what happened; may hold text from outside,
        which the places that display it make visible and inert.
    :param hint: what to do next; empty when nothing can be done.
    :param retry_after: seconds until the same call may succeed, if known.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UserMistake(SentinelError):
    """Something that the user typed or chose; shown as a message, never as a traceback."""

    code = "user_mistake"


class UsageError(UserMistake):
    """A wrong argument or option."""

    code = "usage"


class BindingError(UserMistake):
    """A placeholder that cannot be bound: unknown name, forbidden access, or a refused value."""

    code = "binding"


class TimeRangeError(UserMistake):
    """A time range that cannot be read, or that ends before it starts."""

    code = "time_range"


class NotConnectedError(UserMistake):
    """No workspace is connected."""

    code = "not_connected"


class UnknownWorkspaceError(UserMistake):
    """No workspace, folder or file by that name."""

    code = "unknown_workspace"


class UnknownAlertError(UserMistake):
    """No alert by that id, in the range that was searched."""

    code = "unknown_alert"


class SettingsError(UserMistake):
    """A setting or a stored secret that cannot be used: which, where, and what to write instead."""

    code = "settings"


class DataError(UserMistake):
    """A file, folder or frame that cannot be used as it is."""

    code = "data"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a query: ``line`` from 1, ``column`` from 0 (as Log Analytics counts).

    ``length`` is that of the token.
    """

    line: int
    column: int
    length: int = 1


class KqlError(UserMistake):
    """A query that cannot run.

    :param position: where in the query as the user wrote it, if known.
    :param query: the text that ``position`` refers to.
    """

    code = "kql"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        position: Position | None = None,
        query: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.position = position
        self.query = query

    @property
    def caret(self) -> str:
        """The line of the query and a caret under the place; empty if the place is not known."""
        if self.position is None or self.query is None:
            return ""
        lines = self.query.split("\n")
        if not 1 <= self.position.line <= len(lines):
            return ""
        line = lines[self.position.line - 1].replace("\t", " ").rstrip("\r")
        start = max(0, self.position.column - 60)
        shown = line[start : start + 120]
        column = self.position.column - start
        mark = "^" * max(1, min(self.position.length, len(shown) - column))
        prefix = f"{self.position.line:>4} | "
        return f"{prefix}{shown}\n{' ' * (len(prefix) + column)}{mark}"

    def __str__(self) -> str:
        return "\n".join(part for part in (self.message, self.caret, self.hint) if part)


class KqlSyntaxError(KqlError):
    """The text is not KQL."""

    code = "kql_syntax"


class KqlSemanticError(KqlError):
    """A table, column or function that does not exist, or types that do not fit."""

    code = "kql_semantic"


class KqlUnsupportedError(KqlError):
    """Valid KQL that the connected backend does not run; ``construct`` names what.

    Raised instead of an approximate answer.
    """

    code = "kql_unsupported"

    def __init__(
        self,
        message: str,
        *,
        construct: str,
        hint: str = "",
        position: Position | None = None,
        query: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, position=position, query=query)
        self.construct = construct


class AccessError(SentinelError):
    """Not signed in, or signed in without the role that is needed."""

    code = "access"


class SignInNeededError(AccessError):
    """Nobody is signed in, and a person could, with a code."""

    code = "sign_in"


class ThrottledError(SentinelError):
    """The service or a quota asks to wait; ``retry_after`` says how long, if known."""

    code = "throttled"


class QueryTimeoutError(SentinelError):
    """The deadline passed."""

    code = "timeout"


class LimitError(SentinelError):
    """An answer, a file or a query larger than what may be handled."""

    code = "limit"


class PartialAnswerError(SentinelError):
    """The answer is partial and the user asked for a complete one (``--strict``)."""

    code = "partial"


class ServiceError(SentinelError):
    """The service answered with a failure, or with something that is no answer.

    :param request_id: the service's or our own id of the request, for its support.
    """

    code = "service"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, retry_after=retry_after)
        self.request_id = request_id


class CancelledQueryError(SentinelError):
    """The query was stopped on request."""

    code = "cancelled"
