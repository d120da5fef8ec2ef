"""What the commands say on a machine that lacks something."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gate.machine import machine
from tools.store_notebooks import ROOT

# What tools/env.sh calls before it has a Python.
SHELL_TOOLS = ("dirname", "basename", "cksum", "cmp", "head", "rm")


def python(version: str, *, without: str = "") -> str:
    """A script that runs this Python as one of another version, major.minor.

    With `without`, it has no module of that name, as where a distribution puts it into a package
    of its own.
    """
    numbers = tuple(map(int, version.split(".")))
    pretend = f"import sys; sys.version_info = {numbers}; sys.modules['{without}'] = None"
    return f"""exec '{sys.executable}' -I -c "{pretend}; $2\""""


def make_env(path: Path, clone: Path) -> subprocess.CompletedProcess[str]:
    """Run tools/env.sh in a clone that has no environment yet, with nothing but `path`."""
    (clone / "tools").mkdir(parents=True)
    for name in ("tools/env.sh", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, clone / name)
    return subprocess.run(
        [path / "sh", clone / "tools" / "env.sh"],
        check=False,
        capture_output=True,
        env={"PATH": str(path)},
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        ({}, "no Python 3.11 or newer found: install the package python3-venv"),
        (
            {"python3": python("3.9")},
            "python3 is 3.9, no Python 3.11 or newer found: install the package python3-venv",
        ),
        (
            {"python3.13": "exit 127", "python3": python("3.12", without="ensurepip")},
            "python3 has no venv module: install the package python3-venv",
        ),
        (
            {
                "python3.12": python("3.12", without="ensurepip"),
                "python3": python("3.12", without="ensurepip"),
            },
            "python3.12 has no venv module: install the package python3.12-venv",
        ),
    ],
    ids=["none", "too old", "without venv", "without venv, by version"],
)
def test_without_a_usable_python_one_line_names_the_package(
    tmp_path: Path, programs: dict[str, str], expected: str
) -> None:
    """The line is all there is, and the command fails."""
    path = machine(tmp_path / "bin", SHELL_TOOLS, programs)
    done = make_env(path, tmp_path / "clone")
    package = expected.rsplit(maxsplit=1)[-1]
    assert f"ocallkit: {expected} (apt-get install {package})\n" == done.stderr
    assert done.stdout == ""
    assert done.returncode == 1
    assert not (tmp_path / "clone" / ".venv").exists()


def test_the_help_lists_every_target() -> None:
    """`make` alone prints each target of the Makefile with what it does."""
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = (line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    done = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    expected = phony.split()[1:]
    assert expected == [line.split()[1] for line in done.stdout.splitlines()]
