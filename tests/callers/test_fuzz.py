"""Malformed calls by the thousand break nothing; where something is broken they find it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ocallkit.engine import ProgramError
from ocallkit.model import breaches, optee, tee
from ocallkit.model.calls import ALLOC, FREE, OCALL
from tests import fuzz
from tests.callers import machine
from tests.callers.episode import TAS, TRANSPORTS, Episode, again
from tests.callers.machine import Act, Machine, Open, Setup

if TYPE_CHECKING:
    from collections.abc import Callable

SEED, CALLS = 1, 4_000


def test_thousands_of_malformed_calls_raise_nothing_and_break_nothing() -> None:
    """From many systems; most are refused, and the others reach every kind of request."""
    made = fuzz.Fuzz(SEED, CALLS)
    made.run()
    assert made.found is None, made
    assert CALLS <= made.calls
    assert CALLS // 2 < made.refused < made.calls


def test_the_calls_reach_every_kind_of_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """An allocation, an OCALL and a release: answered, so that the next is asked."""
    seen: set[str] = set()
    resumes = optee.process_ocall_reply

    def watched(world: object, client: object, arg: object) -> object:
        found = resumes(world, client, arg)  # type: ignore[arg-type]
        if found is not None and found[2] is not optee.MALFORMED:
            seen.add(arg.answers)  # type: ignore[attr-defined]
        return found

    monkeypatch.setattr(optee, "process_ocall_reply", watched)
    assert not Episode(SEED, Setup("two-lists+meta", TAS[:1], 64, (2, 1))).run()
    assert {ALLOC, OCALL, FREE} == seen


def test_every_design_is_tried_by_every_way() -> None:
    """Eight designs, each by the ioctl and by the parameter."""
    drawn = {Episode(seed).setup.design for seed in range(300)}
    assert {*TRANSPORTS} == drawn
    assert 15 == len(drawn)


def test_the_same_seed_makes_the_same_calls() -> None:
    """So that what fails can be made again."""
    one, other = Episode(7), Episode(7)
    assert one.run(300) == other.run(300)
    assert one.acts == other.acts
    assert 300 <= one.machine.calls <= 300 + len(one.machine.tasks)


# --- what is broken is found ---------------------------------------------------------------------

BREAKS: dict[str, tuple[object, str, Callable[..., object], str]] = {
    "a context is not asked for its memory": (
        tee,
        "_belongs",
        lambda world, _client, memory: bool(
            (found := world.memories.get(memory)) and found.refs > 0
        ),
        breaches.ISOLATION,
    ),
    "a reference may reach past its memory": (tee, "_reaches", lambda *_: True, "Error"),
    "any session is on everybody's list": (optee, "is_listed", lambda *_: True, "KeyError"),
}
"""A check that is taken away, and what the failure says."""


FEW = "a context is not asked for its memory"
"""What only few calls notice."""


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=pytest.mark.long if what == FEW else ()) for what in BREAKS]
)
def test_a_check_that_is_missing_is_found(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within few calls, and printed as Python that fails likewise."""
    module, name, weaker, says = BREAKS[what]
    monkeypatch.setattr(module, name, weaker)
    made = fuzz.Fuzz(SEED, 20 * CALLS)
    made.run()
    assert made.found is not None
    episode, failure = made.found
    assert says in failure.kind + failure.what
    printed = fuzz.report(episode, failure)
    code = printed.partition("again(setup, ")[2].removesuffix(")")
    setup, acts = episode.setup, eval(code, vars(machine))  # noqa: S307 - what a reader pastes
    assert failure.is_like(again(setup, acts))
    assert f"({len(acts)} of {len(episode.acts)} acts of seed {episode.seed})" in printed
    assert len(acts) < 40


def test_what_fails_without_the_failure_is_no_failure() -> None:
    """An act of a list that means nothing where it stands does nothing."""
    setup = Setup("ecall", TAS)
    assert again(setup, [Act("A"), Act("A", Open("optee")), Act("A")]) is None


def test_a_program_that_is_wrong_is_a_failure() -> None:
    """An exception of the engine's is one: nothing of it is a refusal."""
    failure = again(Setup("ecall", TAS), [Act("A", Open("nowhere"))])
    assert failure is None or failure.kind == ProgramError.__name__


def test_a_call_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a number of steps that it may take at most."""
    monkeypatch.setattr(machine, "MOST_STEPS", 1)
    failure = again(Setup("ecall", TAS), [Act("A", Open("optee"))])
    assert failure is not None
    assert ("EndlessCallError", "A takes more than 1 steps") == failure


def test_a_thread_has_one_call_at_most_under_way() -> None:
    """One that is begun while another is under way is not made."""
    made = Machine(Setup("ecall", TAS))
    made.perform([Act("A", Open("optee"), 1), Act("A", Open("optee"), 0)])
    assert (1, 1) == (made.calls, len(made.world.contexts))


# --- the command ---------------------------------------------------------------------------------


def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    """The seed, how many calls, how many were refused, and how fast; a log is not flooded."""
    assert 0 == fuzz.main(["--calls", "500", "--seed", "7"])
    said = capsys.readouterr()
    assert re.fullmatch(
        r"from seed 7: 5\d\d calls in 1 systems, \d+ of them refused, [\d,]+ a second; "
        r"\d systems end with a thread that waits: no exception, and nothing broken\n",
        said.out,
    )
    assert "" == said.err


def test_the_command_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was done so far, and without a traceback."""

    def stopped(_episode: Episode, _calls: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Episode, "run", stopped)
    assert 0 == fuzz.main(["--calls", "500", "--seed", "7"])
    assert capsys.readouterr().out.startswith(
        "from seed 7: 0 calls in 0 systems, 0 of them refused"
    )


def test_the_command_ends_with_status_1_where_something_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And prints what makes it again."""
    monkeypatch.setattr(tee, "_reaches", lambda *_: True)
    assert 1 == fuzz.main(["--calls", str(10 * CALLS), "--seed", str(SEED)])
    assert "See it again (" in capsys.readouterr().out
