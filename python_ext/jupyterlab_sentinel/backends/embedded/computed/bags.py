"""Property bags, changed at paths such as ``$.a['b c']``."""

from __future__ import annotations

import json
import re

from .json_values import parsed, written

_STEP = re.compile(r"""\.([^.\[\]'"]+)|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]""")


def path_of(text: str) -> list[str]:
    """The keys of a path, or of the one key that ``text`` is where it does not begin as a path does.

    :raises ValueError: a path that goes into an array, or is none.
    """
    if not text.startswith("$"):
        return [text]
    keys: list[str] = []
    position = 1
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            break
        plain, single, double = found.groups()
        keys.append(plain if plain is not None else re.sub(r"\\(.)", r"\1", single if single is not None else double))
        position = found.end()
    if position < len(text) or not keys:
        raise ValueError(f"{text!r} is not a path to a key of a bag, such as $.a.b.")
    return keys


def with_key(bag: str | None, path: str, value: str | None) -> str | None:
    """A bag with a value put at a path; None where it is no bag.

    :param bag: JSON text.
    :param value: JSON text; None: null.
    """
    changed = _bag(bag)
    if changed is None:
        return None
    *outer, last = path_of(path)
    holder = changed
    for key in outer:
        inner = holder.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ValueError(  # noqa: TRY004  # told to the user
                f"bag_set_key(): {key!r} on the way to {path!r} is not a bag."
            )
        holder = inner
    holder[last] = parsed(value or "null")
    return written(changed)


def without_keys(bag: str | None, paths: str | None) -> str | None:
    """A bag without what stands at some paths; None where it is no bag.

    :param paths: a JSON array of texts; others in it are passed over.
    """
    changed = _bag(bag)
    if changed is None:
        return None
    listed = json.loads(paths or "null")
    for path in listed if isinstance(listed, list) else [listed]:
        if not isinstance(path, str):
            continue
        *outer, last = path_of(path)
        holder: object = changed
        for key in outer:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            holder.pop(last, None)
    return written(changed)


def _bag(text: str | None) -> dict[str, object] | None:
    bag = parsed(text) if text is not None else None
    return bag if isinstance(bag, dict) else None
