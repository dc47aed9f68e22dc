"""Regular expressions: the syntax that Microsoft documents for KQL, on texts of any script."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded.computed import regexes
from jupyterlab_sentinel.backends.embedded.patterns import machine as machine_module
from jupyterlab_sentinel.backends.embedded.patterns import points
from jupyterlab_sentinel.backends.embedded.patterns.machine import TooLargeError
from jupyterlab_sentinel.backends.embedded.patterns.pattern import compiled, machine
from jupyterlab_sentinel.backends.embedded.patterns.syntax import PatternError
from jupyterlab_sentinel.backends.embedded.patterns.tree import ranges_of
from jupyterlab_sentinel.errors import KqlError, KqlSemanticError

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text(
        'p,s\n"\\bfoo\\b",äfoo\n"\\bfoo\\b",a foo\n"^\\w+$",süß\n"(?i)ÄB",xäb\n', encoding="utf-8"
    )
    return folder


# Pattern, texts in which it is, texts in which it is not.
SYNTAX = [
    (r"^\uFE52$", ["\ufe52"], ["."]),
    (r"^\u{41}\U00000042\U{43}\x{44}\x45$", ["ABCDE"], ["abcde"]),
    (r"^[0-9&&[^4]]$", ["3", "5"], ["4", "a"]),
    (r"^[0-9--4]$", ["3"], ["4"]),
    (r"^[a-g~~b-h]$", ["a", "h"], ["b", "g"]),
    (r"^[a-y&&xyz]$", ["x", "y"], ["z", "a"]),
    (r"[a&&b]", [], ["a", "b", "&"]),
    (r"^[x[^xyz]]$", ["x", "a", "ä"], ["y", "z"]),
    (r"^[\p{Greek}[:digit:]]$", ["λ", "1"], ["a", "٣"]),
    (r"^[\[\]]$", ["[", "]"], ["a"]),
    (r"^[]a]$", ["]", "a"], ["b"]),
    (r"^[[:^alpha:]]$", ["1", "ä"], ["a"]),
    (r"^\d$", ["1", "٣"], ["a", "Ⅳ"]),
    (r"^\w$", ["a", "ä", "中", "_", "\u0301", "\u200d"], ["-", " "]),
    (r"^\W$", ["-", "“"], ["ä", "a"]),
    (r"^[\W_]$", ["-", "“", "_"], ["ä", "a"]),
    (r"^\s$", [" ", "\u00a0", "\u2003", "\v", "\n"], ["a", "\u200b"]),
    (r"^\S$", ["ä"], ["\u00a0"]),
    (r"^[[:word:]]$", ["a"], ["ä"]),
    (r"^(?-u:\w)$", ["a"], ["ä"]),
    (r"\bfoo\b", ["foo", "a foo.", "“foo”"], ["äfoo", "fooé", "food", "foo\u0301"]),
    (r"\Bfoo", ["äfoo", "afoo"], ["foo", " foo"]),
    (r"(?-u:\b)foo", ["äfoo"], ["afoo"]),
    (r"\b{start}f", ["foo"], ["of"]),
    (r"o\b{end}", ["foo"], ["of"]),
    (r"\<f.*o\>", ["a foo b"], ["afood"]),
    (r"\b{start-half}-", ["-"], ["a-"]),
    (r"-\b{end-half}", ["-"], ["-a"]),
    (r"^.$", ["a", "\r", "ä"], ["\n"]),
    (r"(?s)^.$", ["\n"], ["ab"]),
    (r"^a$", ["a"], ["a\n", "\na"]),
    (r"(?m)^a$", ["a\n", "b\na"], ["ab"]),
    (r"(?mR)^a$", ["b\r\na\r\nb", "a\r"], ["ab"]),
    (r"(?R).\n", ["a\n"], ["\r\n"]),
    (r"(?i)straße", ["STRAẞE"], ["strasse"]),
    (r"(?i)k", ["K", "\u212a"], ["c"]),
    (r"(?i)[ä-ö]", ["Ä", "Ö"], ["A"]),
    (r"(?i)a+(?-i)b+", ["Ab"], ["AB"]),
    (r"(?i-u)k", ["K"], ["\u212a"]),
    (r"(?x)a \  b  # and no more", ["a b"], ["ab"]),
    (r"^(?P<a.b>x)(?<c>y)$", ["xy"], ["x"]),
    (r"^\x20\a\t\*\/$", [" \a\t*/"], [""]),
    (r"^\101\00$", ["A\0"], ["101"]),
    (r"^a{2}{3}$", ["aaaaaa"], ["aaaaa"]),
    (r"^a{1001}$", ["a" * 1001], ["a" * 1000]),
    (r"^\p{Letter}\p{gc=Lu}\PL\p{sc:Han}\p{^L}$", ["äÄ1中-"], ["äÄa中-"]),
    (r"^\p{White_Space}\p{Uppercase}\p{ascii}$", ["\u00a0Ⅳa"], ["a Aa"]),
    (r"^x{a}$", ["x{a}"], []),
]


@pytest.mark.parametrize(("pattern", "inside", "outside"), SYNTAX)
def test_what_is_documented(pattern: str, inside: list[str], outside: list[str]) -> None:
    built = compiled(pattern)
    for text, wanted in [*((each, True) for each in inside), *((each, False) for each in outside)]:
        sql = built.ascii_text if text.isascii() else built.any_text
        if sql is not None:
            assert _one("SELECT regexp_matches($1, $2)", text, sql) == wanted, text
        if not _has_script(pattern):
            assert regexes.found(pattern, text) == wanted, text
        if wanted:
            assert _one("SELECT regexp_matches($1, $2)", text, built.loose), text


def _has_script(pattern: str) -> bool:
    return "Greek" in pattern or "Han" in pattern


def _one(sql: str, *values: object) -> object:
    row = duckdb.execute(sql, list(values)).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("pattern", "at", "word"),
    [
        (r"ab(?=c)", 2, "look-around"),
        (r"(?<!a)b", 0, "look-around"),
        (r"(a)\1", 3, "back reference"),
        (r"a\h", 1, r"\h"),
        (r"\Qa\E", 0, r"\Q"),
        (r"a\Z", 1, r"\Z"),
        (r"\é", 0, r"\é"),
        (r"(a", 0, "("),
        (r"a)", 1, ")"),
        (r"x[a", 1, "["),
        (r"[[a]", 0, "["),
        (r"*a", 0, "repeats nothing"),
        (r"a{3,1}", 1, "at least more"),
        (r"a{,3}", 1, "least number"),
        (r"[b-a]", 1, "range"),
        (r"[\b]", 1, r"\b"),
        (r"\xZ", 0, "hex"),
        (r"\x{110000}", 0, "no character"),
        (r"\p{Nonsense}", 0, "Nonsense"),
        (r"\b{middle}", 0, "middle"),
        (r"(?P=n)", 0, "group"),
        (r"(?<n>a)(?<n>b)", 7, "second group"),
        (r"(?-u:.)", 5, "Unicode"),
        (r"(?-u:\W)", 5, "Unicode"),
        (r"(?-u:[^a])", 5, "Unicode"),
        ("a\\", 1, "backslash"),
        (r"\bx\p{Greek}", 0, "Greek"),
        ("(" * 300 + ")" * 300, 60, "60"),
        (r"(\b\w{100}){1000}", 0, "50,000"),
    ],
)
def test_what_is_no_pattern_is_told_with_its_place(pattern: str, at: int, word: str) -> None:
    with pytest.raises(PatternError) as caught:
        compiled(pattern)
    assert (caught.value.at, word in caught.value.message) == (at, True)


def test_the_matcher_is_like_re2() -> None:
    """Patterns at random: whole match, groups and replacement are the same."""
    chance = random.Random(5)  # noqa: S311  # no secret
    compared = 0
    for _ in range(150):
        pattern = _random_pattern(chance, 0)
        built = compiled(pattern)
        if built.any_text is None:
            continue
        for _ in range(3):
            text = "".join(chance.choice("abAäÄ1٣ \n_-ß.") for _ in range(chance.randint(0, 8)))
            found = regexes.groups(pattern, text)
            assert _one("SELECT regexp_matches($1, $2)", text, built.any_text) == (found is not None), pattern
            assert _one("SELECT regexp_extract($1, $2, 0)", text, built.any_text) == (found or [""])[0], pattern
            rewritten = _one(r"SELECT regexp_replace($1, $2, '<\0>', 'g')", text, built.any_text)
            assert regexes.replaced(pattern, text, r"<\0>") == rewritten, pattern
            compared += 1
    assert compared > 300


def _random_pattern(chance: random.Random, depth: int) -> str:
    atoms = [
        "a",
        "b",
        "ä",
        r"\d",
        r"\w",
        r"\s",
        r"\W",
        ".",
        "[ab]",
        "[^a]",
        "[a-k&&[^b]]",
        "^",
        "$",
        r"\p{Lu}",
        r"[\S_]",
    ]
    signs = ["", "", "", "*", "+", "?", "{1,3}", "*?", "+?", "{0,2}?"]
    parts = []
    for _ in range(chance.randint(1, 3)):
        deeper = depth < 3 and chance.random() < 0.3
        opened = chance.choice(["(", "(?:", "(?i:", "(?U:", "(?s:"])
        atom = f"{opened}{_random_pattern(chance, depth + 1)})" if deeper else chance.choice(atoms)
        parts.append(atom + chance.choice(signs))
    return "".join(parts) + (f"|{_random_pattern(chance, depth + 1)}" if chance.random() < 0.2 and depth < 3 else "")


def test_no_pattern_takes_for_ever() -> None:
    assert not regexes.found("(a|aa)+b", "a" * 20_000)
    with pytest.raises(TooLargeError):
        machine(r"(\b\w){1,1000}").first("ä" * 100_000)


async def test_every_function_reads_patterns_alike(opened: Opener) -> None:
    backend = await opened()
    asked = {
        r"'äfoo foo' matches regex @'^foo|\bfoo$'": True,
        r"'äfoo' matches regex @'\bfoo'": False,
        r"extract(@'\b(f\w+)', 1, 'äfoo föö')": "föö",
        r"extract(@'(\w+)', 1, 'süß x')": "süß",
        r"tostring(extract_all(@'(\w+)', 'süß ñ1'))": '["süß","ñ1"]',
        r"tostring(extract_all(@'\b(\w)(\d)?', 'ä1 öb'))": '[["ä","1"],["ö",""]]',
        r"tostring(extract_all(@'(a)|(b)', 'ab'))": '[["a",""],["","b"]]',
        r"tostring(extract_all('(?<x>.)(?<y>.)', dynamic(['y']), 'abcd'))": '["b","d"]',
        r"replace_regex('äa a', @'\ba', 'x')": "äa x",
        r"replace_regex('äb-1', @'(\w+)-(\d)', @'\2\1')": "1äb",
        r"replace('a*', 'X', 'baac')": "XbXcX",
        r"countof('äa a', @'\ba', 'regex')": 1,
        r"countof('baac', 'a*', 'regex')": 3,
        r"indexof_regex('äa a', @'\ba')": 3,
        r"trim(@'[^\w]+', '--süß ')": "süß",
        r"trim_end('(?x)- # dashes', 'a--')": "a-",
        r"extract(@'(?x) (a) # a', 1, 'a')": "a",
        r"extract('(1)(2)(3)(4)(5)(6)(7)(8)(9)(a)(b)', 11, '123456789ab')": "b",
        r"extract(@'\b(1)(2)(3)(4)(5)(6)(7)(8)(9)(a)(b)', 11, 'ä 123456789ab')": "b",
    }
    got = await rows(backend, "print " + ", ".join(asked))
    assert dict(zip(asked, got[0], strict=True)) == asked


async def test_parse_with_patterns(opened: Opener) -> None:
    backend = await opened()
    pattern = r"@'\b(u|v)\w+=' n:string @'\sid=' id:long ';'"
    kql = f"print s = 'user=Jürgen id=7;' | parse kind=regex s with {pattern} | project n, id"
    assert await rows(backend, kql) == [("Jürgen", 7)]
    kql = r"print s = 'k=ü;l=b' | parse-kv s as (k:string, l:string) with (regex=@'\b(\w)=(\w)') | project k, l"
    assert await rows(backend, kql) == [("ü", "b")]


async def test_patterns_of_the_data(opened: Opener) -> None:
    backend = await opened()
    kql = r"T_CL | project s matches regex p, extract(p, 0, s), replace_regex(s, p, 'X') | sort by Column1 asc"
    assert sorted(await rows(backend, kql)) == [
        (False, "", "äfoo"),
        (True, "foo", "a X"),
        (True, "süß", "X"),
        (True, "äb", "xX"),
    ]
    with pytest.raises(KqlError, match="at its character 1, a \\( without its \\)"):
        await rows(backend, "T_CL | where s matches regex strcat(substring(p, 0, 0), '(')")


async def test_a_bad_pattern_is_a_mistake_of_the_query(opened: Opener) -> None:
    backend = await opened()
    for kql in (
        r"print 'a' matches regex @'a\h'",
        r"print extract('(a', 1, 'a')",
        r"print extract('(a)', 2, 'a')",
        r"print extract_all('(?P<a>a)', dynamic(['b']), 'a')",
        r"print trim('(', 'a')",
        r"print s = 'a' | parse kind=regex s with '(' x:string",
    ):
        with pytest.raises(KqlSemanticError) as caught:
            await rows(backend, kql)
        assert caught.value.position is not None


def test_the_tables_of_unicode_are_read_when_a_text_needs_them() -> None:
    """They take half a second, and a first query has no time for them."""
    remembered = (
        points._categories,
        points._unicode_perl,
        points._cases,
        points.category,
        ranges_of,
        compiled,
        machine,
    )
    for each in remembered:
        each.cache_clear()
    compiled(r"(?i)\bfo+\s(\w+)\d\b|\b[\w-]{20}")
    assert points._categories.cache_info().misses == 0


def test_many_matches_in_a_long_text_can_be_stopped_and_share_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attacker may write such a text: the work is in proportion to it, and asks whether it is still wanted."""
    made: list[int] = []
    asked: list[None] = []

    def counted(size: int) -> bytearray:
        made.append(size)
        return bytearray(size)

    monkeypatch.setattr(machine_module, "bytearray", counted, raising=False)
    monkeypatch.setattr(machine_module, "checkpoint", lambda: asked.append(None))
    assert sum(1 for _ in machine(r"\b\w\b").every("ä b " * 500)) == 1000
    assert len(made) == 1
    assert len(asked) >= 1000
