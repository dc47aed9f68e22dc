"""Functions of the engine's SQL that are written in Python: what SQL and its macros have no words for.

One registry, filled by the families of functions that need it (:func:`register`). A function is made known to the
database when a query first calls it, since the first costs the import of numpy; the SQL calls it by
:func:`python_call`. DuckDB calls it a row at a time with plain Python values, None for null, from any of its threads.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from .computed.remarks import StoppedError, collecting

if TYPE_CHECKING:
    import duckdb

# What a function takes and gives is known to DuckDB alone.
PythonFunction = Callable[..., Any]

_CALLED = re.compile(r"\bkql_py_\w+")
_RUN = "kql_run"
# DuckDB takes a NaN that Python gives for null: reals come as texts.
_REAL = "DOUBLE"


@dataclass(frozen=True, slots=True)
class _Registered:
    function: PythonFunction
    takes: tuple[str, ...]
    gives: str


_REGISTRY: dict[str, _Registered] = {}


def register(name: str, function: PythonFunction, takes: tuple[str, ...], gives: str) -> None:
    """Let SQL call a Python function.

    It has to be pure and quick (a value at most, never a whole table: DuckDB heeds an interrupt between two calls),
    import what is heavy inside, and raise ValueError with a sentence for the user where a value cannot be used.

    :param name: unique, ``[a-z0-9_]+``; SQL knows it as ``kql_py_<name>``.
    :param takes: DuckDB types of the arguments, such as ``VARCHAR``, ``BIGINT``, ``DOUBLE[]``; each may be null.
    :param gives: the DuckDB type of the result, None for null; a ``STRUCT(a DOUBLE, b VARCHAR)`` is given as a dict.
    """
    _REGISTRY[f"kql_py_{name}"] = _Registered(function, takes, gives)


def python_call(name: str, *arguments: str) -> str:
    """SQL that calls a registered function.

    :param arguments: SQL of each argument, of the very types that were registered or such as DuckDB casts to them.
    """
    run = f"getvariable('{_RUN}')"
    call = f"kql_py_{name}({', '.join((run, *arguments))})"
    return f"CAST({call} AS DOUBLE)" if _REGISTRY[f"kql_py_{name}"].gives == _REAL else call


class PythonFunctions:
    """The Python functions that one database knows, and which of its queries were stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, PythonFunction] = {}
        self._stopped: set[int] = set()
        self._remarks: dict[int, dict[str, None]] = {}
        self._runs = 0

    def prepare(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> int | None:
        """Make known what ``sql`` calls.

        :returns: the run's number, for :meth:`stop`; None: it calls no Python.
        """
        called = set(_CALLED.findall(sql)) & _REGISTRY.keys()
        if not called:
            return None
        with self._lock:
            for name in sorted(called - self._made.keys()):
                self._made[name] = _make(cursor, name, self._stopped, self._remarks)
            self._runs += 1
            run = self._runs
            self._remarks[run] = {}
        cursor.execute(f"SET VARIABLE {_RUN}=CAST({run} AS BIGINT)")
        return run

    def stop(self, run: int) -> None:
        """Let every further call of that run fail at once."""
        self._stopped.add(run)

    def finish(self, run: int) -> tuple[str, ...]:
        """The run has ended: what its functions remarked (see :mod:`.computed.remarks`)."""
        self._stopped.discard(run)
        return tuple(self._remarks.pop(run, ()))


def _make(
    cursor: duckdb.DuckDBPyConnection, name: str, stopped: set[int], remarks: dict[int, dict[str, None]]
) -> PythonFunction:
    import duckdb
    from duckdb.func import SPECIAL

    registered = _REGISTRY[name]
    function = registered.function
    as_text = registered.gives == _REAL

    def call(run: int | None, *values: object) -> Any:  # noqa: ANN401  # what was registered
        if run in stopped:
            raise StoppedError
        with collecting(remarks.get(run) if run is not None else None, lambda: run in stopped):
            try:
                found = function(*values)
            except OverflowError as error:
                raise ValueError("A number is too large to be computed with.") from error
        return repr(float(found)) if as_text and found is not None else found

    types: list[Any] = [duckdb.sqltype(each) for each in ("BIGINT", *registered.takes)]
    # DuckDB counts the parameters, and *values as one.
    named = [Parameter(f"p{place}", Parameter.POSITIONAL_ONLY) for place in range(len(types))]
    call.__signature__ = Signature(named)  # type: ignore[attr-defined]
    cursor.create_function(
        name, call, types, duckdb.sqltype("VARCHAR" if as_text else registered.gives), null_handling=SPECIAL
    )
    # DuckDB holds no reference of its own.
    return call
