"""A process that is killed at a moment of one's choice, and what it leaves behind.

The run in which nothing goes wrong is the reader's line of time: its messages, and the gaps
between them.  A kill in a gap takes effect where the kernel can carry it out, which is in user
mode; from there on the exit closes the files of the dead in an order of one's choice.

Where several could go on, the first of them does.  A bad ending that comes about by other turns
than these is shown by those: they are then the line of time.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.brief import brief
from ocallkit.engine.world import part_of
from ocallkit.errors import UsageError
from ocallkit.judging.assembly import NUM_THREADS, build, find_design, find_scenario, how_many
from ocallkit.judging.path import Run, record
from ocallkit.judging.verdict import Verdict, judge
from ocallkit.labs.course import choices, closed, is_choice, moves
from ocallkit.labs.gaps import Gap, gaps
from ocallkit.labs.moments import KILL, Moment, moments, progress
from ocallkit.labs.outcome import Outcome, outcome
from ocallkit.model.files import short
from ocallkit.scenarios import ADVERSARIES, KernelClient
from ocallkit.view.window import messages_in, window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ocallkit.designs import EcallBare
    from ocallkit.engine import Move, System
    from ocallkit.model.world import World
    from ocallkit.scenarios import Scenario

MANY_ACTS: Final = tuple(one for one in ADVERSARIES if one.name != "two-value-ocalls")
"""The scenarios whose CA does any of many acts."""


class Crash(msgspec.Struct, frozen=True):
    """What is decided: at which of its moments somebody dies, and what follows.

    `moment` numbers the moments at which `who` can die, who is the first that can if nothing is
    said; None lets everybody live.  `order` names files in the order of closing: one that is not
    open is passed over, one that is not named comes last.  `then` is which way things go where they
    can go several.

    `turns` are the steps up to the death, where they are not those of the undisturbed run, and
    `way` those from the death on, where they are to be these and no others.
    """

    moment: int | None = None
    order: tuple[str, ...] = ()
    then: str = ""
    who: str = ""
    turns: tuple[str, ...] = ()
    way: tuple[str, ...] = ()


class Situation:
    """One scenario under one design: where somebody can die, and what comes of it.

    `who` dies, the first that can if nothing is said; `turns` are the steps with which its line of
    time begins, `then` is which way things go on it.

    >>> lab = Situation("flow-1-memref", "ecall")
    >>> lab.outcome(lab.find()).word
    'deadlock'
    >>> Situation("shared-instance").mortals
    ('A', 'B')

    Raises UnknownNameError for a name that is not known, UsageError for a scenario that is not one
    of kills, or in which that one cannot be killed.
    """

    def __init__(  # noqa: PLR0917 - what is tried, and who dies in it
        self,
        scenario: str | Scenario = "flow-1-memref",
        design: str | type[EcallBare] = "ecall",
        threads: int = NUM_THREADS,
        clients: int | None = None,
        who: str = "",
        then: str = "",
        turns: tuple[str, ...] = (),
    ) -> None:
        self.scenario = find_scenario(scenario)
        self.design = type(find_design(design))
        self.threads = threads
        self.clients = how_many(self.scenario, clients)
        self.then = then
        self.turns = turns
        if why := unfit(self.scenario):
            raise UsageError(f"{self.scenario.name}: {why}")
        if who and who not in self.mortals:
            can = ", ".join(self.mortals)
            raise UsageError(f"who: in {self.scenario.name} {can} can be killed, not {who!r}")
        self.who = who or self.mortals[0]

    def along(self, turns: tuple[str, ...], who: str = "") -> Situation:
        """The same, on a line of time that begins with these steps."""
        if (turns, who or self.who) == (self.turns, self.who):
            return self
        asked = self.scenario, self.design, self.threads, self.clients
        return Situation(*asked, who or self.who, self.then, turns)

    @cached_property
    def life(self) -> Run:
        """The run in which nobody dies."""
        system = self._system()
        return self._record(system, moves(system, self.turns, "", (self.then,)), None)

    @cached_property
    def _moments(self) -> Mapping[str, tuple[Moment, ...]]:
        return moments(self.life)

    @property
    def mortals(self) -> tuple[str, ...]:
        """Who can die."""
        return tuple(self._moments)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The moments of its life at which `who` can die."""
        return self._moments[self.who]

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The gap after each row of its life's picture."""
        return gaps(self.life, self.who, self.moments)

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """The ways that things can go, whenever somebody dies; empty if there is only one."""
        crashes = (Crash(moment) for moment in range(len(self.moments)))
        runs = (self.life, *map(self.run, crashes))
        return tuple(dict.fromkeys(name for run in runs for name in choices(run)))

    def files(self, moment: int | None) -> tuple[str, ...]:
        """What the dead have open when they die, in the order of opening; of the living nothing."""
        if moment is None:
            return ()
        run = self.run(Crash(moment))
        dead = next(step for step in run.steps if step.name.endswith(f":{KILL}"))
        held = [short(file) for file in dead.world.processes[self.who].files if file]
        # A thread that is on its way out may open what it closes, or close what is open.
        return tuple(dict.fromkeys((*held, *closed(run, self.who))))

    def like(self, other: Situation, moment: int) -> int | None:
        """The moment at which all programs are as far as at that of another design, if any is.

        While others are in the kernel there may be several; then it is the one of the same number,
        or the last.
        """
        theirs = [progress(other.life, one.step) for one in other.moments]
        mine = [progress(self.life, one.step) for one in self.moments]
        found = [number for number, far in enumerate(mine) if far == theirs[moment]]
        place = theirs[:moment].count(theirs[moment])
        return found[min(place, len(found) - 1)] if found else None

    def run(self, crash: Crash) -> Run:
        """The run with these decisions.

        Raises ValueError for a moment that `who` does not have.
        """
        here = self.along(crash.turns or self.turns, crash.who)
        if crash.then and crash.then != here.then:
            here = Situation(
                here.scenario,
                here.design,
                here.threads,
                here.clients,
                here.who,
                crash.then,
                here.turns,
            )
        if crash.moment is None:
            return here.life
        if not 0 <= crash.moment < len(here.moments):
            last = len(here.moments) - 1
            raise UsageError(f"moment: {here.who} can die at 0 to {last}, not at {crash.moment}")
        at = here.moments[crash.moment]
        system = here._system()
        taken = (*here.life.schedule[: at.step], *(crash.way or (at.dies,)))
        moved = moves(system, taken, here.who, (*crash.order, here.then))
        return here._record(system, moved, here.life)

    def outcome(self, crash: Crash) -> Outcome:
        """How the run with these decisions ends."""
        return outcome(self.run(crash))

    @cached_property
    def verdict(self) -> Verdict:
        """What comes of every possible death, at whatever moment and in whatever turns."""
        asked = self.scenario, self.design
        return judge(*asked, threads=self.threads, clients=self.clients, faults=(KILL,))

    def find(self) -> Crash | None:
        """The decisions of the shortest bad ending; None if none was found.

        Whether there is none then is what `verdict` says.
        """
        if not self.verdict.violations:
            return None
        found = min(self.verdict.violations, key=lambda one: one.steps).run
        dead = [n for n, name in enumerate(found.schedule) if name.endswith(f":{KILL}")]
        own = Situation(self.scenario, self.design, self.threads, self.clients)
        if dead:
            crash = decisions(found)
            if _begins(own, crash, found):
                return crash
        at = dead[0] if dead else len(found.schedule)
        there = own.along(found.schedule[:at])
        if not dead:
            return Crash(turns=found.schedule)
        who = part_of(found.steps[at].client)
        there = there.along(there.turns, who)
        moment = next(n for n, one in enumerate(there.moments) if one.step == at)
        order = closed(found, who)
        return Crash(moment, order, "", who, found.schedule[:at], found.schedule[at:])

    def _system(self) -> System[World]:
        return build(
            self.scenario,
            self.design,
            threads=self.threads,
            clients=self.clients,
            faults=(KILL,),
            log=True,
        )

    def _record(self, system: System[World], moved: Iterator[Move[World]], life: Run | None) -> Run:
        """The run, whose messages are counted as those of a life are."""
        made = record(system, self.scenario.name, self.design.name, moved)
        events = (life or made).events
        made.before = messages_in(events[: window(events)[0]])
        return made

    def __repr__(self) -> str:
        return brief(self, f"{self.scenario.name}, {self.design.name}")


def unfit(scenario: Scenario) -> str:
    """Why a scenario is none for the lab, if it is none.

    >>> from ocallkit.scenarios import ALL
    >>> unfit(ALL["kernel-client"])
    'nobody in it can be killed: its only client is in the kernel'
    """
    if scenario in MANY_ACTS:
        return "its CA does any of many acts, and the lab follows one program: judge() tries all"
    if scenario.supplicant is None and all(isinstance(c, KernelClient) for c in scenario.clients):
        return "nobody in it can be killed: its only client is in the kernel"
    return ""


def decisions(run: Run) -> Crash:
    """The decisions that make a run, as far as they are a crash's.

    >>> lab = Situation("flow-1-memref", "ocall-fd")
    >>> decisions(lab.run(Crash(3, ("request", "memref"))))
    Crash(moment=3, order=('request', 'memref', 'context'), then='', who='', turns=(), way=())
    """
    chosen = (s.name.partition(":")[2] for s in run.steps if is_choice(s))
    dead = next((step for step in run.steps if step.name.endswith(f":{KILL}")), None)
    if dead is None:
        return Crash(then=next(chosen, ""))
    who = part_of(dead.client)
    moment = sum(one.step < dead.index for one in moments(run)[who])
    several = len({part_of(task) for task in run.clients}) > 1
    return Crash(moment, closed(run, who), next(chosen, ""), who if several else "")


def _begins(here: Situation, crash: Crash, found: Run) -> bool:
    """Whether decisions on the lab's own line of time make a run that begins with one found."""
    there = here.along((), crash.who)
    if crash.moment is None or crash.moment >= len(there.moments):
        return False
    return here.run(crash).schedule[: len(found.steps)] == found.schedule
