"""Whatever a command names may be a reader's own, by its file or by its module."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, matrix, replay, run, token
from ocallkit.api import HeldRefs
from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE, HOLDS, VIOLATED
from ocallkit.judging.disturbs import disturbs
from ocallkit.judging.hunting.hunt import Hunt
from ocallkit.labs.crash import Situation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWN = """
from msgspec.structs import replace

from ocallkit.api import HeldRefs
from ocallkit.scenarios import SCENARIOS


class Mine(HeldRefs):
    name = "mine"


def nobody_dies(state):
    return all(process.state != "killed" for process in state.world.processes.values())


MINE = replace(SCENARIOS["flow-1"], name="mine-too")
"""


@pytest.fixture(name="spec", params=["own.py", "drivers/own.py", "drivers.own"])
def _spec(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file, one in a folder, and a module, each with a design, a scenario and a property."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drivers").mkdir()
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "drivers" / "own.py").write_text(OWN, encoding="utf-8")
    # A module that another test has imported lies in another folder.
    for name in ("drivers", "drivers.own"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    found: str = request.param
    return found


COMMANDS = {
    "check": ("check --scenario {0}:MINE --design {0}:Mine", HOLDS, "mine in mine-too "),
    "property": ("check --scenario flow-1 --property {0}:nobody_dies", VIOLATED, "nobody-dies"),
    "show": ("show {0}:MINE --design {0}:Mine", HOLDS, "CA "),
    "diff": ("diff {0}:Mine ecall", HOLDS, "  mine ("),
    "matrix": ("matrix --scenario {0}:MINE --design {0}:Mine --threads 1 2", HOLDS, "\nmine  "),
    "hunt": ("hunt {0}:Mine --size 2", HOLDS, "mine breaks in none"),
    "hunt for it": (
        "hunt hardened --breaks {0}:nobody_dies",
        VIOLATED,
        "breaks nobody-dies",
    ),
    "disturbs": ("disturbs {0}:Mine --threads 1 --clients 1", HOLDS, "mine in 8 scenarios"),
    "review": (
        "review {0}:Mine --scenario {0}:MINE --threads 1 --claims",
        HOLDS,
        "# Review of `mine`",
    ),
    "pin": ("pin --scenario {0}:MINE --design {0}:Mine", HOLDS, '"design":"{0}:Mine"'),
}


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_what_a_file_has(
    name: str, spec: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this folder, in another, and where it can be imported."""
    line, status, words = COMMANDS[name]
    assert status == main(line.format(spec).split())
    assert words.replace("{0}", spec) in capsys.readouterr().out


CALLS: dict[str, Callable[[str], object]] = {
    "run": lambda spec: run(f"{spec}:MINE", f"{spec}:Mine").title,
    "judge": lambda spec: judge(f"{spec}:MINE", f"{spec}:Mine").summary.partition(" (")[0],
    "matrix": lambda spec: [
        (cell.scenario, cell.design)
        for cell in matrix([f"{spec}:MINE"], [f"{spec}:Mine"], threads=[1, 2])
    ],
    "disturbs": lambda spec: disturbs([f"{spec}:Mine"], [f"{spec}:MINE"], clients=1).designs,
    "replay": lambda spec: replay("flow-1/ecall/t2/c1/", f"{spec}:Mine").design,
    "lab": lambda spec: Situation(f"{spec}:MINE", f"{spec}:Mine").design.name,
    "hunt": lambda spec: Hunt(f"{spec}:Mine", size=2).first(),
}
EXPECTED = {
    "run": "mine-too under mine",
    "judge": "mine in mine-too",
    "matrix": [("mine-too", "mine")] * 2,
    "disturbs": ("mine",),
    "replay": "mine",
    "lab": "mine",
    "hunt": None,
}


@pytest.mark.parametrize("name", CALLS)
def test_a_function_takes_what_a_file_has(name: str, spec: str) -> None:
    """As the commands do."""
    assert EXPECTED[name] == CALLS[name](spec)


def test_a_token_names_what_a_file_has(spec: str) -> None:
    """And replays it."""
    line = token(run(f"{spec}:MINE", f"{spec}:Mine"))
    assert f"{spec}:MINE/{spec}:Mine/t2/c1/" == line
    assert "mine-too under mine" == replay(line).title


WRONG = (
    "check --scenario flow-1 --design {}",
    "show flow-1 --design {}",
    "diff ecall {}",
    "matrix --scenario flow-1 --design {}",
    "hunt {}",
    "disturbs {}",
    "review {}",
    "pin --scenario flow-1 --design {}",
)


@pytest.mark.parametrize("line", WRONG)
def test_a_file_that_is_not_there_is_told_of_everywhere(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the same words."""
    monkeypatch.chdir(tmp_path)
    assert BAD_USAGE == main(line.format("nowhere.py:Mine").split())
    assert ("", "ocallkit: nowhere.py: there is no such file\n") == capsys.readouterr()


def test_a_file_is_read_once_for_a_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However often its class is asked for."""
    path = tmp_path / "loud.py"
    path.write_text(f"print('read')\n{OWN}", encoding="utf-8")
    judge("flow-1", f"{path}:Mine").as_json()
    assert 1 == capsys.readouterr().err.count("read")


def test_a_matrix_of_what_cannot_be_told_to_another_process_is_judged_here() -> None:
    """A class that a function made."""

    class Inner(HeldRefs):
        name = "inner"

    cells = matrix(["flow-1"], [Inner], threads=[1, 2], processes=2)
    assert [("inner", True)] * 2 == [(cell.design, cell.holds) for cell in cells]


def test_the_json_of_a_matrix_is_that_of_the_checks(capsys: pytest.CaptureFixture[str]) -> None:
    """Verdict for verdict, but for the time."""
    named = ["--scenario", "flow-1", "--scenario", "flow-1-memref", "--design", "ecall", "--json"]
    found = []
    for words in (["matrix", "--threads", "2", *named], ["check", *named]):
        assert VIOLATED == main(words)
        said = json.loads(capsys.readouterr().out)
        found.append([verdict | {"seconds": 0} for verdict in said["verdicts"]])
    assert found[0] == found[1]
