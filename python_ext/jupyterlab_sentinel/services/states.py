"""Workspaces, time ranges and failures as the browser is told of them; for the comm and for REST alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..models.indicators import visible
from ..models.instants import coarse
from ..models.wire import SignInPrompt, TimeRangeState, WireError, WorkspaceState

if TYPE_CHECKING:
    from datetime import datetime

    from ..device_codes import Board
    from ..errors import SentinelError
    from ..models.timerange import TimeRange
    from ..models.workspace import WorkspaceInfo

_LONGEST_LINE = 300
_LONGEST_TEXT = 2000
_MOST_NOTICES = 20


def workspace_state(info: WorkspaceInfo, address: str) -> WorkspaceState:
    """A connected workspace, every text of it ready to be shown; ``address`` opens it again and is sent as it is."""
    notices = info.notices[:_MOST_NOTICES]
    more = len(info.notices) - len(notices)
    return WorkspaceState(
        name=visible(info.name, limit=_LONGEST_LINE),
        address=address,
        kind=info.kind,
        description=visible(info.description, limit=_LONGEST_TEXT),
        tables=info.tables,
        data_start=info.data_start,
        data_end=info.data_end,
        time_range=info.time_range,
        identity=visible(info.identity, limit=_LONGEST_LINE) if info.identity else None,
        synthetic=info.synthetic,
        notices=(
            *(visible(notice, limit=_LONGEST_TEXT) for notice in notices),
            *([f"… and {more} more remarks."] if more > 0 else []),
        ),
    )


def time_range_state(time_range: TimeRange, now: datetime | None = None) -> TimeRangeState:
    """A range with its bounds at ``now`` (default: the clock), to the microsecond; its words are exact."""
    start, end = time_range.resolve(now)
    return TimeRangeState(spec=time_range.spec, label=time_range.label, start=coarse(start), end=coarse(end))


def sign_in_prompt(board: Board) -> SignInPrompt | None:
    """The code on the board that was put there last; None: none waits."""
    waiting = board.waiting
    if not waiting:
        return None
    code = waiting[-1]
    return SignInPrompt(
        address=code.shown_address,
        code=code.shown_code,
        page=code.page,
        expires=code.expires,
        seconds_left=round(code.seconds_left(), 1),
    )


def error_state(error: SentinelError) -> WireError:
    """A failure: controls made visible, of bounded length."""
    return WireError(
        code=error.code,
        message=visible(error.message, limit=_LONGEST_TEXT),
        hint=visible(error.hint, limit=_LONGEST_TEXT),
        retry_after=error.retry_after,
    )
