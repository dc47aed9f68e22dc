"""Fixtures for tests in a real browser on a real JupyterLab: ask for ``lab``, open something, look."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.lab_page import LabPage
from tests.browser.lab_server import LabServer, running_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, BrowserType, Page

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name or address leads beyond this machine. Refusing each request in turn would switch the page's cache off.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
KEPT = "cookies,local_storage,indexeddb,cache_storage,service_workers"

# Long enough for a busy machine; what is there at once is seen at once.
expect.set_options(timeout=45_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium: none is downloaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "The browser tests need Chromium on the PATH."
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1360, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Pacific/Auckland",  # far from UTC: a local time where UTC is meant shows
        "permissions": ["clipboard-read", "clipboard-write"],
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory, demo_folder: Path) -> Iterator[LabServer]:
    with running_lab(tmp_path_factory.mktemp("lab"), JUPYTERLAB_SENTINEL_DEMO_DIR=str(demo_folder)) as server:
        yield server


@pytest.fixture(scope="session")
def shared_context(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    """What all pages share: the cache of JupyterLab's own files.

    Only a browser with a profile on disk keeps them compiled, too: that halves the work of loading a page.
    """
    profile = tmp_path_factory.mktemp("profile")
    context = browser_type.launch_persistent_context(profile, **browser_type_launch_args, **browser_context_args)
    yield context
    context.close()


@pytest.fixture
def context(shared_context: BrowserContext) -> BrowserContext:
    return shared_context


@pytest.fixture
def lab(page: Page, lab_server: LabServer, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """A page for one test that knows of no other; the test fails if it asked for anything beyond this machine."""
    lab = LabPage(page, lab_server, re.sub(r"\W+", "-", request.node.name).strip("-"))
    browser = page.context.new_cdp_session(page)
    browser.send("Storage.clearDataForOrigin", {"origin": lab_server.url, "storageTypes": KEPT})
    browser.detach()
    yield lab
    if request.node.rep_call.failed:
        lab.screenshot(f"failed-{lab.folder}")
    lab.close()
    page.close()
    assert lab.outside == [], "The page asked for addresses beyond this machine."
