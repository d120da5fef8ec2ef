"""A page as blocks that know nothing of how they are written: `page_markdown`, `page_html`.

A line of words is a tuple of plain texts, of `Code` and of `Strong`; nothing in it is markup, so
that whoever writes the page escapes everything in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKDOWN: Final = "markdown"
BOTH: Final = "both"
FORMS: Final = {".md": MARKDOWN, ".html": "html"}
"""What the name of a file ends in, and the form that a page has there."""


class Code(msgspec.Struct, frozen=True):
    """A name, a token, a command."""

    text: str


class Strong(msgspec.Struct, frozen=True):
    """What is to be seen first."""

    text: str


Words = tuple[str | Code | Strong, ...]


class Cell(msgspec.Struct, frozen=True):
    """A cell of a table; `verdict` is a word of the matrix that colours it, `changed` marks it."""

    words: Words
    verdict: str = ""
    changed: bool = False


class Heading(msgspec.Struct, frozen=True):
    """A heading of level 1 to 4."""

    level: int
    words: Words


class Banner(msgspec.Struct, frozen=True):
    """What comes of it all, in a line or two; `verdict` colours it."""

    verdict: str
    words: Words


class Text(msgspec.Struct, frozen=True):
    """A paragraph."""

    words: Words


class Items(msgspec.Struct, frozen=True):
    """A list."""

    entries: tuple[Words, ...]


class Table(msgspec.Struct, frozen=True):
    """A table, whose first column heads the rows; `about` says what it is.

    One of prose is `stacked` where there is no room for its columns.
    """

    about: str
    heads: tuple[Words, ...]
    rows: tuple[tuple[Cell, ...], ...]
    stacked: bool = False


class Source(msgspec.Struct, frozen=True):
    """Lines of a program or of a terminal, as they stand."""

    language: str
    text: str


class Beside(msgspec.Struct, frozen=True):
    """Sources to be compared, each below what it is."""

    parts: tuple[tuple[Words, Source], ...]


class Diagram(msgspec.Struct, frozen=True):
    """A picture: for pages that draw Mermaid its source, for others SVG; `alt` says it in words.

    One without Mermaid is left out where no SVG is shown: its words have to stand beside it.
    """

    svg: str
    alt: str
    mermaid: str = ""


class Fold(msgspec.Struct, frozen=True):
    """Blocks that a reader opens."""

    summary: Words
    blocks: tuple[Block, ...]


Block = Heading | Banner | Text | Items | Table | Source | Beside | Diagram | Fold


class Page(msgspec.Struct, frozen=True):
    """A page: its title, and what is on it."""

    title: str
    blocks: tuple[Block, ...]


def listed(parts: Iterable[Words], between: str = ", ", last: str = "") -> Words:
    """Words one after the other.

    >>> listed([("a",), ("b",), ("c",)], last=" and ")
    ('a', ', ', 'b', ' and ', 'c')
    """
    several = list(parts)
    found: list[str | Code | Strong] = []
    for number, words in enumerate(several):
        if number:
            found.append(last if last and number == len(several) - 1 else between)
        found += words
    return tuple(found)


def codes(names: Iterable[str], last: str = " and ") -> Words:
    """Names as a list, each as code."""
    return listed([(Code(name),) for name in names], last=last)
