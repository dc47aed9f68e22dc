"""Times and durations, where the documented examples say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


TIMES = {
    "2020": "2020-01-01T00:00:00.0000000Z",
    "2020-1-5": "2020-01-05T00:00:00.0000000Z",
    "2020-1-5 7:08:09.12": "2020-01-05T07:08:09.1200000Z",
    "2020-01-01T10:00:00-0530": "2020-01-01T15:30:00.0000000Z",
    "5 Jan 20 10:11:12": "2020-01-05T10:11:12.0000000Z",
    "Fri, 31 Jan 20 10:00:00 GMT": "2020-01-31T10:00:00.0000000Z",
    "1/2/20 3:04:05 PM": "2020-01-02T15:04:05.0000000Z",
    "1/2/2020": "2020-01-02T00:00:00.0000000Z",
    "2020-02-30": "",
    "2020-13-1": "",
    "abc": "",
    "": "",
}


async def test_times_from_texts_are_the_same_in_a_column_and_as_a_constant(opened: Opener) -> None:
    backend = await opened()
    listed = ", ".join(f"'{text}'" for text in TIMES)
    column = await rows(backend, f"datatable(s:string)[{listed}] | project tostring(todatetime(s))")
    assert [text for (text,) in column] == list(TIMES.values())
    for text, wanted in TIMES.items():
        assert await rows(backend, f"print tostring(todatetime('{text}'))") == [(wanted,)]


async def test_make_datetime(opened: Opener) -> None:
    backend = await opened()
    kql = (
        "print tostring(make_datetime('2017-10-01')), tostring(make_datetime(2016, 2, 29, 23, 59, 59.9999999)), "
        "make_datetime(2017, 2, 29), make_datetime(2017,13,1), make_datetime(0, 1, 1), make_datetime(2017,1,1,24,0)"
    )
    assert await rows(backend, kql) == [
        ("2017-10-01T00:00:00.0000000Z", "2016-02-29T23:59:59.9999999Z", None, None, None, None)
    ]
    with pytest.raises(KqlSemanticError, match="year, month and day"):
        await rows(backend, "print make_datetime(2017, 1)")


async def test_zones_that_only_the_data_knows(opened: Opener) -> None:
    kql = (
        "datatable(z:string)['Europe/Berlin', 'UTC'] "
        "| project tostring(datetime_utc_to_local(datetime(2020-07-01), z)), "
        "tostring(datetime_local_to_utc(datetime(2020-03-29 02:30), z))"
    )
    assert await rows(await opened(), kql) == [
        ("2020-07-01T02:00:00.0000000Z", "2020-03-29T00:30:00.0000000Z"),
        ("2020-07-01T00:00:00.0000000Z", "2020-03-29T02:30:00.0000000Z"),
    ]


async def test_bins_that_settings_describe(opened: Opener) -> None:
    backend = await opened()
    assert await rows(backend, "set query_bin_auto_size=10; print bin_auto(37), bin_auto(-1)") == [(30, -10)]
    kql = "set query_bin_auto_size=10; set query_bin_auto_at=3; print bin_auto(37), bin_auto(33)"
    assert await rows(backend, kql) == [(33, 33)]
    for mistaken in (
        "print bin_auto(1)",
        "set query_bin_auto_size; print bin_auto(1)",
        "set query_bin_auto_size=1h; print bin_auto(1)",
        "set query_bin_auto_size=1h; set query_bin_auto_at=5; print bin_auto(now())",
    ):
        with pytest.raises(KqlSemanticError):
            await rows(backend, mistaken)


@pytest.mark.parametrize(
    "moment", ["0001-01-01", "0020-03-04 05:06:07", "1969-12-31 23:59:59.9999999", "2026-11-29 13:14:15"]
)
async def test_parts_and_formats_agree(opened: Opener, folder: Path, moment: str) -> None:
    (folder / "T_CL.csv").write_text("a\n1\n")
    backend = await opened()
    form = "yyyy-MM-dd HH:mm:ss"
    table = f"T_CL | extend t = datetime({moment}) + totimespan(0 * a)"
    asked = f"format_datetime(t, '{form}'), hourofday(t), datetime_part('hour', t), format_datetime(t, 'H')"
    text, hour, part, other = (await rows(backend, f"{table} | project {asked}"))[0]
    assert text == f"{moment} 00:00:00"[:19]
    assert hour == part == int(str(other)) == int(str(text)[11:13])
