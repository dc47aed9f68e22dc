"""``%sentinel save VAR as TABLE``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..models.indicators import visible
from .arguments import Arguments
from .blocks import Line
from .display import show
from .sources import frame_of
from .values import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..services.case_folder import SavedTable
    from .blocks import Block
    from .desk import Desk

SUMMARY = "keep a frame as a table of a case folder, to go on with later: save VAR as TABLE"

EXAMPLES = """examples:
  %sentinel save logons as Logons               into the folder `case` beside the notebook
  %sentinel save logons as Logons --replace     in place of what was saved by that name
  %sentinel save --folder /cases/4711           from here on into this folder
  %sentinel connect ./case                      and go on, offline, with the same types"""

_USAGE = "Write: %sentinel save VAR as TABLE"


def run(desk: Desk, words: Sequence[str]) -> None:
    """Write the file and say what is in it; only ``--folder``: remember it."""
    parser = Arguments("%sentinel save", SUMMARY, EXAMPLES)
    parser.add_argument("words", nargs="*", metavar="VAR as TABLE", help="which frame, and the table's name")
    parser.add_argument("--folder", metavar="PATH", help="the case folder, for this and every later save")
    parser.add_argument("--replace", action="store_true", help="replace the table if it was saved before")
    given = parser.read(words)
    folder = desk.case_folder if given.folder is None else Path(given.folder).expanduser().absolute()
    if not given.words:
        if given.folder is None:
            raise UsageError("%sentinel save: what, and as which table?", hint=_USAGE)
        desk.case_folder = folder
        show([Line(f"Results are saved to {folder} from here on")])
        return
    name, table = _read(given.words)
    from ..services.case_folder import save

    frame = _frame(desk, name)
    saved = save(frame, table, folder, replace=given.replace)
    desk.case_folder = folder
    show(_told(saved, frame))


def _read(words: Sequence[str]) -> tuple[str, str]:
    """``VAR as TABLE``, or ``VAR TABLE``."""
    plain = [word for place, word in enumerate(words) if not (place == 1 and word.lower() == "as")]
    if len(plain) != 2:
        raise UsageError("%sentinel save needs a variable and the name of a table.", hint=_USAGE)
    return plain[0], plain[1]


def _frame(desk: Desk, name: str) -> pd.DataFrame:
    value = desk.variable(name)
    frame = frame_of(value)
    if frame is None:
        raise UsageError(
            f"{visible(name, limit=60)} is no DataFrame but a {type(value).__name__}.",
            hint="Save what %%sentinel gave, or make a frame of it: pd.DataFrame(…)",
        )
    return frame


def _told(saved: SavedTable, frame: pd.DataFrame) -> list[Block]:
    rows, columns = count_text(saved.rows, "row"), count_text(len(saved.columns), "column")
    blocks: list[Block] = [Line(f"Saved {saved.table} · {rows}, {columns} · {saved.path}")]
    facts = frame.attrs.get("sentinel")
    if isinstance(facts, dict) and facts.get("status") == "partial":
        blocks.append(Line("It is a partial answer: what is asked of it later will say so.", "warning"))
    blocks += [Line(remark, "warning") for remark in saved.remarks]
    return blocks
