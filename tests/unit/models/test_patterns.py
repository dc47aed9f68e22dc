from __future__ import annotations

import re
from types import ModuleType

import pytest

from jupyterlab_sentinel.models import extraction, file_paths


@pytest.mark.parametrize("module", [extraction, file_paths], ids=lambda module: module.__name__)
def test_no_repeated_group_is_possessive(module: ModuleType) -> None:
    # before Python 3.11.5 such a group loses matches: CPython gh-106052
    patterns = [value.pattern for value in vars(module).values() if isinstance(value, re.Pattern)]
    assert patterns
    assert [pattern for pattern in patterns if re.search(r"(?<!\\)\)(?:[*+?]|\{[0-9,]+\})\+", pattern)] == []
