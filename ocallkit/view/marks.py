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


def mark(word: str, left: float, top: float) -> str:
    """Draw the mark of a verdict as an SVG element."""
    _, edge, _ = VERDICTS[word]
    return (
        f'<path transform="translate({left:g} {top:g})" d="{SHAPES[word]}" fill="none" '
        f'stroke="{edge}" stroke-width="2"/>'
    )
