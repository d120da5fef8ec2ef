"""What `ocallkit new` writes can be used as it stands."""

from __future__ import annotations

import sys
from subprocess import CompletedProcess
from subprocess import run as start
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE, HOLDS
from ocallkit.judging.specs import load
from ocallkit.judging.templates import new
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("my-own", "client", "design", "v2.b_c", "none", "ask", "result")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit status, and what was printed where."""
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize("name", NAMES)
def test_a_new_design_is_judged_as_it_stands(name: str, tmp_path: Path) -> None:
    """It cancels where the opening text's design does."""
    file = tmp_path / "mine.py"
    assert HOLDS == main(["new", "design", name, "--out", str(file)])
    called = {"client": "ClientDesign", "design": "DesignDesign", "none": "NoneDesign"}
    names = {"my-own": "MyOwn", "v2.b_c": "V2BC", "ask": "Ask", "result": "Result"}
    mine = judge("flow-2-memref", load("design", f"{file}:{(called | names)[name]}"))
    ecall = judge("flow-2-memref", "ecall")
    assert name == mine.question.design_name
    assert (ecall.broken, ecall.exploration.states) == (mine.broken, mine.exploration.states)


@pytest.mark.parametrize("name", NAMES)
def test_a_new_scenario_is_judged_as_it_stands(name: str, tmp_path: Path) -> None:
    """It comes to its OCALL, and holds."""
    file = tmp_path / "mine.py"
    assert HOLDS == main(["new", "scenario", name, "--out", str(file)])
    called = {"ask": "ASK_SCENARIO", "my-own": "MY_OWN", "v2.b_c": "V2_B_C"}
    found = load("scenario", f"{file}:{called.get(name, name.upper())}")
    verdict = judge(found, "ecall")
    assert (name, "holds") == (found.name, verdict.outcome)


WRONG = '''"""A design that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.designs import Design

if TYPE_CHECKING:
    from ocallkit.model.events import Param


class Mine(Design):
    """It answers with a list, and is asked for another thing."""

    name = "mine"

    def kept(self, params: tuple[Param, ...]) -> list[str]:
        """A list is no tuple."""
        return [str(params)]

    def gives_up(self, answers: int) -> bool:
        """It is asked with a text."""
        return answers > 0
'''


def tool(name: str, *arguments: str) -> CompletedProcess[str]:
    """Run a tool of the environment with the settings of this project."""
    command = [sys.executable, "-m", name, *arguments]
    return start(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything new, and a design that is wrong."""
    made = tmp_path_factory.mktemp("made")
    for number, name in enumerate(NAMES):
        for kind in ("design", "scenario"):
            (made / f"new_{kind}_{number}.py").write_text(new(kind, name), encoding="utf-8")
    (made / "wrong.py").write_text(WRONG)
    return made


def test_a_linter_has_nothing_to_say(folder: Path) -> None:
    """With every rule of this project."""
    settings = ("--config", str(ROOT / "pyproject.toml"), "--no-cache", str(folder))
    linted = tool("ruff", "check", "--ignore", "INP001", *settings)
    assert (0, "") == (linted.returncode, linted.stdout.replace("All checks passed!\n", ""))
    assert 0 == tool("ruff", "format", "--check", *settings).returncode


@pytest.mark.long
def test_a_type_checker_finds_nothing_but_an_override_that_is_wrong(folder: Path) -> None:
    """By its decision, with what was wanted of it."""
    done = tool("mypy", "--strict", "--no-incremental", str(folder))
    errors = [line.partition("error: ")[2] for line in done.stdout.splitlines() if "error:" in line]
    returned, asked = errors
    assert returned.startswith(
        'Return type "list[str]" of "kept" incompatible with return type "tuple[str, ...]" in'
    )
    assert asked.startswith('Argument 1 of "gives_up" is incompatible with supertype')
    assert 1 == done.returncode


def test_without_a_file_it_goes_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """As it would stand in one."""
    assert (HOLDS, new("design", "my-own"), "") == said(capsys, "new", "design", "my-own")


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there stays as it is; a place that is not there is named too."""
    file = tmp_path / "mine.py"
    file.write_text("mine")
    words = f"ocallkit: --out {file}: it is there, and stays as it is\n"
    assert (BAD_USAGE, "", words) == said(capsys, "new", "scenario", "my-own", "--out", str(file))
    assert "mine" == file.read_text()
    nowhere = tmp_path / "no" / "mine.py"
    words = f"ocallkit: --out {nowhere}: No such file or directory\n"
    assert (BAD_USAGE, "", words) == said(capsys, "new", "design", "my-own", "--out", str(nowhere))


def test_a_file_is_told_as_the_commands_take_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the name that it has there."""
    file = tmp_path / "mine.py"
    told = said(capsys, "new", "design", "my-own", "--out", str(file))
    assert (HOLDS, f"{file}:MyOwn\n", "") == told


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("design", "ecall", "'ecall' is a design of the package: choose another name"),
        ("scenario", "flow-1", "'flow-1' is a scenario of the package: choose another name"),
        ("design", "a/b", "'a/b' is no name: a letter, then letters, digits, '-', '_' and '.'"),
        ("scenario", "3a", "'3a' is no name: a letter, then letters, digits, '-', '_' and '.'"),
        ("design", "", "'' is no name: a letter, then letters, digits, '-', '_' and '.'"),
    ],
)
def test_a_name_that_cannot_be_had_is_refused(
    capsys: pytest.CaptureFixture[str], kind: str, name: str, words: str
) -> None:
    """One that is taken, one that no token could carry, one that Python could not."""
    assert (BAD_USAGE, "", f"ocallkit: {words}\n") == said(capsys, "new", kind, name)
