"""What is known of a workspace's tables and columns: for completion, hints and sweeps."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import KqlSemanticError
from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..models.workspace import FunctionInfo, TableInfo

_NEAR = 3


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables and saved functions by name, as a workspace told them once; empty until it has.

    :param tables: each by its name as the workspace writes it.
    :param functions: likewise.
    """

    tables: Mapping[str, TableInfo] = field(default_factory=dict)
    functions: Mapping[str, FunctionInfo] = field(default_factory=dict)
    _folded: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, tables: Iterable[TableInfo], functions: Iterable[FunctionInfo] = ()) -> Schema:
        """The schema of these tables and functions."""
        by_name = {table.name: table for table in tables}
        saved = {function.name: function for function in functions}
        return cls(by_name, saved, {name.casefold(): name for name in by_name})

    def find(self, name: str) -> TableInfo | None:
        """The table ``name``, in any case if only one fits; None if there is none."""
        found = self.tables.get(name)
        return found if found is not None else self.tables.get(self._folded.get(name.casefold(), ""))

    def table(self, name: str) -> TableInfo:
        """The table ``name``.

        :raises KqlSemanticError: there is none; the hint names the nearest.
        """
        found = self.find(name)
        if found is None:
            near = difflib.get_close_matches(name.casefold(), self._folded, n=_NEAR)
            raise KqlSemanticError(
                f"There is no table {visible(name, limit=100)}.",
                hint=f"Did you mean {' or '.join(self._folded[one] for one in near)}?"
                if near
                else "`%sentinel tables` lists them.",
            )
        return found
