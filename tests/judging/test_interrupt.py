"""Ctrl-C: what was found so far, no traceback, and nobody left who goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.cli import main
from ocallkit.commands.status import NOT_KNOWN
from ocallkit.engine import Programs
from ocallkit.judging.matrix import cell, matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit import Verdict

HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""Whatever a shell starts in the background ignores a Ctrl-C, and so does what that starts."""

READY = "ready"
START = f"""
import sys
import ocallkit.judging.matrix
from ocallkit.cli import main
print("{READY}", file=sys.stderr, flush=True)
sys.exit(main())
"""
WHILE_IT_WORKS = 1.5
"""Seconds after which it is interrupted, in the middle of what takes many times as long."""

LONG = ("--scenario", "flow-2-memref", "--design", "held-refs-pre-release", "--clients", "5")


class Interrupted:
    """What the command leaves when a terminal's Ctrl-C reaches it and all its processes."""

    def __init__(self, *arguments: str, code: str = START) -> None:
        command = subprocess.Popen(
            [sys.executable, "-c", f"{HEARS}\n{code}", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            assert command.stderr is not None
            assert command.stderr.readline() == f"{READY}\n"
            time.sleep(WHILE_IT_WORKS)
            os.killpg(command.pid, signal.SIGINT)
            self.out, self.err = command.communicate(timeout=60)
            self.status = command.returncode
            self.left = is_there(command.pid)
        finally:
            if command.returncode is None:
                os.killpg(command.pid, signal.SIGKILL)
                command.communicate()


def is_there(group: int) -> bool:
    """Whether a process of the group is still there after some seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True


def test_an_interrupted_check_gives_the_verdict_so_far() -> None:
    """On standard output, with how far it came; not known, and no traceback."""
    done = Interrupted("check", *LONG)
    assert (NOT_KNOWN, "", False) == (done.status, done.err, done.left)
    first, _, unexplored, *_ = done.out.splitlines()
    assert ": not finished (an interrupt), no violation so far; " in first
    assert unexplored.startswith("Not explored: what lies beyond an interrupt (")


def test_an_interrupted_check_gives_its_json() -> None:
    """Whole, and neither holds nor violated."""
    done = Interrupted("check", *LONG, "--json")
    (found,) = json.loads(done.out)["verdicts"]
    assert (NOT_KNOWN, "") == (done.status, done.err)
    expected = (False, None, "an interrupt", False)
    assert expected == tuple(
        found[key] for key in ("finished", "holds", "stopped_by", "any_number_of_clients")
    )
    assert found["states"] > 0


def test_an_interrupted_matrix_takes_its_workers_along() -> None:
    """One line on standard error, half a matrix on none; nobody goes on judging."""
    done = Interrupted("matrix", "--clients", "4")
    expected = (NOT_KNOWN, "", "ocallkit: interrupted\n", False)
    assert expected == (done.status, done.out, done.err, done.left)


ONE_IDLE = f"""
import sys
from ocallkit import matrix
print("{READY}", file=sys.stderr, flush=True)
try:
    matrix(["plain-invoke", "flow-2-memref"], ["{LONG[3]}"], threads=[2], clients=5, processes=2)
except KeyboardInterrupt:
    print("ended")
"""


def test_a_worker_that_has_nothing_to_do_any_more_ends_without_a_word() -> None:
    """Whoever has asked it to judge ends it, and not the terminal."""
    done = Interrupted(code=ONE_IDLE)
    assert (0, "ended\n", "", False) == (done.status, done.out, done.err, done.left)


class Pressed:
    """A function that counts its calls; at one of them somebody presses the keys."""

    def __init__(self, call: Callable[..., object], at: int) -> None:
        self.call = call
        self.at = at
        self.count = 0

    def __get__(self, one: object, _kind: type) -> Callable[..., object]:
        """As a method."""
        return partial(self, one)

    def __call__(self, *arguments: object, **named: object) -> object:
        """Do what it does, or be interrupted."""
        self.count += 1
        if self.count == self.at:
            raise KeyboardInterrupt
        return self.call(*arguments, **named)


def test_a_violation_that_was_found_before_the_interrupt_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was found, whatever else there may be."""
    plain = Programs.visit
    visit = Pressed(plain, at=0)
    monkeypatch.setattr(Programs, "visit", visit)
    whole = judge("flow-1-memref", "ecall")
    monkeypatch.setattr(Programs, "visit", Pressed(plain, at=visit.count))
    found = judge("flow-1-memref", "ecall")
    assert (True, False, False) == (found.interrupted, found.finished, found.holds)
    assert whole.broken == found.broken
    assert found.outcome.endswith("; not finished (an interrupt)")


def test_an_interrupted_cell_ends_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no other process judges: it does not go on with the next one."""
    asked: list[str] = []

    def judging(scenario: str, *more: str, **named: int) -> Verdict:
        asked.append(scenario)
        return judge(scenario, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("ocallkit.judging.matrix.judge", judging)
    monkeypatch.setattr(Programs, "visit", Pressed(Programs.visit, at=3))
    with pytest.raises(KeyboardInterrupt):
        matrix(["flow-1", "flow-2"], ["ecall"], threads=[1], processes=1)
    assert ["flow-1"] == asked


def test_an_error_in_a_worker_ends_the_others_and_is_told() -> None:
    """As where there is only one process."""
    with pytest.raises(ValueError, match="threads: a whole number from 1 to 64, not 65"):
        matrix(["flow-2-memref"], ["ecall"], threads=[65, 1], clients=4, processes=2)


def test_an_interrupt_before_there_is_anything_to_say_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, wherever it comes."""
    monkeypatch.setattr("ocallkit.commands.show_command.run", Pressed(cell, at=1))
    assert NOT_KNOWN == main(["show", "flow-1"])
    assert ("", "ocallkit: interrupted\n") == capsys.readouterr()
