"""Scalar expressions: operators by precedence, calls, paths, literals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import constants, tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from .cursor import Cursor
    from .tree import Expression

# From loosest to tightest, as Microsoft's grammar nests them; above these stand `and` and `or`.
_EQUALITY = {"==", "!=", "<>"}
_RELATION = {"<", "<=", ">", ">="}
_SUM = {"+", "-"}
_PRODUCT = {"*", "/", "%"}
_TEXT_OPERATORS = {
    *("has", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs"),
    *("contains", "contains_cs", "containscs", "startswith", "startswith_cs", "endswith", "endswith_cs"),
    *("like", "likecs", "notlike", "notlikecs", "notcontains", "notcontainscs"),
}
_LISTS = {"in", "has_any", "has_all"}
COMPARING_WORDS = frozenset({*_TEXT_OPERATORS, *_LISTS, "between", "matches"})
Operators = tuple[str, int]


def parse_expression(cursor: Cursor) -> Expression:
    """An expression down to ``or``."""
    cursor.enter()
    try:
        return _logic(cursor, "or")
    finally:
        cursor.leave()


def parse_named(cursor: Cursor) -> Expression:
    """An expression that may be named: ``x = …``, ``(a, b) = …``."""
    return _maybe_named(cursor, parse_expression)


def _argument(cursor: Cursor) -> Expression:
    """An argument, which may be named, and may be a table."""
    return _maybe_named(cursor, cursor.nested)


def _maybe_named(cursor: Cursor, read: Callable[[Cursor], Expression]) -> Expression:
    at = cursor.peek().start
    names = _names_before_equals(cursor)
    return read(cursor) if names is None else tree.Named(at, names, read(cursor))


def parse_name(cursor: Cursor, what: str = "a name") -> str:
    """A plain or bracketed name."""
    token = cursor.peek()
    if token.kind == "quoted_name":
        return cursor.next().value
    if token.kind == "name":
        return cursor.next().text
    raise cursor.mistake(f"Expected {what} but found {cursor.found()}")


def comma_list(cursor: Cursor) -> tuple[Expression, ...]:
    """Named expressions between commas, at least one."""
    items = [parse_named(cursor)]
    while cursor.accept(","):
        items.append(parse_named(cursor))
    return tuple(items)


def _names_before_equals(cursor: Cursor) -> tuple[str, ...] | None:
    mark = cursor.mark()
    if cursor.peek().kind in ("name", "quoted_name") and cursor.at("=", ahead=1):
        name = parse_name(cursor)
        cursor.next()
        return (name,)
    if cursor.at("(") and cursor.peek(1).kind in ("name", "quoted_name"):
        cursor.next()
        names = [parse_name(cursor)]
        while cursor.accept(",") and cursor.peek().kind in ("name", "quoted_name"):
            names.append(parse_name(cursor))
        if cursor.accept(")") and cursor.at("="):
            cursor.next()
            return tuple(names)
    cursor.reset(mark)
    return None


def _logic(cursor: Cursor, op: str) -> Expression:
    at = cursor.peek().start
    operands = [_logic(cursor, "and") if op == "or" else _equality(cursor)]
    while cursor.at(op):
        cursor.next()
        operands.append(_logic(cursor, "and") if op == "or" else _equality(cursor))
    return operands[0] if len(operands) == 1 else tree.Logic(at, op, tuple(operands))


def _equality(cursor: Cursor) -> Expression:
    left = _relation(cursor)
    while True:
        token = cursor.peek()
        if cursor.at(*_EQUALITY) or (cursor.searching and cursor.at(":")):
            cursor.next()
            op = "!=" if token.text == "<>" else token.text
            left = tree.Binary(token.start, op, left, _relation(cursor))
            continue
        word = _list_operator(cursor)
        if word is None:
            return left
        op, length = word
        for _ in range(length):
            cursor.next()
        left = _between(cursor, op, left, token.start) if "between" in op else _members(cursor, op, left, token.start)


def _list_operator(cursor: Cursor) -> Operators | None:
    """``in``, ``!in~``, ``between`` and kin at the current place, with the number of their tokens."""
    negated = cursor.at("!") and cursor.peek(1).kind == "name"
    token = cursor.peek(1 if negated else 0)
    length = 2 if negated else 1
    if token.kind != "name" or token.text not in _LISTS | {"between"}:
        return None
    op = ("!" if negated else "") + token.text
    if token.text == "in":
        tilde = cursor.peek(length)
        if tilde.text == "~" and tilde.start == token.end:
            return f"{op}~", length + 1
    return op, length


def _between(cursor: Cursor, op: str, left: Expression, at: int) -> Expression:
    cursor.expect("(", "after between")
    low = _sum(cursor)
    cursor.expect("..", "between the two bounds")
    high = _sum(cursor)
    cursor.expect(")", "after the bounds")
    return tree.Between(at, left, low, high, op.startswith("!"))


def _members(cursor: Cursor, op: str, left: Expression, at: int) -> Expression:
    if not cursor.at("("):
        # Kusto also takes a bare name: x in SomeList.
        return tree.Membership(at, op, left, (_unary(cursor),))
    cursor.next()
    items: list[Expression] = []
    while not cursor.at(")"):
        items.append(cursor.nested(cursor))
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the list")
    return tree.Membership(at, op, left, tuple(items))


def _relation(cursor: Cursor) -> Expression:
    left = _sum(cursor)
    while cursor.at(*_RELATION):
        token = cursor.next()
        left = tree.Binary(token.start, token.text, left, _sum(cursor))
    return left


def _sum(cursor: Cursor) -> Expression:
    left = _product(cursor)
    while cursor.at(*_SUM):
        token = cursor.next()
        left = tree.Binary(token.start, token.text, left, _product(cursor))
    return left


def _product(cursor: Cursor) -> Expression:
    left = _text(cursor)
    while cursor.at(*_PRODUCT):
        token = cursor.next()
        left = tree.Binary(token.start, token.text, left, _text(cursor))
    return left


def _text(cursor: Cursor) -> Expression:
    left = _unary(cursor)
    while True:
        found = _text_operator(cursor)
        if found is None:
            return left
        at = cursor.peek().start
        op, length = found
        for _ in range(length):
            cursor.next()
        left = tree.Binary(at, op, left, _unary(cursor))


def _text_operator(cursor: Cursor) -> Operators | None:
    if cursor.at("=~", "!~"):
        return cursor.peek().text, 1
    negated = cursor.at("!")
    token = cursor.peek(1 if negated else 0)
    length = 2 if negated else 1
    if token.kind != "name":
        return None
    if token.text in _TEXT_OPERATORS:
        return ("!" if negated else "") + token.text, length
    if token.text == "matches" and cursor.peek(length).text == "regex":
        return "matches regex", length + 1
    return None


def _unary(cursor: Cursor) -> Expression:
    if cursor.at("-", "+"):
        token = cursor.next()
        cursor.enter()
        operand = _unary(cursor)
        cursor.leave()
        negative = constants.negated(operand) if token.text == "-" else operand
        return negative if negative is not None else tree.Unary(token.start, token.text, operand)
    return _postfix(cursor, _primary(cursor))


def _postfix(cursor: Cursor, base: Expression) -> Expression:
    while True:
        token = cursor.peek()
        if cursor.at("."):
            cursor.next()
            if cursor.at("*"):
                star = cursor.next()
                base = tree.Member(star.start, base, "*")
                continue
            if cursor.at("[") or (cursor.peek().kind == "quoted_name" and not _is_side(base)):
                continue
            base = _member(cursor, base, token.start)
        elif token.kind == "quoted_name" and _is_side(base):
            base = _member(cursor, base, token.start)
        elif token.kind == "quoted_name":
            base = tree.Index(token.start, base, tree.Literal(token.start, "string", cursor.next().value))
        elif cursor.at("["):
            cursor.next()
            index = parse_expression(cursor)
            cursor.expect("]", "after the index")
            base = tree.Index(token.start, base, index)
        else:
            return base


def _is_side(base: Expression) -> bool:
    """Whether it is a side of a join: what follows is one of its columns, not a property."""
    return isinstance(base, tree.Name) and base.name in ("$left", "$right")


def _member(cursor: Cursor, base: Expression, at: int) -> Expression:
    token = cursor.peek()
    if token.kind == "number":
        return tree.Member(at, base, cursor.next().text)
    if token.kind == "literal":
        # `x.time(…)` is no member, but a column called like a type is: the token took its parenthesis.
        cursor.fail(f"Expected a name but found {cursor.found()}")
    name = parse_name(cursor, "a name after '.'")
    if cursor.at("("):
        return _method(cursor, base, name, at)
    # A pattern such as workspace("x").Security*
    if cursor.at("*") and cursor.adjacent(0) and isinstance(base, tree.Call):
        cursor.next()
        name += "*"
    return tree.Member(at, base, name)


def _method(cursor: Cursor, base: Expression, name: str, at: int) -> Expression:
    return tree.Call(at, f".{name}", (base, *_arguments(cursor)))


def _primary(cursor: Cursor) -> Expression:
    token = cursor.peek()
    match token.kind:
        case "string":
            return _string(cursor)
        case "number" | "literal":
            return constants.read_literal(cursor)
        case "quoted_name":
            return tree.Name(token.start, cursor.next().value)
        case "name":
            return _name_or_call(cursor)
    if cursor.at("("):
        return _parenthesised(cursor)
    if cursor.at("*"):
        cursor.next()
        return tree.Star(token.start)
    raise cursor.mistake(f"Expected an expression but found {cursor.found()}")


def _string(cursor: Cursor) -> Expression:
    """A string; adjacent ones are one, as in C."""
    first = cursor.next()
    text = first.value
    while cursor.peek().kind == "string":
        text += cursor.next().value
    return tree.Literal(first.start, "string", text)


def _parenthesised(cursor: Cursor) -> Expression:
    cursor.next()
    inner = cursor.nested(cursor)
    cursor.expect(")", "to close the parenthesis")
    return inner


def _name_or_call(cursor: Cursor) -> Expression:
    token = cursor.next()
    if token.text in constants.BOOLEANS and not cursor.at("("):
        return tree.Literal(token.start, "bool", constants.BOOLEANS[token.text])
    if token.text == "dynamic" and cursor.at("("):
        return constants.read_dynamic(cursor, token.start)
    if token.text == "typeof" and cursor.at("("):
        return _typeof(cursor, token.start)
    if cursor.at("(") and token.text not in ("and", "or"):
        return tree.Call(token.start, token.text, _arguments(cursor))
    return tree.Name(token.start, token.text)


def _typeof(cursor: Cursor, at: int) -> Expression:
    cursor.expect("(")
    name = cursor.next().text
    cursor.expect(")", "after the type")
    return tree.TypeOf(at, name)


def _arguments(cursor: Cursor) -> tuple[Expression, ...]:
    cursor.expect("(")
    cursor.enter()
    searching, cursor.searching = cursor.searching, False
    items: list[Expression] = []
    while not cursor.at(")"):
        items.append(_argument(cursor))
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the arguments")
    cursor.searching = searching
    cursor.leave()
    return tuple(items)
