"""What several claims ask of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.claims.claim import Outcome

if TYPE_CHECKING:
    from ocallkit.claims.claim import Check
    from ocallkit.claims.explored import Explored


def never(*names: str) -> Check:
    """None of these properties and facts breaks anywhere in the cell."""

    def check(cell: Explored) -> Outcome:
        broken = next(filter(cell.breaks, names), "")
        return Outcome(not broken, broken)

    return check


def somewhere(name: str) -> Check:
    """There is a way in the cell to break this property or fact; the shortest one shows it."""

    def check(cell: Explored) -> Outcome:
        return Outcome(cell.breaks(name), name if cell.breaks(name) else "")

    return check


def where_seen(sight: str, check: Check) -> Check:
    """The check, in cells in which something was seen of `sight`."""

    def asked(cell: Explored) -> Outcome | None:
        return check(cell) if cell.seen(sight) else None

    return asked


def sound(cell: Explored) -> Outcome:
    """Every property holds in the cell."""
    broken = next(iter(cell.broken), "")
    return Outcome(not broken, broken)
