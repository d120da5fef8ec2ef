"""A run as a sequence diagram: SVG text.

- Presentation attributes: style sheets, markers and patterns are stripped by many hosts, so heads
  and hatching are drawn as what they are, short lines.  A sheet has the colours of the dark alone.
- Its own background, a title and a description, and an id for every message.
- The run's digest is in its metadata, so that an old picture can be told from a new one.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from ocallkit.view import palette
from ocallkit.view.columns import columns, label_width, note_width, reach
from ocallkit.view.fonts import width
from ocallkit.view.layout import ABOVE, MessageRow, NoteRow, layout
from ocallkit.view.ledger import ledger
from ocallkit.view.legend import legend
from ocallkit.view.lines import lines
from ocallkit.view.measures import (
    AIRY,
    BAND_PAD,
    BAR,
    BASELINE,
    DIVIDER_PAD,
    FONT,
    HEADER_HEIGHT,
    LABEL_RISE,
    LANE,
    LANE_GAP,
    LANE_HANGING,
    LANE_NUMBER,
    LINE,
    MARGIN,
    NOTE_HEIGHT,
    NOTE_PAD,
    NUMBER_GAP,
    SIDE,
    TITLE_FONT,
    TOP,
)
from ocallkit.view.shapes import arrow, bar_shape, box, escaped, opening, post, rule, text
from ocallkit.view.words import details

if TYPE_CHECKING:
    from ocallkit.view.columns import Columns
    from ocallkit.view.layout import Bar, Layout, Row
    from ocallkit.view.ledger import Ledger
    from ocallkit.view.lines import Lines
    from ocallkit.view.measures import Rows
    from ocallkit.view.trace import Trace

MIDDLE = ' text-anchor="middle"'
BOLD = ' font-weight="bold"'
FRAME = f' stroke="{palette.FRAME}" rx="6"'
QUIET = f' fill="{palette.QUIET}"'


def digest_note(digest: str) -> str:
    """Return the words by which a picture names the run that it shows."""
    return f"ocallkit run {digest}"


def to_svg(
    trace: Trace,
    *,
    whole: bool = False,
    references: bool = False,
    rows: Rows = AIRY,
    parts: bool = False,
) -> str:
    """Draw a run's invocation, or with `whole` all of it.

    With `references` there is a lane beside the diagram: after each message the balances that
    changed, and who holds each reference.  `rows` says how close to each other its rows stand.
    With `parts` what belongs to a band, a lane or a row says so, for whoever moves it.
    """
    drawn = layout(trace, whole=whole)
    return _Drawing(drawn, ledger(trace, whole=whole) if references else None, rows, parts).svg()


class _Drawing:
    """A layout with the places of everything in it."""

    def __init__(self, drawn: Layout, book: Ledger | None, rows: Rows, parts: bool) -> None:  # noqa: FBT001
        self.drawn = drawn
        self.columns: Columns = columns(drawn)
        self.lines: Lines = lines(drawn, self.columns.right, book, rows)
        self.bars: list[list[Bar]] = [[] for _ in drawn.lifelines]
        for bar in drawn.bars:
            self.bars[bar.lifeline].append(bar)
        self.parts = parts
        self.has_lane = book is not None
        self.prefix = f"run-{drawn.digest}"

    def svg(self) -> str:
        """Draw everything, from the back to the front."""
        right = self.columns.right
        wide = right + LANE_GAP + LANE + MARGIN if self.has_lane else right
        key, bottom = legend(self.drawn, self.lines.bottom + HEADER_HEIGHT + BAND_PAD + 6, right)
        high = round(bottom + MARGIN / 2)
        return "\n".join(
            (
                self._opening(wide, high),
                box(0.5, 0.5, (wide - 1, high - 1), palette.PAPER, FRAME),
                text(MARGIN, 27, self.drawn.title, f' font-size="{TITLE_FONT}"{BOLD}'),
                *self._bands(),
                *self._lifelines(),
                *map(self._bar, self.drawn.bars),
                *map(self._row, count(), self.drawn.rows, self.lines.ys),
                *map(self._headers, self.lines.headers),
                *self._ending(),
                *self._lane(high),
                key,
                "</svg>\n",
            )
        )

    def _opening(self, wide: int, high: int) -> str:
        drawn = self.drawn
        note = digest_note(drawn.digest)
        return opening(self.prefix, (wide, high), drawn.title, drawn.summary, note)

    def _part(self, kind: str, of: object, drawn: str) -> str:
        """Say of a part of the picture what it belongs to, if somebody asks."""
        return f'<g data-{kind}="{of}">{drawn}</g>' if self.parts else drawn

    def _bands(self) -> list[str]:
        """Draw user space, kernel and secure world as areas with titles, if anybody is there."""
        parts = []
        bottom = self.lines.bottom + HEADER_HEIGHT + 8
        for band, fill in palette.BANDS.items():
            places = [i for i, life in enumerate(self.drawn.lifelines) if life.band == band]
            if not places:
                continue
            first, last = places[0], places[-1]
            left = self.columns.xs[first] - self.columns.halves[first] - BAND_PAD + 0.5
            right = self.columns.xs[last] + self.columns.halves[last] + BAND_PAD - 0.5
            area = box(left, TOP, (right - left, bottom - TOP), fill, ' rx="4"')
            words = text((left + right) / 2, TOP + LINE, band, MIDDLE + QUIET)
            parts += [self._part("band", band, area + words)] if self.parts else [area, words]
        return parts

    def _lifelines(self) -> list[str]:
        top, bottom = self.lines.top, self.lines.bottom
        posts = [post(x, top, bottom, palette.LIFELINE) for x in self.columns.xs]
        return [self._part("lane", place, drawn) for place, drawn in enumerate(posts)]

    def _bar(self, bar: Bar) -> str:
        x = self.columns.slot_x(bar.lifeline, bar.slot)
        top = self.lines.top if bar.first == ABOVE else self.lines.ys[bar.first]
        bottom = self.lines.bottom if bar.last is None else self.lines.ys[bar.last]
        shape = bar_shape(x, top, bottom, bar.kind)
        if bar.kind != "running":
            return self._part("lane", bar.lifeline, shape)
        beside = self.columns.xs[bar.lifeline] + reach(self.columns.slots[bar.lifeline]) + BAR / 2
        shape += text(beside, top + BASELINE, bar.label, QUIET)
        return self._part("lane", bar.lifeline, shape)

    def _row(self, index: int, row: Row, y: float) -> str:
        if isinstance(row, MessageRow):
            return self._message(index, row, y)
        drawn = self._note(row, y) if isinstance(row, NoteRow) else self._divider(row.text, y)
        return self._part("row", index, drawn)

    def _message(self, index: int, row: MessageRow, y: float) -> str:
        number, message = str(row.number), row.message
        source, target = (self.drawn.lifelines[end].name for end in (row.source, row.target))
        towards = 1 if row.target > row.source else -1
        start = self._edge(index, row.source, message.client, towards)
        end = self._edge(index, row.target, message.client, -towards)
        left = self.columns.labels[row.index] - label_width(row.number, row.label) / 2
        label_x = left + width(number, FONT) + NUMBER_GAP
        spoken = f"{number}. {source} to {target}: {row.label}{details(message)}"
        return (
            f'<g id="{self.prefix}-m{number}"><title>{escaped(spoken)}</title>'
            f"{arrow(start, end, y, row.kind)}"
            f"{text(left, y - LABEL_RISE, number, QUIET)}"
            f"{text(label_x, y - LABEL_RISE, row.label)}</g>"
        )

    def _edge(self, index: int, lifeline: int, client: str, towards: int) -> float:
        """Find where an arrow meets a lifeline: at the edge of its client's bar, if it has one.

        A client that releases memory during its invocation has two threads, one of them suspended.
        """
        bars = [bar for bar in self.bars[lifeline] if bar.client == client and bar.covers(index)]
        awake = [bar for bar in bars if bar.kind != "suspended"] or bars
        edges = [self.columns.slot_x(lifeline, bar.slot) + towards * BAR / 2 for bar in awake]
        return max(edges, key=lambda x: x * towards, default=self.columns.xs[lifeline])

    def _note(self, row: NoteRow, y: float) -> str:
        wide = note_width(row.text)
        most = self.columns.right - MARGIN - wide
        left = max(MARGIN + 4, min(self.columns.xs[row.lifeline] - SIDE, most))
        edge = f' stroke="{palette.NOTE_EDGE}" rx="3"'
        return box(left, y - NOTE_HEIGHT / 2, (wide, NOTE_HEIGHT), palette.NOTE, edge) + text(
            left + NOTE_PAD, y + BASELINE, row.text
        )

    def _divider(self, words: str, y: float) -> str:
        """Draw a double line with the words in its middle."""
        right = self.columns.right - MARGIN
        middle, wide = self.columns.right / 2, width(words, FONT) + 2 * DIVIDER_PAD
        rules = "".join(rule(MARGIN, right, y + apart, palette.QUIET) for apart in (-2, 2))
        frame = f' stroke="{palette.QUIET}" rx="3"'
        size = (round(wide), NOTE_HEIGHT - 4)
        label = box(round(middle - wide / 2), y - size[1] / 2, size, palette.PAPER, frame)
        return rules + label + text(middle, y + BASELINE, words, MIDDLE)

    def _headers(self, top: int) -> str:
        """Draw a box with its name for every lifeline."""
        parts = []
        columns_ = zip(self.drawn.lifelines, self.columns.xs, self.columns.halves, strict=True)
        for place, (lifeline, x, half) in enumerate(columns_):
            frame = f' stroke="{palette.LIFELINE}" rx="4"'
            drawn = box(x - half, top, (2 * half, HEADER_HEIGHT), palette.HEADER, frame)
            baseline = top + HEADER_HEIGHT / 2 + BASELINE
            drawn += text(x, baseline, lifeline.name, MIDDLE + BOLD)
            parts.append(self._part("lane", place, drawn))
        return "".join(parts)

    def _ending(self) -> list[str]:
        """Say below the last row why the run stops there."""
        words = self.lines.ending
        if not words:
            return []
        left, top = MARGIN + BAND_PAD, self.lines.ending_top
        size = (self.columns.right - 2 * left, LINE * len(words) + LINE)
        edge = f' stroke="{palette.NOTE_EDGE}" rx="3"'
        frame = box(left, top, size, palette.NOTE, edge)
        parts = [frame] + [
            text(left + NOTE_PAD, top + LINE * (place + 1.25), words)
            for place, words in enumerate(words)
        ]
        return [self._part("ending", "", "".join(parts))] if self.parts else parts

    def _lane(self, high: int) -> list[str]:
        """Draw the lane of references, to the right of the diagram."""
        if not self.has_lane:
            return []
        x = self.columns.right + LANE_GAP
        edge = x - LANE_GAP / 2
        parts = [
            post(edge, TOP, high - MARGIN, palette.FRAME),
            text(x, 27, "References: count and holders", BOLD),
        ]
        for row in self.lines.lane:
            indent = LANE_NUMBER + (LANE_HANGING if row.hanging else 0)
            if row.text:
                parts.append(text(x + indent, row.y, row.text))
            if row.number:
                parts.append(text(x, row.y, row.number, QUIET))
        return parts
