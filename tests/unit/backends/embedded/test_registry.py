"""How functions are declared."""

from __future__ import annotations

import pytest

from jupyterlab_sentinel.backends.embedded.translation.functions import FUNCTIONS
from jupyterlab_sentinel.backends.embedded.translation.functions.registry import template


def test_no_function_is_declared_twice() -> None:
    known = FUNCTIONS["strlen"]
    with pytest.raises(ValueError, match=r"two functions strlen\(\)"):
        template("strlen", "long", "0", "string")
    assert FUNCTIONS["strlen"] is known
