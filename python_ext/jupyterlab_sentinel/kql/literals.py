r"""Python values as typed KQL literals, exactly or not at all.

A value never reaches a query as text. Strings use the escapes that every engine reads alike, ``\\ \" \n \r \t``;
all other characters stand for themselves. Scalars carry their type (``long(1)``, ``datetime(…Z)``), so that no value
can be read as another. Data types and their ranges: https://learn.microsoft.com/kusto/query/scalar-data-types/
"""

from __future__ import annotations

import enum
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from .ticks import (
    datetime_text,
    datetime_ticks,
    numpy_datetime_ticks,
    numpy_timedelta_ticks,
    pandas_nanoseconds,
    timedelta_ticks,
    timespan_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    import numpy as np
    import pandas as pd

LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1
_SHORT_INTEGERS = ("int8", "int16", "int32", "uint8", "uint16")
MAX_DEPTH = 100
_DECIMAL_DIGITS = 38
_STRING_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def kql_literal(value: object) -> str:
    """``value`` as a KQL literal of the matching type.

    ======================================  =====================================
    str, numpy str, str-based Enum          ``"…"``
    bool / int / float                      ``true`` / ``long(…)`` / ``real(…)``
    Decimal                                 ``decimal(…)``
    datetime, Timestamp, datetime64, date   ``datetime(…Z)``; naive means UTC
    timedelta, Timedelta, timedelta64       ``timespan(d.hh:mm:ss.fffffff)``
    UUID                                    ``guid(…)``
    None, NA / NaT                          ``dynamic(null)`` / ``datetime(null)``
    list, tuple, set, Series, Index, array  ``dynamic([…])``; sets in sorted order
    dict with str keys                      ``dynamic({…})``
    DataFrame                               ``datatable(['column']:type)[…]``; its index is left out
    ======================================  =====================================

    In pandas objects a float NaN means missing and becomes null; elsewhere it is ``real(nan)``.

    :raises TypeError: a type that has no literal.
    :raises ValueError: a value that its KQL type cannot hold exactly: integers beyond 64 bits, times finer than
        100 ns, unpaired surrogates, circular or more than 100 levels deep containers.
    """
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return _datatable(value)
    elements = _elements(value)
    if elements is not None or isinstance(value, dict):
        return f"dynamic({_dynamic(value, ())})"
    return _scalar(value)


def string_literal(text: str) -> str:
    """``text`` as a KQL string; :func:`.lexer.string_value` reads it back.

    :raises ValueError: an unpaired surrogate, which no UTF-8 request can carry.
    """
    plain = str.__str__(text)
    try:
        plain.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(plain[error.start])
        raise ValueError(f"unpaired surrogate U+{code:04X}: cannot be encoded as UTF-8") from None
    return f'"{plain.translate(_STRING_ESCAPES)}"'


def quoted_name(name: str) -> str:
    """A table's or column's name in brackets, whatever characters it has: ``['my column']``.

    :raises ValueError: an unpaired surrogate, a line break, or nothing at all.
    """
    string_literal(name)
    if not name or "\n" in name or "\r" in name:
        raise ValueError("a column needs a name of one line")
    body = name.replace("\\", "\\\\").replace("'", "\\'").replace("\t", "\\t")
    return f"['{body}']"


def _scalar(value: object) -> str:
    if value is None or _is_na(value):
        return "dynamic(null)"
    for write in (_text_or_number, _decimal_or_guid, _time, _numpy_scalar):
        literal = write(value)
        if literal is not None:
            return literal
    raise _refusal(value)


def _text_or_number(value: object) -> str | None:
    """Python's own text and numbers, read through the base classes so that no override has a say."""
    if isinstance(value, str):
        return string_literal(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"long({_long(int.__index__(value))})"
    if isinstance(value, float):
        return f"real({_real(float.__float__(value))})"
    return None


def _decimal_or_guid(value: object) -> str | None:
    if isinstance(value, Decimal):
        return f"decimal({_decimal(value)})"
    if isinstance(value, UUID):
        return f"guid({UUID(int=value.int)})"
    return None


def _time(value: object) -> str | None:
    pandas = sys.modules.get("pandas")
    if pandas is not None and value is pandas.NaT:
        return "datetime(null)"
    if isinstance(value, datetime):
        return f"datetime({datetime_text(datetime_ticks(value, pandas_nanoseconds(value)))})"
    if isinstance(value, date):
        return f"datetime({date(date.year.__get__(value), date.month.__get__(value), date.day.__get__(value))})"
    if isinstance(value, timedelta):
        return f"timespan({timespan_text(timedelta_ticks(value, pandas_nanoseconds(value)))})"
    return None


def _numpy_scalar(value: object) -> str | None:
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.generic):
        return None
    if isinstance(value, numpy.bool_):
        return "true" if value else "false"
    if isinstance(value, (numpy.timedelta64, numpy.datetime64)):
        return _numpy_time(value)
    if isinstance(value, numpy.integer):
        return f"long({_long(int(value))})"
    if isinstance(value, numpy.floating):
        return f"real({_real(_exact_float(value))})"
    return None


def _numpy_time(value: np.timedelta64 | np.datetime64) -> str:
    import numpy as np

    if isinstance(value, np.timedelta64):
        span = numpy_timedelta_ticks(value)
        return "timespan(null)" if span is None else f"timespan({timespan_text(span)})"
    moment = numpy_datetime_ticks(value)
    return "datetime(null)" if moment is None else f"datetime({datetime_text(moment)})"


def _exact_float(value: np.floating) -> float:
    real = float(value)
    if real == real and value != real:  # noqa: PLR0124 - NaN is the one value that differs from itself
        raise ValueError("a float of more than 64 bits does not fit a real; convert it with float() first")
    return real


def _long(value: int) -> str:
    if not LONG_MIN <= value <= LONG_MAX:
        raise ValueError("integer outside int64; bind decimal.Decimal")
    return str(value)


def _real(value: float) -> str:
    text = float.__repr__(value)
    return {"inf": "+inf"}.get(text, text)


def _decimal(value: Decimal) -> str:
    sign, digits, exponent = Decimal.as_tuple(value)
    if not isinstance(exponent, int):
        raise ValueError("non-finite Decimal: a KQL decimal has no NaN and no infinity")  # noqa: TRY004 - the type is right
    places = max(0, -exponent)
    if max(len(digits) + max(0, exponent), places) > _DECIMAL_DIGITS:
        raise ValueError(f"a KQL decimal holds {_DECIMAL_DIGITS} digits; round the Decimal first")
    text = "".join(map(str, digits)) + "0" * max(0, exponent)
    if places:
        text = text.rjust(places + 1, "0")
        text = f"{text[:-places]}.{text[-places:]}"
    return f"-{text}" if sign else text


def _is_na(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and value is pandas.NA


def _refusal(value: object) -> TypeError:
    kind = type(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return TypeError(f"cannot bind {kind.__name__}: bytes: decode or base64 explicitly")
    if isinstance(value, enum.Enum):
        return TypeError("cannot bind an Enum: bind .value of an Enum explicitly")
    return TypeError(
        f"cannot bind a {kind.__name__}: only str, bool, int, float, Decimal, datetime, date, timedelta, UUID, None, "
        "list, tuple, set, dict, Series, Index, array and DataFrame have a KQL literal"
    )


# --- dynamic -------------------------------------------------------------------------------------------------------


def _dynamic(value: object, parents: tuple[int, ...]) -> str:
    """``value`` as it is written inside ``dynamic(…)``; ``parents`` are the ids of the containers around it."""
    elements = _elements(value)
    if elements is None and not isinstance(value, dict):
        return _dynamic_scalar(value)
    if id(value) in parents:
        raise ValueError("circular reference: a container holds itself")
    if len(parents) >= MAX_DEPTH:
        raise ValueError(f"nesting deeper than {MAX_DEPTH}")
    inside = (*parents, id(value))
    if isinstance(value, dict):
        return "{" + ",".join(_members(value, inside)) + "}"
    items = [_dynamic(item, inside) for item in elements or ()]
    if isinstance(value, set | frozenset):
        items = _in_order(_members_of(value) or [], items)
    return f"[{','.join(items)}]"


def _members(bag: dict[object, object], parents: tuple[int, ...]) -> Iterator[str]:
    for key, member in dict.items(bag):
        if not isinstance(key, str):
            raise TypeError(f"cannot bind a dict with a key of type {type(key).__name__}: a property bag has text keys")
        yield f"{string_literal(key)}:{_dynamic(member, parents)}"


def _in_order(members: list[object], items: list[str]) -> list[str]:
    """Sets have no order of their own: numbers by size, everything else by its literal."""
    if all(type(member) in (int, float) for member in members):
        pairs = sorted(zip(members, items, strict=True), key=lambda pair: (float(str(pair[0])), pair[1]))
        return [item for _, item in pairs]
    return sorted(items)


def _dynamic_scalar(value: object) -> str:
    if isinstance(value, Decimal):
        raise TypeError("cannot bind a Decimal inside a list or dict: dynamic has no decimal; use float() or str()")
    literal = _scalar(value)
    if literal == "dynamic(null)" or literal.endswith("(null)"):
        return "null"
    for prefix in ("long(", "real("):
        if literal.startswith(prefix):
            number = literal[len(prefix) : -1]
            return literal if number in ("nan", "+inf", "-inf") else number
    return literal


def _elements(value: object) -> Iterable[object] | None:
    """What a list-like value holds, without asking the value itself; None if it is no list."""
    if (members := _members_of(value)) is not None:
        return members
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.Series | pandas.Index | pandas.api.extensions.ExtensionArray):
        return _pandas_elements(pandas, value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        if value.dtype.names is not None:
            raise TypeError("cannot bind a structured array; bind one of its fields")
        return list(value) if value.ndim else [value[()]]
    return None


def _members_of(value: object) -> list[object] | None:
    if isinstance(value, list):
        return list(list.__iter__(value))
    if isinstance(value, tuple):
        return list(tuple.__iter__(value))
    if isinstance(value, set):
        return list(set.__iter__(value))
    if isinstance(value, frozenset):
        return list(frozenset.__iter__(value))
    return None


def _pandas_elements(pandas: ModuleType, value: pd.Series | pd.Index) -> list[object]:
    if isinstance(value, pandas.MultiIndex):
        return list(value)
    missing = pandas.isna(value)
    return [None if gone else item for item, gone in zip(value, missing, strict=True)]


# --- datatable -----------------------------------------------------------------------------------------------------


def _datatable(frame: pd.DataFrame) -> str:
    names = list(frame.columns)
    if not names:
        raise ValueError("cannot bind a DataFrame without columns")
    seen: set[object] = set()
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"cannot bind a DataFrame with a column named by a {type(name).__name__}: use text")
        if name in seen:
            raise ValueError("cannot bind a DataFrame with two columns of one name")
        seen.add(name)
    columns = [_column(frame.iloc[:, position]) for position in range(len(names))]
    schema = ",".join(f"{quoted_name(name)}:{kind}" for name, (kind, _) in zip(names, columns, strict=True))
    cells = zip(*(literals for _, literals in columns), strict=True)
    return f"datatable({schema})[{','.join(cell for row in cells for cell in row)}]"


def _column(series: pd.Series) -> tuple[str, list[str]]:
    """A column's KQL type and its cells as literals of that type."""
    values = list(_elements(series) or ())
    kind = _dtype_kind(series) or _common_kind(values)
    if kind == "dynamic":
        return kind, [f"dynamic({_dynamic(value, ())})" for value in values]
    null = '""' if kind == "string" else f"{kind}(null)"
    literals = [null if value is None else _scalar(value) for value in values]
    if kind == "int":
        literals = [text.replace("long(", "int(", 1) for text in literals]
    return kind, literals


def _dtype_kind(series: pd.Series) -> str | None:
    """The KQL type of a column whose dtype tells it; None for columns of Python objects."""
    import pandas as pd
    from pandas.api import types

    dtype = series.dtype
    kinds = (
        (types.is_bool_dtype, "bool"),
        (types.is_integer_dtype, "int" if str(dtype).lower() in _SHORT_INTEGERS else "long"),
        (types.is_float_dtype, "real"),
        (types.is_datetime64_any_dtype, "datetime"),
        (types.is_timedelta64_dtype, "timespan"),
    )
    for is_kind, kind in kinds:
        if is_kind(dtype):
            return kind
    return "string" if isinstance(dtype, pd.StringDtype) else None


def _common_kind(values: list[object]) -> str:
    """The one KQL type that all values share, else dynamic; a column of nothing but nulls is text."""
    prefixes = {_kind_of(value) for value in values if value is not None}
    if not prefixes:
        return "string"
    return prefixes.pop() if len(prefixes) == 1 else "dynamic"


def _kind_of(value: object) -> str:
    if _elements(value) is not None or isinstance(value, dict):
        return "dynamic"
    literal = _scalar(value)
    if literal.startswith('"'):
        return "string"
    if literal in ("true", "false"):
        return "bool"
    return literal.partition("(")[0]
