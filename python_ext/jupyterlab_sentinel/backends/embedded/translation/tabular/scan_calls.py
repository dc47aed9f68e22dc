"""Functions that ``scan`` computes of a state, each by its KQL name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scan_programs import Compiler, Typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from .....kql import tree
    from .....kql.tree import Expression


def _chosen(compiler: Compiler, node: tree.Call) -> Typed:
    """``iff`` and ``case``."""
    if len(node.args) < 3 or len(node.args) % 2 == 0:
        compiler.context.fail(node.at, f"{node.name}() takes conditions, a value for each, and one for none of them.")
    tests = [compiler.condition(each) for each in node.args[:-1:2]]
    values = compiler.united(node, [compiler.compile(each) for each in (*node.args[1::2], node.args[-1])])
    pairs = [part for pair in zip(tests, (value.node for value in values), strict=False) for part in pair]
    return Typed(["case", *pairs, values[-1].node], values[0].type)


def _coalesced(compiler: Compiler, node: tree.Call) -> Typed:
    values = compiler.united(node, [compiler.compile(each) for each in node.args])
    return Typed(["coalesce", *(value.node for value in values)], values[0].type)


def _negation(compiler: Compiler, node: tree.Call) -> Typed:
    return Typed(["not", compiler.condition(_only(compiler, node))], "bool")


def _test(name: str, *, negated: bool) -> Callable[[Compiler, tree.Call], Typed]:
    def make(compiler: Compiler, node: tree.Call) -> Typed:
        value = compiler.compile(_only(compiler, node))
        if value.type == "dynamic":
            compiler.context.refuse(node.at, f"{node.name}() of a dynamic of a scan's state", "Declare a bool instead.")
        test = [name, value.node]
        return Typed(["not", test] if negated else test, "bool")

    return make


def _joined(compiler: Compiler, node: tree.Call) -> Typed:
    parts = [compiler.compile(each) for each in node.args]
    if any(part.type != "string" for part in parts):
        compiler.context.refuse(node.at, "strcat() of other types of a scan's state", "Declare a string instead.")
    return Typed(["strcat", *(part.node for part in parts)], "string")


def _only(compiler: Compiler, node: tree.Call) -> Expression:
    if len(node.args) != 1:
        compiler.context.fail(node.at, f"{node.name}() takes one argument.")
    return node.args[0]


CALLS: dict[str, Callable[[Compiler, tree.Call], Typed]] = {
    **dict.fromkeys(("iff", "iif", "case"), _chosen),
    "coalesce": _coalesced,
    "not": _negation,
    "isnull": _test("isnull", negated=False),
    "isempty": _test("isempty", negated=False),
    **dict.fromkeys(("isnotnull", "notnull"), _test("isnull", negated=True)),
    **dict.fromkeys(("isnotempty", "notempty"), _test("isempty", negated=True)),
    "strcat": _joined,
}
