"""A finding: one cause of what breaks, its shortest Run, where it lies and what would cure it.

Its words are those of the decisions: what the design says of them is what its code does, what the
other design says is the cure.
"""

from __future__ import annotations

import inspect
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ocallkit.brief import brief
from ocallkit.claims.happens import HAPPENS
from ocallkit.designs.decisions import DECISIONS
from ocallkit.findings.healing import NEEDS, cures, heals, up_to, with_decisions
from ocallkit.findings.tried import cell_of, heals_cell, judged
from ocallkit.judging.notation import read
from ocallkit.judging.tokens import replay

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.designs import EcallBare
    from ocallkit.findings.search import Broken
    from ocallkit.judging.path import Run


class Said(NamedTuple):
    """What a design says of one of its decisions, and the code that it models."""

    words: str
    source: str


def said_of(design: type[EcallBare], decision: str) -> Said:
    """The first sentence of a decision, and its source if it names one.

    >>> from ocallkit.designs import Posted
    >>> said_of(Posted, "cancels").source
    'call.c, cancel_ocall().'
    """
    found = inspect.getattr_static(design, decision)
    about = inspect.getdoc(found if inspect.isfunction(found) else type(found)) or ""
    words, _, source = about.partition("Source:")
    first = words.strip().split("\n\n")[0]
    return Said(" ".join(first.split()), " ".join(source.split()))


class Finding:
    """What breaks under a design for one reason, which a few decisions of another would remove.

    `ways` are all Runs that were found, `example` is the shortest; `decisions` are the cure.
    """

    def __init__(
        self,
        number: int,
        decisions: tuple[str, ...],
        ways: tuple[Broken, ...],
        design: type[EcallBare],
        other: type[EcallBare],
    ) -> None:
        self.id = f"F{number:02}"
        self.decisions = decisions
        self.ways = ways
        self.design = design
        self.other = other

    @property
    def name(self) -> str:
        """The decisions that it is about."""
        return ", ".join(name for name in self.decisions if name not in NEEDS.values())

    @cached_property
    def example(self) -> Broken:
        """The shortest way to it: the fewest decisions, then the shortest line."""
        return min(self.ways, key=lambda one: (one.length, len(one.line), one.line))

    @property
    def token(self) -> str:
        """The line that replays the example, to where it breaks."""
        return up_to(self.example.line, self.example.breaks)

    @cached_property
    def run(self) -> Run:
        """The example."""
        return replay(self.token, self.design)

    @property
    def breaks(self) -> tuple[str, ...]:
        """Every property that it breaks somewhere."""
        found = {one.breaks for one in self.ways}
        return tuple(name for name in HAPPENS if name in found)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """In which scenarios it was met, in the order in which they were tried."""
        return tuple(dict.fromkeys(read(one.line).scenario for one in self.ways))

    @property
    def text(self) -> str:
        """What the code does, and what comes of it, in one sentence for each decision."""
        return " ".join(self._said(self.design, "words"))

    @property
    def happens(self) -> str:
        """What comes of it in the example."""
        return HAPPENS[self.example.breaks]

    @property
    def function(self) -> str:
        """Where in the C code it lies."""
        return " ".join(dict.fromkeys(self._said(self.design, "source")))

    @property
    def cure(self) -> str:
        """What the other design decides instead."""
        return " ".join(self._said(self.other, "words"))

    def _said(self, design: type[EcallBare], part: str) -> list[str]:
        about = (name for name in self.decisions if name not in NEEDS.values())
        return [str(getattr(said_of(design, name), part)) for name in about]

    @property
    def reason(self) -> str:
        """What is so: what comes of it, and where."""
        return f"In {self.example.line.partition('/')[0]} {self.happens}."

    # --- whether it is so ---

    def is_broken(self) -> bool:
        """Whether the example breaks what it is said to break."""
        return self.run.breaks == self.example.breaks

    def is_healed(self) -> bool:
        """Whether it would not, with the decisions of the cure."""
        return self.run_is_healed() or self.cell_is_healed()

    def run_is_healed(self) -> bool:
        """Whether its Run, taken again with the cure, breaks nothing.

        Where the same decisions fit no longer, nobody knows what would have happened.
        """
        return heals(self.example.line, self.example.breaks, self._cured)

    def cell_is_healed(self) -> bool:
        """Whether its scenario, judged anew with the cure, breaks nothing new: it can take long."""
        cell = cell_of(self.example.line)
        was = judged(cell, self.design).broken
        return heals_cell(cell, self.example.breaks, self._cured, was)

    @property
    def _cured(self) -> type[EcallBare]:
        return with_decisions(self.design, self.other, self.decisions)

    def cured_by(self) -> tuple[str, ...]:
        """The smallest set of decisions that heals the example, looked for anew."""
        return cures(self.example.line, self.example.breaks, self.design, self.other)

    def __repr__(self) -> str:
        return brief(self, f"{self.id}, {self.name}")


def by_cause(
    found: Iterable[Broken], design: type[EcallBare], other: type[EcallBare]
) -> tuple[Finding, ...]:
    """One finding for each set of decisions; first what a single one cures, in their order.

    What takes two causes together, each of which is a finding, is none of its own.
    """
    ways: dict[tuple[str, ...], dict[str, Broken]] = {}
    for one in found:
        if one.decisions:
            ways.setdefault(one.decisions, {}).setdefault(f"{one.line} {one.breaks}", one)
    single = [names for names in ways if not is_joint(names, ways)]
    causes = sorted(single, key=lambda names: (len(names), [DECISIONS.index(n) for n in names]))
    return tuple(
        Finding(number, names, tuple(ways[names].values()), design, other)
        for number, names in enumerate(causes, 1)
    )


def is_joint(names: tuple[str, ...], every: Iterable[tuple[str, ...]]) -> bool:
    """Whether a set is made of smaller ones that are causes by themselves."""
    smaller = [{*one} for one in every if {*one} < {*names}]
    return set().union(*smaller) == {*names}


def unexplained(found: Iterable[Broken]) -> tuple[Broken, ...]:
    """What breaks, and no decision of the other design would prevent: it is nobody's finding."""
    return tuple(dict.fromkeys(one for one in found if not one.decisions))
