"""What lines, bars and names of threads mean, below a diagram: only those that are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.view.fonts import width
from ocallkit.view.layout import thread_keys
from ocallkit.view.measures import FONT, LINE, MARGIN
from ocallkit.view.palette import QUIET
from ocallkit.view.shapes import arrow, bar_shape, text

if TYPE_CHECKING:
    from ocallkit.view.layout import Layout

BARS = {
    "ioctl": "CA in an ioctl",
    "running": "secure thread running",
    "suspended": "secure thread suspended",
}
ARROWS = {"call": "call", "RPC": "RPC", "return": "return"}
SAMPLE = {"ioctl": 9, "running": 9, "suspended": 9, "call": 36, "RPC": 36, "return": 36}
ITEM_GAP = 22
ROW = 26


def legend(drawn: Layout, top: float, right: float) -> tuple[str, float]:
    """Draw the legend below `top`, and say where it ends."""
    kinds = {bar.kind for bar in drawn.bars} | {row.kind for row in drawn.messages}
    items: list[tuple[str, str]] = [
        (kind, words) for kind, words in (BARS | ARROWS).items() if kind in kinds
    ]
    items += [("", words) for words in thread_keys(life.name for life in drawn.lifelines)]
    x, y, parts = float(MARGIN), top + ROW / 2, []
    for kind, meaning in items:
        beside = SAMPLE[kind] + 8 if kind else 0
        wide = beside + width(meaning, FONT)
        if x > MARGIN and x + wide > right - MARGIN:
            x, y = float(MARGIN), y + ROW
        parts.append(_sample(kind, x, y) if kind else "")
        parts.append(text(x + beside, y + 4, meaning, f' fill="{QUIET}"'))
        x = round(x + wide + ITEM_GAP)
    return "".join(parts), y + ROW / 2


def _sample(kind: str, x: float, y: float) -> str:
    if kind in BARS:
        return bar_shape(x + SAMPLE[kind] / 2, y - LINE / 2, y + LINE / 2, kind)
    return arrow(x, x + SAMPLE[kind], y + 0.5, kind)
