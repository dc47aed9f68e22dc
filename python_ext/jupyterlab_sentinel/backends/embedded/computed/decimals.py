"""Exact arithmetic on decimals, which the engine holds with 18 places."""

from __future__ import annotations

import decimal
from decimal import Decimal

PLACES = 18
_LIMIT = Decimal(10) ** 20
_EXACT = decimal.Context(prec=200, Emin=-10_000, Emax=10_000)


def product(a: str | None, b: str | None) -> str | None:
    """``a * b``."""
    return None if a is None or b is None else _held(_EXACT.multiply(Decimal(a), Decimal(b)))


def quotient(a: str | None, b: str | None) -> str | None:
    """``a / b``; None where ``b`` is zero."""
    if a is None or b is None or not Decimal(b):
        return None
    found = _EXACT.divide(Decimal(a), Decimal(b))
    if _EXACT.multiply(found, Decimal(b)) != Decimal(a):
        _refuse()
    return _held(found)


def remainder(a: str | None, b: str | None) -> str | None:
    """``a % b``, never negative; None where ``b`` is zero."""
    if a is None or b is None or not Decimal(b):
        return None
    rest = _EXACT.remainder(Decimal(a), Decimal(b))
    return _held(rest + abs(Decimal(b)) if rest < 0 else rest)


def _held(value: Decimal) -> str:
    if abs(value) >= _LIMIT or value != round(value, PLACES):
        _refuse()
    return format(value, "f")


def _refuse() -> None:
    raise ValueError(
        f"A decimal has more digits than 20 before the point or {PLACES} after it: "
        "convert with toreal() where 15 digits are enough."
    )
