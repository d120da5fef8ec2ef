"""Whether all checkers say the same of every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.peers.cells import PROPERTIES, many

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from benchmarks.peers.cells import Answer, Batch, Cell


SHOWN = 12
"""How many disputed cells of a batch are shown."""


class Compared(NamedTuple):
    """A batch that every checker was asked for: `answers` by the checker's name."""

    batch: Batch
    answers: Mapping[str, Answer]

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The checkers that did not try everything."""
        return tuple(name for name, answer in self.answers.items() if answer.stopped_by)

    @property
    def finished(self) -> dict[str, Answer]:
        """The answers that can be compared."""
        return {name: one for name, one in self.answers.items() if not one.stopped_by}

    @property
    def disputed(self) -> tuple[Cell, ...]:
        """The cells of which two checkers say different things."""
        return tuple(
            cell
            for cell in self.batch.cells
            if len({answer.broken[cell] for answer in self.finished.values()}) > 1
        )

    @property
    def agreed(self) -> bool:
        """Whether every checker has finished, and none contradicts another."""
        return not self.unfinished and not self.disputed


def report(compared: Collection[Compared]) -> str:
    """One line for each batch; below it the cells that are in dispute, with what each says."""
    lines = []
    for one in compared:
        times = ", ".join(f"{name} {shown(answer)}" for name, answer in one.answers.items())
        cells = len(one.batch.cells)
        agreed = cells - len(one.disputed) if len(one.finished) > 1 else 0
        lines.append(f"{one.batch.size}: {agreed} of {many(cells, 'cell')} agreed ({times})")
        lines += [f"  {one.batch.size}: {name} did not finish" for name in one.unfinished]
        for cell in one.disputed[:SHOWN]:
            lines.append(f"  DISPUTED: {cell}")
            for name, answer in one.finished.items():
                lines.append(f"    {name}: {properties(answer.broken[cell])}")
        if len(one.disputed) > SHOWN:
            lines.append(f"  and {many(len(one.disputed) - SHOWN, 'cell')} more")
    return "\n".join(lines)


def properties(broken: Collection[str]) -> str:
    """What a cell breaks, in the order in which properties are reported.

    >>> properties(["no-mobj-leak", "no-deadlock"]), properties([])
    ('breaks no-deadlock, no-mobj-leak', 'holds')
    """
    return f"breaks {', '.join(n for n in PROPERTIES if n in broken)}" if broken else "holds"


def shown(answer: Answer) -> str:
    """How long an answer took.

    >>> from benchmarks.peers.cells import Answer
    >>> shown(Answer({}, 1.25)), shown(Answer({}, 60.0, "60 s"))
    ('1.2 s', 'stopped by 60 s')
    """
    return f"stopped by {answer.stopped_by}" if answer.stopped_by else f"{answer.seconds:.1f} s"
