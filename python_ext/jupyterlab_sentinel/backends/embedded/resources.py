"""What a workspace has beside its tables, as queries see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .places import Places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .saved_functions import SavedFunction
    from .tables import StoredTable


@dataclass(frozen=True, slots=True)
class Resources:
    """Files and functions of a workspace.

    :param external: the file that stands for an address of ``externaldata``.
    :param places: the files that tell where addresses are.
    :param functions: its functions, by each of their names.
    :param workspaces: the tables of other local workspaces, by the name that ``workspace("name")`` knows them by.
    """

    external: Mapping[str, str] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    functions: Mapping[str, SavedFunction] = field(default_factory=dict)
    workspaces: Mapping[str, Mapping[str, StoredTable]] = field(default_factory=dict)
