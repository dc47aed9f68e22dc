"""The extension as Jupyter Server loads it. Nothing heavy is imported before the first request that needs it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, Int, TraitError, default

from ..models.wire import METADATA_KEY
from .desk import Desk, DeskOptions
from .handlers import routes

if TYPE_CHECKING:
    from ..settings import Settings

ENVIRONMENT_PREFIX = "JUPYTERLAB_SENTINEL_SERVER__"


class SentinelExtension(ExtensionApp):
    """Alerts for the sidebar, over REST below ``/jupyterlab-sentinel/api/``.

    Every trait can also be set from the environment, as ``JUPYTERLAB_SENTINEL_SERVER__`` and its name in
    capitals; what the server's config says wins.
    """

    name = METADATA_KEY
    load_other_extensions = True

    allow_paths = Bool(
        help="Whether the sidebar may open folders and files by their path. Without it, only the demo, "
        "configured workspaces and workspace GUIDs."
    ).tag(config=True)
    idle_seconds = Float(help="Close a workspace that nobody used for so long.").tag(config=True)
    most_workspaces = Int(help="How many workspaces may be open at the same time.").tag(config=True)
    keep_seconds = Float(help="For how long a list of alerts is kept for paging and filtering.").tag(config=True)
    keep_alerts = Int(help="How many alerts may be kept, in all lists together.").tag(config=True)
    timeout_seconds = Float(help="How long a workspace may take to answer.").tag(config=True)

    @default("allow_paths")
    def _default_allow_paths(self) -> bool:
        return _from_environment("allow_paths", "true").lower() not in ("0", "false", "no", "off")

    @default("idle_seconds")
    def _default_idle_seconds(self) -> float:
        return _number("idle_seconds", 1800)

    @default("most_workspaces")
    def _default_most_workspaces(self) -> int:
        return int(_number("most_workspaces", 8))

    @default("keep_seconds")
    def _default_keep_seconds(self) -> float:
        return _number("keep_seconds", 60)

    @default("keep_alerts")
    def _default_keep_alerts(self) -> int:
        return int(_number("keep_alerts", 50_000))

    @default("timeout_seconds")
    def _default_timeout_seconds(self) -> float:
        return _number("timeout_seconds", 60)

    def initialize_handlers(self) -> None:
        """Register the routes."""
        self.desk = Desk(self._options(), _settings)
        self.handlers.extend(routes(self.desk))

    async def stop_extension(self) -> None:
        """Close what is open."""
        from ..blocking import start

        await asyncio.wrap_future(start(self.desk.close))

    def _options(self) -> DeskOptions:
        server = self.serverapp
        root = getattr(server, "preferred_dir", "") or getattr(server, "root_dir", "") or "."
        return DeskOptions(
            root=Path(root).expanduser().absolute(),
            allow_paths=self.allow_paths,
            keep_s=self.keep_seconds,
            keep_alerts=self.keep_alerts,
            idle_s=self.idle_seconds,
            most_workspaces=max(1, self.most_workspaces),
            timeout_s=self.timeout_seconds,
        )


def _settings() -> Settings:
    from ..settings import load_settings

    return load_settings()


def _from_environment(name: str, fallback: str) -> str:
    return os.environ.get(ENVIRONMENT_PREFIX + name.upper(), fallback)


def _number(name: str, fallback: float) -> float:
    text = _from_environment(name, str(fallback))
    try:
        return float(text)
    except ValueError:
        raise TraitError(f"{ENVIRONMENT_PREFIX}{name.upper()} in the environment is no number: {text!r}") from None
