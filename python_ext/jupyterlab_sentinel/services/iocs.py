"""Indicators from whatever an analyst has: text, a file, a column, a frame."""

from __future__ import annotations

import difflib
import json
import os
import stat
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, LimitError, UsageError
from ..models.extraction import Occurrence, scan_text
from ..models.indicators import INDICATOR_TYPES, defang, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

MAX_CHARACTERS = 50_000_000
COLUMNS = ("type", "value", "defanged", "source", "start", "end")
_MEGABYTE = 1_000_000


def extract_iocs(
    source: str | Path | pd.Series | pd.DataFrame,
    *,
    columns: Sequence[str] | str | None = None,
    types: Sequence[str] | str | None = None,
) -> pd.DataFrame:
    """Every distinct indicator of ``source``, where it comes first.

    A URL also gives its host as a row of its own, an e-mail address its domain.

    :param source: the text itself as str; a file as Path (UTF-8, or UTF-16 with a byte order mark); a Series; or a
        DataFrame, whose cells of text, lists and dicts are searched, the latter two as JSON.
    :param columns: for a DataFrame: only these.
    :param types: only these; see ``INDICATOR_TYPES``.
    :returns: columns ``type``, ``value`` (refanged and normalised), ``defanged`` (safe to show), ``source`` (``text``,
        the file's name, or ``Column[row label]``), ``start`` and ``end``: character offsets in the text as given, the
        end exclusive. From text and files one row an indicator; from frames one an indicator and row.
    :raises UsageError: an unknown type or column, or a source of another kind.
    :raises DataError: a file that cannot be read as text.
    :raises LimitError: more than 50 million characters, or a file of more than 50 MB.
    """
    wanted = _types(types)
    if isinstance(source, str):
        if columns is not None:
            raise UsageError("columns= is for frames, and this is text.", hint="Leave it out.")
        _check_size(len(source))
        return _frame(_first_of_each(scan_text(source, wanted), "text"))
    if isinstance(source, os.PathLike):
        path = Path(source)
        return _frame(_first_of_each(scan_text(read_text(path), wanted), visible(path.name, limit=200)))
    return _frame(_from_cells(_cells(source, columns), wanted))


def read_text(path: Path) -> str:
    """A regular file's text of at most 50 MB: UTF-8, or UTF-16 with a byte order mark, which is not part of it.

    Bytes that are no UTF-8 each count as one replacement character.

    :raises DataError: not there, no regular file, or not readable; network shares are refused.
    :raises LimitError: larger.
    """
    shown = visible(str(path), limit=200)
    if str(path).startswith(("\\\\", "//")):
        raise DataError(f"{shown} is on a network share.", hint="Copy the file first.")
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a Path cannot be opened without waiting for a pipe
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise DataError(f"{shown} is no regular file.", hint="Give a text file.")
            if status.st_size > MAX_CHARACTERS:
                raise _too_large(f"{shown} has {status.st_size / _MEGABYTE:,.0f} MB")
            content = file.read(MAX_CHARACTERS + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DataError(f"{shown} cannot be read: {reason}.", hint="Check the file's name and your rights.") from None
    if len(content) > MAX_CHARACTERS:
        raise _too_large(f"{shown} has more than {MAX_CHARACTERS / _MEGABYTE:.0f} MB")
    return _decoded(content)


def _decoded(content: bytes) -> str:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return content.removeprefix(BOM_UTF8).decode("utf-8", "replace")


def _types(types: Sequence[str] | str | None) -> frozenset[str]:
    if types is None:
        return frozenset(INDICATOR_TYPES)
    names = [types] if isinstance(types, str) else list(types)
    for name in names:
        if name not in INDICATOR_TYPES:
            near = difflib.get_close_matches(str(name), INDICATOR_TYPES, n=2)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"Types are {', '.join(INDICATOR_TYPES)}."
            raise UsageError(f"There is no indicator type {visible(str(name), limit=60)}.", hint=hint)
    return frozenset(names)


def _check_size(characters: int) -> None:
    if characters > MAX_CHARACTERS:
        raise _too_large(f"The text has {characters / _MEGABYTE:,.0f} million characters")


def _too_large(what: str) -> LimitError:
    limit = MAX_CHARACTERS // _MEGABYTE
    return LimitError(f"{what}; at most {limit} million are searched at once.", hint="Split it and search the parts.")


def _first_of_each(found: Iterable[Occurrence], source: str) -> Iterator[tuple[object, ...]]:
    seen: set[tuple[str, str]] = set()
    for start, end, kind, value in found:
        if (kind, value) not in seen:
            seen.add((kind, value))
            yield kind, value, defang(value, kind), source, start, end


def _frame(rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    import pandas as pd

    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    data = dict(zip(COLUMNS, columns, strict=True))
    texts = {name: pd.Series(data[name], dtype="str") for name in COLUMNS[:4]}
    numbers = {name: pd.Series(data[name], dtype="int64") for name in COLUMNS[4:]}
    return pd.DataFrame(texts | numbers)


# --- frames --------------------------------------------------------------------------------------------------------


def _cells(source: object, columns: Sequence[str] | str | None) -> Iterator[tuple[int, str, str]]:
    """The cells to search, row by row: the row's position, its place for people, its text."""
    import pandas as pd

    if isinstance(source, pd.Series):
        source = source.to_frame("Series" if source.name is None else source.name)
    if not isinstance(source, pd.DataFrame):
        kind = type(source).__name__
        raise UsageError(
            f"Indicators cannot be extracted from a {kind}.", hint="Give text, a Path, a Series or a DataFrame."
        )
    names = _columns(source, columns)
    labels = [visible(str(label), limit=60) for label in source.index]
    shown = [visible(str(source.columns[position]), limit=60) for position in names]
    texts = [[_cell_text(value) for value in source.iloc[:, position]] for position in names]
    for row, label in enumerate(labels):
        for name, column in zip(shown, texts, strict=True):
            if column[row]:
                yield row, f"{name}[{label}]", column[row]


def _columns(frame: pd.DataFrame, columns: Sequence[str] | str | None) -> list[int]:
    known = [str(name) for name in frame.columns]
    if columns is None:
        return list(range(len(known)))
    wanted = [columns] if isinstance(columns, str) else list(columns)
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=2)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"It has {', '.join(known[:10])}."
            raise UsageError(f"The frame has no column {visible(str(name), limit=60)}.", hint=visible(hint))
    return [position for position, name in enumerate(known) if name in wanted]


def _cell_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return ""


def _from_cells(cells: Iterable[tuple[int, str, str]], wanted: frozenset[str]) -> Iterator[tuple[object, ...]]:
    """One row an indicator and row of the frame; a text that repeats is scanned once."""
    scanned: dict[str, list[Occurrence]] = {}
    searched = 0
    current = -1
    seen: set[tuple[str, str]] = set()
    for row, place, text in cells:
        if row != current:
            current = row
            seen = set()
        found = scanned.get(text)
        if found is None:
            searched += len(text)
            _check_size(searched)
            found = scanned[text] = scan_text(text, wanted)
        for start, end, kind, value in found:
            if (kind, value) not in seen:
                seen.add((kind, value))
                yield kind, value, defang(value, kind), place, start, end
