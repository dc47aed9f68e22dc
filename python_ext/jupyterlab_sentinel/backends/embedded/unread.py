"""Files of a workspace's folder that no table is made of, though they may be evidence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .sources import FUNCTION_FOLDERS, MANIFEST, as_source, shown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# Nobody takes these for logs.
_NO_LOGS = frozenset(
    f".{kind}"
    for kinds in (
        ("cfg", "ini", "js", "kql", "csl", "py", "toml", "yaml", "yml"),
        ("css", "docx", "htm", "html", "ipynb", "md", "pdf", "pptx", "rst"),
        ("gif", "jpeg", "jpg", "png", "svg", "webp"),
        ("lock", "mmdb", "sha256", "sig"),
    )
    for kind in kinds
)
_NAMED = 5
_MOST_ENTRIES = 2_000


def unread_notice(root: Path, used: Collection[str]) -> str | None:
    """One sentence that names files, and subfolders without a table, that will be in no answer; None: there are none.

    :param used: paths of files that the workspace reads in another way.
    """
    if not root.is_dir():
        return None
    known = {str(Path(path).resolve()) for path in used}
    names = list(_unread(root, known))
    if not names:
        return None
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"Nothing is read of {', '.join(names[:_NAMED])}{more}: no table is made of such files."


def _unread(root: Path, known: Collection[str]) -> Iterator[str]:
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            if path.name.casefold() not in FUNCTION_FOLDERS and _holds_only_unread(path):
                yield f"{shown_name(path)}{os.sep}"
        elif _is_unread(path) and str(path.resolve()) not in known:
            yield shown_name(path)


def _is_unread(path: Path) -> bool:
    return path.name != MANIFEST and path.suffix.lower() not in _NO_LOGS and as_source(path) is None


def _holds_only_unread(folder: Path) -> bool:
    """Whether there are files that are not read, and none that is; others have their own notices."""
    seen, unread = 0, False
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            seen += 1
            if seen > _MOST_ENTRIES:
                return unread
            if as_source(Path(path, name)) is not None:
                return False
            unread = unread or (not name.startswith(".") and _is_unread(Path(path, name)))
    return unread
