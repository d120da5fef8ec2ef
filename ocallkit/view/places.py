"""Where each step of a run stands on its picture, for whoever draws over it.

All measures are in the picture's own pixels, those of `svg.to_svg(run, whole=True, rows=rows)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.model.events import Divider, Message, Note
from ocallkit.view.columns import columns, label_width, note_width
from ocallkit.view.fonts import width
from ocallkit.view.layout import MessageRow, NoteRow, layout
from ocallkit.view.lines import lines
from ocallkit.view.measures import AIRY, BAR, DIVIDER_PAD, FONT, MARGIN, SIDE, Rows
from ocallkit.view.window import window

if TYPE_CHECKING:
    from ocallkit.view.columns import Columns
    from ocallkit.view.layout import Row
    from ocallkit.view.trace import Trace


class Lane(msgspec.Struct, frozen=True):
    """A lifeline: its name and band, where it stands, and half the width of its header."""

    name: str
    band: str
    x: float
    half: int


class Place(msgspec.Struct, frozen=True):
    """A message, note or divider: the step that it belongs to (from 1), its lanes, its room.

    `message` is the number by which the picture knows a message, 0 for anything else.  `words` is
    from where to where its label reaches, or the box of a note or a divider.
    """

    step: int
    message: int
    lanes: tuple[int, ...]
    left: float
    right: float
    top: float
    bottom: float
    words: tuple[float, float]


class Places(msgspec.Struct, frozen=True):
    """The whole picture: its lanes, its rows, and from where to where the lifelines reach.

    `start` is the step with which the first invocation begins (from 1), `end` the one with which
    the last is over; `opens` and `closes` are where the rows of these steps begin and end.
    Without an invocation they are those of the whole.
    """

    lanes: tuple[Lane, ...]
    rows: tuple[Place, ...]
    top: int
    bottom: int
    start: int
    end: int
    opens: float
    closes: float


def places(trace: Trace, rows: Rows = AIRY) -> Places:
    """Find the place of every row of a run."""
    drawn = layout(trace, whole=True)
    across = columns(drawn)
    down = lines(drawn, across.right, rows=rows)
    lanes = [
        Lane(life.name, life.band, x, half)
        for life, x, half in zip(drawn.lifelines, across.xs, across.halves, strict=True)
    ]
    steps = [
        step.index + 1
        for step in trace.steps
        for event in step.events
        if isinstance(event, Message | Note | Divider)
    ]
    found = tuple(
        _place(step, row, (y, rows), across)
        for step, row, y in zip(steps, drawn.rows, down.ys, strict=True)
    )
    begins, ends = _invocation(trace)
    inside = [row for row in found if begins <= row.step <= ends]
    opens = inside[0].top if begins > 1 else down.top
    closes = inside[-1].bottom if ends < len(trace.steps) else down.bottom
    return Places(tuple(lanes), found, down.top, down.bottom, begins, ends, opens, closes)


def _place(step: int, row: Row, at: tuple[float, Rows], across: Columns) -> Place:
    y, rows = at
    if isinstance(row, MessageRow):
        ends = sorted((across.xs[row.source], across.xs[row.target]))
        half, middle = label_width(row.number, row.label) / 2, across.labels[row.index]
        words = (middle - half, middle + half)
        left, right = min(ends[0] - BAR, words[0]), max(ends[1] + BAR, words[1])
        top = y - rows.arrow - 0.5
        lanes = (row.source, row.target)
        return Place(step, row.number, lanes, left, right, top, top + rows.message, words)
    if isinstance(row, NoteRow):
        wide, half_row = note_width(row.text), rows.note / 2
        left = min(across.xs[row.lifeline] - SIDE, across.right - MARGIN - wide)
        left = max(MARGIN + 4, left)
        words = (left, left + wide)
        return Place(step, 0, (row.lifeline,), *words, y - half_row, y + half_row, words)
    half_row, every = rows.divider / 2, tuple(range(len(across.xs)))
    middle, half = across.right / 2, width(row.text, FONT) / 2 + DIVIDER_PAD
    words = (middle - half, middle + half)
    return Place(step, 0, every, 0, across.right, y - half_row, y + half_row, words)


def _invocation(trace: Trace) -> tuple[int, int]:
    """The steps that report the first and the last event of what is shown of a run by default."""
    first, stop = window(trace.events)
    places = [step.index + 1 for step in trace.steps for _ in step.events]
    ends = len(trace.steps) if stop == len(places) else places[stop - 1]
    return (places[first] if places else 0), ends
