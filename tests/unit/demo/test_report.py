from __future__ import annotations

import re

from jupyterlab_sentinel import demo

SIX = ("185.49.71.101", "47.91.56.21", "103.225.168.159", "31.148.220.53", "89.34.111.113", "185.162.131.92")


def refanged(text: str) -> str:
    return re.sub(r"\[dot\]|\[\.\]|\(\.\)", ".", text)


def test_the_report_names_the_six_addresses_and_not_the_attackers() -> None:
    text = refanged(demo.report())
    assert all(address in text for address in SIX)
    assert "23.97.60.214" not in text


def test_every_address_is_written_defanged() -> None:
    text = demo.report()
    assert not any(address in text for address in SIX)
    assert "http://" not in text.lower()
    assert "https://" not in text.lower()


def test_the_report_has_every_kind_of_indicator() -> None:
    text = demo.report()
    for pattern in (
        r"\b[0-9a-f]{32}\b",
        r"\b[0-9a-f]{40}\b",
        r"\b[0-9a-f]{64}\b",
        r"CVE-\d{4}-\d+",
        r"\bT1105\b",
        r"\[at\]",
        r"HKCU\\",
        r"C:\\Users",
        r"/tmp/",  # noqa: S108 text of the report
    ):
        assert re.search(pattern, text), pattern
