"""`.ci/run` installs what is missing, calls every stage, and fails when one fails."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.gate.machine import machine
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STAGES = ["test", "long", "browser", "peers PEERS_OPTIONS=--small"]
TOOLS = ("bash", "dirname", "env", "timeout")
MAKE = 'echo "$@ $OCALLKIT_REQUIRE_TOOLS" >>"$CALLS"\n[ "$1" != "$FAILS" ] || {ends}'
NEEDED = {
    "gcc": "gcc",
    "spin": "spin",
    "tcc": "tcc",
    "java": "default-jre-headless",
    "plantuml": "plantuml",
    "chromium": "chromium",
    "zsh": "zsh",
    "fish": "fish",
    "npm": "npm",
    "python3": "python3 python3-venv",
}
"""The programs that a stage needs, each with its packages."""
APT = 'echo "$@" >>"$INSTALLED"\n{ends}'


class Ran:
    """What `.ci/run` did on a machine that lacks some programs, and on which one stage fails."""

    def __init__(
        self,
        folder: Path,
        *,
        without: tuple[str, ...] = (),
        fails: str = "none",
        ends: str = "exit 2",
        apt_ends: str = "exit 0",
        user: int = 0,
    ) -> None:
        there = {name: "exit 0" for name in NEEDED if name not in without}
        programs = {
            "make": MAKE.replace("{ends}", ends),
            "apt-get": APT.replace("{ends}", apt_ends),
            "id": f"echo {user}",
            "sudo": 'echo sudo >>"$INSTALLED"\nshift\nexec "$@"',
        }
        path = machine(folder / "bin", TOOLS, {**programs, **there})
        (folder / "clone" / ".ci").mkdir(parents=True)
        shutil.copy(ROOT / ".ci" / "run", folder / "clone" / ".ci")
        calls, installed = folder / "calls", folder / "installed"
        calls.touch()
        installed.touch()
        self.status = subprocess.run(
            [path / "bash", folder / "clone" / ".ci" / "run"],
            check=False,
            capture_output=True,
            env={
                "PATH": str(path),
                "CALLS": str(calls),
                "FAILS": fails,
                "INSTALLED": str(installed),
            },
            timeout=60,
        ).returncode
        self.stages = calls.read_text().splitlines()
        self.installed = installed.read_text().splitlines()

    @property
    def packages(self) -> set[str]:
        """What was installed, but for headers and fonts that this machine may lack."""
        words = self.installed[-1].partition("--no-install-recommends ")[2].split()
        return {word for word in words if not re.match(r"libc6-dev|linux-libc-dev|fonts-", word)}


def test_every_stage_is_called_and_may_skip_nothing(tmp_path: Path) -> None:
    """In their order; a test that lacks its program is to fail there."""
    ran = Ran(tmp_path)
    assert (0, [f"{stage} 1" for stage in STAGES]) == (ran.status, ran.stages)


@pytest.mark.parametrize("ends", ["exit 1", "exit 2", "kill -9 $$", "kill -11 $$"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_or_is_killed_fails_it_all(
    stage: str, ends: str, tmp_path: Path
) -> None:
    """And nothing is called after it."""
    ran = Ran(tmp_path, fails=stage.split(maxsplit=1)[0], ends=ends)
    assert (False, stage) == (ran.status == 0, ran.stages[-1].removesuffix(" 1"))


@pytest.mark.parametrize("program", NEEDED)
def test_a_program_that_is_missing_is_installed(program: str, tmp_path: Path) -> None:
    """After the list of packages is brought up to date; then the stages are called."""
    ran = Ran(tmp_path, without=(program,))
    assert (0, len(STAGES)) == (ran.status, len(ran.stages))
    assert {*NEEDED[program].split()} == ran.packages
    assert ran.installed[0].endswith(" update")
    assert " install -y --no-install-recommends " in ran.installed[-1]


def test_where_nothing_can_be_installed_nothing_passes(tmp_path: Path) -> None:
    """No stage is called."""
    ran = Ran(tmp_path, without=("gcc",), apt_ends="exit 100")
    assert (100, []) == (ran.status, ran.stages)


def test_who_is_not_root_installs_by_sudo(tmp_path: Path) -> None:
    """Which asks for no password: nobody is there."""
    ran = Ran(tmp_path, without=("gcc",), user=1000)
    assert (0, "sudo") == (ran.status, ran.installed[0])
