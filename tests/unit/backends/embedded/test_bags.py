"""Property bags, where the documented examples say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.computed.bags import path_of, with_key, without_keys
from jupyterlab_sentinel.errors import KqlSemanticError

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


def test_paths() -> None:
    assert path_of("a.b") == ["a.b"]
    assert path_of("$.a.b") == ["a", "b"]
    assert path_of("""$['a b'].c["d\\"e"]""") == ["a b", "c", 'd"e']
    for wrong in ("$", "$.a[0]", "$..a", "$.a[*]", "$a"):
        with pytest.raises(ValueError, match="not a path"):
            path_of(wrong)


def test_keys_are_set() -> None:
    assert with_key('{"a":1.50}', "b", '"x"') == '{"a":1.50,"b":"x"}'
    assert with_key("{}", "$.a.b", None) == '{"a":{"b":null}}'
    assert with_key("[]", "a", "1") is None
    assert with_key(None, "a", "1") is None
    with pytest.raises(ValueError, match="not a bag"):
        with_key('{"a":1}', "$.a.b", "1")


def test_keys_are_removed() -> None:
    assert without_keys('{"a":{"b":1,"c":2},"d":3}', '["$.a.b", "d", "e", "$.x.y", 4]') == '{"a":{"c":2}}'
    assert without_keys('{"a":1}', '["$.a.b"]') == '{"a":1}'
    assert without_keys("1", '["a"]') is None


async def test_in_queries(opened: Opener) -> None:
    backend = await opened()
    kql = (
        "print b = dynamic({'a': 1}), k = 'b' | project bag_set_key(b, k, 2d), bag_remove_keys(b, pack_array('a', k)), "
        "bag_set_key(dynamic(null), 'a', 1), bag_pack_columns(k)"
    )
    assert await rows(backend, kql) == [({"a": 1, "b": "2.00:00:00"}, {}, None, {"k": "b"})]
    for wrong in ("bag_set_key(b, '$.a[0]', 1)", "bag_remove_keys(b, dynamic(['$.a[0]']))", "bag_pack_columns(b.a)"):
        with pytest.raises(KqlSemanticError):
            await rows(backend, f"print b = dynamic({{}}) | project {wrong}")


async def test_merged_bags_keep_the_order_of_their_keys(opened: Opener) -> None:
    backend = await opened()
    bags = "dynamic({'b': 1, 'a': 2}), dynamic({'c': 3, 'a': 4}), dynamic({'b': 5, 'd': null})"
    assert await rows(backend, f"print tostring(bag_merge({bags}))") == [('{"b":1,"a":2,"c":3,"d":null}',)]
