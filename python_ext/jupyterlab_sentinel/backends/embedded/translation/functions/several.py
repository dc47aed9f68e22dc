"""Functions that give several columns: ``extend (a, b) = series_fit_line(y)``.

They stand where columns are named - in ``extend``, ``project`` and ``print`` - and nowhere inside of an expression.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .....kql import tree
from ..context import LetFunction
from ..names import Namer, own_name
from ..values import Value
from .registry import Arguments, Spec, bound_arguments

if TYPE_CHECKING:
    from .....kql.tree import Call, Expression
    from ..context import Context
    from ..relations import Relation

Fields = tuple[tuple[str, str], ...]
Outputs = Callable[["Context", "Call", "Relation | None"], list[tuple[str, Value]]]
"""What gives the columns of a call: the name of each, should the query name it nothing else, and its value; of a call
that gives one value only, none."""

SEVERAL: dict[str, Outputs] = {}
"""Every function that gives several columns, by its KQL name."""


def several(
    name: str, fields: Fields, takes: tuple[str, ...], required: int
) -> Callable[[Callable[[Arguments], str]], Callable[[Arguments], str]]:
    """Declare the function for which the decorated one gives the SQL of a structure.

    :param fields: name and KQL type of each column, and of each field of the structure.
    """

    def declare(structure: Callable[[Arguments], str]) -> Callable[[Arguments], str]:
        spec = Spec(name, takes, required, lambda arguments: Value(structure(arguments), "dynamic"))

        def outputs(context: Context, call: Call, row: Relation | None) -> list[tuple[str, Value]]:
            sql = spec.implementation(bound_arguments(context, call, row, spec)).sql
            stem = (own_name(call.args[0]) or "") if isinstance(call.args[0], tree.Name | tree.Member) else ""
            return [
                (f"{name}_{stem}_{field}", Value(f"struct_extract({sql}, '{field}')", kind)) for field, kind in fields
            ]

        SEVERAL[name] = outputs
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
    outputs = several_outputs(context, call, row)
    if not outputs or not isinstance(call, tree.Call):
        if len(names) > 1:
            context.fail(item.at, "Only a function that gives several columns takes several names.")
        return [(item, bind(context, item, row))]
    if len(names) > len(outputs):
        context.fail(item.at, f"{call.name}() gives {len(outputs)} columns, and here are {len(names)} names.")
    shown = outputs if rest or not names else outputs[: len(names)]
    namer = Namer(names)
    given = [*names, *(namer.take(name) for name, _ in outputs[len(names) :])]
    return [(tree.Named(item.at, (name,), call), value) for name, (_, value) in zip(given, shown, strict=False)]


def several_outputs(context: Context, call: Expression, row: Relation | None) -> list[tuple[str, Value]]:
    """The columns that an expression stands for where it is a call of a function that gives several; else none."""
    if not isinstance(call, tree.Call) or isinstance(context.scope.find(call.name), LetFunction):
        return []
    return SEVERAL[call.name](context, call, row) if call.name in SEVERAL else []


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
