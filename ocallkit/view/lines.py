"""How far down everything stands: the rows, the headers between them, the lane beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.view.fonts import wrap
from ocallkit.view.layout import MessageRow, NoteRow
from ocallkit.view.measures import (
    ARROW,
    BAND_PAD,
    BAND_TITLE,
    DIVIDER_ROW,
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
    MESSAGE_ROW,
    NOTE_PAD,
    NOTE_ROW,
    TOP,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.view.layout import Layout, Row
    from ocallkit.view.ledger import Balance, Ledger


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


def lines(drawn: Layout, right: int, ledger: Ledger | None = None) -> Lines:
    """Stack the rows of a layout; with a ledger, a lane's lines stand beside their messages."""
    lane: list[LaneLine] = []
    headers = [TOP + BAND_TITLE]
    top = headers[0] + HEADER_HEIGHT + LINE // 2
    if ledger is not None:
        opening = [line for balance in ledger.opening for line in _balance_lines(balance)]
        lane += [LaneLine(TOP + LINE, "before 1", "", hanging=False)]
        lane += _lane_lines(TOP + 2 * LINE, "", opening or [("nobody holds anything", False)])
        top = max(top, TOP + LINE * (len(opening) + 2))
    ys: list[float] = []
    since = 0
    for index, row in enumerate(drawn.rows):
        if _repeats_headers(row, since, len(drawn.rows) - index):
            headers.append(top + LINE // 2)
            top += HEADER_ROW
            since = 0
        since += 1
        ys.append(top + _height(row) / 2 if not isinstance(row, MessageRow) else top + ARROW + 0.5)
        height = _height(row)
        if ledger is not None and isinstance(row, MessageRow):
            changed = ledger.changed(row.number)
            beside = [line for balance in changed for line in _balance_lines(balance)]
            lane += _lane_lines(top + ARROW - LABEL_RISE, str(row.number), beside)
            height = max(height, LINE * (len(beside) + 1))
        top += height
    top += LINE // 2
    ending = tuple(wrap(drawn.ending.split(), FONT, right - 2 * (MARGIN + BAND_PAD + NOTE_PAD)))
    ending_top = top
    if drawn.ending:
        top += LINE * len(ending) + 2 * LINE
    else:
        ending = ()
    headers.append(top)
    return Lines(tuple(ys), tuple(headers), ending, ending_top, tuple(lane))


def _repeats_headers(row: Row, since: int, left: int) -> bool:
    """Repeat the headers in a long diagram, between two blocks of messages if one ends in time."""
    soon = since >= HEADERS_SOON and not isinstance(row, MessageRow)
    return left >= HEADERS_SPARE and (soon or since >= HEADERS_LATE)


def _height(row: Row) -> int:
    if isinstance(row, MessageRow):
        return MESSAGE_ROW
    return NOTE_ROW if isinstance(row, NoteRow) else DIVIDER_ROW


def _balance_lines(balance: Balance) -> list[tuple[str, bool]]:
    """Write a balance as the lane shows it, in lines of which all but the first hang."""
    head, owners = f"{balance.target} {balance.count}:", balance.owners or ("nobody",)
    words = [head, *(f"{owner}," for owner in owners[:-1]), owners[-1]]
    broken = wrap(words, FONT, LANE - LANE_NUMBER - LANE_HANGING)
    return [(line, place > 0) for place, line in enumerate(broken)]


def _lane_lines(y: float, number: str, beside: Iterable[tuple[str, bool]]) -> list[LaneLine]:
    return [
        LaneLine(y + LINE * place, number if place == 0 else "", text, hanging)
        for place, (text, hanging) in enumerate(beside)
    ]
