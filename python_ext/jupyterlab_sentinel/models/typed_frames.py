"""From pandas frames back to typed tables: the KQL type of each column, and its values as Arrow."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from ..errors import UsageError
from .indicators import visible
from .moments import moments
from .tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

_NESTED = (dict, list, tuple)
_INT_BITS = 32


def typed_table(frame: pd.DataFrame, name: str, told: Mapping[str, str]) -> Table:
    """A frame's rows and columns with KQL types. Named levels of its index become columns.

    :param told: KQL types by column, used where the values are still of them.
    :raises UsageError: a column whose values no KQL type holds.
    """
    import pyarrow as pa

    whole = _with_index(frame)
    columns: list[Column] = []
    arrays: list[pa.Array] = []
    for place, label in enumerate(whole.columns):
        column = str(label)
        kind, array = _typed(whole.iloc[:, place], column, told.get(column, ""))
        columns.append(Column(column, kind))
        arrays.append(array)
    if not columns:
        raise UsageError("The frame has no columns.", hint="Save a frame with at least one.")
    fields = [pa.field(column.name, array.type) for column, array in zip(columns, arrays, strict=True)]
    return Table(name, tuple(columns), pa.Table.from_arrays(arrays, schema=pa.schema(fields)))


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    if isinstance(frame.columns, pd.MultiIndex):
        raise UsageError(
            "The frame's columns have more than one level.", hint="Give each a name of its own: frame.columns = [...]"
        )
    if not any(name is not None for name in frame.index.names):
        return frame
    names = [str(name if name is not None else f"level_{place}") for place, name in enumerate(frame.index.names)]
    taken = {str(label) for label in frame.columns}
    double = [name for name in names if name in taken]
    if double:
        raise UsageError(
            f"{visible(double[0])} is both a column and the index.", hint="Rename one: frame.rename_axis(…)"
        )
    return frame.reset_index(names=names)


def _typed(series: pd.Series, column: str, told: str) -> tuple[str, pa.Array]:
    import pyarrow as pa

    kind = _natural(series)
    if not kind:
        raise _no_type(column, str(series.dtype))
    if told and told != kind and _still(series, kind, told):
        kind = told
    try:
        return kind, _MAKERS[kind](series)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, TypeError, ValueError) as error:
        raise _no_type(column, str(error).split("\n", 1)[0]) from error


def _no_type(column: str, why: str) -> UsageError:
    return UsageError(
        f"Column “{visible(column, limit=80)}” cannot be saved: no KQL type holds it ({visible(why, limit=120)}).",
        hint=f"Convert it first, for instance with astype(str), or drop it: frame.drop(columns={column!r})",
    )


def _natural(series: pd.Series) -> str:
    """The KQL type that a series' dtype, or else its values, come to; empty if none does."""
    from pandas.api import types

    dtype = series.dtype
    if types.is_bool_dtype(dtype):
        return "bool"
    if types.is_integer_dtype(dtype):
        bits = getattr(dtype, "itemsize", 8) * 8
        signed = "u" not in str(dtype).lower()
        return "int" if bits < _INT_BITS or (bits == _INT_BITS and signed) else "long"
    if types.is_float_dtype(dtype):
        return "real"
    if types.is_datetime64_any_dtype(dtype):
        return "datetime"
    if types.is_timedelta64_dtype(dtype):
        return "timespan"
    if isinstance(dtype, types.CategoricalDtype):
        return _natural(series.astype(dtype.categories.dtype)) if len(dtype.categories) else "string"
    return _of_values(series) if types.is_object_dtype(dtype) or types.is_string_dtype(dtype) else ""


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "string"),
    (bool, "bool"),
    (int, "long"),
    (float, "real"),
    (Decimal, "decimal"),
    (UUID, "guid"),
    (datetime, "datetime"),
    (date, "datetime"),
    (timedelta, "timespan"),
    (_NESTED, "dynamic"),
)


def _of_values(series: pd.Series) -> str:
    """The type of a column of objects: that of its values, dynamic where JSON values differ, or none."""
    found = {_of_value(value) for value in _values(series) if value is not None}
    if not found:
        return "string"
    if len(found) == 1:
        return found.pop()
    if found <= {"long", "real"}:
        return "real"
    return "dynamic" if found <= {"string", "bool", "long", "real", "dynamic"} else ""


def _of_value(value: object) -> str:
    import numpy as np

    plain = value.item() if isinstance(value, np.generic) else value
    return next((kind for types, kind in _KINDS if isinstance(plain, types)), "")


def _values(series: pd.Series) -> list[object]:
    """Values as Python has them; what pandas takes for missing is None."""
    import pandas as pd

    missing = pd.isna(series).tolist()
    return [None if gone else value for gone, value in zip(missing, series.tolist(), strict=True)]


def _still(series: pd.Series, kind: str, told: str) -> bool:
    """Whether values that look like ``kind`` may as well be the ``told`` type, which an answer gave them."""
    if told in {"dynamic", "decimal"}:
        return kind in {"string", "bool", "long", "real", "dynamic"} if told == "dynamic" else kind == "string"
    empty = not series.notna().any()
    return (kind, told) == ("string", "guid") or (empty and told in _MAKERS and kind == "string")


# --- values ---------------------------------------------------------------------------------------


def _plain(kind: str) -> Callable[[pd.Series], pa.Array]:
    def make(series: pd.Series) -> pa.Array:
        import pyarrow as pa

        arrow = {"bool": pa.bool_(), "int": pa.int32(), "long": pa.int64(), "real": pa.float64()}[kind]
        return pa.array(_values(series) if series.dtype == object else series, arrow, from_pandas=kind != "real")

    return make


def _texts(series: pd.Series) -> pa.Array:
    import pyarrow as pa

    return pa.array([None if value is None else str(value) for value in _values(series)], pa.string())


def _guids(series: pd.Series) -> pa.Array:
    import pyarrow as pa

    return pa.array([None if not value else str(UUID(str(value))) for value in _values(series)], pa.string())


def _decimals(series: pd.Series) -> pa.Array:
    import pyarrow as pa

    return pa.array([value if isinstance(value, Decimal) else None for value in _values(series)])


def _times(series: pd.Series) -> pa.Array:
    """UTC; without a zone it is UTC. Coarser than nanoseconds where those cannot hold it."""
    import pyarrow as pa

    if series.dtype == object:
        series = moments(map(_moment, _values(series)))
    series = series.dt.tz_localize("UTC") if series.dt.tz is None else series.dt.tz_convert("UTC")
    return _in_ticks(pa.array(series), pa.timestamp("ns", "UTC"), pa.timestamp("us", "UTC"))


def _moment(value: object) -> datetime | None:
    import pandas as pd

    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return cast("datetime", pd.Timestamp(cast("Any", value)))


def _spans(series: pd.Series) -> pa.Array:
    import pandas as pd
    import pyarrow as pa

    if series.dtype == object:
        series = pd.Series(pd.to_timedelta(pd.Series(_values(series), dtype=object)))
    return _in_ticks(pa.array(series), pa.duration("ns"), pa.duration("us"))


def _in_ticks(values: pa.Array, fine: pa.DataType, coarse: pa.DataType) -> pa.Array:
    import pyarrow as pa

    try:
        return values.cast(fine)
    except pa.ArrowInvalid:
        return values.cast(coarse)


def _bags(series: pd.Series) -> pa.Array:
    import pyarrow as pa

    return pa.array([None if value is None else _as_json(value) for value in _bag_values(series)], pa.string())


def _bag_values(series: pd.Series) -> Sequence[object]:
    """As the frame has them: whether a list is missing is no question for pandas."""
    import pandas as pd

    values = series.tolist()
    return [None if value is None or value is pd.NA or _is_nan(value) else value for value in values]


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _as_json(value: object) -> str:
    """JSON as the engine writes it: no blanks, letters as they are; what JSON has no number for is a text."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_json_value)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), default=_json_value)


def _json_value(value: object) -> object:
    import numpy as np

    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"a {type(value).__name__} within it")


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


_MAKERS: dict[str, Callable[[pd.Series], pa.Array]] = {
    **{kind: _plain(kind) for kind in ("bool", "int", "long", "real")},
    "string": _texts,
    "guid": _guids,
    "decimal": _decimals,
    "datetime": _times,
    "timespan": _spans,
    "dynamic": _bags,
}
