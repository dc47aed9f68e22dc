"""Queries that are too large, too deep or too greedy end in an answer or in an error that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.database import open_database
from jupyterlab_sentinel.errors import KqlSyntaxError, KqlUnsupportedError, LimitError, SentinelError

from .asking import Opener, rows


def chain(first: str, step: str, count: int, last: str) -> str:
    """``let x0 = first; let x1 = step of x0; …``."""
    lets = [f"let x0 = {first};", *(f"let x{n} = {step.format(x=f'x{n - 1}')};" for n in range(1, count))]
    return "\n".join([*lets, last])


@pytest.mark.parametrize(
    ("kql", "wanted"),
    [
        pytest.param("T | where a in (" + ", ".join(f"'v{n}'" for n in range(12_000)) + ") | count", 0, id="100 kB"),
        pytest.param("T | where " + " or ".join(f"a has 'v{n}'" for n in range(2000)) + " | count", 0, id="2000 or"),
        pytest.param("T | where " + " and ".join(f"b != {n}" for n in range(9, 1009)) + " | count", 2, id="1000 and"),
        pytest.param("union " + ", ".join(["T"] * 2000) + " | count", 4000, id="2000 legs"),
        pytest.param("T " + "| where b > 0 " * 999 + "| count", 2, id="1000 operators"),
        pytest.param("".join(f"let x{n} = {n};\n" for n in range(1000)) + "print x0 + x999", 999, id="1000 lets"),
        pytest.param(chain("T", "union {x}, {x}", 12, "x11 | count"), 4096, id="2^12 rows"),
    ],
)
async def test_large_queries_are_answered(folder: Path, opened: Opener, kql: str, wanted: int) -> None:
    (folder / "T.csv").write_text("a,b\nx,1\ny,2\n")
    assert await rows(await opened(), kql) == [(wanted,)]


@pytest.mark.parametrize(
    ("kql", "error"),
    [
        pytest.param(f"print {'(' * 500}1{')' * 500}", KqlSyntaxError, id="500 parentheses"),
        pytest.param(f"print {'-' * 3000}1", KqlSyntaxError, id="signs"),
        pytest.param(f"print dynamic({'[' * 5000}{']' * 5000})", KqlSyntaxError, id="brackets"),
        pytest.param(f"print {' + '.join(['rand()'] * 3000)}", KqlUnsupportedError, id="sums"),
        pytest.param("T" + " | extend b = b + 1" * 3000, KqlUnsupportedError, id="3000 operators"),
        pytest.param(chain("1", "{x} + 1", 1000, "print x999"), KqlUnsupportedError, id="1000 lets in a row"),
        pytest.param(chain("rand()", "{x} + {x}", 41, "print x40"), KqlUnsupportedError, id="2^40 terms"),
        pytest.param(chain("T", "union {x}, {x}", 60, "x59 | count"), KqlUnsupportedError, id="2^60 rows"),
        pytest.param(
            chain("(n:long) { n }", "(n:long) {{ {x}(n) + {x}(n) }}", 16, "print x15(1)"),
            KqlUnsupportedError,
            id="2^16 calls",
        ),
        pytest.param(chain("() { T }", "() {{ union {x}, {x} }}", 16, "x15"), KqlUnsupportedError, id="2^16 tables"),
    ],
)
async def test_endless_queries_are_refused(folder: Path, opened: Opener, kql: str, error: type[SentinelError]) -> None:
    (folder / "T.csv").write_text("a,b\nx,1\ny,2\n")
    with pytest.raises(error):
        await rows(await opened(), kql)


async def test_more_steps_than_the_engine_takes_is_no_fault_of_ours(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a,b\nx,1\ny,2\n")
    backend = await opened()
    with pytest.raises(LimitError, match="more steps"):
        await rows(backend, chain("T", "{x} " + "| where b > 0 " * 900, 28, "x27 | count"))
    assert await rows(backend, "T | count") == [(2,)]


async def test_memory_has_an_end(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    backend = await opened(memory_limit="60MB")
    with pytest.raises(LimitError, match="memory"):
        await rows(
            backend,
            "range x from 1 to 20000000 step 1 | summarize l = make_list(x, 20000000) | project array_length(l)",
        )
    assert await rows(backend, "T | count") == [(1,)]


def test_what_spills_to_disk_has_an_end(tmp_path: Path) -> None:
    connection = open_database(tmp_path, "100MB")
    (limit,) = connection.execute("SELECT current_setting('max_temp_directory_size')").fetchall()[0]
    assert "%" not in str(limit)
    connection.close()
