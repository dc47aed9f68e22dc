"""What the translation does faster in a simple query it does to the same end in one that it cannot make faster.

Each question is asked of a file as it is, where properties are read from the text, rows are picked by number and words
go through a filter first, and of the same rows behind steps that hide all that.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend

from .asking import Opener, rows

TEXTS = [
    '{"a":1,"b":{"c":[1,2,{"d":"x"}]}}',
    '{"a":"Xy z","b":null}',
    '{"a":null}',
    '{"a":{"a":1}}',
    "[1,2,3]",
    "[]",
    "{}",
    "",
    "  ",
    "null",
    '"text"',
    "1.50",
    "true",
    "not json",
    '{"a":1',
    '{"A":5}',
    '{"a b":"sp","a.b":"dot","x":{"":1}}',
    '{"a":"\\u00e9\\u0000"}',
    '{"a":"q\\"uote"}',
    '[{"a":1},{"a":"z"}]',
    '{"a":12345678901234567890}',
    ' {"a": 7 } ',
    '{"a":"1.1.1.1"}',
    '{"a":true}',
    '{"a":1}trailing',
]
WORDS = ["", "A b", "foo-bar", "PowerShell -enc", "\u00c9", "\u00e9 x", "\u017fetup", "\u212a", "x_y", "a\nb", '"']
STEPS = (
    "let P = materialize(T_CL | extend zz = 1 | project-away zz | sort by n asc); P",
    "T_CL | mv-expand zz = dynamic([1]) | project-away zz",
)
PATHS = ("x.a", "x.b.c[2].d", "x[0]", "x[-1].a", 'x["a b"]', 'x["a.b"]', "x.nosuch", "x.a.a")
READ = (
    "{0}",
    "tostring({0})",
    "tolong({0})",
    "isnull({0})",
    "gettype({0})",
    "{0} == 1",
    '{0} has "xy"',
    '{0} in (1, "z")',
    'iff({0} == 1, "y", "n")',
    'coalesce(tostring({0}), "none")',
)
TESTS = [
    *(f's {op} "{word}"' for op in ("has", "!has", "has_cs", "contains", "startswith") for word in ("", "a", "\u00e9")),
    *(f's {op} "{word}"' for op in ("has", "hasprefix", "=~", "contains_cs") for word in ("setup", "k", "foo", "_")),
    *(f's has_any ("{word}", "zzzz")' for word in ("", "a", "setup", "k", "foo-bar", "\u00c9")),
]
PICKS = ("arg_max(n, *)", "arg_max(n, s, j)", "arg_min(n, s), arg_max(n, j)", "make_set(s), max(n)")


@pytest.fixture
async def backend(folder: Path, opened: Opener) -> EmbeddedBackend:
    lines = [
        json.dumps({"n": place, "j": text, "s": WORDS[place % len(WORDS)], "k": "ab"[place % 2] if place % 7 else ""})
        for place, text in enumerate(TEXTS)
    ]
    (folder / "T_CL.json").write_text("\n".join(lines), "utf-8")
    return await opened()


async def agreed(backend: EmbeddedBackend, step: str) -> None:
    first, *others = [sorted(map(repr, await rows(backend, f"{source} | {step}"))) for source in ("T_CL", *STEPS)]
    for other in others:
        assert other == first, step


async def test_properties_of_a_text(backend: EmbeddedBackend) -> None:
    for path in PATHS:
        columns = ", ".join(f"c{place} = {form.format(path)}" for place, form in enumerate(READ))
        await agreed(backend, f"extend x = parse_json(j) | project n, {columns}")
    for test in ("x.a == 1", 'x.a has "xy"', "isnull(x.a)", 'x.a != "Xy z"'):
        await agreed(backend, f"extend x = parse_json(j) | where {test} | project n")


async def test_words_and_parts_of_texts(backend: EmbeddedBackend) -> None:
    for test in TESTS:
        await agreed(backend, f"where {test} | project n")
        kept = await rows(backend, f"T_CL | where {test} | project n")
        assert kept == await rows(backend, f"T_CL | extend r = {test} | where r | project n"), test


async def test_rows_that_are_picked(backend: EmbeddedBackend) -> None:
    for pick in PICKS:
        for by in ("", "by k", "by tostring(parse_json(j).a)"):
            await agreed(backend, f"summarize {pick} {by}")


FACTS = {
    "print tolong('+5'), tolong(' 7 '), tolong('0x1F'), tolong('1_0'), tolong('1e3'), tolong('5.0')": [
        (5, 7, 31, None, None, None)
    ],
    "print toint(dynamic({'a':true}).a), toint(dynamic({'a':2.9}).a), toint(dynamic({'a':'true'}).a)": [(1, 2, None)],
    "T_CL | extend D = parse_json(j) | summarize countif(tolong(D.a) == 1), sum(toint(D.a))": [(2, 9)],
    "T_CL | where tolong(n) !in (1, 2, 3) | count": [(22,)],
    "T_CL | extend m = iff(n < 5, long(null), n) | summarize countif(m !in (7, 8)), countif(m != 7), countif(m == 7)": [
        (23, 24, 1)
    ],
    "T_CL | extend m = iff(n < 5, long(null), n) | where m !in (7, 8) | count": [(23,)],
    "T_CL | extend m = iff(n < 5, long(null), n) | where iff(m in (7, 8), 1, 2) in (2) and tostring(m) == '' | count": [
        (5,)
    ],
    "T_CL | extend p = split(s, ' ') | extend l = tostring(split(s, ' ')[-1]) | where l != tostring(p[-1]) | count": [
        (0,)
    ],
    "T_CL | where isnull(split(s, ' ')[-3]) | count": [(25,)],
    "T_CL | where isempty(tostring(split(s, ' ')[-2])) | count": [(18,)],
    "T_CL | extend c = case(s in ('a'), 1, 2) | where iff(c in (1), 3, 4) !in (3) | count": [(25,)],
}


@pytest.mark.parametrize("question", FACTS)
async def test_short_forms(backend: EmbeddedBackend, question: str) -> None:
    assert await rows(backend, question) == FACTS[question]


URLS = [
    "https://u:p@h.example:8443/a/b?x=1&y=2#f",
    "ftp://h",
    "h.example/a",
    "",
    "a://[::1]:1/",
    "\u00e9://x",
    'x"://y"/z',
]
PATHS_ON_DISK = [
    "C:\\a\\b.exe",
    "/usr/lib/x.so.1",
    "\\\\host\\share\\f.txt:stream",
    "https://h/p/q.r",
    "",
    "x",
    "a.b:c:d",
]
PARTS = {
    "parse_url": (
        URLS,
        ("Scheme", "Host", "Port", "Path", "Username", "Password", "Fragment", "Query Parameters", "No"),
    ),
    "parse_path": (
        PATHS_ON_DISK,
        (
            "Scheme",
            "RootPath",
            "DirectoryPath",
            "DirectoryName",
            "Filename",
            "Extension",
            "AlternateDataStreamName",
            "No",
        ),
    ),
}


@pytest.mark.parametrize(("function", "key"), [(name, key) for name, (_, keys) in PARTS.items() for key in keys])
async def test_a_part_is_that_of_the_whole(backend: EmbeddedBackend, function: str, key: str) -> None:
    listed = ", ".join(json.dumps(text) for text in PARTS[function][0])
    table = f"datatable(s:string)[{listed}] | extend whole = {function}(s)"
    part = f"{function}(s)[{key!r}]"
    for asked in ("tostring({0})", "{0}", "isnull({0})", "gettype({0})", "tolong({0})", "toint({0}) == 1"):
        one, other = asked.format(part), asked.format(f"whole[{key!r}]")
        found = await rows(backend, f"{table} | project a = {one}, b = {other}")
        assert [a for a, _ in found] == [b for _, b in found]


async def test_counted_and_packed(backend: EmbeddedBackend) -> None:
    table = 'datatable(s:string, n:long, b:bool)["aXbX\\u00e9X\\"q", 7, true, "", long(null), bool(null)]'
    asked = (
        "countof(s, 'X'), countof(s, 'aX'), countof('aaaa', 'aa'), array_length(split(s, 'X')), "
        "tostring(pack_array(s, n, b, 1.0, dynamic([1]))), tostring(bag_pack('k', s, 'n', n, 'b', b)), "
        "tostring(pack_array())"
    )
    assert await rows(backend, f"{table} | project {asked}") == [
        (3, 1, 3, 4, '["aXbX\u00e9X\\"q",7,true,1.0,[1]]', '{"k":"aXbX\u00e9X\\"q","n":7,"b":true}', "[]"),
        (0, 0, 3, 1, '["",null,null,1.0,[1]]', '{"k":"","n":null,"b":null}', "[]"),
    ]


SPLITS = {
    "extend p = split(s, ' ') | extend a = tostring(p[0]), b = tostring(p[-1]), d = array_length(p)": "a, b, d",
    "extend p = split(s, ' ') | mv-expand q = p to typeof(string) | extend z = strcat(q, '.')": "n, z",
    "extend p = split(s, ' ') | mv-expand p to typeof(string) limit 1": "n, p",
    "extend p = split(s, ' ') | mv-expand p": "n, p",
    "extend p = split(s, ' ') | mv-expand p to typeof(long)": "n, p",
    "extend p = split(s, ' ') | extend s = 'gone' | project n, p | extend a = tostring(p[0])": "n, a",
    "project n, p = split(s, ' ') | mv-expand p to typeof(string)": "n, p",
    "extend p = split(s, ' ') | extend s = strcat(s, ' x') | mv-expand p to typeof(string), j = dynamic([1])": "n, p",
    "extend p = split(s, '') | mv-expand with_itemindex=i p to typeof(string)": "n, i, p",
    "extend p = split(s, ' ') | extend p = strcat('[', n, ']') | where p == '[1]'": "n, p",
    "extend p = split(s, ' ') | union (T_CL | extend p = dynamic(['u'])) | extend a = tostring(p[0])": "n, a",
    "extend p = split(s, ' ') | lookup (T_CL | project n, q = split(k, '')) on n | extend a = p[0], b = q[0]": "a, b",
    "extend p = split(s, ' ') | summarize p = take_any(p) by n | extend a = tostring(p[0])": "n, a",
    "extend p = split(s, ' ') | mv-apply p to typeof(string) on (where p != 'A')": "n, p",
}  # fmt: skip


@pytest.mark.parametrize("question", SPLITS)
async def test_parts_of_a_split_text(backend: EmbeddedBackend, question: str) -> None:
    plain = question
    for made in ("split(s, ' ')", "split(s, '')"):
        plain = plain.replace(made, f"parse_json(tostring({made}))")
    shown = f"project {SPLITS[question]}"
    found = await rows(backend, f"T_CL | {question} | {shown}")
    assert found
    assert sorted(map(repr, found)) == sorted(map(repr, await rows(backend, f"T_CL | {plain} | {shown}")))
    first, rest = question.split(" | ", 1)
    bound = await rows(backend, f"let S = T_CL | {first}; S | {rest} | {shown}")
    assert sorted(map(repr, bound)) == sorted(map(repr, found))
