"""``%%sentinel -o FILE.parquet``: where the answer is, instead of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError
from .answers import range_text
from .blocks import Line
from .values import count_text, seconds_text

if TYPE_CHECKING:
    from ..models.saved_answers import SavedAnswer
    from .blocks import Block

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def file_name(text: str) -> str:
    """A name that an answer can be written to.

    :raises UsageError: not one of a Parquet file.
    """
    if text.lower().endswith(".parquet"):
        return text
    hint = "Write: -o answer.parquet."
    if text.isidentifier():
        hint += f" To bind the answer to a variable, write: %%sentinel {text} <<"
    raise UsageError(f"%%sentinel -o takes a Parquet file, and “{text}” is none.", hint=hint)


def saved_blocks(answer: SavedAnswer) -> list[Block]:
    """What is in the file; what makes it incomplete; how to go on."""
    width = count_text(len(answer.columns), "column")
    head = [count_text(answer.rows, "row"), width, size_text(answer.size), str(answer.path)]
    requests = [] if answer.requests == 1 else [count_text(answer.requests, "request")]
    span = range_text(answer.start, answer.end)
    blocks: list[Block] = [
        Line(" · ".join(head)),
        Line(" · ".join([answer.workspace, span, seconds_text(answer.elapsed_s), *requests, answer.status]), "quiet"),
    ]
    if answer.status == "partial":
        blocks.append(Line("Incomplete: " + ("; ".join(answer.reasons) or "the service did not say why"), "warning"))
    blocks += [Line(remark, "quiet") for remark in answer.remarks]
    blocks.append(
        Line("The value stands for the file: .head(), .to_pandas(), pandas.read_parquet(VAR, columns=[…])", "quiet")
    )
    return blocks


def size_text(size: float) -> str:
    """``512 bytes``, ``1.2 GB``."""
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} {_UNITS[-1]}"
