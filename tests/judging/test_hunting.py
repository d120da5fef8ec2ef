"""A hunt goes through small systems in order of size, and what it finds can be seen again."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, replay
from ocallkit.cli import main
from ocallkit.designs import DESIGNS, EcallBare, HeldRefsPreRelease
from ocallkit.judging.hunting import hunt as hunting
from ocallkit.judging.hunting.hunt import Hunt, Tried, judge_in
from ocallkit.judging.hunting.report import in_words, shortest
from ocallkit.judging.hunting.systems import (
    SmallSystem,
    Space,
    count_calls,
    count_programs,
    nth_calls,
    nth_program,
    space,
)
from ocallkit.model.config import FAULTS
from ocallkit.scenarios.grammar import Program, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.engine import State, Step
    from ocallkit.engine.exploration import Limits
    from ocallkit.judging.verdict import Verdict
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

pytestmark = pytest.mark.long

BEGIN = "hunt:context.session"
TEMPORARY = f"{BEGIN}.invoke-temporary:value"
SPARE = f"{BEGIN}.register-a.invoke:value"

SMALLEST = {
    "ecall-bare": (TEMPORARY, 6, 62),
    "ecall": (TEMPORARY, 6, 62),
    "meta": (TEMPORARY, 6, 62),
    "ocall-fd": (TEMPORARY, 6, 62),
    "held-refs": (TEMPORARY, 6, 62),
    "held-refs-ocall-fd": (SPARE, 7, 231),
    "held-refs-pre-release": (SPARE, 7, 231),
    "two-lists": (SPARE, 7, 231),
}
"""Of each design the smallest system in which it breaks, its size, and how many were tried."""

# --- what there is to go through -------------------------------------------------------------


@pytest.mark.parametrize("size", range(7))
def test_every_program_of_a_size_has_a_number(size: int) -> None:
    """Each is another one, of that size, that can be written and read again."""
    programs = [nth_program(size, number) for number in range(count_programs(size))]
    assert len(programs) == len(set(programs))
    assert {size} >= {program.size for program in programs}
    assert programs == [parse(program.name) for program in programs]
    with pytest.raises(IndexError):
        nth_program(size, len(programs))


def test_the_programs_are_all_that_can_be_written() -> None:
    """Every sequence of four words of which each is possible after those before it."""
    words = {word for n in range(count_calls(4)) for word in nth_calls(4, n)}
    written = []
    for calls in itertools.product(sorted(words), repeat=4):
        try:
            written.append(parse(f"hunt:{'.'.join(calls)}:").calls)
        except ValueError:
            continue
    assert sorted(written) == sorted(nth_calls(4, number) for number in range(count_calls(4)))


def test_a_ta_that_nobody_invokes_is_not_varied() -> None:
    """Whatever it would ask, it is the same system."""
    programs = [nth_program(6, number) for number in range(count_programs(6))]
    asking = [program for program in programs if program.asks]
    assert all(any("invoke" in call for call in program.calls) for program in asking)
    assert {True, False} == {program.persists for program in asking}
    assert {0, 1, 2} == {len(program.asks) for program in programs}


def test_the_systems_of_a_size_are_all_tried_in_an_order_that_a_seed_changes() -> None:
    """The same seed, the same order."""
    whole = list(Space().systems(7))
    assert len(whole) == Space().count(7) == len(set(whole)) == 250
    assert {7} == {system.size for system in whole}
    orders = [list(Space().systems(7, seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert all({*order} == {*whole} for order in orders)
    assert whole != orders[0]


def test_of_a_size_with_too_many_systems_some_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the seed has it, and no one twice."""
    monkeypatch.setattr("ocallkit.judging.hunting.systems.ALL", 50)
    some = list(Space().systems(8, 3))
    assert 50 == len({*some})
    assert some != list(Space().systems(8, 4))
    assert {8} == {system.size for system in some}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0], [1], ()), "clients: a whole number from 1 to 8, not 0"),
        (([1], [65], ()), "threads: a whole number from 1 to 64, not 65"),
        (([1], [1], ("kil",)), "no fault is called 'kil'. Did you mean 'kill'?"),
    ],
)
def test_a_space_of_what_makes_no_system_is_an_error(
    arguments: tuple[list[int], list[int], tuple[str, ...]], words: str
) -> None:
    """Before anything is judged."""
    with pytest.raises(ValueError, match=re.escape(words)):
        space(*arguments)


# --- what is found ---------------------------------------------------------------------------


@pytest.mark.parametrize("design", DESIGNS)
def test_the_smallest_system_that_breaks_a_design_is_found(design: str) -> None:
    """By itself, and what it breaks is so."""
    search = Hunt(design)
    caught = search.first()
    assert caught is not None
    tried = search.tried
    assert SMALLEST[design] == (caught.system.program.name, tried.size, tried.systems)
    assert tried.size - 1 == tried.complete
    assert (1, 1) == (caught.system.clients, caught.system.threads)
    again = judge(caught.system.program.name, design, threads=1)
    assert caught.verdict.broken == again.broken != ()


def test_all_eight_designs_are_hunted() -> None:
    """A new one says what breaks it."""
    assert set(DESIGNS) == set(SMALLEST)


@pytest.mark.parametrize("design", ["held-refs-pre-release", "held-refs-ocall-fd"])
def test_with_a_thread_left_nothing_small_breaks_the_good_designs(design: str) -> None:
    """Every system of one client and two threads up to size 8."""
    search = Hunt(design, Space((1,), (2,)), size=8)
    assert search.first() is None
    assert (True, 219) == (search.is_complete, search.tried.systems)


def test_only_what_is_asked_for_counts() -> None:
    """A leak without a deadlock is another, larger system."""
    caught = Hunt("ecall-bare", Space((1,), (2,)), properties=["no-shm-leak"]).first()
    other = Hunt("two-lists", properties=["no-use-after-free"]).first()
    assert caught is not None
    assert other is not None
    assert "no-shm-leak" in caught.verdict.broken
    assert f"{BEGIN}.invoke:buffer" == other.system.program.name


class Waits(HeldRefsPreRelease):
    """A design of a reader's own that is broken: it cancels nothing."""

    name = "waits"
    pre_release = EcallBare.pre_release


def test_a_readers_own_design_can_be_hunted() -> None:
    """From Python, where there is one."""
    caught = Hunt(Waits).first()
    assert caught is not None
    assert TEMPORARY == caught.system.program.name


# --- where it stops --------------------------------------------------------------------------


def test_time_that_is_over_ends_it() -> None:
    """It says so, and up to which size everything was tried."""
    search = Hunt("held-refs-pre-release", Space((1,), (2,)), seconds=0.2)
    assert search.first() is None
    assert "the limit of 0.2 seconds" == search.stopped_by
    assert search.is_complete
    assert 2 <= search.tried.complete < 30


def test_a_size_that_was_not_reached_is_not_complete() -> None:
    """What was asked for was not done."""
    search = Hunt("held-refs-pre-release", Space((1,), (2,)), seconds=0.2, size=30)
    assert search.first() is None
    assert not search.is_complete


def test_systems_with_too_many_states_leave_it_open() -> None:
    """They are counted, and the size is not complete."""
    search = Hunt("held-refs-pre-release", Space((1,), (2,)), states=2, size=6)
    assert search.first() is None
    assert search.tried.unfinished > 0
    assert not search.is_complete
    assert "systems that were not judged to their end" == search.stopped_by


def test_what_the_model_has_no_meaning_for_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hunt does not end there, and does not say that it holds."""

    def refuses(system: SmallSystem, *_others: object) -> Verdict:
        return judge(system.program.scenario, Refuses)

    monkeypatch.setattr(hunting, "judge_in", refuses)
    for size, seconds in ((5, 60.0), (None, 0.2)):
        search = Hunt("ecall", size=size, seconds=seconds)
        assert search.first() is None
        assert search.tried.refused > 0
        assert not search.is_complete


class Refuses(HeldRefsPreRelease):
    """A design whose step fails."""

    def pre_release(self, client: Client) -> Iterator[Step]:
        """It does."""
        yield fails, client


def fails(_world: object, _client: object) -> None:
    """A step that raises."""
    raise ZeroDivisionError


def test_an_interrupt_ends_it_with_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that comes between two systems, and one that comes within one."""

    def interrupted(system: SmallSystem, design: str, limits: Limits, *_asked: object) -> Verdict:
        if len(system.program.calls) > 2:
            raise KeyboardInterrupt
        return judge_in(system, design, limits)

    monkeypatch.setattr(hunting, "judge_in", interrupted)
    search = Hunt("held-refs-pre-release")
    assert search.first() is None
    assert ("an interrupt", False) == (search.stopped_by, search.is_complete)
    assert 0 < search.tried.systems < 60


def test_progress_is_reported_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what was done so far."""
    monkeypatch.setattr(hunting, "REPORT_EVERY", 0)
    told: list[Tried] = []
    Hunt("ecall", report=told.append).first()
    assert [tried.systems for tried in told] == sorted(tried.systems for tried in told)
    assert 6 == told[-1].size


def test_what_counts_may_be_asked_on_request_or_be_a_readers_own() -> None:
    """And what is shown is of that, though something else takes fewer steps."""
    asked = Hunt("ecall", properties=["nothing-left-in-a-living-ca"], size=3)
    assert asked.first() is None
    assert asked.is_complete

    def nobody_is_killed(state: State[World]) -> bool:
        return all(one.state != "killed" for one in state.world.processes.values())

    caught = Hunt("hardened", properties=[nobody_is_killed]).first()
    assert caught is not None
    assert ("hunt:context:", 3) == (caught.system.program.name, caught.system.size)
    assert ("nobody-is-killed",) == caught.verdict.broken
    search = Hunt("ecall-bare", properties=["no-context-leak"])
    found = search.first()
    assert found is not None
    assert "The shortest way to no-context-leak:" in in_words(search, found)
    assert "no-context-leak" != shortest(found.verdict).property


def test_what_is_shown_is_the_shortest_of_all_that_breaks() -> None:
    """Of a design that breaks in several ways."""
    verdict = judge(f"{BEGIN}.register-a.invoke:buffer", "two-lists", threads=1)
    steps = [one.steps for one in verdict.violations]
    assert min(steps) == shortest(verdict).steps < max(steps)


# --- the command -----------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of the command."""
    status = main(["hunt", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_the_command_shows_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    """The program in words, what breaks, the steps, who waits, and two ways to see it again."""
    status, out, err = said(capsys, "held-refs-pre-release")
    assert (1, "") == (status, err)
    assert out.startswith("held-refs-pre-release breaks in a system of size 7. Tried: 231 systems")
    for words in (
        "CA       opens a context, opens a session, registers a, invokes with nothing",
        "TA       asks with a value",
        "It breaks no-deadlock (19 steps), ",
        "exit of CA A waits for secure thread 0 (A): every secure thread is taken",
        "   16  A:kill\n   17  A:close(a)\n",
    ):
        assert words in out
    (line,) = re.findall(r"ocallkit show --replay (\S+)", out)
    assert "no-deadlock" in judge(line.partition("/")[0], threads=1).broken
    assert replay(line).schedule[-3] == "A:close(a)"
    (code,) = re.findall(r"judge_in\((.*), 'held-refs-pre-release'\)", out)
    pasted = eval(code, {"SmallSystem": SmallSystem, "Program": Program})  # noqa: S307
    assert SmallSystem(parse(SPARE)) == pasted


def test_the_command_says_what_it_tried_where_it_found_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """How many systems, and up to which size."""
    options = ("--clients", "1", "--threads", "2", "--size", "6")
    status, out, _ = said(capsys, "held-refs-ocall-fd", *options)
    assert 0 == status
    assert (
        "held-refs-ocall-fd breaks in none of the systems that were tried. Tried: 14 systems"
        " (clients: 1, threads: 2), all up to size 6.\n" == out
    )


def test_the_command_ends_with_3_where_the_size_was_not_reached(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And says what stopped it."""
    options = ("--threads", "2", "--clients", "1", "--size", "30", "--seconds", "0.2")
    status, out, _ = said(capsys, "held-refs-ocall-fd", *options)
    assert 3 == status
    assert "Stopped by the limit of 0.2 seconds." in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ecal",), "no design is called 'ecal'. Did you mean 'ecall'?"),
        (("ecall", "--breaks", "no-leak"), "no property is called 'no-leak'."),
        (("ecall", "--fault", "kil"), "no fault is called 'kil'."),
        (("ecall", "--seconds", "0"), "seconds: a number above 0, not 0.0"),
        (("ecall", "--limit", "0"), "limit: a whole number from 1"),
        (("ecall", "--clients", "9"), "clients: a whole number from 1 to 8, not 9"),
    ],
)
def test_bad_usage_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    """What is wrong, and what there is."""
    status, out, err = said(capsys, *arguments)
    assert (2, "", 1) == (status, out, err.count("\n"))
    assert words in err


def test_the_command_tells_programs_from_json(capsys: pytest.CaptureFixture[str]) -> None:
    """What was found is the verdict as `check` prints it, with its program."""
    status, out, _ = said(capsys, "two-lists", "--json", "--breaks", "no-use-after-free")
    found = json.loads(out)
    caught = found["found"]
    assert (1, "two-lists", False) == (status, found["design"], found["holds"])
    assert ["context", "session", "invoke"] == caught["ca"]
    assert (["buffer"], False) == (caught["ta"], caught["persists"])
    assert "no-use-after-free" in {v["property"] for v in caught["verdict"]["violations"]}
    status, out, _ = said(capsys, "two-lists", "--json", "--size", "5", "--no-faults")
    nothing = json.loads(out)
    assert (0, True, None, True, 5) == (
        status,
        nothing["holds"],
        nothing["found"],
        nothing["complete"],
        nothing["complete_up_to_size"],
    )


def test_the_faults_are_those_that_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a kill nobody's files are closed for him."""
    options = ("--no-faults", "--fault", "handler-error", "--size", "7", "--json")
    assert 0 == said(capsys, "ecall", *options)[0]
    assert FAULTS == Hunt("ecall").space.faults
