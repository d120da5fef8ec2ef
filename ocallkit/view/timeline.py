"""How the reference counts of a run went: a strip for each object, over the diagram's messages.

Each object has a strip of its own with its name beside it and its counts on it: nothing has to be
told apart by colour.  Needs matplotlib, which is imported where a figure is made and not before.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from ocallkit.extras import missing
from ocallkit.model.events import Message, Note
from ocallkit.view import palette
from ocallkit.view.fonts import width
from ocallkit.view.ledger import ledger
from ocallkit.view.svg import digest_note

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ocallkit.view.ledger import Ledger
    from ocallkit.view.trace import Trace

COLOURS = {"tee_context": "#2f5d9b", "tee_shm": "#8d6708", "MOBJ": "#17705f"}
"""For each kind of object, by the first word of its name, the colour of its line."""

WIDTH, LEFT, RIGHT = 9.0, 1.5, 0.3
STRIP, GAP, ABOVE, BELOW = 0.6, 0.28, 0.95, 0.5
"""In inches: the figure's width and margins, a strip's height, and the room around the strips."""
SMALL, ROW = 8, 21
"""In points: how large a note is written, and the height of its two lines."""
ROWS = 2
"""How many rows of notes have room above the strips."""


def to_timeline(trace: Trace, *, whole: bool = False) -> Figure:
    """Draw the counts of a run's invocation, or with `whole` of all of it.

    Raises `MissingExtraError` where matplotlib is not installed.
    """
    book = ledger(trace, whole=whole)
    targets = _targets(book)
    rows = 1 + max((row for _, _, row in rows_of_notes(book)), default=0)
    above = ABOVE + max(rows - ROWS, 0) * ROW / 72
    high = above + (STRIP + GAP) * len(targets) - GAP + BELOW
    with _settings():
        from matplotlib.figure import Figure  # noqa: PLC0415

        figure = Figure(figsize=(WIDTH, high), facecolor=palette.PAPER)
        strips = list(figure.subplots(len(targets), sharex=True, sharey=True, squeeze=False)[:, 0])
        for strip, target in zip(strips, targets, strict=True):
            _strip(strip, book, target)
        _axis(strips[-1], book)
        _notes(strips, book)
        figure.text(0.2 / WIDTH, 1 - 0.3 / high, _title(trace), fontsize=11, color=palette.INK)
        figure.subplots_adjust(
            left=LEFT / WIDTH,
            right=1 - RIGHT / WIDTH,
            top=1 - above / high,
            bottom=BELOW / high,
            hspace=GAP / STRIP,
        )
    return figure


def timeline_svg(trace: Trace, *, whole: bool = False) -> str:
    """Draw the counts as SVG text, which carries the run's digest and no date."""
    out = StringIO()
    metadata = {
        "Title": _title(trace),
        "Identifier": digest_note(trace.digest),
        "Creator": None,
        "Date": None,
    }
    with _settings():
        to_timeline(trace, whole=whole).savefig(out, format="svg", metadata=metadata)
    # Trailing blanks mean nothing, and would be marked in every difference.
    drawn = out.getvalue().replace("</svg>", f"{palette.styled_sheet()}\n</svg>")
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def _settings() -> AbstractContextManager[None]:
    """Set what makes two drawings of one run the same bytes."""
    try:
        from matplotlib import rc_context  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise missing(error) from None
    return rc_context(
        {
            "svg.hashsalt": "ocallkit",
            "svg.fonttype": "none",
            "font.family": "DejaVu Sans",
            "font.size": 9,
        }
    )


def _title(trace: Trace) -> str:
    return f"Reference counts: {trace.title}"


def counts(book: Ledger, target: str) -> list[tuple[float, int]]:
    """List the counts of one object, each with the place from which it holds.

    A message's place is its number; what happens at a note, between two messages, is half-way.
    """
    start = sum(balance.count for balance in book.opening if balance.target == target)
    changes = [entry for entry in book.entries if entry.balance.target == target]
    return [(_before(book), start)] + [
        (_place(book, change.row, change.number), change.balance.count) for change in changes
    ]


def _before(book: Ledger) -> int:
    """The place before the first message: no message has the number 0, and no place is left out."""
    return min(book.first, 0)


def _place(book: Ledger, row: int, number: int) -> float:
    """Where a row stands; what comes before the invocation counts down, past the 0 that is none."""
    if number < 0:
        number += 1
    return number if isinstance(book.rows[row], Message) else number + 0.5


def _targets(book: Ledger) -> list[str]:
    """List the objects: contexts, then memories, then memory objects, then any others."""
    names = {balance.target for balance in book.opening}
    names |= {entry.balance.target for entry in book.entries}
    kinds = list(COLOURS)
    return sorted(names, key=lambda name: (kinds.index(_kind(name)), name))


def _kind(target: str) -> str:
    return target.split(maxsplit=1)[0]


def _strip(strip: Axes, book: Ledger, target: str) -> None:
    """Draw one object's counts, with each count written where it begins."""
    points, end = counts(book, target), _messages(book) + 0.5
    colour = COLOURS[_kind(target)]
    xs, ys = [*(x for x, _ in points), end], [*(y for _, y in points), points[-1][1]]
    strip.step(xs, ys, where="post", color=colour, linewidth=1.6)
    strip.fill_between(xs, ys, step="post", color=colour, alpha=0.12, linewidth=0)
    for (x, count), (until, _) in zip(points, [*points[1:], (end, 0)], strict=True):
        _count(strip, x, until, count)
    strip.set_yticks([])
    strip.set_ylabel(target, rotation=0, ha="right", va="center", color=palette.INK)
    strip.spines[["top", "left", "right"]].set_visible(False)
    strip.spines["bottom"].set_color(palette.FRAME)
    strip.tick_params(colors=palette.INK, length=0)


def _count(strip: Axes, x: float, until: float, count: int) -> None:
    """Write a count where its step begins; a step too short for it has it on its left."""
    if until == x:
        return
    offset, side = ((4, 2), "left") if until - x >= 1 else ((-2, 2), "right")
    strip.annotate(
        str(count), (x, count), offset, textcoords="offset points", ha=side, color=palette.INK
    )


def _axis(strip: Axes, book: Ledger) -> None:
    """Count the messages along the bottom, and leave room for a number above the highest count."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    highest = max((entry.balance.count for entry in book.entries), default=0)
    highest = max([highest, *(balance.count for balance in book.opening)])
    strip.set_ylim(0, highest + 1)
    strip.set_xlim(_before(book), _messages(book) + 0.5)
    strip.xaxis.set_major_locator(MaxNLocator(nbins=16, integer=True))
    strip.xaxis.set_major_formatter(lambda place, _: f"{_number(book, place):g}")
    strip.set_xlabel("message", color=palette.INK)


def _notes(strips: Sequence[Axes], book: Ledger) -> None:
    """Mark in all strips where a party does something on its own, and say what above them."""
    for place, words, row in rows_of_notes(book):
        for strip in strips:
            strip.axvline(place, color=palette.LIFELINE, linewidth=0.8, linestyle=":")
        strips[0].annotate(
            words,
            (place, 1),
            (0, 3 + row * ROW),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=SMALL,
            color=palette.QUIET,
        )


def rows_of_notes(book: Ledger) -> list[tuple[float, str, int]]:
    """For each note its place, its words and its row: the lowest in which it covers no other."""
    scale = (WIDTH - LEFT - RIGHT) * 72 / (_messages(book) + 0.5 - _before(book))
    ends: list[float] = []
    found, number = [], _before(book)
    for one in book.rows:
        number += isinstance(one, Message)
        if isinstance(one, Note):
            words = _in_two_lines(one.text)
            half = max(width(line, SMALL) for line in words.split("\n")) / 2
            middle = (number + 0.5) * scale
            free = (row for row, end in enumerate(ends) if end < middle - half)
            row = next(free, len(ends))
            ends[row : row + 1] = [middle + half]
            found.append((number + 0.5, words, row))
    return found


def _in_two_lines(text: str) -> str:
    """Break a note at the blank that is nearest to its middle."""
    blanks = [place for place, character in enumerate(text) if character == " "]
    middle = min(blanks, key=lambda place: abs(2 * place - len(text) + 1), default=len(text))
    return "\n".join(part for part in (text[:middle], text[middle + 1 :]) if part)


def _number(book: Ledger, place: float) -> float:
    """The number of the message at a place of the axis."""
    return place - 1 if book.first < 0 and place <= 0 else place


def _messages(book: Ledger) -> int:
    """The place of the last message."""
    return _before(book) + sum(isinstance(row, Message) for row in book.rows)
