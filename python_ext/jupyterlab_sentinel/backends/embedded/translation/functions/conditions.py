"""``iff``, ``case``, ``coalesce``, nulls and logic."""

from __future__ import annotations

from ..casts import cast_to, common_type, to_bool
from ..values import NUMERIC, Value, constant, null
from .registry import Arguments, function


def _unified(arguments: Arguments, values: list[Value], *, plain: bool = False) -> tuple[list[Value], str]:
    """The values as one type, which KQL demands of branches (nulls fit all).

    :param plain: whether dynamics beside values of another type become values of that.
    """
    kinds = {value.type for value in values if not value.is_null}
    if not kinds:
        kinds = {values[0].type}
    if kinds <= NUMERIC:
        kinds |= {value.type for value in values} & NUMERIC
    if not plain and any(value.type == "dynamic" for value in values):
        kinds.add("dynamic")
    if plain and kinds != {"dynamic"}:
        kinds -= {"dynamic"}
    kind = common_type(kinds)
    if kind is None:
        arguments.fail(
            f"the results are of different types: {', '.join(sorted(kinds))}.",
            "Convert them to one, for instance with tostring().",
        )
        raise AssertionError
    return [null(kind) if value.is_null else cast_to(value, kind) for value in values], kind


@function("iff", "iif", takes=("any", "any", "any"))
def _iff(arguments: Arguments) -> Value:
    test = to_bool(arguments[0])
    (then, other), kind = _unified(arguments, [arguments[1], arguments[2]], plain=True)
    return Value(f"CASE WHEN {test.passing or test.sql} THEN {then.sql} ELSE {other.sql} END", kind)


@function("case", takes=("any", "any", "any", "..."))
def _case(arguments: Arguments) -> Value:
    if len(arguments) % 2 == 0:
        arguments.fail("pairs of a condition and a result are expected, and a last result.")
    results, kind = _unified(arguments, [*arguments.values[1::2], arguments.values[-1]], plain=True)
    branches = " ".join(
        f"WHEN {test.passing or test.sql} THEN {result.sql}"
        for test, result in zip(map(to_bool, arguments.values[0:-1:2]), results[:-1], strict=True)
    )
    return Value(f"CASE {branches} ELSE {results[-1].sql} END", kind)


@function("coalesce", takes=("any", "any", "..."))
def _coalesce(arguments: Arguments) -> Value:
    values, kind = _unified(arguments, list(arguments.values))
    if kind == "string":
        listed = ", ".join(f"nullif({value.sql}, '')" for value in values)
        return Value(f"coalesce({listed}, '')", kind)
    return Value(f"coalesce({', '.join(value.sql for value in values)})", kind)


@function("isnull", takes=("any",))
def _isnull(arguments: Arguments) -> Value:
    return (
        constant(value=False, kind="bool")
        if arguments[0].type == "string"
        else Value(f"({arguments.sql(0)} IS NULL)", "bool")
    )


@function("isnotnull", "notnull", takes=("any",))
def _isnotnull(arguments: Arguments) -> Value:
    return (
        constant(value=True, kind="bool")
        if arguments[0].type == "string"
        else Value(f"({arguments.sql(0)} IS NOT NULL)", "bool")
    )


def _empty(value: Value) -> str:
    match value.type:
        case "string":
            return f"({value.sql} = '')"
        case "dynamic":
            return f"({value.sql} IS NULL OR {value.sql} = '\"\"')"
    return f"({value.sql} IS NULL)"


@function("isempty", takes=("any",))
def _isempty(arguments: Arguments) -> Value:
    return Value(_empty(arguments[0]), "bool")


@function("isnotempty", "notempty", takes=("any",))
def _isnotempty(arguments: Arguments) -> Value:
    return Value(f"(NOT {_empty(arguments[0])})", "bool")


@function("not", takes=("any",))
def _not(arguments: Arguments) -> Value:
    return Value(f"(NOT {to_bool(arguments[0]).sql})", "bool")


def _extreme(arguments: Arguments, sql: str) -> Value:
    values, kind = _unified(arguments, list(arguments.values))
    return Value(f"{sql}({', '.join(value.sql for value in values)})", kind)


@function("max_of", takes=("scalar", "scalar", "..."), required=1)
def _max_of(arguments: Arguments) -> Value:
    return _extreme(arguments, "greatest")


@function("min_of", takes=("scalar", "scalar", "..."), required=1)
def _min_of(arguments: Arguments) -> Value:
    return _extreme(arguments, "least")


@function("column_ifexists", "columnifexists", takes=("string", "any"))
def _column_ifexists(arguments: Arguments) -> Value:
    name = arguments[0].text
    if name is None:
        arguments.fail("the column's name has to be a constant text.")
    column = arguments.row.find(name) if arguments.row is not None else None
    return Value(column.ref, column.type) if column is not None else arguments[1]


@function("assert", takes=("bool", "string"))
def _assert(arguments: Arguments) -> Value:
    return Value(f"CASE WHEN {arguments.sql(0)} THEN true ELSE error({arguments.sql(1)}) END", "bool")
