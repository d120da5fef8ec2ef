"""A page as Markdown, as a pull request on GitHub takes it."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from ocallkit.view.page import (
    Banner,
    Beside,
    Code,
    Diagram,
    Fold,
    Heading,
    Items,
    Source,
    Strong,
    Table,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.view.page import Block, Cell, Page, Words

MEANS_SOMETHING = re.compile(r"[\\`*\[\]|~$]|(?<!\w)_|_(?!\w)")
"""Signs that are markup within a line; of `<`, `>` and `&` there are HTML's names."""

MENTIONS = re.compile(r"@(?=\w)|#(?=\d)")
"""What would call somebody, or name another pull request."""

QUOTED = {"holds": "TIP", "unfinished": "WARNING", "empty": "WARNING"}
"""GitHub's kind of quotation for a verdict; of all others it is a caution."""


def to_markdown(page: Page) -> str:
    """Write a page."""
    return f"{_blocks(page.blocks)}\n"


def _blocks(blocks: Iterable[Block]) -> str:
    return "\n\n".join(filter(None, map(_block, blocks)))


def _block(block: Block) -> str:  # noqa: PLR0911 - one for each kind of block
    match block:
        case Heading(level=level, words=words):
            return f"{'#' * level} {said(words)}"
        case Banner(verdict=verdict, words=words):
            return f"> [!{QUOTED.get(verdict, 'CAUTION')}]\n> {said(words)}"
        case Text(words=words):
            return said(words)
        case Items(entries=entries):
            return "\n".join(f"- {said(words)}" for words in entries)
        case Table():
            return _table(block)
        case Source(language=language, text=text):
            return _fenced(language, text)
        case Diagram(mermaid=mermaid):
            return _fenced("mermaid", mermaid) if mermaid else ""
        case Beside(parts=parts):
            return "\n\n".join(
                f"{said(words)}\n\n{_fenced(part.language, part.text)}" for words, part in parts
            )
        case Fold(summary=summary, blocks=blocks):
            head = f"<details><summary>{_in_html(summary)}</summary>"
            return f"{head}\n\n{_blocks(blocks)}\n\n</details>"


def said(words: Words) -> str:
    r"""A line of words.

    >>> said(("of ", Code("a|b"), " *"))
    'of `a|b` \\*'
    """
    return "".join(map(_part, words))


def plain(text: str) -> str:
    """A text in which nothing is markup, and nobody is called.

    >>> plain("<b> @you #1")
    '&lt;b&gt; @<!-- -->you #<!-- -->1'
    """
    safe = MEANS_SOMETHING.sub(r"\\\g<0>", escape(text.replace("\n", " "), quote=False))
    return MENTIONS.sub(lambda found: f"{found[0]}<!-- -->", safe)


def _part(part: str | Code | Strong) -> str:
    match part:
        case Code(text=text):
            return _code(text)
        case Strong(text=text):
            return f"**{plain(text)}**"
        case _:
            return plain(part)


def _code(text: str) -> str:
    """Code between as many backticks as it has none of."""
    line = text.replace("\n", " ")
    ticks = _fence(line, 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def _fenced(language: str, text: str) -> str:
    fence = _fence(text, 3)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _fence(text: str, least: int) -> str:
    """More backticks than the text has anywhere in a row."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)


def _table(table: Table) -> str:
    heads = "".join(f"| {_in_cell(words)} " for words in table.heads)
    rows = ["".join(f"| {_cell(cell)} " for cell in row) + "|" for row in table.rows]
    return "\n".join([f"{heads}|", "|---" * len(table.heads) + "|", *rows])


def _cell(cell: Cell) -> str:
    words = _in_cell(cell.words)
    return f"**{words}**" if cell.changed else words


def _in_cell(words: Words) -> str:
    """A bar ends a cell even inside code."""
    return "".join(
        _code(part.text).replace("|", "\\|") if isinstance(part, Code) else _part(part)
        for part in words
    )


def _in_html(words: Words) -> str:
    """A line of words where Markdown is not read."""
    tags = {Code: "code", Strong: "b"}
    return "".join(
        MENTIONS.sub(r"\g<0><!-- -->", escape(part, quote=False))
        if isinstance(part, str)
        else f"<{tags[type(part)]}>{escape(part.text, quote=False)}</{tags[type(part)]}>"
        for part in words
    )
