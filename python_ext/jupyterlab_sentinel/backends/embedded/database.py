"""The locked DuckDB instance of a workspace: opened, filled, shut, then only read by translated queries."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from .conversion import file_literal, literal
from .macros import create_file_macros

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

_MAX_THREADS = 8


def open_database(scratch: Path, memory: str | None = None, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """An instance in memory that may read files until :func:`lock` is called.

    :param scratch: folder for what does not fit into memory; at most half of what its disk has free.
    :param memory: limit such as ``2GB``; None: half of the machine's.
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "temp_directory": str(scratch),
            "max_temp_directory_size": _half_of_disk(scratch),
            "memory_limit": memory or _half_of_memory(),
            "threads": str(threads or min(_MAX_THREADS, os.cpu_count() or 1)),
        },
    )
    # For every cursor, not for this connection alone.
    connection.execute("SET GLOBAL TimeZone='UTC'")
    connection.execute("SET GLOBAL error_on_division_by_zero=false")
    # Its time grows with the square of a union's tables: half a minute for all that Sentinel knows.
    connection.execute("SET GLOBAL disabled_optimizers='projection_pullup'")
    create_file_macros(connection)
    return connection


def lock(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    """From here on only ``files`` can be read, nothing written, and no setting changed."""
    # DuckDB asks for the path as it is written, and for the file that is found there.
    listed = ", ".join(dict.fromkeys(each for path in files for each in (literal(path), file_literal(path))))
    connection.execute(f"SET allowed_paths=[{listed}]")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")


def _half_of_memory() -> str:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "4GB"
    return f"{max(total // 2, 512 * 1024 * 1024)}B"


def _half_of_disk(folder: Path) -> str:
    return f"{shutil.disk_usage(folder).free // 2}B"
