"""``jupyter sentinel serve``: a local workspace behind the Log Analytics wire protocol."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..endpoint.limits import Limits
from ..endpoint.serving import Options, serve
from ..models.indicators import visible

if TYPE_CHECKING:
    from ..endpoint.serving import Served


def run(  # noqa: PLR0913  # one parameter an option of the command
    workspace: str,
    *,
    port: int,
    https: bool,
    secret_file: str | None,
    rows: int | None,
    answer_bytes: int | None,
    requests: int | None,
    running: int | None,
) -> int:
    """Serve until interrupted; one line of JSON on standard output says how to ask.

    :raises SentinelError: it cannot start; the message says why.
    """
    given = {"rows": rows, "answer_bytes": answer_bytes, "requests": requests, "running": running}
    limits = Limits(**{name: value for name, value in given.items() if value is not None})
    secret = None if secret_file is None else Path(secret_file).expanduser()
    asyncio.run(serve(Options(workspace, port, https, secret, limits), _announce))
    return 0


def _announce(served: Served) -> None:
    print(json.dumps(served.facts), flush=True)
    # The line above may be read by a program; these are for a person.
    for notice in served.notices:
        print(visible(notice), file=sys.stderr)
    print("Serving on this machine only. Stop with Ctrl-C.", file=sys.stderr, flush=True)
