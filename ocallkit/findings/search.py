"""Look for everything that breaks under a design, and for what would have prevented each.

A cell can break in several ways, of which a verdict shows the shortest.  So what cures that one is
taken over, and the cell is judged again, until nothing breaks or nothing that is known would help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from ocallkit.findings.healing import (
    EVERY_FAULT,
    Cell,
    cures,
    differing,
    heals,
    sets_of,
    up_to,
    with_decisions,
)
from ocallkit.findings.tried import LIMITS, heals_cell
from ocallkit.judging.notation import TokenError, read
from ocallkit.judging.tokens import replay
from ocallkit.scenarios import LARGER, SCENARIOS, THREE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ocallkit.designs import EcallBare
    from ocallkit.engine.exploration import Limits
    from ocallkit.judging.verdict import Verdict

QUICK: Final = 20_000
"""How many transitions a cell has at most that is judged again for each decision."""


class Broken(NamedTuple):
    """A Run that breaks a property, and the smallest set of decisions that would prevent it.

    `line` is its token, `breaks` the property.  With no decisions none was found.
    """

    line: str
    breaks: str
    decisions: tuple[str, ...]

    @property
    def length(self) -> int:
        """How many decisions it takes."""
        return len(read(self.line).decisions)


def cells() -> tuple[Cell, ...]:
    """Every scenario with one to three secure threads, two processes, and with every fault.

    Adversaries take long: they are tried with two secure threads.
    """
    plain = [name for name in (*SCENARIOS, *LARGER) if "adversar" not in name]
    return (
        *(Cell(name, threads) for name in plain for threads in (2, 1, 3)),
        *(Cell(name, 2, 2) for name in SCENARIOS),
        *(Cell(name, 2, None, EVERY_FAULT) for name in plain),
        Cell(THREE.name, 2, None, ()),
        *(Cell(name, 2) for name in LARGER if "adversar" in name),
    )


def search(
    design: type[EcallBare],
    other: type[EcallBare],
    among: Sequence[Cell],
    *,
    limits: Limits = LIMITS,
    report: Callable[[str], None] | None = None,
) -> list[Broken]:
    """Every way to break that was found in those cells, with what `other` decides to prevent it."""
    found = []
    for cell in among:
        new = list(broken_in(cell, design, other, limits))
        found += new
        if report is not None:
            report(f"{cell}: {', '.join('+'.join(one.decisions) or '?' for one in new) or 'holds'}")
    return found


def broken_in(
    cell: Cell, design: type[EcallBare], other: type[EcallBare], limits: Limits
) -> Iterator[Broken]:
    """What breaks in a cell; each time with what was found before cured."""
    cured = design
    while True:
        verdict = cell.judged(cured, limits)
        found: list[tuple[str, ...]] = []
        for violation in verdict.violations:
            line, name = verdict.tokens[violation.property], violation.property
            known = (one for one in found if heals(line, name, with_decisions(cured, other, one)))
            decisions = (
                next(known, ())
                or cures(line, name, cured, other)
                or cures_of_cell(cell, verdict, name, cured, other, found)
            )
            if decisions and decisions not in found:
                found.append(decisions)
            one = Broken(under(line, design), name, decisions)
            if is_broken(one, design):
                yield one
        if not found:
            return
        # The smallest first: what it heals besides is not to be laid to the larger one's charge.
        cured = with_decisions(cured, other, min(found, key=len))


def cures_of_cell(  # noqa: PLR0917
    cell: Cell,
    verdict: Verdict,
    broken: str,
    design: type[EcallBare],
    other: type[EcallBare],
    found: list[tuple[str, ...]],
) -> tuple[str, ...]:
    """The one cause whose cure heals the whole cell, where a Run cannot be taken again.

    Only for cells that are judged in a moment; first what was `found` there already.
    """
    if verdict.exploration.transitions > QUICK:
        return ()
    for chosen in (*found, *sets_of(differing(design, other), 1)):
        if heals_cell(cell, broken, with_decisions(design, other, chosen), verdict.broken):
            return chosen
    return ()


def under(line: str, design: type[EcallBare]) -> str:
    """The token with that design's name in it."""
    return str(msgspec.structs.replace(read(line), design=design.name))


def is_broken(one: Broken, design: type[EcallBare]) -> bool:
    """Whether a Run breaks its property under the design as it is, with nothing cured."""
    try:
        return bool(replay(up_to(one.line, one.breaks), design).breaks)
    except TokenError:
        return False
