"""Functions that tell of a table's columns."""

from __future__ import annotations

import json

from ...conversion import literal
from ..values import Value
from .registry import Arguments, function


@function("column_names_of", takes=("node",), required=1)
def _column_names_of(arguments: Arguments) -> Value:
    """The columns' names in their order, known before the query runs."""
    from ..tabular.sources import bind_table

    table = bind_table(arguments.context, arguments.node.args[0])
    names = json.dumps([column.name for column in table.visible], ensure_ascii=False, separators=(",", ":"))
    return Value(literal(names), "dynamic", names)
