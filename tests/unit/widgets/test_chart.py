from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from jupyterlab_sentinel.models.tables import Column, QueryResult, Table
from jupyterlab_sentinel.widgets.chart import draw

PNG = b"\x89PNG\r\n\x1a\n"
KINDS = (
    "timechart",
    "linechart",
    "areachart",
    "stackedareachart",
    "scatterchart",
    "columnchart",
    "barchart",
    "piechart",
)
HOURS = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(10)]


def result(columns: dict[str, tuple[str, pa.Array]], **render: Any) -> QueryResult:
    table = Table(
        "PrimaryResult",
        tuple(Column(name, kind) for name, (kind, _) in columns.items()),
        pa.table({name: values for name, (_, values) in columns.items()}),
    )
    return QueryResult((table,), "q", "w", None, None, HOURS[0], 0.1, render=render or None)


def counted(who: list[str], **render: Any) -> QueryResult:
    return result(
        {
            "TimeGenerated": ("datetime", pa.array(HOURS * len(who), pa.timestamp("ns", "UTC"))),
            "who": ("string", pa.array([name for name in who for _ in HOURS])),
            "n": ("long", pa.array(range(10 * len(who)), pa.int64())),
        },
        **render,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_drawn(kind: str) -> None:
    chart = draw(counted(["a", "b"], visualization=kind))
    assert chart.png is not None
    assert chart.png.startswith(PNG)
    assert chart.title == kind


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text", ["$\\frac{a}{$", "$x^2$", "_hidden", "\u202eabc\x1b[31m", "漢字\ud83d", "a\nb", "%s {0}"]
)
def test_text_is_only_text(kind: str, text: str) -> None:
    """Mathematics that does not parse, and markers that hide a series, would fail or change the picture."""
    plain = text.encode("utf-8", "replace").decode()
    chart = draw(counted([plain, "b"], visualization=kind, title=text, xtitle=text, ytitle=text))
    assert chart.png is not None
    assert "\u202e" not in chart.title
    assert "\x1b" not in chart.title


def test_mathematics_is_drawn_as_it_is_written() -> None:
    """If it were read as mathematics, these two titles would look alike."""
    one = draw(counted(["a"], visualization="timechart", title="$a  b$"))
    two = draw(counted(["a"], visualization="timechart", title="$a b$"))
    assert pixels(one.png) != pixels(two.png)


def pixels(png: bytes | None) -> int:
    assert png is not None
    return zlib.crc32(png)


def test_nothing_asked_nothing_drawn() -> None:
    assert draw(counted(["a"])).png is None
    assert draw(counted(["a"], visualization=None, title=None)).png is None
    assert draw(counted(["a"], visualization="table")).notes == ()


@pytest.mark.parametrize("kind", ["card", "anomalychart", "\u202ex"])
def test_an_unknown_kind_is_told(kind: str) -> None:
    chart = draw(counted(["a"], visualization=kind))
    assert chart.png is None
    assert "is not drawn here; the table follows." in chart.notes[0]
    assert "\u202e" not in chart.notes[0]


def test_columns_that_do_not_fit_are_told() -> None:
    text = result({"a": ("string", pa.array(["x"]))}, visualization="barchart")
    assert draw(text).notes == ("render barchart: it needs a numeric column besides the first; the table follows.",)
    numbers = result({"a": ("long", pa.array([1])), "b": ("long", pa.array([1]))}, visualization="timechart")
    assert "needs a datetime column" in draw(numbers).notes[0]


def test_no_rows_are_told() -> None:
    empty = result(
        {"a": ("string", pa.array([], pa.string())), "n": ("long", pa.array([], pa.int64()))}, visualization="piechart"
    )
    assert draw(empty).notes == ("render piechart: there are no rows to draw.",)


def test_what_is_left_out_is_told() -> None:
    many = result(
        {"a": ("string", pa.array([f"v{n}" for n in range(100)])), "n": ("long", pa.array(range(100)))},
        visualization="barchart",
    )
    assert draw(many).notes == ("The first 60 of 100 rows are drawn.",)
    assert (
        "The first 20 of 30 series are drawn."
        in draw(counted([f"s{n}" for n in range(30)], visualization="timechart")).notes
    )


def test_columns_can_be_named() -> None:
    chosen = {"visualization": "linechart", "xcolumn": "who", "ycolumns": "n"}
    assert draw(counted(["a", "b"], **chosen)).png is not None


def test_nulls_are_no_obstacle() -> None:
    holes = result(
        {
            "t": ("datetime", pa.array([HOURS[0], None, HOURS[2]], pa.timestamp("ns", "UTC"))),
            "n": ("real", pa.array([1.0, None, float("nan")])),
        },
        visualization="timechart",
    )
    assert draw(holes).png is not None
