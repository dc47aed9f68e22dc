"""Syslog of the Linux hosts; their authentication log was collected only from 17 February on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .cast import C2, LINUX, LOGIN, OFFICE, OTHER_LINUX, SCANNERS, SECOND, SSHD_PID, at
from .dice import Dice
from .tables import table

if TYPE_CHECKING:
    import pyarrow as pa

    from .cast import Host
    from .tables import Row

START, END = at("2019-02-05"), at("2019-02-22")
AUTHENTICATION_SINCE: Final = at("2019-02-17T08:00")
LINES: Final = (
    ("cron", "info", "CRON", "(root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)"),
    ("cron", "info", "CRON", "(omsagent) CMD ([ -f /etc/krb5.keytab ] && true)"),
    ("daemon", "info", "systemd", "Started Session {n} of user root."),
    ("daemon", "info", "systemd", "Starting Daily apt download activities..."),
    ("daemon", "notice", "dhclient", "DHCPREQUEST of {private} on eth0 to 168.63.129.16 port 67"),
    ("daemon", "err", "omsagent", "Heartbeat was late by {n} ms"),
    ("kern", "warning", "kernel", "[{n}.118] hv_balloon: Max. dynamic memory size: 3584 MB"),
    ("user", "notice", "python", "ExtHandler Agent WALinuxAgent-2.2.36 is running as the goal state agent"),
)


def syslog_table() -> pa.Table:
    """The table."""
    dice = Dice("syslog")
    rows: list[Row] = []
    for host, count in ((LINUX, 7000), (OTHER_LINUX, 5000)):
        for moment in dice.moments(START, END, count):
            facility, level, process, text = dice.pick(LINES)
            message = text.format(n=dice.whole(1000, 99_999), private=host.private)
            rows.append(_line(host, moment, (facility, level), process, dice.whole(300, 32_000), message))
    return table("Syslog", [*rows, *_authentication(dice), _intrusion()])


def _intrusion() -> Row:
    message = f"Accepted publickey for dbadmin from {C2} port 50452 ssh2: RSA SHA256:pXg4mBqcL0zX3w1DPLrvKq2cTn8yQ"
    return _line(LINUX, LOGIN - 11_000, ("authpriv", "info"), "sshd", SSHD_PID, message)


def _authentication(dice: Dice) -> list[Row]:
    rows = []
    for moment in dice.moments(AUTHENTICATION_SINCE, END, 900):
        if dice.whole(0, 12):
            port = dice.whole(30_000, 60_000)
            text = f"Invalid user {dice.pick(('admin', 'test', 'oracle', 'pi'))} from {dice.pick(SCANNERS)} port {port}"
        else:
            text = f"Accepted publickey for labadmin from {OFFICE} port {dice.whole(49_000, 60_000)} ssh2"
        rows.append(_line(OTHER_LINUX, moment, ("authpriv", "info"), "sshd", dice.whole(300, 32_000), text))
    return rows


def _line(host: Host, moment: int, priority: tuple[str, str], process: str, pid: int, message: str) -> Row:
    return {
        "SourceSystem": "Linux",
        "TimeGenerated": moment,
        "Computer": host.name,
        "EventTime": moment // SECOND * SECOND,
        "Facility": priority[0],
        "HostName": host.name.lower(),
        "SeverityLevel": priority[1],
        "SyslogMessage": message,
        "ProcessID": pid,
        "HostIP": host.private,
        "ProcessName": process,
        "CollectorHostName": host.name,
        "_ResourceId": host.resource,
    }
