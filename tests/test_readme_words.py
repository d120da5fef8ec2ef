"""The words of the README: statuses, options, targets, forms and numbers that there are."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Final

import pytest

from ocallkit.cli import main, parser
from ocallkit.commands.status import BAD_USAGE, HOLDS, NO_ANSWER, NOT_KNOWN, VIOLATED
from ocallkit.designs import DESIGNS, FURTHER
from tests.lesson.prose.saying import phrase
from tests.test_readme import README
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUSES: Final = {
    HOLDS: ("every property holds", ["check", "--scenario", "flow-1"]),
    VIOLATED: ("one is violated", ["check", "--scenario", "flow-1-memref", "--design", "ecall"]),
    BAD_USAGE: ("bad usage", ["check", "--scenario", "flow-9"]),
    NOT_KNOWN: ("not known", ["check", "--scenario", "flow-1", "--limit", "1"]),
    NO_ANSWER: ("no answer", ["check", "--scenario", "flow-1"]),
}
"""How the README's row of each status begins, and a command that ends with it."""

SAID: Final = {
    "Beside the {:w} designs that the discussion argues about there are {:w} more": lambda: (
        len(DESIGNS),
        len(FURTHER),
    ),
    "issues {} malformed calls": lambda: {"1000000": "a million"}[default("CALLS")],
}


def default(variable: str) -> str:
    """What a variable of the Makefile is if nobody says otherwise."""
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    (found,) = re.findall(rf"(?m)^{variable} := (.*)$", made)
    return str(found)


def rows() -> dict[int, str]:
    """What the README says of each exit status."""
    found = re.findall(r"(?m)^ *\| (\d) \| (.*) \|$", README.partition("| status |")[2])
    return {int(status): words for status, words in found}


def parsers(made: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """A command's own parser and those of its words, each by its name."""
    yield made.prog, made
    for action in made._actions:  # noqa: SLF001 - argparse gives its words no other way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for one in action.choices.values():
                yield from parsers(one)


PARSERS: Final = dict(parsers(parser()))


def options(prog: str) -> set[str]:
    """All options of one command."""
    return {name for action in PARSERS[prog]._actions for name in action.option_strings}  # noqa: SLF001


def forms(prog: str, option: str) -> list[str]:
    """What can be chosen for an option."""
    (action,) = (one for one in PARSERS[prog]._actions if option in one.option_strings)  # noqa: SLF001
    return list(action.choices or ())


@pytest.mark.parametrize("status", STATUSES)
def test_an_exit_status_is_what_the_readme_says_of_it(
    status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command of which that is so ends with it, and the row begins with what is so."""
    words, arguments = STATUSES[status]
    if status == NO_ANSWER:
        monkeypatch.delattr("ocallkit.judging.verdict.explore")
    ended = main(arguments)
    capsys.readouterr()
    assert (status, True) == (ended, rows()[status].startswith(words))


def test_every_command_that_the_readme_names_is_there_with_its_options() -> None:
    """In a sentence as well as in an example."""
    spans = re.findall(r"`(ocallkit[^`]*)`|^ *\$? ?(ocallkit .*)$", README, re.MULTILINE)
    said = [" ".join((one or other).split()) for one, other in spans]
    assert said
    for command in said:
        words = re.findall(r"^ocallkit(?: [a-z]+)?", command)[0]
        asked = set(re.findall(r"(?<!\S)--[a-z-]+", command))
        assert (command, set()) == (command, asked - options(words))


def test_every_option_that_the_readme_names_is_one() -> None:
    """An option of some command."""
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    known = {option for prog in PARSERS for option in options(prog)}
    assert set() == named - known


def test_the_forms_that_the_readme_names_are_those_that_there_are() -> None:
    """Of a check, of a run."""
    table = re.search(r"\| `--format`, `--json` \| (.*?);", README)
    shown = re.search(r"`show --format` writes a run as (.*?), or as a trace", README)
    assert table
    assert shown
    assert forms("ocallkit check", "--format") == re.findall(r"`(\w+)`", table[1])
    assert {*forms("ocallkit show", "--format")} - {"perfetto"} == {
        *re.findall(r"`(\w+)`", shown[1])
    }


def test_every_target_that_the_readme_names_is_one_of_the_makefile() -> None:
    """With the variables that it takes."""
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", made))
    spans = [" ".join(one.split()) for one in re.findall(r"`make ([^`]+)`", README)]
    named = {word for one in spans for word in one.split() if "=" not in word}
    assert {"python3-venv"} == named - targets
    variables = set(re.findall(r"\b([A-Z]+)=", " ".join(spans)))
    assert set() == {one for one in variables if f"$({one})" not in made}


@pytest.mark.parametrize("template", SAID)
def test_a_number_of_the_readme_is_computed(template: str) -> None:
    """Where it stands."""
    assert phrase(template, SAID[template]) in " ".join(README.split())
