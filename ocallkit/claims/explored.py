"""One cell tried out: which properties and facts break in it, how, and what was seen."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.claims.facts import ALWAYS_FACTS, END_FACTS, SIGHTS
from ocallkit.claims.facts_of_calls import END_FACTS_OF_CALLS, FACTS_OF_CALLS, SIGHTS_OF_CALLS
from ocallkit.engine import State, System
from ocallkit.engine.exploration import LIMITS, Limits
from ocallkit.engine.explore import explore as explore_all
from ocallkit.engine.looks import Looks
from ocallkit.judging.path import follow
from ocallkit.judging.tokens import token
from ocallkit.judging.verdict import Violation
from ocallkit.model.calls import Done
from ocallkit.model.wait_queue import wq_sleep
from ocallkit.properties import ALWAYS, AT_END, EVERY, of_the_queue

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from ocallkit.engine.exploration import Exploration, Found
    from ocallkit.engine.looks import Observe
    from ocallkit.judging.path import Run
    from ocallkit.judging.verdict import Question
    from ocallkit.model.world import World
    from ocallkit.properties import Property


_LIMITS: ContextVar[Limits] = ContextVar("limits", default=LIMITS)


@contextmanager
def within(limits: Limits) -> Iterator[None]:
    """Give up where a cell that is tried out meanwhile goes beyond `limits`."""
    before = _LIMITS.set(limits)
    try:
        yield
    finally:
        _LIMITS.reset(before)


class Explored:
    """What trying every possibility of a cell came to; it is tried when somebody asks for that.

    Raises RuntimeError then where it is too much to try: a claim is never judged by half a cell.
    """

    def __init__(self, question: Question) -> None:
        self.question = question

    @cached_property
    def _exploration(self) -> Exploration:
        question = self.question
        queue = of_the_queue(dict(question.set_to), question.faults)
        always = {**ALWAYS, **ALWAYS_FACTS, **FACTS_OF_CALLS}
        at_end = {**AT_END, **queue, **END_FACTS, **END_FACTS_OF_CALLS}
        sights = {**SIGHTS, **SIGHTS_OF_CALLS}
        return explore(question.system(), always, at_end, sights=sights)

    @cached_property
    def _found(self) -> dict[str, Found]:
        return {found.check: found for found in self._exploration.found}

    def breaks(self, name: str) -> bool:
        """Whether a property or a fact of that name is broken somewhere."""
        return name in self._found

    @property
    def broken(self) -> tuple[str, ...]:
        """The properties that break, the shortest way first; facts are not asked."""
        found = [name for name in EVERY if name in self._found]
        return tuple(sorted(found, key=lambda name: len(self._found[name].path)))

    @property
    def size(self) -> tuple[int, int]:
        """How many states there are, and how many ways between them."""
        return self._exploration.states, self._exploration.transitions

    @cached_property
    def course(self) -> Run:
        """The Run in which nothing goes wrong."""
        return course(self.question)

    def seen(self, sight: str) -> frozenset[Hashable]:
        """Everything that was seen of a sight."""
        return self._exploration.observed[sight]

    def example(self, name: str) -> Run:
        """The Run that breaks a property on a shortest way; one that breaks a fact goes on."""
        shown = Violation(self.question, self._found[name]).run
        if name in EVERY:
            return shown
        # A fact is passed by; only properties are a reason to stop there.
        return follow(shown.system, shown.scenario, shown.design, shown.schedule)

    def token(self, name: str) -> str:
        """The line that names that Run."""
        return token(self.example(name))


@cache
def course(question: Question) -> Run:
    """The Run of a cell in which nothing goes wrong."""
    return follow(question.system(log=True), question.scenario_name, question.design_name)


@cache
def explored(question: Question) -> Explored:
    """A cell, tried out once for all claims."""
    return Explored(question)


def explore(
    system: System[World],
    always: Mapping[str, Property],
    at_end: Mapping[str, Property],
    *,
    sights: Mapping[str, Observe] | None = None,
) -> Exploration:
    """Try everything that can follow the start of `system`."""
    looks = Looks(each=always, at_end=at_end, notes=sights or {})
    exploration = explore_all(system, looks, limits=_LIMITS.get())
    if not exploration.finished:
        raise RuntimeError(f"a cell is too large to be tried out: {exploration.stopped_by}")
    return exploration


def from_there(question: Question, run: Run) -> System[World]:
    """The system of a cell, begun where it has done what a Run of fewer clients did."""
    system = question.system()
    state = follow(system, run.scenario, run.design, run.schedule, goes_on=False).state
    return System(system.tasks, state)


def without_waiting(run: Run) -> System[World]:
    """The system of a Run, begun at its end as if the calls that wait in secure world were over."""
    system, state = run.system, run.state
    nodes = tuple(
        node.after(None).after(Done()) if not node.done and node.step[0] is wq_sleep else node
        for node in state.nodes
    )
    world = state.world.copy()
    world.log = None
    for thread in world.threads.all():
        kind, _, name = thread.waits.partition(" ")
        if kind == "MOBJ":
            world.put(replace(world.mobjs[name], refs=0))
    return System(system.tasks, State(world, nodes))
