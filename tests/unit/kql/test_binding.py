"""Placeholders: what they may read, where they may stand, and how a mistake is told."""

from __future__ import annotations

import dataclasses
import enum
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.errors import BindingError
from jupyterlab_sentinel.kql.binding import bind, caret, placeholders
from jupyterlab_sentinel.kql.lexer import tokenize
from jupyterlab_sentinel.models.indicators import Indicator


@dataclasses.dataclass
class Record:
    value: str
    inner: object = None

    @property
    def computed(self) -> None:
        raise AssertionError("a property ran")

    def method(self) -> None:
        raise AssertionError("a method ran")


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    value: int


class Struct(msgspec.Struct):
    value: int


class Level(enum.Enum):
    HIGH = "High"


class Watched:
    data = "class attribute"

    def __init__(self) -> None:
        self.value = "instance attribute"

    def __getattr__(self, name: str) -> None:
        raise AssertionError("__getattr__ ran")


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("path", "value", "literal"),
    [
        ("v", "x", '"x"'),
        ("v.key", {"key": 1}, "long(1)"),
        ('v["a key"]', {"a key": 1}, "long(1)"),
        ("v['a\\'b']", {"a'b": 1}, "long(1)"),
        ("v[0]", [7, 8], "long(7)"),
        ("v[-1]", (7, 8), "long(8)"),
        ("v[0]", {0: 5}, "long(5)"),
        ('v.a[0].b["c"].d["e"][1]', {"a": [{"b": {"c": {"d": {"e": [1, 2]}}}}]}, "long(2)"),
        ('v[0].b["c"]', [{"b": {"c": 3}}], "long(3)"),
        ("v[1]", np.array([1, 2]), "long(2)"),
        ("v[1]", pd.Index(["a", "b"]), '"b"'),
        ("v.value", Record("r"), '"r"'),
        ("v.inner.key[0].value", Record("r", {"key": [Slotted(3)]}), "long(3)"),
        ("v.value", Struct(4), "long(4)"),
        ("v.x", Point(1, 2), "long(1)"),
        ("v.value", SimpleNamespace(value=6), "long(6)"),
        ("v.value", Level.HIGH, '"High"'),
        ("v.A", pd.DataFrame({"A": [1, 2]}), "dynamic([1,2])"),
        ('v["A b"]', pd.DataFrame({"A b": ["x"]}), 'dynamic(["x"])'),
        ("v.A[1]", pd.DataFrame({"A": [1, 2]}), "long(2)"),
        ("v.host", pd.Series({"host": "h1"}), '"h1"'),
        ("v[0].value", [Indicator("ipv4", "192.0.2.1")], '"192.0.2.1"'),
        ("v.defanged", Indicator("ipv4", "192.0.2.1"), '"192[.]0[.]2[.]1"'),
    ],
)
def test_paths(path: str, value: Any, literal: str) -> None:
    bound = bind(f"T | where x == {{{{{path}}}}} and {{{{ {path} }}}} != 1", {"v": value})
    assert bound.text == f"T | where x == {literal} and {literal} != 1"
    assert bound.names == ("v",)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("v.computed", Record("r")),
        ("v.method", Record("r")),
        ("v.__class__", Record("r")),
        ("v._private", {"_private": 1}),
        ("v.value", Watched()),
        ("v.data", Watched()),
        ("v.missing", Watched()),
        ("v.upper", "text"),
        ("v.key", {}),
        ("v[3]", [1]),
        ("v[-2]", [1]),
        ("v[0]", "text"),
        ("v[0]", 5),
        ('v["a"]', [1]),
        ("v.C", pd.DataFrame({"A": [1]})),
        ("v[0]", pd.DataFrame({"A": [1]})),
        ("v.A", pd.DataFrame([[1, 2]], columns=["A", "A"])),
        ("v.A[0]", pd.DataFrame({"A": [1, 2]}, index=[5, 6])),
        ("v.shape", pd.DataFrame({"A": [1]})),
        ("v", Record),
        ("v", len),
        ("v", b"bytes"),
        ("__import__", None),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_not_plain_data_is_refused_without_running_it(path: str, value: Any) -> None:
    with pytest.raises(BindingError) as caught:
        bind(f"print {{{{{path}}}}}", {"v": value, "__import__": __import__})
    assert "^" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "expression", ["1+1", "v()", "v.get('x')", "v[i]", "v[1:2]", "", "v ", "f'{v}'", "v if v else 1"]
)
def test_no_expression_is_evaluated(expression: str) -> None:
    text = f"print {{{{{expression}}}}}"
    if expression == "v ":
        assert bind(text, {"v": 1}).text == "print long(1)"
        return
    with pytest.raises(BindingError, match="not a placeholder"):
        bind(text, {"v": 1, "i": 0})


def test_one_pass_a_value_is_never_read_again() -> None:
    hostile = '{{other}}" | union SecurityEvent // {{other}}'
    bound = bind("T | where x == {{v}} and y == {{other}}", {"v": hostile, "other": 1})
    assert [token.value for token in tokenize(bound.text) if token.kind == "string"] == [hostile]
    assert bound.text.endswith("long(1)")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_value_leaves_the_rest_of_the_query_as_it_was(value: Any) -> None:
    before, after = (
        tokenize("T | where x == 1 | take 5"),
        tokenize(bind("T | where x == {{v}} | take 5", {"v": value}).text),
    )
    assert [token.text for token in after if token.start != 15] == [token.text for token in before if token.start != 15]
    assert after[5].value == value


def test_comments_keep_theirs() -> None:
    assert bind("T // {{nothing}}\n| take {{n}}", {"n": 5}).text == "T // {{nothing}}\n| take long(5)"


@pytest.mark.parametrize(
    "text", ['"{{v}}"', "'a {{v}} b'", 'h"{{v}}"', '@"{{v}}"', "```\n{{v}}\n```", "['{{v}}']", "datetime({{v}})"]
)
def test_inside_quotes_they_are_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(BindingError) as caught:
        bind(f"print {text}", {"v": "x"})
    assert "stands inside" in caught.value.message
    assert "Remove the quotes" in caught.value.hint or "alone" in caught.value.hint


def test_braces_that_are_no_placeholder_stay_in_strings_and_bags() -> None:
    text = 'print "{{ 1 }}", dynamic({"a":{"b":1}})'
    assert bind(text, {}).text == text


def test_an_unknown_name_is_told_with_its_place_and_its_neighbours() -> None:
    with pytest.raises(BindingError) as caught:
        bind("SecurityAlert\n| where Entities has {{adress}}", {"address": 1, "unrelated": 2})
    assert "There is no variable adress." in caught.value.message
    line, mark = caught.value.message.split("\n")[1:]
    assert line == "   2 | | where Entities has {{adress}}"
    assert mark.index("^") == line.index("{{")
    assert mark.count("^") == len("{{adress}}")
    assert caught.value.hint == "Did you mean address?"


def test_carets_are_safe_to_show() -> None:
    shown = caret("a\u202eb\x1b[2J{{x}}", 1, 7, 5)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    line, mark = shown.split("\n")
    assert line[mark.index("^") :].startswith("{{x}}")


def test_carets_cut_long_lines_around_the_place() -> None:
    line, mark = caret("x" * 5000 + "{{y}}" + "z" * 5000, 1, 5000, 5).split("\n")
    assert len(line) < 200
    assert line[mark.index("^") :].startswith("{{y}}")


def test_a_place_that_does_not_exist_has_no_caret() -> None:
    assert caret("one line", 2, 0) == ""


def test_origin_leads_back_to_the_text_as_written() -> None:
    text = "T | where a == {{long_name}} and b == {{v}} | tale 5"
    bound = bind(text, {"long_name": 1, "v": "a long value"})
    assert bound.origin(bound.text.index("tale")) == text.index("tale")
    assert bound.origin(bound.text.index("a long")) == text.index("{{v}}")
    assert bound.origin(2) == 2
    assert bind("T", {}).origin(1) == 1


def test_names_wanted() -> None:
    assert placeholders('T | where a == {{x.y}} // {{no}}\n| where b in ({{z[0]}}, {{x}}) and c == "{{s}}"') == (
        "x",
        "z",
    )


def test_names_of_the_interpreter_are_refused_whatever_they_hold() -> None:
    with pytest.raises(BindingError, match="not for queries"):
        bind("print {{__secret}}", {"__secret": "plain text"})
    assert bind("print {{_}}", {"_": 1}).text == "print long(1)"
