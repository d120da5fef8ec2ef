"""A ledger of claims as a picture: a square for each claim, in rows by what it is about.

A square shows the verdict by its mark and by its colour, and the claim's id.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from ocallkit.claims.claim import HOLDS, OPEN, PENDING, REFINED, REFUTED
from ocallkit.claims.entry import counted, summary
from ocallkit.view import palette
from ocallkit.view.display import Picture
from ocallkit.view.fonts import BOLD, width
from ocallkit.view.marks import CLAIMS, SIZE, drawn
from ocallkit.view.measures import FONT, LINE, MARGIN, TITLE_FONT
from ocallkit.view.shapes import box, escaped, opening, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ocallkit.claims.entry import Judged

TITLE: Final = "What the discussion claims, and what is so"

MEANINGS: Final = {
    HOLDS: "so in every cell to which it applies",
    REFINED: "so under a condition that it does not state",
    REFUTED: "not so",
    OPEN: "nobody knows what was seen",
    PENDING: "not modelled",
}
"""What each verdict says."""

WIDE: Final = 820
"""What a page shows without making it smaller."""
SMALL: Final = 11
TALL, GAP, PAD = 38, 3, 3
QUIET: Final = f' fill="{palette.QUIET}"'


class _Row(NamedTuple):
    """One line of squares; `theme` stands before it, nothing where it continues the last."""

    theme: str
    entries: tuple[Judged, ...]


def claims_picture(themes: Mapping[str, Iterable[Judged]], title: str = TITLE) -> Picture:
    """Show a ledger as a picture; its plain text has a line for each claim."""
    made = _Drawing(themes, title)
    lines = [f"{one.id} {one.verdict}: {one.reason}" for one in made.entries]
    return Picture(made.svg(), f"{title}. {made.summary}", "\n".join([made.summary, *lines]))


def claims_svg(themes: Mapping[str, Iterable[Judged]], title: str = TITLE) -> str:
    """Draw a ledger as SVG text: for each theme its claims."""
    return _Drawing(themes, title).svg()


def digest(themes: Mapping[str, Iterable[Judged]]) -> str:
    """The same for the same claims with the same verdicts and reasons."""
    content = [
        [theme, [[c.id, c.verdict, c.reason] for c in some]] for theme, some in themes.items()
    ]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:12]


class _Drawing:
    """A ledger with the places of everything in its picture."""

    def __init__(self, themes: Mapping[str, Iterable[Judged]], title: str) -> None:
        self.themes = {theme: tuple(entries) for theme, entries in themes.items()}
        self.entries = tuple(one for some in self.themes.values() for one in some)
        self.title, self.summary = title, summary(self.entries)
        self.square = 2 * PAD + round(max(width(one.id, SMALL) for one in self.entries) * BOLD)
        self.first = MARGIN + 2 * GAP + round(max(width(theme, FONT) for theme in self.themes))
        self.rows = tuple(self._rows())
        self.top = 2 * LINE + MARGIN
        self.bottom = self.top + len(self.rows) * (TALL + 2 * GAP)

    def svg(self) -> str:
        """Draw everything, from the back to the front."""
        legend, bottom = self._legend()
        high = bottom + MARGIN
        found = digest(self.themes)
        frame = f' stroke="{palette.FRAME}" rx="6"'
        size, note = (WIDE, high), f"ocallkit claims {found}"
        return "\n".join(
            (
                opening(f"claims-{found}", size, self.title, self.summary, note),
                box(0.5, 0.5, (WIDE - 1, high - 1), palette.PAPER, frame),
                text(MARGIN, 27, self.title, f' font-size="{TITLE_FONT}" font-weight="bold"'),
                *(self._row(number, row) for number, row in enumerate(self.rows)),
                legend,
                "</svg>\n",
            )
        )

    def _rows(self) -> Iterator[_Row]:
        """As many squares in each as there is room for."""
        most = max(1, (WIDE - MARGIN - self.first) // (self.square + GAP))
        for theme, entries in self.themes.items():
            for start in range(0, len(entries), most):
                yield _Row("" if start else theme, entries[start : start + most])

    def _row(self, number: int, row: _Row) -> str:
        top = self.top + number * (TALL + 2 * GAP)
        squares = (
            self._square(self.first + place * (self.square + GAP), top, one)
            for place, one in enumerate(row.entries)
        )
        return text(MARGIN, top + TALL / 2 + 4, row.theme) + "".join(squares)

    def _square(self, left: int, top: int, one: Judged) -> str:
        fill, edge = palette.CLAIMS[one.verdict]
        frame = f' stroke="{edge}" rx="3"'
        middle = left + self.square / 2
        centred = f' font-size="{SMALL}" font-weight="bold" text-anchor="middle"'
        return (
            f"<g><title>{escaped(f'{one.id} {one.verdict}: {one.reason}')}</title>"
            f"{box(left + 0.5, top + 0.5, (self.square - 1, TALL - 1), fill, frame)}"
            f"{drawn(CLAIMS[one.verdict], middle - SIZE / 2, top + 6, edge)}"
            f"{text(middle, top + 32, one.id, centred)}</g>"
        )

    def _legend(self) -> tuple[str, int]:
        """Say below the rows what the marks mean, and how many claims have each."""
        x, y, parts = MARGIN, self.bottom + LINE, []
        for verdict, count in counted(self.entries).items():
            words = f"{count} {verdict}: {MEANINGS[verdict]}"
            wide = round(SIZE + 8 + width(words, FONT) + 2 * GAP + MARGIN / 2)
            if x > MARGIN and x + wide > WIDE - MARGIN:
                x, y = MARGIN, y + LINE + 2 * GAP
            parts.append(drawn(CLAIMS[verdict], x, y - SIZE + 2, palette.CLAIMS[verdict][1]))
            parts.append(text(x + SIZE + 8, y, words, QUIET))
            x += wide
        return "".join(parts), y
