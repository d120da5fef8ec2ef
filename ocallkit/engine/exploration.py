"""What an exploration is told, and what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ocallkit.brief import brief

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

Way = tuple[int, str, str]
"""One move on a path: the task, its step's function, the option that was chosen."""


INTERRUPT = "an interrupt"
"""What an exploration is stopped by where somebody wants no more of it."""


class Reductions(NamedTuple):
    """What the explorer may leave out because it changes no verdict; every one is a switch.

    What each relies on stands at the head of `explore`.
    """

    local: bool = True
    """A step that concerns no other owner does not interleave with the others' steps."""
    symmetry: bool = True
    """States that differ only in which of several equal owners is which are one."""
    memory: bool = True
    """A step is taken once for each thing that it can depend on."""


class Limits(NamedTuple):
    """Where an exploration gives up, and says so."""

    states: int | None = None
    """States that are kept."""
    seconds: float | None = None
    """Time that it takes; looked at now and then, as the two below."""
    depth: int | None = None
    """Steps from the start beyond which nothing is looked at."""
    megabytes: int | None = None
    """Memory of the whole process, in MiB; if not given, a share of what the machine has free."""


class Progress(NamedTuple):
    """How far an exploration is: states kept, moves tried, steps from the start, seconds."""

    states: int
    transitions: int
    depth: int
    seconds: float


class Found(NamedTuple):
    """A check that a state breaks, and the moves that lead there from the start."""

    check: str
    path: tuple[Way, ...]

    def __repr__(self) -> str:
        return brief(self, f"{self.check}, {len(self.path)} steps")


class Exploration(NamedTuple):
    """What an exploration came to.

    `finished` says that everything was tried; if not, `stopped_by` says why.  `states` are those
    kept, `transitions` the moves that were tried between them, `depth` the steps of the longest of
    the shortest paths, `ends` the states in which nothing can happen any more, or nothing but a
    fault that is waited for.  `observed` has for each observation the values that were seen;
    `seconds` is the time it took.  `alike` says that every owner does the same as every other under
    its name, `in_pools` that they meet in pools only, as `meetings` has it.  `kinds` has for each
    step what it reads and writes: how, whose, what kind of record; `taken` are the options taken,
    `learned` is how many different steps there were.
    """

    found: tuple[Found, ...]
    finished: bool
    states: int
    transitions: int
    depth: int
    ends: int
    observed: Mapping[str, frozenset[Hashable]]
    seconds: float
    stopped_by: str
    alike: bool
    in_pools: bool
    kinds: Mapping[str, tuple[tuple[str, str, str], ...]]
    taken: frozenset[str]
    learned: int

    def __repr__(self) -> str:
        return brief(self, f"{self.states} states, {self.transitions} transitions")


ALL_REDUCTIONS = Reductions()
NO_REDUCTIONS = Reductions(local=False, symmetry=False, memory=False)
LIMITS = Limits()
