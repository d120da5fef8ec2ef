"""One cell tried out: which properties and facts break in it, how, and what was seen."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.claims.facts import ALWAYS_FACTS, END_FACTS, SIGHTS
from ocallkit.engine import State, System
from ocallkit.engine.explore import explore as explore_all
from ocallkit.engine.looks import Looks
from ocallkit.model.calls import Done
from ocallkit.model.wait_queue import wq_sleep
from ocallkit.path import follow
from ocallkit.properties import ALWAYS, AT_END, EVERY, of_the_queue
from ocallkit.replay import token
from ocallkit.verdict import Violation

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from ocallkit.engine.looks import Observe
    from ocallkit.engine.results import Exploration
    from ocallkit.model.world import World
    from ocallkit.path import Run
    from ocallkit.properties import Property
    from ocallkit.verdict import Question


class Explored:
    """What trying every possibility of a cell came to."""

    def __init__(self, question: Question, exploration: Exploration) -> None:
        self.question = question
        self._exploration = exploration
        self._found = {found.check: found for found in exploration.found}

    def breaks(self, name: str) -> bool:
        """Whether a property or a fact of that name is broken somewhere."""
        return name in self._found

    @property
    def broken(self) -> tuple[str, ...]:
        """The properties that break, the shortest way first; facts are not asked."""
        found = [name for name in EVERY if name in self._found]
        return tuple(sorted(found, key=lambda name: len(self._found[name].path)))

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
def explored(question: Question) -> Explored:
    """Try everything that can happen in a cell, once for all claims.

    Raises RuntimeError where that is too much to try: a claim is never judged by half a cell.
    """
    at_end = AT_END | of_the_queue(dict(question.set_to), question.faults) | END_FACTS
    exploration = explore(question.system(), {**ALWAYS, **ALWAYS_FACTS}, at_end, sights=SIGHTS)
    return Explored(question, exploration)


def explore(
    system: System[World],
    always: Mapping[str, Property],
    at_end: Mapping[str, Property],
    *,
    sights: Mapping[str, Observe] | None = None,
) -> Exploration:
    """Try everything that can follow the start of `system`."""
    looks = Looks(each=always, at_end=at_end, notes=sights or {})
    exploration = explore_all(system, looks)
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
