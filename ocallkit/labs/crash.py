"""A CA that is killed at a moment of one's choice, and what it leaves behind.

The run in which nothing goes wrong is the reader's line of time: its messages, and the gaps
between them.  A kill in a gap takes effect where the kernel can carry it out, which is in user
mode; from there on the exit closes the CA's files in an order of one's choice.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from ocallkit.brief import brief
from ocallkit.engine import State
from ocallkit.errors import UsageError
from ocallkit.judging.assembly import NUM_THREADS, build, find_design, find_scenario
from ocallkit.judging.path import MOST_STEPS, Run, Step, record
from ocallkit.judging.verdict import judge
from ocallkit.labs.outcome import Outcome, outcome
from ocallkit.model.events import Span
from ocallkit.model.files import short
from ocallkit.view.places import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocallkit.designs import EcallBare
    from ocallkit.engine import Move, System
    from ocallkit.model.world import World
    from ocallkit.scenarios import Scenario

KILL: Final = "kill"

AT_ONCE: Final = "The CA is in user mode: it dies at once."
TOO_LATE: Final = "The CA does not come back to user mode any more: it has nothing left to do."


class Crash(msgspec.Struct, frozen=True):
    """What is decided: at which of its moments the CA dies, and what follows.

    `moment` numbers the moments at which it can die; None lets it live.  `order` names files in
    the order of closing: one that is not open is passed over, one that is not named comes last.
    `then` is what the TA does where it has a choice.
    """

    moment: int | None = None
    order: tuple[str, ...] = ()
    then: str = ""


class Gap(msgspec.Struct, frozen=True):
    """A gap between two rows of the picture, and what a kill in it comes to.

    It lies after `row`; the CA dies after the row `dies_after`, at its moment `moment`, which is
    None where it is too late.  In a gap that `waits` the CA is in the kernel.  Of the gaps in which
    it dies at once one for each moment `has_cross`: there are as many as there are moments.
    """

    row: int
    dies_after: int
    moment: int | None
    waits: bool
    words: str
    has_cross: bool = False


class Situation:
    """One scenario under one design: where its CA can die, and what comes of it.

    >>> lab = Situation("flow-1-memref", "ecall")
    >>> lab.outcome(lab.find()).word
    'deadlock'

    Raises UnknownNameError for a name that is not known.
    """

    def __init__(
        self,
        scenario: str | Scenario = "flow-1-memref",
        design: str | type[EcallBare] = "ecall",
        threads: int = NUM_THREADS,
    ) -> None:
        self.scenario = find_scenario(scenario)
        self.design = type(find_design(design))
        self.threads = threads

    @cached_property
    def life(self) -> Run:
        """The run in which nobody dies."""
        return self.run(Crash())

    @cached_property
    def moments(self) -> tuple[int, ...]:
        """The steps (from 0) of its life in which the CA can die instead of going on."""
        return tuple(_offers(self.life))

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The gap after each row of its life's picture."""
        steps = [place.step - 1 for place in places(self.life).rows]
        found = [self._gap(row, steps) for row in range(len(steps))]
        first: dict[int | None, Gap] = {}
        for gap in found:
            if gap.moment is not None and not gap.waits:
                first.setdefault(gap.moment, gap)
        # It dies with the message that brings it back: what it does then it does no more.
        return tuple(
            replace(gap, has_cross=True)
            if first.get(gap.moment) is gap
            else replace(gap, dies_after=first[gap.moment].row)
            if gap.moment in first
            else gap
            for gap in found
        )

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """What the TA may do where it has a choice, whenever the CA dies; empty if it has none."""
        crashes = (Crash(moment) for moment in range(len(self.moments)))
        found = (name for crash in crashes for name in _choices(self.run(crash)))
        return tuple(dict.fromkeys(found))

    def files(self, moment: int | None) -> tuple[str, ...]:
        """What the CA has open when it dies, in the order of opening; of one that lives nothing."""
        if moment is None:
            return ()
        run = self.run(Crash(moment))
        dead = next(step for step in run.steps if step.name.endswith(f":{KILL}"))
        return tuple(map(short, dead.world.processes[dead.client].files))

    def run(self, crash: Crash) -> Run:
        """The run with these decisions.

        Raises ValueError for a moment that the CA does not have.
        """
        system = build(self.scenario, self.design, threads=self.threads, faults=(KILL,), log=True)
        moves = list(islice(_moves(system, crash), MOST_STEPS))
        if crash.moment is not None and not any(move.option == KILL for move in moves):
            last = len(self.moments) - 1
            raise UsageError(f"moment: the CA can die at 0 to {last}, not at {crash.moment}")
        return record(system, self.scenario.name, self.design.name, moves)

    def outcome(self, crash: Crash) -> Outcome:
        """How the run with these decisions ends."""
        return outcome(self.run(crash))

    def find(self) -> Crash | None:
        """The decisions of the shortest bad ending; None if every ending is a good one."""
        verdict = judge(self.scenario, self.design, threads=self.threads, faults=(KILL,))
        if verdict.holds:
            return None
        return decisions(min(verdict.violations, key=lambda one: one.steps).run)

    def _gap(self, row: int, steps: Sequence[int]) -> Gap:
        moment = next((n for n, step in enumerate(self.moments) if step >= steps[row]), None)
        if moment is None:
            return Gap(row, row, None, waits=False, words=TOO_LATE)
        dies = self.moments[moment]
        if dies == steps[row] or row + 1 == len(steps) or dies < steps[row + 1]:
            return Gap(row, row, moment, waits=False, words=AT_ONCE)
        # A step in which the CA can die begins with the message that brings it back, if any.
        after = next((n for n, step in enumerate(steps) if step == dies), None)
        if after is None:
            after = max(n for n, step in enumerate(steps) if step < dies)
        return Gap(row, after, moment, waits=True, words=self._where(steps[row]))

    def _where(self, step: int) -> str:
        """In which system call the CA is after a step of its life."""
        called = "close"
        for event in (event for done in self.life.steps[: step + 1] for event in done.events):
            if isinstance(event, Span) and event.kind == "ioctl":
                called = event.name if event.begins else "close"
        return f"The CA is in the kernel ({called}): the kill waits until it is back in user mode."

    def __repr__(self) -> str:
        return brief(self, f"{self.scenario.name}, {self.design.name}")


def decisions(run: Run) -> Crash:
    """The decisions that make a run, as far as they are a crash's.

    >>> lab = Situation("flow-1-memref", "ocall-fd")
    >>> decisions(lab.run(Crash(3, ("request", "memref"))))
    Crash(moment=3, order=('request', 'memref', 'context'), then='')
    """
    names = [step.name.partition(":")[2] for step in run.steps]
    moment = None
    if KILL in names:
        moment = sum(1 for step in _offers(run) if step < names.index(KILL))
    closed = tuple(name[len("close(") : -1] for name in names if name.startswith("close("))
    chosen = (name for step, name in zip(run.steps, names, strict=True) if _is_choice(step))
    return Crash(moment, closed, next(chosen, ""))


def _moves(system: System[World], crash: Crash) -> Iterator[Move[World]]:
    """The moves that follow the decisions, and take their course in between."""
    state, offers = system.start, 0
    while moves := tuple(system.moves(state)):
        by_name = {move.option: move for move in moves}
        move = next((move for move in moves if not move.fault), None)
        if KILL in by_name:
            if offers == crash.moment:
                move = by_name[KILL]
            offers += 1
        wanted = (*(f"close({file})" for file in crash.order), crash.then)
        move = next((by_name[name] for name in wanted if name in by_name), move)
        if move is None:
            return
        yield move
        state = move.state


def _before(run: Run) -> Iterator[State[World]]:
    """The state before each step of a run."""
    yield run.system.start
    for step in run.steps[:-1]:
        yield State(step.world, step.nodes, run.system.tasks)


def _offers(run: Run) -> Iterator[int]:
    """The steps of a run in which its CA can die, whether it does or not."""
    for number, state in enumerate(_before(run)):
        if any(move.option == KILL for move in run.system.moves(state)):
            yield number


def _is_choice(step: Step) -> bool:
    """Whether a TA went one of several ways in a step."""
    return step.function.startswith("smc_") and not step.name.endswith(step.function)


def _choices(run: Run) -> Iterator[str]:
    """Every way that a TA could have gone in a run."""
    for step, state in zip(run.steps, _before(run), strict=True):
        if _is_choice(step):
            yield from (move.option for move in run.system.moves(state))
