"""``evaluate``: plugins, each declared by its name like an operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from .....kql import tree
from .. import refusals
from ..expressions import bind
from ..relations import Relation
from .registry import operator

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context
    from ..relations import Column


@dataclass(frozen=True, slots=True)
class PluginCall:
    """One use of a plugin.

    :param args: the arguments without a name.
    :param named: the arguments with one.
    :param schema: the columns that the query says come out, name and KQL type; None: it does not say.
    :param all_columns: whether the schema starts with ``*``.
    """

    context: Context
    node: tree.Call
    rows: Relation
    args: tuple[Expression, ...]
    named: dict[str, Expression]
    schema: tuple[tuple[str, str], ...] | None
    all_columns: bool

    def fail(self, message: str, hint: str = "") -> NoReturn:
        """Raise at the plugin."""
        self.context.fail(self.node.at, f"{self.node.name}: {message}", hint)

    def column(self, place: int) -> Column:
        """The column of the input that an argument names."""
        argument = self.args[place]
        if not isinstance(argument, tree.Name):
            self.context.fail(
                argument.at, f"{self.node.name} takes the name of a column here.", "Use extend before it."
            )
        column = self.rows.find(argument.name)
        if column is None:
            self.context.unknown(argument.at, "column", argument.name, (each.name for each in self.rows.columns))
        return column

    def text(self, name: str, place: int) -> str | None:
        """A constant text, given by name or by position, or None where it is not given."""
        argument = self.named.get(name) or (self.args[place] if place < len(self.args) else None)
        if argument is None:
            return None
        text = bind(self.context, argument, None).text
        if text is None:
            self.context.fail(argument.at, f"{self.node.name} takes a constant text for {name}.")
        return text


Plugin = Callable[[PluginCall], Relation]

PLUGINS: dict[str, Plugin] = {}
"""Every plugin that runs, by its KQL name."""

_OPTIONS: dict[str, frozenset[str]] = {}


def plugin(name: str, *options: str) -> Callable[[Plugin], Plugin]:
    """Declare a plugin; ``options`` are the arguments that may be named."""

    def declare(implementation: Plugin) -> Plugin:
        PLUGINS[name] = implementation
        _OPTIONS[name] = frozenset(options)
        return implementation

    return declare


@operator("evaluate")
def evaluate(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The rows through a plugin."""
    call = node.items[0]
    if not isinstance(call, tree.Call):
        context.fail(node.at, "evaluate takes a plugin with its arguments.")
    implementation = PLUGINS.get(call.name)
    if implementation is None:
        listed = ", ".join(sorted(PLUGINS))
        hint = refusals.PLUGINS.get(call.name, f"Plugins that run here: {listed}.")
        raise context.refusal(call.at, f"the plugin {call.name}", hint)
    args: list[Expression] = []
    named: dict[str, Expression] = {}
    for argument in call.args:
        if not isinstance(argument, tree.Named):
            args.append(argument)
            continue
        if argument.names[0] not in _OPTIONS[call.name]:
            context.unknown(argument.at, f"option of {call.name} called", argument.names[0], _OPTIONS[call.name])
        named[argument.names[0]] = argument.value
    schema, every = _schema(context, node)
    return implementation(PluginCall(context, call, rows, tuple(args), named, schema, every))


def _schema(context: Context, node: tree.Operator) -> tuple[tuple[tuple[str, str], ...] | None, bool]:
    if not node.by:
        return None, False
    columns = tuple(
        (item.names[0], item.value.type)
        for item in node.by
        if isinstance(item, tree.Named) and isinstance(item.value, tree.TypeOf)
    )
    names = [name for name, _ in columns]
    for place, name in enumerate(names):
        if name in names[:place]:
            context.fail(node.at, f"The output has two columns {name!r}.")
    return columns, any(isinstance(item, tree.Star) for item in node.by)
