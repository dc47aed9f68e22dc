"""Single sentences of Microsoft's reference that no documented example shows, each as an expression and its value.

Where the reference is silent or wrong, what the authors of duckdb-kql measured on Kusto's emulator.

Each is asked as a constant and of values that the translation does not know.
"""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.failures import query_problem
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.errors import KqlError, KqlSemanticError, KqlUnsupportedError

from .asking import Opener, rows
from .test_documented import shown

NUMBERS: dict[str, object] = {
    "log(0)": -math.inf,
    "log10(0.0)": -math.inf,
    "log2(0)": -math.inf,
    "log(-1)": None,
    "sign(int(null))": 0.0,
    "sign(-4)": -1.0,
    "binary_shift_left(1, 65)": 2,
    "binary_shift_left(1, 64)": 1,
    "binary_shift_left(1, 63)": -(1 << 63),
    "binary_shift_left(3, 63)": -(1 << 63),
    "binary_shift_left(-1, 2)": -4,
    "binary_shift_left(9223372036854775807, 1)": -2,
    "binary_shift_left(1, -1)": None,
    "binary_shift_right(8, 65)": 4,
    "binary_shift_right(-8, 1)": -4,
    "binary_shift_right(8, -1)": None,
    "round(2.15, 1)": 2.2,
    "round(2.5)": 3.0,
    "round(-2.5)": -3.0,
    "round(1e300, 20)": 1e300,
    "round(1.005, 2)": 1.0,
    "round(2.15, int(null))": None,
    "bin(7, -5)": None,
    "bin(7.5, -5)": None,
    "bin(7, 0)": None,
    "bin(-7, 5)": -10,
    "bin(1d, -1h)": None,
    "bin(datetime(2020-01-01), -1h)": None,
    "bin(-1d, 7h)": "-1.04:00:00",
    "tohex(1, 20)": "0000000000000001",
    "totimespan(123.9)": "00:00:00.0000123",
    "totimespan(true)": "00:00:00.0000001",
    "totimespan(dynamic(5))": "00:00:00.0000005",
    "totimespan(dynamic('01:00:00'))": "01:00:00",
    "totimespan(datetime(0001-01-02))": "1.00:00:00",
    "tolong('5.7')": None,
    "tolong('1e3')": None,
    "tolong('.9')": None,
    "tolong(' 0x1F ')": 31,
    "tolong(dynamic('5.7'))": None,
    "tolong(dynamic(5.7))": 5,
    "toint(dynamic(true))": 1,
    "toint(9999999999)": 1410065407,
    "toint('9999999999')": None,
    "tolong(real(+inf))": None,
    "acos(real(nan)) == 1": False,
    "countof('abc', '')": 0,
    "hash_md5('')": "",
    "hash_sha256(int(null))": "",
    "parse_ipv4('01.02.03.04')": None,
    "parse_ipv6('fe80::1%eth0')": "fe80:0000:0000:0000:0000:0000:0000:0001",
    "parse_ipv6('::ffff:1.2.3.4/24')": "0000:0000:0000:0000:0000:ffff:0102:0300",
    "format_datetime(datetime(2017-01-05), 'ddd yyyyy')": "055 201717",
    "format_datetime(datetime(2017-01-05 00:00:00.06175), 'FFFFFF FF F')": "061750 06 ",
    "extract_all('(a)(b)', dynamic([1, 5]), 'ab')": '["a"]',
    "extract_all('(a)(b)', dynamic([]), 'ab')": '[["a","b"]]',
    "tolong(datetime(1970-01-01))": 621355968000000000,
    "toreal(datetime(0001-01-01))": 0.0,
    "todatetime(tolong(datetime(2020-02-03 04:05:06.1234567)))": "2020-02-03T04:05:06.1234567Z",
    "rand(1)": 0.0,
    "bin(decimal(-1.55), decimal(0.1))": Decimal("-1.6"),
    "bin_at(7, 2, 1.5)": 5.5,
    "gettype(round(5))": "real",
    "round(12345, -2)": 12300.0,
    "todatetime(-1)": None,
    'datetime_utc_to_local(datetime(2020-01-01), "T\u00fcrkiye")': "2020-01-01T03:00:00.0000000Z",
    'datetime_utc_to_local(datetime(2020-01-01), "Asia/Ho_Chi_Minh_City")': "2020-01-01T07:00:00.0000000Z",
    "gettype(max_of(real(null), 1))": "real",
    "gettype(-int(5))": "long",
    "totimespan('9223372036854775808')": None,
    'int(null) == ""': None,
    'int(null) != "x"': None,
    'datetime(null) < "2020-01-01"': None,
    "todatetime(9223372036854775807)": None,
    "gettype(iff(true, 1, dynamic(2)))": "long",
    'iff(false, 1, dynamic("x"))': None,
    'iff(false, datetime(2020-01-01), dynamic("2021-01-01"))': "2021-01-01T00:00:00.0000000Z",
}
TEXTS: dict[str, object] = {
    '"setup \u017fetup" has "SETUP"': True,
    '"xsetup \u017fetup" has "setup"': False,
    '"\u017fetup" has_any ("setup", "q")': False,
    '"\u00c9A b" has_any ("\u00e9a", "q")': True,
    '"\u00c9Ab" has_any ("\u00e9a", "q")': False,
    '"\u039f\u0394\u039f\u03a3 x" contains "\u039f\u0394\u039f\u03a3"': True,
    '"\u039f\u0394\u039f\u03a3 x" has "\u039f\u0394\u039f\u03a3"': True,
    '"\u039f\u0394\u039f\u03a3" in~ ("\u039f\u0394\u039f\u03a3", "q")': True,
    '"a" in~ ("a\\0b", "A")': True,
    'translate("abc", "x", "abc")': "xxx",
    'translate("abc", "", "abcd")': "d",
    'translate("krasp", "otsku", "spark")': "kusto",
    'translate("ab", "xyz", "abc")': "xyc",
    'trim("a", "aaaa")': "aa",
    'trim("a$", "aa")': "a",
    'trim_start("a|x", "bxa")': "bxa",
    'trim_start("x", "xxa")': "xa",
    'trim_end("x", "axx")': "ax",
    'trim("--", "--https://bing.com--")': "https://bing.com",
    'strrep("a", 2, 1)': "a1a",
    'strcat_array(dynamic(["a", "b"]), 5)': "a5b",
    'strcat_delim(1, "a", dynamic(null), "b")': "a11b",
    'substring("abc", 9223372036854775807)': "",
    'substring("abc", 1, 9223372036854775807)': "bc",
    "unicode_codepoints_to_string(75, 117)": "Ku",
    "unicode_codepoints_to_string(-1)": "",
    "unicode_codepoints_to_string(55296)": "",
    "unicode_codepoints_to_string(1114112)": "",
    "unicode_codepoints_to_string(65, 99999999999)": "",
    "unicode_codepoints_to_string(dynamic([65, 1.5]))": "",
    "unicode_codepoints_to_string(dynamic([65, 66]), 67)": "ABC",
    "unicode_codepoints_to_string(dynamic(null))": "",
    'strcat_array(dynamic(null), ",")': "",
    'has_any_index("x", dynamic(null))': -1,
    'toguid("70fc66f7827944fc9092d364d70fce44xyz")': "70fc66f7-8279-44fc-9092-d364d70fce44",
    'toguid("70FC66F7-8279-44FC-9092-D364D70FCE44 and more")': "70fc66f7-8279-44fc-9092-d364d70fce44",
    'toguid("70fc-66f7827944fc9092d364d70fce44")': None,
    'toguid("70fc66f7-8279-44fc-9092-d364d70fce4")': None,
    'extract("(.*)", 1, "{\\"a\\":1}", typeof(dynamic))': '{"a":1}',
    "extract_json(\"$['a b'][1]\", '{\"a b\":[1,2]}')": "2",
    'extract_json(\'$["a"].b\', \'{"a":{"b":"x"}}\')': "x",
    'ipv4_range_to_cidr_list("1.1.128.0", "1.1.140.255")': '["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]',
    'ipv4_compare("1.1.1.1", "1.1.1.2", 33)': None,
    'ipv4_compare("1.1.1.1", "1.1.1.2", -1)': None,
    'ipv4_compare("1.1.1.1", "1.1.1.1", int(null))': None,
    'ipv4_is_match("1.1.1.1", "1.1.1.2", -1)': None,
    'parse_ipv4_mask("1.1.1.1", -1)': None,
    'ipv6_compare("::1", "::1", 129)': None,
    'ipv6_compare("::1", "::2", -1)': None,
    'ipv6_is_match("::1", "::1", int(null))': None,
}
MOMENT = "2014-11-08T15:05:02.0000000Z"
TIMES: dict[str, object] = {
    **{
        f'todatetime("{text}")': MOMENT
        for day in ("Sat, 8 Nov 14", "8 Nov 14", "Saturday, 08-Nov-14", "08-Nov-14", "2014-11-08", "2014-11-08")
        for text in (f"{day} 15:05:02 GMT", f"{day} 15:05:02")
    },
    **{
        f'todatetime("{text}")': "2014-11-08T15:05:00.0000000Z"
        for day in ("Sat, 8 Nov 14", "8 Nov 14", "Saturday, 08-Nov-14", "08-Nov-14", "2014-11-08")
        for text in (f"{day} 15:05 GMT", f"{day} 15:05")
    },
    'todatetime("2014-11-08T15:05:02 GMT")': MOMENT,
    'todatetime("2014-11-08T15:05 GMT")': "2014-11-08T15:05:00.0000000Z",
    'todatetime("Sun, 8 Nov 14 15:05:02")': None,
    "unixtime_seconds_todatetime(253402300799)": "9999-12-31T23:59:59.0000000Z",
    "unixtime_seconds_todatetime(253402300800)": None,
    "unixtime_seconds_todatetime(-62135596801)": None,
    "unixtime_milliseconds_todatetime(1e300)": None,
    "unixtime_microseconds_todatetime(1e300)": None,
    "unixtime_microseconds_todatetime(9223372036854775807)": None,
    "unixtime_microseconds_todatetime(1.9)": "1970-01-01T00:00:00.0000019Z",
    "unixtime_nanoseconds_todatetime(1e300)": None,
    "unixtime_nanoseconds_todatetime(9223372036854775807)": "2262-04-11T23:47:16.8547758Z",
    "unixtime_nanoseconds_todatetime(1546300800000000123)": "2019-01-01T00:00:00.0000001Z",
}
DYNAMICS: dict[str, object] = {
    "series_fill_backward(dynamic([1, null, 2]), real(nan))": "[1,null,2]",
    "series_fill_forward(dynamic([1, -1, 2]), -1)": "[1,1,2]",
    "bag_has_key(dynamic({'a': {'b': 1}}), \"$['a'].b\")": True,
    "bag_has_key(dynamic({'a': {'b': 1}}), '$.a.c')": False,
    "bag_has_key(dynamic({'a': {'b': 1}}), 'a')": True,
    "range(1, 5.5)": "[1.0,2.0,3.0,4.0,5.0]",
    "range(10, 1.5, -3)": "[10.0,7.0,4.0]",
    "range(5.0, 1)": "[]",
    "range(0, 1, real(+inf))": None,
    "range(1.0, real(nan))": None,
    'array_sort_asc(dynamic(["10", "9", 10, 9]))': '[9,10,"10","9"]',
    'array_sort_asc(dynamic(["b", true, 2, null, "a", 1.5]))': '[1.5,2,"a","b",true,null]',
    "array_sort_desc(dynamic([1, 3, 2]))": "[3,2,1]",
    'array_sort_asc(dynamic("x"))': None,
    "array_sort_desc(dynamic(null))": None,
    "dynamic([10, 20, 30])[true]": "20",
    "2 in (dynamic([1, [2, 3]]))": True,
    "2 !in (dynamic([1, [2, 3]]))": False,
    "int(null) in (1, int(null))": False,
    "int(null) !in (1, int(null))": True,
    "1 in (1, int(null))": True,
    "2 in (1, int(null))": False,
}
FACTS = {**NUMBERS, **TEXTS, **TIMES, **DYNAMICS}

MISTAKES = {
    "array_sort_desc(dynamic([1, 'a']))": "numbers and texts",
    "format_datetime(datetime(2020-01-01), 'z')": "'z' has no meaning",
    "toint(1e10)": "beyond what toint()",
    "url_decode('%C3')": "UTF-8",
    "extract_json('$.*', '{}')": "path",
    "datetime(9999-12-31) + 2d": "years 1 to 9999",
    "datetime(0001-01-01) - 1tick": "years 1 to 9999",
    "bag_pack('a', 1, 'a', 2)": "twice",
    "bag_zip(dynamic(['a', 'a']), dynamic([1, 2]))": "twice",
    "trim('', 'a')": "empty",
    "bag_has_key(dynamic({'a': [1]}), '$.a[0]')": "no path to a key",
    "rand(0)": "1 or more",
    "range('a', 'c')": "takes numbers",
    "range(1, 5, 0)": "not 0",
    "9223372036854775807 + 1": "larger",
    "weekofyear(datetime(2015-01-01))": "weekofyear",
}


def asked(execution: Execution, kql: str) -> object:
    statement = translate(kql, {}, None, None, 0, execution.rows).statements[0]
    (value,) = execution.rows(statement.sql)[0]
    kind = statement.columns[0][1]
    return shown(value, kind) if kind in ("datetime", "timespan") and value is not None else value


@pytest.mark.parametrize("expression", FACTS)
def test_stated(execution: Execution, expression: str) -> None:
    assert asked(execution, f"print {expression}") == FACTS[expression]


def split(expression: str) -> tuple[str, list[str]]:
    """The name of the function that a call calls, and its arguments."""
    name, _, rest = expression.partition("(")
    parts, depth, quote = [""], 0, ""
    for letter, before in zip(rest[:-1], " " + rest, strict=False):
        if letter in "\"'" and (not quote or (letter == quote and before != "\\")):
            quote = "" if quote else letter
        depth += 0 if quote else (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return name, [part.strip() for part in parts]


def test_numbers_that_an_int_or_long_cannot_hold(execution: Execution) -> None:
    column = "datatable(l:long, r:real)[9999999999, 1e30] | project"
    assert asked(execution, f"{column} toint(l)") == 1410065407
    assert asked(execution, f"{column} toint(-l)") == -1410065407
    assert asked(execution, f"{column} toint(r)") == 2147483647
    assert asked(execution, f"{column} tolong(r)") == (1 << 63) - 1
    assert asked(execution, f"{column} tolong(-r)") == -(1 << 63)
    assert math.isnan(float(str(asked(execution, f"{column} bin(r, r - r)"))))


def test_arrays_in_an_array_of_the_data_count_as_their_elements(execution: Execution) -> None:
    column = "datatable(x:long, y:dynamic)[2, dynamic([1, [2, [3]]])]"
    assert asked(execution, f"{column} | project x in (y)") is True
    assert asked(execution, f"{column} | project x + 1 in (y)") is True
    assert asked(execution, f"{column} | project x + 2 in (y)") is False


@pytest.mark.parametrize("expression", [each for each in FACTS if each.endswith(")") and "in (" not in each])
def test_a_value_of_the_data_answers_as_a_constant_does(execution: Execution, expression: str) -> None:
    name, arguments = split(expression)
    for place, argument in enumerate(arguments):
        hidden = [f"iff(i == 1, {argument}, {argument})" if at == place else each for at, each in enumerate(arguments)]
        try:
            found = asked(execution, f"range i from 1 to 1 step 1 | project x = {name}({', '.join(hidden)})")
        except (KqlUnsupportedError, KqlSemanticError):
            continue  # a pattern, a format or a type has to be constant
        except duckdb.InvalidInputException as error:
            if "only where it is a constant" in str(error):
                continue
            raise
        assert found == FACTS[expression], hidden


@pytest.mark.parametrize("expression", MISTAKES)
def test_what_has_no_answer_says_so(execution: Execution, expression: str) -> None:
    with pytest.raises((KqlError, duckdb.Error)) as raised:
        asked(execution, f"print {expression}")
    assert MISTAKES[expression] in query_problem(raised.value, "").message


async def test_a_time_that_no_datetime_can_be_is_an_error(folder: Path, opened: Opener) -> None:
    (folder / "T_CL.csv").write_text("a\n1\n")
    backend = await opened()
    column = "datatable(d:datetime, t:timespan)[datetime(9999-12-31), 2d, datetime(null), 1h]"
    for shown_as in ("x = d + t", "x = tostring(d + t)", "x = strcat(d + t, '')"):
        with pytest.raises(KqlSemanticError, match="years 1 to 9999"):
            await rows(backend, f"{column} | project {shown_as}")
    assert await rows(backend, f"{column} | project x = d + t > datetime(2020-01-01)") == [(True,), (None,)]
