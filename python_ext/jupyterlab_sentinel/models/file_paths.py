r"""Registry keys and file paths in free text.

Names may hold blanks (``C:\Program Files\…``, ``…\Windows NT\…``), so where a path ends is a judgement: inside quotes
at the quote; else a blank belongs to it only if a separator follows within a few words, or, in the last name, an
extension of a program or document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = r"[^\\/:*?\"<>|\r\n\t\x00-\x1f\s,;'`]++"
_PROGRAM_END = "".join(rf"(?<!\.{ext})" for ext in ("exe", "dll", "bat", "cmd", "ps1", "vbs", "txt", "zip"))
_WORDS = rf"{_NAME}(?:{_PROGRAM_END}\x20(?!(?:HK|[A-Za-z]:|-|/|%)){_NAME}){{0,4}}"
_EXTENSION = (
    r"\.(?:exe|dll|sys|bat|cmd|ps1|vbs|js|jse|wsf|hta|lnk|msi|scr|com|cpl|txt|log|ini|dat|db|xml|json|zip|rar|7z|cab"
    r"|iso|img|docx?|docm|xlsx?|xlsm|pptx?|pdf|rtf|eml|msg|png|jpe?g)(?![A-Za-z0-9])"
)
_SEP = r"[\\/]{1,2}"
_LAST = rf"(?:[^\\/:*?\"<>|\r\n\t\s,;'`.]++(?:\x20[^\\/:*?\"<>|\r\n\t\s,;'`.]++){{1,2}}{_EXTENSION}|{_NAME})"
_FORBIDDEN = re.compile(r"[\"<>|\x00-\x1f*?]")

# A repeated group is never possessive here: before Python 3.11.5 such a group loses matches (CPython gh-106052).
# What follows the group cannot fail once it has matched, so nothing is tried again.
_REST = rf"(?:{_SEP}{_WORDS}(?={_SEP}))*{_SEP}(?:{_LAST})?"
# Each begins with a plain character, which is searched for fastest; a drive's letter stands one before.
_DRIVE = re.compile(rf":(?<=[A-Za-z]:)(?<![A-Za-z0-9].:){_REST}")
_SHARE = re.compile(rf"\\(?<![\\\w:]\\)\\{{1,3}}[A-Za-z0-9._$-]++(?=\\){_REST}")
_VARIABLE = re.compile(rf"%[A-Za-z][A-Za-z0-9_()]{{1,30}}%(?=\\){_REST}")
_DEVICE = re.compile(rf"\\(?<![\\\w]\\)\\?Device\\{{1,2}}[A-Za-z0-9]++(?=\\){_REST}")
_HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
    "HKPD": "HKEY_PERFORMANCE_DATA",
    "REGISTRY\\MACHINE": "HKEY_LOCAL_MACHINE",
    "REGISTRY\\USER": "HKEY_USERS",
}
# No pattern here can fail after a long run: it takes what there is, and the next search goes on behind it.
_REGISTRY = re.compile(
    rf"""
    [HhRr](?<![A-Za-z0-9_].)(?i:
      K(?:EY_[A-Z_]{{4,30}}|LM|CU|CR|CC|PD|U) | (?<=\\R)EGISTRY\\{{1,2}}(?:MACHINE|USER))
    (?P<hive>):?\\{{1,2}}
    (?P<key>(?:{_WORDS}\\{{1,2}})*(?:{_NAME})?)
    """,
    re.VERBOSE,
)
_ROOTS = (
    "bin|boot|dev|etc|home|lib|lib32|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|snap|nix"
    "|Users|Applications|Library|System|Volumes|private|sdcard|data|storage"
)
_LINUX = re.compile(rf"/(?:(?<![\w./\\~%&?\#+-]/)|(?<=file:///))(?:{_ROOTS})(?:/[^\s\"'<>|;,:()\[\]{{}}`$&*?!=\\/]++)+")
_TRAILING = ".,;:!?)]}'\" "
_DOUBLED = re.compile(r"\\{2,}")
_LONGEST = 1024


class FoundPath(NamedTuple):
    """A path or key, normalised, with its offsets."""

    type: str
    value: str
    start: int
    end: int


def find_registry_keys(text: str) -> Iterator[FoundPath]:
    r"""Registry keys with the hive's full name: ``HKLM:\Software\X`` is ``HKEY_LOCAL_MACHINE\Software\X``."""
    for match in _REGISTRY.finditer(text):
        end = _quoted_end(text, match.start(), match.end()) or _trimmed(text, match.start(), match.end())
        hive = _DOUBLED.sub(r"\\", text[match.start() : match.start("hive")]).upper()
        key = _DOUBLED.sub(r"\\", text[match.start("key") : end]).rstrip("\\")
        if key and end - match.start() <= _LONGEST:
            yield FoundPath("registry_key", f"{_HIVES.get(hive, hive)}\\{key}", match.start(), end)


def find_windows_paths(text: str) -> list[FoundPath]:
    """Paths from a drive, a share, an environment variable or a device, with single backslashes, by position."""
    found = [path for match in _DRIVE.finditer(text) if (path := _windows_path(text, match, match.start() - 1))]
    if "\\" in text:
        for pattern in (_SHARE, _DEVICE, _VARIABLE):
            found += [path for match in pattern.finditer(text) if (path := _windows_path(text, match, match.start()))]
    return sorted(found, key=lambda path: path.start)


def _windows_path(text: str, match: re.Match[str], start: int) -> FoundPath | None:
    end = _quoted_end(text, start, match.end()) or _trimmed(text, start, match.end())
    value = _single(text[start:end])
    if end - start > _LONGEST or len(value.strip("\\")) <= 2 or "\\" not in value.rstrip("\\"):
        return None
    return FoundPath("windows_path", value, start, end)


def find_linux_paths(text: str) -> Iterator[FoundPath]:
    """Absolute paths of two names or more below a usual root folder of Linux or macOS."""
    for match in _LINUX.finditer(text):
        end = _trimmed(text, match.start(), match.end())
        value = text[match.start() : end]
        if value.count("/") >= 2 and end - match.start() <= _LONGEST:
            yield FoundPath("linux_path", value, match.start(), end)


def _single(path: str) -> str:
    """A path with one backslash between names; a share keeps its two at the start, a device its one."""
    path = path.replace("/", "\\")
    body = _DOUBLED.sub(r"\\", path)
    return f"\\{body}" if path.startswith("\\\\") and not body.lower().startswith("\\device\\") else body


def _quoted_end(text: str, start: int, end: int) -> int | None:
    """Where the quotes around a path close, if they do so nearby, with a few words and nothing forbidden between."""
    quote = text[start - 1 : start]
    if quote not in ('"', "'"):
        return None
    closing = text.find(quote, end, end + 200)
    rest = text[end:closing]
    if closing < 0 or _FORBIDDEN.search(rest) or len(rest.split("\\")[0].split()) > 4:
        return None
    return closing


def _trimmed(text: str, start: int, end: int) -> int:
    stripped = text[start:end].rstrip(_TRAILING)
    return start + len(stripped)
