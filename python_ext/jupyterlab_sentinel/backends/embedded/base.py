"""duckdb-kql behind one door: KQL in, a :class:`Program` out."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ...errors import KqlError, KqlSemanticError, KqlSyntaxError, KqlUnsupportedError, Position
from .conversion import quoted
from .program import Program, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import duckdb

    from .tables import StoredTable


def compile_query(
    connection: duckdb.DuckDBPyConnection,
    kql: str,
    tables: Mapping[str, StoredTable],
    start: datetime | None,
    end: datetime | None,
    now: datetime | None,
) -> Program:
    import duckdb
    import duckdb_kql

    schema = {t.name: [c.name for c in t.columns] for t in tables.values()}
    try:
        result = duckdb_kql.to_sql(kql, schema=schema, allow_write=False, query_now=now)
    except duckdb_kql.KqlSyntaxError as e:
        d = e.diagnostics[0]
        raise KqlSyntaxError(d.message, position=Position(d.span.line, d.span.column), query=kql) from None
    except duckdb_kql.KqlUnsupportedError as e:
        raise KqlUnsupportedError(str(e), construct=e.construct, query=kql) from None
    except duckdb_kql.KqlError as e:
        raise KqlSemanticError(str(e), query=kql) from None
    ctes = []
    for t in tables.values():
        items = []
        for c in t.columns:
            value = {
                "datetime": f"make_timestamp({c.physical} // 10)",
                "timespan": f"to_microseconds({c.physical} // 10)",
                "dynamic": f"CAST({c.physical} AS JSON)",
            }.get(c.type, c.physical)
            items.append(f"{value} AS {quoted(c.name)}")
        where = []
        if t.time is not None:
            if start:
                where.append(f"{t.time.physical} >= {ticks(start)}")
            if end:
                where.append(f"{t.time.physical} < {ticks(end)}")
        if f'"{t.name}"' in str(result):
            ctes.append(
                f"{quoted(t.name)} AS (SELECT {', '.join(items)} FROM {t.view}"
                + (f" WHERE {' AND '.join(where)}" if where else "")
                + ")"
            )
    sql = (f"WITH {', '.join(ctes)} " if ctes else "") + f"SELECT * FROM ({result})"
    for slot, value in result.parameters.items():
        sql = sql.replace(f"${slot}", f"TIMESTAMP '{value}'")
    try:
        described = connection.execute(f"DESCRIBE {sql}").fetchall()
    except duckdb.Error as e:
        raise KqlSemanticError(str(e), query=kql) from None
    from .conversion import from_stored, stored_type

    items, columns = [], []
    for i, row in enumerate(described):
        kind = stored_type(row[1])
        items.append(f"{from_stored(quoted(row[0]), row[1], kind)} AS c{i}")
        columns.append((row[0], kind))
    return Program((Statement(f"SELECT {', '.join(items)} FROM ({sql})", tuple(columns)),))


def ticks(moment: datetime) -> int:
    from datetime import datetime as dt
    from datetime import timedelta

    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - dt(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10
