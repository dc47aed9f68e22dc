"""Functions on series that are computed in Python; documented examples with whole outputs are in test_documented.py."""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import Any, cast

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.failures import query_problem
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError, SentinelError
from jupyterlab_sentinel.ports import QueryRequest
from tests.contract.answers import plain_rows

from .asking import NOW, Opener, columns, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


def one(execution: Execution, expression: str) -> Any:
    """The value of an expression, a dynamic as what its JSON holds."""
    statement = translate(f"print x={expression}", {}, None, None, 0, execution.rows).statements[0]
    try:
        value = execution.rows(statement.sql)[0][0]
    except duckdb.Error as error:
        raise query_problem(error, expression) from error
    return json.loads(str(value)) if statement.columns[0][1] == "dynamic" and value is not None else value


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        # Documented outputs, beside inputs that the articles misprint.
        ("series_acos(dynamic([-1, 0, 1]))", [3.141592653589793, 1.5707963267948966, 0.0]),
        ("series_asin(dynamic([-1, 0, 1]))", [-1.5707963267948966, 0, 1.5707963267948966]),
        ("series_atan(dynamic([-1, 0, 1]))", [-0.7853981633974483, 0.0, 0.7853981633974483]),
        ("series_cos(dynamic([-1, 0, 1]))", [0.5403023058681398, 1.0, 0.5403023058681398]),
        ("series_sin(dynamic([-1, 0, 1]))", [-0.8414709848078965, 0.0, 0.8414709848078965]),
        ("series_tan(dynamic([-1, 0, 1]))", [-1.5574077246549023, 0.0, 1.5574077246549023]),
        # What is no number, and series of different lengths.
        ("series_add(dynamic([1, 'x', true, 4]), dynamic([1, 1, 1]))", [2, None, None, None]),
        ("series_equals(dynamic([1, null, 2.0]), dynamic([1.0, 1, 3]))", [True, None, False]),
        # A number stands for each element.
        ("series_multiply(10, dynamic([1, 2.5]))", [10, 25.0]),
        ("series_subtract(dynamic([5, 7]), 2)", [3, 5]),
        ("series_divide(dynamic([1, -1, 0]), 0)", ["Infinity", "-Infinity", "NaN"]),
        ("series_log(dynamic([0, -1]))", ["-Infinity", "NaN"]),
        ("series_exp(dynamic([1000]))", ["Infinity"]),
        ("series_pow(dynamic([0, -8, 10]), dynamic([-1, 0.5, 400]))", ["Infinity", "NaN", "Infinity"]),
        ("series_abs(series_log(dynamic([0, 1])))", ["Infinity", 0.0]),
        ("series_add(dynamic({'a': 1}), dynamic([1]))", None),
        ("series_abs(dynamic(null))", None),
        ("series_add(1, 2)", None),
        ("series_sign(dynamic([-2, 0, 2.5, null]))", [-1, 0, 1, None]),
        ("series_abs(dynamic([]))", []),
    ],
)
def test_an_element_at_a_time(execution: Execution, call: str, wanted: object) -> None:
    assert one(execution, call) == wanted


def test_whole_numbers_stay_whole_and_within_64_bits(execution: Execution) -> None:
    assert one(execution, "tostring(series_add(dynamic([9007199254740993]), 2))") == "[9007199254740995]"
    with pytest.raises(SentinelError, match="beyond 64 bits"):
        one(execution, "series_multiply(dynamic([9223372036854775807]), 2)")


async def test_a_series_of_datetimes_is_no_series_of_numbers(opened: Opener) -> None:
    kql = "print t=datetime(2024-01-01) | make-series n=count() on t step 1d | extend m=series_add(t, 0)"
    with pytest.raises(SentinelError, match="series of datetimes"):
        await rows(await opened(), kql)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("series_sum(dynamic([1, 2.5]))", 3.5),
        ("series_dot_product(dynamic([1, 'x', 3, 4]), dynamic([2, 2, 2]))", 8.0),
        ("series_dot_product(dynamic([]), dynamic([1]))", None),
        ("series_cosine_similarity(dynamic([3, 4]), dynamic([4, 3]), 5.0, 5.0)", 0.96),
        ("series_cosine_similarity(dynamic([]), dynamic([1]))", None),
        ("series_pearson_correlation(dynamic([1, 2]), dynamic([1, 2, 3]))", None),
        ("series_pearson_correlation(dynamic([1, 2, null]), dynamic([1, 2, 3]))", None),
        ("series_pearson_correlation(dynamic([1, 2, 3]), dynamic([3, 2, 1]))", -1.0),
    ],
)
def test_a_number_for_a_series(execution: Execution, call: str, wanted: object) -> None:
    assert one(execution, call) == pytest.approx(wanted, nan_ok=True)


async def test_statistics(opened: Opener, execution: Execution) -> None:
    backend = await opened()
    got = one(execution, "series_stats_dynamic(dynamic([23, 46, 23, 87, 4, 8, 3, 75, 2, 56, 13, 75, 32, 16, 29]))")
    assert isinstance(got, dict)
    exact = {"min": 2.0, "min_idx": 8, "max": 87.0, "max_idx": 3, "avg": 32.8, "sum": 492.0, "len": 15}
    assert {name: got[name] for name in exact} == exact
    assert got["stdev"] == pytest.approx(28.503633853548269, abs=1e-13)
    assert got["variance"] == pytest.approx(812.45714285714291, abs=1e-12)
    gaps = "print x=dynamic([1, null, 3, 'NaN']) | extend"
    assert (await rows(backend, f"{gaps} (a, b) = series_stats(x)"))[0][1:] == (None, None)
    assert (await rows(backend, f"{gaps} (a, b, c, d, e) = series_stats(x, true)"))[0][1:] == (1.0, 0, 3.0, 2, 2.0)


async def test_several_columns_have_names_given_or_made(opened: Opener) -> None:
    backend = await opened()
    table = "print y=dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30])"
    given = f"{table} | extend (RSquare, Slope, Variance) = series_fit_line(y) | project-away y"
    assert await columns(backend, given) == {"RSquare": "real", "Slope": "real", "Variance": "real"}
    got = (await rows(backend, given))[0]
    assert [math.floor(float(str(cell)) * 1000) / 1000 for cell in got] == [0.982, 2.73, 98.628]
    made = await columns(backend, f"{table} | project (r, s) = series_fit_line(y)")
    assert list(made)[:3] == ["r", "s", "series_fit_line_y_variance"]
    assert made["series_fit_line_y_line_fit"] == "dynamic"
    assert list(await columns(backend, f"{table} | extend series_stats(series_add(y, 1))"))[1] == "series_stats__min"
    assert list(await columns(backend, "print (a, b) = series_fit_line(dynamic([1, 2]))"))[:2] == ["a", "b"]


@pytest.mark.parametrize(
    ("kql", "message"),
    [
        ("print x = 1 + series_stats(dynamic([1]))", "several columns"),
        ("print y = dynamic([1]) | where series_stats(y) > 1", "several columns"),
        ("print y = dynamic([1]) | extend (a, b) = array_length(y)", "takes several names"),
        ("print y = dynamic([1]) | extend (a, b, c, d, e, f, g, h) = series_stats(y)", "gives 7 columns"),
        ("print y = dynamic([1]) | extend series_stats(y, 1, 2)", "takes 1 to 2 arguments"),
        ("print y = series_add('x', 1)", "takes series of numbers"),
        ("print y = series_fill_linear(dynamic([1]), 'x')", "takes a number"),
    ],
)
async def test_what_makes_no_columns(opened: Opener, kql: str, message: str) -> None:
    with pytest.raises(KqlSemanticError, match=message):
        await rows(await opened(), kql)


async def test_a_function_of_the_query_goes_before_one_of_kql(opened: Opener) -> None:
    assert await rows(await opened(), "let series_stats = (x:long) { x + 1 }; print a = series_stats(1)") == [(2,)]


async def test_documented_lines(opened: Opener, execution: Execution) -> None:
    backend = await opened()
    fitted = one(execution, "series_fit_line_dynamic(dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30]))")
    assert isinstance(fitted, dict)
    assert fitted["interception"] == pytest.approx(-1.6667, abs=1e-4)
    assert fitted["rvariance"] == pytest.approx(1.6865, abs=1e-4)
    assert fitted["line_fit"][3] == pytest.approx(9.2564, abs=1e-4)
    # The article's chart: the lines break between the fifth and sixth point.
    y = "dynamic([1, 2.2, 2.5, 4.7, 5.0, 12, 10.3, 10.3, 9, 8.3, 6.2])"
    bag = one(execution, f"series_fit_2lines_dynamic({y})")
    assert isinstance(bag, dict)
    assert bag["split_idx"] == 5
    assert bag["line_fit"][5] == pytest.approx(11.943, abs=1e-3)
    assert bag["right"]["interception"] + bag["right"]["slope"] == pytest.approx(bag["line_fit"][5])
    got = await rows(backend, f"print y={y} | project (r, s) = series_fit_2lines(y) | project s, r=round(r, 4)")
    assert got == [(5, 0.9865)]


async def test_a_polynomial_of_the_first_degree_is_a_line(opened: Opener) -> None:
    kql = """
    print y=dynamic([2, 5, 6, 8, 11, 15])
    | extend (a, b, c, d, e) = series_fit_line(y), (p, q, r, s) = series_fit_poly(y)
    | project x1=round(a - p, 9), x2=round(b - todouble(q[0]), 9), x3=round(e - todouble(q[1]), 9), x4=round(d - s, 9)
    """
    assert await rows(await opened(), kql) == [(0.0, 0.0, 0.0, 0.0)]
    parabola = "print y=dynamic([9, 4, 1, 0]) | extend (r, c) = series_fit_poly(y, dynamic([-3, -2, -1, 0]), 2)"
    got = (await rows(await opened(), f"{parabola} | project c"))[0][0]
    assert got == pytest.approx([1.0, 0.0, 0.0], abs=1e-9)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (
            "series_fill_linear(dynamic([null, 111.0, null, 36.0, 41.0, null, null, 16.0]))",
            [111.0, 111.0, 73.5, 36.0, 41.0, 32.666666666666664, 24.333333333333332, 16.0],
        ),
        ("series_fill_linear(dynamic([null, 111, null, 36, 41, null, null, 16]))", [111, 111, 73, 36, 41, 32, 24, 16]),
        ("series_fill_linear(dynamic([null, 1, null, 3, null]), double(null), false)", [None, 1, 2, 3, None]),
        ("series_fill_linear(dynamic([null, null]))", [0.0, 0.0]),
        ("series_fill_linear(dynamic([null, null]), double(null), true, 3.14159)", [3.14159, 3.14159]),
        ("series_fill_linear(dynamic([null, null]), double(null), true, double(null))", [None, None]),
        ("series_fill_linear(dynamic([0, 4, 0, 8]), 0)", [4, 4, 6, 8]),
        # The article's charts: the spike is smoothed and late, or in its place.
        ("series_fir(dynamic([0, 0, 10, 20, 40, 100, 40]), dynamic([1, 1, 1, 1, 1]))", [0, 0, 2, 6, 14, 34, 42]),
        (
            "series_fir(dynamic([10, 20, 40, 100, 40, 20, 10]), dynamic([1, 1, 1, 1, 1]), true, true)",
            [14, 34, 42, 44, 42, 34, 14],
        ),
        ("series_fir(dynamic([2, 2, 3]), dynamic([1, -1]), false, false)", [2, 0, 1]),
        ("series_fir(dynamic([2, 2, 3]), dynamic([1, -1]))", [2, 0, 1]),
        ("series_fir(dynamic([2, 2, 3]), dynamic([1, -1]), true)", None),
        ("series_fir(dynamic([1, 2, 3, 4]), dynamic([1, 1]), true, true)", [1.5, 2.5, 3.5, 2.0]),
        ("series_iir(dynamic([1, 2, 3, 4]), dynamic([1]), dynamic([1, -1]))", [1, 3, 6, 10]),
        ("series_iir(dynamic([4, 4]), dynamic([1, 1]), dynamic([2]))", [2, 4]),
    ],
)
def test_gaps_and_filters(execution: Execution, call: str, wanted: object) -> None:
    assert one(execution, call) == wanted


async def test_a_transform_and_back(opened: Opener) -> None:
    kql = """
    print y=dynamic([0, 1, 0, -1, 2]) | extend (re, im) = series_fft(y) | extend (back, rest) = series_ifft(re, im)
    | project re=todouble(re[0]), back=series_add(back, 0), rest=series_sum(rest)
    """
    real, back, rest = (await rows(await opened(), kql))[0]
    assert (real, rest) == (pytest.approx(2.0), pytest.approx(0.0, abs=1e-12))
    assert back == pytest.approx([0, 1, 0, -1, 2], abs=1e-12)


# Published with these scores by one who asked how they come about, and confirmed by the function's author.
PUBLISHED = "dynamic([-3, 2.4, 15, 3.9, 5, 6, 4.5, 5.2, 3, 4, 5, 16, 7, 5, 5, 4])"
SCORES = {0: -1.9040785483608571, 1: -0.10021466044004519, 2: 1.3361954725339347, 11: 1.6702443406674186}


def test_published_scores_of_outliers(execution: Execution) -> None:
    wanted = [SCORES.get(place, 0.0) for place in range(16)]
    assert one(execution, f"series_outliers({PUBLISHED})") == pytest.approx(wanted, abs=1e-14)
    assert one(execution, f"series_outliers({PUBLISHED}, 'ctukey', double(null), 10, 90)") == pytest.approx(wanted)
    # Quartiles 3.975 and 5.4.
    tukey = one(execution, f"series_outliers({PUBLISHED}, 'tukey')")
    assert isinstance(tukey, list)
    assert tukey[0] == pytest.approx((-3 - 3.975) / (5.4 - 3.975))
    assert tukey[2] == pytest.approx((15 - 5.4) / (5.4 - 3.975))


def test_gaps_are_no_outliers(execution: Execution) -> None:
    with_gaps = PUBLISHED.replace("[-3", "[null, -1, -3")
    wanted = [0.0, 0.0, *(SCORES.get(place, 0.0) for place in range(16))]
    assert one(execution, f"series_outliers({with_gaps}, 'ctukey', -1)") == pytest.approx(wanted)
    assert one(execution, "series_outliers(dynamic([null, null]))") == [0.0, 0.0]


async def test_scores_whose_scale_is_unknown_are_refused_or_missing_with_a_reason(
    opened: Opener, execution: Execution
) -> None:
    backend = await opened()
    with pytest.raises(KqlUnsupportedError, match="percentiles other than 10 and 90"):
        one(execution, f"series_outliers({PUBLISHED}, 'ctukey', 0, 20, 80)")
    with pytest.raises(SentinelError, match="no 'mukey'"):
        one(execution, f"series_outliers({PUBLISHED}, 'mukey')")
    flat = "print x=series_outliers(dynamic([1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,7]))"
    answer = await backend.run(QueryRequest(flat, now=NOW))
    assert json.loads(answer.tables[0].data.column(0)[0].as_py())[-2:] == [0.0, None]
    assert answer.status == "partial"
    assert "no scale" in answer.reasons[0]


# --- season, trend, anomalies -----------------------------------------------------------------

WEEKLY = """
range t from 1 to 24*7*5 step 1
| extend y = 2*((t * 7919) % 101)/101.0 + iff((t/24)%7>=5, 5.0, 15.0) - (((t%24)/10)*((t%24)/10)) + t/72.0
| extend y=iff(t==150 or t==200 or t==780, y-8.0, y)
| extend y=iff(t==300 or t==400 or t==600, y+8.0, y)
| order by t asc
| summarize y=make_list(y, 10000)
"""


async def test_the_documented_anomalies_are_found(opened: Opener) -> None:
    """The article's example of weekly data with a trend; noise is the same every time here."""
    backend = await opened()
    kql = f"{WEEKLY} | extend (flag, score, base) = series_decompose_anomalies(y, 2.5, -1, 'linefit')"
    answer = await backend.run(QueryRequest(f"{kql} | project flag", now=NOW))
    flags = json.loads(answer.tables[0].data.column(0)[0].as_py())
    assert {place + 1: flag for place, flag in enumerate(flags) if flag} == {
        **dict.fromkeys((150, 200, 780), -1),
        **dict.fromkeys((300, 400, 600), 1),
    }
    assert any("beyond doubt" in str(warning) for warning in answer.statistics["warnings"])  # type: ignore[attr-defined]
    given = f"{WEEKLY} | extend (flag, score, base) = series_decompose_anomalies(y, 2.5, 168, 'linefit')"
    same = await backend.run(QueryRequest(f"{given} | project flag", now=NOW))
    assert json.loads(same.tables[0].data.column(0)[0].as_py()) == flags
    assert "warnings" not in same.statistics


async def test_the_parts_of_a_series(opened: Opener) -> None:
    kql = "print y=dynamic([1, 5, 3, 7, 5, 9, 7, 11]) | extend (b, s, t, r) = series_decompose(y, 2, 'linefit')"
    row = (await rows(await opened(), f"{kql} | project b, s, t, r"))[0]
    base, season, trend, rest = (cast("list[float]", column) for column in row)
    assert season == [4.0, 8.0] * 4  # the median of each phase
    assert trend == pytest.approx([-3.3333, -2.381, -1.4286, -0.4762, 0.4762, 1.4286, 2.381, 3.3333], abs=1e-4)
    assert base == pytest.approx([a + b for a, b in zip(season, trend, strict=True)])
    assert rest == pytest.approx([a - b for a, b in zip([1, 5, 3, 7, 5, 9, 7, 11], base, strict=True)])
    flat = "print y=dynamic([1, 2, 6]) | extend (b, s, t, r) = series_decompose(y, 0) | project b, s, t, r"
    assert await rows(await opened(), flat) == [([3.0] * 3, [0.0] * 3, [3.0] * 3, [-2.0, -1.0, 3.0])]
    none = "print y=dynamic([1, 2, 6]) | extend (b, s, t, r) = series_decompose(y, 0, 'none') | project b, r"
    assert await rows(await opened(), none) == [([0.0] * 3, [1.0, 2.0, 6.0])]


async def test_points_to_test_are_not_learnt_from(opened: Opener, execution: Execution) -> None:
    call = "series_decompose_forecast(dynamic([1, 2, 3, 4, 0, 0]), 2, 0, 'linefit')"
    assert one(execution, call) == pytest.approx([1, 2, 3, 4, 5, 6])
    kql = "print y=dynamic([1, 1, 1, 9]) | extend (b, s, t, r) = series_decompose(y, 0, 'avg', 1) | project b, r"
    assert await rows(await opened(), kql) == [([1.0] * 4, [0.0, 0.0, 0.0, 8.0])]
    answer = await (await opened()).run(
        QueryRequest("print x=series_decompose_forecast(dynamic([1, 2, 3, 4, 0, 0]), 2, 0)", now=NOW)
    )
    assert plain_rows(answer.tables[0]) == [(pytest.approx([1, 2, 3, 4, 5, 6]),)]
    assert "'linefit' where none is given" in str(answer.statistics["warnings"])


async def test_a_season_that_is_not_certain_gives_null_and_a_reason(opened: Opener, execution: Execution) -> None:
    backend = await opened()
    unsure = "dynamic([2, 5, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1])"
    answer = await backend.run(QueryRequest(f"print x=series_seasonal({unsure})", now=NOW))
    assert answer.tables[0].data.column(0).to_pylist() == [None]
    assert answer.status == "partial"
    assert "not certain whether it has a season" in answer.reasons[0]
    with pytest.raises(SentinelError, match="a season from 0"):
        one(execution, f"series_seasonal({unsure}, 99)")


def test_a_season_that_spikes_may_hide_is_not_told_to_be_none(execution: Execution) -> None:
    day = [10, 10, 12, 14, 20, 30, 40, 30, 20, 14, 12, 10]
    plain = day * 10
    spiky = [value + (900 if place in (17, 50, 83) else 0) for place, value in enumerate(plain)]
    assert one(execution, f"series_seasonal(dynamic({plain}))") == [float(value) for value in plain]
    assert one(execution, f"series_seasonal(dynamic({spiky}))") is None
    assert one(execution, f"series_seasonal(dynamic({spiky}), 12)") == [float(value) for value in plain]
    lot = Random(1)  # noqa: S311  # the same noise every time
    noise = [lot.randrange(100) for _ in range(200)]
    assert set(one(execution, f"series_seasonal(dynamic({noise}))")) == {0.0}


async def test_a_series_with_gaps_gives_null_and_a_reason(opened: Opener) -> None:
    answer = await (await opened()).run(
        QueryRequest("print y=dynamic([1, null, 3]) | extend (a, b) = series_fit_line(y)", now=NOW)
    )
    assert [column.to_pylist() for column in answer.tables[0].data.columns[1:]] == [[None], [None]]
    assert answer.status == "partial"
    assert "series_fill_linear" in answer.reasons[0]


async def test_many_series_at_once(opened: Opener) -> None:
    kql = """
    range i from 1 to 300000 step 1
    | extend t = i % 100, k = i / 100
    | make-series n=sum(i) on t from 0 to 100 step 1 by k
    | extend (a, b) = series_fit_line(n), m=series_sum(n)
    | summarize count(), sum(m)
    """
    assert await rows(await opened(), kql) == [(3001, 45000150000.0)]
