"""The charts that ``render`` names, as PNG: pixels, in which no text can act.

Roles of columns as the documentation of the ``render`` operator states them
(learn.microsoft.com/kusto/query/render-operator): the first fitting column is x, text columns tell series apart,
numeric columns are y.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from ..models.tables import QueryResult

_SIZE = (9.0, 4.0)
_DPI = 110
_MOST_SERIES = 20
_MOST_BARS = 60
_MOST_SLICES = 12
_LONGEST_LABEL = 40
_LONGEST_TITLE = 120
_NOT_DRAWN = frozenset({"", "table", "none", "null"})


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: its PNG, or None if there is none; its title; and remarks for the reader."""

    png: bytes | None
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What goes where: ``series`` maps a label to the y values over ``x``."""

    x: pd.Series
    x_name: str
    series: Mapping[str, pd.Series]
    stacked: bool


class _Unfit(Exception):
    """The answer has not the columns that the chart needs."""


def draw(result: QueryResult) -> Chart:
    """Draw the first table of ``result`` as its ``render`` asks; a chart that cannot be drawn is a note."""
    options = {key.lower(): value for key, value in (result.render or {}).items()}
    kind = str(options.get("visualization") or "").lower()
    if kind in _NOT_DRAWN:
        return Chart(None)
    painter = _PAINTERS.get(kind)
    if painter is None:
        return Chart(None, notes=(f"render {visible(kind, limit=40)} is not drawn here; the table follows.",))
    frame = result.to_pandas()
    if frame.empty:
        return Chart(None, notes=(f"render {kind}: there are no rows to draw.",))
    notes: list[str] = []
    try:
        plan = _planned(frame, options, kind, notes)
    except _Unfit as reason:
        return Chart(None, notes=(f"render {kind}: {reason}; the table follows.",))
    title = visible(str(options.get("title") or ""), limit=_LONGEST_TITLE)
    return Chart(_painted(plan, painter, options, title), title or kind, tuple(notes))


def _planned(frame: pd.DataFrame, options: Mapping[str, object], kind: str, notes: list[str]) -> _Plan:
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    columns = {str(name): frame.iloc[:, at] for at, name in enumerate(frame.columns)}
    numeric = [n for n, held in columns.items() if is_numeric_dtype(held.dtype) and not is_bool_dtype(held.dtype)]
    times = [name for name, held in columns.items() if is_datetime64_any_dtype(held.dtype)]
    x_name = _x_column(list(columns), times, options, kind)
    wanted = _names(options.get("ycolumns"))
    y_names = [name for name in (wanted or numeric) if name in numeric and name != x_name]
    if not y_names:
        raise _Unfit("it needs a numeric column besides the first")
    split = [name for name in _names(options.get("series")) if name in columns] or [
        name for name in columns if name not in (x_name, *numeric, *times)
    ]
    if kind == "piechart":
        split = []
    series = _series(frame, columns, x_name, y_names, split)
    if len(series[1]) > _MOST_SERIES:
        notes.append(f"The first {_MOST_SERIES} of {len(series[1])} series are drawn.")
    kept = dict(list(series[1].items())[:_MOST_SERIES])
    stacked = str(options.get("kind") or "").lower().startswith("stacked") or kind == "stackedareachart"
    x, cut = series[0], _MOST_SLICES if kind == "piechart" else _MOST_BARS
    if kind in ("piechart", "barchart", "columnchart") and len(x) > cut:
        notes.append(f"The first {cut} of {len(x):,} rows are drawn.")
        x, kept = x.iloc[:cut], {label: held.iloc[:cut] for label, held in kept.items()}
    return _Plan(x, x_name, kept, stacked)


def _x_column(names: Sequence[str], times: Sequence[str], options: Mapping[str, object], kind: str) -> str:
    wanted = str(options.get("xcolumn") or "")
    if wanted in names:
        return wanted
    if kind == "timechart":
        if not times:
            raise _Unfit("it needs a datetime column")
        return times[0]
    return names[0]


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [str(part) for part in value] if isinstance(value, (list, tuple)) else []


def _series(
    frame: pd.DataFrame,
    columns: Mapping[str, pd.Series],
    x_name: str,
    y_names: Sequence[str],
    split: Sequence[str],
) -> tuple[pd.Series, dict[str, pd.Series]]:
    """The x values and, over them, one series for each y column and each combination of the split columns' values."""
    import pandas as pd

    if not split:
        return columns[x_name], {_label(name): columns[name].astype("float64") for name in y_names}
    label = columns[split[0]].astype(str)
    for name in split[1:]:
        label = label + ", " + columns[name].astype(str)
    found: dict[str, pd.Series] = {}
    xs = pd.Series(pd.unique(columns[x_name]))
    for name in y_names:
        long = pd.DataFrame({"x": columns[x_name], "label": label, "y": columns[name].astype("float64")})
        wide = long.pivot_table(index="x", columns="label", values="y", aggfunc="sum", sort=False).reindex(xs)
        for text in wide.columns:
            prefix = f"{name}: " if len(y_names) > 1 else ""
            found[_label(f"{prefix}{text}")] = wide[text].reset_index(drop=True)
    del frame
    return xs, found


def _label(text: str) -> str:
    # Matplotlib leaves labels with a leading underscore out of the legend.
    shown = visible(text, limit=_LONGEST_LABEL).replace("\n", " ")
    return f" {shown}" if shown.startswith("_") else shown


def _painted(plan: _Plan, painter: Callable[[Axes, _Plan], None], options: Mapping[str, object], title: str) -> bytes:
    """The chart as PNG; no text in it is read as mathematics or TeX, and none needs a display."""
    import warnings

    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"text.usetex": False, "text.parse_math": False}), warnings.catch_warnings():
        # a glyph that the font lacks is drawn as a box
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.subplots()
        painter(axes, plan)
        if title:
            axes.set_title(title)
        for name, place in (("xtitle", axes.set_xlabel), ("ytitle", axes.set_ylabel)):
            if options.get(name):
                place(visible(str(options[name]), limit=_LONGEST_TITLE))
        image = BytesIO()
        canvas.print_png(image)
    return image.getvalue()


def _paint_lines(axes: Axes, plan: _Plan) -> None:
    x, order = _ordered(plan.x)
    for label, held in plan.series.items():
        y = held.iloc[order]
        known = y.notna().to_numpy()
        axes.plot(x[known], y[known], label=label, marker="." if known.sum() < 50 else None)
    _finish(axes, plan)


def _paint_areas(axes: Axes, plan: _Plan) -> None:
    x, order = _ordered(plan.x)
    layers = [held.iloc[order].fillna(0).to_numpy() for held in plan.series.values()]
    if plan.stacked:
        axes.stackplot(x, *layers, labels=list(plan.series), alpha=0.8)
    else:
        for label, layer in zip(plan.series, layers, strict=True):
            axes.fill_between(x, layer, alpha=0.4, label=label)
    _finish(axes, plan)


def _paint_points(axes: Axes, plan: _Plan) -> None:
    x, order = _ordered(plan.x)
    for label, held in plan.series.items():
        axes.scatter(x, held.iloc[order], label=label, s=12)
    _finish(axes, plan)


def _paint_columns(axes: Axes, plan: _Plan) -> None:
    _bars(axes.bar, plan)
    axes.set_xticks(range(len(plan.x)), _ticks(plan.x), rotation=45, ha="right")
    _legend(axes, plan)


def _paint_bars(axes: Axes, plan: _Plan) -> None:
    _bars(axes.barh, plan)
    axes.set_yticks(range(len(plan.x)), _ticks(plan.x))
    axes.invert_yaxis()
    if len(plan.series) > 1:
        _legend(axes, plan)
    else:
        axes.set_xlabel(next(iter(plan.series)))


def _bars(bar: Callable[..., object], plan: _Plan) -> None:
    import numpy as np

    places = np.arange(len(plan.x))
    below = np.zeros(len(plan.x))
    width = 0.8 if plan.stacked else 0.8 / max(1, len(plan.series))
    offset_name = "left" if getattr(bar, "__name__", "") == "barh" else "bottom"
    for number, (label, held) in enumerate(plan.series.items()):
        heights = held.fillna(0).to_numpy()
        if plan.stacked:
            bar(places, heights, width, label=label, **{offset_name: below})
            below = below + heights
        else:
            bar(places + (number - (len(plan.series) - 1) / 2) * width, heights, width, label=label)


def _paint_pie(axes: Axes, plan: _Plan) -> None:
    label, held = next(iter(plan.series.items()))
    del label
    sizes = held.fillna(0).clip(lower=0)
    if not sizes.sum():
        axes.text(0.5, 0.5, "nothing above zero", ha="center", va="center")
        return
    # Matplotlib's own percentages; the labels stand beside the slices
    axes.pie(sizes, labels=_ticks(plan.x), autopct="%1.0f%%", startangle=90, counterclock=False)


def _ticks(x: pd.Series) -> list[str]:
    texts = (str(value).removesuffix("+00:00") for value in x)
    return [visible(text, limit=_LONGEST_LABEL).replace("\n", " ") for text in texts]


def _ordered(x: pd.Series) -> tuple[pd.Series, pd.Index]:
    """The x values ascending, times in UTC without a zone, texts as they come; and the order of the rows."""
    import pandas as pd
    from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

    flat = x.reset_index(drop=True)
    if is_datetime64_any_dtype(flat.dtype):
        ordered = flat.sort_values()
        return ordered.dt.tz_convert(None) if ordered.dt.tz is not None else ordered, ordered.index
    if is_numeric_dtype(flat.dtype):
        ordered = flat.astype("float64").sort_values()
        return ordered, ordered.index
    return pd.Series(_ticks(flat)), flat.index


def _finish(axes: Axes, plan: _Plan) -> None:
    from pandas.api.types import is_datetime64_any_dtype

    axes.set_xlabel(_label(plan.x_name) + (" (UTC)" if is_datetime64_any_dtype(plan.x.dtype) else ""))
    axes.grid(visible=True, alpha=0.3)
    if is_datetime64_any_dtype(plan.x.dtype):
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator()
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    else:
        axes.tick_params(axis="x", labelrotation=30)
    _legend(axes, plan)


def _legend(axes: Axes, plan: _Plan) -> None:
    if len(plan.series) > 1:
        axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    else:
        axes.set_ylabel(next(iter(plan.series)))


_PAINTERS: dict[str, Callable[[Axes, _Plan], None]] = {
    "timechart": _paint_lines,
    "linechart": _paint_lines,
    "areachart": _paint_areas,
    "stackedareachart": _paint_areas,
    "scatterchart": _paint_points,
    "columnchart": _paint_columns,
    "barchart": _paint_bars,
    "piechart": _paint_pie,
}
