"""Command lines as Windows takes them apart."""

from __future__ import annotations

_BLANKS = " \t"


def windows_arguments(text: str) -> list[str]:
    """The arguments of a command line, as CommandLineToArgvW finds them; none for an empty text.

    The program's name knows no escapes; after it, two quotation marks inside quotation marks stand for one, and
    backslashes count only before a quotation mark
    (https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw).
    """
    if not text:
        return []
    program, position = _program(text)
    arguments = [program]
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    while position < len(text):
        argument, position = _argument(text, position)
        arguments.append(argument)
    return arguments


def _program(text: str) -> tuple[str, int]:
    if text[0] == '"':
        end = text.find('"', 1)
        return (text[1:], len(text)) if end < 0 else (text[1:end], end + 1)
    end = next((place for place, letter in enumerate(text) if letter in _BLANKS), len(text))
    return text[:end], end


def _argument(text: str, position: int) -> tuple[str, int]:
    """One argument from ``position`` on, and where the next one begins."""
    letters: list[str] = []
    quotes = backslashes = 0
    while position < len(text):
        letter = text[position]
        if letter in _BLANKS and not quotes:
            while position < len(text) and text[position] in _BLANKS:
                position += 1
            break
        position += 1
        if letter == '"':
            quotes, position = _quoted(text, position, letters, quotes, backslashes)
            backslashes = 0
            continue
        backslashes = backslashes + 1 if letter == "\\" else 0
        letters.append(letter)
    return "".join(letters), position


def _quoted(text: str, position: int, letters: list[str], quotes: int, backslashes: int) -> tuple[int, int]:
    """After a quotation mark: how many are open, and where reading goes on."""
    if backslashes:
        del letters[len(letters) - (backslashes + 1) // 2 :]
    if backslashes % 2:
        letters.append('"')
    else:
        quotes += 1
    while position < len(text) and text[position] == '"':
        position += 1
        quotes += 1
        if quotes == 3:
            letters.append('"')
            quotes = 0
    return (0 if quotes == 2 else quotes), position
