"""The command in places that lack something: letters, room, a home, a folder to write into."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from ocallkit.commands.status import BAD_USAGE
from tests.cli.command import COMMAND, called
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

READ_ONLY = "/sys"
"""A folder in which nobody makes a file, whoever they are."""

C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A terminal that has ASCII and nothing else, and a Python that takes it at its word."""

COMMANDS = {
    "list": ("list",),
    "show": ("show", "flow-2", "--whole"),
    "svg": ("show", "flow-2", "--format", "svg"),
    "check": ("check", "--scenario", "flow-1"),
    "diff": ("diff", "ecall-bare", "held-refs"),
    "hunt": ("hunt", "ecall-bare", "--size", "2"),
    "disturbs": ("disturbs", "ecall-bare", "--threads", "1", "--clients", "1"),
    "help": ("check", "--help"),
}


@pytest.fixture(scope="module", name="usual")
def _usual() -> dict[str, str]:
    """What each command prints where nothing is missing."""
    return {name: called(*arguments).stdout for name, arguments in COMMANDS.items()}


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_without_a_home_in_a_folder_that_is_read_only_and_a_c_locale_it_says_the_same(
    name: str, usual: dict[str, str]
) -> None:
    """To the byte: what ASCII lacks comes as UTF-8, as it stands in a file."""
    done = called(*COMMANDS[name], env=C, cwd=READ_ONLY)
    assert ("", usual[name]) == (done.stderr, done.stdout)


def test_letters_that_ascii_lacks_are_printed_all_the_same(tmp_path: Path) -> None:
    """As UTF-8, which is what they would be in a file."""
    (tmp_path / "mine.py").write_text(
        "from ocallkit import SCENARIOS, Scenario\n"
        "flow = SCENARIOS['flow-1']\n"
        "mine = Scenario('gr\u00f6\u00dfer', 'larger', flow.ca, flow.ta)\n",
        encoding="utf-8",
    )
    done = called("show", "mine.py:mine", "--format", "json", env=C, cwd=tmp_path)
    assert "gr\u00f6\u00dfer" == json.loads(done.stdout)["scenario"]


def test_what_is_complained_of_is_said_in_ascii_where_there_is_nothing_else() -> None:
    """With the letters' numbers."""
    done = called("show", "fl\u00f6w", env=C)
    assert BAD_USAGE == done.returncode
    assert done.stderr.isascii()
    assert done.stderr.startswith("ocallkit: no scenario is called 'fl")


def test_a_file_in_a_folder_that_is_read_only_is_refused() -> None:
    """With the option, the file, and why; in one line."""
    done = called("disturbs", "ecall-bare", "--clients", "1", "--figure", f"{READ_ONLY}/a.svg")
    assert (BAD_USAGE, "") == (done.returncode, done.stdout)
    assert re.fullmatch(rf"ocallkit: --figure {READ_ONLY}/a\.svg: [\w -]+\n", done.stderr)


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    """Where it was called, and at home."""
    for arguments in COMMANDS.values():
        called(*arguments, cwd=tmp_path, env={"HOME": str(tmp_path)})
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "help"])
def test_an_answer_is_the_same_in_40_columns(name: str, usual: dict[str, str]) -> None:
    """It goes into files too, and no line of it is cut or folded."""
    assert usual[name] == called(*COMMANDS[name], env={"COLUMNS": "40"}).stdout


def test_the_help_is_folded_to_40_columns() -> None:
    """All of its text; only an option with its values is wider, and cannot be folded."""
    lines = called(*COMMANDS["help"], env={"COLUMNS": "40"}).stdout.splitlines()
    assert all("{" in line or "[" in line for line in lines if len(line) > 40)


def in_a_terminal(columns: int, *arguments: str) -> tuple[int, str, str]:
    """Exit status, output, and what a terminal of that width was sent as standard error."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={"PATH": os.environ["PATH"], "COLUMNS": str(columns), "PYTHONPATH": str(ROOT)},
            text=True,
        ) as process:
            out, _ = process.communicate(timeout=60)
        said = b""
        until = time.monotonic() + 5
        while select.select([ours], [], [], 0.1)[0] and time.monotonic() < until:
            said += os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    return process.returncode, out, said.decode()


LONG = ("check", "--scenario", "flow-2-memref", "--design", "ecall-bare", "--clients", "3")


@pytest.mark.long
@pytest.mark.parametrize("columns", [40, 200])
def test_progress_stands_on_one_line_however_narrow(columns: int) -> None:
    """And is gone when the answer comes."""
    _, out, said = in_a_terminal(columns, *LONG)
    *shown, left = said.split("\r")
    assert "\033[K" == left
    lines = [line.removesuffix("\033[K") for line in shown if line]
    assert lines
    assert all(re.match(r"[\d,]+ states, depth \d+", line) for line in lines)
    assert all(len(line) < columns for line in lines)
    # Wide enough for all of it, or cut.
    assert (columns == 40) != any(line.endswith("transitions/s") for line in lines)
    assert out.startswith("ecall-bare in flow-2-memref ")


def test_progress_into_a_file_is_none(tmp_path: Path) -> None:
    """Of a search that says in a terminal how far it is."""
    log = tmp_path / "log"
    done = called(*LONG, after=f"2>{log}")
    assert ("", True) == (log.read_text(), bool(done.stdout))
