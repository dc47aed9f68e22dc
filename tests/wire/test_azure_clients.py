"""Microsoft's own client libraries, unmodified, against the endpoint over https with its certificate authority."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential
from azure.monitor.query import (
    LogsBatchQuery,
    LogsQueryClient,
    LogsQueryError,
    LogsQueryPartialResult,
    LogsQueryResult,
    LogsQueryStatus,
)
from azure.monitor.query.aio import LogsQueryClient as AsyncLogsQueryClient

from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from tests.wire.local_endpoint import LocalEndpoint

ROOT = Path(__file__).parents[2]
FIRST_DAY = (datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1))


def credential_for(endpoint: LocalEndpoint, secret: str | None = None) -> ClientSecretCredential:
    facts = endpoint.facts
    return ClientSecretCredential(
        facts["tenant_id"],
        facts["client_id"],
        facts["client_secret"] if secret is None else secret,
        authority=f"https://localhost:{endpoint.port}",
        disable_instance_discovery=True,
        connection_verify=facts["ca_file"],
    )


@pytest.fixture
def client(secure: LocalEndpoint) -> Iterator[LogsQueryClient]:
    with (
        credential_for(secure) as credential,
        LogsQueryClient(credential, endpoint=secure.url, connection_verify=secure.facts["ca_file"]) as client,
    ):
        yield client


def test_a_real_credential_signs_in_and_asks(secure: LocalEndpoint, client: LogsQueryClient) -> None:
    found = client.query_workspace(
        secure.facts["workspace_id"],
        "Log | sort by TimeGenerated asc | project TimeGenerated, Big, Text, Bag",
        timespan=(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC)),
        server_timeout=60,
        include_statistics=True,
        include_visualization=True,
        additional_workspaces=["logs"],
    )
    assert isinstance(found, LogsQueryResult)
    (table,) = found.tables
    assert table.columns_types == ["datetime", "long", "string", "dynamic"]
    assert [row[1] for row in table.rows] == [9007199254740993, 9223372036854775807]
    assert table.rows[0][0] == datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert found.statistics["query"]["datasetStatistics"][0]["tableRowCount"] == 2
    assert found.visualization["visualization"] is None


@pytest.mark.parametrize("form", ["{}", "{}/", "/{}", "{}?"])
def test_a_resource_is_asked(secure: LocalEndpoint, client: LogsQueryClient, form: str) -> None:
    resource = secure.facts["resource_id"]
    if form == "{}?":  # without the slash at its beginning
        form, resource = "{}", resource[1:]
    found = client.query_resource(form.format(resource), "Log | count", timespan=FIRST_DAY)
    assert isinstance(found, LogsQueryResult)
    assert found.tables[0].rows[0][0] == 1


@pytest.mark.parametrize(
    "other",
    [
        "/subscriptions/0/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm",
        "/subscriptions/0/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm/extensions/x y",
        "/subscriptions/0/resourceGroups/g/providers/Microsoft.Sql/servers/s/databases/d/providers/Microsoft.X/y/z",
        "/subscriptions/0/resourceGroups/g",
        "/subscriptions/0",
    ],
)
def test_another_resource_is_not_found(client: LogsQueryClient, other: str) -> None:
    with pytest.raises(HttpResponseError) as caught:
        client.query_resource(other, "Log | count", timespan=FIRST_DAY)
    assert caught.value.status_code == 404
    assert caught.value.error is not None
    assert caught.value.error.code in ("ResourceNotFoundError", "ItemNotFoundError", "PathNotFoundError")


def test_a_batch_keeps_its_order(secure: LocalEndpoint, client: LogsQueryClient) -> None:
    workspace = secure.facts["workspace_id"]
    queries = [
        LogsBatchQuery(workspace, "Log | count", timespan=FIRST_DAY),
        LogsBatchQuery(workspace, "Nothing | count", timespan=None),
        LogsBatchQuery(workspace, "Log | count", timespan=None),
    ]
    first, second, third = client.query_batch(queries)
    assert isinstance(first, LogsQueryResult)
    assert isinstance(second, LogsQueryError)
    assert isinstance(third, LogsQueryResult)
    assert (first.tables[0].rows[0][0], third.tables[0].rows[0][0]) == (1, 3)
    assert "Failed to resolve" in second.message


def test_errors_are_the_librarys_own(secure: LocalEndpoint, client: LogsQueryClient) -> None:
    with pytest.raises(HttpResponseError, match="SYN0002") as caught:
        client.query_workspace(secure.facts["workspace_id"], "Log | wher", timespan=None)
    assert caught.value.status_code == 400
    with pytest.raises(HttpResponseError) as caught:
        client.query_workspace("bad_workspace_id", "Log", timespan=None)
    assert caught.value.status_code == 404


def test_a_wrong_secret_does_not_sign_in(secure: LocalEndpoint) -> None:
    with credential_for(secure, "wrong") as credential, pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        credential.get_token(f"{secure.url}/.default")


def test_without_the_authority_nothing_is_trusted(secure: LocalEndpoint) -> None:
    with (
        credential_for(secure) as credential,
        LogsQueryClient(credential, endpoint=secure.url, retry_total=0) as client,
        pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.query_workspace(secure.facts["workspace_id"], "Log", timespan=None)


def test_a_partial_answer_is_the_librarys_own(logs: Path) -> None:
    with (
        LocalEndpoint(Options(str(logs), https=True, limits=Limits(rows=2))) as small,
        credential_for(small) as credential,
        LogsQueryClient(credential, endpoint=small.url, connection_verify=small.facts["ca_file"]) as client,
    ):
        found = client.query_workspace(small.facts["workspace_id"], "Log", timespan=None)
    assert isinstance(found, LogsQueryPartialResult)
    assert found.status == LogsQueryStatus.PARTIAL
    assert len(found.partial_data[0].rows) == 2


async def test_the_async_client_asks_too(secure: LocalEndpoint) -> None:
    facts = secure.facts
    async with (
        AsyncClientSecretCredential(
            facts["tenant_id"],
            facts["client_id"],
            facts["client_secret"],
            authority=secure.url,
            disable_instance_discovery=True,
            connection_verify=facts["ca_file"],
        ) as credential,
        AsyncLogsQueryClient(credential, endpoint=secure.url, connection_verify=facts["ca_file"]) as client,
    ):
        found = await client.query_workspace(facts["workspace_id"], "Log | count", timespan=FIRST_DAY)
        (again,) = await client.query_batch([LogsBatchQuery(facts["workspace_id"], "Log | count", timespan=None)])
    assert isinstance(found, LogsQueryResult)
    assert isinstance(again, LogsQueryResult)
    assert (found.tables[0].rows[0][0], again.tables[0].rows[0][0]) == (1, 3)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not here")
def test_the_javascript_client_asks_too(secure: LocalEndpoint) -> None:
    facts = {name.upper(): str(value) for name, value in secure.facts.items()}
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("ask.mjs"))],
        env={**os.environ, **facts, "NODE_EXTRA_CA_CERTS": facts["CA_FILE"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["workspace"] == {
        "status": "Success",
        "columns": ["datetime", "long", "string", "dynamic"],
        "rows": [["2024-01-01T00:00:00.123Z", 9007199254740992, "one", {"a": [1, None]}]],
        "statistics": True,
        "visualization": True,
    }
    assert found["resource"] == [[3]]
    assert found["batch"] == [[[1]], "BadArgumentError", [[3]]]
    assert found["partial"] is None
    assert found["error"] == {"statusCode": 400, "code": "BadArgumentError"}
