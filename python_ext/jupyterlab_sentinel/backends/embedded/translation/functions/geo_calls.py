"""How the functions on shapes and cells are declared: one line each, over :mod:`...computed.geography`.

Neither that nor the packages under it is imported before a query calls such a function.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...computed.geography import packages
from ...python_functions import PythonFunction, python_call, register
from ..values import Value, constant
from .registry import Arguments, function

if TYPE_CHECKING:
    from ..context import Context

_PHYSICAL = {
    "real": "DOUBLE",
    "whole": "BIGINT",
    "int": "INTEGER",
    "string": "VARCHAR",
    "dynamic": "VARCHAR",
    "bool": "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Geo:
    """A function on shapes or cells.

    :param name: in KQL.
    :param computed: the module and function that answer it.
    :param takes: the kind of each parameter, as the registry has it.
    :param result: the KQL type of the answer.
    :param package: what it cannot do without; empty: nothing.
    :param defaults: of the last parameters.
    :param tells: whether the last default is for whether a parameter before it was given.
    :param unlike: what the answer's warning says, where it may differ from Kusto's; empty: it does not.
    """

    name: str
    computed: tuple[str, str]
    takes: tuple[str, ...]
    result: str
    package: str = packages.S2
    defaults: tuple[object, ...] = ()
    tells: bool = False
    unlike: str = ""


def declare(each: Geo) -> None:
    """Let queries call it."""
    provide(each)

    @function(each.name, takes=each.takes, required=len(each.takes) - len(each.defaults))
    def _answer(arguments: Arguments) -> Value:
        return answer(each, arguments)


def provide(each: Geo) -> None:
    """Let SQL call it, for a function that does more than that."""
    kinds = (*each.takes, "bool") if each.tells else each.takes
    register(each.name, later(*each.computed), tuple(_PHYSICAL[kind] for kind in kinds), _PHYSICAL[each.result])


def answer(each: Geo, arguments: Arguments) -> Value:
    """The call of a declared function, what it was not given by default."""
    context = arguments.context
    require(context, arguments.node.at, f"{each.name}()", each.package)
    if each.unlike:
        context.warnings[each.unlike] = None
    values = [value.sql for value in arguments.values]
    given = len(values)
    for place in range(given, len(each.takes)):
        kind, default = each.takes[place], each.defaults[place - len(each.takes)]
        values.append(constant(default, "long" if kind == "whole" else kind).sql)
    if each.tells:
        values.append("false" if given < len(each.takes) else "true")
    return Value(python_call(each.name, *values), each.result)


def require(context: Context, at: int, construct: str, package: str) -> None:
    """Refuse what a package is missing for.

    :param package: empty: none is needed.
    """
    if package and packages.missing(package):
        context.refuse(at, f"{construct} without the package {package}", packages.hint(package))


def later(module: str, name: str) -> PythonFunction:
    """A function of :mod:`...computed.geography`, which is imported when it is first called."""

    @cache
    def found() -> PythonFunction:
        place = f"{packages.__package__}.{module}"
        made: PythonFunction = getattr(import_module(place), name)
        return made

    def call(*values: Any) -> Any:  # noqa: ANN401  # what the function takes and gives
        return found()(*values)

    return call
