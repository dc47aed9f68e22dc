"""What is an indicator, what is not, and where it stands in the text as it was given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.errors import DataError, LimitError, UsageError
from jupyterlab_sentinel.models.indicators import INDICATOR_TYPES, refang
from jupyterlab_sentinel.services import iocs
from jupyterlab_sentinel.services.iocs import extract_iocs, read_text

SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def values(text: str, *types: Any) -> Any:
    frame = extract_iocs(text, types=types or None)
    return list(zip(frame["type"], frame["value"], strict=True))


def of_type(text: str, kind: str) -> Any:
    return [value for found, value in values(text) if found == kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 185.49.71.101 to", ["185.49.71.101"]),
        ("185.49.71[.]101, 47[.]91[.]56[.]21; 103(.)225(.)168(.)159 31{.}148{.}220{.}53", 4),
        ("89[dot]34[dot]111[dot]113 and 185 [.] 162 [.] 131 [.] 92", ["89.34.111.113", "185.162.131.92"]),
        ("half open 1.1.1[.1 and 2.2.2.]2", ["1.1.1.1", "2.2.2.2"]),
        ("10.0.0.1-10.0.0.9 10.0.0.0/8 1.2.3.4:8080", ["10.0.0.1", "10.0.0.9", "10.0.0.0", "1.2.3.4"]),
        ("host/1.2.3.4 (5.6.7.8) [9.9.9.9] ip=8.8.8.8,", ["1.2.3.4", "5.6.7.8", "9.9.9.9", "8.8.8.8"]),
        ("999.999.999.999 256.1.1.1 1.2.3 01.2.3.4 1.2.3.4.5 v1.2.3.4.5 v1.2.3.4", []),
        ("version 1.2.3.4, FileVersion: 10.0.1.2, build=1.2.3.4", []),
        ("1.3.6.1.4.1.311 \u0661\u0669\u0662.168.1.1 a1.2.3.4", []),
    ],
)
def test_ipv4(text: str, expected: Any) -> None:
    found = of_type(text, "ipv4")
    assert len(found) == expected if isinstance(expected, int) else found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2001:DB8:0:0::1 and [2001:db8::2]:443", ["2001:db8::1", "2001:db8::2"]),
        ("fe80::1%eth0, ::1 ; 1:2:3:4:5:6:7:8.", ["fe80::1", "::1", "1:2:3:4:5:6:7:8"]),
        ("::ffff:192.0.2.1", ["::ffff:192.0.2.1"]),
        ("2001[:]db8[:][:]1", ["2001:db8::1"]),
        ("address 2001:db8::1: down", ["2001:db8::1"]),
        ("12:34:56 2019-02-18T15:29:22 00:11:22:33:44:55 00:11:22:33:44:55:66:77", []),
        ("std::string a::b :: Fac::Add 1:2:3:4:5:6:7:8:9", []),
    ],
)
def test_ipv6(text: str, expected: Any) -> None:
    assert of_type(text, "ipv6") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see evil.com, sub.evil.co.uk.", ["evil.com", "sub.evil.co.uk"]),
        ("evil[.]com evil(.)net evil{.}org evil[dot]info evil [dot] biz evil (dot) ru", 6),
        ("evil\\.com and evil[.]example[.]com", ["evil.com", "evil.example.com"]),
        ("EVIL.COM bücher.de xn--pypal-4ve.com p\u043ertal.azure.com", 4),
        ("_dmarc.evil.com 1.2.3.4.evil.com", ["_dmarc.evil.com", "1.2.3.4.evil.com"]),
        ("onet.pl foo.cc get.helm.sh www.evil.zip update.com.py", 5),
        ("setup[.]py evil[.]zip", ["setup.py", "evil.zip"]),
        ("http://evil.sh/a http://evil.zip http://evil.mov:8080/", ["evil.sh", "evil.zip", "evil.mov"]),
        ("setup.py readme.md scan.sh archive.zip clip.mov main.rs lib.so notes.en.md", []),
        ("id_rsa.pub build.properties app.js index.html report.docx a.b c.d e.g. i.e.", []),
        ("System.IO Microsoft.Network Newtonsoft.Json console.info os.name user.id self.name", []),
        ("/providers/microsoft.network/x C:\\Users\\a.com\\b /var/log/evil.com/x foo.bar.com(", []),
        ("evil.local evil.invalid host.corp 1.5 -evil- first.last@ $x.com", []),
        ("john.name@ a..b a.-b.com", []),
        ("a" * 64 + ".com " + ".".join(["abc"] * 70) + ".com", []),
    ],
)
def test_domains(text: str, expected: Any) -> None:
    found = of_type(text, "domain")
    assert len(found) == expected if isinstance(expected, int) else found == expected


def test_international_names_are_told_in_ascii() -> None:
    assert of_type("bücher.de p\u043ertal.azure.com", "domain") == ["xn--bcher-kva.de", "xn--prtal-jye.azure.com"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hxxp://evil[.]com/a", ["http://evil.com/a"]),
        ("hXXps[:]//EVIL[.]com[/]Path?Q=1#F", ["https://evil.com/Path?Q=1#F"]),
        ("h**p://a[.]com hxxps://b.com fxp://c.com/x hxxp[://]d.com http[:][/][/]e.com", 5),
        ("(http://a.com/x_(y)), 'http://b.com/' <http://c.com> http://d.com/.", 4),
        ("\u201chttp://a.com/x\u201d \xabhttp://b.com\xbb &lt;http://c.com/y&gt; http://d.com/a&b=c", 4),
        ("&quot;http://c.com/y&quot; \u2018http://d.com/z\u2019", ["http://c.com/y", "http://d.com/z"]),
        ("http://a.com,http://b.com;http://c.com", ["http://a.com", "http://b.com", "http://c.com"]),
        ("http://a.com/x_(y) http://b.com/(z", ["http://a.com/x_(y)", "http://b.com/(z"]),
        ('{"u":"http:\\/\\/evil.com\\/a\\/b"}', ["http://evil.com/a/b"]),
        ("http://h.com/x?u=https://in.evil.net/q", ["http://h.com/x?u=https://in.evil.net/q", "https://in.evil.net/q"]),
        ("ftp://u:p@h.com:21/x ldap://l.com/a ws://w.com", 3),
        ("http://[2001:DB8::1]:8080/x", ["http://[2001:db8::1]:8080/x"]),
        ("https://host/reset?token=1 http://evil.example/x", ["https://host/reset?token=1", "http://evil.example/x"]),
        ("http://bücher.de/ü", ["http://xn--bcher-kva.de/ü"]),
        ("http://999.1.1.1/ http:// http://. xhttp://a.com foo://a.com http://a.com:99999/ https://:80/", []),
    ],
)
def test_urls(text: str, expected: Any) -> None:
    found = of_type(text, "url")
    assert len(found) == expected if isinstance(expected, int) else found == expected


def test_a_url_gives_its_host_and_an_email_its_domain_at_their_own_places() -> None:
    text = "get http://23.97.60[.]214/x.sh or ask bad[@]evil[.]com, http://[2001:db8::1]/"
    frame = extract_iocs(text)
    assert [(row.type, row.value, text[row.start : row.end]) for row in frame.itertuples()] == [
        ("url", "http://23.97.60.214/x.sh", "http://23.97.60[.]214/x.sh"),
        ("ipv4", "23.97.60.214", "23.97.60[.]214"),
        ("email", "bad@evil.com", "bad[@]evil[.]com"),
        ("domain", "evil.com", "evil[.]com"),
        ("url", "http://[2001:db8::1]/", "http://[2001:db8::1]/"),
        ("ipv6", "2001:db8::1", "2001:db8::1"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A.B+c@Evil.co.uk", ["a.b+c@evil.co.uk"]),
        ("user[at]evil[dot]com user2 [at] evil [dot] com user3(at)evil.com user4{@}evil.com", 4),
        ("<mailto:x@evil.com> 'y@evil.com'", ["x@evil.com", "y@evil.com"]),
        ("http://u:p@evil.com/ @evil.com a@ a@b a@localhost x@1.2.3.4", []),
        ("x" * 65 + "@evil.com", []),
        ("https://evil.com/?id=victim@contoso.com", ["victim@contoso.com"]),
    ],
)
def test_emails(text: str, expected: Any) -> None:
    found = of_type(text, "email")
    assert len(found) == expected if isinstance(expected, int) else found == expected


def test_adjacent_hashes_are_told_by_length() -> None:
    text = f"{MD5},{SHA1}|{SHA256}\n{'ab' * 64};SHA256={SHA256.upper()} sample_{MD5.replace('d4', 'e5')}.bin"
    assert [kind for kind, _ in values(text)] == ["md5", "sha1", "sha256", "sha512", "md5"]


@pytest.mark.parametrize("text", [MD5[:-1], MD5 + "a", "x" + MD5, "1" * 32, SHA1 + SHA1, "g" * 32])
def test_other_runs_are_no_hashes(text: str) -> None:
    assert values(text, "md5", "sha1", "sha256", "sha512") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "CVE-2021-44228, cve-2014-0160; CVE\u20112020\u20111234",
            ["CVE-2021-44228", "CVE-2014-0160", "CVE-2020-1234"],
        ),
        ("CVE-1899-1234 CVE-2021-12 XCVE-2021-44228 CVE-2021-123456789", []),
    ],
)
def test_cve(text: str, expected: Any) -> None:
    assert of_type(text, "cve") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T1059.001, T1566 and https://attack.mitre.org/techniques/T1547/009/", ["T1059.001", "T1566", "T1547.009"]),
        ("T1059.", ["T1059"]),
        ("AT1059 T10591 T1059.0012 t1059 T2059 T15 2019-02-18T1529", []),
    ],
)
def test_attack_techniques(text: str, expected: Any) -> None:
    assert of_type(text, "attack_technique") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('AS8075 ASN 15169 asn: 3320 ASN8075 "asn": 1234', ["AS8075", "AS15169", "AS3320", "AS1234"]),
        ("AS2 AS4294967296 BAS8075 as 2019 AS0000", []),
    ],
)
def test_asn(text: str, expected: Any) -> None:
    assert of_type(text, "asn") == expected


@pytest.mark.parametrize(
    ("address", "valid"),
    [
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", True),
        ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", True),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", True),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", True),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", True),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", False),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", False),
        ("bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", False),
        ("1111111111111111111111111111", False),
    ],
)
def test_bitcoin_addresses_have_valid_checksums(address: Any, valid: Any) -> None:
    assert of_type(f"pay {address}.", "bitcoin") == (
        [address.lower() if address[0] == "B" else address] if valid else []
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "reg add HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Run /v x",
            "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Run",
        ),
        ("hkcu:\\Software\\X,", "HKEY_CURRENT_USER\\Software\\X"),
        ("HKEY_USERS\\S-1-5-21\\Software", "HKEY_USERS\\S-1-5-21\\Software"),
        ('"HKLM\\\\Software\\\\Run"', "HKEY_LOCAL_MACHINE\\Software\\Run"),
        ('"HKCU\\Software\\My Value"', "HKEY_CURRENT_USER\\Software\\My Value"),
        ("\\REGISTRY\\MACHINE\\SYSTEM\\x", "HKEY_LOCAL_MACHINE\\SYSTEM\\x"),
    ],
)
def test_registry_keys_have_their_hives_full_name(text: str, expected: Any) -> None:
    assert values(text, "registry_key", "windows_path") == [("registry_key", expected)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run C:\\Program Files\\Foo Bar\\evil.exe -arg", ["C:\\Program Files\\Foo Bar\\evil.exe"]),
        ('"C:\\\\Windows\\\\Temp\\\\x.exe"', ["C:\\Windows\\Temp\\x.exe"]),
        ("c:/users/x/a.ps1;", ["c:\\users\\x\\a.ps1"]),
        ("\\\\server\\share\\a.dll %APPDATA%\\x\\y.exe", ["\\\\server\\share\\a.dll", "%APPDATA%\\x\\y.exe"]),
        ("\\Device\\HarddiskVolume3\\Windows\\x.exe", ["\\Device\\HarddiskVolume3\\Windows\\x.exe"]),
        ("C:\\a\\my file.docx C:\\b\\c", ["C:\\a\\my file.docx", "C:\\b\\c"]),
        ("'C:\\Users\\Some One\\x y'", ["C:\\Users\\Some One\\x y"]),
        ("http://a.com/C:/x and\\or C: D:\\ abc:\\def", []),
    ],
)
def test_windows_paths(text: str, expected: Any) -> None:
    assert of_type(text, "windows_path") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wget -O /opt/b; cat /etc/passwd", ["/opt/b", "/etc/passwd"]),
        ('PATH=/usr/bin:/usr/local/bin, "/home/a/.ssh/id_rsa"', ["/usr/bin", "/usr/local/bin", "/home/a/.ssh/id_rsa"]),
        ("file:///etc/shadow", ["/etc/shadow"]),
        ("http://evil.com/tmp/x /index.html and/or 10.0.0.0/24 /tmp a/usr/bin/b", []),
    ],
)
def test_linux_paths(text: str, expected: Any) -> None:
    assert of_type(text, "linux_path") == expected


PIECES = st.sampled_from(
    [
        "hxxp://evil[.]com/a",
        "1.2.3[.]4",
        "user[at]evil[dot]com",
        "evil\\.com",
        " ",
        "\n",
        "[.]",
        "(dot)",
        "http:\\/\\/e.com\\/x",
        "[:]",
        "C:\\a\\b.exe",
        "é",
        "\ud800",
        MD5,
        "HKLM\\a\\b",
        "/etc/x",
        "::1",
        "T1059",
        "@",
        ".",
        "\\",
        "://",
        "https",
        '"',
        "]",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text())
def test_offsets_are_those_of_the_text_as_given(text: str) -> None:
    row: Any
    for row in extract_iocs(text).itertuples():
        assert 0 <= row.start < row.end <= len(text)
        written = refang(text[row.start : row.end]).lower()
        assert row.type in INDICATOR_TYPES
        if (
            row.type in ("ipv4", "md5", "sha1", "sha256", "attack_technique")
            and row.value.lower().startswith("t") is False
        ):
            assert row.value in written


@given(st.lists(PIECES, max_size=20).map("".join))
def test_what_is_found_is_found_again_in_its_defanged_form(text: str) -> None:
    row: Any
    for row in extract_iocs(text, types=["ipv4", "url", "email", "md5"]).itertuples():
        again = extract_iocs(row.defanged, types=[row.type])
        assert row.value in list(again["value"])


def test_each_indicator_once_at_its_first_place() -> None:
    frame = extract_iocs("x 1.2.3.4 y 1[.]2[.]3[.]4")
    assert frame.to_dict("records") == [
        {"type": "ipv4", "value": "1.2.3.4", "defanged": "1[.]2[.]3[.]4", "source": "text", "start": 2, "end": 9}
    ]


def test_nothing_found_keeps_columns_and_types() -> None:
    frame = extract_iocs("nothing here")
    assert list(frame.columns) == ["type", "value", "defanged", "source", "start", "end"]
    assert (len(frame), str(frame["start"].dtype)) == (0, "int64")


def test_frames_name_the_row_and_the_column() -> None:
    frame = pd.DataFrame(
        {"A": ["x 1.2.3.4", None, "1.2.3.4"], "B": [{"ip": "9.9.9.9"}, 5, ["1.2.3.4", "8.8.8.8"]]}, index=[10, 20, 30]
    )
    found = extract_iocs(frame)
    assert list(zip(found["value"], found["source"], found["start"], strict=True)) == [
        ("1.2.3.4", "A[10]", 2),
        ("9.9.9.9", "B[10]", 8),
        ("1.2.3.4", "A[30]", 0),
        ("8.8.8.8", "B[30]", 13),
    ]
    assert list(extract_iocs(frame, columns=["B"], types="ipv4")["source"]) == ["B[10]", "B[30]", "B[30]"]
    assert list(extract_iocs(frame["A"])["source"]) == ["A[10]", "A[30]"]
    assert len(extract_iocs(frame.head(0))) == 0


def test_labels_of_rows_cannot_smuggle_control_characters() -> None:
    found = extract_iocs(pd.Series(["1.2.3.4"], index=["\u202e\x1b"], name="a\x07"))
    assert list(found["source"]) == ["a<U+0007>[<U+202E><U+001B>]"]


@pytest.mark.parametrize(
    ("source", "options", "hint"),
    [
        ("x", {"types": ["ipv5"]}, "ipv"),
        ("x", {"columns": ["a"]}, "Leave"),
        (pd.DataFrame({"Computer": ["x"]}), {"columns": "Computr"}, "Computer"),
        (5, {}, "Series"),
        (["1.2.3.4"], {}, "Series"),
    ],
)
def test_mistakes_are_told_with_the_way_out(source: Any, options: Any, hint: Any) -> None:
    with pytest.raises(UsageError) as caught:
        extract_iocs(source, **options)
    assert hint in caught.value.hint


def test_files(tmp_path: Path) -> None:
    for name, content in [
        ("utf8.txt", b"x 1.2.3.4"),
        ("bom.txt", b"\xef\xbb\xbfx 1.2.3.4"),
        ("utf16.txt", "x 1.2.3.4".encode("utf-16")),
        ("bytes.bin", b"\xff 1.2.3.4 \x00"),
    ]:
        file = tmp_path / name
        file.write_bytes(content)
        row = extract_iocs(file).iloc[0]
        assert (row["value"], row["source"], row["start"]) == ("1.2.3.4", name, 2)


@pytest.mark.parametrize("path", ["missing.txt", "", "\\\\host\\share\\x", "//host/share", "a\0b"])
def test_files_that_cannot_be_read(tmp_path: Path, path: str) -> None:
    with pytest.raises(DataError) as caught:
        read_text(Path(path) if path.startswith(("\\", "/")) or not path else tmp_path / path)
    assert caught.value.hint


@pytest.mark.parametrize("path", ["\\\\host\\share\\x", "//host/share"])
def test_network_shares_are_refused_by_name_before_anything_is_opened(path: str) -> None:
    with pytest.raises(DataError, match="network share"):
        read_text(Path(path))


@pytest.mark.skipif(os.name == "nt", reason="no pipes in the file system there")
def test_pipes_devices_and_giants_are_refused_at_once(tmp_path: Path) -> None:
    pipe, giant = tmp_path / "pipe", tmp_path / "giant"
    os.mkfifo(pipe)
    with giant.open("wb") as file:
        file.truncate(5_000_000_000)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(DataError, match="no regular file"):
            read_text(path)
    with pytest.raises(LimitError, match="5,000 MB"):
        read_text(giant)


def test_texts_above_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iocs, "MAX_CHARACTERS", 1000)
    with pytest.raises(LimitError):
        extract_iocs("x" * 1001)
    with pytest.raises(LimitError):
        extract_iocs(pd.Series([f"{i:0100}" for i in range(11)]))
    assert len(extract_iocs(pd.Series(["1.2.3.4" + "x" * 100] * 100))) == 0


HOSTILE_RUNS = (
    *("a", "a.", ":", "a:", "a@", "a@a.", "http://", "http://a.b/", "://", "1.1.1.1-", "[.]", "a[.]", "a\\.", "\\"),
    *("C:\\", "C:\\a ", "C:\\a b\\", '"C:\\a b', "%abc%\\", "HKLM\\", "HKLM\\a b ", "HKLM\\a\\", "\\\\a\\", "/usr"),
    *("/usr/a", "deadbeef", "AS1", "bc1q", "1", "é.", "((((", "hxxp", "&gt;", "x[", "_.", "-.", "\n", " "),
    "http://a.b/" + ")" * 500,
)


@pytest.mark.parametrize("run", HOSTILE_RUNS, ids=lambda run: run[:12])
def test_hostile_runs_of_300_kb_are_scanned_in_linear_time(run: str) -> None:
    """Quadratic time would take minutes for each, and the suite's time limit would end it."""
    text = run * (300_000 // len(run))
    assert len(extract_iocs(f"{text}\n203.0.113.7")) < 1000
