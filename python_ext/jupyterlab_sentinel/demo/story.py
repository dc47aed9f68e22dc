"""All tables of the demo, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .alerts import alert_tables
from .auditd import auditd_table
from .azure import azure_tables
from .flows import flows_table
from .intel import intel_tables
from .noise import noise_tables
from .office import office_table
from .syslog import syslog_table
from .windows import security_events_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


def tables() -> Iterator[pa.Table]:
    """The tables, each in order of time; one is made when the one before has been taken."""
    yield from alert_tables()
    yield from intel_tables()
    yield from azure_tables()
    yield auditd_table()
    yield flows_table()
    yield syslog_table()
    yield security_events_table()
    yield office_table()
    yield from noise_tables()
