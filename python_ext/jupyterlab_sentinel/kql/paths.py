"""What a placeholder's path may read: data that lies there, never code that runs.

An attribute is a dict's key, a frame's column, or a declared field: of a dataclass, a msgspec struct, a namedtuple
or a ``SimpleNamespace``. A class of this package may declare computed attributes that are safe to read in
``__kql_attributes__``. Methods, properties of other classes and names with a leading underscore are refused.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import inspect
import sys
import types
from typing import TYPE_CHECKING, Literal

from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

_SHOWN = 60
_MEMBERS = (types.MemberDescriptorType, types.GetSetDescriptorType)


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: an attribute's name, a key, or a position."""

    kind: Literal["attribute", "key", "index"]
    name: str | int


class PathError(LookupError):
    """A step that leads nowhere or that may not be taken."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def follow(value: object, name: str, steps: Iterable[Step]) -> object:
    """What the path ``name`` plus ``steps`` reaches from ``value``.

    :raises PathError: nothing there, or not plain data; says so in the words of the path.
    """
    path = name
    for step in steps:
        if step.kind == "attribute":
            value = _attribute(value, str(step.name), path)
            path = f"{path}.{step.name}"
        else:
            value = _item(value, step.name, path)
            path = f"{path}[{step.name!r}]"
    return value


def _attribute(value: object, name: str, path: str) -> object:
    if name.startswith("_"):
        raise PathError(f"{name} of {path} is private.", "Names that start with an underscore cannot be bound.")
    if isinstance(value, dict):
        return _key(value, name, path)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return _frame_column(value, name, path)
    if pandas is not None and isinstance(value, pandas.Series):
        return _series_item(value, name, path)
    fields = _fields(value)
    if name in fields:
        return fields[name]
    if name in _declared(type(value)):
        return getattr(value, name)
    kind = type(value).__name__
    known = sorted({*fields, *_declared(type(value))})
    if not known and inspect.getattr_static(value, name, None) is None:
        raise PathError(
            f"{path}, a {kind}, has no data named {name}.", "Assign what you need to a variable of its own."
        )
    if known:
        raise PathError(f"{path}, a {kind}, has no field {name}.", _near(name, known))
    raise PathError(
        f"{name} of {path} is not plain data: reading it would run code of {kind}.",
        f"Read it in Python first: x = {path}.{name}, then bind {{{{x}}}}.",
    )


def _fields(value: object) -> dict[str, object]:
    """Declared fields and their values, read without running code of the value's class."""
    kind = type(value)
    if isinstance(value, types.SimpleNamespace):
        return dict(vars(value))
    if isinstance(value, enum.Enum):
        return {"name": value.name, "value": value.value}
    if isinstance(value, tuple):
        return {name: tuple.__getitem__(value, at) for at, name in enumerate(_names(kind, "_fields"))}
    names = _names(kind, "__struct_fields__")
    if dataclasses.is_dataclass(kind):
        names = tuple(field.name for field in dataclasses.fields(kind))
    read = {}
    for name in names:
        static = inspect.getattr_static(value, name, None)
        if isinstance(static, _MEMBERS):
            read[name] = object.__getattribute__(value, name)
        elif name in getattr(value, "__dict__", {}):
            read[name] = value.__dict__[name]
    return read


def _names(kind: type, attribute: str) -> tuple[str, ...]:
    names = inspect.getattr_static(kind, attribute, ())
    if isinstance(names, _MEMBERS):
        names = getattr(kind, attribute, ())
    if isinstance(names, tuple):
        return tuple(name for name in names if isinstance(name, str))
    return ()


def _declared(kind: type) -> tuple[str, ...]:
    names: list[str] = []
    for base in kind.__mro__:
        names += _names(base, "__kql_attributes__") if "__kql_attributes__" in base.__dict__ else ()
    return tuple(names)


def _item(value: object, key: str | int, path: str) -> object:
    if isinstance(value, dict):
        return _key(value, key, path)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return _frame_column(value, key, path)
    if pandas is not None and isinstance(value, pandas.Series):
        return _series_item(value, key, path)
    kind = type(value).__name__
    if isinstance(key, str):
        raise PathError(f"{path} is a {kind}: it has no keys.", "Only dicts, frames and Series have keys.")
    elements = _elements(value)
    if elements is None:
        raise PathError(f"{path} is a {kind}: it has no positions.", "Only lists, tuples and arrays have positions.")
    return _position(elements, key, path)


def _elements(value: object) -> Sequence[object] | None:
    if isinstance(value, list):
        return list(list.__iter__(value))
    if isinstance(value, tuple):
        return list(tuple.__iter__(value))
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and isinstance(value, numpy.ndarray) and value.ndim:
        return list(value)
    if pandas is not None and isinstance(value, pandas.Index):
        return list(value)
    return None


def _position(values: Sequence[object], at: int, path: str) -> object:
    if -len(values) <= at < len(values):
        return values[at]
    raise PathError(f"{path} has no [{at}]: its length is {len(values)}.", "Positions start at 0.")


def _key(bag: dict[object, object], key: str | int, path: str) -> object:
    if dict.__contains__(bag, key):
        return dict.__getitem__(bag, key)
    known = [name for name in dict.keys(bag) if isinstance(name, str)]
    raise PathError(f"{path} has no key {_quoted(key)}.", _near(str(key), known))


def _frame_column(frame: pd.DataFrame, name: str | int, path: str) -> object:
    columns = list(frame.columns)
    positions = [at for at, column in enumerate(columns) if type(column) is type(name) and column == name]
    if len(positions) == 1:
        return frame.iloc[:, positions[0]]
    if positions:
        raise PathError(f"{path} has {len(positions)} columns {_quoted(name)}.", "Rename them in Python first.")
    hint = _near(str(name), [str(column) for column in columns])
    if isinstance(name, int):
        hint = f"For the first row, read it in Python: x = {path}.iloc[{name}], then bind {{{{x.Column}}}}."
    raise PathError(f"{path} has no column {_quoted(name)}.", hint)


def _series_item(series: pd.Series, label: str | int, path: str) -> object:
    """By label, as in Python; a position only where labels and positions are the same thing."""
    labels = [at for at, known in enumerate(series.index) if isinstance(known, type(label)) and known == label]
    if len(labels) == 1:
        return series.iloc[labels[0]]
    if labels:
        raise PathError(f"{path} has {len(labels)} rows labelled {_quoted(label)}.", "Pick one in Python with .iloc.")
    if isinstance(label, int):
        raise PathError(
            f"{path} has no row labelled {label}.",
            f"For a position, read it in Python: x = {path}.iloc[{label}], then bind {{{{x}}}}.",
        )
    labelled = [str(name) for name in series.index]
    raise PathError(f"{path} has no label {_quoted(label)}.", _near(label, labelled))


def _quoted(name: str | int) -> str:
    return str(name) if isinstance(name, int) else f"“{visible(name, limit=_SHOWN)}”"


def _near(name: str, known: Iterable[str]) -> str:
    names = [visible(one, limit=_SHOWN) for one in known]
    close = [one for one in names if one.lower() == name.lower()] or difflib.get_close_matches(name, names, n=3)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    if not names:
        return "It is empty."
    return f"It has {', '.join(names[:10])}{' …' if len(names) > 10 else '.'}"
