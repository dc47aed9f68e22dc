"""KQL as tokens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.kql.lexer import line_and_column, scan, tokenize

KQL_LIKE = st.text(st.sampled_from(list("\"'`~@hH\\/|[](){}.,=!<>0123456789abxT_$ \t\r\n#é")), max_size=60)


def kinds(text: str) -> Any:
    return [(token.kind, token.text) for token in tokenize(text)]


@given(KQL_LIKE | st.text())
def test_every_character_belongs_to_exactly_one_token(text: str) -> None:
    tokens = list(scan(text))
    assert "".join(token.text for token in tokens) == text
    assert [token.start for token in tokens] == [0, *[token.end for token in tokens]][: len(tokens)]
    assert all(token.text for token in tokens)


@given(KQL_LIKE)
def test_a_value_can_be_asked_of_every_token(text: str) -> None:
    assert all(isinstance(token.value, str) for token in scan(text))


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('"a\\"b\\\\"', 'a"b\\'),
        ("'it''s'", None),
        (r"'it\'s'", "it's"),
        (r'"\u0041\x42\103\t\U0001F600"', "ABC\t\U0001f600"),
        ('@"C:\\dir\\"', "C:\\dir\\"),
        ('@"a""b"', 'a"b'),
        ("@'a''b'", "a'b"),
        ('h"secret"', "secret"),
        ("H@'x'", "x"),
        ("```a\n`b```", "a\n`b"),
        ("~~~a ``` b~~~", "a ``` b"),
        ("''", ""),
    ],
)
def test_strings(literal: str, value: Any) -> None:
    tokens = tokenize(literal)
    if value is None:
        assert [token.value for token in tokens] == ["it", "s"]
        return
    assert [(token.kind, token.value, token.closed) for token in tokens] == [("string", value, True)]


@pytest.mark.parametrize(
    "text", ['"open', "'open\\'", '"open\\\\\\"', '@"open""', "```open", "~~~", 'h"', "datetime(2019"]
)
def test_unclosed_literals_say_so(text: str) -> None:
    assert tokenize(text)[-1].closed is False


def test_an_unclosed_string_ends_with_its_line() -> None:
    assert kinds('where a == "x\n| take 5')[-3:] == [("punctuation", "|"), ("name", "take"), ("number", "5")]


def test_comments_and_urls_in_strings() -> None:
    assert kinds('T // "not a string\n| where u == "http://a//b" // end') == [
        ("name", "T"),
        ("punctuation", "|"),
        ("name", "where"),
        ("name", "u"),
        ("punctuation", "=="),
        ("string", '"http://a//b"'),
    ]


@pytest.mark.parametrize(
    "number", ["1", "0x1F", "1.5", "1.", "1e10", "1.5e-3", "7d", "1.5h", "10ms", "1tick", "5microseconds"]
)
def test_numbers(number: Any) -> None:
    assert kinds(f"x {number}") == [("name", "x"), ("number", number)]


def test_ranges_are_not_reals() -> None:
    assert kinds("1..3") == [("number", "1"), ("punctuation", ".."), ("number", "3")]


def test_names() -> None:
    assert kinds("2abc _x $left T1") == [("name", "2abc"), ("name", "_x"), ("name", "$left"), ("name", "T1")]


def test_typed_literals_are_one_token() -> None:
    assert kinds("ago(1d) between (datetime(2019-02-18T15:29:22Z) .. todatetime(x))") == [
        ("name", "ago"),
        ("punctuation", "("),
        ("number", "1d"),
        ("punctuation", ")"),
        ("name", "between"),
        ("punctuation", "("),
        ("literal", "datetime(2019-02-18T15:29:22Z)"),
        ("punctuation", ".."),
        ("name", "todatetime"),
        ("punctuation", "("),
        ("name", "x"),
        ("punctuation", ")"),
        ("punctuation", ")"),
    ]


def test_guids_stand_alone() -> None:
    guid = "11111111-2222-3333-4444-555555555555"
    assert kinds(f"x == {guid}")[-1] == ("literal", guid)


def test_quoted_names_and_indexes() -> None:
    tokens = tokenize("['my col'] = a[\"k\"] + b[0]")
    assert [(t.kind, t.value) for t in tokens if t.kind == "quoted_name"] == [
        ("quoted_name", "my col"),
        ("quoted_name", "k"),
    ]


def test_places_count_lines_from_one_and_columns_from_zero() -> None:
    assert line_and_column("ab\ncd", 4) == (2, 1)


def test_long_strings_and_runs_are_one_token_each() -> None:
    tokens = tokenize('"' + "\\\\" * 50_000 + '" ' + "a" * 100_000)
    assert [token.kind for token in tokens] == ["string", "name"]
