"""What runs on the Linux host without anybody: commands of its agents, of cron and of sudo."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final


@dataclass(frozen=True)
class Command:
    """A program and its arguments, and their form in auditd's lines."""

    exe: str
    line: str
    uid: int = 0
    folder: str = "/"
    words: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def argv(self) -> tuple[str, ...]:
        """The arguments, the program's name first."""
        return self.words or tuple(shlex.split(self.line))

    @cached_property
    def comm(self) -> str:
        """The process's short name: at most 15 characters."""
        return self.argv[0].rsplit("/", 1)[-1][:15]

    @cached_property
    def arguments(self) -> str:
        """EXECVE's fields: quoted, or in hexadecimal where a blank, a quote or another character needs it."""
        return f"argc={len(self.argv)} " + " ".join(f"a{n}={_encoded(word)}" for n, word in enumerate(self.argv))

    @cached_property
    def title(self) -> str:
        """PROCTITLE's value: the arguments, with a null byte between them, in hexadecimal."""
        return "\0".join(self.argv).encode().hex().upper()

    @cached_property
    def digest(self) -> str:
        """40 hexadecimal digits that stand for addresses in memory."""
        return hashlib.sha256(f"{self.exe} {self.line}".encode()).hexdigest()[:40]

    @cached_property
    def inode(self) -> int:
        """The number of the program's file."""
        return int(hashlib.sha256(self.exe.encode()).hexdigest()[:5], 16)


def _encoded(word: str) -> str:
    if word and all("!" <= character <= "~" and character != '"' for character in word):
        return f'"{word}"'
    return word.encode().hex().upper() or '""'


def shell(line: str, uid: int = 0, folder: str = "/") -> Command:
    """`/bin/sh -c` with a command line as its one argument."""
    return Command("/bin/dash", f"/bin/sh -c {line}", uid, folder, ("/bin/sh", "-c", line))


@dataclass(frozen=True, slots=True)
class CronUser:
    """A user whose jobs cron runs."""

    name: str
    uid: int


AGENT: Final = "/var/lib/waagent/WALinuxAgent-2.2.36"
WIRE: Final = "iptables -w -t security -{} OUTPUT -d 168.63.129.16 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP"
CHECKS: Final = (
    shell("iptables --version", folder=AGENT),
    Command("/sbin/xtables-multi", "iptables --version", folder=AGENT),
    shell(WIRE.format("C"), folder=AGENT),
    Command("/sbin/xtables-multi", WIRE.format("C"), folder=AGENT),
)
"""The Azure agent checks a firewall rule every 5 seconds."""

OMI: Final = "/opt/omi/bin"
OMS: Final = "/opt/microsoft/omsagent"
DISKS: Final = ("/", "/boot", "/mnt", "/var")
EVERY_MINUTE: Final = (
    shell("[ -f /etc/krb5.keytab ] && [ \\( ! -f /etc/opt/omi/creds/omi.keytab \\) ] || true"),
    shell(f"{OMS}/bin/omsadmin.sh -b"),
    Command("/bin/bash", f"/bin/bash {OMS}/bin/omsadmin.sh -b"),
    Command("/usr/bin/dirname", f"dirname {OMS}/bin/omsadmin.sh"),
    Command("/bin/readlink", f"readlink -f {OMS}/bin"),
    Command("/usr/bin/curl", "curl -s --max-time 10 http://169.254.169.254/metadata/instance", 998),
    Command("/usr/bin/python2.7", f"python {OMS}/plugin/inventory.py", 998),
    Command("/bin/ps", "ps -eo pid,ppid,user,comm,pcpu", 998),
    Command("/usr/bin/gawk", "awk NR>1", 998),
    Command("/bin/grep", "grep -c omsagent", 998),
    Command("/usr/bin/wc", "wc -l", 998),
    Command("/usr/bin/sort", "sort -k5 -n -r", 998),
    Command("/usr/bin/head", "head -n 20", 998),
    Command("/bin/df", "df -P -T", 998),
    Command("/bin/sed", "sed 1d", 998),
    Command("/usr/bin/uptime", "uptime", 998),
    Command("/usr/bin/free", "free -m", 998),
    Command("/bin/netstat", "netstat -s", 998),
    Command("/bin/date", "date +%s", 998),
    Command("/usr/bin/test", f"test -d {OMS}/state", 998),
)
"""The monitoring agent's collection."""

HOURLY: Final = (
    shell("cd / && run-parts --report /etc/cron.hourly"),
    Command("/bin/run-parts", "run-parts --report /etc/cron.hourly"),
    Command("/usr/lib/apt/apt.systemd.daily", "/bin/sh /usr/lib/apt/apt.systemd.daily update"),
    Command("/usr/bin/apt-config", "apt-config shell Dir Dir::Etc"),
    Command("/usr/bin/apt-get", "apt-get -qq -y update"),
    Command("/usr/lib/apt/methods/http", "/usr/lib/apt/methods/http", 104),
    Command("/usr/lib/apt/methods/gpgv", "/usr/lib/apt/methods/gpgv", 104),
    Command("/usr/lib/apt/methods/store", "/usr/lib/apt/methods/store", 104),
    Command("/usr/bin/gpgv", "/usr/bin/gpgv --homedir /nonexistent", 104),
    Command("/usr/bin/dpkg", "/usr/bin/dpkg --print-foreign-architectures"),
    Command("/usr/bin/dpkg-query", "dpkg-query -W"),
    Command("/usr/sbin/logrotate", "/usr/sbin/logrotate /etc/logrotate.conf"),
    Command("/bin/systemctl", "systemctl is-active apt-daily.timer"),
    Command("/bin/systemctl", "systemctl list-units --failed --no-legend"),
    Command("/usr/bin/find", "find /tmp -ignore_readdir_race -type f -atime +10 -delete"),
    Command("/usr/bin/mandb", "mandb --quiet", 6),
    Command("/usr/bin/updatedb.mlocate", "/usr/bin/updatedb.mlocate"),
    Command("/usr/bin/ionice", "ionice -c3"),
    Command("/usr/bin/flock", "flock --nonblock /run/mlocate.daily.lock"),
    Command("/usr/bin/savelog", "savelog -q -m 640 -c 12 /var/log/dpkg.status"),
    Command("/bin/gzip", "gzip -9"),
    Command("/bin/cp", "cp -p /var/lib/dpkg/status dpkg.status"),
    Command("/usr/bin/cmp", "cmp -s dpkg.status.0 /var/lib/dpkg/status"),
    Command("/usr/bin/md5sum", "md5sum /etc/passwd"),
    Command("/usr/bin/stat", "stat -c %Y /etc/shadow"),
    Command("/usr/bin/lsb_release", "/usr/bin/python3 -Es /usr/bin/lsb_release -a"),
    Command("/usr/bin/env", "env python3"),
    Command("/usr/bin/getent", "getent group sudo"),
    Command("/usr/bin/cut", "cut -d: -f4"),
    Command("/usr/bin/tr", "tr , \\n"),
    Command("/sbin/ldconfig", "/sbin/ldconfig -p"),
    Command("/sbin/fstrim", "/sbin/fstrim -av"),
    Command("/sbin/blkid", "blkid -o export"),
    Command("/bin/lsblk", "lsblk -b -n -o NAME,SIZE,TYPE"),
    Command("/bin/ip", "ip -4 addr show eth0"),
    Command("/sbin/ethtool", "ethtool eth0"),
    Command("/usr/sbin/ntpdate", "/usr/sbin/ntpdate -q ntp.ubuntu.com"),
    Command("/usr/bin/timedatectl", "timedatectl status"),
    Command("/usr/bin/apt-key", "/bin/sh /usr/bin/apt-key list"),
    Command(
        "/usr/lib/update-notifier/apt-check", "/usr/bin/python3 /usr/lib/update-notifier/apt-check --human-readable"
    ),
    Command("/usr/bin/xargs", "xargs -0 rm -f"),
    Command("/sbin/lvm", "/sbin/lvm pvs --noheadings"),
    Command("/usr/bin/groups", "groups omsagent", 998),
    Command("/usr/bin/nproc", "nproc", 998),
    Command("/usr/bin/arch", "arch", 998),
    Command("/bin/kmod", "lsmod", 998),
    Command("/sbin/sysctl", "sysctl -n kernel.osrelease", 998),
    Command("/usr/bin/openssl", "openssl x509 -noout -enddate -in oms.crt", 998),
    Command("/usr/bin/perl", "perl -e print", 998),
    Command("/usr/sbin/dmidecode", "dmidecode -s system-uuid"),
    Command("/usr/bin/lscpu", "lscpu"),
    Command("/bin/journalctl", "journalctl -u omsagent -n 100"),
    Command("/usr/bin/pgrep", "pgrep -f omiserver", 998),
    Command("/sbin/killall5", "pidof dhclient"),
    Command("/bin/tar", "tar -cf logs.tar /var/log/azure"),
    Command("/usr/bin/sha256sum", "sha256sum inventory.mof", 998),
    Command("/usr/bin/touch", "touch /var/lib/apt/periodic/update-stamp"),
    Command("/bin/mktemp", "mktemp --tmpdir apt-key.XXXX"),
    Command("/usr/bin/tail", "tail -n 1 omsagent.log", 998),
    *(Command("/usr/bin/du", f"du -sx {disk}") for disk in DISKS),
)
"""Upkeep that the distribution brings."""

FILLER: Final = Command("/bin/sleep", "sleep 1", 998)
"""The monitoring agent's wait between two collections."""

CRON_JOBS: Final = (CronUser("root", 0), CronUser("omsagent", 998), CronUser("root", 0), CronUser("dbadmin", 1001))
SUDO_COMMANDS: Final = tuple(
    text.encode().hex().upper()
    for text in (
        f"{OMS}/plugin/security_baseline.sh",
        f"/usr/bin/test -r {OMI}/omicli",
        "/bin/cat /proc/1/environ",
        f"{OMI}/service_control status",
    )
)
