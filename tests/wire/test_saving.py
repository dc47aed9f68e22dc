"""Answers that are larger than one request may bring, slice by slice into a file."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow.parquet as pq
import pytest

from jupyterlab_sentinel.backends.azure.tries import Rules
from jupyterlab_sentinel.backends.log_analytics import LogAnalyticsBackend, shelves
from jupyterlab_sentinel.errors import LimitError, QueryTimeoutError, ServiceError, UsageError
from jupyterlab_sentinel.models import parquet_files
from jupyterlab_sentinel.models.saved_answers import SavedAnswer
from jupyterlab_sentinel.ports import QueryRequest, SavingBackend
from jupyterlab_sentinel.services.query import Question
from jupyterlab_sentinel.services.saved_answers import save
from tests.wire.service import WORKSPACE, Asked, FakeToken, Reply, Service, reply
from tests.wire.test_slicing import COLUMNS, START, START_TICKS, Logs, even

if TYPE_CHECKING:
    from jupyterlab_sentinel.backends.log_analytics.client import Client

FILE = "answer.parquet"
UNFINISHED = "answer.parquet.unfinished"


async def connected(service: Service) -> LogAnalyticsBackend:
    made = LogAnalyticsBackend.create(WORKSPACE, {"credential": FakeToken(), "endpoint": service.url})
    before, service.answer = service.answer, Logs([])
    await made.open()
    service.answer = before
    return made


@pytest.fixture
async def backend(service: Service) -> AsyncIterator[LogAnalyticsBackend]:
    made = await connected(service)
    yield made
    await made.close()


async def ask(backend: LogAnalyticsBackend, folder: Path, kql: str = "T", **options: Any) -> SavedAnswer:
    overwrite = options.pop("overwrite", False)
    return await save(Question(kql, timeout_s=30, **options), folder / FILE, backend, overwrite=overwrite)


def numbers(folder: Path) -> list[int]:
    found: list[int] = pq.ParquetFile(folder / FILE).read()["n"].to_pylist()
    return found


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def parts(folder: Path) -> list[Path]:
    return sorted((folder / UNFINISHED).glob("*.arrow"))


def touch(folder: Path, age_s: float) -> None:
    for path in (folder / UNFINISHED).iterdir():
        moment = path.stat().st_mtime - age_s
        os.utime(path, (moment, moment))


async def settled(folder: Path) -> None:
    """Wait until nothing is written any more that was on its way when a run broke."""
    before = None
    while before != (found := {path.name for path in (folder / UNFINISHED).glob("*")}):
        before = found
        await asyncio.sleep(0.2)


async def failed(service: Service, backend: LogAnalyticsBackend, folder: Path, kql: str = "T", **options: Any) -> Logs:
    """A run of 1,000 rows that broke after six slices."""
    logs = service.answer = Logs(even(1000))
    logs.fail_after = 6
    with pytest.raises(ServiceError, match="no"):
        await ask(backend, folder, kql, **options)
    await settled(folder)
    logs.fail_after = None
    logs.slices.clear()
    service.asked.clear()
    return logs


def test_it_is_a_backend_that_saves(backend: LogAnalyticsBackend) -> None:
    assert isinstance(backend, SavingBackend)


async def test_an_answer_in_one_piece(service: Service, backend: LogAnalyticsBackend, tmp_path: Path) -> None:
    service.answer = Logs(even(50))
    answer = await ask(backend, tmp_path)
    assert numbers(tmp_path) == list(range(50))
    assert (answer.rows, answer.status, answer.requests) == (50, "complete", 1)
    assert files(tmp_path) == [FILE]


async def test_every_row_once_and_in_order(service: Service, backend: LogAnalyticsBackend, tmp_path: Path) -> None:
    service.answer = Logs([*even(2345), None, None])
    told: list[tuple[float | None, str]] = []
    answer = await ask(backend, tmp_path, progress=lambda fraction, text: told.append((fraction, text)))
    assert numbers(tmp_path) == list(range(2347))
    assert (answer.rows, answer.status, answer.reasons) == (2347, "complete", ())
    assert files(tmp_path) == [FILE]
    assert any("of 2,347 rows" in text for _, text in told)
    assert told[-1] == (1.0, "Writing answer.parquet")


async def test_the_guard_of_memory_does_not_bind(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "_LARGEST_BYTES", 2000)
    service.answer = Logs(even(500))
    assert (await ask(backend, tmp_path)).rows == 500


async def test_types_that_differ_from_slice_to_slice(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    columns = [COLUMNS[0], {"name": "d", "type": "decimal"}, {"name": "t", "type": "datetime"}]
    logs, far = Logs(even(300)), "0001-01-01T00:00:00Z"

    def answer(asked: Asked) -> Reply:
        found = json.loads(logs(asked).body)
        if [column["name"] for column in found["tables"][0]["columns"]] == ["TimeGenerated", "n"]:
            found["tables"][0]["columns"] = columns
            found["tables"][0]["rows"] = [
                [time, f"{number}.{'5' * (number % 3)}" if number % 7 else None, far if number == 299 else time]
                for time, number in found["tables"][0]["rows"]
            ]
        return reply(found)

    service.answer = answer
    saved = await ask(backend, tmp_path)
    assert saved.rows == 300
    read = pq.ParquetFile(tmp_path / FILE).read()
    assert str(read.schema.field("t").type) == "timestamp[us, tz=UTC]"
    assert read["d"].null_count == 43
    assert [float(value) for value in read["d"].to_pylist()[1:4]] == [1.5, 2.55, 3.0]


async def test_a_failed_run_goes_on_in_another_process(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    logs = await failed(service, backend, tmp_path)
    kept = len(parts(tmp_path))
    assert kept >= 2
    assert not (tmp_path / FILE).exists()
    if os.name == "posix":
        assert (tmp_path / UNFINISHED).stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in parts(tmp_path)} == {0o600}
    other = await connected(service)
    service.asked.clear()
    answer = await ask(other, tmp_path)
    await other.close()
    assert numbers(tmp_path) == list(range(1000))
    assert answer.status == "complete"
    assert any("did not finish" in remark for remark in answer.remarks)
    assert files(tmp_path) == [FILE]
    assert "T" not in [asked.body["query"] for asked in service.asked if asked.body]  # the whole is not asked for
    assert sum(high - low for low, high in logs.slices) < (START_TICKS + 864_000_000_000) - START_TICKS


async def test_what_was_said_of_a_finished_slice_is_not_forgotten(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    logs = service.answer = Logs(even(1000))
    logs.fail_after = 6
    logs.extra = {"error": {"code": "PartialError", "message": "A shard was away."}}
    with pytest.raises(ServiceError):
        await ask(backend, tmp_path)
    logs.fail_after, logs.extra = None, {}
    answer = await ask(backend, tmp_path)
    assert answer.reasons == ("A shard was away.",)
    logs.fail_after, logs.extra = len(logs.slices) + 6, {"error": {"code": "PartialError", "message": "Away."}}
    with pytest.raises(ServiceError):
        await backend.run(_request("T"))
    logs.fail_after, logs.extra = None, {}
    assert (await backend.run(_request("T"))).reasons == ("Away.",)


async def test_a_schema_that_changed_meanwhile_spoils_only_the_run_that_finds_out(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    logs = await failed(service, backend, tmp_path)

    def answer(asked: Asked) -> Reply:
        return Reply(logs(asked).body.replace(b'"n"', b'"m"'))

    service.answer = answer
    with pytest.raises(ServiceError, match="different columns"):
        await ask(backend, tmp_path)
    assert files(tmp_path) == []
    answer_now = await ask(backend, tmp_path)
    assert (answer_now.rows, answer_now.status) == (1000, "complete")
    assert [column.name for column in answer_now.columns] == ["TimeGenerated", "m"]


async def test_an_interrupt_keeps_what_is_finished_and_the_next_run_goes_on(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    logs = Logs(even(1000))
    reached, leave = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Reply:
        found = logs(asked)
        if len(logs.slices) > 8:
            reached.set()
            leave.wait(10)
        return found

    service.answer = answer
    task = asyncio.create_task(ask(backend, tmp_path))
    assert await asyncio.to_thread(reached.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    leave.set()
    assert files(tmp_path) == [UNFINISHED]
    assert parts(tmp_path)
    service.answer = logs
    assert (await ask(backend, tmp_path)).status == "complete"
    assert numbers(tmp_path) == list(range(1000))


async def test_another_query_does_not_take_it_up(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    await failed(service, backend, tmp_path)
    with pytest.raises(UsageError, match="another query"):
        await ask(backend, tmp_path, "T | where n >= 0")
    assert parts(tmp_path)
    assert (await ask(backend, tmp_path, "T | where n >= 0", overwrite=True)).rows == 1000
    assert files(tmp_path) == [FILE]


@pytest.mark.parametrize("manifest", [None, "{}", "not JSON"])
async def test_a_folder_of_somebody_else_stays_as_it_is(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path, manifest: str | None
) -> None:
    service.answer = Logs(even(500))
    (tmp_path / UNFINISHED).mkdir()
    (tmp_path / UNFINISHED / "mine.txt").write_text("mine")
    if manifest is not None:
        (tmp_path / UNFINISHED / "answer.json").write_text(manifest)
    with pytest.raises(UsageError, match="in the way"):
        await ask(backend, tmp_path, overwrite=True)
    assert "mine.txt" in files(tmp_path / UNFINISHED)


@pytest.mark.parametrize("left", [[], ["1_2.arrow", ".0123456789abcdef"]])
async def test_a_folder_that_a_killed_process_had_begun_to_remove_is_in_nobodys_way(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path, left: list[str]
) -> None:
    service.answer = Logs(even(500))
    (tmp_path / UNFINISHED).mkdir()
    for name in left:
        (tmp_path / UNFINISHED / name).write_text("")
    assert (await ask(backend, tmp_path)).rows == 500
    assert files(tmp_path) == [FILE]


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
@pytest.mark.parametrize("kind", ["open to others", "a link"])
async def test_slices_that_somebody_else_may_have_put_there_are_not_taken(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path, kind: str
) -> None:
    await failed(service, backend, tmp_path)
    folder = tmp_path / UNFINISHED
    if kind == "a link":
        folder.rename(tmp_path / "theirs")
        folder.symlink_to(tmp_path / "theirs")
    else:
        folder.chmod(0o777)
    with pytest.raises(UsageError, match="in the way"):
        await ask(backend, tmp_path, overwrite=True)
    assert not (tmp_path / FILE).exists()
    assert parts(tmp_path)


async def test_a_folder_appears_with_its_manifest_or_not_at_all(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_path: Path, _text: str, **_options: Any) -> None:
        raise OSError(28, "No space left on device")

    service.answer = Logs(even(500))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", broken)
        with pytest.raises(LimitError, match="No room"):
            await ask(backend, tmp_path)
    assert files(tmp_path) == []


async def test_two_queries_into_one_file_at_the_same_time(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    logs = Logs(even(1000))
    reached, leave = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Reply:
        found = logs(asked)
        if len(logs.slices) > 4:
            reached.set()
            leave.wait(10)
        return found

    other = await connected(service)
    service.answer = answer
    first = asyncio.create_task(ask(backend, tmp_path))
    assert await asyncio.to_thread(reached.wait, 20)
    with pytest.raises(UsageError, match="is being written by another query"):
        await ask(other, tmp_path, overwrite=True)
    await other.close()
    leave.set()
    assert (await first).status == "complete"
    assert numbers(tmp_path) == list(range(1000))


async def test_a_moved_range_takes_only_what_still_lies_inside(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    end = START + timedelta(days=1)
    logs = await failed(service, backend, tmp_path, start=START, end=end)
    await ask(backend, tmp_path, start=START + timedelta(hours=1), end=end)
    low = START_TICKS + 864_000_000_000 // 24
    assert numbers(tmp_path) == [place for place, time in enumerate(logs.times) if time is not None and time >= low]


@pytest.mark.parametrize(("age_s", "taken_up"), [(60, True), (7200, False)])
async def test_a_query_that_names_the_present_keeps_its_present_for_an_hour(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path, age_s: float, taken_up: bool
) -> None:
    kql = "T | where TimeGenerated < now()"
    await failed(service, backend, tmp_path, kql)
    touch(tmp_path, age_s)
    answer = await ask(backend, tmp_path, kql)
    assert numbers(tmp_path) == list(range(1000))
    asked = [asked.body["query"] for asked in service.asked if asked.body]
    assert (kql in asked) is not taken_up
    said = " ".join(answer.remarks)
    assert ("now() and ago() mean 20" in said) is taken_up
    assert ("meant another present" in said) is not taken_up


async def test_a_part_that_is_not_whole_is_asked_for_again(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    await failed(service, backend, tmp_path)
    first, second = parts(tmp_path)[:2]
    first.write_bytes(first.read_bytes()[:-20])
    low, high = second.stem.split("_")
    # What a run that was stopped may leave: a slice that overlaps others.
    second.with_name(f"{int(low) + 1}_{int(high) + 5}.arrow").write_bytes(second.read_bytes())
    answer = await ask(backend, tmp_path)
    assert answer.status == "complete"
    assert numbers(tmp_path) == list(range(1000))


async def test_a_query_that_cannot_be_sliced_is_partial_in_the_file(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    service.answer = Logs(even(300))
    answer = await ask(backend, tmp_path, "T | sort by n")
    assert (answer.status, answer.rows) == ("partial", 100)
    assert "sort orders all rows" in answer.reasons[1]
    assert files(tmp_path) == [FILE]


async def test_more_slices_than_may_be_are_refused(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    logs = service.answer = Logs(even(2000), limit=3)
    with pytest.raises(LimitError, match="more than 500 requests") as caught:
        await ask(backend, tmp_path)
    assert "save_requests" in caught.value.hint
    assert not logs.slices
    assert files(tmp_path) == []
    service.answer = Logs(even(100), limit=3)
    with pytest.raises(LimitError, match="more than 20 requests"):
        await ask(backend, tmp_path, most_requests=20)
    assert (await ask(backend, tmp_path, most_requests=1000)).rows == 100


async def test_each_request_has_a_deadline_of_its_own(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    logs = Logs(even(1000))
    leave = threading.Event()

    def answer(asked: Asked) -> Reply:
        found = logs(asked)
        if len(logs.slices) > 8:
            leave.wait(20)
        return found

    service.answer = answer
    with pytest.raises(QueryTimeoutError) as caught:
        await ask(backend, tmp_path, request_timeout_s=1)
    leave.set()
    assert "are kept" in caught.value.hint


async def test_no_rows_in_the_slices(service: Service, backend: LogAnalyticsBackend, tmp_path: Path) -> None:
    nothing: list[int | None] = [None] * 60
    service.answer = Logs([*nothing, *nothing])
    answer = await ask(backend, tmp_path)
    assert answer.status == "partial"
    assert "more rows without a time" in answer.reasons[0]
    assert answer.rows == 100


@pytest.mark.parametrize("to_file", [False, True], ids=["memory", "file"])
async def test_a_body_that_is_too_large_is_asked_for_in_slices(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path, to_file: bool
) -> None:
    client = cast("Client", backend._client)
    await client.close()
    client.rules = Rules(largest_body=4000)
    service.answer = Logs(even(500), limit=100_000)
    if to_file:
        assert (await ask(backend, tmp_path)).status == "complete"
        assert numbers(tmp_path) == list(range(500))
    else:
        result = await backend.run(_request("T"))
        assert result.status == "complete"
        assert result.tables[0].data["n"].to_pylist() == list(range(500))
    with pytest.raises(LimitError, match="not read further"):
        await backend.run(_request("T | sort by n"))


async def test_a_disk_that_is_full_keeps_what_is_finished(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_partial: Path) -> None:
        raise OSError(28, "No space left on device")

    logs = service.answer = Logs(even(500))
    with monkeypatch.context() as patched:
        patched.setattr(parquet_files, "synced", full)
        with pytest.raises(LimitError, match="No room"):
            await ask(backend, tmp_path)
    assert files(tmp_path) == [UNFINISHED]
    logs.slices.clear()
    assert (await ask(backend, tmp_path)).rows == 500
    assert not logs.slices


def _request(kql: str) -> QueryRequest:
    return QueryRequest(kql, timeout_s=30)
