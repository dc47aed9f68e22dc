"""Reading the settings: the TOML file, then the environment over it.

``JUPYTERLAB_SENTINEL_`` and the path of a key with ``__`` between its parts set that key:
``JUPYTERLAB_SENTINEL_QUERY__TIMEOUT_S=60``,
``JUPYTERLAB_SENTINEL_WORKSPACES__CONTOSO__WORKSPACE_ID=…``. Lists are JSON, or split at the
system's path separator (paths) or at commas.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import msgspec

from ..errors import SettingsError
from .locating import line_of
from .model import ProviderSettings, Settings, WorkspaceSettings
from .msticpy import read_msticpy
from .secrets import SECRET_PREFIX
from .validating import Fail, check_settings, nearest, refuse_secrets

ENVIRONMENT_PREFIX = "JUPYTERLAB_SENTINEL_"
FILE_NAME = "jupyterlab_sentinel.toml"
_NAMED: dict[str, type[WorkspaceSettings | ProviderSettings]] = {
    "workspaces": WorkspaceSettings,
    "providers": ProviderSettings,
}
_SHORT_FORM = {WorkspaceSettings: ("path", str), ProviderSettings: ("enabled", bool)}
_LARGEST_FILE = 1 << 20


def settings_path() -> Path:
    """The settings file in the user's Jupyter config folder; it need not exist."""
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir()) / FILE_NAME


def load_settings(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of ``path`` (default: the user's file) with those of ``environ`` over them.

    :raises SettingsError: names the file and line, or the variable, the key, and what to write.
    """
    source = settings_path() if path is None else path
    text = _read(source)
    data = _parse(source, text)

    def fail(keys: tuple[str, ...], problem: str, hint: str) -> SettingsError:
        line = line_of(text, keys)
        place = f"{source}, line {line}" if line else str(source)
        return SettingsError(f"{place}: {'.'.join(keys)}: {problem}", hint=hint)

    refuse_secrets(data, fail)
    built = _convert(data, fail)
    check_settings(built, fail)
    variables = os.environ if environ is None else environ
    return _with_msticpy(_with_environment(built, variables), variables)


def _with_msticpy(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """``settings``, with the workspaces that msticpy knows below the user's own."""
    theirs = read_msticpy(environ).workspaces
    added = {name: workspace for name, workspace in theirs.items() if settings.workspace(name) is None}
    if not added:
        return settings
    return msgspec.structs.replace(settings, workspaces={**settings.workspaces, **added})


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_FILE + 1)
        if len(raw) > _LARGEST_FILE:
            raise SettingsError(f"{path} is larger than 1 MiB; that is no settings file.", hint="Remove or replace it.")
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"{path}, line {line}: not UTF-8 text.", hint="Save the file as UTF-8.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.", hint="Check its permissions.") from None


def _parse(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = f"{path}, line {found[1]}" if found else str(path)
        reason = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise SettingsError(
            f"{place}: {reason}.", hint='The file is TOML: key = "value", under [section] lines.'
        ) from None


def _convert(data: Mapping[str, object], fail: Fail) -> Settings:
    """The file's data as settings; every mistake with its own key."""
    fields = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    built: dict[str, object] = {}
    for key, value in data.items():
        if key not in fields:
            raise fail((key,), "there is no such setting.", nearest(key, fields))
        if key in _NAMED:
            built[key] = _named(key, value, fail)
        else:
            built[key] = _one((key,), value, fields[key], fail)
    return msgspec.convert(built, Settings, from_attributes=False)


def _named(section: str, value: object, fail: Fail) -> dict[str, object]:
    kind = _NAMED[section]
    if not isinstance(value, dict):
        raise fail((section,), "expected a table.", f"Write [{section}.NAME] and the settings below it.")
    short_key, short_type = _SHORT_FORM[kind]
    return {
        name: _one((section, name), {short_key: item} if isinstance(item, short_type) else item, kind, fail)
        for name, item in value.items()
    }


def _one(keys: tuple[str, ...], value: object, kind: object, fail: Fail) -> object:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        inner = tuple(re.findall(r"\.(\w+)", where))
        unknown = re.search(r"unknown field `([^`]*)`", reason)
        if unknown:
            known = [field.name for field in msgspec.structs.fields(_struct_at(kind, inner))]
            raise fail((*keys, *inner, unknown[1]), "there is no such setting.", nearest(unknown[1], known)) from None
        raise fail(
            (*keys, *inner),
            f"{reason[:1].lower()}{reason[1:]}.",
            "See docs/enrichment.md for what each setting takes.",
        ) from None


def _struct_at(kind: object, keys: tuple[str, ...]) -> type[msgspec.Struct]:
    found: object = kind
    for key in keys:
        if isinstance(found, type) and issubclass(found, msgspec.Struct):
            found = get_type_hints(found)[key]
    if not (isinstance(found, type) and issubclass(found, msgspec.Struct)):
        raise TypeError("only structs refuse unknown fields")
    return found


def _with_environment(settings: Settings, environ: Mapping[str, str]) -> Settings:
    data: dict[str, object] = msgspec.to_builtins(settings)
    names: dict[tuple[str, ...], str] = {}
    for name in sorted(environ):
        if not name.startswith(ENVIRONMENT_PREFIX) or name.startswith(SECRET_PREFIX):
            continue
        parts = tuple(name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"))
        if parts[0] not in data:
            continue  # other parts of the product have variables of their own
        _set(data, parts, environ[name], name)
        names[parts] = name

    def fail(keys: tuple[str, ...], problem: str, hint: str) -> SettingsError:
        wanted = tuple(re.sub(r"[^a-z0-9]", "_", key.lower()) for key in keys)
        blamed = next((name for parts, name in names.items() if parts[: len(wanted)] == wanted), None)
        place = f"{blamed} in the environment" if blamed else "the environment"
        return SettingsError(f"{place}: {'.'.join(keys)}: {problem}", hint=hint)

    if not names:
        return settings
    built = _convert(data, fail)
    check_settings(built, fail)
    return built


def _set(data: dict[str, object], parts: tuple[str, ...], text: str, variable: str) -> None:
    """Put the value of one variable into ``data``, as the type that the setting has."""
    kind: object = Settings
    place: dict[str, object] = data
    for depth, part in enumerate(parts):
        kind, key = _step(kind, part, place, variable)
        if depth == len(parts) - 1:
            place[key] = _typed(kind, text, variable, key)
            return
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            break
        place = inner
    raise _bad_variable(variable, "there is no such setting.")


def _step(kind: object, part: str, place: Mapping[str, object], variable: str) -> tuple[object, str]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind)
        if part not in hints:
            raise _bad_variable(variable, "there is no such setting.", nearest(part, hints))
        return hints[part], part
    if get_origin(kind) in (dict, Mapping):
        written = next((key for key in place if re.sub(r"[^a-z0-9]", "_", key.lower()) == part), part)
        return get_args(kind)[1], written
    raise _bad_variable(variable, "there is no such setting.")


def _typed(kind: object, text: str, variable: str, key: str) -> object:
    try:
        if get_origin(kind) is tuple:
            return _listed(text, os.pathsep if key == "paths" else ",")
        if get_origin(kind) in (dict, Mapping) or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            return json.loads(text)
        if get_origin(kind) in (Union, UnionType) and int in get_args(kind):
            return _option(text)
        return msgspec.convert(text, kind, strict=False)
    except (ValueError, msgspec.ValidationError) as error:
        reason = str(error).partition(" - at ")[0]
        raise _bad_variable(variable, f"{reason[:1].lower()}{reason[1:]}.") from None


def _listed(text: str, separator: str) -> list[object]:
    if text.lstrip().startswith("["):
        found = json.loads(text)
        if not isinstance(found, list):
            raise ValueError("expected a list")
        return found
    return [part.strip() for part in text.split(separator) if part.strip()]


def _option(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _bad_variable(variable: str, problem: str, hint: str = "") -> SettingsError:
    return SettingsError(
        f"{variable} in the environment: {problem}",
        hint=hint or "Correct or unset it; docs/enrichment.md lists the settings.",
    )
