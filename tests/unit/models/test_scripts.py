# ruff: noqa: RUF001  # letters that look like others are what this is about
from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.models.indicators import Indicator, defang, visible
from jupyterlab_sentinel.models.scripts import is_mixed, spelled_out
from jupyterlab_sentinel.services.passages import marked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("p\u0430ypal.com", "p<U+0430>ypal.com"),
        ("\u0440\u0430\u0443\u0440\u0430l", "<U+0440><U+0430><U+0443><U+0440><U+0430>l"),
        ("micr\u03bfsoft", "micr<U+03BF>soft"),
        ("\u13a1olex", "<U+13A1>olex"),
        ("g\u0261\u043eogle", "g\u0261<U+043E>ogle"),
        ("\u043f\u0440\u03bf", "\u043f\u0440<U+03BF>"),
        ("login.p\u0430ypal-support.com/x?y=p\u0430", "login.p<U+0430>ypal-support.com/x?y=p<U+0430>"),
    ],
)
def test_a_letter_of_another_script_is_spelled_out(text: str, shown: str) -> None:
    assert spelled_out(text) == shown
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "paypal.com",
        "яндекс.рф",
        "почта.example",
        "отчёт-final_2024.pdf",
        "ελληνικά.gr",
        "日本語Windowsのログ",
        "中文PC版.example",
        "윈도우Windows를",
        "ใช้Windowsของไทย",
        "عربي text",
        "grüße naïve Ærø İstanbul 5µs № 10€ 👍🏽",
        "ﬁle ｐａｙ 𝐩𝐚𝐲",
        "café\u0301 नमस्ते हिन्दी",
        "Москва, Moscow; 2019-02-18T15:29:22Z",
    ],
)
def test_what_is_written_together_stays(text: str) -> None:
    assert spelled_out(text) == text


@pytest.mark.parametrize(
    ("word", "mixed"),
    [
        ("Latin", False),
        ("Кириллица", False),
        ("Кириллицa", True),
        ("日本ひらカナabc", False),
        ("日本я", True),
        ("12", False),
    ],
)
def test_words_are_judged_by_the_highly_restrictive_profile(word: str, mixed: object) -> None:
    assert is_mixed(word) == mixed


@given(st.text())
def test_spelled_out_once_is_spelled_out(text: str) -> None:
    shown = spelled_out(text)
    assert spelled_out(shown) == shown
    assert not any(is_mixed(word) for word in shown.replace("_", " ").split() if word.isalnum())


def test_the_indicator_itself_is_never_changed() -> None:
    """It is shown spelled out, and looked for, bound and copied as it is."""
    value = "p\u0430ypal.example"
    assert Indicator("domain", value).value == value
    assert defang(value, "domain") == "p\u0430ypal[.]example"
    passage = marked(f"wget http://{value}/a")
    assert "p<U+0430>ypal[.]example" in passage.text
    (mark,) = passage.marks
    assert "p<U+0430>ypal[.]example" in passage.text[mark.start : mark.end]


def test_a_long_text_takes_time_in_proportion() -> None:
    text = "x" * 2_000_000 + "\u0430" + " я" * 200_000
    assert spelled_out(text).endswith(" я")


def test_nothing_is_loaded_for_plain_text() -> None:
    source = (
        "import sys; from jupyterlab_sentinel.models.indicators import visible; visible('abc');"
        "sys.exit('fontTools' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
