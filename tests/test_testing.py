"""A design tested in a repository of its own: what passes, what fails, and what is told of it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ocallkit import Verdict
from ocallkit.cli import main
from ocallkit.commands.status import HOLDS
from ocallkit.testing import holds
from tests.test_imports import loaded_by
from tests.test_readme import BLOCKS
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    Done = subprocess.CompletedProcess[str]

FILES = {
    text.partition("\n")[0].removeprefix("# "): text
    for _, language, text in BLOCKS
    if language == "py"
}
"""The files of the repository in the README, by their names."""

PINS = ("--design", "mine.py:Mine", "--scenario", "flow-1", "--scenario", "flow-2")


def said_of(folder: Path, *options: str) -> Done:
    """What pytest says of a repository, with the plugin and warnings as errors."""
    plugin = ("-p", "ocallkit.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *plugin, *options],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "COLUMNS": "200"},
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.fixture(name="mine")
def _mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository of the README, with its pins."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert HOLDS == main(["pin", *PINS, "--out", "mine.pins"])
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Put something else into a file of the repository."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.long
def test_the_repository_of_the_readme_is_tested_as_it_says(mine: Path) -> None:
    """Each scenario is a test, and each line of the pins."""
    assert ["mine.py", "test_mine.py"] == sorted(FILES)
    done = said_of(mine)
    assert 0 == done.returncode, done.stdout
    assert [
        "test_mine_holds[flow-1]",
        "test_mine_holds[flow-2]",
        "test_nothing_has_changed[2-flow-1-mine.py:Mine]",
        "test_nothing_has_changed[3-flow-2-mine.py:Mine]",
    ] == re.findall(r"test_mine.py::(\S+) PASSED", done.stdout)


@pytest.mark.long
def test_a_test_that_fails_has_all_that_one_needs_to_know(mine: Path) -> None:
    """Who waits for whom, the last steps, and a token that can be pasted where the test ran."""
    change(mine, "test_mine.py", '"flow-1", "flow-2"', '"flow-1-memref"')
    change(mine, "mine.py", "HeldRefs", "Ecall")
    done = said_of(mine, "-k", "holds")
    assert 1 == done.returncode
    assert "waits for CA A (killed): its OCALL is pending" in done.stdout
    assert "How no-deadlock breaks, at last:" in done.stdout
    assert "    def holds(" not in done.stdout
    (token,) = re.findall(r"no-deadlock.*:\nE +ocallkit show --replay (\S+)", done.stdout)
    assert token.startswith("flow-1-memref/mine.py:Mine/t2/c1/")
    assert HOLDS == main(["show", "--replay", token])


@pytest.mark.long
def test_what_is_not_as_pinned_is_told_by_its_line(mine: Path) -> None:
    """What is so now, and what was kept."""
    change(mine, "mine.pins", '"states":18', '"states":17')
    done = said_of(mine, "-k", "changed")
    assert 1 == done.returncode
    assert "line 3, flow-2 mine.py:Mine t2 c1, is not as pinned:" in done.stdout
    assert "states: 18, and 17 in the pin" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


WRONG = {
    '"flow-1", "flow-2"': ('"flow-3"', "no scenario is called 'flow-3'"),
    "(scenario)": ("()", "let it take an argument of that name"),
    '"mine.pins"': ('"no.pins"', "no.pins: No such file or directory; `ocallkit pin` writes"),
    '("mine.pins")': ("", "ocallkit_pinned takes one file"),
}


@pytest.mark.long
@pytest.mark.parametrize("old", WRONG)
def test_a_mark_that_says_nothing_is_told_of_in_one_line(mine: Path, old: str) -> None:
    """Before anything is tested."""
    new, words = WRONG[old]
    change(mine, "test_mine.py", old, new)
    done = said_of(mine)
    assert 0 != done.returncode
    assert words in done.stdout + done.stderr
    assert not re.search("[0-9] passed", done.stdout)


def test_what_holds_gives_its_verdict() -> None:
    """With the size that is asked for."""
    verdict = holds("flow-1", "held-refs", threads=3)
    assert isinstance(verdict, Verdict)
    assert 3 == verdict.question.threads


def test_what_is_not_known_does_not_hold() -> None:
    """A scenario that never comes to its point."""
    with pytest.raises(AssertionError, match="says nothing: no OCALL was ever pending"):
        holds("hunt:context:value")


def test_a_project_that_uses_no_mark_waits_for_nothing() -> None:
    """The plugin loads no model, and not pytest either."""
    loaded = {name for name in loaded_by("import ocallkit.pytest_plugin") if "ocallkit" in name}
    assert {
        "ocallkit",
        "ocallkit.judging",
        "ocallkit.judging.views",
        "ocallkit.pytest_plugin",
        "ocallkit.version",
    } == loaded
