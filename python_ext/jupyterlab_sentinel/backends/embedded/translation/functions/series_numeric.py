"""Functions on series that are computed in Python (see :mod:`...computed.series`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...computed.series import decomposition, elements, filters, gaps, lines, outliers, seasons, statistics
from ...python_functions import python_call, register
from ..casts import to_dynamic
from ..values import NUMERIC, Value
from .registry import Arguments, function
from .several import several

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = "VARCHAR"


def _operand(arguments: Arguments, place: int) -> str:
    """A series, or a number that stands for each of its elements."""
    value = arguments[place]
    if value.type != "dynamic" and value.type not in NUMERIC:
        arguments.fail(f"it takes series of numbers, and this is a {value.type}.")
    return to_dynamic(value).sql


def _typed(arguments: Arguments, place: int, sql_type: str) -> str:
    """An argument in its SQL type; null where it is not given."""
    return f"CAST({arguments.sql(place) if place < len(arguments) else 'NULL'} AS {sql_type})"


def _number_or_null(arguments: Arguments, place: int) -> str:
    if place < len(arguments) and arguments[place].type not in NUMERIC:
        arguments.fail(f"it takes a number, or a null of one, and this is a {arguments[place].type}.")
    return _typed(arguments, place, "DOUBLE")


register("series_pair", elements.each_pair, (_TEXT, _TEXT, _TEXT), _TEXT)
register("series_element", elements.each_element, (_TEXT, _TEXT), _TEXT)


def _binary(name: str) -> None:
    @function(name, takes=("any", "any"))
    def _pair(arguments: Arguments) -> Value:
        sides = _operand(arguments, 0), _operand(arguments, 1)
        return Value(python_call("series_pair", f"'{name}'", *sides), "dynamic")


def _unary(name: str) -> None:
    @function(name, takes=("dynamic",))
    def _element(arguments: Arguments) -> Value:
        return Value(python_call("series_element", f"'{name}'", arguments.sql(0)), "dynamic")


def _whole(name: str, computed: Callable[[str | None], object], result: str, sql_type: str) -> None:
    register(name, computed, (_TEXT,), sql_type)

    @function(name, takes=("dynamic",))
    def _series(arguments: Arguments) -> Value:
        return Value(python_call(name, arguments.sql(0)), result)


for _name in elements.BINARY:
    _binary(_name)
for _name in elements.UNARY:
    _unary(_name)
_whole("series_sum", statistics.total, "real", "DOUBLE")
_whole("series_product", statistics.product, "real", "DOUBLE")
_whole("series_magnitude", statistics.magnitude, "real", "DOUBLE")
_whole("series_fit_line_dynamic", lines.fit_line_bag, "dynamic", _TEXT)
_whole("series_fit_2lines_dynamic", lines.fit_2lines_bag, "dynamic", _TEXT)

register("series_dot_product", statistics.dot_product, (_TEXT, _TEXT), "DOUBLE")
register("series_cosine", statistics.cosine_similarity, (_TEXT, _TEXT, "DOUBLE", "DOUBLE"), "DOUBLE")
register("series_pearson", statistics.pearson_correlation, (_TEXT, _TEXT), "DOUBLE")
register("series_stats_bag", statistics.statistics_bag, (_TEXT, "BOOLEAN"), _TEXT)
register("series_fill_linear", gaps.interpolated, (_TEXT, "DOUBLE", "BOOLEAN", "DOUBLE"), _TEXT)
register("series_fir", filters.moving, (_TEXT, _TEXT, "BOOLEAN", "BOOLEAN"), _TEXT)
register("series_iir", filters.recursive, (_TEXT, _TEXT, _TEXT), _TEXT)
register("series_outliers", outliers.outliers, (_TEXT, _TEXT, "DOUBLE"), _TEXT)
register("series_seasonal", seasons.seasonal, (_TEXT, "BIGINT"), _TEXT)
register("series_forecast", decomposition.forecast, (_TEXT, "BIGINT", "BIGINT", _TEXT, "DOUBLE"), _TEXT)


@function("series_dot_product", takes=("any", "any"))
def _dot_product(arguments: Arguments) -> Value:
    return Value(python_call("series_dot_product", _operand(arguments, 0), _operand(arguments, 1)), "real")


@function("series_cosine_similarity", takes=("dynamic", "dynamic", "number", "number"), required=2)
def _cosine(arguments: Arguments) -> Value:
    magnitudes = _typed(arguments, 2, "DOUBLE"), _typed(arguments, 3, "DOUBLE")
    return Value(python_call("series_cosine", arguments.sql(0), arguments.sql(1), *magnitudes), "real")


@function("series_pearson_correlation", takes=("dynamic", "dynamic"))
def _pearson(arguments: Arguments) -> Value:
    return Value(python_call("series_pearson", arguments.sql(0), arguments.sql(1)), "real")


@function("series_stats_dynamic", takes=("dynamic", "bool"), required=1)
def _stats_bag(arguments: Arguments) -> Value:
    return Value(python_call("series_stats_bag", arguments.sql(0), _typed(arguments, 1, "BOOLEAN")), "dynamic")


@function("series_fill_linear", takes=("dynamic", "any", "bool", "any"), required=1)
def _fill_linear(arguments: Arguments) -> Value:
    constant = _number_or_null(arguments, 3) if len(arguments) > 3 else "0.0"
    given = _number_or_null(arguments, 1), _typed(arguments, 2, "BOOLEAN"), constant
    return Value(python_call("series_fill_linear", arguments.sql(0), *given), "dynamic")


@function("series_fir", takes=("dynamic", "dynamic", "bool", "bool"), required=2)
def _fir(arguments: Arguments) -> Value:
    switches = _typed(arguments, 2, "BOOLEAN"), _typed(arguments, 3, "BOOLEAN")
    return Value(python_call("series_fir", arguments.sql(0), arguments.sql(1), *switches), "dynamic")


@function("series_iir", takes=("dynamic", "dynamic", "dynamic"))
def _iir(arguments: Arguments) -> Value:
    return Value(python_call("series_iir", *(value.sql for value in arguments.values)), "dynamic")


_WITH_TREND = 4
_PERCENTILES = {"": (10, 90), "ctukey": (10, 90)}


@function("series_outliers", takes=("dynamic", "string", "any", "number", "number"), required=1)
def _outliers(arguments: Arguments) -> Value:
    kind = (arguments[1].text if len(arguments) > 1 else "") or ""
    for place, usual in enumerate(_PERCENTILES.get(kind, ()), 3):
        if len(arguments) > place and arguments[place].number != usual:
            arguments.context.refuse(
                arguments.node.at,
                "series_outliers() with percentiles other than 10 and 90",
                "How Kusto scales the scores of others is not published; 'tukey' takes the quartiles.",
            )
    given = _typed(arguments, 1, _TEXT), _number_or_null(arguments, 2)
    return Value(python_call("series_outliers", arguments.sql(0), *given), "dynamic")


def _warn_of_season(arguments: Arguments, place: int) -> None:
    """Say that a season is looked for, where it is not given as a constant."""
    season = arguments[place].constant if place < len(arguments) else seasons.AUTOMATIC
    if not isinstance(season, int) or season == seasons.AUTOMATIC:
        arguments.context.warnings[
            f"{arguments.node.name}() tells a season only where it is beyond doubt, since Kusto does not publish how "
            "it scores one; other series give null and a reason. A season given as a number of bins is exact."
        ] = None


@function("series_seasonal", takes=("dynamic", "whole"), required=1)
def _seasonal(arguments: Arguments) -> Value:
    _warn_of_season(arguments, 1)
    return Value(python_call("series_seasonal", arguments.sql(0), _typed(arguments, 1, "BIGINT")), "dynamic")


@function("series_decompose_forecast", takes=("dynamic", "whole", "whole", "string", "number"), required=2)
def _forecast(arguments: Arguments) -> Value:
    if len(arguments) < _WITH_TREND:
        arguments.context.warnings[
            "series_decompose_forecast() takes the trend 'linefit' where none is given, as its documented example "
            "does; the text beside it says 'avg'."
        ] = None
    _warn_of_season(arguments, 2)
    types = ("BIGINT", "BIGINT", _TEXT, "DOUBLE")
    given = (_typed(arguments, place, sql_type) for place, sql_type in enumerate(types, 1))
    return Value(python_call("series_forecast", arguments.sql(0), *given), "dynamic")


# --- several columns --------------------------------------------------------------------------

_SQL_TYPES = {"real": "DOUBLE", "long": "BIGINT", "dynamic": _TEXT}
_LINE = (("rsquare", "real"), ("slope", "real"), ("variance", "real"), ("rvariance", "real"), ("interception", "real"))
_SEGMENT = ("rsquare", "slope", "interception", "variance", "rvariance")
_COMPLEX = (("real", "dynamic"), ("imag", "dynamic"))
_MODEL = (("whole", "BIGINT"), ("string", _TEXT), ("whole", "BIGINT"), ("number", "DOUBLE"))


def _columns(
    name: str,
    computed: Callable[..., object],
    fields: tuple[tuple[str, str], ...],
    parameters: tuple[tuple[str, str], ...] = (),
    season_at: int | None = None,
) -> None:
    """Declare a function of a series that gives several columns.

    :param parameters: those after the series: the kind that KQL takes, and the SQL type.
    :param season_at: the place of the argument that is the season.
    """
    structure = ", ".join(f"{field} {_SQL_TYPES[kind]}" for field, kind in fields)
    register(name, computed, (_TEXT, *(sql_type for _, sql_type in parameters)), f"STRUCT({structure})")

    @several(name, fields, ("dynamic", *(kind for kind, _ in parameters)), 1)
    def _structure(arguments: Arguments) -> str:
        if season_at is not None:
            _warn_of_season(arguments, season_at)
        rest = (_typed(arguments, place, sql_type) for place, (_, sql_type) in enumerate(parameters, 1))
        return python_call(name, arguments.sql(0), *rest)


_columns(
    "series_stats",
    statistics.statistics,
    (
        *(("min", "real"), ("min_idx", "long"), ("max", "real"), ("max_idx", "long")),
        *(("avg", "real"), ("stdev", "real"), ("variance", "real")),
    ),
    (("bool", "BOOLEAN"),),
)
_columns("series_fit_line", lines.fit_line, (*_LINE, ("line_fit", "dynamic")))
_columns(
    "series_fit_2lines",
    lines.fit_2lines,
    (
        *(("rsquare", "real"), ("split_idx", "long"), ("variance", "real"), ("rvariance", "real")),
        ("line_fit", "dynamic"),
        *((f"{side}_{field}", "real") for side in ("right", "left") for field in _SEGMENT),
    ),
)
_columns(
    "series_fit_poly",
    lines.fit_poly,
    (
        *(("rsquare", "real"), ("coefficients", "dynamic"), ("variance", "real"), ("rvariance", "real")),
        ("poly_fit", "dynamic"),
    ),
    (("dynamic", _TEXT), ("whole", "BIGINT")),
)
_columns("series_fft", filters.transformed, _COMPLEX, (("dynamic", _TEXT),))
_columns("series_ifft", filters.restored, _COMPLEX, (("dynamic", _TEXT),))
_columns(
    "series_decompose",
    decomposition.decomposed,
    (("baseline", "dynamic"), ("seasonal", "dynamic"), ("trend", "dynamic"), ("residual", "dynamic")),
    _MODEL,
    season_at=1,
)
_columns(
    "series_decompose_anomalies",
    decomposition.anomalies,
    (("ad_flag", "dynamic"), ("ad_score", "dynamic"), ("baseline", "dynamic")),
    (("number", "DOUBLE"), *_MODEL[:3], ("string", _TEXT), _MODEL[3]),
    season_at=2,
)
