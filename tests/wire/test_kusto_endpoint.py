"""The endpoint's Kusto protocol, as Microsoft's own client (azure-kusto-data, unmodified) and plain requests see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from azure.kusto.data import ClientRequestProperties, KustoClient, KustoConnectionStringBuilder
from azure.kusto.data.exceptions import KustoApiError, KustoMultiApiError, KustoServiceError
from azure.kusto.data.helpers import dataframe_from_result_table

from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from tests.wire.local_endpoint import LocalEndpoint

QUERY = "Log | sort by TimeGenerated asc | project TimeGenerated, Big, Text, Bag"


@pytest.fixture
def client(endpoint: LocalEndpoint) -> Iterator[KustoClient]:
    token = endpoint.sign_in().json()["access_token"]
    settings = KustoConnectionStringBuilder.with_aad_user_token_authentication(endpoint.url, token)
    with KustoClient(settings) as made:
        yield made


def asked(**options: Any) -> ClientRequestProperties:
    properties = ClientRequestProperties()
    for name, value in options.items():
        properties.set_option(name, value)
    return properties


def post(endpoint: LocalEndpoint, path: str, csl: str, db: str | None = "logs", **properties: Any) -> Any:
    with endpoint.client() as http:
        return http.post(path, json={"csl": csl, "db": db, "properties": properties})


# --- Microsoft's client ---------------------------------------------------------------------------


def test_a_query(client: KustoClient) -> None:
    found = client.execute("logs", QUERY)
    (table,) = found.primary_results
    assert [(column.column_name, column.column_type) for column in table.columns] == [
        ("TimeGenerated", "datetime"),
        ("Big", "long"),
        ("Text", "string"),
        ("Bag", "dynamic"),
    ]
    assert table.raw_rows[0] == ["2024-01-01T00:00:00.1234567Z", 9007199254740993, "one", '{"a":[1,null]}']
    assert table[0]["TimeGenerated"] == datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert [row["Big"] for row in table] == [9007199254740993, 9223372036854775807, None]
    assert (found.errors_count, found.get_exceptions()) == (0, [])


def test_a_frame(client: KustoClient) -> None:
    """Without nulls beside large numbers: of those, that client makes no frame."""
    frame = dataframe_from_result_table(client.execute("logs", f"{QUERY} | where isnotnull(Big)").primary_results[0])
    assert list(frame["Big"]) == [9007199254740993, 9223372036854775807]
    assert frame["TimeGenerated"].iloc[0].nanosecond == 700


def test_several_results_and_a_chart(client: KustoClient) -> None:
    found = client.execute("logs", "print x=1; print y='two' | render table")
    assert [table.raw_rows for table in found.primary_results] == [[[1]], [["two"]]]
    assert json.loads(found.tables[0].raw_rows[0][2])["Visualization"] == "table"


def test_a_streamed_query(client: KustoClient) -> None:
    tables = client.execute_streaming_query("logs", QUERY).iter_primary_results()
    assert [[row["Text"] for row in table] for table in tables] == [["one", "twö 🐍", ""]]


def test_commands(client: KustoClient) -> None:
    def rows(command: str) -> Any:
        return client.execute_mgmt("logs", command).primary_results[0].raw_rows

    assert [row[0] for row in rows(".show tables")] == ["Log", "Other"]
    assert rows(".show databases")[0][0] == "logs"
    assert rows(".show version")[0][2] == "Engine"
    assert {row[2] for row in rows(".show databases entities")} == {"Log", "Other"}
    flat = rows(".show database logs schema")
    assert [row[3] for row in flat if row[1] == "Log" and row[2] == "Big"] == ["System.Int64"]
    for command in (".show database ['logs'] schema as json", ".show databases (logs) schema as json"):
        schema = json.loads(rows(command)[0][0])
        assert schema["Databases"]["logs"]["Tables"]["Log"]["OrderedColumns"][0] == {
            "Name": "TimeGenerated",
            "Type": "System.DateTime",
            "CslType": "datetime",
        }


@pytest.mark.parametrize("command", [".drop table Log", ".show queries", ".create table T (a:long)", ".ingest x"])
def test_other_commands_are_refused_by_name(client: KustoClient, command: str) -> None:
    with pytest.raises(KustoApiError, match="is not served here"):
        client.execute_mgmt("logs", command)


def test_a_cut_answer_is_an_error_to_that_client(client: KustoClient) -> None:
    with pytest.raises(KustoMultiApiError, match="E_QUERY_RESULT_SET_TOO_LARGE"):
        client.execute("logs", QUERY, asked(truncationmaxrecords=2))
    found = client.execute("logs", QUERY, asked(truncationmaxrecords=2, deferpartialqueryfailures=True))
    assert len(found.primary_results[0]) == 2
    assert found.errors_count == 1
    assert "E_QUERY_RESULT_SET_TOO_LARGE" in found.get_exceptions()[0]


def test_mistakes_are_errors_to_that_client(client: KustoClient) -> None:
    with pytest.raises(KustoApiError, match="named 'Nope'") as caught:
        client.execute("logs", "Nope | take 1")
    assert caught.value.is_semantic_error()
    with pytest.raises(KustoApiError, match="Syntax error"):
        client.execute("logs", "Log | where (")
    with pytest.raises(KustoApiError, match="'nowhere' of kind 'Database' was not found"):
        client.execute("nowhere", "Log")


def test_the_clients_own_deadline(client: KustoClient) -> None:
    found = client.execute("logs", "print now()", asked(servertimeout=timedelta(minutes=1)))
    assert found.primary_results[0].rows_count == 1


def test_a_real_credential_signs_in_over_https(secure: LocalEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks the cluster whom to ask, then the credential asks there for a token for the cluster."""
    facts = secure.facts
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", facts["ca_file"])
    credential = ClientSecretCredential(
        facts["tenant_id"],
        facts["client_id"],
        facts["client_secret"],
        authority=f"https://localhost:{secure.port}",
        disable_instance_discovery=True,
    )
    url = f"https://localhost:{secure.port}"
    settings = KustoConnectionStringBuilder.with_azure_token_credential(url, credential)
    with credential, KustoClient(settings) as client:
        assert client.execute("logs", "Log | count").primary_results[0].raw_rows == [[3]]


# --- plain requests -------------------------------------------------------------------------------

PATHS = ["/v2/rest/query", "/v1/rest/query", "/lake/kql/v2/rest/query"]


@pytest.mark.parametrize("path", [*PATHS, "/v1/rest/mgmt", "/v1.0/security/runHuntingQuery"])
def test_nobody_without_the_secret_gets_an_answer(endpoint: LocalEndpoint, path: str) -> None:
    body = {"csl": "Log", "db": "logs", "Query": "Log"}
    with endpoint.client(headers={}) as http:
        found = http.post(path, json=body)
        assert found.status_code == 401
        assert "Log" not in found.json()["error"]["message"]
        assert http.post(path, json=body, headers={"Authorization": "Bearer x.y.z"}).status_code == 403
    with endpoint.client(headers={"x-api-key": endpoint.facts["api_key"], "Host": "evil.example"}) as http:
        assert http.post(path, json=body).status_code == 421


def test_whom_to_ask_is_told_to_anybody_and_nothing_else(endpoint: LocalEndpoint) -> None:
    with endpoint.client(headers={}) as http:
        found = http.get("/v1/rest/auth/metadata").json()
    assert found["AzureAD"]["LoginEndpoint"] == endpoint.url
    assert found["AzureAD"]["KustoServiceResourceId"] == endpoint.url
    assert "logs" not in json.dumps(found)


@pytest.mark.parametrize("placement", ["in_data", "end_of_table", "end_of_dataset"])
def test_where_a_cut_is_told(endpoint: LocalEndpoint, placement: str) -> None:
    options = {"truncationmaxrecords": 1, "results_error_reporting_placement": placement}
    frames = post(endpoint, "/v2/rest/query", "Log", Options=options).json()
    (table,) = [frame for frame in frames if frame.get("TableKind") == "PrimaryResult"]
    assert frames[-1]["HasErrors"] is True
    assert [type(row) for row in table["Rows"]] == ([list, dict] if placement == "in_data" else [list])


def test_v1_has_its_own_shape(endpoint: LocalEndpoint) -> None:
    found = post(endpoint, "/v1/rest/query", "Log | count").json()
    assert found["Tables"][0]["Rows"] == [[3]]
    assert [row[1] for row in found["Tables"][-1]["Rows"]] == ["QueryResult", "QueryProperties", "QueryStatus"]


def test_get_and_the_names_of_the_database(endpoint: LocalEndpoint) -> None:
    names = ["logs", endpoint.facts["workspace_id"], f"logs-{endpoint.facts['workspace_id']}", "NetDefaultDB"]
    with endpoint.client() as http:
        for name in names:
            found = http.get("/v2/rest/query", params={"db": name, "csl": "print 1"})
            assert found.status_code == 200, found.text
        assert http.get("/v2/rest/query", params={"db": "logs"}).status_code == 400
        assert http.get("/v1/rest/mgmt").status_code == 405


def test_now_is_what_is_asked_for(endpoint: LocalEndpoint) -> None:
    for text in ("2019-02-18T15:29:22Z", "datetime(2019-02-18T15:29:22)"):
        frames = post(endpoint, "/v2/rest/query", "print now()", Options={"query_now": text}).json()
        assert frames[2]["Rows"] == [["2019-02-18T15:29:22Z"]]


@pytest.mark.parametrize(
    "properties",
    [
        {"Options": {"query_take_max_records": 5}},
        {"Options": {"query_datetimescope_from": "2024-01-01"}},
        {"Options": {"results_progressive_enabled": True}},
        {"Options": {"servertimeout": "soon"}},
        {"Options": {"query_now": "today"}},
        {"Options": {"truncationmaxrecords": -1}},
        {"Options": {"results_error_reporting_placement": "nowhere"}},
        {"Options": "all"},
        {"Parameters": {"n": 1}},
    ],
)
def test_what_would_change_the_answer_is_refused(endpoint: LocalEndpoint, properties: Any) -> None:
    found = post(endpoint, "/v2/rest/query", "Log", **properties)
    assert found.status_code == 400
    assert found.json()["error"]["code"] == "General_BadRequest"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"csl":1}', b'{"csl":"T","properties":"["}', b"{" * 5000])
def test_bodies_that_are_no_requests(endpoint: LocalEndpoint, body: bytes) -> None:
    with endpoint.client() as http:
        for path in ("/v2/rest/query", "/v1/rest/mgmt", "/v1.0/security/runHuntingQuery"):
            found = http.post(path, content=body, headers={"Content-Type": "application/json"})
            assert found.status_code == 400
            assert "error" in found.json()


def test_limits_of_requests_hold(logs: Any) -> None:
    with LocalEndpoint(Options(str(logs), limits=Limits(requests=2))) as served:
        for _ in range(2):
            assert post(served, "/v2/rest/query", "print 1").status_code == 200
        found = post(served, "/v2/rest/query", "print 1")
        assert found.status_code == 429
        assert int(found.headers["Retry-After"]) > 0


def test_hunting(endpoint: LocalEndpoint) -> None:
    with endpoint.client() as http:
        body = {"Query": QUERY, "Timespan": "2024-01-01T00:00:00Z/2024-01-02T00:00:00Z"}
        found = http.post("/v1.0/security/runHuntingQuery", json=body).json()
        assert found["schema"] == [
            {"name": "TimeGenerated", "type": "DateTime"},
            {"name": "Big", "type": "Int64"},
            {"name": "Text", "type": "String"},
            {"name": "Bag", "type": "Object"},
        ]
        assert found["results"] == [
            {
                "TimeGenerated": "2024-01-01T00:00:00.1234567Z",
                "Big": 9007199254740993,
                "Text": "one",
                "Bag": '{"a":[1,null]}',
            }
        ]
        # Without one, 30 days, which these rows are older than.
        assert http.post("/v1.0/security/runHuntingQuery", json={"Query": "Log"}).json()["results"] == []
        for timespan in ("2024-01-01", "P9999D", "2024-01-01/P9D", "P30D/2024-01-05"):
            body = {"Query": "Log", "Timespan": timespan}
            assert len(http.post("/v1.0/security/runHuntingQuery", json=body).json()["results"]) == 3
        refused = http.post("/v1.0/security/runHuntingQuery", json={"Query": "Nope", "Timespan": "soon"})
        assert refused.status_code == 400
        refused = http.post("/v1.0/security/runHuntingQuery", json={"Query": "Nope"})
        assert "Nope" in refused.json()["error"]["message"]


def test_the_service_refuses_that_client_without_a_token(endpoint: LocalEndpoint) -> None:
    settings = KustoConnectionStringBuilder.with_no_authentication(endpoint.url)
    with KustoClient(settings) as client, pytest.raises(KustoServiceError, match="401"):
        client.execute("logs", "Log")
