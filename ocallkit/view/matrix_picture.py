"""The matrix of verdicts: as a picture, and as a table whose violated cells open.

Designs go down, scenarios across.  A cell shows the worst of what breaks for any number of secure
threads, by a word and by a shape, and how many states were reached.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.judging.assembly import NUM_THREADS
from ocallkit.judging.matrix import Cell, as_text, short
from ocallkit.judging.notation import command
from ocallkit.judging.tokens import replay
from ocallkit.view import palette
from ocallkit.view.counterexample import SUMMARY, counterexample_html
from ocallkit.view.display import Picture, Table
from ocallkit.view.fonts import BOLD, width
from ocallkit.view.ledger_table import CELL
from ocallkit.view.marks import SIZE, mark
from ocallkit.view.measures import FONT, LINE, MARGIN, TITLE_FONT
from ocallkit.view.shapes import box, escaped, opening, text

if TYPE_CHECKING:
    from collections.abc import Sequence

MEANINGS: Final = {
    "holds": "every property, in every state",
    "leak": "something is left behind for good",
    "deadlock": "somebody waits for ever",
    "use-after-free": "something freed is used",
    "broken": "another property breaks",
    "empty": "says nothing: it never came to what the scenario is about",
    "unfinished": "not known: not everything was reached",
}
"""The verdicts, the best one first, and what they say."""

TITLE: Final = "Every design in every scenario"
STATES: Final = "Numbers: states reached, one for each number of secure threads where they differ."
QUIET: Final = f' fill="{palette.QUIET}"'
HEAD, ROW, GAP, PAD = 30, 44, 4, 8
TEXT_LEFT = PAD + SIZE + 8
FOLDS: Final = "display:flex;flex-wrap:wrap;gap:0.2em 1.4em"


class Square(msgspec.Struct, frozen=True):
    """One design in one scenario, for each number of secure threads that was tried."""

    design: str
    scenario: str
    cells: tuple[Cell, ...]

    @property
    def word(self) -> str:
        """The worst verdict."""
        words = [short(cell) for cell in self.cells]
        return max(words, key=list(MEANINGS).index)

    @property
    def label(self) -> str:
        """The worst verdict, and where others differ the numbers of secure threads that have it."""
        threads = [cell.threads for cell in self.cells if short(cell) == self.word]
        if len(threads) == len(self.cells):
            return self.word
        return f"{self.word} ({listed(threads)})"

    @property
    def counts(self) -> str:
        """How many states were reached; one number for each number of threads if they differ."""
        counts = [cell.states for cell in self.cells]
        return listed(counts if len(set(counts)) > 1 else counts[:1])

    @property
    def states(self) -> str:
        """The same with its unit."""
        return f"{self.counts} states"

    @property
    def shown(self) -> Cell:
        """The cell whose counterexample is shown: of the usual number of threads if it has one."""
        broken = [cell for cell in self.cells if short(cell) == self.word]
        return next((cell for cell in broken if cell.threads == NUM_THREADS), broken[0])


def squares(cells: Sequence[Cell]) -> list[list[Square]]:
    """Put the cells of a matrix into rows: a row for each design, in their own order."""
    scenarios = list(dict.fromkeys(cell.scenario for cell in cells))
    designs = list(dict.fromkeys(cell.design for cell in cells))
    return [
        [
            Square(d, s, tuple(c for c in cells if (c.design, c.scenario) == (d, s)))
            for s in scenarios
        ]
        for d in designs
    ]


def digest(cells: Sequence[Cell]) -> str:
    """The same for the same verdicts and counts, whatever time they took."""
    content = [msgspec.structs.asdict(cell) | {"seconds": 0.0} for cell in cells]
    for one in content:
        del one["record"]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:12]


def size(cells: Sequence[Cell]) -> str:
    """How large the systems are, in words."""
    clients = listed(sorted({cell.clients for cell in cells}))
    threads = listed(sorted({cell.threads for cell in cells}))
    return f"CAs: {clients}. Secure threads: {threads}."


def summary(cells: Sequence[Cell]) -> str:
    """The matrix in a sentence, for those who do not see its picture."""
    counts = Counter(square.word for row in squares(cells) for square in row)
    found = ", ".join(f"{word}: {counts[word]}" for word in MEANINGS if word in counts)
    return f"{TITLE}. {size(cells)} {found}."


def matrix_picture(cells: Sequence[Cell]) -> Picture:
    """Show the matrix as a picture; its plain text is the table for terminals."""
    return Picture(matrix_svg(cells), summary(cells), as_text(cells))


def matrix_svg(cells: Sequence[Cell]) -> str:
    """Draw the matrix as SVG text."""
    return _Drawing(cells).svg()


class _Drawing:
    """The rows of a matrix with the places of everything in its picture."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.rows = squares(cells)
        designs = [row[0].design for row in self.rows]
        self.first = MARGIN + _wide(designs) + 2 * PAD
        self.wides = [
            _square_width([row[n] for row in self.rows]) for n in range(len(self.rows[0]))
        ]
        self.top = 2 * LINE + MARGIN
        self.bottom = self.top + HEAD + ROW * len(self.rows)
        self.right = self.first + sum(self.wides) + GAP * len(self.wides) + MARGIN

    def svg(self) -> str:
        """Draw everything, from the back to the front."""
        key, bottom = self._legend()
        high = bottom + MARGIN
        frame = f' stroke="{palette.FRAME}" rx="6"'
        return "\n".join(
            (
                self._opening(high),
                box(0.5, 0.5, (self.right - 1, high - 1), palette.PAPER, frame),
                text(MARGIN, 27, TITLE, f' font-size="{TITLE_FONT}" font-weight="bold"'),
                text(self.right - MARGIN, 27, size(self.cells), f'{QUIET} text-anchor="end"'),
                *self._heads(),
                *(self._row(number, row) for number, row in enumerate(self.rows)),
                key,
                "</svg>\n",
            )
        )

    def _opening(self, high: int) -> str:
        found = digest(self.cells)
        words, note = summary(self.cells), f"ocallkit matrix {found}"
        return opening(f"matrix-{found}", (self.right, high), TITLE, words, note)

    def _lefts(self) -> list[int]:
        return [self.first + sum(self.wides[:n]) + GAP * n for n in range(len(self.wides))]

    def _heads(self) -> list[str]:
        y = self.top + HEAD - PAD
        return [
            text(left + PAD, y, square.scenario, ' font-weight="bold"')
            for left, square in zip(self._lefts(), self.rows[0], strict=True)
        ]

    def _row(self, number: int, row: list[Square]) -> str:
        top = self.top + HEAD + ROW * number
        parts = [text(MARGIN, top + ROW / 2 + 2, row[0].design, ' font-weight="bold"')]
        columns = zip(self._lefts(), self.wides, row, strict=True)
        return "".join([*parts, *(_square(left, top, wide, one) for left, wide, one in columns)])

    def _legend(self) -> tuple[str, int]:
        """Say below the rows what the marks mean; only those that are in the picture."""
        present = {square.word for row in self.rows for square in row}
        x, y, parts = MARGIN, self.bottom + LINE + PAD, []
        for word in (word for word in MEANINGS if word in present):
            words = f"{word}: {MEANINGS[word]}"
            wide = round(SIZE + 8 + width(words, FONT) + 2 * PAD)
            if x > MARGIN and x + wide > self.right - MARGIN:
                x, y = MARGIN, y + LINE + PAD
            parts.append(mark(word, x, y - SIZE + 2))
            parts.append(text(x + SIZE + 8, y, words, QUIET))
            x += wide
        parts.append(text(MARGIN, y + LINE + PAD, STATES, QUIET))
        return "".join(parts), y + LINE + 2 * PAD


def _square(left: int, top: int, wide: int, square: Square) -> str:
    """Draw one cell: its mark, its word, its states."""
    fill, edge, _ = palette.VERDICTS[square.word]
    said = f"{square.design} in {square.scenario}: {square.label}, {square.states}"
    frame = f' stroke="{edge}" rx="3"'
    return (
        f"<g><title>{escaped(said)}</title>"
        f"{box(left + 0.5, top + 0.5, (wide - 1, ROW - GAP - 1), fill, frame)}"
        f"{mark(square.word, left + PAD, top + 6)}"
        f"{text(left + TEXT_LEFT, top + 17, square.label)}"
        f"{text(left + TEXT_LEFT, top + 33, square.counts, QUIET)}</g>"
    )


def _square_width(column: Sequence[Square]) -> int:
    words = [line for square in column for line in (square.label, square.counts)]
    head = PAD + _wide([column[0].scenario])
    return max(head, TEXT_LEFT + round(max(width(line, FONT) for line in words))) + PAD


def _wide(names: Sequence[str]) -> int:
    """The width of the widest of some bold names."""
    return round(max(width(name, FONT) for name in names) * BOLD)


def matrix_table(cells: Sequence[Cell]) -> Table:
    """Show the matrix as a table; below each row every violated cell opens its counterexample.

    They open below the row and not in it, so that there is room for the picture.
    """
    rows = squares(cells)
    heads = "".join(f'<th scope="col" style="{CELL}">{escape(s.scenario)}</th>' for s in rows[0])
    html = (
        '<table style="border-collapse:collapse;color:inherit;width:100%">'
        f'<caption style="text-align:left">{escape(summary(cells))}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(map(_row_html, rows))}</tbody>"
        "</table>"
    )
    return Table(html, _plain(cells, rows))


def _row_html(row: list[Square]) -> str:
    """A row of verdicts, and below it what opens."""
    violated = [square for square in row if square.shown.broken]
    span = ' rowspan="2"' if violated else ""
    head = f'<th scope="rowgroup"{span} style="{CELL}">{escape(row[0].design)}</th>'
    folds = "".join(
        f'<details><summary style="{SUMMARY}">{escape(f"{square.scenario}: {square.word}")}'
        f"</summary>{_panel(square.shown)}</details>"
        for square in violated
    )
    below = (
        f'<tr><td colspan="{len(row)}" style="{CELL}"><div style="{FOLDS}">{folds}</div></td></tr>'
    )
    return f"<tr>{head}{''.join(map(_cell_html, row))}</tr>{below if violated else ''}"


def _cell_html(square: Square) -> str:
    style = f"{CELL};border-left:5px {palette.edge(square.word)}"
    label, states = escape(square.label), escape(square.states).replace(" states", "&nbsp;states")
    return f'<td style="{style}">{label}<br><small>{states}</small></td>'


def _panel(cell: Cell) -> str:
    """Each way in which a cell is violated: the first as a picture, the others by their line."""
    ways = [(line, [name for name, _, _ in way]) for line, way in _by_run(cell)]
    line, names = ways[0]
    others = "".join(
        f"<p>Also breaks {', '.join(names)}: <code>{escape(command(line, names))}</code></p>"
        for line, names in ways[1:]
    )
    return f"{counterexample_html(replay(line), line, names)}{others}"


def _by_run(cell: Cell) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """The properties that are violated, put together by the run that shows it."""
    ways = sorted(cell.broken, key=lambda one: [line for _, _, line in cell.broken].index(one[2]))
    return [(line, list(way)) for line, way in groupby(ways, key=lambda one: one[2])]


def _plain(cells: Sequence[Cell], rows: list[list[Square]]) -> str:
    """The table for terminals, the states in each cell, and the line of each counterexample."""
    lines = [as_text(cells), "", summary(cells)]
    for square in (square for row in rows for square in row):
        lines.append(f"{square.design} in {square.scenario}: {square.label}, {square.states}")
        for line, way in _by_run(square.shown):
            lines.append(f"  {command(line, [name for name, _, _ in way])}")
    return "\n".join(lines)


def listed(numbers: Sequence[int]) -> str:
    """Numbers as a list.

    >>> listed([14, 15, 15])
    '14, 15, 15'
    """
    return ", ".join(map(str, numbers))
