from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pytest

from jupyterlab_sentinel.errors import ServiceError, UsageError
from jupyterlab_sentinel.models.enrichment import EnrichmentRecord, ProviderInfo
from jupyterlab_sentinel.models.indicators import Indicator
from jupyterlab_sentinel.services import enrichment
from jupyterlab_sentinel.services.connected import set_connected
from jupyterlab_sentinel.services.enrichment import Enrichment, enrich, enrich_wide, locate, providers
from jupyterlab_sentinel.services.enrichment_frames import COLUMNS
from jupyterlab_sentinel.settings import PrivacySettings, ProviderSettings, Settings
from jupyterlab_sentinel.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jupyterlab_sentinel.ports import EnricherContext, QueryBackend

ON = ProviderSettings(enabled=True)
ALL_ON = Settings(providers={"far": ON, "other": ON})


class Recorder:
    """A provider that writes down what reaches it."""

    def __init__(self, name: str, host: str | None, kinds: tuple[str, ...] = ("ipv4", "ipv6", "domain")) -> None:
        self.name, self.host, self.kinds = name, host, kinds
        self.received: list[str] = []
        self.calls = 0
        self.fails: Exception | None = None
        self.status: Any = "found"
        self.answers: Callable[[Sequence[Indicator]], list[EnrichmentRecord]] | None = None

    @property
    def info(self) -> ProviderInfo:
        return ProviderInfo(name=self.name, kinds=self.kinds, host=self.host, enabled=True)

    async def look_up(self, indicators: Sequence[Indicator]) -> list[EnrichmentRecord]:
        self.calls += 1
        self.received += [one.value for one in indicators]
        if self.fails:
            raise self.fails
        if self.answers:
            return self.answers(indicators)
        now = datetime.now(UTC)
        return [
            EnrichmentRecord(
                one.value,
                one.type,
                self.name,
                self.status,
                summary=f"of {one.value}",
                details={"n": 1},
                looked_up_at=now,
            )
            for one in indicators
        ]

    async def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def near() -> Recorder:
    return Recorder("near", None)


@pytest.fixture
def far() -> Recorder:
    return Recorder("far", "far.example")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(on_disk=False) as held:
        yield held


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, near: Recorder, far: Recorder) -> None:
    monkeypatch.setattr(enrichment, "load_enrichers", lambda: ({"near": lambda _: near, "far": lambda _: far}, ()))


def run(values: Any, store: Store, settings: Settings = ALL_ON, **options: Any) -> pd.DataFrame:
    options.setdefault("providers", ["all"])
    return asyncio.run(enrich(values, store=store, settings=settings, **options))


def wide(values: Any, store: Store, settings: Settings = ALL_ON, **options: Any) -> pd.DataFrame:
    options.setdefault("providers", ["all"])
    return asyncio.run(enrich_wide(values, store=store, settings=settings, **options))


def test_long_form(store: Store) -> None:
    frame = run(["8.8.8.8", "evil.com"], store)
    assert list(frame.columns) == list(COLUMNS)
    assert list(zip(frame["value"], frame["provider"], strict=True)) == [
        ("8.8.8.8", "near"),
        ("8.8.8.8", "far"),
        ("evil.com", "near"),
        ("evil.com", "far"),
    ]
    assert str(frame["looked_up_at"].dtype) == "datetime64[ns, UTC]"
    assert str(frame["score"].dtype) == "float64"
    assert str(frame["cached"].dtype) == "bool"


def test_distinct_values_are_asked_once_in_any_spelling(store: Store, near: Recorder) -> None:
    run(["8.8.8.8", "8[.]8[.]8[.]8", " 8.8.8.8 ", "8.8.8.8:443", None, np.nan, ""], store)
    assert near.received == ["8.8.8.8"]
    assert near.calls == 1


def test_a_third_party_is_asked_only_after_it_was_switched_on(store: Store, far: Recorder) -> None:
    frame = run(["8.8.8.8"], store, Settings())
    assert list(frame["provider"]) == ["near"]
    with pytest.raises(UsageError, match="not switched on") as caught:
        run(["8.8.8.8"], store, Settings(), providers=["far"])
    assert "provider enable far" in caught.value.hint
    with pytest.raises(UsageError, match="far"):
        run(["8.8.8.8"], store, Settings(providers={"far": ON}, offline_only=True), providers=["far"])
    run(["8.8.8.8"], store, Settings(), providers=["all"])
    run(["8.8.8.8"], store, Settings(providers={"far": ON}, offline_only=True))
    assert far.received == []
    run(["8.8.8.8"], store, Settings(providers={"far": ON}))
    assert far.received == ["8.8.8.8"]
    run(["8.8.4.4"], store, Settings(providers={"far": ON}), providers=["far"])
    assert far.received == ["8.8.8.8", "8.8.4.4"]


def test_without_names_only_this_machine_is_asked(store: Store, far: Recorder) -> None:
    frame = run(["8.8.8.8"], store, ALL_ON, providers=None)
    assert list(frame["provider"]) == ["near"]
    assert far.received == []


def test_an_offline_provider_can_be_switched_off(store: Store, near: Recorder) -> None:
    settings = Settings(providers={"near": ProviderSettings(enabled=False)})
    frame = run(["8.8.8.8"], store, settings)
    assert list(frame["status"]) == ["skipped"]
    assert near.received == []
    run(["8.8.8.8"], store, settings, providers=["near"])
    assert near.received == ["8.8.8.8"]


OPSEC = [
    "10.0.3.4", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "192.0.2.7", "fe80::1", "fd00::1",
    "localhost.localdomain", "dc01.contoso.corp", "fs.internal", "printer.local", "http://intranet/secret?token=1",
    "https://wiki.contoso.com/x", "8.8.4.4", "alice@evil.com", "C:\\secret\\file.docx", "/home/alice/.ssh/id_rsa",
    "http://10.0.0.1/admin", "host.onion", "file.zz-unknown",
]  # fmt: skip


def test_nothing_private_ever_reaches_a_third_party(store: Store, far: Recorder) -> None:
    far.kinds = ("ipv4", "ipv6", "domain", "url", "email", "windows_path", "linux_path")
    settings = Settings(
        providers={"far": ON},
        privacy=PrivacySettings(internal_domains=("contoso.com",), internal_networks=("8.8.4.0/24",)),
    )
    frame = run(OPSEC, store, settings, providers=["far"])
    assert far.received == []
    withheld = frame[frame["provider"] == "far"]
    assert set(withheld["status"]) == {"skipped"}
    assert withheld["summary"].str.startswith("Not sent: ").all()
    assert set(frame["value"]) == set(OPSEC)


def test_of_a_url_only_the_host_is_sent_and_once(store: Store, far: Recorder) -> None:
    urls = ["https://u:p@evil.com/a?token=1", "http://evil.com:8080/b#c", "evil.com"]
    frame = run(urls, store, providers=["far"])
    assert far.received == ["evil.com"]
    assert list(frame["value"]) == urls
    assert list(frame["status"]) == ["found"] * 3
    assert frame["details"].iloc[0] == {"n": 1, "asked": "evil.com"}


def test_answers_are_kept_and_marked(store: Store, far: Recorder) -> None:
    first = run(["8.8.8.8", "https://evil.com/x"], store, providers=["far"])
    second = run(["https://evil.com/y", "8.8.8.8"], store, providers=["far"])
    assert far.received == ["8.8.8.8", "evil.com"]
    assert list(first["cached"]) == [False, False]
    assert list(second["cached"]) == [True, True]
    assert second["looked_up_at"].iloc[1] <= pd.Timestamp.now(tz="UTC")


@pytest.mark.parametrize("status", ["error", "not_set_up", "skipped"])
def test_failures_are_never_kept(store: Store, far: Recorder, status: str) -> None:
    far.status = status
    run(["8.8.8.8"], store, providers=["far"])
    far.status = "found"
    assert list(run(["8.8.8.8"], store, providers=["far"])["status"]) == ["found"]
    assert far.calls == 2


def test_nothing_of_this_machine_is_kept(store: Store, near: Recorder) -> None:
    run(["8.8.8.8"], store, providers=["near"])
    assert not run(["8.8.8.8"], store, providers=["near"])["cached"].any()
    assert near.calls == 2


@pytest.mark.parametrize(
    "error", [ServiceError("it \x1b[2J broke"), RuntimeError("CANARY"), KeyError("x"), ValueError()]
)
def test_one_failure_costs_the_others_nothing(store: Store, far: Recorder, error: Exception) -> None:
    far.fails = error
    frame = run(["8.8.8.8", "1.1.1.1"], store)
    assert list(frame["status"]) == ["found", "error", "found", "error"]
    assert "\x1b" not in "".join(frame["summary"])
    assert "CANARY" not in "".join(frame["summary"])


def test_a_provider_that_leaves_out_or_makes_up_answers(store: Store, far: Recorder) -> None:
    far.answers = lambda asked: [
        EnrichmentRecord("9.9.9.9", "ipv4", "near", "found", verdict="malicious"),
        EnrichmentRecord(asked[0].value, asked[0].type, "near", "found"),
    ]
    frame = run(["8.8.8.8", "1.1.1.1"], store, providers=["far"])
    assert list(zip(frame["value"], frame["provider"], frame["status"], strict=True)) == [
        ("8.8.8.8", "far", "found"),
        ("1.1.1.1", "far", "error"),
    ]
    far.answers = None
    frame = run(["9.9.9.9"], store, providers=["far"])  # what was made up has not been kept
    assert (list(frame["verdict"]), list(frame["cached"])) == (["unknown"], [False])


def test_several_records_of_one_provider(store: Store, far: Recorder) -> None:
    far.answers = lambda asked: [
        EnrichmentRecord(one.value, one.type, "far", "found", summary=text) for one in asked for text in "ab"
    ]
    for cached in (False, True):
        frame = run(["8.8.8.8"], store, providers=["far"])
        assert (list(frame["summary"]), list(frame["cached"])) == (["a", "b"], [cached, cached])


def test_values_that_are_nothing(store: Store) -> None:
    frame = run(["nonsense here", "a" * 10_000, "\ud800", "\u202e", "CVE-2021-44228"], store)
    assert list(frame["status"]) == ["skipped"] * 5
    assert list(frame["type"]) == ["", "", "", "", "cve"]
    assert frame["summary"].iloc[4] != frame["summary"].iloc[0]


@pytest.mark.parametrize("values", [[], [None, None], pd.Series([], dtype=object), pd.Series([np.nan, None])])
def test_nothing_to_enrich(store: Store, values: Any) -> None:
    frame = run(values, store)
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == 0
    assert str(frame["looked_up_at"].dtype) == "datetime64[ns, UTC]"
    assert len(wide(values, store)) == len(values)


@pytest.mark.parametrize(
    ("frame", "column", "part"),
    [
        (pd.DataFrame({"a": ["8.8.8.8"], "b": [1]}), None, "Which column"),
        (pd.DataFrame({"a": ["8.8.8.8"]}), "c", "no column “c”"),
        (pd.DataFrame([["x", "y"]], columns=["a", "a"]), "a", "2 columns"),
        (pd.DataFrame(), None, "Which column"),
        (pd.DataFrame({"a": ["8.8.8.8"]}), "\u202e\x1b", "<U+202E>"),
        (["8.8.8.8"], "a", "only be named for a frame"),
    ],
)
def test_mistakes_about_columns(store: Store, near: Recorder, frame: Any, column: str | None, part: str) -> None:
    for function in (run, wide):
        with pytest.raises(UsageError) as caught:
            function(frame, store, column=column)
        assert part in str(caught.value)
        assert caught.value.hint
    assert near.received == []


def test_unknown_providers(store: Store, near: Recorder) -> None:
    with pytest.raises(UsageError, match="Did you mean near"):
        run(["8.8.8.8"], store, providers=["neat"])
    with pytest.raises(UsageError, match="There are: near, far"):
        wide(["8.8.8.8"], store, providers=["zzz"])
    assert near.received == []


def test_wide_keeps_rows_order_index_and_attrs(store: Store, near: Recorder) -> None:
    frame = pd.DataFrame(
        {"ip": ["8.8.8.8", None, "1.1.1.1", "8.8.8.8", "junk"], "near_summary": list("abcde")}, index=[7, 7, "x", 0, 1]
    )
    frame.attrs["sentinel"] = {"workspace": "demo"}
    before = frame.copy(deep=True)
    found = wide(frame, store, column="ip", providers=["near"])
    pd.testing.assert_frame_equal(frame, before)
    assert list(found.index) == [7, 7, "x", 0, 1]
    assert list(found.columns[:2]) == ["ip", "near_summary"]
    assert found["ip_near_summary"].tolist()[:1] == ["of 8.8.8.8"]
    assert found["ip_near_summary"].isna().tolist() == [False, True, False, False, True]
    assert found["enrich_notes"].isna().tolist() == [True, True, True, True, False]
    assert found.attrs["sentinel"] == {"workspace": "demo"}
    assert near.received == ["8.8.8.8", "1.1.1.1"]


def test_wide_tells_of_failures(store: Store, far: Recorder) -> None:
    far.fails = ServiceError("it broke")
    found = wide(["8.8.8.8", "10.0.0.1"], store)
    assert "it broke" in found["enrich_notes"].iloc[0]
    assert "Not sent" in found["enrich_notes"].iloc[1]
    assert found["far_verdict"].isna().all()
    assert list(found["type"]) == ["ipv4", "ipv4"]


def test_wide_twice_adds_other_names(store: Store) -> None:
    once = wide(["8.8.8.8"], store, providers=["near"])
    twice = wide(once, store, column="value", providers=["near"])
    thrice = wide(twice, store, column="value", providers=["near"])
    assert len(set(thrice.columns)) == len(thrice.columns)
    assert {"near_summary", "value_near_summary", "value_near_summary_2"} <= set(thrice.columns)


def test_wide_of_a_categorical_and_of_numbers(store: Store) -> None:
    assert wide(pd.Series(["8.8.8.8", "8.8.8.8"], dtype="category"), store)["near_summary"].notna().all()
    assert wide(pd.Series([1.5, 2.5]), store)["enrich_notes"].notna().all()


def test_a_broken_factory_is_reported(store: Store, near: Recorder) -> None:
    def broken(context: EnricherContext) -> Recorder:
        raise OSError("no such thing")

    engine = Enrichment(Settings(), store, factories={"broken": broken, "near": lambda context: near})
    assert [info.name for info in engine.infos()] == ["near"]
    assert "no such thing" in engine.problems[0]


def test_progress_ends_at_one(store: Store) -> None:
    seen: list[float | None] = []
    run([f"8.8.8.{n}" for n in range(120)], store, progress=lambda fraction, _: seen.append(fraction))
    assert seen[-1] == 1.0
    assert seen == sorted(seen, key=lambda part: part or 0)


def test_interrupting_keeps_what_came(store: Store, far: Recorder) -> None:
    async def scenario() -> None:
        engine = Enrichment(ALL_ON, store, factories={"far": lambda _: far})
        normal = far.look_up

        async def stuck_later(indicators: Sequence[Indicator]) -> list[EnrichmentRecord]:
            if far.calls:
                arrived.set()
                await asyncio.Event().wait()
            return await normal(indicators)

        arrived = asyncio.Event()
        far.look_up = stuck_later  # type: ignore[method-assign]
        task = asyncio.create_task(engine.look_up([Indicator("ipv4", f"8.8.8.{n}") for n in range(60)], ["far"]))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        far.look_up = normal  # type: ignore[method-assign]
        await engine.look_up([Indicator("ipv4", f"8.8.8.{n}") for n in range(60)], ["far"])

    asyncio.run(scenario())
    assert len(far.received) == 60  # the first fifty were known the second time


def test_the_list_of_providers(store: Store) -> None:
    frame = asyncio.run(providers(store=store, settings=Settings()))
    assert list(frame["name"]) == ["near", "far"]
    assert list(frame["enabled"]) == [True, False]
    assert list(frame["host"]) == [None, "far.example"]
    assert "key_needed" in frame


def test_locate_without_files(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    set_connected(None)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    frame = asyncio.run(locate(pd.Series(["8.8.8.8", None]), settings=Settings()))
    assert list(frame.columns) == [
        "value", "country", "city", "latitude", "longitude", "asn", "organisation", "network",
    ]  # fmt: skip
    assert "geoip update" in frame.attrs["sentinel"]["notices"][0]
    assert str(frame["asn"].dtype) == "Int64"


def test_the_workspace_connected_last_counts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def factory(context: Any) -> Recorder:
        seen.append(context.backend)
        return Recorder("near", None)

    monkeypatch.setattr(enrichment, "load_enrichers", lambda: ({"near": factory}, ()))
    last, named = cast("QueryBackend", object()), cast("QueryBackend", object())
    set_connected(last)
    try:
        run(["8.8.8.8"], store)
        run(["8.8.8.8"], store, backend=named)
    finally:
        set_connected(None)
    run(["8.8.8.8"], store)
    assert seen == [last, named, None]
