"""Which names are claimed, where a token goes, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from jupyterlab_sentinel.backends.advanced_hunting import AdvancedHuntingBackend
from jupyterlab_sentinel.backends.advanced_hunting.backend import graph_endpoint
from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.backends.kusto import DataExplorerBackend, DataLakeBackend
from jupyterlab_sentinel.backends.kusto.services import (
    LAKE_SCOPE,
    cluster_endpoint,
    lake_endpoint,
    split_address,
)
from jupyterlab_sentinel.backends.log_analytics import LogAnalyticsBackend
from jupyterlab_sentinel.errors import UsageError

NEW: list[Any] = [DataExplorerBackend, DataLakeBackend, AdvancedHuntingBackend]
BACKENDS: list[Any] = [*NEW, LogAnalyticsBackend, EmbeddedBackend]
PROXY = (
    "https://ade.loganalytics.io/subscriptions/s/resourcegroups/g/providers/microsoft.operationalinsights/workspaces/w"
)


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("https://help.kusto.windows.net/Samples", DataExplorerBackend),
        ("https://c.westeurope.kusto.windows.net/My%20Db", DataExplorerBackend),
        ("https://c.z9.kusto.fabric.microsoft.com/db", DataExplorerBackend),
        ("https://c.kusto.usgovcloudapi.net/db", DataExplorerBackend),
        (PROXY, DataExplorerBackend),
        ("http://127.0.0.1:8123/db", DataExplorerBackend),
        ("http://localhost:8123/db", DataExplorerBackend),
        ("datalake:ws-9aa5f3f5-9f9a-4b0e-8f0a-0d9f7c9c5a11", DataLakeBackend),
        ("hunting:", AdvancedHuntingBackend),
        ("hunting:contoso.example", AdvancedHuntingBackend),
        ("9aa5f3f5-9f9a-4b0e-8f0a-0d9f7c9c5a11", LogAnalyticsBackend),
    ],
)
def test_one_backend_claims_a_name(name: str, backend: Any) -> None:
    assert [item for item in BACKENDS if item.claims(name)] == [backend]


@pytest.mark.parametrize(
    "name",
    [
        "https://help.kusto.windows.net",
        "https://help.kusto.windows.net/",
        "http://help.kusto.windows.net/Samples",
        "https://kusto.windows.net.evil.example/Samples",
        "https://evilkusto.windows.net/Samples",
        "https://c.kusto.windows.net.evil.example/Samples",
        "https://evil.example/kusto.windows.net/Samples",
        "https://evil.example/Samples",
        "https://help.kusto.windows.net@evil.example/Samples",
        "https://user@help.kusto.windows.net/Samples",
        "https://help.kusto.windows.net/Samples?query=x",
        "https://help.kusto.windows.net/Samples#x",
        "http://127.0.0.1.evil.example/db",
        "https://[::1/db",
        "https://help.kusto.windows.net:port/db",
        "ftp://help.kusto.windows.net/Samples",
        "file:///Samples",
        "datalake:",
        "datalake",
        "hunting",
        "adx",
        "",
    ],
)
def test_whatever_is_not_sure_is_claimed_by_none_of_the_new(name: str) -> None:
    assert not any(item.claims(name) for item in NEW)


@pytest.mark.parametrize(
    ("address", "url", "scope", "authority"),
    [
        (
            "help.kusto.windows.net",
            "https://help.kusto.windows.net",
            "https://help.kusto.windows.net",
            "login.microsoftonline.com",
        ),
        (
            "https://C.kusto.usgovcloudapi.net/",
            "https://c.kusto.usgovcloudapi.net",
            "https://c.kusto.usgovcloudapi.net",
            "login.microsoftonline.us",
        ),
        (
            "https://c.kusto.chinacloudapi.cn",
            "https://c.kusto.chinacloudapi.cn",
            "https://c.kusto.chinacloudapi.cn",
            "login.chinacloudapi.cn",
        ),
        (PROXY, PROXY, "https://kusto.kusto.windows.net", "login.microsoftonline.com"),
        (
            "https://own.example:8443",
            "https://own.example:8443",
            "https://own.example:8443",
            "login.microsoftonline.com",
        ),
        ("http://127.0.0.1:81/x", "http://127.0.0.1:81/x", "http://127.0.0.1:81", "login.microsoftonline.com"),
    ],
)
def test_a_token_is_good_for_that_cluster_alone(address: str, url: str, scope: str, authority: str) -> None:
    found = cluster_endpoint(address)
    assert (found.url, found.scope, found.authority) == (url, f"{scope}/.default", authority)


def test_the_lakes_scope_goes_to_the_lake_alone() -> None:
    assert lake_endpoint().url == "https://api.securityplatform.microsoft.com/lake/kql"
    assert lake_endpoint().scope == LAKE_SCOPE
    assert lake_endpoint("https://westeurope.api.securityplatform.microsoft.com/lake/kql").scope == LAKE_SCOPE
    assert lake_endpoint("https://api.securityplatform.microsoft.com.evil.example").scope == (
        "https://api.securityplatform.microsoft.com.evil.example/.default"
    )
    assert lake_endpoint(scope="https://other/.default").scope == "https://other/.default"


def test_graphs_scope_goes_to_graph_alone() -> None:
    assert graph_endpoint("public").scope == "https://graph.microsoft.com/.default"
    assert graph_endpoint("usgov").url == "https://graph.microsoft.us"
    assert graph_endpoint("public", "https://evil.example").scope == "https://evil.example/.default"
    with pytest.raises(UsageError, match="public and usgov"):
        graph_endpoint("china")


@pytest.mark.parametrize(
    "address", ["http://help.kusto.windows.net", "http://192.0.2.1", "https://", "https://u:p@x", "https://x?y"]
)
def test_addresses_that_may_not_be_used(address: str) -> None:
    for make in (cluster_endpoint, lake_endpoint):
        with pytest.raises(UsageError):
            make(address)
    with pytest.raises(UsageError):
        graph_endpoint("public", address)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("https://c.kusto.windows.net/db", ("https://c.kusto.windows.net", "db")),
        ("https://c.kusto.windows.net/My%20Db/", ("https://c.kusto.windows.net", "My Db")),
        (PROXY, (PROXY, "w")),
        (f"{PROXY}/w", (PROXY, "w")),
    ],
)
def test_the_cluster_and_the_database_of_an_address(address: str, parts: tuple[str, str]) -> None:
    assert split_address(address) == parts


def test_what_lacks_a_database_is_refused() -> None:
    for make in (DataExplorerBackend.create, DataLakeBackend.create):
        with pytest.raises(UsageError):
            make("contoso", {})
    with pytest.raises(UsageError, match="get_token"):
        DataLakeBackend.create("datalake:x", {"credential": "secret"})
