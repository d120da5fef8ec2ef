"""`make test` fails if anything that it looks at is wrong, crashes, or is not looked at."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.gate.project import CODE, NOTEBOOK, OLD, TESTS, write
from tools import check
from tools.store_notebooks import ROOT

SETTINGS = "pyproject.toml"

WRONG = {
    "lint": (CODE, '"""A module."""\n', '"""A module."""\n\nimport os\n'),
    "format": (CODE, "2 * number", "2*number"),
    "types": (CODE, "-> int", "-> str"),
}
"""What is wrong in a project, for each check that reads files."""

FAILING = {
    "test_double": (TESTS, "== 6", "== 7"),
    "[doctest] ocallkit.double.double": (CODE, "    4\n", "    5\n"),
    "notebooks/00-six-times-seven.ipynb::Cell 0": (NOTEBOOK, '"6 * 7"', '"6 * 8"'),
    "test_old": (OLD, "pass", 'warnings.warn("old", stacklevel=2)'),
}
"""What is wrong in a project, for each kind of test, by what fails then."""

NOT_ASKED = {
    "ocallkit/double.py": (SETTINGS, '    "--doctest-modules",\n', ""),
    "notebooks/00-six-times-seven.ipynb: 0 of 1 cells": (SETTINGS, '    "--nbval",\n', ""),
    "tests/test_old.py": (SETTINGS, '"--dist",', '"--ignore=tests/test_old.py", "--dist",'),
}
"""How each kind of test is switched off, by what is untested then."""


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder of its own, whose package has the name of ours and not its plugin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:ocallkit.pytest_plugin")


def said(capfd: pytest.CaptureFixture[str], *checks: str) -> tuple[int, list[str]]:
    """Exit status and lines of `make test`, or of those checks of it."""
    status = check.main(checks)
    return status, capfd.readouterr().out.splitlines()


def test_a_project_with_which_nothing_is_wrong_passes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What fails below fails for the one thing that is wrong; all four checks are run."""
    write(tmp_path)
    status, lines = said(capfd)
    expected = (0, "== lint passed, format passed, types passed, tests passed")
    assert expected == (status, lines[-1])


@pytest.mark.parametrize("name", WRONG)
def test_one_thing_that_is_wrong_fails(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The check that looks at it says so."""
    write(tmp_path, WRONG[name])
    status, lines = said(capfd, name)
    assert (1, f"== {name} FAILED (status 1)") == (status, lines[-1])


def test_a_test_an_example_and_a_notebook_that_are_wrong_fail(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each of them, and a warning too; nothing else does."""
    write(tmp_path, *FAILING.values())
    status, lines = said(capfd, "tests")
    assert (1, "== tests FAILED (status 1)") == (status, lines[-1])
    headings = [re.fullmatch(r"_+ (.*) _+", line) for line in lines]
    assert sorted(FAILING) == sorted(found[1] for found in headings if found)


def test_what_is_not_tested_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A project in which nothing is wrong does not pass where it is not looked at."""
    write(tmp_path, *NOT_ASKED.values())
    status, lines = said(capfd, "tests")
    assert (1, "== tests FAILED (3 not tested)") == (status, lines[-1])
    expected = sorted(f"not tested: {gap}" for gap in NOT_ASKED)
    assert expected == sorted(line for line in lines if line.startswith("not tested"))


ENDS = {
    "import sys; sys.exit(1)": "status 1",
    "import sys; sys.exit(2)": "status 2",
    "import sys; sys.exit(5)": "status 5",
    "raise KeyboardInterrupt": "SIGINT",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "SIGKILL",
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": "SIGSEGV",
    "import no_such_module": "status 1",
}
"""What a check may do instead of passing, and how that is called."""


@pytest.mark.parametrize("ends", ENDS)
def test_however_a_check_ends_but_with_zero_it_fails(
    ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """By a status, a signal, or because it is not there; those after it are run all the same."""
    (tmp_path / "a_check.py").write_text(ends)
    checks = {"first": ("a_check",), "second": ("this",)}
    monkeypatch.setattr(check, "CHECKS", checks)
    status, lines = said(capfd)
    assert (1, f"== first FAILED ({ENDS[ends]}), second passed") == (status, lines[-1])
    assert "The Zen of Python, by Tim Peters" in lines


def test_a_check_that_says_nothing_of_what_it_tested_fails(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where a report is due."""
    monkeypatch.setattr(check, "CHECKS", {"tests": ("this", check.REPORT)})
    status, lines = said(capfd)
    assert (1, "== tests FAILED (1 not tested)") == (status, lines[-1])
    assert "not tested: anything: there is no report" in lines


def test_an_unknown_check_is_answered_with_those_there_are(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A mistyped name runs nothing."""
    expected = (2, ["unknown check: lints; there are: lint, format, types, tests"])
    assert expected == said(capfd, "lints")


def files_of_the_project() -> set[Path]:
    """Every module and every notebook."""
    places = ("conftest.py", "ocallkit", "tests", "tools", "benchmarks", "notebooks")
    return {
        path
        for place in places
        for ending in ("*.py", "*.ipynb")
        for path in ((ROOT / place).rglob(ending) if (ROOT / place).is_dir() else [ROOT / place])
        if not {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}
    }


def test_lint_and_format_see_every_module_and_every_notebook() -> None:
    """Nothing is excluded."""
    shown = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--show-files"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    unseen = files_of_the_project() - {Path(line) for line in shown.stdout.splitlines()}
    assert set() == unseen
    assert "format" not in tomllib.loads((ROOT / SETTINGS).read_text())["tool"]["ruff"]


def test_types_are_checked_in_every_module() -> None:
    """Nothing is excluded, and no error is passed over."""
    settings = tomllib.loads((ROOT / SETTINGS).read_text())["tool"]["mypy"]
    assert (["."], True) == (settings["files"], settings["strict"])
    names = [path.relative_to(ROOT).as_posix() for path in files_of_the_project()]
    excluded = [name for name in names if any(re.search(p, name) for p in settings["exclude"])]
    assert [] == excluded
    tables = [settings, *settings["overrides"]]
    assert not any("ignore_errors" in table or "follow_imports" in table for table in tables)
