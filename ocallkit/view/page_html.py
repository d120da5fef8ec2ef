"""A page as one file of HTML: it asks for nothing, runs nothing, and follows the reader's theme."""

from __future__ import annotations

import re
from html import escape
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ocallkit.view.marks import SHAPES, SIZE
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
    from collections.abc import Iterator

    from ocallkit.view.page import Block, Cell, Page, Words

STYLE = Path(__file__).with_name("page.css")

PART = re.compile(r"(?<=[/,@_.])(?=\w)")
"""Where a long name may be broken."""

LONG = 30
"""From how many signs on a name may be broken anywhere: a shorter one stays on its line."""

LANGUAGE = "http://www.w3.org/2000/svg"
LABELS = re.compile(r'(?<= aria-labelledby=")[^"]+')


def to_html(page: Page) -> str:
    """Write a page."""
    numbers = count(1)
    body = "\n".join(_block(block, numbers) for block in page.blocks)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(page.title)}</title>\n"
        f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _block(block: Block, numbers: Iterator[int]) -> str:  # noqa: PLR0911 - one for each kind of block
    match block:
        case Heading(level=level, words=words):
            return f"<h{level}>{said(words)}</h{level}>"
        case Banner(verdict=verdict, words=words):
            return f'<p class="banner {verdict}">{_mark(verdict)}<span>{said(words)}</span></p>'
        case Text(words=words):
            return f"<p>{said(words)}</p>"
        case Items(entries=entries):
            return f"<ul>{''.join(f'<li>{said(words)}</li>' for words in entries)}</ul>"
        case Table():
            return _table(block)
        case Source(text=text):
            return _lines(text)
        case Beside(parts=parts):
            both = (f"<div><p>{said(words)}</p>{_lines(one.text)}</div>" for words, one in parts)
            return f'<div class="beside">{"".join(both)}</div>'
        case Diagram(svg=svg, alt=alt):
            # Two pictures of one run would have the same ids.
            return _scrolled("figure", alt, _apart(svg, next(numbers)))
        case Fold(summary=summary, blocks=blocks):
            inside = "\n".join(_block(one, numbers) for one in blocks)
            return f"<details><summary>{said(summary)}</summary>\n{inside}\n</details>"


def said(words: Words) -> str:
    """A line of words.

    >>> said(("a < b: ", Code("x")))
    'a &lt; b: <code class="name">x</code>'
    """
    return "".join(map(_part, words))


def _part(part: str | Code | Strong) -> str:
    match part:
        case Code(text=text):
            if len(text) < LONG:
                return f'<code class="name">{escape(text, quote=False)}</code>'
            return f"<code>{'<wbr>'.join(map(escape, PART.split(text)))}</code>"
        case Strong(text=text):
            return f"<strong>{escape(text, quote=False)}</strong>"
        case _:
            return escape(part, quote=False)


def _lines(text: str) -> str:
    return f"<pre><code>{escape(text.rstrip(), quote=False)}</code></pre>"


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{said(words)}</th>' for words in table.heads)
    names = ["".join(map(_plain, words)) if table.stacked else "" for words in table.heads]
    rows = "".join(
        f'<tr><th scope="row">{said(row[0].words)}</th>'
        f"{''.join(map(_cell, row[1:], names[1:]))}</tr>"
        for row in table.rows
    )
    body = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return _scrolled("div", table.about, body, "wide stacked" if table.stacked else "wide")


def _plain(part: str | Code | Strong) -> str:
    return part if isinstance(part, str) else part.text


def _cell(cell: Cell, head: str) -> str:
    """A cell; one that may stand below others says under which head it belongs."""
    names = " ".join(filter(None, (cell.verdict, "changed" if cell.changed else "")))
    marked = f' class="{names}"' if names else ""
    under = f' data-head="{escape(head)}"' if head else ""
    return f"<td{marked}{under}>{_mark(cell.verdict)}{said(cell.words)}</td>"


def _mark(verdict: str) -> str:
    """The shape of a verdict, in the colour of the text around it."""
    if verdict not in SHAPES:
        return ""
    return (
        f'<svg class="mark" viewBox="0 0 {SIZE} {SIZE}" aria-hidden="true">'
        f'<path d="{SHAPES[verdict]}"/></svg>'
    )


def _scrolled(tag: str, about: str, inside: str, kind: str = "wide") -> str:
    """What may be wider than the page: it is moved by itself, by keys too."""
    named = escape(about)
    return f'<{tag} class="{kind}" role="group" aria-label="{named}" tabindex="0">{inside}</{tag}>'


def _apart(svg: str, number: int) -> str:
    """A picture whose ids are its own on the page; inside HTML it needs no name of its language."""
    own = svg.replace(f' xmlns="{LANGUAGE}"', "").replace(' id="', f' id="p{number}-')
    return LABELS.sub(lambda found: " ".join(f"p{number}-{one}" for one in found[0].split()), own)
