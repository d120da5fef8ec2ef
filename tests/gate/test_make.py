"""What the Makefile runs, and that it fails when that fails."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.gate.machine import machine
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CALLS = {
    "test": "-m tools.check",
    "long": "-m pytest -n 2 -p no:nbval -o addopts=--dist loadfile -rs -m long and not whole tests",
    "browser": "-m pytest -n 2 --dist loadfile -m browser tests/browser",
    "peers": "-m benchmarks.peers --fetch",
}
"""With what each command that checks something calls the environment's Python."""


def made(clone: Path, target: str, ends: str = "exit 0") -> tuple[int, list[str]]:
    """Exit status of a target, and what its Python was called with before that ended so."""
    (clone / "tools").mkdir()
    (clone / "tools" / "env.sh").write_text("")
    shutil.copy(ROOT / "Makefile", clone)
    (clone / ".venv").mkdir()
    machine(clone / ".venv" / "bin", (), {"python": f'echo "$@" >>"{clone}/calls"\n{ends}'})
    command = ["make", "--no-print-directory", "-C", str(clone), target]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    return done.returncode, (clone / "calls").read_text().splitlines()


@pytest.mark.parametrize("target", CALLS)
def test_a_target_calls_what_it_is_there_for_and_nothing_else(target: str, tmp_path: Path) -> None:
    """It passes where that passes."""
    assert (0, [CALLS[target]]) == made(tmp_path, target)


@pytest.mark.parametrize("ends", ["exit 1", "exit 2", "exit 5", "kill -9 $$", "kill -11 $$"])
@pytest.mark.parametrize("target", CALLS)
def test_a_target_fails_where_what_it_calls_fails(target: str, ends: str, tmp_path: Path) -> None:
    """By whatever status, or a signal: with make's own status for it."""
    assert 2 == made(tmp_path, target, ends)[0]


def test_without_an_environment_nothing_passes(tmp_path: Path) -> None:
    """A failure of the script that makes it is one of each target."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "env.sh").write_text("exit 3")
    shutil.copy(ROOT / "Makefile", tmp_path)
    command = ["make", "-C", str(tmp_path), "test"]
    assert 2 == subprocess.run(command, check=False, capture_output=True, timeout=60).returncode
