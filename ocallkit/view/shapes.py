"""The few shapes that a diagram is made of, as SVG elements with presentation attributes."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from ocallkit.view.fonts import FAMILY
from ocallkit.view.measures import BAR, FONT
from ocallkit.view.palette import INK, IOCTL, IOCTL_EDGE, LINES, PAPER, THREAD, dark_sheet

HEAD_LENGTH = 9
HEAD_WIDTH = 7
HATCH = 5
"""The distance between two hatching lines."""


@lru_cache(maxsize=4096)
def escaped(content: str) -> str:
    """Write a text as it may stand between two tags."""
    return escape(content, quote=False)


def opening(name: str, size: tuple[int, int], title: str, summary: str, note: str = "") -> str:
    """Begin a picture of a width and a height that says in words what it shows.

    `name` tells the ids of these words from those of other pictures; `note` is for programs.
    """
    wide, high = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" '
        f'font-family="{FAMILY}" font-size="{FONT}" fill="{INK}">'
        f'<title id="{name}-title">{escaped(title)}</title>'
        f'<desc id="{name}-desc">{escaped(summary)}</desc>'
        + (f"<metadata>{note}</metadata>" if note else "")
        + dark_sheet()
    )


def rule(left: float, right: float, y: float, stroke: str) -> str:
    """Draw a line from left to right."""
    return f'<path d="M{left:g} {y:g}H{right:g}" stroke="{stroke}"/>'


def post(x: float, top: float, bottom: float, stroke: str) -> str:
    """Draw a line from top to bottom."""
    return f'<path d="M{x:g} {top:g}V{bottom:g}" stroke="{stroke}"/>'


def box(x: float, y: float, size: tuple[float, float], fill: str, extra: str = "") -> str:
    """Draw a filled rectangle of a width and a height."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{size[0]:g}" height="{size[1]:g}" fill="{fill}"{extra}/>'
    )


def text(x: float, y: float, content: str, extra: str = "") -> str:
    """Write a text from `x` on; attributes in `extra` may centre or colour it."""
    return f'<text x="{x:g}" y="{y:g}"{extra}>{escaped(content)}</text>'


def arrow(start: float, end: float, y: float, kind: str) -> str:
    """Draw a message's line with its head: open for a return, filled for all others."""
    stroke, dash = LINES[kind]
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    back = end - HEAD_LENGTH if end > start else end + HEAD_LENGTH
    sides = f"{back:g} {y - HEAD_WIDTH / 2:g}L{end:g} {y:g}L{back:g} {y + HEAD_WIDTH / 2:g}"
    if kind == "return":
        shaft, head = end, f'<path d="M{sides}" stroke="{stroke}" stroke-width="1.4" fill="none"/>'
    else:
        shaft, head = back, f'<path d="M{sides}z" fill="{stroke}"/>'
    return (
        f'<path d="M{start:g} {y:g}H{shaft:g}" stroke="{stroke}" stroke-width="1.4"{dashes}/>{head}'
    )


def bar_shape(x: float, top: float, bottom: float, kind: str) -> str:
    """Draw a bar around `x`: filled while a thread runs, hatched while it is suspended."""
    left, size = x - BAR / 2, (BAR, bottom - top)
    if kind == "ioctl":
        return box(left, top, size, IOCTL, f' stroke="{IOCTL_EDGE}"')
    if kind == "running":
        return box(left, top, size, THREAD, f' stroke="{THREAD}"')
    frame = box(left, top, size, PAPER, f' stroke="{THREAD}"')
    return f'{frame}<path d="{_hatching(left, top, bottom)}" stroke="{THREAD}"/>'


def _hatching(left: float, top: float, bottom: float) -> str:
    """Draw slanted lines, none of which leaves the bar."""
    count = int((bottom - top - BAR) // HATCH) + 1
    return f"M{left:g} {top + BAR:g}" + f"l{BAR} {-BAR}m{-BAR} {BAR + HATCH}" * count
