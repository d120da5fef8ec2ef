"""`make reductions` counts what it compares, and shrinks what differs to what can be seen again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ocallkit.engine.exploration import ALL_REDUCTIONS
from tests import reductions
from tests.engine.made import Made
from tests.judging.own import COUNT, OwnSystem
from tests.judging.ways import Disagreement, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Compare = Callable[[OwnSystem | Made, int], Disagreement | None]


def fuzzed(
    compare: Compare,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *options: str,
) -> tuple[int, str]:
    """The exit status and the words of a fuzzing that compares so."""
    monkeypatch.setattr(reductions, "compare", compare)
    status = reductions.main(["--seconds", "60", "--seed", "7", *options])
    return status, capsys.readouterr().out


def misled(system: OwnSystem | Made, _states: int) -> Disagreement | None:
    """A comparison that differs wherever two clients count."""
    if isinstance(system, OwnSystem) and COUNT in system.words and system.clients > 1:
        return Disagreement(ALL_REDUCTIONS, "the shared number", {1, 2}, {2})
    return None


def test_what_differs_is_shrunk_and_printed_as_python(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One word, two clients, and all else as small as it can be."""
    status, said = fuzzed(misled, monkeypatch, capsys)
    assert 1 == status
    (line,) = (text for text in said.splitlines() if text.startswith("  OwnSystem("))
    found = eval(line, {"OwnSystem": OwnSystem})  # noqa: S307 - what a reader pastes
    assert OwnSystem((COUNT,), clients=2, faults=(), design="ecall-bare") == found
    assert "from seed 7: " in said


def test_what_differs_with_siblings_is_shrunk_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One owner with one word, in one of two tasks."""

    def differs(system: OwnSystem | Made, _states: int) -> Disagreement | None:
        words = {word for tasks in getattr(system, "owners", ()) for task in tasks for word in task}
        return Disagreement(ALL_REDUCTIONS, "ends", 1, 2) if "end-all" in words else None

    status, said = fuzzed(differs, monkeypatch, capsys, "--siblings")
    assert 1 == status
    assert "  from tests.engine.made import Made\n" in said
    (line,) = (text for text in said.splitlines() if text.startswith("  Made("))
    found = eval(line, {"Made": Made})  # noqa: S307 - what a reader pastes
    assert [("end-all",)] == [task for tasks in found.owners for task in tasks if task]


def test_where_all_agree_it_says_how_many_were_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And how many were too large."""
    seen: list[OwnSystem | Made] = []

    def agrees(system: OwnSystem | Made, _states: int) -> None:
        seen.append(system)
        if len(seen) > reductions.BATCH:
            raise KeyboardInterrupt
        if isinstance(system, Made):
            raise TooLargeError

    status, said = fuzzed(agrees, monkeypatch, capsys)
    assert 0 == status
    compared, too_large = re.findall(r"([\d,]+) (?:systems|left out)", said)
    assert reductions.BATCH == int(compared) + int(too_large)
    assert "0" not in {compared, too_large}
    assert "no way to try them out differs from another" in said


def test_it_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was compared so far, and without a traceback."""

    def stopped(_system: OwnSystem | Made, _states: int) -> None:
        raise KeyboardInterrupt

    status, said = fuzzed(stopped, monkeypatch, capsys)
    assert (0, "from seed 7: 0 systems compared, 0 left out") == (status, said[:43])
