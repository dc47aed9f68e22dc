"""Every function with every type in every place: an answer or a plain error, and the same one for a constant.

The values are such as files hold and nobody thinks of. What is asked of columns is asked again of constants, which the
translation may compute by itself.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.failures import query_problem
from jupyterlab_sentinel.backends.embedded.translation.functions import FUNCTIONS
from jupyterlab_sentinel.backends.embedded.translation.functions.registry import Spec
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.errors import KqlError, KqlSemanticError, KqlUnsupportedError

ODD = {
    "bool": ("bool(null)", "true", "false"),
    "int": ("int(null)", "int(0)", "int(-1)", "int(7)", "int(64)"),
    "long": ("long(null)", "0", "-1", "3", "100", "1000000"),
    "real": ("real(null)", "real(nan)", "real(+inf)", "-0.5", "1e300", "2.5"),
    "decimal": ("decimal(null)", "decimal(0)", "decimal(-1.5)", "decimal(0.000000000000000001)"),
    "string": (
        *('""', '" "', '"\\u00e9\\U0001F600"', '"[1,2"', '"{\\"a\\":[1,{\\"b\\":null}]}"', '"1.1.1.1/8"', '"0x1F"'),
        *('"9223372036854775808"', '"2020-02-30"', '"1.5e999"', '"a\\0b\\n"', '"/.*+?("', '"S3VzdG8="', '"null"'),
    ),
    "datetime": ("datetime(null)", "datetime(0001-01-01)", "datetime(9999-12-31)", "datetime(1969-12-31 23:59:59.9)"),
    "timespan": ("timespan(null)", "0s", "-1d", "1tick", "30d"),
    "guid": ("guid(null)", "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)"),
    "dynamic": (
        *("dynamic(null)", "dynamic(1)", 'dynamic("")', "dynamic(true)", "dynamic([])", "dynamic({})"),
        *('dynamic([1, "a", null, [2], {"b": 1}, true, 1.5])', 'dynamic({"a": 1, "b": {"c": [1]}, "": null})'),
    ),
}
PLAIN = {
    **dict.fromkeys(("any", "scalar"), '"x"'),
    **dict.fromkeys(("number", "real"), "2.5"),
    **dict.fromkeys(("whole", "int", "long"), "1"),
    "string": '"abc"',
    "dynamic": "dynamic([1, 2])",
    "datetime": "datetime(2020-01-01)",
    "timespan": "1h",
    "bool": "true",
    "guid": "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
    "node": "typeof(long)",
}
FIXED = {
    "datetime_add": ('"day"',),
    "datetime_diff": ('"day"',),
    "datetime_part": ('"year"',),
    "extract": ('"(.)"',),
    "extract_all": ('"(.)"',),
    "extract_json": ('"$.a"',),
    "format_bytes": ("2", "1", '"KB"'),
    "format_datetime": ("datetime(2020-01-01)", '"yyyy"'),
    "format_timespan": ("1h", '"hh"'),
    "datetime_utc_to_local": ("datetime(2020-01-01)", '"Europe/Berlin"'),
    "datetime_local_to_utc": ("datetime(2020-01-01)", '"Europe/Berlin"'),
    "make_datetime": ("2020", "1", "1"),
    "parse_command_line": ('"a"', '"windows"'),
    **dict.fromkeys(("abs", "around", "bin", "bin_at", "range"), ("2", "3", "4")),
}
# What they answer depends on more than their arguments, or they take more than values.
OTHERS = {"assert", "bag_pack_columns", "bin_auto", "column_ifexists", "columnifexists", "geo_info_from_ip_address"} | {
    "ingestion_time", "new_guid", "next", "now", "pack_all", "parse_user_agent", "prev", "rand", "row_cumsum"
} | {"row_number", "row_rank_dense", "row_rank_min", "row_window_session", "view"}  # fmt: skip
EVERY_TYPE = os.environ.get("EVERY_TYPE") == "1"
# Other names of these, and families with a test of their own.
NAMES = [
    name
    for name, spec in FUNCTIONS.items()
    if name not in OTHERS
    and not name.startswith(("series_", "geo_"))
    and next(each for each, other in FUNCTIONS.items() if other.implementation is spec.implementation) == name
]
ROWS = max(map(len, ODD.values()))
TABLE = (
    f"datatable(row:long, {', '.join(f'{kind}_:{kind}' for kind in ODD)})["
    + ", ".join(f"{row}, {', '.join(values[row % len(values)] for values in ODD.values())}" for row in range(ROWS))
    + "]"
)


def calls(name: str, spec: Spec) -> Iterator[tuple[str, int, list[str]]]:
    """A type, the place that a value of it takes, and all arguments."""
    size = len(spec.parameters) - (spec.parameters[-1:] == ("...",))
    if not size:
        return
    kinds = [*spec.parameters[:size], *[spec.parameters[size - 1]] * (spec.required - size)]
    given = [PLAIN[kind] for kind in kinds]
    fixed = FIXED.get(name, ())
    given[: len(fixed)] = fixed[: len(given)]
    for place, wanted in enumerate(kinds):
        if wanted == "node":
            continue
        # Two types a place, another one each; all ten take half a minute: EVERY_TYPE=1 asks for them.
        some = {wanted, list(ODD)[(place + len(name)) % len(ODD)]}
        yield from ((kind, place, given) for kind in ODD if EVERY_TYPE or kind in some)


def call(name: str, place: int, given: list[str], value: str) -> str:
    return f"{name}({', '.join([*given[:place], value, *given[place + 1 :]])})"


def is_read(execution: Execution, kql: str) -> bool:
    try:
        translate(kql, {}, None, None, 0, execution.rows)
    except KqlError:
        return False
    return True


def answer(execution: Execution, kql: str) -> list[tuple[object, ...]] | None:
    """The rows, or None for an error that is the query's fault and told in words that are not the database's."""
    try:
        return execution.rows(translate(kql, {}, None, None, 0, execution.rows).statements[0].sql)
    except (KqlError, duckdb.Error) as error:
        problem = query_problem(error, kql)
        assert isinstance(problem, KqlSemanticError | KqlUnsupportedError), (kql, problem)
        assert "INT64" not in problem.message
        assert "INT32" not in problem.message
        return None


def same(first: object, second: object) -> bool:
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-12) or (math.isnan(first) and math.isnan(second))
    return first == second and type(first) is type(second)


@pytest.mark.parametrize("name", NAMES)
def test_every_type_in_every_place(execution: Execution, name: str) -> None:
    read = [
        (kind, place, given)
        for kind, place, given in calls(name, FUNCTIONS[name])
        if is_read(execution, f"datatable(v:{kind})[] | project r = {call(name, place, given, 'v')}")
    ]
    columns = [call(name, place, given, f"{kind}_") for kind, place, given in read]
    rows = answer(execution, f"{TABLE} | project row, {', '.join(columns)} | sort by row asc") if read else []
    if rows is None:
        alone = [answer(execution, f"{TABLE} | project row, r = {column} | sort by row asc") for column in columns]
        found = [None if each is None else [cell for _, cell in each] for each in alone]
    else:
        found = [[row[place + 1] for row in rows] for place in range(len(columns))]
    for place, ((kind, at, given), cells) in enumerate(zip(read, found, strict=True)):
        chosen = (place + len(name)) % len(ODD[kind])
        printed = answer(execution, f"print r = {call(name, at, given, ODD[kind][chosen])}")
        if cells is not None and printed is not None:
            assert same(printed[0][0], cells[chosen]), call(name, at, given, ODD[kind][chosen])
