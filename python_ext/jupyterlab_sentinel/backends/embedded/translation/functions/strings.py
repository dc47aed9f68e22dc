"""Functions on text."""

from __future__ import annotations

import json
import re

from .....kql import tree
from ...computed.searches import index_of, replace_all
from ...conversion import literal
from ...python_functions import python_call, register
from ..casts import cast_to, to_string
from ..regexes import Regex, fixed_regex, grouped_regex, regex_of
from ..values import Value, constant
from .registry import Arguments, function, template

_LONGEST = (1 << 31) - 1

template("strlen", "long", "length({0})", "string")
template("string_size", "long", "strlen({0})", "string")
template("toupper", "string", "upper({0})", "string")
template("tolower", "string", "lower({0})", "string")
template("replace_string", "string", "replace({0}, {1}, {2})", "string", "string", "string")
template(
    "strcmp", "int", "CAST(CASE WHEN {0} < {1} THEN -1 WHEN {0} > {1} THEN 1 ELSE 0 END AS INTEGER)", "string", "string"
)
# The last letter stands for those that are missing.
template(
    "translate",
    "string",
    "translate({2}, {0}, CASE WHEN {1} = '' THEN '' ELSE rpad({1}, CAST(length({0}) AS INTEGER), right({1}, 1)) END)",
    "string",
    "string",
    "string",
)
# A text of a file that is no UTF-8 does not come this far.
template("isutf8", "bool", "({0} IS NOT NULL)", "string")
template("isascii", "bool", "regexp_full_match({0}, '[\\x00-\\x7F]*')", "string")
# Every character that a regular expression may give a meaning.
template("regex_quote", "string", r"regexp_replace({0}, '([\\.+*?()|\[\]{{}}^$#&~-])', '\\\1', 'g')", "string")
template("has_any_index", "long", "kql_first_term({0}, kql_strings({1}))", "string", "dynamic")


@function("reverse", takes=("any",))
def _reverse(arguments: Arguments) -> Value:
    return Value(f"reverse({to_string(arguments[0]).sql})", "string")


@function("strcat", takes=("any", "..."), required=1)
def _strcat(arguments: Arguments) -> Value:
    texts = [to_string(value) for value in arguments.values]
    if all(value.text is not None for value in texts):
        return constant("".join(value.text or "" for value in texts), "string")
    return Value(f"concat({', '.join(value.sql for value in texts)})", "string")


@function("strcat_delim", takes=("any", "any", "..."))
def _strcat_delim(arguments: Arguments) -> Value:
    texts = ", ".join(to_string(value).sql for value in arguments.values[1:])
    return Value(f"concat_ws({to_string(arguments[0]).sql}, {texts})", "string")


@function("strcat_array", takes=("dynamic", "any"))
def _strcat_array(arguments: Arguments) -> Value:
    texts, between = f"kql_strings({arguments.sql(0)})", to_string(arguments[1]).sql
    if not arguments[1].is_constant:
        texts = f"list_transform({texts}, lambda e, i: CASE WHEN i = 1 THEN e ELSE {between} || e END)"
        between = "''"
    return Value(f"coalesce(array_to_string({texts}, {between}), '')", "string")


@function("strrep", takes=("any", "whole", "any"), required=2)
def _strrep(arguments: Arguments) -> Value:
    text, times = to_string(arguments[0]).sql, f"CAST(least(greatest({arguments.sql(1)}, 0), 1024) AS INTEGER)"
    if len(arguments) == 2:
        return Value(f"coalesce(repeat({text}, {times}), '')", "string")
    more = f"repeat({to_string(arguments[2]).sql} || {text}, {times} - 1)"
    return Value(f"CASE WHEN {times} > 0 THEN {text} || {more} ELSE '' END", "string")


@function("substring", takes=("any", "whole", "whole"), required=2)
def _substring(arguments: Arguments) -> Value:
    text = to_string(arguments[0]).sql
    start = f"greatest(CAST({arguments.sql(1)} AS BIGINT), -{_LONGEST})"
    if isinstance(arguments[1].constant, int) and arguments[1].constant >= 0:
        first = str(min(arguments[1].constant, _LONGEST) + 1)
        if len(arguments) == 2:
            return Value(f"substring({text}, {first})", "string")
        if isinstance(arguments[2].constant, int):
            return Value(f"substring({text}, {first}, {min(max(arguments[2].constant, 0), _LONGEST)})", "string")
    length = f"least(greatest({arguments.sql(2)}, 0), {_LONGEST})" if len(arguments) == 3 else f"length({text})"
    # A negative start counts from the end; reaching past the beginning gives nothing.
    return Value(
        f"CASE WHEN {start} >= 0 THEN substring({text}, least({start}, {_LONGEST}) + 1, {length})"
        f" WHEN -({start}) <= length({text}) THEN substring({text}, length({text}) + {start} + "
        f"1, {length}) ELSE '' END",
        "string",
    )


@function("split", takes=("string", "string", "whole"), required=2)
def _split(arguments: Arguments) -> Value:
    text, delimiter = arguments.sql(0), arguments.sql(1)
    parts = f"kql_split({text}, {delimiter})"
    if len(arguments) == 2:
        return Value(f"CAST(to_json({parts}) AS VARCHAR)", "dynamic", parts=parts)
    place = f"CAST({arguments.sql(2)} AS BIGINT)"
    return Value(
        f"CASE WHEN {place} >= 0 AND {place} < len({parts}) THEN CAST(to_json([{parts}[{place} + 1]]) AS VARCHAR) END",
        "dynamic",
    )


@function("indexof", takes=("any", "any", "whole", "whole", "whole"), required=2)
def _indexof(arguments: Arguments) -> Value:
    text, needle = to_string(arguments[0]).sql, to_string(arguments[1]).sql
    if len(arguments) == 2:
        return Value(f"CAST(instr({text}, {needle}) - 1 AS BIGINT)", "long")
    if len(arguments) == 3:
        start = f"CAST({arguments.sql(2)} AS BIGINT)"
        # A negative start counts from the end.
        first = f"greatest(CASE WHEN {start} < 0 THEN length({text}) + {start} ELSE {start} END, 0)"
        place = f"instr(substring({text}, {first} + 1), {needle})"
        return Value(f"CAST(CASE WHEN {place} = 0 THEN -1 ELSE {place} - 1 + {first} END AS BIGINT)", "long")
    if len(arguments) == 5 and arguments[4].constant != 1 and _overlaps_itself(to_string(arguments[1]).text):
        arguments.context.refuse(arguments.node.at, "indexof() of a further occurrence of a text that overlaps itself")
    occurrence = arguments.sql(4) if len(arguments) == 5 else "1"
    return Value(python_call("indexof", text, needle, arguments.sql(2), arguments.sql(3), occurrence), "long")


register("indexof", index_of, ("VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "BIGINT"), "BIGINT")


def _overlaps_itself(text: str | None) -> bool:
    """Whether two occurrences may overlap, so that it matters how they are counted; also where it is not known."""
    return text is None or any(text.startswith(text[-size:]) for size in range(1, len(text)))


@function("indexof_regex", takes=("string", "string", "whole", "whole", "whole"), required=2)
def _indexof_regex(arguments: Arguments) -> Value:
    text, pattern = arguments.sql(0), arguments[1].text
    if pattern is None:
        arguments.context.refuse(arguments.node.at, "indexof_regex() with a pattern that is not constant")
    start, length, occurrence = (
        arguments.sql(place) if len(arguments) > place else default
        for place, default in ((2, "0"), (3, "-1"), (4, "1"))
    )
    # What stands before each match, so that positions can be counted; matches do not overlap.
    context, at = arguments.context, arguments.node.at
    beside = fixed_regex(context, at, f"(?s:(.*?)){grouped_regex(context, at, pattern)}")

    def place(looked: str) -> str:
        whole, before = (beside.every(looked, group) for group in (0, 1))
        position = (
            f"{start} + length({before}[{occurrence}]) + "
            f"length(array_to_string(list_slice({whole}, 1, {occurrence} - 1), ''))"
        )
        return f"CASE WHEN {occurrence} BETWEEN 1 AND len({whole}) THEN {position} ELSE -1 END"

    rest = f"substring({text}, CAST({start} AS BIGINT) + 1)"
    part = f"substring({rest}, 1, CASE WHEN {length} < 0 THEN length({text}) ELSE {length} END)"
    found = place(part)
    if len(arguments) == 5 and arguments[3].constant != -1:
        unknown = "error('whether the length counts from the start or from the occurrence before is not documented')"
        found = f"CASE WHEN {found} < 0 AND {place(rest)} >= 0 THEN {unknown} ELSE {found} END"
    valid = f"{start} >= 0 AND {length} >= -1 AND {occurrence} >= 0"
    return Value(f"CASE WHEN {valid} THEN CAST({found} AS BIGINT) END", "long")


@function("countof", takes=("string", "string", "string"), required=2)
def _countof(arguments: Arguments) -> Value:
    text, needle = arguments.sql(0), arguments.sql(1)
    if len(arguments) == 3 and arguments[2].text == "regex":
        found = regex_of(arguments.context, arguments.node.at, arguments[1]).every(text, 0)
        return Value(f"CAST(len({found}) AS BIGINT)", "long")
    if arguments[1].text == "":
        return constant(0, "long")
    if arguments[1].text is not None:
        # Plain occurrences may overlap, as Kusto counts them.
        needle_length = len(arguments[1].text)
        if not _overlaps_itself(arguments[1].text):
            gone = f"length({text}) - length(replace({text}, {needle}, ''))"
            return Value(f"CAST(({gone}) // {needle_length} AS BIGINT)", "long")
        return Value(
            f"CAST(len(list_filter(range(1, length({text}) - {needle_length} + 2),"
            f" lambda i: substring({text}, i, {needle_length}) = {needle})) AS BIGINT)",
            "long",
        )
    raise arguments.context.refusal(arguments.node.at, "countof() of a text that is not constant")


def _trimmed(arguments: Arguments, *, before: bool, after: bool) -> Value:
    regex, text = arguments[0].text, arguments.sql(1)
    if regex is None:
        arguments.context.refuse(arguments.node.at, f"{arguments.node.name}() with a pattern that is not constant")
    if not regex:
        arguments.fail("the pattern is empty.")
    context, at = arguments.context, arguments.node.at
    once = grouped_regex(context, at, regex)
    # One match at each end, and in one pass: of "aaa" trim("a") leaves one.
    pattern = "|".join([*([f"^{once}"] if before else []), *([f"{once}$"] if after else [])])
    return Value(fixed_regex(context, at, pattern).replaced(text, "''"), "string")


@function("trim", takes=("string", "string"))
def _trim(arguments: Arguments) -> Value:
    return _trimmed(arguments, before=True, after=True)


@function("trim_start", takes=("string", "string"))
def _trim_start(arguments: Arguments) -> Value:
    return _trimmed(arguments, before=True, after=False)


@function("trim_end", takes=("string", "string"))
def _trim_end(arguments: Arguments) -> Value:
    return _trimmed(arguments, before=False, after=True)


@function("extract", takes=("string", "whole", "string", "node"), required=3)
def _extract(arguments: Arguments) -> Value:
    regex = _regex(arguments)
    group = arguments[1].constant
    if not isinstance(group, int):
        arguments.context.refuse(arguments.node.at, "extract() with a group that is not constant")
    if group < 0 or (regex.pattern is not None and group > len(regex.names)):
        arguments.context.fail(arguments.node.at, f"The pattern has no group {group}.")
    value = Value(regex.group(arguments.sql(2), group), "string")
    kind = type_argument(arguments, 3)
    if kind == "dynamic":
        return Value(f"kql_json({value.sql})", kind)
    return value if kind is None else cast_to(value, kind)


def _regex(arguments: Arguments) -> Regex:
    return regex_of(arguments.context, arguments.node.at, arguments[0])


def type_argument(arguments: Arguments, position: int) -> str | None:
    """The type that an argument such as ``typeof(long)`` names; None where it is not given."""
    if len(arguments.node.args) <= position:
        return None
    node = arguments.node.args[position]
    if not isinstance(node, tree.TypeOf):
        arguments.context.fail(node.at, "Expected typeof( … ).")
    from .....kql.constants import TYPE_NAMES

    kind = TYPE_NAMES.get(node.type)
    if kind is None:
        arguments.context.fail(node.at, f"{node.type!r} is not a type.")
    return kind


@function("extract_all", "extractall", takes=("string", "any", "any"), required=2)
def _extract_all(arguments: Arguments) -> Value:
    regex = _regex(arguments)
    text = to_string(arguments.values[-1]).sql
    wanted = _wanted_groups(arguments, regex)
    if len(wanted) == 1:
        found = regex.every(text, wanted[0])
        return Value(f"CASE WHEN len({found}) > 0 THEN CAST(to_json({found}) AS VARCHAR) END", "dynamic")
    groups = [regex.every(text, group) for group in wanted]
    zipped = (
        f"list_transform(range(1, len({groups[0]}) + 1), lambda i: [{', '.join(f'{group}[i]' for group in groups)}])"
    )
    return Value(f"CASE WHEN len({groups[0]}) > 0 THEN CAST(to_json({zipped}) AS VARCHAR) END", "dynamic")


def _wanted_groups(arguments: Arguments, regex: Regex) -> list[int]:
    from ..comparisons import constant_elements

    if regex.pattern is None:
        arguments.context.refuse(arguments.node.at, "extract_all() with a pattern that is not constant")
    if len(arguments) == 3:
        elements = constant_elements(arguments[1])
        if elements is None:
            arguments.context.refuse(arguments.node.at, "extract_all() with computed groups")
        wanted = [_group_number(arguments, element, regex.names) for element in elements]
        if any(wanted):
            # Numbers that no group has are passed over, and where none is left, all groups are meant.
            return [number for number in wanted if number]
    return list(range(1, len(regex.names) + 1)) or [0]


def _group_number(arguments: Arguments, group: Value, names: tuple[str, ...]) -> int:
    """The number of a group that is named by number or by name."""
    number = group.constant
    if isinstance(number, int) and not isinstance(number, bool):
        return number if 0 < number <= len(names) else 0
    if group.text and group.text in names:
        return names.index(group.text) + 1
    raise arguments.context.mistake(arguments.node.at, f"The pattern of extract_all() has no group {group.constant!r}.")


@function("replace_regex", "replace", takes=("string", "string", "string"))
def _replace_regex(arguments: Arguments) -> Value:
    # replace(regex, rewrite, text) is the old order; replace_regex(text, regex, rewrite) the new.
    old = arguments.node.name == "replace"
    text, regex, rewrite = (
        (arguments[2], arguments[0], arguments[1]) if old else (arguments[0], arguments[1], arguments[2])
    )
    found = regex_of(arguments.context, arguments.node.at, regex)
    return Value(found.replaced(text.sql, rewrite.sql), "string")


def _replaced(text: str, lookups: str | None, rewrites: str | None) -> str:
    pair = [json.loads(listed or "null") for listed in (lookups, rewrites)]
    if not all(isinstance(each, list) for each in pair) or len(pair[0]) != len(pair[1]):
        raise ValueError("replace_strings() takes two arrays of one length.")
    return replace_all(text, *pair)


register("replace_strings", _replaced, ("VARCHAR", "VARCHAR", "VARCHAR"), "VARCHAR")


@function("replace_strings", takes=("string", "dynamic", "dynamic"))
def _replace_strings(arguments: Arguments) -> Value:
    return Value(python_call("replace_strings", *(value.sql for value in arguments.values)), "string")


@function("extract_json", "extractjson", takes=("string", "any", "node"), required=2)
def _extract_json(arguments: Arguments) -> Value:
    path = arguments[0].text
    if path is None or not path.startswith("$"):
        arguments.context.refuse(arguments.node.at, "extract_json() with a path that is not constant")
    plain = plain_path(path)
    if plain is None:
        arguments.fail(f"{path!r} is no path such as $.a['b c'][0].", "There are no wildcards, slices or negations.")
    root = arguments[1].sql if arguments[1].type == "dynamic" else f"kql_json_or_null({arguments[1].sql})"
    kind = type_argument(arguments, 2) or "string"
    return json_at(root, plain, kind)


_STEP = re.compile(r"""\.([^.\[\]'"*#$@\s]+)|\[(?:'([^'"\\*#]*)'|"([^'"\\*#]*)"|(\d+))\]""")


def plain_path(path: str) -> str | None:
    """A JSON path with its keys in quotes, as the database reads it; None: it is none, or could mean several places."""
    steps = ["$"]
    position = 1
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            return None
        name, single, double, index = found.groups()
        key = next((each for each in (name, single, double) if each is not None), None)
        steps.append(f"[{index}]" if key is None else f'."{key}"')
        position = found.end()
    return "".join(steps)


def json_at(root: str, path: str, kind: str) -> Value:
    """What stands at a JSON path, as a type."""
    sql = f"nullif(CAST(json_extract({root}, {literal(path)}) AS VARCHAR), 'null')"
    value = Value(sql, "dynamic", root=root, path=literal(path))
    return cast_to(value, kind) if kind != "dynamic" else value


@function("make_string", "unicode_codepoints_to_string", takes=("any", "..."), required=1)
def _make_string(arguments: Arguments) -> Value:
    parts = []
    for value in arguments.values:
        if value.type == "dynamic":
            parts.append(f"kql_letters(coalesce(kql_elements({value.sql}), [CAST({value.sql} AS JSON)]))")
        elif value.type in ("int", "long"):
            parts.append(f"kql_letter({value.sql})")
        else:
            arguments.fail(f"it takes code points, and this is a {value.type}.")
    # A null, where anything is no code point.
    return Value(f"coalesce({' || '.join(parts)}, '')", "string")


@function("unicode_codepoints_from_string", "to_utf8", takes=("string",))
def _to_utf8(arguments: Arguments) -> Value:
    return Value(
        f"CAST(to_json(list_transform(string_split({arguments.sql(0)}, ''), lambda c: unicode(c))) AS VARCHAR)",
        "dynamic",
    )
