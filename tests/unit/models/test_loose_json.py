"""JSON of others, read as far as it goes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.models.loose_json import MAX_DEPTH, MAX_NODES, limited, read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def depth_of(value: Any) -> Any:
    deepest, waiting = 0, [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(item, dict | list):
            waiting += [(inner, depth + 1) for inner in (item.values() if isinstance(item, dict) else item)]
    return deepest


@given(VALUES.filter(lambda value: not isinstance(value, str)))
def test_whole_json_is_read_exactly(value: Any) -> None:
    reading = read_json(json.dumps(value))
    assert (reading.value, reading.problems) == (value, [])


@given(VALUES.filter(lambda value: isinstance(value, list | dict)), st.data())
def test_cut_json_keeps_what_stands_before_the_cut_and_says_so(value: Any, data: Any) -> None:
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    reading = read_json(cut)
    assert any("truncated" in problem or "JSON" in problem for problem in reading.problems)
    assert isinstance(reading.value, type(value))


@given(st.text() | st.text(st.sampled_from("[]{}\",:\\ntrue1e-5.'\n "), max_size=80))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    reading = read_json(text)
    assert depth_of(reading.value) <= MAX_DEPTH + 1


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        ('[{"a":1', [{"a": 1}], "ends too early"),
        ('{"a":"b', {"a": "b"}, "ends too early"),
        ('{"a":', {}, "ends too early"),
        ("[{'Type':'ip','x':None,'y':True}]", [{"Type": "ip", "x": None, "y": True}], "not strict JSON"),
        ('{"a" 1}', {}, "without a value"),
        ("[1] 2", [1], "more text"),
        ("]", None, "closing"),
        ("H4sI==", "H4sI==", "not JSON"),
        ('{"a":1,"a":2}', {"a": 2}, "twice"),
    ],
)
def test_faults_are_named_and_the_rest_is_kept(text: str, value: Any, problem: Any) -> None:
    reading = read_json(text)
    assert reading.value == value
    assert problem in " ".join(reading.problems)


def test_numbers_that_json_does_not_have_are_text() -> None:
    assert read_json("[NaN,Infinity,-Infinity]").value == ["NaN", "Infinity", "-Infinity"]


def test_json_in_json_is_unwrapped() -> None:
    assert read_json(json.dumps(json.dumps(json.dumps([{"a": 1}])))).value == [{"a": 1}]


@pytest.mark.parametrize("count", [100, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_limited_without_recursion(count: Any, opening: Any, closing: Any) -> None:
    reading = read_json(opening * count + "1" + closing * count)
    assert depth_of(reading.value) <= MAX_DEPTH
    assert reading.problems == [f"truncated: more than {MAX_DEPTH} levels"]


@pytest.mark.parametrize(
    "text", [json.dumps(list(range(50_000))), json.dumps({str(n): n for n in range(50_000)}), "[1," * 20_000]
)
def test_the_number_of_values_is_limited(text: str) -> None:
    reading = read_json(text)
    assert reading.problems
    assert "truncated" in reading.problems[0]
    assert len(str(reading.value)) < 20 * MAX_NODES


def test_objects_of_a_client_are_limited_too() -> None:
    value: list = []
    for _ in range(50_000):
        value = [value]
    assert limited(value).problems == [f"truncated: more than {MAX_DEPTH} levels"]
    assert limited({"a": (1, {"b": [2]})}).value == {"a": [1, {"b": [2]}]}
