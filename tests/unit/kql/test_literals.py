"""Values as literals: the recorded cases, and the property that no text escapes its quotes."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
import subprocess
import sys
import uuid
import zoneinfo
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import duckdb_kql
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.kql.lexer import tokenize
from jupyterlab_sentinel.kql.literals import kql_literal, quoted_name

DATA = Path(__file__).parents[2] / "data" / "kql-literals.json"
CASES = json.loads(DATA.read_text(encoding="utf-8"))["cases"]
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


class EvilStr(str):
    __slots__ = ()

    def __str__(self) -> Any:
        return '"; drop //'

    def __format__(self, spec: Any) -> Any:
        return '"; drop //'

    def replace(self, *_: Any) -> Any:
        return '"; drop //'

    def translate(self, _: Any) -> Any:
        return '"; drop //'

    def encode(self, *_: Any) -> Any:
        return b""


class EvilFloat(float):
    def __repr__(self) -> Any:
        return "1) | drop"

    __str__ = __repr__


class EvilDT(dt.datetime):
    def isoformat(self, *_: Any) -> Any:
        return "x) | drop"

    __str__ = __repr__ = isoformat

    @property
    def year(self) -> Any:
        return 1


class EvilObj:
    def __str__(self) -> str:
        raise AssertionError("called")

    __repr__ = __str__


class Sev(str, enum.Enum):  # noqa: UP042 - the mixed form is what the case is about
    HIGH = "High"


class IE(enum.IntEnum):
    ONE = 1


class Plain(enum.Enum):
    A = "a"


def deep(depth: int) -> Any:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def cyc() -> Any:
    bag: dict = {}
    bag["self"] = bag
    return bag


# The values that the cases name; written out, so that a test never evaluates text.
VALUES = {
    "KQL-S01": "plain",
    "KQL-S03": 'say "hi"',
    "KQL-S05": "both ' and \"",
    "KQL-S07": "ends with \\",
    "KQL-S09": "a\nb",
    "KQL-S11": "a\tb",
    "KQL-S13": '"; SecurityEvent | take 10 //',
    "KQL-S15": "```",
    "KQL-S17": "~~~ | union SecurityEvent //",
    "KQL-S19": 'x"" | union T //',
    "KQL-S21": "http://evil.example/a//b?c=1",
    "KQL-S23": '{user} {0} {{x}} {__import__("os")}',
    "KQL-S25": "%s %(x)s %d",
    "KQL-S27": "\x1b[2J\x1b]8;;http://evil.example\x07x",
    "KQL-S29": "a\u2028b\u2029c\u0085d",
    "KQL-S31": "\u200b\u200d\u2060\ufeff",
    "KQL-S33": "\U0001f600 \U0001f468\u200d\U0001f4bb",
    "KQL-S35": "\ud800",
    "KQL-S37": "\uff02 | union T //",
    "KQL-S39": "let x = 1; ",
    "KQL-S41": "true",
    "KQL-S43": "dynamic([1])",
    "KQL-S45": 'a\\"b',
    "KQL-S47": "A" * 65536,
    "KQL-S49": "\\" * 4999,
    "KQL-S51": EvilStr("safe"),
    "KQL-S53": Sev.HIGH,
    "KQL-S55": "*/ | union T /*",
    "KQL-S57": " leading and trailing ",
    "KQL-N01": 0,
    "KQL-N03": 2**31,
    "KQL-N05": -(2**63),
    "KQL-N07": 10**40,
    "KQL-N09": IE.ONE,
    "KQL-N11": np.uint64(2**64 - 1),
    "KQL-N13": True,
    "KQL-N15": np.bool_(True),
    "KQL-N16": 1.5,
    "KQL-N18": 1e22,
    "KQL-N20": -0.0,
    "KQL-N22": float("nan"),
    "KQL-N24": float("-inf"),
    "KQL-N26": EvilFloat(2.5),
    "KQL-N28": Decimal("1.10"),
    "KQL-N30": Decimal("NaN"),
    "KQL-N31": 1 + 2j,
    "KQL-N32": None,
    "KQL-N34": pd.NaT,
    "KQL-N36": np.timedelta64("NaT"),
    "KQL-N37": uuid.UUID(int=1),
    "KQL-T01": dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC),
    "KQL-T03": dt.datetime(2026, 3, 29, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    "KQL-T05": dt.datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - naive on purpose
    "KQL-T07": dt.datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001 - likewise
    "KQL-T09": dt.date(2026, 1, 2),
    "KQL-T11": pd.Timestamp("2026-01-02T03:04:05.1234567Z"),
    "KQL-T13": EvilDT(2026, 1, 2),
    "KQL-T15": dt.time(1, 2, 3),
    "KQL-T16": dt.timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=5),
    "KQL-T18": dt.timedelta(0),
    "KQL-T20": pd.Timedelta("1 days 00:00:00.0000001"),
    "KQL-T22": np.timedelta64(90, "m"),
    "KQL-C01": ["a", "b"],
    "KQL-C03": ['x"] ) | union T //', "y'", "z\\\\"],
    "KQL-C05": ("10.0.0.1", "10.0.0.2"),
    "KQL-C07": frozenset([3, 1, 2]),
    "KQL-C09": pd.Series([1, 2, 3]),
    "KQL-C11": pd.Series(pd.to_datetime(["2026-01-02T03:04:05Z"])),
    "KQL-C13": np.array([1, 2]),
    "KQL-C15": ["x"] * 200_000,
    "KQL-C17": deep(2000),
    "KQL-C19": ["a\u2028b", "\x00", "\ud83d\ude00"],
    "KQL-C21": pd.Series(["x", "y"], dtype="category"),
    "KQL-C23": (i for i in range(3)),
    "KQL-D01": {"a": 1, "b": [1, 2]},
    "KQL-D03": {},
    "KQL-D05": cyc(),
    "KQL-D07": {"__proto__": 1, "constructor": 2},
    "KQL-R01": b"x' | union T //",
    "KQL-R03": EvilObj(),
    "KQL-R05": int,
    "KQL-R07": Plain.A,
    "KQL-R09": ...,
}
# The recorded literal reads 90 minutes of nanoseconds as seconds: 62,500,000 days, more than a timespan holds.
CORRECTED = {"KQL-T22": "timespan(0.01:30:00.0000000)"}


def test_every_recorded_case_is_covered() -> None:
    assert set(VALUES) == {case["id"] for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded_case(case: dict[str, Any]) -> None:
    value = VALUES[case["id"]]
    if case["expect"] == "error":
        with pytest.raises((TypeError, ValueError)) as caught:
            kql_literal(value)
        assert case["error"] in str(caught.value)
        return
    literal = kql_literal(value)
    if case["literal"] is None:
        assert len(literal) == case["literal_length"]
        assert hashlib.sha256(literal.encode()).hexdigest() == case["literal_sha256"]
    else:
        assert literal == CORRECTED.get(case["id"], case["literal"])


def test_a_refused_generator_is_not_consumed() -> None:
    numbers = (i for i in range(3))
    with pytest.raises(TypeError):
        kql_literal(numbers)
    assert list(numbers) == [0, 1, 2]


@given(TEXT)
def test_any_text_comes_back_as_itself_in_one_token(text: str) -> None:
    tokens = tokenize(kql_literal(text), trivia=True)
    assert [(token.kind, token.closed, token.value) for token in tokens] == [("string", True, text)]


@given(TEXT, TEXT)
def test_neighbours_of_a_text_stay_what_they_are(text: str, other: str) -> None:
    tokens = tokenize(f"print a = {kql_literal(text)}, b = {kql_literal(other)} // end")
    assert [token.value for token in tokens] == ["print", "a", "=", text, ",", "b", "=", other]


@given(TEXT)
def test_only_the_five_shared_escapes_are_written(text: str) -> None:
    literal = kql_literal(text)
    after = [literal[at + 1] for at, char in enumerate(literal[1:-1], 1) if char == "\\" and _escapes(literal, at)]
    assert set(after) <= set('\\"nrt')


def _escapes(literal: str, at: int) -> Any:
    run = len(literal[:at]) - len(literal[:at].rstrip("\\"))
    return run % 2 == 0


@given(TEXT.filter(lambda text: text and "\n" not in text and "\r" not in text))
def test_any_column_name_is_one_token(name: str) -> None:
    tokens = tokenize(quoted_name(name), trivia=True)
    assert [(token.kind, token.value) for token in tokens] == [("quoted_name", name)]


@given(st.integers(-(2**63), 2**63 - 1))
def test_longs(number: Any) -> None:
    assert kql_literal(number) == f"long({number})"


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_datetimes_are_the_same_moment(moment: Any) -> None:
    utc = moment if moment.tzinfo is None else None
    try:
        utc = utc or moment.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError:
        with pytest.raises(ValueError, match="years 1 to 9999"):
            kql_literal(moment)
        return
    assert kql_literal(moment) == f"datetime({utc.isoformat(timespec='microseconds')}0Z)"


@given(st.timedeltas(min_value=dt.timedelta(days=-10675198), max_value=dt.timedelta(days=10675198)))
def test_timespans_add_up(span: Any) -> None:
    text = kql_literal(span).removeprefix("timespan(").removesuffix(")")
    sign = -1 if text.startswith("-") else 1
    days, _, clock = text.lstrip("-").partition(".")
    hours, minutes, seconds = clock.split(":")
    whole, _, fraction = seconds.partition(".")
    ticks = ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(whole)
    assert sign * (ticks * 10**7 + int(fraction)) == (span // dt.timedelta(microseconds=1)) * 10


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (float("inf"), "real(+inf)"),
        (np.float32(0.5), "real(0.5)"),
        (np.float64(1.5), "real(1.5)"),
        (np.int8(-3), "long(-3)"),
        (np.str_('a"b'), '"a\\"b"'),
        (np.datetime64("2026-01-02"), "datetime(2026-01-02T00:00:00.0000000Z)"),
        (np.datetime64("2026-01-02T03:04:05.123456700"), "datetime(2026-01-02T03:04:05.1234567Z)"),
        (np.datetime64("1950"), "datetime(1950-01-01T00:00:00.0000000Z)"),
        (np.datetime64("NaT"), "datetime(null)"),
        (pd.NA, "dynamic(null)"),
        (pd.Timestamp("2026-01-02T03:04:05+02:00"), "datetime(2026-01-02T01:04:05.0000000Z)"),
        (pd.Timedelta(-1, "h"), "timespan(-0.01:00:00.0000000)"),
        (Decimal("-12E+3"), "decimal(-12000)"),
        (Decimal("1E-7"), "decimal(0.0000001)"),
        (pd.Index(["a", "b"]), 'dynamic(["a","b"])'),
        (pd.Series([1.5, float("nan")]), "dynamic([1.5,null])"),
        (pd.Series([1, None], dtype="Int64"), "dynamic([1,null])"),
        (np.array([[1, 2], [3, 4]]), "dynamic([[1,2],[3,4]])"),
        (np.array(5), "dynamic([5])"),
        ([float("nan"), float("inf")], "dynamic([real(nan),real(+inf)])"),
        ([True, None, 1.0], "dynamic([true,null,1.0])"),
        ([None, pd.NaT, dt.date(2026, 1, 2)], "dynamic([null,null,datetime(2026-01-02)])"),
        ({"b", "a"}, 'dynamic(["a","b"])'),
        ({10, 9, 1.5}, "dynamic([1.5,9,10])"),
        ({'k"': {"x": [uuid.UUID(int=1)]}}, 'dynamic({"k\\"":{"x":[guid(00000000-0000-0000-0000-000000000001)]}})'),
    ],
)
def test_further_values(value: Any, literal: str) -> None:
    assert kql_literal(value) == literal


@pytest.mark.parametrize(
    "value",
    [
        np.timedelta64(3, "M"),
        np.timedelta64(5),
        np.timedelta64(1, "ns"),
        np.datetime64("2026-01-02T03:04:05.123456789"),
        pd.Timestamp("2026-01-02T03:04:05.123456789Z"),
        dt.timedelta.max,
        dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        Decimal("1e39"),
        Decimal("1e-39"),
        Decimal("Infinity"),
        [Decimal("1.1")],
        {1: "a"},
        {"a": b"x"},
        range(3),
        np.bytes_(b"x"),
        np.complex64(1),
        np.array([(1, 2)], dtype=[("a", int), ("b", int)]),
        pd.DataFrame(),
        pd.DataFrame([[1]]),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({"a\nb": [1]}),
        kql_literal,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_exact_literal_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        kql_literal(value)


def test_a_list_inside_itself_is_named_as_circular() -> None:
    value: list = [1]
    value.append(value)
    with pytest.raises(ValueError, match="circular"):
        kql_literal(value)


def test_the_same_list_twice_is_not_circular() -> None:
    inner = [1]
    assert kql_literal([inner, inner]) == "dynamic([[1],[1]])"


def test_frame_becomes_a_datatable_with_typed_columns() -> None:
    frame = pd.DataFrame(
        {
            "text": ["a", None],
            "my 'col'": pd.array([1, None], dtype="Int64"),
            "short": pd.array([1, None], dtype="Int32"),
            "real": [1.5, float("nan")],
            "flag": pd.array([True, None], dtype="boolean"),
            "when": pd.Series(["2026-01-02T03:04:05.1234567Z", None], dtype="datetime64[ns, UTC]"),
            "span": [pd.Timedelta("1h"), pd.NaT],
            "bag": [{"a": 1}, None],
            "price": [Decimal("1.10"), None],
            "id": [uuid.UUID(int=1), None],
            "mixed": ["a", 1],
            "empty": [None, None],
        }
    )
    literal = kql_literal(frame)
    schema, _, rows = literal.partition(")[")
    assert schema == (
        "datatable(['text']:string,['my \\'col\\'']:long,['short']:int,['real']:real,['flag']:bool,['when']:datetime,"
        "['span']:timespan,['bag']:dynamic,['price']:decimal,['id']:guid,['mixed']:dynamic,['empty']:string"
    )
    assert rows == (
        '"a",long(1),int(1),real(1.5),true,datetime(2026-01-02T03:04:05.1234567Z),timespan(0.01:00:00.0000000),'
        'dynamic({"a":1}),decimal(1.10),guid(00000000-0000-0000-0000-000000000001),dynamic("a"),"",'
        '"",long(null),int(null),real(null),bool(null),datetime(null),timespan(null),'
        'dynamic(null),decimal(null),guid(null),dynamic(1),""]'
    )


def test_frame_without_rows_keeps_its_columns() -> None:
    assert kql_literal(pd.DataFrame({"a": pd.Series([], dtype="Int64")})) == "datatable(['a']:long)[]"


STRINGS = [case["id"] for case in CASES if case["category"] == "string" and case["expect"] == "literal"]


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize("case_id", STRINGS)
def test_the_embedded_engine_reads_the_same_text_and_keeps_the_query_as_it_is(connection: Any, case_id: str) -> None:
    value = VALUES[case_id]
    relation = duckdb_kql.query(connection, f"print a=1, x={kql_literal(value)}, m='end'")
    assert relation.columns == ["a", "x", "m"]
    assert relation.fetchall() == [(1, getattr(value, "value", value), "end")]


def test_binding_plain_values_loads_neither_pandas_nor_numpy() -> None:
    program = (
        "import sys; from jupyterlab_sentinel.kql.binding import bind; "
        "bind('print {{a}}', {'a': [1, 'x', None]}); "
        "sys.exit(', '.join(m for m in ('pandas', 'numpy', 'pyarrow') if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
