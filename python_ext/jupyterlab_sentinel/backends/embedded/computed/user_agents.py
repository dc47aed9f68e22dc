"""What user agents say of browsers, systems and devices, by the rules of uap-core (https://github.com/ua-parser)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ua_parser

TARGETS = ("browser", "os", "device")
"""What can be asked for."""

_NONE = "Other"


@lru_cache(maxsize=20_000)
def user_agent_as_json(text: str, wanted: str) -> str:
    """What is asked for of a user agent, as a JSON text; what no rule knows is of the family ``Other``.

    :param wanted: any of :data:`TARGETS`, with commas between them.
    """
    import ua_parser

    found: dict[str, dict[str, str]] = {}
    for target in wanted.split(","):
        match target:
            case "browser":
                found["Browser"] = _browser(ua_parser.parse_user_agent(text))
            case "os":
                found["OperatingSystem"] = _system(ua_parser.parse_os(text))
            case _:
                found["Device"] = _device(ua_parser.parse_device(text))
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _browser(found: ua_parser.UserAgent | None) -> dict[str, str]:
    return {
        "Family": found.family if found else _NONE,
        "MajorVersion": (found and found.major) or "",
        "MinorVersion": (found and found.minor) or "",
        "Patch": (found and found.patch) or "",
    }


def _system(found: ua_parser.OS | None) -> dict[str, str]:
    return {
        "Family": found.family if found else _NONE,
        "MajorVersion": (found and found.major) or "",
        "MinorVersion": (found and found.minor) or "",
        "Patch": (found and found.patch) or "",
        "PatchMinor": (found and found.patch_minor) or "",
    }


def _device(found: ua_parser.Device | None) -> dict[str, str]:
    return {
        "Family": found.family if found else _NONE,
        "Brand": (found and found.brand) or "",
        "Model": (found and found.model) or "",
    }
