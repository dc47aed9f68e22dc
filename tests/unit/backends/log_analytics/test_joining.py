"""Slices become one table, whatever their physical types."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from jupyterlab_sentinel.backends.log_analytics.decoding import decode
from jupyterlab_sentinel.backends.log_analytics.joining import joined
from jupyterlab_sentinel.backends.log_analytics.spans import gaps
from jupyterlab_sentinel.errors import ServiceError
from jupyterlab_sentinel.models.tables import Table


def column(kind: str, *cells: object, name: str = "X") -> Table:
    body = {"tables": [{"name": "T", "columns": [{"name": name, "type": kind}], "rows": [[cell] for cell in cells]}]}
    return decode(json.dumps(body).encode()).tables[0]


def values(*tables: Table) -> list[object]:
    found: list[object] = joined(tables).data.column(0).to_pylist()
    return found


def test_rows_in_order() -> None:
    assert values(column("long", 1, 2), column("long"), column("long", None), column("long", 3)) == [1, 2, None, 3]


def test_a_distant_date_in_one_slice() -> None:
    near, far = column("datetime", "2023-02-20T11:04:02.637163Z"), column("datetime", "9999-12-31T00:00:00Z")
    empty = column("datetime", None)
    assert values(near, empty, far) == [
        datetime(2023, 2, 20, 11, 4, 2, 637163, tzinfo=UTC),
        None,
        datetime(9999, 12, 31, tzinfo=UTC),
    ]


def test_decimals_of_different_widths() -> None:
    one, other = column("decimal", "1.5"), column("decimal", "79228162514264337593543950335", None)
    assert values(column("decimal", None), one, other) == [
        None,
        Decimal("1.5"),
        Decimal(79228162514264337593543950335),
        None,
    ]
    assert values(one, column("decimal", "1E-300")) == ["1.5", "1E-300"]


def test_nulls_only() -> None:
    assert joined([column("decimal", None), column("decimal", None)]).data.column(0).type == pa.decimal128(38, 18)


def test_columns_that_differ_are_refused() -> None:
    with pytest.raises(ServiceError):
        joined([column("long", 1), column("long", 1, name="Y")])
    with pytest.raises(ServiceError):
        joined([column("long", 1), column("string", "x")])


def test_gaps() -> None:
    assert gaps(0, 10, []) == [(0, 10)]
    assert gaps(0, 10, [(5, 7), (0, 2)]) == [(2, 5), (7, 10)]
    assert gaps(0, 10, [(0, 10)]) == []
    assert gaps(3, 3, []) == []
