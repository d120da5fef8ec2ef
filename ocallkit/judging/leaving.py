"""The token of each way in which a run can be left, without a run being made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ocallkit.judging.branching import states, with_every_fault
from ocallkit.judging.path import step_name
from ocallkit.judging.tokens import course_of, heading, name_of, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocallkit.engine import Move
    from ocallkit.judging.path import Run
    from ocallkit.model.world import World


class _Way(NamedTuple):
    """Something that can happen at a moment, and what a token calls it."""

    move: Move[World]
    name: str


class _Taken(NamedTuple):
    """What a run does at a moment; `bends` is whether that is against its course."""

    task: int
    name: str
    bends: bool


class Leaving:
    """Knows what can happen at each moment of a run, whatever may go wrong.

    >>> from ocallkit.judging.path import run
    >>> leaving = Leaving(run("flow-1"))
    >>> [leaving.token(1, move) for move in leaving.moves(1) if move.option == "kill"]
    ['flow-1/ecall/t2/c1/A:kill@return']
    """

    def __init__(self, run: Run) -> None:
        system = run.system
        self.run = run
        self.states = states(run)
        self.clients = system.tasks
        self.heading = heading(run)
        self.ways = [
            [_Way(move, name_of(system, state, move)) for move in system.moves(state)]
            for state in map(with_every_fault, self.states)
        ]
        self.taken = [
            next(
                _Taken(way.move.task, way.name, way.move is not course_of(self._moves(at, way)))
                for way in self.ways[at]
                if step_name(system, way.move) == step.name
            )
            for at, step in enumerate(run.steps)
        ]

    def _moves(self, at: int, way: _Way) -> list[Move[World]]:
        return [one.move for one in self.ways[at] if one.move.task == way.move.task]

    def moves(self, at: int) -> Iterator[Move[World]]:
        """What can happen at a moment."""
        return (way.move for way in self.ways[at])

    def name(self, at: int, move: Move[World]) -> str:
        """What a token calls it."""
        return next(way.name for way in self.ways[at] if way.move is move)

    def token(self, at: int, move: Move[World]) -> str:
        """The token of the run that goes on with `move` at a moment, and then takes its course."""
        last, taken = self.name(at, move), self.taken[:at]
        short = (self._turning(at, move.task), self._turning(at, move.task, last))
        ways = ([*(one.name for one in told), last] for told in short)
        every = [*(one.name for one in taken), last]
        return written(
            self.heading, next((one for one in ways if self._leads(at, one, move)), every)
        )

    def _turning(self, at: int, task: int, last: str = "") -> list[_Taken]:
        """The decisions against the course, and each behind which somebody else goes on.

        With `last` also each in whose place that could have happened already.
        """
        return [
            one
            for one, then, ways in zip(
                self.taken[:at], [*self.taken[1:at], None], self.ways, strict=False
            )
            if one.bends
            or one.task != (then.task if then else task)
            or last in [way.name for way in ways]
        ]

    def _leads(self, at: int, decisions: Sequence[str], move: Move[World]) -> bool:
        """Whether `decisions`, carried out, do as the run up to a moment, and then `move`."""
        done = 0
        for place in range(at + 1):
            wanted = decisions[done] if done < len(decisions) else ""
            way = self._next(place, wanted)
            if way is None:
                return False
            done += way.name == wanted
            if place == at:
                return way.move is move and done == len(decisions)
            if (way.move.task, way.name) != self.taken[place][:2]:
                return False
        return False

    def _next(self, at: int, wanted: str) -> _Way | None:
        """What a token's next decision comes to at a moment, as when it is carried out."""
        for task, client in enumerate(self.clients):
            if wanted and not wanted.startswith(f"{client}:"):
                continue
            ways = [way for way in self.ways[at] if way.move.task == task]
            for way in ways:
                if wanted and way.name == wanted:
                    return way
            course = course_of([way.move for way in ways])
            if course is not None:
                return next(way for way in ways if way.move is course)
        return None
