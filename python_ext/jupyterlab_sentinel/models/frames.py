"""From Arrow answers to pandas frames, losing nothing."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Self

from .collector import paused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from .tables import Column, QueryResult, Table

ATTRS_KEY = "sentinel"

_PARSED_ROWS = 8_192
_MOST_KNOWN = 20_000
_HOLDERS = frozenset({dict, list})


class LazyFrames(dict[str, str]):
    """The tables of an answer: ``tables[0]``, ``len(tables)``, ``for frame in tables``.

    Each is made into a frame when it is asked for. pandas deep-copies, compares and (in
    ``to_parquet``) writes ``attrs`` as JSON, and frames would break all three: so this is, to
    the JSON encoder alone, an empty dict.
    """

    def __init__(self, tables: tuple[Table, ...]) -> None:
        super().__init__()
        self._tables = tables

    def __len__(self) -> int:
        return len(self._tables)

    def __getitem__(self, position: int) -> pd.DataFrame:  # type: ignore[override]  # see the class
        return table_frame(self._tables[position])

    def __iter__(self) -> Iterator[pd.DataFrame]:  # type: ignore[override]  # see the class
        return (table_frame(table) for table in self._tables)

    def __repr__(self) -> str:
        return f"<{len(self)} tables: {', '.join(repr(table.name) for table in self._tables)}>"

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None

    def __reduce__(self) -> tuple[type[LazyFrames], tuple[tuple[Table, ...]]]:
        return LazyFrames, (self._tables,)


def arrow_with_types(table: Table) -> pa.Table:
    """``table.data`` with each field's KQL type in its metadata under ``kql_type``."""
    import pyarrow as pa

    fields = [
        field.with_metadata({"kql_type": column.type})
        for field, column in zip(table.data.schema, table.columns, strict=True)
    ]
    return pa.Table.from_arrays(table.data.columns, schema=pa.schema(fields))


def result_frame(result: QueryResult) -> pd.DataFrame:
    """The first table as a frame; provenance and all tables in ``attrs["sentinel"]``.

    The provenance is plain JSON (times are ISO 8601 in UTC), so that ``to_parquet`` keeps it.
    An answer without tables becomes an empty frame.
    """
    import pandas as pd

    frame = table_frame(result.tables[0]) if result.tables else pd.DataFrame()
    frame.attrs[ATTRS_KEY] = {
        "query": result.query,
        "workspace": result.workspace,
        "start": _iso(result.start),
        "end": _iso(result.end),
        "status": result.status,
        "reasons": list(result.reasons),
        "rows": len(frame),
        "elapsed_s": result.elapsed_s,
        "sent_at": _iso(result.sent_at),
        "statistics": dict(result.statistics),
        "requests": result.requests,
        "render": result.render,
        "columns": [[column.name, column.type] for column in result.columns],
        "tables": LazyFrames(result.tables),
    }
    return frame


def table_frame(table: Table) -> pd.DataFrame:
    """One table as a frame; dtypes as the class :class:`~.tables.Table` and the README state them."""
    import pandas as pd

    if not table.columns:
        return pd.DataFrame()
    series = {position: _series(table.data.column(position), column) for position, column in enumerate(table.columns)}
    frame = pd.DataFrame(series, index=pd.RangeIndex(table.rows), copy=False)
    frame.columns = pd.Index([column.name for column in table.columns])
    return frame


def _series(data: pa.ChunkedArray, column: Column) -> pd.Series:
    import pandas as pd

    if column.type == "dynamic":
        with paused():
            return pd.Series(_all_parsed(data), dtype=object, copy=False)
    nullable = {"long": pd.Int64Dtype(), "int": pd.Int32Dtype(), "bool": pd.BooleanDtype()}
    dtype = nullable.get(column.type)
    converted: pd.Series = data.to_pandas(types_mapper=lambda _type: dtype) if dtype else data.to_pandas()
    return converted.rename(None)


def _all_parsed(data: pa.ChunkedArray) -> np.ndarray:
    """Each cell as :func:`_parsed` reads it; some at a time, so that not all texts are there at once."""
    import numpy as np

    known: dict[str, str] = {}
    parsed = (
        _some_parsed(chunk.slice(first, _PARSED_ROWS).to_pylist(), known)
        for chunk in data.chunks
        for first in range(0, len(chunk), _PARSED_ROWS)
    )
    return np.fromiter(chain.from_iterable(parsed), object, len(data))


def _some_parsed(texts: list[str | None], known: dict[str, str]) -> list[object]:
    import msgspec

    read = msgspec.json.Decoder().decode
    try:
        found = [None if text is None else read(text) for text in texts]
    except (msgspec.DecodeError, ValueError, RecursionError):
        found = [_parsed(text) for text in texts]
    _share(found, known)
    return found


def _share(values: list[object], known: dict[str, str]) -> None:
    """Make equal texts within ``values`` one object: logs say the same few things over and over.

    :param known: the texts so far.
    """
    if len(known) > _MOST_KNOWN:
        known.clear()
    shared = known.setdefault
    while values:
        deeper: list[object] = []
        for value in values:
            if type(value) is dict:
                for key, item in value.items():
                    if type(item) is str:
                        value[key] = shared(item, item)
                    elif type(item) in _HOLDERS:
                        deeper.append(item)
            elif type(value) is list:
                value[:] = [shared(item, item) if type(item) is str else item for item in value]
                deeper += [item for item in value if type(item) in _HOLDERS]
        values = deeper


def _parsed(text: str | None) -> object:
    """JSON text as Python objects; what is no JSON stays text, as Kusto's own ``parse_json`` keeps it.

    Both readers keep every digit of an integer. The second takes NaN, halves of surrogate pairs and ``1e999`` as well.
    """
    import json

    import msgspec

    if text is None:
        return None
    for read in (msgspec.json.decode, json.loads):
        try:
            return read(text)
        except (msgspec.DecodeError, ValueError, RecursionError):
            continue
    return text


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
