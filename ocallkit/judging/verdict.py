"""A design judged in a scenario: every possibility tried, each kind of bad end as a Run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ocallkit.brief import brief
from ocallkit.designs import DEFAULT, EcallBare
from ocallkit.engine.exploration import (
    ALL_REDUCTIONS,
    INTERRUPT,
    LIMITS,
    Exploration,
    Found,
    Limits,
    Progress,
    Reductions,
)
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from ocallkit.engine.system import GO
from ocallkit.errors import OcallkitError, find
from ocallkit.judging.assembly import (
    ANY,
    NUM_THREADS,
    build,
    find_design,
    find_scenario,
    how_many,
    names_of,
)
from ocallkit.judging.notation import claiming, read
from ocallkit.judging.own_properties import own_properties
from ocallkit.judging.path import Run, follow
from ocallkit.judging.schema import Bounds, Broken, Record
from ocallkit.judging.specs import given, property_name
from ocallkit.judging.tokens import token
from ocallkit.judging.views import views
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.properties import (
    ALWAYS,
    AT_END,
    CAN_FINISH,
    EVERY,
    NAMES,
    ON_REQUEST,
    of_the_queue,
    waits_for_client,
)
from ocallkit.properties.reached import NEVER as NEVER_REACHED
from ocallkit.properties.reached import SIGHTS, reached
from ocallkit.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ocallkit.engine import System
    from ocallkit.engine.exploration import Way
    from ocallkit.engine.looks import Observe
    from ocallkit.model.world import World


WAITS = "waits for a client"
"""The observation that collects whom everybody waits for where nothing but a kill can go on."""


UNTRIED = {("exit-order", "linux"): "orders of closing other than Linux's"}
"""What a verdict says nothing about where a switch is set so."""


class NotBrokenError(OcallkitError, LookupError):
    """It is asked how a property breaks that does not: says which do."""


class Question(msgspec.Struct, frozen=True):
    """What is judged: which scenario under which design, how large, what may go wrong.

    The fields are the arguments of `build`, and which properties are asked besides: `also` has the
    names of some that are asked on request, `properties` a reader's own.
    """

    scenario: str | Scenario
    design: str | type[EcallBare] = DEFAULT
    threads: int = NUM_THREADS
    clients: int = 1
    rounds: int = 1
    faults: tuple[str, ...] = FAULTS
    driver_memory_charges_context: bool = False
    switches: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    properties: tuple[Callable[..., object], ...] = ()

    @property
    def set_to(self) -> tuple[tuple[str, str], ...]:
        """Where the system is not the usual one: by the scenario, or because it was asked for."""
        scenario = dict(find_scenario(self.scenario).switches)
        return tuple(sorted((scenario | dict(self.switches)).items()))

    @property
    def scenario_name(self) -> str:
        """What the scenario is called."""
        return find_scenario(self.scenario).name

    @property
    def design_name(self) -> str:
        """What the design is called."""
        return find_design(self.design).name

    def system(self, *, log: bool = False) -> System[World]:
        """The system that is judged; with `log` its steps write down what happens."""
        asked = msgspec.structs.asdict(self) | {"switches": dict(self.switches)}
        del asked["also"], asked["properties"]
        return build(**asked, log=log)


class Violation:
    """A property that does not hold, and the shortest way to where it breaks."""

    def __init__(self, question: Question, found: Found) -> None:
        self.property = found.check
        self._question = question
        self._path = found.path

    def __repr__(self) -> str:
        return brief(self, f"{self.property}, {self.steps} steps")

    @property
    def steps(self) -> int:
        """How many steps it takes."""
        return len(self.way)

    @property
    def way(self) -> tuple[Way, ...]:
        """The moves that lead there, of which none is too many."""
        return self._path

    @cached_property
    def run(self) -> Run:
        """The Run that leads there."""
        q, system = self._question, self._question.system(log=True)
        names = [
            f"{system.tasks[task]}:{step if option == GO else option}"
            for task, step, option in self.way
        ]
        return follow(
            system, q.scenario_name, q.design_name, names, goes_on=False, breaks=self.property
        )


class Verdict:
    """Whether every property holds, and if not, how each of them breaks."""

    def __init__(
        self, question: Question, exploration: Exploration, limits: Limits = LIMITS
    ) -> None:
        self.question = question
        self.exploration = exploration
        self.limits = limits
        found = {one.check: Violation(question, one) for one in exploration.found}
        self._own = tuple(map(property_name, question.properties))
        self.violations = tuple(found[name] for name in (*EVERY, *self._own) if name in found)

    @property
    def finished(self) -> bool:
        """Whether every possibility was tried."""
        return self.exploration.finished

    @property
    def asked(self) -> tuple[str, ...]:
        """The properties that were asked, in the order in which they are reported."""
        q = self.question
        return (*NAMES, *of_the_queue(dict(q.set_to), q.faults), *q.also, *self._own)

    @property
    def not_asked(self) -> tuple[str, ...]:
        """The properties that were not: of them the verdict says nothing."""
        return tuple(name for name in EVERY if name not in self.asked)

    @property
    def never_seen_to_fail(self) -> tuple[str, ...]:
        """A reader's own properties that hold here, and for which nothing was given that fails."""
        given = zip(self._own, self.question.properties, strict=True)
        unshown = (name for name, check in given if not hasattr(check, "fails_on"))
        return tuple(name for name in unshown if name not in self.broken)

    @property
    def interrupted(self) -> bool:
        """Whether somebody wanted no more of it."""
        return self.exploration.stopped_by == INTERRUPT

    @property
    def holds(self) -> bool | None:
        """Whether every property holds; nothing where that is not known.

        It is not where the exploration was not finished, or came never to what the scenario is
        about.
        """
        if self.violations:
            return False
        return True if self.finished and not self.empty else None

    @cached_property
    def reached(self) -> dict[str, bool]:
        """What was seen on the way, each with whether it was."""
        e = self.exploration
        return reached(e.observed, e.taken, self.question.faults)

    @property
    def empty(self) -> str:
        """What the scenario is about and was never reached, in words; else nothing."""
        point = find_scenario(self.question.scenario).point
        return "" if self.reached[point] else NEVER_REACHED[point]

    @property
    def for_any_number(self) -> bool:
        """Whether the verdict is about any number of clients, as `engine.apart` argues.

        It is where all do alike and meet in the pool of secure threads only, and as many were tried
        as can hold those threads, and one more; where there are several programs, of each.  A
        property of a reader's own may lay one client beside another, so with one it is not.
        """
        q, e = self.question, self.exploration
        if q.properties:
            return False
        fewest = q.clients // len(find_scenario(q.scenario).clients)
        return self.finished and e.alike and e.in_pools and fewest > q.threads

    def violation(self, name: str) -> Violation:
        """How the property of that name breaks; raises NotBrokenError if it does not."""
        for one in self.violations:
            if one.property == name:
                return one
        raise NotBrokenError(f"{name} is not violated here; violated: {self.broken or 'nothing'}")

    @property
    def broken(self) -> tuple[str, ...]:
        """The names of the properties that do not hold."""
        return tuple(one.property for one in self.violations)

    @property
    def summary(self) -> str:
        """The verdict in one sentence, without time or rate."""
        q, e = self.question, self.exploration
        size = f"{_many(q.threads, 'secure thread')}, {_many(q.clients, 'client')}"
        size = ", ".join([size, *(f"{name}: {value}" for name, value in q.switches)])
        counts = f"{e.states} states, {e.transitions} transitions, depth {e.depth}"
        waits = f"; waits for a client: {', '.join(self.waits)}" if self.waits else ""
        return f"{q.design_name} in {q.scenario_name} ({size}): {self.outcome}{waits}; {counts}"

    @property
    def outcome(self) -> str:
        """What is so, in words."""
        never = f"; never seen to fail: {', '.join(self.never_seen_to_fail)}"
        return self._outcome + (never if self.never_seen_to_fail else "")

    @property
    def _outcome(self) -> str:
        stopped = f"not finished ({self.exploration.stopped_by})"
        if self.violations:
            found = f"violates {', '.join(self.broken)}"
            return found if self.finished else f"{found}; {stopped}"
        if not self.finished:
            return f"{stopped}, no violation so far"
        if self.empty:
            return f"says nothing: {self.empty}"
        return "holds for any number of clients" if self.for_any_number else "holds"

    @property
    def waits(self) -> tuple[str, ...]:
        """Whose answer everybody waits for in some state; no violation, since a kill ends it."""
        return tuple(sorted(map(str, self.exploration.observed.get(WAITS, ()))))

    @property
    def unexplored(self) -> str:
        """What this verdict says nothing about, in a sentence."""
        return f"Not explored: {'; '.join(self.not_explored)}."

    @property
    def not_explored(self) -> tuple[str, ...]:
        """Each thing that this verdict says nothing about."""
        q, e = self.question, self.exploration
        off = [fault for fault in (*FAULTS, *MORE_FAULTS) if fault not in q.faults]
        parts = [] if self.for_any_number else [f"more than {_many(q.clients, 'client')}"]
        parts.append(f"more than {_many(q.rounds, 'round')}")
        if off:
            parts.append(f"the faults {', '.join(off)}")
        parts += [UNTRIED[one] for one in q.set_to if one in UNTRIED]
        of_queue = [n for n in of_the_queue(dict(q.set_to), MORE_FAULTS) if n in self.not_asked]
        if of_queue:
            parts.append(f"the properties {', '.join(of_queue)}")
        if not self.finished:
            parts.insert(0, f"what lies beyond {e.stopped_by} ({e.states} states were reached)")
        return tuple(parts)

    def __repr__(self) -> str:
        return self.summary

    def _repr_mimebundle_(self, **_asked: object) -> dict[str, str]:
        return views().verdict_bundle(self)

    @cached_property
    def tokens(self) -> dict[str, str]:
        """For each property that breaks the line that replays how; one run may break several."""
        lines: dict[str, str] = {}
        known: dict[tuple[Way, ...], str] = {}
        for one in self.violations:
            line = known.get(one.way)
            # A line that ends where a property breaks is that property's own.
            if line is None or read(line).claims:
                line = known[one.way] = token(one.run)
            lines[one.property] = line
        return lines

    @cached_property
    def record(self) -> Record:
        """All of it as plain values, which cross to another process and are printed as JSON."""
        q, e = self.question, self.exploration
        return Record(
            scenario=q.scenario_name,
            design=q.design_name,
            threads=q.threads,
            clients=q.clients,
            rounds=q.rounds,
            faults=tuple(f for f in (*FAULTS, *MORE_FAULTS) if f in q.faults),
            switches=dict(q.set_to),
            limits=Bounds(*self.limits),
            finished=self.finished,
            stopped_by=e.stopped_by,
            holds=self.holds,
            any_number_of_clients=self.for_any_number,
            reached=self.reached,
            empty=self.empty,
            not_asked=self.not_asked,
            never_seen_to_fail=self.never_seen_to_fail,
            violations=tuple(self._broken(one) for one in self.violations),
            waits_for=self.waits,
            not_explored=self.not_explored,
            states=e.states,
            transitions=e.transitions,
            depth=e.depth,
            seconds=round(e.seconds, 3),
        )

    def _broken(self, one: Violation) -> Broken:
        line = claiming(self.tokens[one.property], [one.property])
        return Broken(one.property, one.steps, line)

    def as_json(self) -> dict[str, Any]:
        """The `record` as JSON has it; `judging.schema` says what each key means.

        >>> judge("flow-1").as_json()["holds"]
        True
        """
        found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self.record))
        return found


def _many(number: int, what: str) -> str:
    """A number of things, in words.

    >>> _many(1, "client"), _many(2, "client")
    ('1 client', '2 clients')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def judge(
    scenario: str | Scenario,
    design: str | type[EcallBare] = DEFAULT,
    *,
    threads: int = NUM_THREADS,
    clients: int | Literal["any"] | None = None,
    rounds: int = 1,
    faults: Collection[str] = FAULTS,
    driver_memory_charges_context: bool = False,
    switches: Mapping[str, str] | None = None,
    also: Collection[str] = (),
    properties: Collection[Callable[..., object]] = (),
    reductions: Reductions = ALL_REDUCTIONS,
    limits: Limits = LIMITS,
    observe: Mapping[str, Observe] | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Verdict:
    """Try everything that can happen in `scenario` under `design`; gives the `Verdict`.

    `scenario` and `design` are names, or a reader's own.  `threads` is the number of secure
    threads, `clients` of processes (as many as the scenario has programs, if nothing is said),
    `rounds` of invocations of each.  With ``"any"`` there is one client more than threads: the
    verdict is about any number of them, where they meet in the pool of secure threads only.
    `faults` is what may go wrong; `()` for nothing.  `driver_memory_charges_context` counts the
    driver's argument memory on the context of the client that calls, `switches` are those of
    `build`, `also` the properties that are asked on request.  `properties` are a reader's own, each
    a function of a state, asked of every one (or `at_end`); so nothing is left out then, and it
    takes longer.  `own_properties` says how each is shown to fail on something.  `reductions`
    are what the explorer may leave out, `limits` where it gives up, which the verdict says.
    `observe` collects what states show, `report` is told how far it is.

    >>> judge("flow-1", "ecall-bare").holds
    True
    >>> judge("flow-1", "ecall", clients="any").outcome
    'holds for any number of clients'
    >>> verdict = judge("flow-1-memref", "ecall")
    >>> verdict.broken[0], verdict.violation("no-deadlock").run.schedule[-1]
    ('no-deadlock', 'A:wq_sleeps')

    Raises UnknownNameError for a name that is not known, ValueError for a number that makes no
    system, ProgramError for a CA or a TA that is not a program, PropertyError for a property that
    is none.
    """
    charges = driver_memory_charges_context
    # Read once: a file that is read again makes another class.
    scenario, design = given("scenario", scenario), given("design", design)
    what = find_scenario(scenario)
    enough = (threads + 1) * len(what.clients)
    many = enough if clients == ANY else how_many(what, clients)
    set_to = tuple(sorted((switches or {}).items()))
    size = (threads, many, rounds)
    own = own_properties(properties)
    checks = tuple(properties)
    faults, also = names_of("faults", faults), names_of("also", also)
    question = Question(scenario, design, *size, faults, charges, set_to, also, checks)
    asked = {name: find("property", name, ON_REQUEST) for name in also}
    system = question.system()
    looks = Looks(
        each=ALWAYS | asked,
        notes=SIGHTS,
        always={one.name: one.check for one in own if not one.at_end},
        observe=observe or {},
        at_end=AT_END
        | {one.name: one.check for one in own if one.at_end}
        | of_the_queue(system.start.world.config.switches, question.faults),
        at_rest={WAITS: waits_for_client},
        finish=CAN_FINISH,
    )
    exploration = explore(system, looks, reductions=reductions, limits=limits, report=report)
    return Verdict(question, exploration, limits)
