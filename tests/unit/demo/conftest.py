from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def workspace(demo_folder: Path) -> Path:
    return demo_folder


@pytest.fixture(scope="session")
def ask(workspace: Path) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """SQL over the Parquet files: a way to the figures that shares nothing with the product's KQL."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for file in sorted(workspace.glob("*.parquet")):
            connection.execute(f"create view {file.stem} as select * from read_parquet('{file}')")
        yield lambda sql: connection.execute(sql).fetchall()
