"""How a workspace is named, opened and described; no connection is made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_sentinel import plugins
from jupyterlab_sentinel.backends.log_analytics import LogAnalyticsBackend
from jupyterlab_sentinel.backends.log_analytics.metadata import read_metadata
from jupyterlab_sentinel.errors import KqlSyntaxError, NotConnectedError, ServiceError, UsageError
from jupyterlab_sentinel.ports import QueryRequest
from jupyterlab_sentinel.settings import AzureSettings, Settings, WorkspaceSettings

GUID = "b438b4f6-912a-46d5-9cb1-b44069212abc"
RESOURCE = "/subscriptions/0/resourceGroups/g/providers/microsoft.compute/virtualMachines/vm"
SAMPLES = Path(__file__).parents[3] / "data" / "wire"


class Credential:
    def get_token(self, *_scopes: str) -> Any:
        raise AssertionError("not asked for here")


@pytest.mark.parametrize(
    ("name", "claimed"),
    [
        (GUID, True),
        (GUID.upper(), True),
        (RESOURCE, True),
        ("demo", False),
        ("/data/logs", False),
        ("/subscriptions/0?x", False),
        (GUID + "0", False),
        ("", False),
    ],
)
def test_claims(name: str, claimed: bool) -> None:
    assert LogAnalyticsBackend.claims(name) is claimed


def test_a_guid_leads_here_and_so_does_a_configured_name() -> None:
    settings = Settings(workspaces={"contoso": WorkspaceSettings(workspace_id=GUID, cloud="usgov", also=("other",))})
    for name in (GUID, "contoso", "Contoso"):
        backend = plugins.backend_for(name, settings, credential=Credential())
        assert isinstance(backend, LogAnalyticsBackend)
        assert backend.info.name == name
        assert backend.info.kind == "Log Analytics"


def test_a_resource_leads_here() -> None:
    assert isinstance(plugins.backend_for(RESOURCE, Settings(), credential=Credential()), LogAnalyticsBackend)


def test_what_settings_say_reaches_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    class Spy:
        @staticmethod
        def claims(name: str) -> bool:
            return True

        @staticmethod
        def create(name: str, options: dict[str, object]) -> object:
            seen.update(options)
            return object()

    monkeypatch.setattr(plugins, "load_backends", lambda: ({"spy": Spy}, ()))
    named = WorkspaceSettings(workspace_id=GUID, tenant_id="t", sign_in=("azure_cli",), endpoint="https://x.example")
    settings = Settings(
        workspaces={"contoso": named}, azure=AzureSettings(sign_in=("device_code",), plain_text_cache=True)
    )
    plugins.backend_for("contoso", settings)
    assert seen["sign_in"] == ("azure_cli",)
    assert seen["endpoint"] == "https://x.example"
    assert seen["plain_text_cache"] is True
    seen.clear()
    plugins.backend_for(GUID, settings)
    assert seen == {"sign_in": ("device_code",), "plain_text_cache": True}


@pytest.mark.parametrize("options", [{"credential": "a string"}, {"endpoint": "http://example.com"}, {"cloud": "mars"}])
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        LogAnalyticsBackend.create(GUID, options)


def test_syntax_is_checked_before_anything_is_sent() -> None:
    backend = LogAnalyticsBackend.create(GUID, {"credential": Credential()})
    backend.check("SecurityEvent | where EventID == 4688 | summarize count() by Account")
    with pytest.raises(KqlSyntaxError) as caught:
        backend.check("SecurityEvent | where (")
    assert caught.value.position is not None


async def test_a_closed_workspace_says_so() -> None:
    backend = LogAnalyticsBackend.create(GUID, {"credential": Credential()})
    with pytest.raises(NotConnectedError):
        await backend.run(QueryRequest("T"))
    with pytest.raises(NotConnectedError):
        await backend.tables()
    await backend.close()


def test_metadata() -> None:
    body = json.dumps(json.loads((SAMPLES / "la_metadata_spec_excerpt.json").read_bytes())["body"]).encode()
    found = read_metadata(body, GUID)
    assert list(found.tables) == ["ADAssessmentRecommendation", "custom_CL"]
    assert [(item.name, item.type) for item in found.tables["custom_CL"].columns] == [
        ("TimeGenerated", "datetime"),
        ("RawData", "string"),
    ]
    assert [item.name for item in found.functions] == ["dwad"]
    assert found.name == "contosoretail-IT"
    assert found.has_time("custom_CL")
    assert not found.has_time("dwad")
    shadowed = body.replace(b'"name": "dwad"', b'"name": "custom_CL"')
    assert not read_metadata(shadowed).has_time("custom_CL")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"tables": {}}', b"<html>", b"\xff", b"[" * 100_000])
def test_what_is_no_metadata(body: bytes) -> None:
    with pytest.raises(ServiceError):
        read_metadata(body)


def test_metadata_with_holes() -> None:
    body = {"tables": [7, {}, {"name": 5}, {"name": "T"}, {"name": "U", "columns": [{"name": "a", "type": "new"}, {}]}]}
    found = read_metadata(json.dumps(body).encode())
    assert list(found.tables) == ["T", "U"]
    assert found.tables["U"].columns[0].type == "string"
