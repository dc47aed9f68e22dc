"""Columns of times, in either pandas."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, cast

import numpy as np
import pandas as pd

from jupyterlab_sentinel.models.moments import moments
from jupyterlab_sentinel.models.typed_frames import typed_table

FAR = datetime(1, 1, 1, tzinfo=UTC)
NEAR = datetime(2024, 5, 6, 12, 0, 0, 123456, tzinfo=UTC)
FINE = pd.Timestamp("2024-05-06T12:00:00.1234567Z")


def test_years_that_nanoseconds_do_not_hold() -> None:
    found = moments([FAR, None, NEAR, datetime.max.replace(tzinfo=UTC)])
    assert str(found.dtype) == "datetime64[us, UTC]"
    assert found.isna().tolist() == [False, True, False, False]
    assert [moment.year for moment in found.dropna()] == [1, 2024, 9999]
    assert found[2] == pd.Timestamp(NEAR)


def test_hundreds_of_nanoseconds_are_kept_where_all_fit() -> None:
    found = moments([FINE, NEAR, None])
    assert str(found.dtype) == "datetime64[ns, UTC]"
    assert found[0] == FINE
    assert found[1] == pd.Timestamp(NEAR)
    assert str(moments([FINE, FAR]).dtype) == "datetime64[us, UTC]"


def test_zones_and_nothing() -> None:
    tokyo = NEAR.astimezone(timezone(timedelta(hours=9)))
    naive = NEAR.replace(tzinfo=None)
    assert moments([tokyo, naive, cast("Any", pd.NaT)]).tolist()[:2] == [pd.Timestamp(NEAR)] * 2
    assert str(moments([]).dtype) == "datetime64[us, UTC]"
    assert moments([None]).isna().all()


def test_a_frame_of_the_users_own_with_such_years_can_be_saved() -> None:
    objects = pd.Series([FAR, date(2024, 1, 1), np.datetime64("2024-01-02", "D"), None], dtype=object)
    table = typed_table(pd.DataFrame({"when": objects}), "T", {})
    assert table.columns[0].type == "datetime"
    years = [None if moment is None else moment.year for moment in table.data.column("when").to_pylist()]
    assert years == [1, 2024, 2024, None]
