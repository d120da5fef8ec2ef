"""Several scenarios and designs at once; what says nothing is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE, HOLDS, NOT_KNOWN, VIOLATED

if TYPE_CHECKING:
    from pathlib import Path

TWO = "check --scenario flow-1 --scenario flow-1-memref --design ecall --design held-refs"


def said(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit status, and what was printed."""
    return main(line.split()), *capsys.readouterr()


def test_each_scenario_is_judged_under_each_design(capsys: pytest.CaptureFixture[str]) -> None:
    """In the order in which they are named, and below them how many came out how."""
    status, out, err = said(TWO, capsys)
    summaries = [
        judge(scenario, design).summary
        for scenario in ("flow-1", "flow-1-memref")
        for design in ("ecall", "held-refs")
    ]
    assert (VIOLATED, "") == (status, err)
    assert summaries == [line for line in out.splitlines() if line in summaries]
    assert "2 hold, 2 are violated, 0 are not known." == out.splitlines()[-1]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("check --scenario flow-1 --scenario flow-2", HOLDS),
        ("check --scenario flow-1 --scenario hunt:context:value", NOT_KNOWN),
        ("check --scenario flow-1-memref --scenario hunt:context:value", VIOLATED),
        ("matrix --threads 1 --scenario flow-1 --design meta", HOLDS),
        ("matrix --threads 1 --scenario flow-1-memref --design meta", VIOLATED),
        ("matrix --threads 1 --scenario hunt:context:value --design meta", NOT_KNOWN),
    ],
)
def test_the_status_is_that_of_the_worst(
    line: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Violated, not known, holds."""
    assert status == said(line, capsys)[0]


REFUSED = {
    f"{TWO} --all": "--all has no effect where scenarios and designs are named",
    "matrix --larger --scenario flow-1": "--larger has no effect where the scenarios are named",
    "matrix --larger --all": "--larger has no effect where the scenarios are named, or all",
    "review ocall-fd --all --scenario flow-1": "--all has no effect where scenarios are named",
    "check": "name a --scenario, or say --all",
    "pin": "name a --scenario, or say --all",
    "check --scenario flow-1 --scenario flow-1": "--scenario flow-1: it is named twice",
    "check --scenario flow-1 --design meta --design meta": "--design meta: it is named twice",
    "check --scenario flow-1 --property a.py:b --property a.py:b": "--property a.py:b: it is named",
    "check --scenario flow-1 --property no-shm-leak": "is a property of the package",
    "check --scenario flow-1 --property none.py:b": "none.py: there is no such file",
    "check --scenario flow-1 --fault kill": "--fault kill has no effect: it may happen anyway",
    "hunt meta --fault kill": "--fault kill has no effect",
    "check --pinned x --scenario flow-1": "--scenario has no effect with --pinned",
    "check --pinned x --design ecall": "--design has no effect with --pinned",
    "check --pinned x --all": "--all has no effect with --pinned",
    "check --pinned x --threads 2": "--threads has no effect with --pinned",
    "check --pinned x --wire octets": "--wire has no effect with --pinned",
    "check --pinned x --no-faults": "--no-faults has no effect with --pinned",
    "show flow-1 --whole --format json": "--whole has no effect with --format json",
    "show --replay flow-1/ecall/t2/c1/ --threads 2": "--threads has no effect with --replay",
    "show --replay flow-1/ecall/t2/c1/ --steps A:kill": "--steps has no effect with --replay",
    "show --replay flow-1/ecall/t2/c1/ --rpc-cache off": "--rpc-cache has no effect with --replay",
    "show --replay flow-1/ecall/t2/c1/ --design meta --whole": "--whole has no effect where two",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_has_no_effect_is_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line that says why, before anything is judged."""
    status, out, err = said(line, capsys)
    assert (BAD_USAGE, "", 1) == (status, out, err.count("\n"))
    assert REFUSED[line] in err


def test_two_forms_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """By argparse, with its own words."""
    with pytest.raises(SystemExit) as ended:
        main(["check", "--scenario", "flow-1", "--json", "--format", "text"])
    assert BAD_USAGE == ended.value.code
    assert "not allowed with argument" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "matrix --threads 1 --figure {}",
        "disturbs ecall-bare --figure {}",
        "pin --scenario flow-1 --out {}",
        "review ocall-fd --format json --out {}",
    ],
)
@pytest.mark.parametrize(
    ("place", "words"),
    [("", "it is a folder; name a file in it"), ("no/where.svg", "there is no folder")],
)
def test_a_wrong_place_is_told_before_anything_is_judged(  # noqa: PLR0917 - six things to give
    line: str,
    place: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody waits for what cannot be written."""
    for entrance in ("judging.matrix.matrix", "judging.disturbs.disturbs", "reviewing.review"):
        monkeypatch.setattr(f"ocallkit.{entrance}", None)
    monkeypatch.setattr("ocallkit.judging.verdict.judge", None)
    status, out, err = said(line.format(tmp_path / place), capsys)
    assert (BAD_USAGE, "") == (status, out)
    assert words in err


def test_who_looks_on_sees_how_many_are_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a matrix as of several checks; the line is gone at the end."""
    for name in ("matrix_command", "check_command"):
        monkeypatch.setattr(f"ocallkit.commands.{name}.has_progress", lambda: True)
    for line in ("matrix --scenario flow-1 --design ecall", f"{TWO} --no-faults"):
        err = said(line, capsys)[2]
        many = 3 if "matrix" in line else 4
        assert [f"{n} of {many}" for n in range(1, many + 1)] == re.findall(r"\d of \d", err)
