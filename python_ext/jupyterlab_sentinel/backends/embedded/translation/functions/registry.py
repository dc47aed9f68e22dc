"""How scalar functions are declared, found and called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from .....kql import tree
from ..casts import to_dynamic, to_number, to_string
from ..values import NUMERIC, Value
from ..wording import counted, there_are
from .subqueries import answered

if TYPE_CHECKING:
    from .....kql.tree import Call
    from ..context import Context
    from ..relations import Relation


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, for the function that answers it."""

    context: Context
    node: Call
    row: Relation | None
    values: tuple[Value, ...]

    def __getitem__(self, position: int) -> Value:
        return self.values[position]

    def __len__(self) -> int:
        return len(self.values)

    def sql(self, position: int) -> str:
        """SQL of an argument."""
        return self.values[position].sql

    def fail(self, message: str, hint: str = "") -> NoReturn:
        """Raise at the call."""
        self.context.fail(self.node.at, f"{self.node.name}(): {message}", hint)


Implementation = Callable[[Arguments], Value]


@dataclass(frozen=True, slots=True)
class Spec:
    """A scalar function.

    :param parameters: the kind of each parameter: a KQL type, ``number``, ``whole``, ``any``,
        ``scalar`` (any but dynamic); a last ``...`` repeats the one before it.
    :param required: how many must be given.
    """

    name: str
    parameters: tuple[str, ...]
    required: int
    implementation: Implementation


FUNCTIONS: dict[str, Spec] = {}
"""Every scalar function that runs, by its KQL name."""


def function(
    *names: str, takes: tuple[str, ...] = (), required: int | None = None
) -> Callable[[Implementation], Implementation]:
    """Declare the function that the decorated one translates, under one name or more."""

    def declare(implementation: Implementation) -> Implementation:
        least = required if required is not None else len([kind for kind in takes if kind != "..."])
        for name in names:
            if name in FUNCTIONS:
                raise ValueError(f"There are two functions {name}().")
            FUNCTIONS[name] = Spec(name, takes, least, implementation)
        return implementation

    return declare


def template(name: str, result: str, sql: str, *takes: str, required: int | None = None) -> None:
    """Declare a function that is one SQL expression with ``{0}``, ``{1}`` … for its arguments."""

    @function(name, takes=takes, required=required)
    def _fill(arguments: Arguments) -> Value:
        return Value(sql.format(*(value.sql for value in arguments.values)), result)


def is_function(name: str) -> bool:
    """Whether a scalar function of that name runs."""
    return name in FUNCTIONS


def call_function(context: Context, node: Call, row: Relation | None) -> Value:
    """Translate a call of a registered function.

    :raises KqlSemanticError: arguments that do not fit.
    """
    spec = FUNCTIONS[node.name]
    return answered(bound_arguments(context, node, row, spec), spec.implementation)


def bound_arguments(context: Context, node: Call, row: Relation | None, spec: Spec) -> Arguments:
    """The arguments of a call, each as its parameter wants it.

    :raises KqlSemanticError: arguments that do not fit.
    """
    from ..expressions import bind

    variadic = "..." in spec.parameters
    most = None if variadic else len(spec.parameters)
    if len(node.args) < spec.required or (most is not None and len(node.args) > most):
        wanted = (
            f"{spec.required}"
            if most == spec.required
            else f"{spec.required} or more"
            if most is None
            else f"{spec.required} to {most}"
        )
        context.fail(node.at, f"{node.name}() takes {counted(wanted)}, and here {there_are(len(node.args))}.")
    values = []
    for position, argument in enumerate(node.args):
        kind = _kind(spec.parameters, position)
        if kind == "node":
            values.append(Value("", "dynamic"))
            continue
        plain = argument.value if isinstance(argument, tree.Named) else argument
        values.append(_fitting(context, node, plain, bind(context, plain, row), kind))
    return Arguments(context, node, row, tuple(values))


def _kind(parameters: tuple[str, ...], position: int) -> str:
    if position < len(parameters) and parameters[position] != "...":
        return parameters[position]
    return parameters[-2]


def _fitting(context: Context, node: Call, argument: tree.Expression, value: Value, kind: str) -> Value:
    fitted = _fitted(value, kind)
    if fitted is None:
        context.fail(
            argument.at,
            f"{node.name}() takes a {_ARTICLES.get(kind, kind)} here, and this is a {value.type}.",
            _CONVERSIONS.get(
                kind, "Convert it first, for instance with tostring(), tolong(), todatetime() or parse_json()."
            ),
        )
    return fitted


_CONVERSIONS = {
    "timespan": "A timespan has a unit, as 7d, 12h or 30m have; totimespan() reads one from a text.",
    "datetime": "A datetime is written datetime(2024-02-17 15:29); todatetime() reads one from a text.",
    "dynamic": "parse_json() reads an array or a bag from a text; pack_array() and bag_pack() make one.",
    "string": "Convert it first with tostring().",
}
_ARTICLES = {"number": "number", "whole": "whole number", "scalar": "scalar"}


def _fitted(value: Value, kind: str) -> Value | None:  # noqa: PLR0911  # one a kind
    if kind in ("any", value.type):
        return value
    if value.is_null and kind not in ("number", "whole", "scalar"):
        from ..values import null

        return null(kind)
    match kind:
        case "scalar":
            return value if value.type != "dynamic" else to_string(value)
        case "number":
            return value if value.type in NUMERIC else to_number(value, "real") if value.type == "dynamic" else None
        case "whole":
            return _whole(value)
        case "string":
            return to_string(value) if value.type in ("dynamic", "guid") else None
        case "dynamic":
            return to_dynamic(value) if value.type == "string" else None
        case "long" | "real" | "int":
            return to_number(value, kind) if value.type in NUMERIC or value.type == "dynamic" else None
    return _from_dynamic(value, kind)


def _whole(value: Value) -> Value | None:
    if value.type in ("int", "long"):
        return value
    return to_number(value, "long") if value.type in ("dynamic", "bool") else None


def _from_dynamic(value: Value, kind: str) -> Value | None:
    from ..casts import cast_to

    if value.type == "dynamic" and kind in ("datetime", "timespan", "bool", "guid"):
        return cast_to(value, kind)
    if value.type == "string" and kind in ("datetime", "timespan") and value.is_constant:
        return cast_to(value, kind)
    return None
