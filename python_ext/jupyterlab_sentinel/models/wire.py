"""Every message between the browser and Python: REST bodies and comm messages.

The only definition: ``labextension/src/wire.ts`` is generated from it. Field names are camelCase
on the wire, times ISO 8601 in UTC with ``Z``. Text in fields called ``text``, ``title``, ``label`` or of
type :class:`Passage` is ready to be shown as a text node: controls made visible, indicators
defanged. Raw values are sent only where a field says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Severity = Literal["High", "Medium", "Low", "Informational", "Unknown"]


class WireStruct(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base: immutable, by keyword, camelCase on the wire."""


class WireError(WireStruct, frozen=True, kw_only=True):
    """What every failing request answers.

    ``code`` ``not_connected`` (HTTP 409) means: ``POST connect`` first. The server closes workspaces that
    nobody used for a while, so any request may answer it, and connecting again is all that helps.
    ``retry_after`` in seconds.
    """

    code: str
    message: str
    hint: str = ""
    retry_after: float | None = None


class Mark(WireStruct, frozen=True, kw_only=True):
    """A stretch of a passage that is an indicator; offsets in UTF-16 code units, as the browser counts."""

    start: int
    end: int
    type: str


class Passage(WireStruct, frozen=True, kw_only=True):
    """Text to show, inert, with the indicators in it marked; ``truncated`` if more exists."""

    text: str
    marks: tuple[Mark, ...] = ()
    truncated: bool = False


class WorkspaceChoice(WireStruct, frozen=True, kw_only=True):
    """A workspace that the user can connect to."""

    name: str
    kind: str
    description: str = ""


class WorkspaceState(WireStruct, frozen=True, kw_only=True):
    """A connected workspace.

    ``name`` is for people. ``address`` is what connects to the same workspace again, from the kernel
    as from the server: ``demo``, a configured name, a GUID, or an absolute path.
    """

    name: str
    address: str
    kind: str
    description: str = ""
    tables: int | None = None
    data_start: datetime | None = None
    data_end: datetime | None = None
    time_range: str | None = None
    identity: str | None = None
    synthetic: bool = False
    notices: tuple[str, ...] = ()


class TimeRangeState(WireStruct, frozen=True, kw_only=True):
    """A time range: its words, its label, and its bounds as they are now (start inclusive, end exclusive)."""

    spec: str
    label: str
    start: datetime | None = None
    end: datetime | None = None


class StatusAnswer(WireStruct, frozen=True, kw_only=True):
    """``GET status``."""

    version: str
    choices: tuple[WorkspaceChoice, ...]
    problems: tuple[str, ...] = ()


class ConnectRequest(WireStruct, frozen=True, kw_only=True):
    """``POST connect``: open a workspace in the server, so that its alerts can be listed.

    The answer is its :class:`WorkspaceState`. One that is open already stays as it is, and its alerts
    are read anew; ``reopen`` closes it first, which finds files that were added.
    """

    name: str
    reopen: bool = False


class TimeRangeRequest(WireStruct, frozen=True, kw_only=True):
    """``POST timerange``: read a range as the user typed it; the answer is its :class:`TimeRangeState`."""

    spec: str


class SignInPrompt(WireStruct, frozen=True, kw_only=True):
    """A code that waits for the user to enter it on a page of the identity service.

    ``address`` and ``code`` are ready to be shown; ``page`` is the same address where it is one of Microsoft's own
    pages, and may be a link. ``seconds_left`` counts from the moment when the message was written.
    """

    address: str
    code: str
    page: str | None
    expires: datetime
    seconds_left: float


class SignInRequest(WireStruct, frozen=True, kw_only=True):
    """Parameters of ``GET``, ``POST`` and ``DELETE signin``: the workspace to sign in for, by name.

    ``POST`` begins a sign-in of the server, or finds the one that runs; ``GET`` tells how it stands, ``DELETE``
    stops it. Each answers a :class:`SignInState`.
    """

    workspace: str


class SignInState(WireStruct, frozen=True, kw_only=True):
    """How the server's sign-in for a workspace stands.

    ``none``: nobody has begun one, or it was stopped. ``waiting``: ``prompt`` waits to be entered; None until the
    identity service has given a code. ``done``: connect now. ``failed``: ``error`` says why.
    """

    status: Literal["none", "waiting", "done", "failed"]
    prompt: SignInPrompt | None = None
    error: WireError | None = None


class AlertsQuery(WireStruct, frozen=True, kw_only=True):
    """Parameters of ``GET alerts``.

    :param workspace: the ``address`` of a connected workspace.
    :param spec: a time range as the user types it; empty: the one that the workspace begins with.
    :param severity: those wanted, with commas between; empty: all.
    :param contains: only alerts with this text anywhere in the record, in any case, defanged or not.
    :param limit: at most 500.
    :param fresh: read the alerts anew.
    """

    workspace: str
    spec: str = ""
    severity: str = ""
    contains: str = ""
    offset: int = 0
    limit: int = 100
    fresh: bool = False


class HistogramQuery(WireStruct, frozen=True, kw_only=True):
    """Parameters of ``GET histogram``; see :class:`AlertsQuery`."""

    workspace: str
    spec: str = ""
    fresh: bool = False


class AlertQuery(WireStruct, frozen=True, kw_only=True):
    """Parameters of ``GET alert``: ``id`` as the row has it, ``spec`` as the list was asked for.

    ``longest``: how much of each text is wanted, in UTF-16 code units; at most a million.
    """

    workspace: str
    id: str
    spec: str = ""
    longest: int = 10_000


class AlertRow(WireStruct, frozen=True, kw_only=True):
    """An alert in the list. ``subtitle`` holds the host and the first indicators or accounts."""

    id: str
    title: str
    severity: Severity
    severity_label: str
    status: str
    start: datetime | None
    end: datetime | None
    generated: datetime | None
    subtitle: str = ""
    tactics: tuple[str, ...] = ()
    entity_count: int = 0
    problem_count: int = 0
    group: str = ""


class Bucket(WireStruct, frozen=True, kw_only=True):
    """A bar of the histogram, counts by severity."""

    start: datetime
    end: datetime
    counts: dict[str, int]


class AlertsAnswer(WireStruct, frozen=True, kw_only=True):
    """``GET alerts``: a page of the alerts of the range, newest first.

    ``total`` counts all that match; ``counts`` by severity ignores the severity filter. ``reasons`` tell why
    the answer is partial, ``notes`` what else a user should know, for instance that there is no alert table.
    """

    alerts: tuple[AlertRow, ...]
    total: int
    offset: int
    counts: dict[str, int]
    time_range: TimeRangeState
    status: Literal["complete", "partial"] = "complete"
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class HistogramAnswer(WireStruct, frozen=True, kw_only=True):
    """``GET histogram``: alerts over the whole data, or around the range where that is not known.

    ``buckets`` has no gaps; it is empty where there is nothing to show. ``start`` and ``end`` bound
    what it covers.
    """

    buckets: tuple[Bucket, ...]
    start: datetime | None = None
    end: datetime | None = None
    status: Literal["complete", "partial"] = "complete"
    reasons: tuple[str, ...] = ()


class Field(WireStruct, frozen=True, kw_only=True):
    """A labelled value."""

    label: str
    value: Passage


class EntityCard(WireStruct, frozen=True, kw_only=True):
    """An entity: its kind (``Process``), one-line title, an aside (``pid 24851``), and all its fields."""

    kind: str
    title: Passage
    aside: str = ""
    fields: tuple[Field, ...] = ()


class IndicatorRow(WireStruct, frozen=True, kw_only=True):
    """An indicator found in an alert. ``raw`` is its refanged value, for Copy raw and enrichment only."""

    type: str
    defanged: str
    raw: str
    where: tuple[str, ...] = ()


class Pivot(WireStruct, frozen=True, kw_only=True):
    """A ready set of notebook cells; the first pivot is what "Insert query" inserts."""

    label: str
    cells: tuple[str, ...]


class IncidentRow(WireStruct, frozen=True, kw_only=True):
    """The incident that holds an alert."""

    number: int | None
    title: str
    status: str = ""
    severity: str = ""
    owner: str = ""


class AlertDetail(WireStruct, frozen=True, kw_only=True):
    """``GET alert``."""

    row: AlertRow
    description: Passage
    facts: tuple[Field, ...] = ()
    properties: tuple[Field, ...] = ()
    techniques: tuple[str, ...] = ()
    entities: tuple[EntityCard, ...] = ()
    indicators: tuple[IndicatorRow, ...] = ()
    incidents: tuple[IncidentRow, ...] = ()
    problems: tuple[str, ...] = ()
    pivots: tuple[Pivot, ...] = ()
    portal_link: str | None = None
    defanged_text: str = ""


class KernelState(WireStruct, frozen=True, kw_only=True, tag_field="type", tag="state"):
    """Kernel to panel, on opening and after each change.

    ``revision`` grows with each change in the kernel. ``origin`` repeats the ``origin`` of the
    panel's message that caused it, so that the panel knows its own echo. ``sign_in`` is a code that the kernel
    waits for; it comes and goes without a new revision.
    """

    revision: int
    workspace: WorkspaceState | None
    time_range: TimeRangeState
    fresh: bool
    origin: str | None = None
    last_query: str = ""
    sign_in: SignInPrompt | None = None


class KernelError(WireStruct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """Kernel to panel: a request failed; the session is as it was."""

    error: WireError
    origin: str | None = None


class Hello(WireStruct, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    """Panel to kernel: send the state."""

    origin: str | None = None


class SetTimeRange(WireStruct, frozen=True, kw_only=True, tag_field="type", tag="setTimeRange"):
    """Panel to kernel: set the range.

    ``if_fresh``: only while nobody has set one in this kernel (it comes from the notebook's metadata).
    """

    spec: str
    origin: str | None = None
    if_fresh: bool = False


class Connect(WireStruct, frozen=True, kw_only=True, tag_field="type", tag="connect"):
    """Panel to kernel: connect to a workspace by name; ``if_fresh`` as for the range."""

    name: str
    origin: str | None = None
    if_fresh: bool = False


PanelMessage = Hello | SetTimeRange | Connect
KernelMessage = KernelState | KernelError

COMM_TARGET = "jupyterlab_sentinel"
API_ROOT = "jupyterlab-sentinel/api"
METADATA_KEY = "jupyterlab_sentinel"
"""Notebook metadata: ``{"timeRange": spec, "workspace": address}``."""
