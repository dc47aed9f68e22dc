from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from jupyterlab_sentinel.services.locations import COLUMNS, locate_values
from jupyterlab_sentinel.settings import GeoIPSettings, Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    places = MMDBWriter(ip_version=4, database_type="city", float_type="f64")
    places.insert_network(
        IPSet(["23.96.0.0/13"]), {"country_code": "SG", "city": "Singapore", "latitude": 1.35, "longitude": 103.82}
    )
    places.to_db_file(str(tmp_path / "city.mmdb"))
    owners = MMDBWriter(ip_version=4, database_type="asn")
    owners.insert_network(
        IPSet(["23.97.0.0/16"]), {"autonomous_system_number": 8075, "autonomous_system_organization": "M"}
    )
    owners.to_db_file(str(tmp_path / "asn.mmdb"))
    return Settings(geoip=GeoIPSettings(paths=(str(tmp_path / "city.mmdb"), str(tmp_path / "asn.mmdb"))))


def test_rows_keep_order_duplicates_and_index(settings: Settings) -> None:
    values = pd.Series(
        ["23.97.60.214", None, "10.0.0.1", "23[.]97.60.214", np.nan, "23.97.60.214"], index=list("abcdea")
    )
    frame = locate_values(values, settings)
    assert list(frame.index) == list("abcdea")
    assert list(frame.columns) == ["value", *COLUMNS]
    assert frame["country"].fillna("").tolist() == ["Singapore", "", "", "Singapore", "", "Singapore"]
    assert frame["latitude"].fillna(0).tolist() == [1.35, 0, 0, 1.35, 0, 1.35]
    assert frame["asn"].fillna(0).tolist() == [8075, 0, 0, 8075, 0, 8075]
    assert frame["network"].iloc[0] == "23.97.0.0/16"
    assert frame.attrs["sentinel"]["notices"] == []


@pytest.mark.parametrize("values", [[], [None], pd.Series([], dtype="float64"), pd.Index([]), ()])
def test_nothing_to_locate(settings: Settings, values: object) -> None:
    frame = locate_values(values, settings)  # type: ignore[arg-type]
    assert list(frame.columns) == ["value", *COLUMNS]
    assert str(frame["latitude"].dtype) == "float64"


def test_one_text_is_one_value(settings: Settings) -> None:
    assert locate_values("23.97.60.214", settings)["city"].tolist() == ["Singapore"]


def test_many_rows_of_few_addresses(settings: Settings) -> None:
    values = [f"23.97.{n % 50}.1" for n in range(100_000)]
    frame = locate_values(values, settings)
    assert (frame["country"] == "Singapore").all()
    assert len(frame) == 100_000
