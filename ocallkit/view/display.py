"""How a run looks in a notebook.

A notebook fresh from a clone is untrusted: an inline `<svg>` is stripped from its stored outputs,
scripts and ids go.  An `<img>` whose source is a data address stays, live and stored, and so does
the plain text that stands beside it.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

import msgspec

from ocallkit.brief import brief
from ocallkit.view.svg import to_svg
from ocallkit.view.text import to_text

if TYPE_CHECKING:
    from collections.abc import Container

    from ocallkit.view.trace import Trace

Bundle = dict[str, str]
"""For each mime type what to show."""


class Picture(msgspec.Struct, frozen=True):
    """An SVG picture that a notebook shows; `alt` says the same in words, `plain` in full."""

    svg: str
    alt: str
    plain: str = ""

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> Bundle:
        return _chosen(
            {"text/html": image(self.svg, self.alt), "text/plain": self.plain or self.alt},
            include,
            exclude,
        )

    def __repr__(self) -> str:
        return brief(self, self.alt)


class Table(msgspec.Struct, frozen=True):
    """A table that a notebook shows as HTML, and everything else as plain text."""

    html: str
    plain: str

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> Bundle:
        return _chosen({"text/html": self.html, "text/plain": self.plain}, include, exclude)

    def __repr__(self) -> str:
        return brief(self, self.plain)


def mimebundle(trace: Trace, *, whole: bool = False, references: bool = False) -> Bundle:
    """Show a run: its diagram with the run's summary as alternative text, and its plain text."""
    picture = to_svg(trace, whole=whole, references=references)
    return {
        "text/html": image(picture, trace.summary),
        "text/plain": to_text(trace, whole=whole, dividers=True),
    }


def image(svg: str, alt: str) -> str:
    """Write an SVG picture as an HTML image that carries its own bytes.

    >>> image("<svg/>", "A & B")
    '<img alt="A &amp; B" style="max-width:100%" src="data:image/svg+xml;base64,PHN2Zy8+">'
    """
    data = b64encode(svg.encode()).decode()
    source = f"data:image/svg+xml;base64,{data}"
    return f'<img alt="{escape(alt)}" style="max-width:100%" src="{source}">'


def _chosen(
    bundle: Bundle, include: Container[str] | None, exclude: Container[str] | None
) -> Bundle:
    """Keep the mime types that are asked for."""
    return {
        mime: data
        for mime, data in bundle.items()
        if (include is None or mime in include) and (exclude is None or mime not in exclude)
    }
