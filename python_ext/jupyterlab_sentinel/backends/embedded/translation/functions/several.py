"""Functions that give several columns: ``extend (a, b) = series_fit_line(y)``.

They stand where columns are named - in ``extend``, ``project`` and ``print`` - and nowhere inside of an expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .....kql import tree
from ..context import LetFunction
from ..names import own_name
from ..values import Value
from .registry import Arguments, Spec, bound_arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from .....kql.tree import Call, Expression
    from ..context import Context
    from ..relations import Relation

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Several:
    """Such a function.

    :param fields: name and KQL type of each column.
    :param spec: its parameters; the implementation gives a SQL structure with these fields.
    """

    fields: Fields
    spec: Spec


SEVERAL: dict[str, Several] = {}
"""Every function that gives several columns, by its KQL name."""


def several(
    name: str, fields: Fields, takes: tuple[str, ...], required: int
) -> Callable[[Callable[[Arguments], str]], Callable[[Arguments], str]]:
    """Declare the function for which the decorated one gives the SQL of a structure."""

    def declare(structure: Callable[[Arguments], str]) -> Callable[[Arguments], str]:
        def implementation(arguments: Arguments) -> Value:
            return Value(structure(arguments), "dynamic")

        SEVERAL[name] = Several(fields, Spec(name, takes, required, implementation))
        return structure

    return declare


def columns_of(
    context: Context, item: Expression, row: Relation | None, *, rest: bool
) -> list[tuple[Expression, Value]]:
    """An item of a list of columns as the columns it stands for, each with its value.

    :param rest: whether columns that the item does not name come too, under names of their own.
    """
    from ..expressions import bind

    names = item.names if isinstance(item, tree.Named) else ()
    call = item.value if isinstance(item, tree.Named) else item
    function = _function(context, call)
    if function is None or not isinstance(call, tree.Call):
        if len(names) > 1:
            context.fail(item.at, "Only a function that gives several columns takes several names.")
        return [(item, bind(context, item, row))]
    if len(names) > len(function.fields):
        context.fail(item.at, f"{call.name}() gives {len(function.fields)} columns, and here are {len(names)} names.")
    structure = function.spec.implementation(bound_arguments(context, call, row, function.spec)).sql
    argument = own_name(call.args[0]) if isinstance(call.args[0], tree.Name | tree.Member) else None
    given = [*names, *(f"{call.name}_{argument or ''}_{field}" for field, _ in function.fields[len(names) :])]
    shown = function.fields if rest or not names else function.fields[: len(names)]
    return [
        (tree.Named(item.at, (name,), call), Value(f"struct_extract({structure}, '{field}')", kind))
        for name, (field, kind) in zip(given, shown, strict=False)
    ]


def _function(context: Context, call: Expression) -> Several | None:
    if not isinstance(call, tree.Call) or isinstance(context.scope.find(call.name), LetFunction):
        return None
    return SEVERAL.get(call.name)


def refuse_inside(context: Context, node: Call) -> None:
    """Raise where a function that gives several columns stands inside of an expression."""
    if node.name in SEVERAL:
        dynamic = f"{node.name}_dynamic"
        context.fail(
            node.at,
            f"{node.name}() gives several columns: it cannot stand inside of an expression.",
            f"Name its columns first, in extend or project: (a, b) = {node.name}( … )"
            + (f"; or use {dynamic}()." if dynamic in _WITH_BAGS else "."),
        )


_WITH_BAGS = frozenset({"series_stats_dynamic", "series_fit_line_dynamic", "series_fit_2lines_dynamic"})
