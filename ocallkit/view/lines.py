"""How far down everything stands: the rows, the headers between them, the lane beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.view.fonts import wrap
from ocallkit.view.layout import MessageRow, NoteRow
from ocallkit.view.measures import (
    AIRY,
    BAND_PAD,
    BAND_TITLE,
    BASELINE,
    FONT,
    HEADER_HEIGHT,
    HEADER_ROW,
    HEADERS_LATE,
    HEADERS_SOON,
    HEADERS_SPARE,
    LABEL_RISE,
    LANE,
    LANE_HANGING,
    LANE_NUMBER,
    LINE,
    MARGIN,
    NOTE_PAD,
    TOP,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.view.layout import Layout, Row
    from ocallkit.view.ledger import Balance, Ledger
    from ocallkit.view.measures import Rows


class LaneLine(msgspec.Struct, frozen=True):
    """One line of the lane of references; the first of a message carries its number."""

    y: float
    number: str
    text: str
    hanging: bool


class Lines(msgspec.Struct, frozen=True):
    """The height of each row's arrow or of the middle of its box, and the tops of all headers.

    The first headers stand where the lifelines begin, the last ones where they end.  `ending` are
    the lines that say why the run stops; they begin at `ending_top`.
    """

    ys: tuple[float, ...]
    headers: tuple[int, ...]
    ending: tuple[str, ...]
    ending_top: int
    lane: tuple[LaneLine, ...]

    @property
    def top(self) -> int:
        """Where the lifelines begin."""
        return self.headers[0] + HEADER_HEIGHT

    @property
    def bottom(self) -> int:
        """Where the lifelines end."""
        return self.headers[-1]


def lines(drawn: Layout, right: int, ledger: Ledger | None = None, rows: Rows = AIRY) -> Lines:
    """Stack the rows of a layout; with a ledger, a lane's lines stand beside their rows."""
    lane = _Lane(ledger, rows)
    headers = [TOP + BAND_TITLE]
    top = max(headers[0] + HEADER_HEIGHT + LINE // 2, lane.begin())
    ys: list[float] = []
    since = 0
    for index, row in enumerate(drawn.rows):
        if _repeats_headers(row, since, len(drawn.rows) - index):
            headers.append(top + LINE // 2)
            top += HEADER_ROW
            since = 0
        since += 1
        ys.append(top + _middle(row, rows))
        top = max(top + _height(row, rows), lane.add(index, row, top))
    top += LINE // 2
    ending, ending_top = _ending(drawn.ending, right), top
    if ending:
        top += LINE * (len(ending) + 2)
    return Lines(tuple(ys), (*headers, top), ending, ending_top, tuple(lane.lines))


def _repeats_headers(row: Row, since: int, left: int) -> bool:
    """Repeat the headers in a long diagram, between two blocks of messages if one ends in time."""
    begins = not isinstance(row, MessageRow) or row.kind == "system call"
    soon = since >= HEADERS_SOON and begins
    return left >= HEADERS_SPARE and (soon or since >= HEADERS_LATE)


def _height(row: Row, rows: Rows) -> int:
    if isinstance(row, MessageRow):
        return rows.message
    return rows.note if isinstance(row, NoteRow) else rows.divider


def _middle(row: Row, rows: Rows) -> float:
    """Say how far below a row's top its arrow is, or the middle of its box."""
    return rows.arrow + 0.5 if isinstance(row, MessageRow) else _height(row, rows) / 2


def _ending(words: str, right: int) -> tuple[str, ...]:
    if not words:
        return ()
    return tuple(wrap(words.split(), FONT, right - 2 * (MARGIN + BAND_PAD + NOTE_PAD)))


class _Lane:
    """The lines of the lane so far; without a ledger there are none."""

    def __init__(self, ledger: Ledger | None, rows: Rows) -> None:
        self.ledger = ledger
        self.rows = rows
        self.lines: list[LaneLine] = []

    def begin(self) -> int:
        """Write the balances before the first message, and return where they end."""
        if self.ledger is None:
            return TOP
        self.lines.append(LaneLine(TOP + LINE, f"before {self.ledger.first}", "", hanging=False))
        opening = self.ledger.opening
        beside = [line for balance in opening for line in _balance_lines(balance)]
        return self._write(TOP + 2 * LINE, "", beside or [("nobody holds anything", False)])

    def add(self, index: int, row: Row, top: int) -> int:
        """Write what changed at a row that begins at `top`, and return where it ends."""
        changed = self.ledger.changed(index) if self.ledger is not None else ()
        beside = [line for balance in changed for line in _balance_lines(balance)]
        if isinstance(row, MessageRow):
            return self._write(top + self.rows.arrow - LABEL_RISE, str(row.number), beside)
        return self._write(top + _middle(row, self.rows) + BASELINE, "", beside)

    def _write(self, y: float, number: str, beside: Sequence[tuple[str, bool]]) -> int:
        for text, hanging in beside:
            self.lines.append(LaneLine(y, number, text, hanging))
            y, number = y + LINE, ""
        return int(y)


def _balance_lines(balance: Balance) -> list[tuple[str, bool]]:
    """Write a balance as the lane shows it, in lines of which all but the first hang."""
    head, owners = f"{balance.target} {balance.count}:", balance.owners or ("nobody",)
    words = [head, *(f"{owner}," for owner in owners[:-1]), owners[-1]]
    broken = wrap(words, FONT, LANE - LANE_NUMBER - LANE_HANGING)
    return [(line, place > 0) for place, line in enumerate(broken)]
