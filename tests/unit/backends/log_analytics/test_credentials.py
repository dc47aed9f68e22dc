"""Which sign-ins are tried where, and that nobody is asked where nobody is."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
import sys
import threading
import webbrowser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.identity import AuthenticationRequiredError

from jupyterlab_sentinel.backends.log_analytics import credentials, sign_ins
from jupyterlab_sentinel.backends.log_analytics.credentials import (
    Surroundings,
    Wish,
    authority_of,
    chain_names,
    credential_for,
    here,
    show_device_code,
)
from jupyterlab_sentinel.backends.log_analytics.endpoints import endpoint_for
from jupyterlab_sentinel.backends.log_analytics.tokens import TokenSource, refused
from jupyterlab_sentinel.device_codes import Attempt, Board, DeviceCode, asking
from jupyterlab_sentinel.errors import AccessError, CancelledQueryError, SignInNeededError, UsageError

WISH = Wish("login.microsoftonline.com", "contoso.example")
ALONE = Surroundings({}, person=False, browser=False)
NOTEBOOK = Surroundings({}, person=True, browser=False)
DESKTOP = Surroundings({}, person=True, browser=True)


@pytest.mark.parametrize(
    ("at", "names"),
    [
        (ALONE, ["azure_cli", "vscode"]),
        (NOTEBOOK, ["azure_cli", "vscode", "device_code"]),
        (DESKTOP, ["azure_cli", "vscode", "interactive"]),
        (Surroundings({"AZURE_CLIENT_ID": "x"}, person=False, browser=False), ["environment", "azure_cli", "vscode"]),
        (
            Surroundings({"IDENTITY_ENDPOINT": "x", "AZURE_FEDERATED_TOKEN_FILE": "y"}, person=False, browser=False),
            ["workload_identity", "managed_identity", "azure_cli", "vscode"],
        ),
    ],
)
def test_the_chain_fits_the_place(at: Surroundings, names: list[str]) -> None:
    assert list(chain_names(at)) == names


@pytest.mark.parametrize("variable", ["JUPYTERHUB_API_TOKEN", "JUPYTERHUB_USER", "SSH_CONNECTION", "CODESPACES"])
def test_no_browser_is_opened_on_a_server(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", object)
    assert credentials._browser({"DISPLAY": ":0"})
    assert not credentials._browser({"DISPLAY": ":0", variable: "x"})
    if sys.platform == "linux":
        assert not credentials._browser({})


def test_nobody_is_asked_where_nobody_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sign_ins, "default_folder", lambda: tmp_path)
    with pytest.raises(AccessError):
        credential_for(("interactive",), WISH, ALONE)
    with pytest.raises(SignInNeededError):
        credential_for(("device_code",), WISH, ALONE).get_token("scope")  # type: ignore[attr-defined]  # a credential


def test_a_face_that_asks_for_somebody_elsewhere_opens_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_in_kernel", lambda: True)
    monkeypatch.setattr(credentials, "_browser", lambda _environ: True)
    assert here().browser
    with asking(Board()):
        assert here().person
        assert not here().browser
        assert "device_code" in chain_names(here())
    with asking(None):
        assert not here().person
        assert not here().browser


def test_an_unknown_sign_in_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        credential_for(("kerberos",), WISH, ALONE)
    assert "azure_cli" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "class_"),
    [
        ("environment", "EnvironmentCredential"),
        ("managed_identity", "ManagedIdentityCredential"),
        ("azure_cli", "AzureCliCredential"),
        ("vscode", "VisualStudioCodeCredential"),
        ("interactive", "Remembered"),
        ("device_code", "Remembered"),
    ],
)
def test_each_by_name(name: str, class_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "can_encrypt", lambda: False)
    assert type(credential_for((name,), WISH, DESKTOP)).__name__ == class_


def test_workload_identity_without_its_variables_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(AccessError, match="workload_identity"):
        credential_for(("workload_identity",), WISH, ALONE)


def test_several_become_a_chain() -> None:
    assert type(credential_for((), WISH, NOTEBOOK)).__name__ == "ChainedTokenCredential"


async def test_a_chain_in_which_nothing_works_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(AccessError) as caught:
        await TokenSource(credential_for((), WISH, ALONE), "https://api.loganalytics.io/.default").token()
    assert "AzureCliCredential: " in caught.value.message
    assert "VisualStudioCodeCredential: " in caught.value.message
    with pytest.raises(AccessError) as caught:
        await TokenSource(credential_for(("azure_cli",), WISH, ALONE), "https://api.loganalytics.io/.default").token()
    assert "az login" in caught.value.hint


def test_a_device_code_is_shown_inert(capsys: pytest.CaptureFixture[str]) -> None:
    show_device_code("https://microsoft.com/devicelogin\u202e", "ABC123", datetime(2026, 1, 1, 12, 30, tzinfo=UTC))
    shown = capsys.readouterr().out
    assert "ABC123" in shown
    assert "12:30 UTC" in shown
    assert "\u202e" not in shown


def test_an_expired_secret_says_what_to_do() -> None:
    error = refused(ValueError("AADSTS7000222: The provided client secret keys for app are expired.\nTrace ID: 1"))
    assert "expired" in error.hint
    assert "Trace" not in error.message


def test_who_is_signed_in_is_read_from_the_token() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"upn": "a@contoso.example\u202e"}).encode()).decode().rstrip("=")
    source = TokenSource(object(), "s")
    assert source.identity is None
    for token, identity in ((f"h.{claims}.s", "a@contoso.example<U+202E>"), ("opaque", None), ("a.!.c", None)):
        source._held = Held(token)
        assert source.identity == identity


class Held:
    def __init__(self, token: str) -> None:
        self.token = token
        self.expires_on = 0


class Asking:
    """Stands in for a credential that asks a person, when it is told to."""

    def __init__(self, made: list[dict[str, Any]], asked: list[str], **options: Any) -> None:
        assert options.pop("disable_automatic_authentication")
        made.append(options)
        self.asked = asked
        self.known = "authentication_record" in options

    def authenticate(self, scopes: list[str]) -> Any:
        from azure.identity import AuthenticationRecord

        self.known = True
        self.asked.extend(scopes)
        return AuthenticationRecord("tenant", "client", "authority", "account", "a@contoso.example")

    def get_token(self, *scopes: str, **_options: Any) -> Any:
        from azure.identity import AuthenticationRequiredError

        if not self.known:
            raise AuthenticationRequiredError(scopes)
        return Held("t")


@pytest.fixture(autouse=True)
def nobody_signed_in_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "_held", {})


def test_a_sign_in_is_good_for_the_whole_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "default_folder", lambda: tmp_path)
    first = sign_ins.Remembered(lambda more: Asking([], asked, **more), WISH, None)
    asked: list[str] = []
    with asking(None), pytest.raises(AuthenticationRequiredError):
        first.get_token("scope")
    first.get_token("scope")
    with asking(None):
        for names in ((), ("device_code",)):
            assert credential_for(names, WISH).get_token("scope").token == "t"  # type: ignore[attr-defined]
        with pytest.raises(SignInNeededError):
            credential_for((), Wish(WISH.authority, "other.example")).get_token("s")  # type: ignore[attr-defined]
    assert asked == ["scope"]


def test_a_code_goes_to_the_board_of_the_work_and_goes_when_it_ends() -> None:
    board = Board()
    seen: list[int] = []
    board.listeners.append(lambda: seen.append(len(board.waiting)))
    later = datetime.now(UTC) + timedelta(minutes=5)
    with asking(board):
        Attempt().run(lambda: show_device_code("https://microsoft.com/devicelogin", "A", later))
        attempt = Attempt()
    assert seen == [1, 0]

    def left_meanwhile() -> None:
        show_device_code("x", "B", later)
        attempt.cancel()
        seen.append(len(board.waiting))

    attempt.run(left_meanwhile)
    assert seen == [1, 0, 1, 0, 0]
    with pytest.raises(CancelledQueryError):
        attempt.run(lambda: credentials._go_on(None))
    with asking(None), pytest.raises(CancelledQueryError):
        Attempt().run(lambda: show_device_code("x", "B", later))


def test_an_expired_code_waits_no_more() -> None:
    board = Board()
    board.listeners.append(lambda: None)
    board.put(Attempt(), DeviceCode("x", "A", datetime.now(UTC)))
    assert board.waiting == ()


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://microsoft.com/devicelogin", True),
        ("https://login.microsoft.com/device/", True),
        ("https://microsoft.com/deviceloginus", True),
        ("https://microsoft.com.evil.example/devicelogin", False),
        ("https://microsoft.com/devicelogin@evil.example", False),
        ("javascript:alert(1)//https://microsoft.com/devicelogin", False),
        ("https://microsoft.com/devicelogin?x=1", False),
        ("http://microsoft.com/devicelogin", False),
        ("", False),
    ],
)
def test_only_microsofts_pages_are_linked(address: str, *, linked: bool) -> None:
    page = DeviceCode(address, "A", datetime.now(UTC)).page
    assert (page is not None) == linked
    assert page is None or page == address.rstrip("/")


def test_a_sign_in_is_remembered_where_tokens_are_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "default_folder", lambda: tmp_path / "secrets")
    made: list[dict[str, Any]] = []
    asked: list[str] = []
    cache: Any = object()
    for _ in range(2):
        credential = sign_ins.Remembered(lambda more: Asking(made, asked, **more), WISH, cache)
        credential.get_token("scope")
        credential.get_token("scope")
    assert asked == ["scope"]
    assert "authentication_record" not in made[0]
    assert made[1]["authentication_record"].username == "a@contoso.example"
    (record,) = (tmp_path / "secrets").iterdir()
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


def test_a_sign_in_serves_the_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "default_folder", lambda: tmp_path / "secrets")
    monkeypatch.setenv("HOME", str(tmp_path))
    wish = Wish("login.microsoftonline.com", "contoso.example", plain_text=True)
    cache: Any = object()
    assert len(credential_for((), wish, ALONE)._inner.credentials) == 2  # type: ignore[attr-defined]  # a chain
    sign_ins.Remembered(lambda more: Asking([], [], **more), wish, cache).get_token("scope")
    sign_ins._held.clear()
    first, *others = credential_for((), wish, ALONE)._inner.credentials  # type: ignore[attr-defined]  # a chain
    assert type(first).__name__ == "InteractiveBrowserCredential"
    assert len(others) == 2
    for name in ("interactive", "device_code"):
        made = credential_for((name,), wish, DESKTOP).made()  # type: ignore[attr-defined]  # it remembers
        assert made._auth_record.username == "a@contoso.example"
    elsewhere = Wish("login.microsoftonline.us", "contoso.example")
    assert len(credential_for((), elsewhere, ALONE)._inner.credentials) == 2  # type: ignore[attr-defined]  # a chain
    assert first._disable_automatic_authentication


def test_nothing_is_written_where_tokens_could_not_be_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_ins, "default_folder", lambda: tmp_path / "secrets")
    monkeypatch.setattr(sign_ins, "can_encrypt", lambda: False)
    assert sign_ins.cache_options(plain_text=False) is None
    made: list[dict[str, Any]] = []
    sign_ins.Remembered(lambda more: Asking(made, [], **more), WISH, None).get_token("scope")
    assert made == [{}]
    assert not (tmp_path / "secrets").exists()


def test_plain_text_only_where_the_user_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "can_encrypt", lambda: True)
    encrypted = sign_ins.cache_options(plain_text=False)
    assert encrypted is not None
    assert not encrypted.allow_unencrypted_storage
    plain = sign_ins.cache_options(plain_text=True)
    assert plain is not None
    assert plain.allow_unencrypted_storage


def test_another_host_may_sign_in() -> None:
    endpoint = endpoint_for("usgov")
    assert authority_of(endpoint, {}) == "login.microsoftonline.us"
    assert authority_of(endpoint, {"AZURE_AUTHORITY_HOST": "https://login.local:8443/"}) == "login.local:8443"
    assert Wish("login.microsoftonline.us").options == {"authority": "login.microsoftonline.us"}
    assert Wish("login.local", "t").options == {
        "authority": "login.local",
        "tenant_id": "t",
        "disable_instance_discovery": True,
    }


class Slow:
    """A credential that shows a code for a while, if it has one, and takes its time."""

    def __init__(self, code_s: float | None) -> None:
        self.code_s = code_s
        self.let_go = threading.Event()

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        if self.code_s is not None:
            show_device_code("x", "A", datetime.now(UTC) + timedelta(seconds=self.code_s))
        self.let_go.wait(30)
        token = Held("t")
        token.expires_on = 1 << 40
        return token


async def test_the_deadline_does_not_count_a_persons_time() -> None:
    slow, board = Slow(60), Board()
    board.listeners.append(lambda: None)
    source = TokenSource(slow, "s")
    with asking(board):
        waiting = [asyncio.ensure_future(source.ready(0.2)) for _ in range(2)]
    await asyncio.wait(waiting, timeout=0.5)
    assert not any(one.done() for one in waiting)
    slow.let_go.set()
    assert [seconds > 0.1 for seconds in await asyncio.gather(*waiting)] == [True, True]
    assert await source.ready(0.0) == 0.0


async def test_the_deadline_holds_where_nobody_is_asked() -> None:
    with pytest.raises(TimeoutError):
        await TokenSource(Slow(None), "s").ready(0.05)


async def test_a_code_that_nobody_enters_ends_with_its_time() -> None:
    with asking(Board()), pytest.raises(TimeoutError):
        await TokenSource(Slow(-5), "s").ready(0.05)
