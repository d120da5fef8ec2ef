"""What makes each decision of `hardened` necessary: which check fails where it is taken back.

Taken back means: decided as `two-lists` does.  `search` finds for each decision the first cell in
which something breaks then, and `needed()` reads what a search has found; its Runs are replayed.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.designs import Hardened, TwoLists
from ocallkit.errors import find
from ocallkit.findings.finding import said_of
from ocallkit.findings.healing import EVERY_FAULT, NEEDS, Cell, differing, up_to, with_decisions
from ocallkit.findings.search import under
from ocallkit.findings.tried import judged
from ocallkit.judging.notation import read
from ocallkit.judging.tokens import replay
from ocallkit.scenarios import ADVERSARIES, LARGER, SCENARIOS
from ocallkit.scenarios.call_queue import QUEUED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ocallkit.designs import EcallBare
    from ocallkit.judging.path import Run

RECORD: Final = Path(__file__).parent / "needed.txt"

LEFT_OUT: Final = ("scmi-agent", "scmi-agent-dies", *(one.name for one in ADVERSARIES))
"""Scenarios in which every design breaks, and those that take longest."""


class _Found(NamedTuple):
    """A line of the record."""

    decision: str
    breaks: str
    line: str


class Needed(_Found):
    """A decision of `hardened`, the property that breaks without it, and the token of a Run."""

    __slots__ = ()

    @property
    def taken(self) -> tuple[str, ...]:
        """What is taken back: the decision, and those that mean nothing without it."""
        return taken(self.decision)

    @property
    def design(self) -> type[EcallBare]:
        """`hardened` without it."""
        return without(self.decision)

    @property
    def text(self) -> str:
        """What `hardened` decides."""
        return said_of(Hardened, self.decision).words

    @property
    def instead(self) -> str:
        """What `two-lists` decides."""
        return said_of(TwoLists, self.decision).words

    @property
    def token(self) -> str:
        """The line that replays the Run, to where it breaks."""
        return up_to(self.line, self.breaks)

    @property
    def scenario(self) -> str:
        """Where it breaks."""
        return read(self.line).scenario

    @property
    def run(self) -> Run:
        """How it breaks."""
        return replay(self.token, self.design)

    @property
    def cell(self) -> Cell:
        """The check that fails: with every fault, so that `hardened` has to stand all of them."""
        return Cell(self.scenario, read(self.line).threads, None, EVERY_FAULT)

    def is_broken(self) -> bool:
        """Whether the Run breaks its property where the decision is taken back."""
        return self.run.breaks == self.breaks


def taken(decision: str) -> tuple[str, ...]:
    """What is taken back with a decision.

    >>> taken("wakes"), taken("flush")
    (('wakes', 'waits', 'killed'), ('flush',))
    """
    return (decision, *(name for name, asks in NEEDS.items() if asks == decision))


def without(decision: str) -> type[EcallBare]:
    """`hardened`, with one decision taken as `two-lists` takes it.

    >>> without("charged").name
    'hardened, charged of two-lists'

    Raises UnknownNameError for a name that is none of the decisions in which the two differ.
    """
    names = differing(Hardened, TwoLists)
    find("decision", decision, dict.fromkeys(names))
    return with_decisions(Hardened, TwoLists, taken(decision))


def cells() -> Iterator[Cell]:
    """Where it is looked for a check that fails, in this order: what takes long comes last."""
    queued = [one.name for one in QUEUED]
    names = [name for name in (*SCENARIOS, *LARGER) if name not in {*LEFT_OUT, *queued}]
    for some in (names, queued):
        yield from (Cell(name, threads) for name in some for threads in (2, 1, 3))
        yield from (Cell(name, 2, None, EVERY_FAULT) for name in some)


def search(
    among: Iterable[Cell] | None = None, report: Callable[[str], None] | None = None
) -> list[Needed]:
    """For each decision the first cell in which something breaks without it.

    Raises LookupError for a decision without which nothing breaks in any of them.
    """
    found = []
    where = tuple(cells() if among is None else among)
    for name in differing(Hardened, TwoLists):
        found.append(first(name, where))
        if report is not None:
            report(as_line(found[-1]))
    return found


def first(decision: str, among: Iterable[Cell]) -> Needed:
    """The first of some cells in which something breaks without a decision, and how.

    Of several ways that of the fewest decisions is taken.
    """
    for cell in among:
        tokens = judged(cell, without(decision)).tokens
        if tokens:
            broken = min(tokens, key=lambda name: tokens[name].count(","))
            return Needed(decision, broken, under(tokens[broken], Hardened))
    raise LookupError(f"hardened without {decision} breaks nothing in any of the cells")


def as_line(one: Needed) -> str:
    """A line of the record.

    >>> as_line(Needed("referenced", "no-use-after-free", "flow-2/hardened/t2/c1/"))
    'referenced no-use-after-free flow-2/hardened/t2/c1/'
    """
    return f"{one.decision} {one.breaks} {one.line}"


def of_line(line: str) -> Needed:
    """Read what `as_line` wrote."""
    return Needed(*line.split(" ", 2))


def as_text(found: Iterable[Needed]) -> str:
    """The whole record."""
    return "".join(f"{as_line(one)}\n" for one in found)


class _All:
    """What was found, read once."""

    @cached_property
    def by_name(self) -> dict[str, Needed]:
        lines = RECORD.read_text(encoding="utf-8").splitlines()
        return {one.decision: one for one in map(of_line, lines)}


_ALL: Final = _All()


def needed(decision: str) -> Needed:
    """What breaks without a decision of `hardened`.

    Raises UnknownNameError for a name that is none of the decisions in which it differs from
    `two-lists`.
    """
    return find("decision", decision, _ALL.by_name)


def every() -> tuple[Needed, ...]:
    """The decisions in which `hardened` differs from `two-lists`, each with what breaks without."""
    return tuple(_ALL.by_name.values())
