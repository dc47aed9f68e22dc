from __future__ import annotations

import ssl
from typing import Any

import pytest

from jupyterlab_sentinel.backends.log_analytics import pipeline
from jupyterlab_sentinel.backends.log_analytics.endpoints import Endpoint
from jupyterlab_sentinel.errors import UsageError

PLAIN = Endpoint("http://127.0.0.1:8000", "scope", "127.0.0.1", loopback=True)
SECURE = Endpoint("https://127.0.0.1:8000", "scope", "127.0.0.1", loopback=True)


@pytest.fixture(autouse=True)
def _nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in pipeline._CA_FILES:
        monkeypatch.delenv(name, raising=False)


def test_plain_http_reads_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(**_: Any) -> ssl.SSLContext:
        raise AssertionError("the system's certificates were read")

    monkeypatch.setattr(ssl, "create_default_context", read)
    assert pipeline._trust(PLAIN) is True
    with pytest.raises(AssertionError, match="were read"):
        pipeline._trust(SECURE)


def test_https_is_verified() -> None:
    context = pipeline._trust(SECURE)
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("endpoint", [PLAIN, SECURE])
def test_a_named_file_is_read_for_either(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    with pytest.raises(UsageError, match="cannot be read"):
        pipeline._trust(endpoint)
