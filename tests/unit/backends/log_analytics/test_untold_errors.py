"""An answer that says that it failed is never taken for a whole one, whatever it says of that."""

from __future__ import annotations

import json

import pytest

from jupyterlab_sentinel.backends.log_analytics.decoding import decode
from jupyterlab_sentinel.backends.log_analytics.failures import reasons

TABLE = {"name": "PrimaryResult", "columns": [{"name": "a", "type": "long"}], "rows": [[1]]}


@pytest.mark.parametrize(
    "error",
    [
        b'"PartialError"',
        b"1",
        b"true",
        b"[]",
        b"{}",
        b'[{"code": "PartialError"}]',
        b'{"code": "PartialError", "line": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_object_is_an_error_all_the_same(error: bytes) -> None:
    found = decode(b'{"tables": [' + json.dumps(TABLE).encode() + b'], "error": ' + error + b"}")
    assert found.tables[0].rows == 1
    assert found.error
    assert reasons(found.error)


@pytest.mark.parametrize("error", [b"", b', "error": null'])
def test_no_error_is_none(error: bytes) -> None:
    assert decode(b'{"tables": [' + json.dumps(TABLE).encode() + b"]" + error + b"}").error == {}
