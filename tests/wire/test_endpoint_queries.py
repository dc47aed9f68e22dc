"""Queries on the wire: forms of asking, encoding of answers, partial answers."""

from __future__ import annotations

import gzip
import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from tests.wire.local_endpoint import LocalEndpoint

SAMPLES = Path(__file__).parents[1] / "data" / "wire"
COUNT = "Log | count"


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return found


def test_every_type_is_encoded_as_in_the_recorded_answer(endpoint: LocalEndpoint) -> None:
    wanted = sample("la_200_alltypes_grafana")["body"]["tables"][0]
    found = endpoint.query(
        'print XBool=true, XString="Grafana", XDateTime=datetime(2006-01-02T22:04:05.1Z), '
        'XDynamic=dynamic([{"person":"Daniel"},{"cats":23},{"diagnosis":"cat problem"}]), '
        "XGuid=guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642), XInt=int(2147483647), XLong=long(9223372036854775807), "
        "XReal=real(1.7976931348623157e+308), XTimeSpan=time(00:00:00.0000001)"
    ).json()["tables"][0]
    assert found["name"] == "PrimaryResult"
    assert found["columns"] == wanted["columns"][:-1]
    assert found["rows"] == [wanted["rows"][0][:-1]]


def test_columns_are_typed_as_in_the_recorded_answer(endpoint: LocalEndpoint) -> None:
    recorded = sample("la_200_types")
    kql = recorded["request"]["body"]["query"].replace("make_datetime(", "todatetime(")
    found = endpoint.query(kql).json()["tables"]
    assert found == recorded["body"]["tables"]


def test_numbers_that_json_lacks_are_texts(endpoint: LocalEndpoint) -> None:
    wanted = sample("la_200_nan_inf_grafana")["body"]["tables"]
    assert endpoint.query("print XInf=real(+inf), XInfNeg=real(-inf), XNan=real(nan)").json()["tables"] == wanted


@pytest.mark.parametrize(
    ("expression", "cell"),
    [
        ("datetime(2023-02-20T11:04:02.6371632Z)", "2023-02-20T11:04:02.6371632Z"),
        ("datetime(2021-06-02T00:19:13.44Z)", "2021-06-02T00:19:13.44Z"),
        ("datetime(2000-01-10)", "2000-01-10T00:00:00Z"),
        ("datetime(0001-01-01)", "0001-01-01T00:00:00Z"),
        ("datetime(9999-12-31T23:59:59)", "9999-12-31T23:59:59Z"),
        ("time(0)", "00:00:00"),
        ("time(1.5s)", "00:00:01.5000000"),
        ("time(-1.02:03:04)", "-1.02:03:04"),
        ("decimal(0.10)", "0.1"),
        ("decimal(100)", "100"),
        ("decimal(0.0000001)", "0.0000001"),
        ("real(0)", 0),
        ("real(0.1)", 0.1),
        ("real(-3)", -3),
        ("long(-9223372036854775807)", -9223372036854775807),
        ('dynamic({"a":null})', '{"a":null}'),
        ("dynamic(null)", None),
        ("long(null)", None),
        ("bool(null)", None),
        ("real(null)", None),
        ("datetime(null)", None),
        ("time(null)", None),
        ("guid(null)", None),
        ("int(null)", None),
        ('""', ""),
    ],
)
def test_cells(endpoint: LocalEndpoint, expression: str, cell: object) -> None:
    response = endpoint.query(f"print X={expression}")
    assert response.json()["tables"][0]["rows"] == [[cell]]
    # JSON has one kind of number; what is written counts.
    assert json.dumps(response.json()["tables"][0]["rows"], separators=(",", ":")) in response.text


def test_a_real_without_a_fraction_is_written_without_one(endpoint: LocalEndpoint) -> None:
    text = endpoint.query("print real(0), real(0) * -1, real(1e300)").text
    assert '"rows":[[0,-0.0,1e300]]' in text.replace("1e+300", "1e300")


def test_rows_of_a_file_lose_nothing(endpoint: LocalEndpoint) -> None:
    rows = endpoint.rows("Log | sort by TimeGenerated asc | project TimeGenerated, Big, Text, Bag")
    assert rows == [
        ["2024-01-01T00:00:00.1234567Z", 9007199254740993, "one", '{"a":[1,null]}'],
        ["2024-01-02T00:00:00Z", 9223372036854775807, "tw\u00f6 \U0001f40d", None],
        ["2024-01-03T12:00:00.5Z", None, "", "{}"],
    ]


def test_several_statements_give_several_tables(endpoint: LocalEndpoint) -> None:
    tables = endpoint.query("print 1; print 2").json()["tables"]
    assert [table["rows"] for table in tables] == [[[1]], [[2]]]
    assert tables[0]["name"] == "PrimaryResult"
    assert tables[1]["name"] != "PrimaryResult"


def test_get_asks_too(endpoint: LocalEndpoint) -> None:
    with endpoint.client() as client:
        found = client.get(endpoint.query_path, params={"query": COUNT, "timespan": "2024-01-01/2024-01-02"})
    assert found.json()["tables"][0]["rows"] == [[1]]


def test_a_long_query_may_stand_in_the_address(endpoint: LocalEndpoint) -> None:
    kql = f"print x='{'long ' * 20_000}' | project strlen(x)"
    asked = urllib.request.Request(
        f"{endpoint.url}{endpoint.query_path}?{urlencode({'query': kql})}",
        headers={"x-api-key": endpoint.facts["api_key"]},
    )
    with urllib.request.urlopen(asked) as answer:
        assert json.load(answer)["tables"][0]["rows"] == [[100_000]]


@pytest.mark.parametrize("before", ["/v1/", "/v1"])
@pytest.mark.parametrize("change", [str, str.lower, str.upper])
def test_a_resource_is_asked_by_its_id(endpoint: LocalEndpoint, before: str, change: Any) -> None:
    path = f"{before}{change(endpoint.facts['resource_id'])}/query"
    with endpoint.client() as client:
        for found in (client.post(path, json={"query": COUNT}), client.get(path, params={"query": COUNT})):
            assert found.json()["tables"][0]["rows"] == [[3]]


@pytest.mark.parametrize("change", [str, str.lower])
def test_azures_resource_manager_has_a_path_of_its_own(endpoint: LocalEndpoint, change: Any) -> None:
    resource = change(endpoint.facts["resource_id"])
    path, version = f"{resource}/providers/microsoft.insights/logs", {"api-version": "2018-03-01-preview"}
    with endpoint.client() as client:
        asked = client.post(path, params=version, json={"query": COUNT, "timespan": "2024-01-01/P1D"})
        assert asked.json()["tables"][0]["rows"] == [[1]]
        assert client.get(path, params={**version, "query": COUNT}).json()["tables"][0]["rows"] == [[3]]
        assert client.post(f"{resource}x/providers/microsoft.insights/logs", json={"query": COUNT}).status_code == 404
    with endpoint.client(headers={}) as client:
        assert client.post(path, json={"query": COUNT}).status_code == 401


@pytest.mark.parametrize(
    ("timespan", "count"),
    [
        (None, 3),
        ("", 3),
        ("2024-01-01/2024-01-02", 1),
        ("2024-01-01T00:00:00Z/2024-01-02T00:00:00Z", 1),
        ("2024-01-01/P1D", 1),
        ("2024-01-01T00:00:00Z/PT24H0.0000001S", 2),
        ("P1D/2024-01-03", 1),
        ("PT36H/2024-01-03T12:00:00.5000001Z", 1),
        ("2024-01-01T00:00:00.1234567Z/2024-01-02", 1),
        ("2024-01-01T00:00:00.1234568Z/2024-01-02", 0),
        ("2024-01-01/2024-01-01T00:00:00.1234567Z", 0),
        ("2024-01-01/2024-01-01T00:00:00.1234568Z", 1),
        ("2024-01-01T02:00:00+02:00/PT1S", 1),
        ("P1D", 0),
        ("PT86400.0S", 0),
        ("P2W", 0),
        ("P100Y", 3),
        ("P9999Y", 3),
    ],
)
def test_timespans(endpoint: LocalEndpoint, timespan: str | None, count: int) -> None:
    assert endpoint.rows(COUNT, timespan=timespan, workspaces=None) == [[count]]


def test_body_and_address_both_bound(endpoint: LocalEndpoint) -> None:
    def count(address: str, body: str) -> int:
        with endpoint.client() as client:
            found = client.post(
                endpoint.query_path, params={"timespan": address}, json={"query": COUNT, "timespan": body}
            )
        return int(found.json()["tables"][0]["rows"][0][0])

    assert count("2024-01-01/2024-01-04", "2024-01-02/P1D") == 1
    assert count("2024-01-02/P9D", "2024-01-01/2024-01-03") == 1
    assert count("2024-01-01/2024-01-02", "2024-01-03/2024-01-04") == 0


def test_the_querys_own_filter_and_the_timespan_both_apply(endpoint: LocalEndpoint) -> None:
    kql = "Log | where TimeGenerated > datetime(2024-01-01T12:00) | count"
    assert endpoint.rows(kql, timespan="2024-01-01/2024-01-03") == [[1]]


@pytest.mark.parametrize(
    "timespan",
    ["yesterday", "P", "PT", "P1", "2024-01-02/2024-01-01", "a/b", "2024-01-01/", "1/2/3", "P1D/P1D", "2024"],
)
def test_what_is_no_timespan_is_refused(endpoint: LocalEndpoint, timespan: str) -> None:
    found = endpoint.query(COUNT, timespan=timespan)
    assert found.status_code == 400
    assert found.json()["error"]["innererror"]["code"] == "TimespanValidationError"


def test_statistics_and_render_come_when_asked_for(endpoint: LocalEndpoint) -> None:
    kql = "Log | summarize count() by Text | render barchart with (title='A title', legend=hidden)"
    assert set(endpoint.query(kql).json()) == {"tables"}
    found = endpoint.query(kql, prefer="wait=30, include-statistics=true,include-render=true,ai.response-thinning=true")
    wanted = sample("la_200_render_statistics")["body"]
    assert found.headers["Preference-Applied"] == "wait=30"
    assert set(found.json()) == {"tables", "render", "statistics"}
    chart = found.json()["render"]
    assert list(chart) == list(wanted["render"])
    assert (chart["visualization"], chart["title"], chart["legend"]) == ("barchart", "A title", "hidden")
    assert {**chart, "visualization": None, "title": None, "legend": None} == wanted["render"]
    assert found.json()["statistics"]["query"]["datasetStatistics"][0]["tableRowCount"] == 3
    assert found.json()["statistics"]["query"]["executionTime"] > 0


def test_without_a_chart_render_is_an_object_of_nulls(endpoint: LocalEndpoint) -> None:
    found = endpoint.query("Log | take 1", prefer="include-render=true").json()
    assert found["render"] == sample("la_200_render_statistics")["body"]["render"]


def test_with_thinning_off_the_answer_has_kustos_shape(endpoint: LocalEndpoint) -> None:
    kql = "print t=datetime(2024-01-01T00:00:00.1234567Z), b=true, d=dynamic([1]) | render table; print x=2"
    found = endpoint.query(kql, prefer="ai.response-thinning=false, wait=60").json()
    assert set(found) == {"Tables"}
    first, second, properties, status, contents = found["Tables"]
    assert first == {
        "TableName": "Table_0",
        "Columns": [
            {"ColumnName": "t", "DataType": "DateTime", "ColumnType": "datetime"},
            {"ColumnName": "b", "DataType": "SByte", "ColumnType": "bool"},
            {"ColumnName": "d", "DataType": "Object", "ColumnType": "dynamic"},
        ],
        "Rows": [["2024-01-01T00:00:00.1234567Z", True, "[1]"]],
    }
    assert second["Rows"] == [[2]]
    assert "Visualization" in json.loads(properties["Rows"][0][0])
    assert [row[2] for row in status["Rows"]] == ["Info", "Stats"]
    assert [row[:3] for row in contents["Rows"]] == [
        [0, "QueryResult", "PrimaryResult"],
        [1, "QueryResult", "GenericResult"],
        [2, "QueryProperties", "@ExtendedProperties"],
        [3, "QueryStatus", "QueryStatus"],
    ]


def test_kustos_shape_tells_of_rows_left_out(logs: Path) -> None:
    with LocalEndpoint(Options(str(logs), limits=Limits(rows=2))) as small:
        found = small.query("Log", prefer="ai.response-thinning=false").json()
    assert len(found["Tables"][0]["Rows"]) == 2
    assert "E_QUERY_RESULT_SET_TOO_LARGE" in found["Exceptions"][0]


def test_preferences_may_stand_in_the_address(endpoint: LocalEndpoint) -> None:
    with endpoint.client() as client:
        for prefer, key in (("ai.response-thinning=true", "tables"), ("ai.response-thinning=false", "Tables")):
            found = client.get(endpoint.query_path, params={"query": COUNT, "prefer": prefer, "timespan": "P9999D"})
            assert found.status_code == 200
            assert key in found.json()


def test_headers_of_an_answer(endpoint: LocalEndpoint) -> None:
    found = endpoint.query(COUNT)
    assert found.headers["Content-Type"] == "application/json; charset=utf-8"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in found.headers
    assert "Access-Control-Allow-Origin" not in found.headers


def test_large_answers_are_packed_for_those_who_take_it(endpoint: LocalEndpoint) -> None:
    kql = "range x from 1 to 5000 step 1"
    with endpoint.client() as client:
        packed = client.post(endpoint.query_path, json={"query": kql}, headers={"Accept-Encoding": "gzip, deflate"})
        plain = client.post(endpoint.query_path, json={"query": kql}, headers={"Accept-Encoding": "gzip;q=0, br"})
        with client.stream("POST", endpoint.query_path, json={"query": kql}) as response:
            raw = b"".join(response.iter_raw())
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content == packed.content
    assert len(raw) < len(plain.content) / 2


def test_the_workspace_may_be_named_again(endpoint: LocalEndpoint) -> None:
    names = [endpoint.facts["workspace_id"].upper(), "logs", endpoint.facts["resource_id"]]
    assert endpoint.rows(COUNT, workspaces=names) == [[3]]
    other = endpoint.query(COUNT, workspaces=["another"])
    assert other.status_code == 404
    assert other.json()["error"]["innererror"]["message"] == "Unable to resolve resource: another"


def test_metadata_names_tables_columns_and_the_workspace(endpoint: LocalEndpoint) -> None:
    path = f"/v1/workspaces/{endpoint.facts['workspace_id']}/metadata"
    with endpoint.client() as client:
        found = client.get(path).json()
        assert client.post(path).json() == found
        for resource in (endpoint.facts["resource_id"], f"/{endpoint.facts['resource_id']}"):
            assert client.get(f"/v1{resource}/metadata").json() == found
        assert client.get(f"/v1{endpoint.facts['resource_id']}/x/metadata").status_code == 404
    assert set(found) == set(sample("la_metadata_spec_excerpt")["body"])
    table = found["tables"][0]
    assert (table["id"], table["timespanColumn"]) == ("Log", "TimeGenerated")
    assert {"name": "Big", "type": "long"} in table["columns"]
    assert found["workspaces"][0]["id"] == endpoint.facts["workspace_id"]
    assert found["workspaces"][0]["resourceId"] == endpoint.facts["resource_id"]


# --- limits ---------------------------------------------------------------------------------------


def test_rows_beyond_the_limit_are_left_out_and_told(logs: Path) -> None:
    with LocalEndpoint(Options(str(logs), limits=Limits(rows=5))) as small:
        exact = small.query("range x from 1 to 5 step 1").json()
        cut = small.query("range x from 1 to 6 step 1").json()
        both = small.query("range x from 1 to 4 step 1; range y from 1 to 4 step 1").json()
    assert "error" not in exact
    assert cut["tables"][0]["rows"] == [[1], [2], [3], [4], [5]]
    wanted = sample("la_200_partial_truncated_bytes")["body"]["error"]
    wanted["details"][0]["innererror"]["message"] = wanted["details"][0]["innererror"]["message"].replace(
        "64000000 bytes", "5 records"
    )
    assert cut["error"] == wanted
    assert [len(table["rows"]) for table in both["tables"]] == [4, 1]
    assert both["error"] == wanted


def test_bytes_beyond_the_limit_are_left_out_and_told(logs: Path) -> None:
    # A row is ["xxxxxxxxxx"], 14 bytes, and a comma stands between two of them.
    kql = "range i from 1 to {} step 1 | project s=strcat(substring('xxxxxxxxxx', 0, 10))"
    with LocalEndpoint(Options(str(logs), limits=Limits(answer_bytes=14 * 4 + 3))) as small:
        exact = small.query(kql.format(4)).json()
        cut = small.query(kql.format(5)).json()
        nothing = small.query("print s='" + "y" * 100 + "'").json()
    assert "error" not in exact
    assert len(cut["tables"][0]["rows"]) == 4
    inner = cut["error"]["details"][0]["innererror"]
    assert inner["code"] == "-2133196797"
    assert "exceed the set limit of 59 bytes" in inner["message"]
    assert nothing["tables"][0]["rows"] == []
    assert nothing["error"]["code"] == "PartialError"


def test_an_answer_that_the_engine_calls_partial_is_partial_here(tmp_path: Path) -> None:
    folder = tmp_path / "timeless"
    folder.mkdir()
    (folder / "NoTime.csv").write_text("a\n1\n", "utf-8")
    with LocalEndpoint(Options(str(folder))) as served:
        found = served.query("NoTime", timespan="2024-01-01/P1D").json()
        whole = served.query("NoTime").json()
    assert found["tables"][0]["rows"][0][0] == 1
    assert found["error"]["code"] == "PartialError"
    assert "NoTime has no TimeGenerated" in found["error"]["details"][0]["innererror"]["message"]
    assert "error" not in whole


# --- batches --------------------------------------------------------------------------------------


def test_a_batch_is_answered_in_the_order_asked(endpoint: LocalEndpoint) -> None:
    workspace = endpoint.facts["workspace_id"]
    asked: list[dict[str, Any]] = [
        {"id": "z", "workspace": workspace, "body": {"query": "range x from 1 to 200000 step 1 | summarize sum(x)"}},
        {"id": "a", "workspace": workspace, "body": {"query": COUNT, "timespan": "2024-01-01/P1D"},
         "headers": {"Prefer": "include-render=true"}, "method": "POST", "path": "/query"},
        {"id": "m", "workspace": workspace, "body": {"query": "Nothing"}},
        {"id": "b", "workspace": "4" * 8 + "-1111-1111-1111-111111111111", "body": {"query": COUNT}},
        {"id": "p", "workspace": workspace, "path": "/fakePath", "body": {"query": COUNT}},
        {"id": "n", "workspace": workspace, "body": {"query": 5}},
    ]  # fmt: skip
    with endpoint.client() as client:
        found = client.post("/v1/$batch", json={"requests": asked}).json()["responses"]
        encoded = client.post("/v1/%24batch", json={"requests": asked[:1]}).json()["responses"]
    assert [(item["id"], item["status"]) for item in found] == [
        ("z", 200), ("a", 200), ("m", 400), ("b", 400), ("p", 404), ("n", 400)
    ]  # fmt: skip
    assert found[1]["body"]["tables"][0]["rows"] == [[1]]
    assert "render" in found[1]["body"]
    assert found[2]["body"]["error"]["innererror"]["innererror"]["code"] == "SEM0100"
    assert (
        found[3]["body"]["error"]["code"] == sample("la_batch_docs")["400_item_bad_workspace"]["body"]["error"]["code"]
    )
    assert found[4]["body"]["error"]["code"] == "PathNotFoundError"
    assert encoded == found[:1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"requests": 1},
        {"requests": [{"workspace": "x"}]},
        {"requests": [{"id": "1"}, {"id": "1"}]},
        {"requests": [{"id": str(number)} for number in range(101)]},
    ],
)
def test_what_is_no_batch_is_refused(endpoint: LocalEndpoint, body: object) -> None:
    with endpoint.client() as client:
        found = client.post("/v1/$batch", json=body)
    assert found.status_code == 400
    assert found.json()["error"]["code"] == "BadArgumentError"
