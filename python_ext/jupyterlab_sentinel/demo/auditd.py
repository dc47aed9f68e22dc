"""AuditLog_CL: raw auditd lines of the Linux host, several lines a message, as the Linux audit daemon writes them.

The lines have the daemon's own form (https://github.com/linux-audit/audit-documentation), a type,
`msg=audit(time:serial):` and fields; an argument with a blank or a quote is written in hexadecimal. A message's lines
share its time and serial.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from .auditd_jobs import (
    CHECKS,
    CRON_JOBS,
    EVERY_MINUTE,
    FILLER,
    HOURLY,
    SUDO_COMMANDS,
    Command,
)
from .auditd_session import INTERACTIVE, session_events
from .cast import DOWNLOAD, HOUR, LINUX, MINUTE, OTHER_LINUX, SECOND, SSH_SESSION, at
from .dice import Dice
from .tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from .cast import Host
    from .tables import Row

UNSET: Final = 4294967295
START, END = at("2019-02-18T12:45"), at("2019-02-18T17:15")
WINDOW: Final = (DOWNLOAD - 2 * HOUR, DOWNLOAD + HOUR)
"""The article's window: 2 hours before the alert to 1 hour after it."""
MESSAGES: Final = 17_413
PROCESS_STARTS: Final = 13_046
LOGINS: Final = 269
QUIET: Final = 20 * SECOND
"""Nothing is logged that close to the window's ends, so that collection time and event time agree on what is inside."""
UPLOAD: Final = 10 * SECOND


class Message(NamedTuple):
    """One audit message: when, and the type and fields of each of its lines."""

    moment: int
    lines: tuple[tuple[str, str], ...]


class Uids(NamedTuple):
    """Who runs a process: its user, the user who logged in, and that login's session."""

    uid: int
    auid: int = UNSET
    session: int = UNSET


def auditd_table() -> pa.Table:
    """The table."""
    before = _housekeeping(Dice("auditd before"), START, WINDOW[0] - QUIET, SSH_SESSION - 230)
    inside = [*_window(Dice("auditd")), *session_messages()]
    after = _housekeeping(Dice("auditd after"), WINDOW[1] + QUIET, END, SSH_SESSION + 95)
    other = _housekeeping(Dice("auditd other"), START, START + 20 * MINUTE, 5_301)
    return table(
        "AuditLog_CL", [*_rows(LINUX, [*before, *inside, *after], 9_046_112), *_rows(OTHER_LINUX, other, 771_204)]
    )


def _rows(host: Host, messages: list[Message], serial: int) -> Iterator[Row]:
    """The agent uploads every 10 seconds, and stamps what it uploads with that time."""
    for number, message in enumerate(sorted(messages, key=lambda message: message.moment), serial):
        moment = message.moment
        stamp = f"audit({moment // SECOND}.{moment % SECOND // 1000:03d}:{number})"
        collected = -(-moment // UPLOAD) * UPLOAD
        for kind, fields in message.lines:
            yield {
                "SourceSystem": "OpsManager",
                "MG": "00000000-0000-0000-0000-000000000002",
                "ManagementGroupName": host.name,
                "TimeGenerated": collected,
                "Computer": host.name,
                "RawData": f"type={kind} msg={stamp}: {fields}\r\n",
                "_ResourceId": host.resource,
            }


def _window(dice: Dice) -> list[Message]:
    """The three hours around the alert, filled up to the figures that the article prints."""
    start, end = WINDOW[0] + QUIET, WINDOW[1] - QUIET
    starts = _job_starts(dice, start, end)
    spare = PROCESS_STARTS - len(starts) - len(INTERACTIVE)
    starts += [_process_start(dice, moment, FILLER, Uids(FILLER.uid)) for moment in dice.moments(start, end, spare)]
    messages = starts + _cron_sessions(dice, start, end, LOGINS - 1, SSH_SESSION - 180)
    session = len(session_messages()) - len(INTERACTIVE)
    spare = MESSAGES - PROCESS_STARTS - (len(messages) - len(starts)) - session
    messages += _sudo_sessions(dice, start, end, spare // len(SUDO_STEPS))
    return messages + _service_changes(dice, start, end, spare % len(SUDO_STEPS))


def _housekeeping(dice: Dice, start: int, end: int, session: int) -> list[Message]:
    minutes = (end - start) // MINUTE
    return [
        *_job_starts(dice, start, end),
        *_cron_sessions(dice, start, end, minutes, session),
        *_sudo_sessions(dice, start, end, 3 * minutes),
    ]


def _job_starts(dice: Dice, start: int, end: int) -> list[Message]:
    """Process starts of the jobs that repeat: the Azure agent's checks, the monitoring agent, hourly upkeep."""
    plan = ((CHECKS, 5 * SECOND), (EVERY_MINUTE, MINUTE), (HOURLY, HOUR))
    messages = []
    for commands, period in plan:
        for begin in range(start + period // 7, end - 3 * SECOND, period):
            moment = begin + dice.whole(0, 900) * 1000
            for command in commands:
                messages.append(_process_start(dice, moment, command, Uids(command.uid)))
                moment += dice.whole(1, 12) * 1000
    return messages


def _process_start(
    dice: Dice, moment: int, command: Command, who: Uids, pids: tuple[int, int] | None = None
) -> Message:
    pid, parent = pids or (dice.whole(20_000, 32_000), dice.whole(900, 20_000))
    return Message(moment, _process_lines(command, who, pid, parent))


def _process_lines(command: Command, who: Uids, pid: int, parent: int) -> tuple[tuple[str, str], ...]:
    """The five lines of an execve: the call, its arguments, where, the file, and the title."""
    ids = " ".join(f"{name}={who.uid}" for name in IDS)
    terminal = "(none)" if who.session == UNSET else "pts0"
    call = (
        f"arch=c000003e syscall=59 success=yes exit=0 a0={command.digest[:12]} a1={command.digest[12:24]} "
        f"a2={command.digest[24:36]} a3=9 items=2 ppid={parent} pid={pid} auid={who.auid} {ids} tty={terminal} "
        f'ses={who.session} comm="{command.comm}" exe="{command.exe}" key="procmon"'
    )
    return (
        ("SYSCALL", call),
        ("EXECVE", command.arguments),
        ("CWD", f' cwd="{command.folder}"'),
        (
            "PATH",
            f'item=0 name="{command.exe}" inode={command.inode} dev=08:01 mode=0100755 ouid=0 ogid=0 nametype=NORMAL',
        ),
        ("PROCTITLE", f"proctitle={command.title}"),
    )


IDS: Final = ("uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid")
CRON_STEPS: Final = ("USER_ACCT", "CRED_ACQ", "LOGIN", "USER_START", "CRED_DISP", "USER_END")
SUDO_STEPS: Final = ("USER_CMD", "CRED_REFR", "USER_START", "USER_END", "CRED_DISP")
OPERATIONS: Final = {
    "USER_ACCT": "PAM:accounting",
    "CRED_ACQ": "PAM:setcred",
    "CRED_REFR": "PAM:setcred",
    "CRED_DISP": "PAM:setcred",
    "USER_START": "PAM:session_open",
    "USER_END": "PAM:session_close",
}


def _cron_sessions(dice: Dice, start: int, end: int, count: int, first: int) -> list[Message]:
    """Each job of cron opens a session of its own: a LOGIN that its CRED_ACQ comes just before, by one process."""
    messages = []
    for number, moment in enumerate(dice.moments(start, end - 2 * SECOND, count)):
        pid, session = 2_000 + number * 61 % 17_993, first + number
        session += first <= SSH_SESSION <= session
        user, step = dice.pick(CRON_JOBS), moment
        for kind in CRON_STEPS:
            who = Uids(0, user.uid, session) if kind in {"USER_START", "CRED_DISP", "USER_END"} else Uids(0)
            fields = login_fields(pid, user.uid, session) if kind == "LOGIN" else user_fields(kind, pid, who, user.name)
            messages.append(Message(step, ((kind, fields),)))
            step += dice.whole(2, 300) * 1000
    return messages


def login_fields(pid: int, user: int, session: int) -> str:
    """The fields of a LOGIN: a process that had no login user and no session gets one."""
    return f"pid={pid} uid=0 old-auid={UNSET} auid={user} tty=(none) old-ses={UNSET} ses={session} res=1"


def user_fields(
    kind: str,
    pid: int,
    who: Uids,
    account: str,
    *,
    exe: str = "/usr/sbin/cron",
    origin: str = "?",
    terminal: str = "cron",
) -> str:
    """The fields of a message from PAM: its own fields stand in quotes, as one."""
    origins = f"hostname={origin} addr={origin} terminal={terminal}"
    inner = f'op={OPERATIONS[kind]} acct="{account}" exe="{exe}" {origins} res=success'
    return f"pid={pid} uid={who.uid} auid={who.auid} ses={who.session} msg='{inner}'"


def _sudo_sessions(dice: Dice, start: int, end: int, count: int) -> list[Message]:
    """The monitoring agent runs its plug-ins through sudo."""
    messages = []
    for moment in dice.moments(start, end - 3 * SECOND, count):
        pid = dice.whole(20_000, 32_000)
        command = dice.pick(SUDO_COMMANDS)
        for step, kind in enumerate(SUDO_STEPS):
            if kind == "USER_CMD":
                fields = (
                    f"pid={pid} uid=998 auid={UNSET} ses={UNSET} msg='cwd=\"/\" cmd={command} terminal=? res=success'"
                )
            else:
                fields = user_fields(kind, pid, Uids(0), "root", exe="/usr/bin/sudo", terminal="?")
            messages.append(Message(moment + step * 4000, ((kind, fields),)))
    return messages


def _service_changes(dice: Dice, start: int, end: int, count: int) -> list[Message]:
    unit = 'comm="systemd" exe="/lib/systemd/systemd" hostname=? addr=? terminal=? res=success'
    return [
        Message(moment, (("SERVICE_START", f"pid=1 uid=0 auid={UNSET} ses={UNSET} msg='unit=apt-daily {unit}'"),))
        for moment in dice.moments(start, end, count)
    ]


def session_messages() -> list[Message]:
    """The intruder's session: his login, what it ran, and its end."""
    messages = []
    for event in session_events():
        who = Uids(event.uid, event.auid if event.opened else UNSET, event.session if event.opened else UNSET)
        if event.command is not None:
            messages.append(Message(event.moment, _process_lines(event.command, who, event.pid, event.parent)))
        elif event.kind == "LOGIN":
            messages.append(Message(event.moment, (("LOGIN", login_fields(event.pid, event.auid, event.session)),)))
        else:
            fields = user_fields(
                event.kind, event.pid, who, "dbadmin", exe="/usr/sbin/sshd", origin=event.origin, terminal="ssh"
            )
            messages.append(Message(event.moment, ((event.kind, fields),)))
    return messages
