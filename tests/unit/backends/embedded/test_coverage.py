from __future__ import annotations

from pathlib import Path

from jupyterlab_sentinel.backends.embedded.coverage import coverage_page

PAGE = Path(__file__).parents[4] / "docs" / "kql.md"


def test_the_page_is_what_the_engine_says_of_itself() -> None:
    assert PAGE.read_text("utf-8") == coverage_page()


def test_nothing_is_both_run_and_refused() -> None:
    sections = dict(part.split("\n\n", 1) for part in coverage_page().split("## ")[2:])
    names = {title: {name.strip("` \n") for name in body.split(",")} for title, body in sections.items()}
    assert not names["Functions that run"] & names["Functions that are refused"]
    assert not names["Operators that run"] & names["Operators that are refused"]
    assert {"search", "find", "mv-expand", "join"} <= names["Operators that run"]
    assert {"extract_all", "bag_pack", "ipv4_is_private"} <= names["Functions that run"]
