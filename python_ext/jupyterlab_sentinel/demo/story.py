"""All tables of the demo, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyterlab_sentinel.demo.alerts import alert_tables
from jupyterlab_sentinel.demo.auditd import auditd_table
from jupyterlab_sentinel.demo.azure import azure_tables
from jupyterlab_sentinel.demo.flows import flows_table
from jupyterlab_sentinel.demo.intel import intel_tables
from jupyterlab_sentinel.demo.noise import noise_tables
from jupyterlab_sentinel.demo.office import office_table
from jupyterlab_sentinel.demo.syslog import syslog_table
from jupyterlab_sentinel.demo.windows import security_events_table

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
