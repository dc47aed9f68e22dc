"""The registry of entity kinds is the published one, and every kind has a title."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_sentinel.models.entities import KINDS, Entity, GenericEntity, find_kind

REFERENCE = json.loads((Path(__file__).parents[2] / "data" / "alerts" / "entities_reference.json").read_text("utf-8"))
PUBLISHED = {name: entity for name, entity in REFERENCE["entities"].items() if name != "host-logon-session"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_kind_has_every_published_field(name: str) -> None:
    published = {field.partition(":")[0].partition("(")[0] for field in PUBLISHED[name]["fields"]} - {"Type"}
    assert published <= set(KINDS[name].field_names)


@pytest.mark.parametrize("name", PUBLISHED)
def test_nested_kinds_are_those_published(name: str) -> None:
    for field in PUBLISHED[name]["fields"]:
        field_name, _, held = field.partition(":")
        if held and held.strip("[]") != "GeoLocation":
            assert KINDS[name].holds(field_name) == find_kind(held.strip("[]")).name


@pytest.mark.parametrize("name", PUBLISHED)
def test_identifiers_are_made_of_known_fields(name: str) -> None:
    for identifier in KINDS[name].strong + KINDS[name].weak:
        for part in identifier.split("+"):
            first = part.partition(".")[0]
            assert first in (*KINDS[name].field_names, "ParentProcessId", "FileHash")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("ip", "ip"),
        ("IP", "ip"),
        ("RegistryKey", "registry-key"),
        ("registry-key", "registry-key"),
        ("AzureResource", "azure-resource"),
        ("DnsResolution", "dns"),
        ("SubmissionMail", "SubmissionMail"),
        ("mystery-entity", None),
        ("", None),
    ],
)
def test_kinds_are_known_in_both_spellings(written: Any, kind: str) -> None:
    found = find_kind(written)
    assert (found and found.name) == kind


@pytest.mark.parametrize(
    ("kind", "fields", "title"),
    [
        ("account", {"Name": "dbadmin"}, "dbadmin"),
        ("account", {"Name": "ian", "NTDomain": "corp"}, "corp\\ian"),
        ("account", {"Name": "ian", "UPNSuffix": "corp.com"}, "ian@corp.com"),
        ("account", {"Sid": "S-1-5-18"}, "S-1-5-18"),
        ("host", {"HostName": "h", "DnsDomain": "d.com"}, "h.d.com"),
        ("host", {"NetBiosName": "H"}, "H"),
        ("ip", {"Address": "1.2.3.4"}, "1.2.3.4"),
        ("process", {"CommandLine": "wget  x\n-q", "ProcessId": "1"}, "wget x -q"),
        ("process", {"CommandLine": "", "ImageFile": Entity("file", {"Directory": "/bin", "Name": "sh"})}, "/bin/sh"),
        ("process", {"ProcessId": "0x1"}, "process 0x1"),
        ("file", {"Directory": "c:\\t", "Name": "a.exe"}, "c:\\t\\a.exe"),
        ("filehash", {"Algorithm": "MD5", "Value": "d4"}, "MD5 d4"),
        (
            "registry-value",
            {"Key": Entity("registry-key", {"Hive": "HKLM", "Key": "Run"}), "Name": "x"},
            "HKLM\\Run\\x",
        ),
        ("url", {"Url": "http://a\u202e"}, "http://a<U+202E>"),
        ("malware", {}, "Malware"),
        ("host-logon-session", {"SessionId": "7", "Account": Entity("account", {"Name": "a"})}, "7 a"),
        (
            "network-connection",
            {"SourceAddress": Entity("ip", {"Address": "1.1.1.1"}), "DestinationPort": 80},
            "1.1.1.1 → :80",
        ),
        ("mail-message", {"Subject": "Hi"}, "Hi"),
    ],
)
def test_titles(kind: str, fields: Any, title: Any) -> None:
    assert Entity(kind, fields).title == title


def test_titles_are_short_and_generic_entities_have_one_too() -> None:
    assert len(Entity("process", {"CommandLine": "x" * 100_000}).title) == 200
    assert GenericEntity("mystery-entity", {"X": {"a": 1}, "Y": "y"}).title == "y"
    assert GenericEntity("my\u202estery").label == "my<U+202E>stery"


def test_circles_are_walked_once() -> None:
    host = Entity("host", {"HostName": "a"})
    host.fields["Self"] = host
    process = Entity("process", {"Host": host, "More": [host, Entity("ip", {"Address": "1.1.1.1"})]})
    host.fields["Process"] = process
    assert [entity.kind for entity in process.walk()] == ["process", "host", "ip"]
    assert [name for name, _ in process.children] == ["Host", "More", "More"]
    assert "wget" not in repr(host)
