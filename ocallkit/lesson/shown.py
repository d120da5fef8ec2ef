"""What a lesson puts under a cell: sentences, and things that are folded away.

A notebook fresh from a clone is not trusted: scripts and ids of its outputs go.  `<details>`,
`<img>` and inline style stay, so a fold works there too.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Protocol

import msgspec

from ocallkit.brief import brief
from ocallkit.lesson.prose import inline, to_html, to_plain
from ocallkit.view.ledger_table import CELL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Displayable(Protocol):
    """Anything that shows itself in a notebook: a Run, its pictures and tables, a `Shown`."""

    def _repr_mimebundle_(self) -> dict[str, str]: ...


class Shown(msgspec.Struct, frozen=True):
    """Something that a notebook shows as HTML, and everything else as plain text."""

    html: str
    plain: str

    def _repr_mimebundle_(self, **_asked: object) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.plain}

    def __str__(self) -> str:
        return self.plain

    def __repr__(self) -> str:
        return brief(self, self.plain)


def say(text: str) -> Shown:
    """Show a sentence whose numbers the cell has computed; `code` and **weight** are understood.

    >>> print(say(f"One OCALL: **{1 + 1}** ioctls."))
    One OCALL: 2 ioctls.
    """
    return Shown(to_html(text), to_plain(text))


def reveal(thing: str | Displayable, summary: str = "Open when you have made your guess") -> Shown:
    """Fold `thing`, a sentence or anything that shows itself, below the line `summary`.

    >>> print(reveal("It is `free` again.", "After the return"))
    After the return
    <BLANKLINE>
    It is free again.
    """
    html, plain = content(thing)
    return Shown(
        f'<details><summary style="cursor:pointer">{escape(summary, quote=False)}</summary>'
        f'<div style="padding:0.4em 0 0.4em 1.1em">{html}</div></details>',
        f"{summary}\n\n{plain}",
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Shown:
    """Show rows of computed cells under their heads; marks are understood as in `say`.

    >>> print(table(("step", "thread"), [("`smc`", 0)]))
    step  thread
    ----  ------
    smc   0
    """
    cells = [[str(cell) for cell in row] for row in rows]
    head = "".join(f'<th scope="col" style="{CELL}">{inline(text)}</th>' for text in heads)
    body = "".join(
        "<tr>" + "".join(f'<td style="{CELL}">{inline(text)}</td>' for text in row) + "</tr>"
        for row in cells
    )
    plain = [list(heads), *[[to_plain(text) for text in row] for row in cells]]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    plain.insert(1, ["-" * width for width in widths])
    return Shown(
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>",
        "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in plain),
    )


def together(*things: str | Displayable) -> Shown:
    """Show several things, one below the other, as one: a sentence and its picture, say.

    >>> print(together("Two threads:", table(("thread", "is"), [(0, "free"), (1, "taken")])))
    Two threads:
    <BLANKLINE>
    thread  is
    ------  -----
    0       free
    1       taken
    """
    htmls, plains = zip(*map(content, things), strict=True)
    return Shown("".join(htmls), "\n\n".join(plains))


def content(thing: str | Displayable) -> tuple[str, str]:
    """The HTML and the plain text of a sentence, or of a thing that shows itself."""
    if isinstance(thing, str):
        return to_html(thing), to_plain(thing)
    bundle = thing._repr_mimebundle_()
    return bundle["text/html"], bundle["text/plain"]
