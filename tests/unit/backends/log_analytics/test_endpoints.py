"""Tokens go to Azure's own hosts, or to this machine, and nowhere in the clear."""

from __future__ import annotations

import pytest

from jupyterlab_sentinel.backends.log_analytics.endpoints import endpoint_for
from jupyterlab_sentinel.errors import UsageError


@pytest.mark.parametrize(
    ("cloud", "url", "authority"),
    [
        ("public", "https://api.loganalytics.io", "login.microsoftonline.com"),
        ("usgov", "https://api.loganalytics.us", "login.microsoftonline.us"),
        ("china", "https://api.loganalytics.azure.cn", "login.chinacloudapi.cn"),
    ],
)
def test_clouds(cloud: str, url: str, authority: str) -> None:
    found = endpoint_for(cloud)  # type: ignore[arg-type]  # from the table above
    assert (found.url, found.scope, found.authority) == (url, f"{url}/.default", authority)
    assert not found.loopback


@pytest.mark.parametrize(
    ("address", "url", "scope"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080/.default"),
        ("http://localhost:8080/v1", "http://localhost:8080", "http://localhost:8080/.default"),
        ("http://[::1]:8080", "http://[::1]:8080", "http://[::1]:8080/.default"),
        (
            "https://api.loganalytics.azure.com",
            "https://api.loganalytics.azure.com",
            "https://api.loganalytics.io/.default",
        ),
        ("api.loganalytics.io", "https://api.loganalytics.io", "https://api.loganalytics.io/.default"),
        ("https://logs.example.com/", "https://logs.example.com", "https://logs.example.com/.default"),
        (
            "https://api.loganalytics.io.example.com",
            "https://api.loganalytics.io.example.com",
            "https://api.loganalytics.io.example.com/.default",
        ),
    ],
)
def test_addresses(address: str, url: str, scope: str) -> None:
    found = endpoint_for("public", address)
    assert (found.url, found.scope) == (url, scope)


@pytest.mark.parametrize(
    "address",
    [
        "http://api.loganalytics.io",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://user:secret@api.loganalytics.io",
        "https://api.loganalytics.io/other",
        "https://api.loganalytics.io?x=1",
        "https://",
        "https://host:port",
        "",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(UsageError):
        endpoint_for("public", address)
