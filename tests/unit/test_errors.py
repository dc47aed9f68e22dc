from jupyterlab_sentinel.errors import KqlSyntaxError, Position, SentinelError, ThrottledError


def test_the_caret_stands_under_the_token() -> None:
    error = KqlSyntaxError("Odd.", position=Position(2, 8, 4), query="SecurityAlert\n| where take 5")
    line, mark = error.caret.split("\n")
    assert line[mark.index("^") :][: mark.count("^")] == "take"


def test_the_caret_stays_right_on_a_very_long_line_and_with_tabs() -> None:
    query = "\t" + "x" * 5000 + " bad"
    error = KqlSyntaxError("Odd.", position=Position(1, 5002, 3), query=query)
    line, mark = error.caret.split("\n")
    assert line[mark.index("^") :][: mark.count("^")] == "bad"
    assert len(line) < 200


def test_a_place_outside_the_query_gives_no_caret() -> None:
    assert KqlSyntaxError("Odd.", position=Position(9, 0), query="T").caret == ""
    assert KqlSyntaxError("Odd.").caret == ""


def test_what_is_said_reads_as_message_place_and_hint() -> None:
    error = KqlSyntaxError("Odd.", hint="Do this.", position=Position(1, 0), query="T")
    assert str(error).split("\n") == ["Odd.", "   1 | T", "       ^", "Do this."]
    assert str(SentinelError("Odd.")) == "Odd."


def test_when_to_come_back_is_kept() -> None:
    assert ThrottledError("Wait.", retry_after=3).retry_after == 3
