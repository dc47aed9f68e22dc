"""Part 3 of the article: the Windows host and Office 365."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str], list[tuple[Any, ...]]]

INTRUDER = "13.67.35.176"
SESSION = "0x1cfd78d"


def test_the_intruders_logon(ask: Ask) -> None:
    rows = ask(f"""
        select TimeGenerated::varchar, Computer, TargetUserName, LogonType, IpAddress from SecurityEvent
        where EventID = 4624 and TargetLogonId = '{SESSION}'""")
    assert rows == [("2019-02-15 19:54:24.59+00", "MSTICAlertsWin1", "ian", 10, INTRUDER)]


def test_the_usual_administrator(ask: Ask) -> None:
    rows = ask("""
        select LogonType, IpAddress from SecurityEvent
        where EventID = 4624 and TargetUserName = 'MSTICAdmin' and LogonType = 10""")
    assert rows == [(10, "131.107.147.209")]


def test_logons_by_type(ask: Ask) -> None:
    rows = ask("""
        select TargetUserName, LogonType, count(*) from SecurityEvent
        where EventID = 4624 and Computer = 'MSTICAlertsWin1'
          and TimeGenerated between '2019-02-13 15:29:22' and '2019-02-19 15:29:22'
        group by all order by all""")
    assert [row for row in rows if not str(row[0]).startswith("DWM")] == [
        ("IUSR", 5, 1),
        ("LOCAL SERVICE", 5, 1),
        ("MSTICAdmin", 3, 2),
        ("MSTICAdmin", 4, 3),
        ("MSTICAdmin", 10, 1),
        ("NETWORK SERVICE", 5, 1),
        ("SYSTEM", 0, 1),
        ("SYSTEM", 5, 171),
        ("ian", 3, 6),
        ("ian", 4, 2),
        ("ian", 10, 4),
    ]


def test_failed_logons(ask: Ask) -> None:
    rows = ask("select Account, count(*) from SecurityEvent where EventID = 4625 group by 1")
    assert rows == [("MSTICAlertsWin1\\ian", 4)]


def test_process_starts(ask: Ask) -> None:
    [(rows, patterns)] = ask("""
        select count(*), count(distinct (NewProcessName, CommandLine)) from SecurityEvent
        where EventID = 4688 and Computer = 'MSTICAlertsWin1'
          and TimeGenerated between '2019-02-15 18:54:24.590' and '2019-02-16 04:54:24.590'""")
    assert (rows, patterns) == (1964, 150)
    assert ask("select count(*) from SecurityEvent where EventID = 4688") == [(1964,)]


def test_the_intruders_commands(ask: Ask) -> None:
    rows = ask(f"""
        select strftime(TimeGenerated, '%Y-%m-%d %H:%M'), CommandLine from SecurityEvent
        where EventID = 4688 and SubjectLogonId = '{SESSION}' order by TimeGenerated""")
    assert (rows[0][0], rows[-1][0]) == ("2019-02-16 00:02", "2019-02-16 04:38")
    commands = " ".join(str(row[1]) for row in rows)
    assert all(
        word in commands for word in ("whoami", "netstat -an", "net user", "localgroup administrators", "schtasks")
    )


def test_accounts_change_while_the_commands_run(ask: Ask) -> None:
    rows = ask(f"""
        select distinct EventID from SecurityEvent
        where SubjectLogonId = '{SESSION}' and EventID not in (4688, 4625) order by 1""")
    assert {row[0] for row in rows} >= {4720, 4726, 4732, 4733, 1102}


def test_office_first_accounts_then_files(ask: Ask) -> None:
    rows = ask(f"""
        select Operation, count(*), min(TimeGenerated), max(TimeGenerated) from OfficeActivity
        where ClientIP = '{INTRUDER}' and UserType = 'Regular' group by 1 order by 3""")
    by_name = {row[0]: row for row in rows}
    changes = {"Add user.", "Change user password.", "Add member to role.", "Add service principal."}
    assert changes | {"FileDownloaded", "UserLoggedIn"} == set(by_name)
    downloads = by_name["FileDownloaded"]
    assert max(by_name[name][3] for name in changes) < downloads[2]
    assert isinstance(downloads[1], int)
    assert downloads[1] > 200


def test_files_are_downloaded_about_one_a_second(ask: Ask) -> None:
    [(rate,)] = ask(f"""
        select count(*) / epoch(max(TimeGenerated) - min(TimeGenerated)) from OfficeActivity
        where ClientIP = '{INTRUDER}' and Operation = 'FileDownloaded'""")
    assert 0.9 < rate < 1.1
    [(others,)] = ask(f"""
        select max(n) from (
            select count(*) n from OfficeActivity where ClientIP != '{INTRUDER}'
            group by UserId, ClientIP, Operation, time_bucket(interval 10 seconds, TimeGenerated))""")
    assert others < 5
