"""Which indicators occur where: one query for hundreds of them, over every table.

An indicator occurs in a row if ``has`` finds it in a column of type string, dynamic or guid, as ``search "x"`` does: in
any case, and with no letter or digit next to it. So ``10.0.0.1`` is not found in ``10.0.0.10``; a domain is found in
its subdomains, and a URL in longer ones that go on after a delimiter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, cast

from ..errors import UsageError
from ..models.frames import ATTRS_KEY
from ..models.indicators import visible
from ..models.moments import moments
from .query import Question, ask
from .schema import Schema
from .sweep_query import SEARCHED, sweep_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from ..models.tables import QueryResult
    from ..models.workspace import TableInfo
    from ..ports import Progress, QueryBackend
    from ..store import Store

COLUMNS = ("value", "type", "table", "count", "first", "last")
MOST_VALUES = 1_000
"""How many indicators go into one query."""
MOST_CHARACTERS = 100_000
"""How long their text in one query may be."""
MOST_TABLES = 60
"""From how many tables on a first query finds out which of them are worth the second."""

_LONGEST_VALUE = 8_192


@dataclass(frozen=True, slots=True)
class Target:
    """A value to look for, and what it is: an indicator type, or ``text``."""

    value: str
    type: str


@dataclass
class _Findings:
    """What the queries have brought so far; rows are (value, table) and then count, first and last time."""

    rows: dict[tuple[str, str], tuple[int, datetime | None, datetime | None]] = field(default_factory=dict)
    results: list[QueryResult] = field(default_factory=list)

    def add(self, result: QueryResult) -> None:
        self.results.append(result)
        for row in result.to_arrow().to_pylist():
            found = (row["row_count"], row["first_time"], row["last_time"])
            self.rows[row["value"], row["table_name"]] = found


async def sweep(  # noqa: PLR0913  # all but two by keyword
    backend: QueryBackend,
    values: Iterable[str] | pd.DataFrame | pd.Series,
    *,
    tables: Sequence[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    progress: Progress | None = None,
    store: Store | None = None,
    timeout_s: float = 180.0,
) -> pd.DataFrame:
    """Look for ``values`` in every table, or in ``tables``.

    :param values: texts, defanged or not; a Series; or a frame with a column ``value`` (or another that is plain).
    :param tables: names or wildcards; default: all.
    :param start: UTC, inclusive; None: no bound. :param end: exclusive.
    :param timeout_s: for each query.
    :returns: columns ``value, type, table, count, first, last``, most matches first; a value without any match has a
        row with an empty table and count 0. ``attrs["sentinel"]`` holds the provenance; its ``status`` is ``partial``
        if an answer was.
    :raises UsageError: no values, an unknown table, or a frame without a plain column.
    :raises SentinelError: the workspace did not answer.
    """
    targets = read_targets(values)
    question = Question(text="", start=start, end=end, timeout_s=timeout_s)
    findings = _Findings()
    batches = list(_batches(targets))
    wanted = _chosen(await backend.tables(), tables)
    for number, batch in enumerate(batches):
        if progress is not None:
            progress(number / len(batches), f"{len(targets):,} values in {len(wanted):,} tables")
        narrowed = wanted
        if len(wanted) > MOST_TABLES:
            narrowed = await _narrowed(backend, question, store, batch, wanted)
        if narrowed:
            kql = sweep_query([target.value for target in batch], narrowed)
            findings.add(await ask(_with_text(question, kql), backend, store))
    return _frame(targets, findings, backend, question)


def read_targets(values: Iterable[str] | pd.DataFrame | pd.Series) -> list[Target]:
    """The distinct values, refanged and typed, in their order.

    :raises UsageError: there are none.
    """
    from .enrichment_frames import distinct_values
    from .indicator_values import indicator_of

    targets: dict[str, Target] = {}
    for given in distinct_values(values, None):
        text = given.encode("utf-8", "replace").decode("utf-8")
        found = indicator_of(text)
        plain = found.value if found else " ".join(text.split())
        if len(plain) > _LONGEST_VALUE:
            raise UsageError(
                f"A value of {len(plain):,} characters is too long to look for.", hint="Leave it out, or shorten it."
            )
        targets.setdefault(plain.casefold(), Target(plain, found.type if found else "text"))
    if not targets:
        raise UsageError(
            "There is nothing to look for: no value was given.", hint="Give values, or a variable that holds some."
        )
    return list(targets.values())


def _chosen(known: Sequence[TableInfo], wanted: Sequence[str] | None) -> list[TableInfo]:
    """The tables to look into: those that have a column that can hold a value, and are not known to be empty."""
    if wanted is None:
        found = list(known)
    else:
        schema = Schema.of(known)
        found = [table for name in wanted for table in _matching(schema, name)]
    unique = {table.name: table for table in found}
    return [table for table in unique.values() if table.rows != 0 and any(c.type in SEARCHED for c in table.columns)]


def _matching(schema: Schema, name: str) -> list[TableInfo]:
    if not any(mark in name for mark in "*?"):
        return [schema.table(name)]
    folded = name.casefold()
    found = [table for table in schema.tables.values() if fnmatchcase(table.name.casefold(), folded)]
    if not found:
        raise UsageError(f"No table is called like {visible(name, limit=100)}.", hint="`%sentinel tables` lists all.")
    return found


async def _narrowed(
    backend: QueryBackend, question: Question, store: Store | None, batch: Sequence[Target], tables: Sequence[TableInfo]
) -> list[TableInfo]:
    """Those tables in which anything is found at all; ``search`` uses the workspace's index of terms."""
    from ..kql.literals import kql_literal, quoted_name

    terms = " or ".join(kql_literal(target.value) for target in batch)
    scope = ", ".join(quoted_name(table.name) for table in tables)
    kql = f"search in ({scope}) {terms}\n| summarize by table_name = $table"
    answer = await ask(_with_text(question, kql), backend, store)
    names = set(answer.to_arrow().column("table_name").to_pylist())
    return [table for table in tables if table.name in names or answer.status == "partial"]


def _batches(targets: Sequence[Target]) -> Iterator[list[Target]]:
    batch: list[Target] = []
    length = 0
    for target in targets:
        if batch and (len(batch) >= MOST_VALUES or length + len(target.value) > MOST_CHARACTERS):
            yield batch
            batch, length = [], 0
        batch.append(target)
        length += len(target.value) + 3
    yield batch


def _with_text(question: Question, kql: str) -> Question:
    return replace(question, text=kql)


def _frame(targets: Sequence[Target], findings: _Findings, backend: QueryBackend, question: Question) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    by_value: dict[str, list[tuple[str, tuple[int, datetime | None, datetime | None]]]] = {}
    for (value, table), found in findings.rows.items():
        by_value.setdefault(value, []).append((table, found))
    for target in targets:
        held = sorted(by_value.get(target.value.lower(), []), key=lambda pair: (-pair[1][0], pair[0]))
        rows += [(target.value, target.type, table, *found) for table, found in held]
        if not held:
            rows.append((target.value, target.type, "", 0, None, None))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["count"] = frame["count"].astype("Int64")
    for place, name in ((4, "first"), (5, "last")):
        frame[name] = moments(cast("datetime | None", row[place]) for row in rows)
    frame = frame.sort_values("count", ascending=False, kind="stable", ignore_index=True)
    frame.attrs[ATTRS_KEY] = _provenance(findings.results, backend, question, len(frame))
    return frame


def _provenance(
    results: Sequence[QueryResult], backend: QueryBackend, question: Question, rows: int
) -> Mapping[str, object]:
    reasons = list(dict.fromkeys(reason for result in results for reason in result.reasons))
    partial = any(result.status == "partial" for result in results)
    return {
        "query": ";\n\n".join(result.query for result in results),
        "workspace": backend.info.name,
        "start": None if question.start is None else question.start.isoformat(),
        "end": None if question.end is None else question.end.isoformat(),
        "status": "partial" if partial else "complete",
        "reasons": reasons,
        "rows": rows,
        "elapsed_s": sum(result.elapsed_s for result in results),
        "sent_at": results[0].sent_at.isoformat() if results else None,
        "requests": sum(result.requests for result in results),
    }
