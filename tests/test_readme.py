"""What the README says: its commands run, its tables have what there is."""

from __future__ import annotations

import re
import shlex
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge
from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE, HOLDS, NO_ANSWER, NOT_KNOWN, VIOLATED
from ocallkit.model.config import SWITCHES
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from ocallkit import Verdict

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^( *)```(\w*)\n(.*?)^\1```", README, re.MULTILINE | re.DOTALL)
PYTHON = [code for _, language, code in BLOCKS if language == "python"]
COMMANDS = [line for *_, text in BLOCKS for line in text.splitlines() if line[:9] == "ocallkit "]

FIND = (
    "ocallkit check --scenario flow-1-memref --design ocall-fd",
    "ocallkit matrix",
    "ocallkit hunt",
)
"""The commands that are there because they find what breaks."""


def first_cells(head: str) -> list[str]:
    """The first cell of each row of the table that begins with `head`."""
    _, _, below = README.partition(f"| {head} |")
    rows = [line.strip() for line in below.split("\n\n")[0].splitlines()[2:]]
    return [row.split("|")[1].strip() for row in rows]


def named(head: str) -> list[str]:
    """Everything that stands as code in those cells."""
    return [name for cell in first_cells(head) for name in re.findall(r"`([^`]+)`", cell)]


def verdict_of(code: str, threads: int = 0) -> Verdict:
    """What the last line of a block gives, perhaps with another number of secure threads."""
    *lines, last = dedent(code).splitlines()
    told: dict[str, Any] = {}
    exec("\n".join(lines), told)  # noqa: S102 - that is what a reader does
    asked = re.sub(r"threads=\d", f"threads={threads}", last) if threads else last
    return eval(asked, told)  # type: ignore[no-any-return]  # noqa: S307 - as above


def test_the_design_in_the_readme_holds_for_any_number_of_clients() -> None:
    """Its last line is the verdict that the text below it speaks of."""
    design, _, _ = PYTHON
    assert "holds for any number of clients" == verdict_of(design).outcome


def test_the_property_in_the_readme_holds_and_was_seen_to_fail() -> None:
    """Its verdict says no more than that."""
    _, own, _ = PYTHON
    verdict = verdict_of(own)
    assert ("holds", "nobody-waits-for-the-dead") == (verdict.outcome, verdict.asked[-1])


def test_the_scenario_in_the_readme_has_a_deadlock_with_one_secure_thread_and_none_with_two() -> (
    None
):
    """As the text below it says."""
    _, _, scenario = PYTHON
    assert "no-deadlock" in verdict_of(scenario).broken
    assert verdict_of(scenario, threads=2).holds


def test_the_readme_names_every_switch_with_its_values() -> None:
    """In their order, the usual value first."""
    _, _, below = README.partition("| switch |")
    rows = [line.split("|")[1:3] for line in below.split("\n\n")[0].splitlines()[2:]]
    found = {
        name: tuple(re.findall(r"`([^`]+)`", values))
        for cell, values in rows
        for name in re.findall(r"`([^`]+)`", cell)
    }
    assert list(SWITCHES.items()) == list(found.items())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_the_readme_does_what_it_is_there_for(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It answers, or finds what breaks; it is no bad usage, and nothing stays unknown."""
    program, *arguments = shlex.split(command)
    expected = VIOLATED if command.startswith(FIND) else HOLDS
    assert ("ocallkit", expected) == (program, main(arguments))
    out, err = capsys.readouterr()
    assert out
    assert "" == err


def test_the_readme_names_every_exit_status() -> None:
    """In their order."""
    expected = [str(status) for status in (HOLDS, VIOLATED, BAD_USAGE, NOT_KNOWN, NO_ANSWER)]
    assert expected == first_cells("status")


def test_the_readme_names_every_option_of_check(capsys: pytest.CaptureFixture[str]) -> None:
    """But for the scenario, which has to be named, and the help itself."""
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    there_are = set(re.findall(r"(?<=\W)--[a-z-]+", capsys.readouterr().out))
    options = named("option of `check`")
    assert there_are - {"--help", "--scenario"} == set(options)
    assert len(options) == len(set(options))


def test_the_readme_names_every_key_of_the_json() -> None:
    """In their order."""
    assert list(judge("flow-1").as_json()) == named("key of a verdict")


def test_every_file_that_the_layout_names_is_there() -> None:
    """A row's first name has its folder, the others lie beside it."""
    missing = []
    for cell in first_cells("place"):
        first, *others = re.findall(r"`([^`]+)`", cell)
        inside = first if first.split("/")[0] != "engine" else f"ocallkit/{first}"
        places = [ROOT / inside, *((ROOT / inside).parent / other for other in others)]
        missing += [str(place) for place in places if not place.exists()]
    assert not missing
