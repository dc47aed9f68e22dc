"""Scalars in the making."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..conversion import PHYSICAL, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMERIC: Final = frozenset({"int", "long", "real", "decimal"})
WHOLE: Final = frozenset({"int", "long"})


class _Unknown:
    """The constant of a value that is not one."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar.

    :param sql: an expression in the engine's physical type for ``type`` (see :mod:`..conversion`).
    :param constant: its value, as :class:`~jupyterlab_sentinel.kql.tree.Literal` has it, or ``UNKNOWN``.
    :param root: for a property of a dynamic: SQL of the whole dynamic, valid JSON or null.
    :param path: the JSON path from ``root``.
    :param passing: for a bool: SQL that is true where it is and may be null where it is false, which is all that
        WHERE needs, and what files can use; empty: ``sql`` is.
    :param parts: for an array of texts: SQL of the list of those.
    :param shown: for a dynamic that is a text or null: SQL of the text, which is cheaper than from ``sql``.
    :param fields: for a bag of texts: SQL of the text of each key, without making the bag.
    """

    sql: str
    type: str
    constant: object = UNKNOWN
    root: str = ""
    path: str = ""
    passing: str = ""
    parts: str = ""
    shown: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_constant(self) -> bool:
        """Whether the value is known before the query runs."""
        return self.constant is not UNKNOWN

    @property
    def is_null(self) -> bool:
        """Whether it is a literal null."""
        return self.constant is None

    @property
    def text(self) -> str | None:
        """The constant text, or None."""
        return self.constant if isinstance(self.constant, str) and self.type == "string" else None

    @property
    def number(self) -> int | float | None:
        """The constant number, or None."""
        if isinstance(self.constant, bool) or not isinstance(self.constant, int | float):
            return None
        return self.constant


def constant(value: object, kind: str) -> Value:
    """A constant of KQL type ``kind``."""
    return Value(_constant_sql(value, kind), kind, value)


def null(kind: str) -> Value:
    """The null of a type; for strings, which have none, the empty string."""
    return constant("" if kind == "string" else None, kind)


def _constant_sql(value: object, kind: str) -> str:
    if value is None:
        return "''" if kind == "string" else f"CAST(NULL AS {PHYSICAL[kind]})"
    match kind:
        case "bool":
            return "true" if value else "false"
        case "string" | "guid" | "dynamic":
            return literal(str(value))
        case "real":
            return _real_sql(float(str(value)))
        case "decimal":
            return f"CAST({literal(str(value))} AS {PHYSICAL['decimal']})"
        case _:
            return f"CAST({value} AS {PHYSICAL[kind]})"


def _real_sql(value: float) -> str:
    if math.isnan(value):
        return "CAST('NaN' AS DOUBLE)"
    if value in (float("inf"), float("-inf")):
        return f"CAST('{'-' if value < 0 else ''}Infinity' AS DOUBLE)"
    return f"CAST({value!r} AS DOUBLE)"
