from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from jupyterlab_sentinel.models import wire

SCRIPT = Path(__file__).parents[2] / "labextension" / "generate_wire.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_wire", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_typescript_is_what_the_structs_say(generator: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["--check"]) == 0, capsys.readouterr().err


def test_a_difference_fails_the_check_and_is_shown(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "wire.ts"
    stale.write_text(generator.typescript().replace("readonly spec: string", "readonly spec: number"))
    monkeypatch.setattr(generator, "TARGET", stale)
    assert generator.main(["--check"]) == 1
    assert "+  readonly spec: string" in capsys.readouterr().err
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0


def test_every_message_and_constant_is_in_the_typescript(generator: ModuleType) -> None:
    text = generator.typescript()
    for kind in generator.structs():
        assert f"export interface I{kind.__name__} {{" in text
        for name in kind.__struct_encode_fields__:
            assert f"  readonly {name}" in text
    assert f"export const API_ROOT = '{wire.API_ROOT}';" in text


def test_requests_may_leave_out_defaults_and_answers_may_not(generator: ModuleType) -> None:
    text = generator.typescript()
    assert "readonly ifFresh?: boolean;" in text
    assert "readonly retryAfter: number | null;" in text
    assert set(msgspec.to_builtins(wire.WireError(code="a", message="b"))) == {
        "code",
        "message",
        "hint",
        "retryAfter",
    }


def test_both_sides_link_the_same_sign_in_pages() -> None:
    from jupyterlab_sentinel.device_codes import PAGES

    source = (Path(__file__).parents[2] / "labextension" / "src" / "elements" / "portal.ts").read_text("utf-8")
    listed = source.partition("const SIGN_IN_PAGES")[2].partition("];")[0]
    assert tuple(re.findall(r"'(https://[^']+)'", listed)) == PAGES


def test_the_words_that_are_coloured_hold_those_that_completion_offers() -> None:
    from jupyterlab_sentinel.magics.vocabulary import OPERATORS

    source = (Path(__file__).parents[2] / "labextension" / "src" / "kql" / "words.ts").read_text("utf-8")
    assert set(OPERATORS) <= set(source.partition("OPERATORS")[2].partition("`);")[0].split())
