"""Verdicts that are kept in a file, and what is said when they are not so any more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE, HOLDS, NOT_KNOWN, VIOLATED
from ocallkit.judging.pinned import read_pins
from ocallkit.version import __version__

PINS = Path("some.pins")


@pytest.fixture(autouse=True)
def _pins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file with a verdict that holds, and one that does not."""
    monkeypatch.chdir(tmp_path)
    scenarios = ("--scenario", "flow-1", "--scenario", "flow-1-memref")
    assert HOLDS == main(["pin", *scenarios, "--threads", "1", "--out", str(PINS)])
    assert ("some.pins: 2 verdicts\n", "") == capsys.readouterr()


def change(old: str, new: str) -> None:
    """Put something else into the file."""
    text = PINS.read_text(encoding="utf-8")
    assert old in text
    PINS.write_text(text.replace(old, new), encoding="utf-8")


def checked(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """The exit status, and what was printed."""
    return main(["check", "--pinned", str(PINS), *more]), capsys.readouterr().out


def test_a_file_has_a_line_for_each_verdict() -> None:
    """Behind one for its version: what was asked, and what came of it."""
    head, first, second = map(json.loads, PINS.read_text(encoding="utf-8").splitlines())
    assert {"pins": 1, "ocallkit": __version__} == head
    assert ("flow-1", "ecall", 1, 1) == tuple(
        first["asked"][name] for name in ("scenario", "design", "threads", "clients")
    )
    assert {"holds": True, "states": 8, "transitions": 10, "depth": 21, "broken": {}} == (
        first["came"]
    )
    assert second["came"]["broken"]["no-deadlock"].startswith("flow-1-memref/ecall/t1/c1/A:kill")


def test_the_same_is_written_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing in it is of that day."""
    scenarios = ("--scenario", "flow-1", "--scenario", "flow-1-memref")
    main(["pin", *scenarios, "--threads", "1"])
    assert PINS.read_text(encoding="utf-8") == capsys.readouterr().out


def test_what_is_violated_is_as_pinned_if_it_was_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The status says whether something has changed, not whether all holds."""
    assert (HOLDS, "Every verdict is as pinned in some.pins.\n") == checked(capsys)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"states":8', '"states":9', "some.pins:2: flow-1 ecall t1 c1: states: 8, and 9 in the"),
        ('"transitions":10', '"transitions":1', "transitions: 10, and 1 in the pin"),
        ('"depth":21', '"depth":22', "depth: 21, and 22 in the pin"),
        ('{"holds":true', '{"holds":false', "it holds, and is violated in the pin"),
        ('{"holds":false', '{"holds":true', "some.pins:3: flow-1-memref ecall t1 c1: it is viol"),
        ('"broken":{}', '"broken":{"no-deadlock":"x"}', "no-deadlock breaks no longer"),
        ('"no-deadlock":"', '"no-old":"', "no-deadlock breaks: ocallkit show --replay flow-1-m"),
        ("A:kill@OCALL", "A:kill", "no-deadlock breaks otherwise: ocallkit show --replay flow-1"),
    ],
)
def test_what_has_changed_is_told_by_its_line(
    old: str, new: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is so, and what was kept."""
    change(old, new)
    status, out = checked(capsys)
    assert VIOLATED == status
    assert words in out
    assert "1 of 2 verdicts are not as pinned in some.pins." == out.splitlines()[-1]


def test_what_is_not_finished_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    """A search that gives up says nothing of the pin."""
    status, out = checked(capsys, "--limit", "3")
    assert NOT_KNOWN == status
    assert "not finished (the limit of 3 states)" in out


def test_a_change_as_json_names_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the verdicts as they are."""
    change('"states":8', '"states":9')
    found = json.loads(checked(capsys, "--json")[1])
    assert [{"line": 2, "what": ["states: 8, and 9 in the pin"]}] == found["changed"]
    assert ["flow-1", "flow-1-memref"] == [one["scenario"] for one in found["verdicts"]]


def test_a_change_for_github_marks_the_line_of_the_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where a reviewer sees it."""
    change('"states":8', '"states":9')
    out = checked(capsys, "--format", "github")[1]
    assert "::error title=flow-1 ecall t1 c1 in line 2,file=some.pins,line=2::states: 8" in out


BAD = {
    "no such file": ("no.pins", None, "no.pins: No such file or directory; `ocallkit pin` writes"),
    "a folder": (".", None, ".: Is a directory"),
    "nothing in it": ("bad.pins", "", "bad.pins, line 1: no pin ("),
    "no version": ("bad.pins", "[]\n", "bad.pins, line 1: no pin ("),
    "a newer one": ("bad.pins", '{"pins":2,"ocallkit":"9"}\n', "line 1: no pin (Invalid enum"),
    "no pins": ("bad.pins", '{"pins":1,"ocallkit":"0"}\n', "bad.pins: there is no pin in it"),
    "no json": ("bad.pins", '{"pins":1,"ocallkit":"0"}\nx\n', "bad.pins, line 2: no pin ("),
    "a field": ("bad.pins", '{"pins":1}\n{"asked":{}}\n', "bad.pins, line 2: no pin ("),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_file_of_pins_is_told_by_its_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, with what writes one."""
    place, text, words = BAD[name]
    if text is not None:
        Path(place).write_text(text, encoding="utf-8")
    assert BAD_USAGE == main(["check", "--pinned", place])
    out, err = capsys.readouterr()
    assert ("", 1) == (out, err.count("\n"))
    assert words in err


def test_a_file_that_is_no_text_is_no_file_of_pins(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is a picture."""
    PINS.write_bytes(b"\x89PNG\xff")
    assert BAD_USAGE == main(["check", "--pinned", str(PINS)])
    assert "it is no text in UTF-8" in capsys.readouterr().err


def test_a_pin_may_name_its_thing_by_a_text_only(capsys: pytest.CaptureFixture[str]) -> None:
    """A number is no scenario."""
    change('"scenario":"flow-1",', '"scenario":7,')
    assert BAD_USAGE == main(["check", "--pinned", str(PINS)])
    assert "some.pins, line 2: scenario and design are texts" in capsys.readouterr().err


def test_a_pin_of_what_is_not_there_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """As where it is named in the command."""
    change('"scenario":"flow-1",', '"scenario":"flow-9",')
    assert BAD_USAGE == main(["check", "--pinned", str(PINS)])
    assert "no scenario is called 'flow-9'" in capsys.readouterr().err


def test_each_line_knows_where_it_stands() -> None:
    """Empty ones count, and are no pins."""
    change("\n", "\n\n")
    assert [3, 5] == [line.number for line in read_pins(PINS)]
