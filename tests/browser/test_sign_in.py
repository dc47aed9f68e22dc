"""Signing in to Azure with a code, in the real sidebar and in a cell, against services on loopback."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from tests.browser.lab_page import LabPage
from tests.browser.lab_server import running_lab
from tests.browser.sidebar import LOAD, ROOT, SECONDS, Sidebar
from tests.identity_server import IdentityServer
from tests.wire.local_endpoint import ROWS, LocalEndpoint, write_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

# not waited for: the cell waits for the code
RUN = "() => { void window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
LEFT = re.compile(r"Expires in 1[45]:\d\d\.")


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityServer]:
    folder = tmp_path_factory.mktemp("identity")
    logs = write_logs(folder / "logs", {"Log": ROWS})
    with (
        LocalEndpoint(Options(str(logs), limits=Limits(requests=100_000))) as served,
        IdentityServer(folder / "ca", lambda scope: served.sign_in(scope).json()["access_token"]) as server,
    ):
        server.workspace = f"""[workspaces.contoso]
workspace_id = "{served.facts["workspace_id"]}"
endpoint = "{served.url}"
sign_in = ["device_code"]
"""
        yield server


@pytest.fixture
def azure(
    page: Page,
    identity: IdentityServer,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[LabPage]:
    """A Lab of its own, in which nobody is signed in and “contoso” wants that."""
    folder = tmp_path_factory.mktemp("azure")
    (folder / "config").mkdir()
    (folder / "config" / "jupyterlab_sentinel.toml").write_text(identity.workspace, "utf-8")
    for name, value in identity.environ.items():
        monkeypatch.setenv(name, value)
    identity.outcome = "pending"
    with running_lab(folder) as server:
        lab = LabPage(page, server, "signing-in")
        yield lab
        lab.close()
        assert lab.outside == []


def prompt(sidebar: Sidebar) -> Locator:
    return sidebar.region.get_by_role("group", name="Sign in to Azure")


def test_the_sidebar_signs_the_server_in(azure: LabPage, identity: IdentityServer) -> None:
    azure.open_empty()
    sidebar = Sidebar(azure)
    sidebar.open(340)
    sidebar.button("Connect workspace").click()
    chooser = sidebar.region.get_by_role("dialog", name="Workspaces")
    chooser.get_by_role("button", name="contoso").click()
    expect(chooser.get_by_role("alert")).to_contain_text("Nobody is signed in to Azure.")
    assert identity.codes == 0
    sidebar.button("Sign in").click()
    group = prompt(sidebar)
    expect(group).to_contain_text(identity.code)
    expect(group).to_contain_text(LEFT)
    link = group.get_by_role("link")
    expect(link).to_have_attribute("href", "https://microsoft.com/devicelogin")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    before = group.get_by_role("timer").inner_text()
    expect(group.get_by_role("timer")).not_to_have_text(before)
    group.get_by_role("button", name="Copy code").click()
    assert azure.page.evaluate("() => navigator.clipboard.readText()") == identity.code
    for theme in ("light", "dark"):
        azure.use_theme(theme)
        assert azure.axe(ROOT) == []
        azure.screenshot(f"sign-in-{theme}", sidebar.region)
    sidebar.resize(250)
    azure.screenshot("sign-in-narrow", sidebar.region)
    group.get_by_role("button", name="Cancel").click()
    expect(group).to_have_count(0)
    sidebar.button("Connect workspace").click()
    chooser.get_by_role("button", name="contoso").click()
    sidebar.button("Sign in").click()
    expect(group).to_contain_text(identity.code)
    identity.approve()
    expect(group).to_have_count(0, timeout=60 * SECONDS)
    expect(sidebar.region).to_contain_text("Log Analytics, 1 table")
    assert identity.codes == 2


def test_the_code_of_a_cell_stands_in_the_sidebar_too(azure: LabPage, identity: IdentityServer) -> None:
    azure.open([LOAD, "%sentinel connect contoso"], name="hunt.ipynb")
    sidebar = Sidebar(azure)
    sidebar.open(340)
    sidebar.run_cell(0)
    azure.page.evaluate(RUN)
    group = prompt(sidebar)
    expect(group).to_contain_text("for hunt.ipynb")
    expect(group).to_contain_text(identity.code)
    cell = azure.page.locator(".jp-OutputArea .jp-Sentinel-SignIn").last
    expect(cell).to_have_text(identity.code)
    expect(azure.page.locator(".jp-OutputArea").get_by_role("link", name="devicelogin")).to_have_count(1)
    cell.click()
    assert azure.page.evaluate("() => getSelection().toString().trim()") == identity.code
    azure.screenshot("sign-in-cell")
    group.get_by_role("button", name="Cancel").click()
    expect(group).to_have_count(0)
    expect(cell).to_have_count(0)
    expect(azure.page.locator(".jp-OutputArea").last).to_contain_text("Stopped.")
    azure.wait_for_kernel()
    azure.page.evaluate(RUN)
    expect(group).to_contain_text(identity.code)
    identity.approve()
    expect(group).to_have_count(0, timeout=60 * SECONDS)
    expect(cell).to_have_count(0)
    expect(azure.page.locator(".jp-OutputArea").last).to_contain_text("Connected to contoso")
