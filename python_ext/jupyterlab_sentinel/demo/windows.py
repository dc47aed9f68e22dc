"""SecurityEvent: logons, process starts and account changes of the Windows hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .cast import (
    APPLICATION,
    C2,
    CONTROLLER,
    HOUR,
    INTRUDER,
    MINUTE,
    OFFICE,
    PEOPLE,
    WEB,
    WINDOWS,
    at,
)
from .dice import Dice
from .tables import table
from .windows_processes import ATTACK, BACKGROUND, OFTEN, Program

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from .cast import Host
    from .tables import Row

SESSION: Final = "0x1cfd78d"
LOGON: Final = at("2019-02-15T19:54:24.590")
PROCESS_STARTS: Final = 1964
AUDITED: Final = (LOGON - HOUR + 4 * MINUTE, LOGON + 9 * HOUR - 4 * MINUTE)
"""Process starts were audited on the second host for these hours only; its logons always were."""
START, END = at("2019-02-10"), at("2019-02-21")
MACHINE_SID: Final = "S-1-5-21-996632719-2361334927-4038480536"
SIDS: Final = {
    "ian": f"{MACHINE_SID}-1120",
    "MSTICAdmin": f"{MACHINE_SID}-500",
    "SYSTEM": "S-1-5-18",
    "LOCAL SERVICE": "S-1-5-19",
    "NETWORK SERVICE": "S-1-5-20",
    "IUSR": "S-1-5-17",
}
ACTIVITIES: Final = {
    1102: "The audit log was cleared.",
    4624: "An account was successfully logged on.",
    4625: "An account failed to log on.",
    4634: "An account was logged off.",
    4648: "A logon was attempted using explicit credentials.",
    4672: "Special privileges assigned to new logon.",
    4688: "A new process has been created.",
    4720: "A user account was created.",
    4722: "A user account was enabled.",
    4724: "An attempt was made to reset an account's password.",
    4726: "A user account was deleted.",
    4732: "A member was added to a security-enabled local group.",
    4733: "A member was removed from a security-enabled local group.",
    4738: "A user account was changed.",
    4776: "The domain controller attempted to validate the credentials for an account.",
    4798: "A user's local group membership was enumerated.",
    4799: "A security-enabled local group membership was enumerated",
    5058: "Key file operation.",
    5061: "Cryptographic operation.",
}


def security_events_table() -> pa.Table:
    """The table."""
    return table("SecurityEvent", [*_logons(), *_failures(), *_process_starts(), *_changes(), *_other_hosts()])


def _event(host: Host, moment: int, number: int, account: str) -> Row:
    return {
        "TimeGenerated": moment,
        "SourceSystem": "OpsManager",
        "Account": account,
        "AccountType": "Machine" if account.endswith("$") else "User",
        "Computer": host.name,
        "EventSourceName": "Microsoft-Windows-Security-Auditing",
        "Channel": "Security",
        "Task": 12544,
        "Level": "8",
        "EventID": number,
        "Activity": f"{number} - {ACTIVITIES[number]}",
        "SourceComputerId": host.agent,
        "ManagementGroupName": "AOI-lab",
        "_ResourceId": host.resource,
    }


def _by_machine(host: Host) -> Row:
    """The subject of what the machine itself did."""
    return {
        "SubjectUserName": f"{host.name}$",
        "SubjectDomainName": "WORKGROUP",
        "SubjectUserSid": "S-1-5-18",
        "SubjectLogonId": "0x3e7",
        "SubjectAccount": f"WORKGROUP\\{host.name}$",
    }


NOBODY: Final[Row] = {
    "SubjectUserName": "-",
    "SubjectDomainName": "-",
    "SubjectUserSid": "S-1-0-0",
    "SubjectLogonId": "0x0",
    "SubjectAccount": "-\\-",
}
PROCESSES: Final = {3: "NtLmSsp ", 10: "User32 ", 0: "-"}


def _logon(host: Host, moment: int, user: str, kind: int, session: str, address: str = "-") -> Row:
    domain = {"ian": host.name, "MSTICAdmin": host.name}.get(user, "NT AUTHORITY")
    if user.startswith("DWM-"):
        domain = "Window Manager"
    subject = NOBODY if kind in {0, 3} else _by_machine(host)
    return {
        **_event(host, moment, 4624, f"{domain}\\{user}"),
        **subject,
        "TargetUserName": user,
        "TargetDomainName": domain,
        "TargetAccount": f"{domain}\\{user}",
        "TargetUserSid": SIDS.get(user, "S-1-5-90-0-4"),
        "TargetLogonId": session,
        "LogonType": kind,
        "LogonTypeName": f"{kind} - {LOGON_KINDS[kind]}",
        "LogonProcessName": PROCESSES.get(kind, "Advapi  "),
        "AuthenticationPackageName": "NTLM" if kind == 3 else "Negotiate",
        "IpAddress": address,
        "IpPort": "0" if address != "-" else "-",
        "WorkstationName": host.name if user in {"ian", "MSTICAdmin"} else "-",
        "ProcessName": "C:\\Windows\\System32\\services.exe" if kind == 5 else "-",
    }


LOGON_KINDS: Final = {0: "", 2: "Interactive", 3: "Network", 4: "Batch", 5: "Service", 10: "RemoteInteractive"}


def _logons() -> Iterator[Row]:
    """The logons of the second host: the administrator as usual, the intruder, and the system's own."""
    named = (
        ("2019-02-15T03:56:57.070", "MSTICAdmin", 3, "0x1096a6d", OFFICE),
        ("2019-02-15T03:57:02.593", "MSTICAdmin", 10, "0x109c408", OFFICE),
        ("2019-02-14T05:12:40.220", "MSTICAdmin", 3, "0x6a1f20", OFFICE),
        ("2019-02-14T16:00:00.843", "MSTICAdmin", 4, "0x8c2231", "-"),
        ("2019-02-16T16:00:00.731", "MSTICAdmin", 4, "0x3120bd4", "-"),
        ("2019-02-17T16:00:00.910", "MSTICAdmin", 4, "0x429b7c0", "-"),
        ("2019-02-15T19:54:20.113", "ian", 3, "0x1cfb2ae", INTRUDER),
        ("2019-02-15T19:54:24.590", "ian", 10, SESSION, INTRUDER),
        ("2019-02-15T20:59:40.330", "ian", 3, "0x1e0c6d1", INTRUDER),
        ("2019-02-15T20:59:44.717", "ian", 10, "0x1e0f0c2", INTRUDER),
        ("2019-02-16T03:10:58.907", "ian", 3, "0x25a77be", C2),
        ("2019-02-16T03:11:03.260", "ian", 10, "0x25aa19f", C2),
        ("2019-02-16T03:18:22.410", "ian", 3, "0x25c0114", C2),
        ("2019-02-16T03:21:05.513", "ian", 3, "0x25cb8d0", C2),
        ("2019-02-16T03:24:41.980", "ian", 3, "0x25d84ea", C2),
        ("2019-02-16T03:24:49.500", "ian", 10, "0x25df86b", C2),
        ("2019-02-17T13:46:03.113", "ian", 4, "0x41f0a3c", "-"),
        ("2019-02-18T13:46:03.590", "ian", 4, "0x52884d4", "-"),
        ("2019-02-14T04:20:54.370", "SYSTEM", 0, "0x3e7", "-"),
        ("2019-02-14T04:20:54.803", "LOCAL SERVICE", 5, "0x3e5", "-"),
        ("2019-02-14T04:20:54.811", "NETWORK SERVICE", 5, "0x3e4", "-"),
        ("2019-02-14T04:20:56.110", "IUSR", 5, "0x3e3", "-"),
    )
    for when, user, kind, session, address in named:
        yield _logon(WINDOWS, at(when), user, kind, session, address)
    desks = ("2019-02-14T04:20:55.200", "2019-02-15T03:57:02.013", "2019-02-15T19:54:24.013", "2019-02-16T03:24:49.093")
    for number, when in enumerate(desks, 1):
        for twin in range(2):
            yield _logon(WINDOWS, at(when) + twin * 7000, f"DWM-{number}", 2, hex(0x25DC000 + 600 * number + 96 * twin))
    dice = Dice("service logons")
    for moment in dice.moments(at("2019-02-13T16:00"), at("2019-02-19T15:00"), 171):
        yield _logon(WINDOWS, moment, "SYSTEM", 5, "0x3e7")
        yield _event(WINDOWS, moment + 1000, 4672, "NT AUTHORITY\\SYSTEM") | _by_machine(WINDOWS)


def _failures() -> Iterator[Row]:
    """All four are for one account: a task with an old password, and one guess at the keyboard."""
    tasks = ("2019-02-13T16:28:05.417", "2019-02-14T04:23:55.400", "2019-02-15T04:09:38.523")
    for when in tasks:
        yield _failure(at(when), 4, "0xc000015b") | _by_machine(WINDOWS)
    by_ian: Row = {
        "SubjectUserName": "ian",
        "SubjectDomainName": WINDOWS.name,
        "SubjectUserSid": SIDS["ian"],
        "SubjectLogonId": SESSION,
        "SubjectAccount": f"{WINDOWS.name}\\ian",
    }
    yield _failure(at("2019-02-16T00:06:02.193"), 2, "0xc000006d") | by_ian


def _failure(moment: int, kind: int, status: str) -> Row:
    account = f"{WINDOWS.name}\\ian"
    return {
        **_event(WINDOWS, moment, 4625, account),
        "TargetUserName": "ian",
        "TargetDomainName": WINDOWS.name,
        "TargetAccount": account,
        "TargetUserSid": "S-1-0-0",
        "LogonType": kind,
        "LogonTypeName": f"{kind} - {LOGON_KINDS[kind]}",
        "LogonProcessName": "Advapi  ",
        "AuthenticationPackageName": "Negotiate",
        "Status": status,
        "SubStatus": "0xc0000064" if kind == 2 else "0x0",
        "FailureReason": "%%2313" if kind == 2 else "%%2308",
        "IpAddress": "-",
        "IpPort": "-",
        "WorkstationName": WINDOWS.name,
    }


def _process_starts() -> Iterator[Row]:
    """The intruder's commands, and the services' programs around them, again and again."""
    for moment, program in ATTACK:
        yield _process_start(moment, program, "ian", SESSION)
    dice = Dice("windows processes")
    moments = dice.moments(*AUDITED, PROCESS_STARTS - len(ATTACK))
    programs = dice.shuffle([*BACKGROUND, *dice.picks(OFTEN, len(moments) - len(BACKGROUND))])
    for moment, program in zip(moments, programs, strict=True):
        yield _process_start(moment, program, "", "0x3e7")


def _process_start(moment: int, program: Program, user: str, session: str) -> Row:
    pid, parent = (moment // 1000 * 4 + len(program.line)) % 0x2400 + 0x400, (moment // 7000 * 4) % 0x2000 + 0x200
    row = _event(WINDOWS, moment, 4688, f"{WINDOWS.name}\\{user}" if user else f"WORKGROUP\\{WINDOWS.name}$")
    if user:
        row |= {
            "SubjectUserName": user,
            "SubjectDomainName": WINDOWS.name,
            "SubjectUserSid": SIDS[user],
            "SubjectLogonId": session,
            "SubjectAccount": f"{WINDOWS.name}\\{user}",
        }
    else:
        row |= _by_machine(WINDOWS)
    return row | {
        "Task": 13312,
        "Process": program.path.rsplit("\\", 1)[-1],
        "NewProcessId": hex(pid),
        "NewProcessName": program.path,
        "ProcessId": hex(parent),
        "CommandLine": program.line,
        "ParentProcessName": program.parent,
        "TokenElevationType": "%%1936",
        "TargetUserName": "-",
        "TargetDomainName": "-",
        "TargetUserSid": "S-1-0-0",
        "TargetLogonId": "0x0",
        "TargetAccount": "-\\-",
        "MandatoryLabel": "S-1-16-12288" if user else "S-1-16-16384",
    }


def _changes() -> Iterator[Row]:
    """What the commands of the intruder did to accounts, and what a machine notes by itself."""
    made = (
        (4720, "00:06:11.310"), (4722, "00:06:11.322"), (4724, "00:06:11.330"), (4738, "00:06:11.341"),
        (4732, "00:06:48.120"), (4798, "00:06:52.004"), (4799, "00:07:01.660"), (4724, "00:09:20.070"),
        (4738, "00:09:20.081"), (4733, "03:26:59.301"), (4726, "03:26:59.351"), (1102, "03:27:10.440"),
    )  # fmt: skip
    for number, clock in made:
        row = _event(WINDOWS, at(f"2019-02-16T{clock}"), number, f"{WINDOWS.name}\\ian")
        yield row | {
            "SubjectUserName": "ian",
            "SubjectDomainName": WINDOWS.name,
            "SubjectUserSid": SIDS["ian"],
            "SubjectLogonId": SESSION,
            "TargetUserName": "Administrators" if number in {4732, 4733, 4799} else "svcbackup$",
            "TargetDomainName": "Builtin" if number in {4732, 4733, 4799} else WINDOWS.name,
            "MemberSid": f"{MACHINE_SID}-1131" if number in {4732, 4733} else "",
        }
    dice = Dice("windows notes")
    for moment in dice.moments(START, END, 1400):
        number = dice.pick((4798, 4799, 5058, 5061, 4648))
        yield _event(WINDOWS, moment, number, f"WORKGROUP\\{WINDOWS.name}$") | _by_machine(WINDOWS)


def _other_hosts() -> Iterator[Row]:
    """The domain controller and two servers: people who log on and off. None of them audits process starts."""
    dice = Dice("other windows hosts")
    hosts = (CONTROLLER, CONTROLLER, WEB, APPLICATION)
    for number, moment in enumerate(dice.moments(START, END, 4200)):
        host, person = dice.pick(hosts), dice.pick(PEOPLE)
        account, session = f"CONTOSO\\{person}", hex(0x400000 + 97 * number)
        yield {
            **_event(host, moment, 4624, account),
            **NOBODY,
            "TargetUserName": person,
            "TargetDomainName": "CONTOSO",
            "TargetAccount": account,
            "TargetUserSid": f"S-1-5-21-2081744-1180-{PEOPLE.index(person) + 1100}",
            "TargetLogonId": session,
            "LogonType": 3,
            "LogonTypeName": "3 - Network",
            "LogonProcessName": "Kerberos",
            "AuthenticationPackageName": "Kerberos",
            "IpAddress": f"10.0.4.{dice.whole(10, 60)}",
            "IpPort": str(dice.whole(49_152, 65_535)),
            "WorkstationName": "-",
        }
        if host is CONTROLLER:
            yield _event(host, moment - 2000, 4776, account) | {"TargetUserName": person, "Status": "0x0"}
        yield {
            **_event(host, moment + dice.whole(1, 900) * 1_000_000, 4634, account),
            "TargetUserName": person,
            "TargetDomainName": "CONTOSO",
            "TargetLogonId": session,
            "LogonType": 3,
        }
