"""The programs that ran on the Windows host: what its services start, and what the intruder typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .cast import at

SYSTEM: Final = "C:\\Windows\\System32"
AGENT: Final = "C:\\Program Files\\Microsoft Monitoring Agent\\Agent"
STATE: Final = f"{AGENT}\\Health Service State"
CHROME: Final = "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe"


@dataclass(frozen=True, slots=True)
class Program:
    """A program, its command line, and the program that starts it."""

    path: str
    line: str
    parent: str = f"{SYSTEM}\\services.exe"


def _system(name: str, arguments: str = "", parent: str = "services.exe") -> Program:
    return Program(f"{SYSTEM}\\{name}", f"{SYSTEM}\\{name} {arguments}".rstrip(), f"{SYSTEM}\\{parent}")


MONITOR: Final = f"{AGENT}\\MonitoringHost.exe"
SCRIPTS: Final = (
    "PerfCounters",
    "DiskSpace",
    "ServiceState",
    "UpdateState",
    "EventCount",
    "CpuLoad",
    "MemoryUse",
    "Baseline",
)
OFTEN: Final = (
    Program(
        f"{STATE}\\CT_602681692\\NativeDSC\\ASMHost.exe",
        f'"{STATE}\\CT_602681692\\NativeDSC\\ASMHost.exe" GetInventory',
        MONITOR,
    ),
    Program(f"{SYSTEM}\\conhost.exe", "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1", MONITOR),
    *(
        Program(
            f"{SYSTEM}\\cscript.exe", f'"{SYSTEM}\\cscript.exe" /nologo "{STATE}\\Monitoring Host\\{name}.vbs"', MONITOR
        )
        for name in SCRIPTS
    ),
    _system("wbem\\WmiPrvSE.exe", "-secured -Embedding", "svchost.exe"),
    _system("wbem\\WmiPrvSE.exe", "-Embedding", "svchost.exe"),
    _system("svchost.exe", "-k netsvcs -p"),
    _system("svchost.exe", "-k wsappx"),
    _system("taskhostw.exe", "", "svchost.exe"),
    _system("taskhostw.exe", "NGCKeyPregen", "svchost.exe"),
    _system("rundll32.exe", "aepdu.dll,AePduRunUpdate", "svchost.exe"),
    _system("SearchProtocolHost.exe", "Global\\UsGthrFltPipeMssGthrPipe1", "SearchIndexer.exe"),
    _system("SearchFilterHost.exe", "0 624 628 636", "SearchIndexer.exe"),
    _system("backgroundTaskHost.exe", "-ServerName:App.AppX", "svchost.exe"),
    _system("dllhost.exe", "/Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}", "svchost.exe"),
    _system("CompatTelRunner.exe", "", "svchost.exe"),
    _system("sppsvc.exe"),
    _system("wermgr.exe", "-upload", "svchost.exe"),
)
"""What runs again and again."""

TASKS: Final = (
    "Defrag", "DiskCleanup", "TimeSync", "Proxy", "Consolidator", "QueueReporting", "StartComponentCleanup",
    "RegIdleBackup", "ResolutionHost", "ScheduledDefrag", "SynchronizeTime", "Maintenance", "UsbCeip",
    "FamilySafety", "MapsUpdate", "LicenseCheck", "CertRoll", "WinSAT", "AitAgent", "Recovery", "Registry",
    "SmartScreen", "StorageSense", "TpmTasks",
)  # fmt: skip
TOOLS: Final = (
    "wuauclt.exe", "UsoClient.exe", "tiworker.exe", "TrustedInstaller.exe", "msiexec.exe", "defrag.exe",
    "cleanmgr.exe", "w32tm.exe", "sc.exe", "gpupdate.exe", "LogonUI.exe", "dwm.exe", "winlogon.exe", "csrss.exe",
    "smss.exe", "fontdrvhost.exe", "userinit.exe", "sihost.exe", "ctfmon.exe", "spoolsv.exe", "audiodg.exe",
    "VSSVC.exe", "lpremove.exe", "MusNotification.exe", "dstokenclean.exe", "provtool.exe", "mobsync.exe",
    "drvinst.exe", "dispdiag.exe", "dsregcmd.exe", "DeviceCensus.exe", "disksnapshot.exe", "ClipRenew.exe",
    "ClipUp.exe", "BdeUISrv.exe", "AppHostRegistrationVerifier.exe", "AggregatorHost.exe",
    "appidcertstorecheck.exe", "CloudExperienceHostBroker.exe", "LocationNotificationWindows.exe",
    "MdmDiagnosticsTool.exe", "MDMAgent.exe", "MpSigStub.exe", "MRT.exe", "rdpclip.exe", "RuntimeBroker.exe",
    "SgrmBroker.exe", "SettingSyncHost.exe", "SIHClient.exe", "SppExtComObj.exe", "SpeechModelDownload.exe",
    "unregmp2.exe", "DataUsageLiveTileTask.exe", "LicensingUI.exe", "DiagTrackRunner.exe",
)  # fmt: skip
SELDOM: Final = (
    *(_system(tool, "", "svchost.exe") for tool in TOOLS),
    *(_system("schtasks.exe", f"/run /tn \\Microsoft\\Windows\\{task}", "svchost.exe") for task in TASKS),
)
"""What runs now and then."""

BACKGROUND: Final = (*OFTEN, *SELDOM)


def _shell(line: str, parent: str = "cmd.exe") -> Program:
    name = line.split(" ", 1)[0].removesuffix(".exe")
    return Program(f"{SYSTEM}\\{name}.exe", line, f"{SYSTEM}\\{parent}")


EXPLORER: Final = "C:\\Windows\\explorer.exe"
SHELL: Final = f"{SYSTEM}\\cmd.exe"
MISSPELT: Final = "C:\\W!ndows\\System32"
SECRET: Final = "Winter-2019-lab"  # noqa: S105 what the intruder typed, in a synthetic log

_BY_TIME: Final = (
    ("00:02:26.183", Program(f"{SYSTEM}\\control.exe", f'"{SYSTEM}\\control.exe" SYSTEM', EXPLORER)),
    ("00:02:26.290", Program(f"{SYSTEM}\\mmc.exe", f'"{SYSTEM}\\mmc.exe" {SYSTEM}\\compmgmt.msc', EXPLORER)),
    ("00:03:10.470", Program(f"{SYSTEM}\\cmd.exe", '"cmd.exe" /s /k pushd "C:\\Tools"', EXPLORER)),
    ("00:03:10.492", Program(f"{SYSTEM}\\conhost.exe", "\\??\\C:\\Windows\\system32\\conhost.exe 0x4", SHELL)),
    ("00:03:21.007", _shell("whoami /all")),
    ("00:03:24.610", _shell("hostname")),
    ("00:03:30.118", _shell("systeminfo")),
    ("00:03:41.903", _shell("ipconfig /all")),
    ("00:03:58.221", _shell("netstat -an")),
    ("00:04:12.540", _shell("net users")),
    ("00:04:12.561", _shell(f"{SYSTEM}\\net1 users", "net.exe")),
    ("00:04:30.330", _shell("net localgroup administrators")),
    ("00:04:30.352", _shell(f"{SYSTEM}\\net1 localgroup administrators", "net.exe")),
    ("00:04:49.870", _shell("net view")),
    ("00:05:02.430", _shell("arp -a")),
    ("00:05:10.012", _shell("route print")),
    ("00:05:22.022", Program(CHROME, f'"{CHROME}"', EXPLORER)),
    ("00:05:22.400", Program(CHROME, f'"{CHROME}" --type=renderer --lang=en-US', CHROME)),
    ("00:05:25.427", Program(CHROME, f'"{CHROME}" --type=utility --service-sandbox-type=network', CHROME)),
    ("00:06:11.290", _shell(f"net user svcbackup$ {SECRET} /add")),
    ("00:06:11.303", _shell(f"{SYSTEM}\\net1 user svcbackup$ {SECRET} /add", "net.exe")),
    ("00:06:30.113", _shell("net user svcbackup$ /active:yes")),
    ("00:06:30.125", _shell(f"{SYSTEM}\\net1 user svcbackup$ /active:yes", "net.exe")),
    ("00:06:48.090", _shell("net localgroup administrators svcbackup$ /add")),
    ("00:06:48.104", _shell(f"{SYSTEM}\\net1 localgroup administrators svcbackup$ /add", "net.exe")),
    ("00:07:39.053", _shell('findstr "svcbackup$"')),
    ("00:12:06.947", _shell("reg query HKLM\\SAM\\SAM\\Domains\\Account\\Users")),
    ("00:12:35.450", _shell("reg save HKLM\\SYSTEM C:\\Tools\\s.hiv")),
    ("00:13:08.383", _shell("reg save HKLM\\SECURITY C:\\Tools\\e.hiv")),
    ("00:14:27.080", _shell("tasklist /svc")),
    ("00:53:30.670", _shell("wmic process list brief")),
    ("03:00:00.593", _shell("quser")),
    ("03:25:18.663", _shell("cmd /c echo start")),
    ("03:25:18.713", _shell("ftp -s:MG06.dll")),
    ("03:25:18.760", Program(f"{MISSPELT}\\cacls.exe", f"cacls.exe {SYSTEM}\\cscript.exe /e /t /g SYSTEM:F", SHELL)),
    ("03:25:19.067", Program(f"{MISSPELT}\\reg.exe", "reg.exe add HKLM\\SOFTWARE\\Lab /v Start /d 1", SHELL)),
    ("03:25:19.090", _shell("schtasks /create /tn Upkeep /sc daily /st 03:00 /tr C:\\Tools\\upkeep.cmd")),
    ("03:25:19.120", _shell("PING -n 1 microsoft.com")),
    ("03:26:24.180", _shell("notepad C:\\Tools\\upkeep.cmd")),
    ("03:26:59.267", _shell("net localgroup administrators svcbackup$ /delete")),
    ("03:26:59.290", _shell(f"{SYSTEM}\\net1 localgroup administrators svcbackup$ /delete", "net.exe")),
    ("03:26:59.317", _shell("net user svcbackup$ /delete")),
    ("03:26:59.330", _shell(f"{SYSTEM}\\net1 user svcbackup$ /delete", "net.exe")),
    ("03:27:10.420", _shell("wevtutil cl Security")),
    ("03:28:44.100", _shell("TSTheme -Embedding", "svchost.exe")),
    ("03:54:26.030", _shell("taskhostw USER", "svchost.exe")),
    ("04:38:47.097", Program(CHROME, f'"{CHROME}" --type=utility --service-sandbox-type=utility', CHROME)),
)  # fmt: skip

ATTACK: Final = tuple((at(f"2019-02-16T{clock}"), program) for clock, program in _BY_TIME)
"""When the intruder's session started each program."""
