"""Who can disturb whom, as a picture: steps go down by their party, kinds of records across.

What only its own client can see is a small mark; what others can see is a full cell.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.judging.disturbs import sharing
from ocallkit.view import palette
from ocallkit.view.display import Picture
from ocallkit.view.disturbs_table import by_party, disturbs_text, headline, size, words
from ocallkit.view.fonts import BOLD, width
from ocallkit.view.measures import FONT, LINE, MARGIN, TITLE_FONT
from ocallkit.view.shapes import box, escaped, opening, rule, text

if TYPE_CHECKING:
    from ocallkit.judging.disturbs import Column, Disturbs, Row, Touch

HEAD, ROW, PARTY, PAD, GAP, LEAST = 30, 20, 28, 8, 14, 66
DOT: Final = 4
"""The radius of the mark of what is a client's own."""

QUIET: Final = f' fill="{palette.QUIET}"'
STRONG: Final = ' font-weight="bold"'
MIDDLE: Final = ' text-anchor="middle"'
ON_FILL: Final = f' fill="{palette.PAPER}"'
OWN_KINDS: Final = "its own client's records"
SHARED_KINDS: Final = "shared by all clients"


def disturbs_picture(found: Disturbs) -> Picture:
    """Show the matrix as a picture; its plain text is the table for terminals."""
    return Picture(disturbs_svg(found), f"{headline(found)}. {size(found)}.", disturbs_text(found))


def disturbs_svg(found: Disturbs) -> str:
    """Draw the matrix as SVG text."""
    return _Drawing(found).svg()


def digest(found: Disturbs) -> str:
    """The same for the same matrix."""
    return hashlib.sha256(msgspec.json.encode(found)).hexdigest()[:12]


class _Drawing:
    """The matrix with the places of everything in its picture."""

    def __init__(self, found: Disturbs) -> None:
        self.found = found
        shared = set(found.shared)
        own = [c for c in found.columns if c not in shared or self._is_owned(c)]
        self.split = len(own)
        self.columns = [*own, *(c for c in found.columns if c not in own)]
        self.first = MARGIN + round(max(width(row.step, FONT) for row in found.rows)) + 3 * PAD
        self.wides = [self._wide(column) for column in self.columns]
        self.lefts = self._lefts()
        self.top = 4 * LINE + MARGIN
        high = sum(PARTY + ROW * len(rows) for _, rows in by_party(found))
        self.bottom = self.top + HEAD + high
        least = 2 * MARGIN + round(width(headline(found), TITLE_FONT) * BOLD)
        self.right = max(self.lefts[-1] + self.wides[-1] + MARGIN, least)

    def _is_owned(self, column: Column) -> bool:
        return any(touch.quiet for row in self.found.rows for touch in row.at(column))

    def _wide(self, column: Column) -> int:
        cells = [row.at(column) for row in self.found.rows]
        loud = [width(words(cell), FONT) * BOLD for cell in cells if sharing(cell) != "nobody"]
        return max(LEAST, *map(round, (width(column.name, FONT) * BOLD, *loud))) + PAD

    def _lefts(self) -> list[int]:
        lefts, x = [], self.first
        for place, wide in enumerate(self.wides):
            x += GAP if place == self.split else 0
            lefts.append(x)
            x += wide
        return lefts

    def svg(self) -> str:
        """Draw everything, from the back to the front."""
        high = self.bottom + 2 * LINE + MARGIN
        frame = f' stroke="{palette.FRAME}" rx="6"'
        title = f' font-size="{TITLE_FONT}"{STRONG}'
        return "\n".join(
            (
                self._opening(high),
                box(0.5, 0.5, (self.right - 1, high - 1), palette.PAPER, frame),
                text(MARGIN, 27, headline(self.found), title),
                text(MARGIN, 27 + LINE + 2, size(self.found), QUIET),
                *self._heads(),
                *self._rows(),
                self._legend(),
                "</svg>\n",
            )
        )

    def _opening(self, high: int) -> str:
        found = digest(self.found)
        return opening(
            f"disturbs-{found}",
            (self.right, high),
            headline(self.found),
            size(self.found),
            note=f"ocallkit disturbs {found}",
        )

    def _heads(self) -> list[str]:
        """The two kinds of columns as areas with titles, and each column's name."""
        parts = []
        for first, last, fill, name in (
            (0, self.split, palette.BANDS["kernel"], OWN_KINDS),
            (self.split, len(self.columns), palette.BANDS["secure world"], SHARED_KINDS),
        ):
            if first == last:
                continue
            left, right = self.lefts[first], self.lefts[last - 1] + self.wides[last - 1]
            top = self.top - LINE
            area = (right - left, self.bottom - top + PAD / 2)
            parts.append(box(left, top, area, fill, ' rx="4"'))
            parts.append(text((left + right) / 2, top + LINE - 2, name, MIDDLE + QUIET))
        y = self.top + HEAD - PAD
        middles = [left + wide / 2 for left, wide in zip(self.lefts, self.wides, strict=True)]
        names = zip(middles, self.columns, strict=True)
        return [*parts, *(text(x, y, column.name, MIDDLE + STRONG) for x, column in names)]

    def _rows(self) -> list[str]:
        parts, y = [], self.top + HEAD
        for party, rows in by_party(self.found):
            parts.append(rule(MARGIN, self.right - MARGIN, y + 0.5, palette.FRAME))
            parts.append(text(MARGIN, y + PARTY - PAD - 1, party, STRONG))
            y += PARTY
            for row in rows:
                parts.append(self._row(row, y))
                y += ROW
        return parts

    def _row(self, row: Row, top: int) -> str:
        parts = [text(MARGIN + PAD, top + ROW - 6, row.step)]
        columns = zip(self.columns, self.lefts, self.wides, strict=True)
        for column, left, wide in columns:
            touches = row.at(column)
            if touches:
                said = f"{row.step}, {column.name}: {'; '.join(map(_said, touches))}"
                shape = _cell(touches, left, top, wide)
                parts.append(f"<g><title>{escaped(said)}</title>{shape}</g>")
        return "".join(parts)

    def _legend(self) -> str:
        x, y, parts = MARGIN + DOT, self.bottom + LINE + PAD + 4, []
        for changes, meaning in ((False, "reads its own"), (True, "changes its own")):
            parts.append(_dot(x, y - 4, changes=changes))
            parts.append(text(x + 2 * DOT, y, meaning, QUIET))
            x += round(4 * DOT + width(meaning, FONT)) + PAD
        met = {sharing(row.touches) for row in self.found.rows}
        for who, meaning in SAID.items():
            if who in met:
                parts.append(box(x, y - 11, (LINE, LINE - 2), palette.SHARING[who][0], ' rx="3"'))
                parts.append(text(x + LINE + PAD, y, meaning, QUIET))
                x += round(LINE + 2 * PAD + width(meaning, FONT)) + PAD
        return "".join(parts)


SAID: Final = {
    "pool": "takes or gives back: nobody notices but who waits for one",
    "others": "others see it, or it sees others: who comes first matters",
}
"""What the two kinds of full cells mean."""


def _cell(touches: tuple[Touch, ...], left: int, top: int, wide: int) -> str:
    """Draw a full cell where others can see what is done, else a small mark."""
    who, middle = sharing(touches), left + wide / 2
    if who == "nobody":
        return _dot(middle, top + ROW / 2, changes=any(t.how == "writes" for t in touches))
    fill, _ = palette.SHARING[who]
    shape = box(left + 3, top + 1, (wide - 6, ROW - 2), fill, ' rx="3"')
    return shape + text(middle, top + ROW - 6, words(touches), MIDDLE + STRONG + ON_FILL)


def _dot(x: float, y: float, *, changes: bool) -> str:
    """Draw a dot for what is changed, a ring for what is only read."""
    fill = palette.LIFELINE if changes else "none"
    return f'<circle cx="{x:g}" cy="{y:g}" r="{DOT}" fill="{fill}" stroke="{palette.LIFELINE}"/>'


def _said(touch: Touch) -> str:
    return f"{touch.how} {'its own' if touch.quiet else touch.whose}"
