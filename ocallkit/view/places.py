"""Where each step of a run stands on its picture, for whoever draws over it.

All measures are in the picture's own pixels, those of `svg.to_svg(run, whole=True)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.model.events import Divider, Message, Note
from ocallkit.view.columns import columns, label_width, note_width
from ocallkit.view.layout import MessageRow, NoteRow, layout
from ocallkit.view.lines import lines
from ocallkit.view.measures import ARROW, BAR, DIVIDER_ROW, MARGIN, MESSAGE_ROW, NOTE_ROW, SIDE
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

    `message` is the number by which the picture knows a message, 0 for anything else.
    """

    step: int
    message: int
    lanes: tuple[int, ...]
    left: float
    right: float
    top: float
    bottom: float


class Places(msgspec.Struct, frozen=True):
    """The whole picture: its lanes, its rows, and from where to where the lifelines reach.

    `start` is the step with which the first invocation begins (from 1).
    """

    lanes: tuple[Lane, ...]
    rows: tuple[Place, ...]
    top: int
    bottom: int
    start: int


def places(trace: Trace) -> Places:
    """Find the place of every row of a run."""
    drawn = layout(trace, whole=True)
    across = columns(drawn)
    down = lines(drawn, across.right)
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
    rows = []
    for step, row, y in zip(steps, drawn.rows, down.ys, strict=True):
        rows.append(_place(step, row, y, across))
    return Places(tuple(lanes), tuple(rows), down.top, down.bottom, _start(trace))


def _place(step: int, row: Row, y: float, across: Columns) -> Place:
    if isinstance(row, MessageRow):
        ends = sorted((across.xs[row.source], across.xs[row.target]))
        half, middle = label_width(row.number, row.label) / 2, across.labels[row.index]
        left, right = min(ends[0] - BAR, middle - half), max(ends[1] + BAR, middle + half)
        top = y - ARROW - 0.5
        lanes = (row.source, row.target)
        return Place(step, row.number, lanes, left, right, top, top + MESSAGE_ROW)
    if isinstance(row, NoteRow):
        wide, half_row = note_width(row.text), NOTE_ROW / 2
        left = min(across.xs[row.lifeline] - SIDE, across.right - MARGIN - wide)
        left = max(MARGIN + 4, left)
        return Place(step, 0, (row.lifeline,), left, left + wide, y - half_row, y + half_row)
    half_row, every = DIVIDER_ROW / 2, tuple(range(len(across.xs)))
    return Place(step, 0, every, 0, across.right, y - half_row, y + half_row)


def _start(trace: Trace) -> int:
    """The step that reports the first event of the invocation."""
    first, _ = window(trace.events)
    seen = 0
    for step in trace.steps:
        seen += len(step.events)
        if seen > first:
            return step.index + 1
    return 0
