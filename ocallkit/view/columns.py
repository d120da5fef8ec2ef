"""Where the lifelines stand: as far apart as the labels between them ask for.

A label stands above its arrow, in one of the gaps that the arrow crosses, so that no lifeline
runs through it.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import msgspec

from ocallkit.view.fonts import BOLD, width
from ocallkit.view.layout import DividerRow, NoteRow
from ocallkit.view.measures import (
    BAND_GAP,
    BAND_PAD,
    BAR,
    COLUMN,
    DIVIDER_PAD,
    FONT,
    HEADER_LEAST,
    HEADER_PAD,
    LABEL_PAD,
    MARGIN,
    NOTE_PAD,
    NUMBER_GAP,
    SIDE,
    SLOT,
    TITLE_FONT,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.view.layout import Layout, MessageRow


class Columns(msgspec.Struct, frozen=True):
    """The lifelines' places, half the widths of their headers, and how many bars stand abreast.

    `labels` has the centre of every message's label, by the message's index; `right` is
    the diagram's right edge.
    """

    xs: tuple[float, ...]
    halves: tuple[int, ...]
    slots: tuple[int, ...]
    labels: tuple[float, ...]
    right: int

    def slot_x(self, lifeline: int, slot: int) -> float:
        """Return the centre of a bar: bars of different slots stand side by side."""
        return self.xs[lifeline] + (slot - (self.slots[lifeline] - 1) / 2) * SLOT


def columns(drawn: Layout) -> Columns:
    """Place the lifelines of a layout and the labels of its messages."""
    halves = tuple(
        max(HEADER_LEAST, round(width(lifeline.name, FONT) * BOLD / 2) + HEADER_PAD)
        for lifeline in drawn.lifelines
    )
    slots = _slots(drawn)
    gaps = [float(gap) for gap in _least_gaps(drawn, halves)]
    label_gaps = _make_room(drawn, slots, gaps)
    first = MARGIN + BAND_PAD + halves[0] + 0.5
    xs = tuple(accumulate((round(gap) for gap in gaps), initial=first))
    edges = [(x - reach(n), x + reach(n)) for x, n in zip(xs, slots, strict=True)]
    centres = [(left[1] + right[0]) / 2 for left, right in pairwise(edges)]
    labels = tuple(round(centres[gap], 1) for gap in label_gaps)
    return Columns(xs, halves, slots, labels, _right(drawn, xs, halves, edges))


def reach(slots: int) -> float:
    """Return how far the bars of a lifeline reach to either side."""
    return (SLOT * (slots - 1) + BAR) / 2 if slots else 0


def label_width(number: int, label: str) -> float:
    """Return the width of a message's number and label."""
    return width(str(number), FONT) + NUMBER_GAP + width(label, FONT)


def note_width(text: str) -> int:
    """Return the width of the box around a note."""
    return round(width(text, FONT) + 2 * NOTE_PAD)


def _slots(drawn: Layout) -> tuple[int, ...]:
    """Count the bars that stand abreast on each lifeline."""
    counts = [0] * len(drawn.lifelines)
    for bar in drawn.bars:
        counts[bar.lifeline] = max(counts[bar.lifeline], bar.slot + 1)
    return tuple(counts)


def _least_gaps(drawn: Layout, halves: Sequence[int]) -> list[int]:
    """Leave room for the headers, between bands, and for notes."""
    gaps = []
    for (left, right), half, next_half in zip(
        pairwise(drawn.lifelines), halves, halves[1:], strict=False
    ):
        between = BAND_PAD if left.band == right.band else 2 * BAND_PAD + BAND_GAP
        gaps.append(max(COLUMN, half + between + next_half))
    for row in drawn.rows:
        if isinstance(row, NoteRow) and row.lifeline < len(gaps):
            room = note_width(row.text) - SIDE + LABEL_PAD
            gaps[row.lifeline] = max(gaps[row.lifeline], room)
    return gaps


def _make_room(drawn: Layout, slots: Sequence[int], gaps: list[float]) -> list[int]:
    """Choose each label's gap, widening `gaps` where none is wide enough; return the choices.

    An arrow between neighbours has no choice.  Another one takes the gap nearest to its source
    that is wide enough, and where there is none, widens the widest.
    """
    chosen = [0] * len(drawn.messages)
    bars = [reach(left) + reach(right) for left, right in pairwise(slots)]
    for row in sorted(drawn.messages, key=_least_choice):
        need = label_width(row.number, row.label) + 2 * LABEL_PAD
        low, high = sorted((row.source, row.target))
        choices = list(range(low, high))
        if row.source > row.target:
            choices.reverse()
        fits = (gap for gap in choices if gaps[gap] - bars[gap] >= need)
        gap = next(fits, None)
        if gap is None:
            gap = max(choices, key=lambda choice: gaps[choice] - bars[choice])
            gaps[gap] = need + bars[gap]
        chosen[row.index] = gap
    return chosen


def _least_choice(row: MessageRow) -> tuple[int, float]:
    """Sort arrows: those that cross the fewest gaps first, and of these the widest labels."""
    return abs(row.source - row.target), -label_width(row.number, row.label)


def _right(
    drawn: Layout,
    xs: Sequence[float],
    halves: Sequence[int],
    edges: Sequence[tuple[float, float]],
) -> int:
    """Find the right edge: the last header, a bar's name, the title and dividers must fit."""
    needs = [
        xs[-1] + halves[-1] + BAND_PAD + MARGIN,
        MARGIN * 2 + width(drawn.title, TITLE_FONT) * BOLD,
    ]
    needs += [
        edges[bar.lifeline][1] + BAR / 2 + width(bar.label, FONT) + MARGIN
        for bar in drawn.bars
        if bar.kind == "running"
    ]
    needs += [
        width(row.text, FONT) + 2 * (DIVIDER_PAD + BAND_PAD + MARGIN)
        for row in drawn.rows
        if isinstance(row, DividerRow)
    ]
    return round(max(needs) + 0.5)
