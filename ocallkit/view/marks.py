"""A shape for each verdict, so that none is told by its colour alone."""

from __future__ import annotations

from typing import Final

from ocallkit.view.palette import VERDICTS

SIZE: Final = 12
"""How wide and how high a mark is, in pixels."""

SHAPES: Final = {
    # A tick.
    "holds": "M1 7L5 11L11 1",
    # A drop.
    "leak": "M6 1C8 5 9.5 6.5 9.5 8A3.5 3.5 0 0 1 2.5 8C2.5 6.5 4 5 6 1z",
    # Two that stand in each other's way.
    "deadlock": "M1 2L5 6L1 10zM11 2L7 6L11 10z",
    # A cross.
    "use-after-free": "M1 1L11 11M11 1L1 11",
    # A bolt.
    "broken": "M8 0L3 7H9L4 12",
    # A circle: nothing in it.
    "empty": "M6 2A4 4 0 1 0 6 10A4 4 0 1 0 6 2z",
    # A bar: no answer.
    "unfinished": "M1 6H11",
}
"""For each verdict the lines of its mark, in a square of 12 pixels."""

CLAIMS: Final = {
    "holds": SHAPES["holds"],
    # A tick above a line: it stands on something.
    "refined": "M1 4.5L4.5 8L11 0.5M1 11H11",
    # A cross.
    "refuted": "M1 1L11 11M11 1L1 11",
    # A question mark.
    "open": "M3 3.5C3 0 9 0 9 3.5C9 6 6 5.5 6 8M6 10V12",
    # A bar: no answer.
    "pending": "M1 6H11",
}
"""For each verdict on a claim the same."""


def mark(word: str, left: float, top: float) -> str:
    """Draw the mark of a verdict as an SVG element."""
    return drawn(SHAPES[word], left, top, VERDICTS[word][1])


def drawn(lines: str, left: float, top: float, colour: str) -> str:
    """Draw the lines of a mark in a colour."""
    return (
        f'<path transform="translate({left:g} {top:g})" d="{lines}" fill="none" '
        f'stroke="{colour}" stroke-width="2"/>'
    )
