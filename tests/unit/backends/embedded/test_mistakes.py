"""Mistakes that people make, and what the engine tells them: what is wrong, where, and how to mend it."""

from __future__ import annotations

import pytest

from jupyterlab_sentinel.errors import KqlError

from .asking import Opener, rows

MISTAKES = [
    # From the habit of other languages.
    ('T | where b == "x" AND a == 1', "KQL's words are written small: and."),
    ('T | where not b == "x"', "Write not( … ), with parentheses."),
    ('T | where b not contains "x"', "Write !contains."),
    ('T | where b !contain "x"', "Did you mean !contains?"),
    ("T | where !(a == 1)", "Write not( … )."),
    ("T | where b is null", "Ask with isnull(x), isempty(x), isnotnull(x) or isnotempty(x)."),
    (
        "T | where b == null",
        "Ask with isnull() or isempty(); as a value write for instance dynamic(null) or long(null).",
    ),
    ("T | where a in [1, 2]", "A list stands in parentheses, as in (1, 2), or is dynamic([1, 2])."),
    ("T | where a => 1", "Write >=."),
    ("T | where a \u2265 1", "Write >=."),
    ("T | where a === 1", "Write == to compare."),
    ("T | join (T) on $left.a = $right.a", "Write == to compare."),
    ("T | extend x = a ? 1 : 2", "Write iff(condition, a, b)."),
    ("T | extend x = a ?? 1", "Write coalesce(a, b)."),
    ("/* all of it */ T", "Comments begin with // and end with the line."),
    ("T | order by a descending", "Write desc."),
    ('T | where b like "%x%"', "Use contains, startswith, endswith or matches regex."),
    # From a word processor, a chat or a web page.
    ("T | where b == \u201cx\u201d", "Texts stand between straight quotes, \" or '."),
    ("T | where b == \u2018x\u2019", "Texts stand between straight quotes, \" or '."),
    # Names.
    ("T | summarize count by a", "The function is written count( … )."),
    ("T | where TimeGenerated > now - 1d", "The function is written now( … )."),
    ("T | extend x = 1, y = x + 1", "This operator makes x itself: make it in an extend or summarize before."),
    ("T | summarize n = count(), m = n + 1", "This operator makes n itself: make it in an extend or summarize before."),
]
TOLD = [
    ("print strlen()", "strlen() takes 1 argument, and here are 0."),
    ('print iff(true, "a")', "iff() takes 3 arguments, and here are 2."),
    ("T | summarize percentile(a)", "percentile() takes 2 arguments, and here is 1."),
    ("T | order a", "Expected 'by' after order but found 'a'."),
    ("T | sort a", "Expected 'by' after sort but found 'a'."),
    # These failed inside the database, as if they were the engine's own faults.
    ("range x from 1 to 5 step 0", "range never ends with a step of 0."),
    ("range t from ago(1d) to now() step 0h", "range never ends with a step of 0."),
    ("T | summarize", "summarize says nothing to count or to group by."),
    # These were answered with no rows.
    ('T | where TimeGenerated > "ago(1d)"', "'ago(1d)' is no datetime, and nothing is greater or less than it."),
    ('T | where TimeGenerated <= "yesterday"', "'yesterday' is no datetime, and nothing is greater or less than it."),
    ('T | where a > "many"', "'many' is no long, and nothing is greater or less than it."),
    ('T | where a < "1.5"', "'1.5' is no long, and nothing is greater or less than it."),
]


@pytest.fixture
def table(folder: object) -> None:
    folder.joinpath("T.csv").write_text("TimeGenerated,a,b\n2026-01-01T00:00:00Z,1,x\n")  # type: ignore[attr-defined]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("kql", "hint"), MISTAKES)
async def test_a_hint_says_how_to_mend_it(opened: Opener, kql: str, hint: str) -> None:
    backend = await opened()
    with pytest.raises(KqlError) as caught:
        await rows(backend, kql)
    assert caught.value.hint == hint
    assert caught.value.position is not None


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("kql", "message"), TOLD)
async def test_a_message_says_what_is_wrong(opened: Opener, kql: str, message: str) -> None:
    backend = await opened()
    with pytest.raises(KqlError) as caught:
        await rows(backend, kql)
    assert caught.value.message == message


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "kql",
    [
        'T | where TimeGenerated > "2025-12-31"',
        'T | where TimeGenerated > "Sat, 8 Nov 14 15:05:02 GMT"',
        'T | where a >= "1"',
        "T | extend count = 1 | where count == 1",
    ],
)
async def test_what_can_be_read_is_still_answered(opened: Opener, kql: str) -> None:
    assert len(await rows(await opened(), kql)) == 1
