"""A sentence as authors write it, with `code`, **weight** and fenced blocks, as HTML."""

from __future__ import annotations

import re
from html import escape

FENCE = re.compile(r"^```\w*\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
"""A block of code between two fences; its language is not looked at."""

SPACED = "margin:0.3em 0"
"""Above and below a paragraph the same: pages put all of it below."""

INLINE = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
)


def to_html(text: str) -> str:
    """Write paragraphs, code and weight as HTML; whatever else is in `text` is text.

    >>> to_html("**One** `tee_shm` & more.")
    '<p style="margin:0.3em 0"><strong>One</strong> <code>tee_shm</code> &amp; more.</p>'
    """
    pieces = FENCE.split(text)
    return "".join(
        f"<pre><code>{escape(piece)}</code></pre>" if place % 2 else _paragraphs(piece)
        for place, piece in enumerate(pieces)
    )


def to_plain(text: str) -> str:
    """The same without marks: what a screen reader or a terminal gets.

    >>> to_plain("**One** `tee_shm`.")
    'One tee_shm.'
    """
    pieces = FENCE.split(text)
    return "".join(
        piece if place % 2 else re.sub(r"`([^`]+)`|\*\*([^*]+)\*\*", r"\1\2", piece)
        for place, piece in enumerate(pieces)
    )


def _paragraphs(text: str) -> str:
    parts = [part.strip() for part in text.split("\n\n")]
    return "".join(f'<p style="{SPACED}">{inline(part)}</p>' for part in parts if part)


def inline(text: str) -> str:
    """Write the marks inside a line as HTML.

    >>> inline("`a` < **b**")
    '<code>a</code> &lt; <strong>b</strong>'
    """
    marked = escape(text, quote=False)
    for mark, html in INLINE:
        marked = mark.sub(html, marked)
    return marked
