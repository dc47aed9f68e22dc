"""Texts that are taken apart: XML, CSV, command lines, user agents, versions; the documented ones are elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.computed.command_lines import windows_arguments
from jupyterlab_sentinel.backends.embedded.computed.json_values import canonical
from jupyterlab_sentinel.backends.embedded.computed.markup import xml_as_json
from jupyterlab_sentinel.backends.embedded.computed.records import first_record
from jupyterlab_sentinel.errors import KqlSemanticError

from .asking import Opener, columns, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


@pytest.mark.parametrize(
    ("xml", "json"),
    [
        ("<e/>", '{"e":null}'),
        ("<e></e>", '{"e":null}'),
        ("<e>text</e>", '{"e":"text"}'),
        ('<e name="value" />', '{"e":{"@name":"value"}}'),
        ('<e name="value">text</e>', '{"e":{"@name":"value","#text":"text"}}'),
        ("<e> <a>text</a> <b>text</b> </e>", '{"e":{"a":"text","b":"text"}}'),
        ("<e> <a>text</a> <a>text</a> </e>", '{"e":{"a":["text","text"]}}'),
        ("<e> text <a>text</a> </e>", '{"e":{"#text":"text","a":"text"}}'),
        (' <?xml version="1.0" encoding="UTF-16"?>\n<e>é&amp;&lt;</e>', '{"e":"é&<"}'),
        ("<e><!-- no --><?no no?>t</e>", '{"e":"t"}'),
        ('<x:e xmlns:x="u" x:a="1"/>', '{"x:e":{"@xmlns:x":"u","@x:a":"1"}}'),
    ],
)
def test_xml(xml: str, json: str) -> None:
    assert xml_as_json(xml) == json


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "text",
        "<e>",
        "<e/><e/>",
        '<e a="1" a="2"/>',
        '<!DOCTYPE e [<!ENTITY a "b">]><e>&a;</e>',
        '<!DOCTYPE e [<!ENTITY a SYSTEM "file:///etc/passwd">]><e>&a;</e>',
        '<!DOCTYPE e SYSTEM "http://example.com/e.dtd"><e>&a;</e>',
        "<e>" * 300 + "</e>" * 300,
        f"<e>{'x' * 1_048_576}</e>",
    ],
)
def test_what_is_no_xml_or_declares_entities_is_null(xml: str) -> None:
    assert xml_as_json(xml) is None


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("", []),
        ("a b\tc  d", ["a", "b", "c", "d"]),
        ('"C:\\Program Files\\a.exe" -x "b c"', ["C:\\Program Files\\a.exe", "-x", "b c"]),
        ('a "b', ["a", "b"]),
        ('"a', ["a"]),
        ('"a"b c', ["a", "b", "c"]),
        (" a", ["", "a"]),
        (r'x "a\\b" c\"d e\\f', ["x", r"a\\b", 'c"d', r"e\\f"]),
        (r"x a\\\"b c", ["x", r"a\"b", "c"]),
        (r'x a\\"b c" d', ["x", r"a\b c", "d"]),
        ('x a""b "c""d e" f', ["x", "ab", 'c"d', "e f"]),
        (r'cmd.exe /c "echo ^"hi"', ["cmd.exe", "/c", "echo ^hi"]),
    ],
)
def test_command_lines(line: str, arguments: list[str]) -> None:
    assert windows_arguments(line) == arguments


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", [""]),
        ("a,,b,", ["a", "", "b", ""]),
        ('"a,b","c""d",e"f', ["a,b", 'c"d', 'e"f']),
        ('"a\nb",c\nd,e', ["a\nb", "c"]),
        ('"open', ['"open']),
        ("x" * 200_000, ["x" * 200_000]),
    ],
)
def test_records(text: str, values: list[str]) -> None:
    assert first_record(text) == values


def test_canonical_json_sorts_keys_and_keeps_numbers() -> None:
    assert canonical('{"b": [1.50, 12345678901234567890], "a": {"z": null, "y": "ü\\n"}}') == (
        '{"a":{"y":"ü\\n","z":null},"b":[1.50,12345678901234567890]}'
    )
    assert canonical(None) == ""


async def test_their_types_and_nulls(opened: Opener) -> None:
    backend = await opened()
    kql = (
        "print x = parse_xml('<e>'), c = parse_csv('a'), l = parse_command_line('a b', 'Windows'), "
        "v = parse_version('1.2.3.4.5'), w = parse_version('123456789'), j = dynamic_to_json(dynamic(null)), "
        "t = dynamic_to_json(2d)"
    )
    assert await columns(backend, kql) == {
        **dict.fromkeys("xcl", "dynamic"),
        **dict.fromkeys("vw", "decimal"),
        **dict.fromkeys("jt", "string"),
    }
    assert await rows(backend, kql) == [(None, ["a"], ["a", "b"], None, None, "", "2.00:00:00")]


async def test_user_agents(opened: Opener) -> None:
    backend = await opened()
    agent = (
        "Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN81-3/10.0.032 Profile/MIDP-2.0 Configuration/CLDC-1.1 ) "
        "AppleWebKit/413 (KHTML, like Gecko) Safari/4"
    )
    kql = f'print u = "{agent}" | project parse_user_agent(u, dynamic(["browser", "os", "device"]))'
    assert await rows(backend, kql) == [
        (
            {
                "Browser": {"Family": "Nokia OSS Browser", "MajorVersion": "3", "MinorVersion": "1", "Patch": ""},
                "OperatingSystem": {
                    "Family": "Symbian OS",
                    "MajorVersion": "9",
                    "MinorVersion": "2",
                    "Patch": "",
                    "PatchMinor": "",
                },
                "Device": {"Family": "Nokia N81", "Brand": "Nokia", "Model": "N81-3"},
            },
        )
    ]
    other = "print parse_user_agent('curl', 'Device'), parse_user_agent('', \"browser\").Browser.Family"
    assert await rows(backend, other) == [({"Device": {"Family": "Other", "Brand": "", "Model": ""}}, "Other")]


@pytest.mark.parametrize(
    "kql",
    [
        "print parse_user_agent('x', 'engine')",
        "print parse_user_agent('x', dynamic(['os', 1]))",
        "print parse_command_line('x', 'posix')",
    ],
)
async def test_what_cannot_be_asked_for_is_told(opened: Opener, kql: str) -> None:
    with pytest.raises(KqlSemanticError):
        await rows(await opened(), kql)


async def test_arrays_as_text_have_no_spaces(opened: Opener) -> None:
    backend = await opened()
    made = ("parse_csv('a,\"b,c\"')", "parse_command_line('a b', 'windows')", "split('a,b', ',')")
    texts = [await rows(backend, f"print tostring({call})") for call in made]
    assert texts == [[('["a","b,c"]',)], [('["a","b"]',)], [('["a","b"]',)]]


TEXTS = """datatable(n: long, s: string)[1, '{"a":{"b":1},"c":[{"d":null},"x"],"e f":"y","a":2}', 2, 'bad',
    3, '[1]', 4, '', 5, 'NaN', 6, '"x"', 7, ' {"a": "\\u00e4", "c": [7]} ', 8, 'null', 9, '{"a":1',
    10, '{"A":1,"a":"1"}']"""
LOOKED_INTO = "D.a, D.a.b, D.c[0], D.c[0].d, D['e f'], D[0], tostring(D.a), tostring(D), D.a == 1, gettype(D), D"


@pytest.mark.parametrize(
    "steps",
    [
        "",
        "| where D.a == 1 or n > 0 ",
        "| sort by n desc | extend r = row_number() ",
        "| extend E = D | project-away D | project-rename D = E ",
        "| project n, D ",
        "| take 100 ",
        "| union (print n = 0, D = dynamic({'a': 5})) ",
        "| join kind=leftouter (print n = 1, z = 1) on n | project n, D ",
        "| summarize D = take_any(D) by n ",
        "| mv-expand i = range(1, 2) | project n, D ",
        "| extend s = 'gone' ",
        "| extend D = D.c ",
        "| as T | union T ",
    ],
)
async def test_properties_of_a_parsed_column_are_those_of_its_value(opened: Opener, steps: str) -> None:
    """Whether they are read from the text or from what parsing made of it: ``materialize`` leaves only that."""
    backend = await opened()
    parsed = f"{TEXTS} | extend D = parse_json(s)"
    tail = f"{steps} | sort by n asc | project n, {LOOKED_INTO}"
    wanted = await rows(backend, f"let P = materialize({parsed}); P {tail}")
    assert await rows(backend, f"{parsed} {tail}") == wanted
    assert await rows(backend, f"let P = {parsed} | project n, D, s; P {tail}") == wanted
    assert await rows(backend, f"let P = {parsed} | project-away s | extend s = ''; P {tail}") == wanted
    assert len(wanted) >= 10
