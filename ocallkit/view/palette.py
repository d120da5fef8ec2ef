"""The colours of the pictures: calm, every text at least 4.5 to 1, every line 3 to 1 (WCAG AA).

A picture is drawn dark on light, on a background of its own.  For each colour there is another
for dark places, and a style sheet that puts these in: whoever drops it keeps a picture that reads
well.  Nothing is told by colour alone: messages differ in their dashes and heads, bars in their
hatching.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PAPER = "#ffffff"
FRAME = "#cbd2d9"
INK = "#1f2933"
QUIET = "#52606d"
LIFELINE = "#7b8794"

BANDS = {"user space": "#f1f5fb", "kernel": "#f7f5f0", "secure world": "#eff7f3"}
HEADER = PAPER
NOTE, NOTE_EDGE = "#fff9e3", "#8d6708"

IOCTL, IOCTL_EDGE = "#d3e1f4", "#2f5d9b"
THREAD = "#17705f"

LINES = {
    "system call": ("#2f5d9b", ""),
    "call": ("#37475a", ""),
    "SMC": ("#17705f", ""),
    "RPC": ("#a1460f", "9 3 2 3"),
    "return": ("#52606d", "5 4"),
}
"""For each kind of message the colour of its line, and its dashes."""

VERDICTS = {
    "holds": ("#e7f4ed", "#17705f", "solid"),
    "leak": ("#fff4d8", "#8d6708", "dotted"),
    "deadlock": ("#fbe6e2", "#a32b1c", "double"),
    "use-after-free": ("#f0e6f7", "#6d3299", "dashed"),
    "broken": ("#fbe6e2", "#a32b1c", "groove"),
    "empty": (PAPER, "#52606d", "hidden"),
    "unfinished": (PAPER, "#52606d", "none"),
}
"""For each verdict of the matrix its cell's fill, its mark's colour, and its edge in a table."""

CLAIMS = {
    "holds": VERDICTS["holds"][:2],
    "refined": VERDICTS["leak"][:2],
    "refuted": VERDICTS["deadlock"][:2],
    "open": VERDICTS["use-after-free"][:2],
    "pending": VERDICTS["empty"][:2],
}
"""For each verdict on a claim its square's fill, and the colour of its mark."""

GREEN, AMBER, RED, VIOLET, GREY = "#2a9d77", "#a87a0a", "#d2553f", "#8a63c9", "#80868f"
"""Of edges in tables: neither a style sheet nor a theme reaches what an untrusted notebook shows,
so that each is 3 to 1 or better on light paper and on dark."""

EDGES = {
    "holds": GREEN,
    "leak": AMBER,
    "deadlock": RED,
    "use-after-free": VIOLET,
    "broken": RED,
    "empty": GREY,
    "unfinished": GREY,
}
"""For each verdict of the matrix the colour of its edge in a table."""

SHARING = {"pool": (THREAD, f"solid {GREEN}"), "others": ("#a32b1c", f"double {RED}")}
"""For what clients share the fill of its cell, and its edge in a table: the pool, and all else."""

DARK = {
    PAPER: "#1b2128",
    FRAME: "#46505b",
    INK: "#e6eaef",
    QUIET: "#aab5c1",
    LIFELINE: "#8794a1",
    BANDS["user space"]: "#1f2838",
    BANDS["kernel"]: "#2a2720",
    BANDS["secure world"]: "#1a2c27",
    NOTE: "#3a3216",
    NOTE_EDGE: "#d9ae45",
    IOCTL: "#2c4a75",
    IOCTL_EDGE: "#8ab8f5",
    THREAD: "#4fb89f",
    LINES["call"][0]: "#b4c1d0",
    LINES["RPC"][0]: "#f0a070",
    VERDICTS["holds"][0]: "#173229",
    VERDICTS["leak"][0]: "#3b3012",
    VERDICTS["deadlock"][0]: "#44201b",
    VERDICTS["deadlock"][1]: "#ff9c8a",
    VERDICTS["use-after-free"][0]: "#33234a",
    VERDICTS["use-after-free"][1]: "#d2a8ff",
}
"""For each colour the one that stands in its place in the dark."""

PAINTS = ("fill", "stroke")


def edge(word: str) -> str:
    """The edge of a verdict in a table: its line, which says it too, and its colour.

    >>> edge("deadlock")
    'double #d2553f'
    """
    return f"{VERDICTS[word][2]} {EDGES[word]}"


@cache
def dark_sheet() -> str:
    """The style sheet of a picture that is a document or an image of its own.

    In a page it says nothing: there the page's own sheet decides.
    """
    rules = "".join(
        f':root[{paint}="{light}"],:root [{paint}="{light}"]{{{paint}:{dark}}}'
        for light, dark in DARK.items()
        for paint in PAINTS
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def styled_sheet() -> str:
    """The same for a picture whose colours are styles, as matplotlib draws it."""
    rules = "".join(
        f':root [style*="{paint}: {light}"]{{{paint}:{dark}!important}}'
        for light, dark in DARK.items()
        for paint in PAINTS
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def page_sheet(dark: Iterable[str], pictures: str) -> str:
    """The style sheet for pictures that stand in a page as elements.

    `dark` are openings of rules, one for each way in which a page says that it is dark; `pictures`
    is the selector of what the pictures stand in.  A colour is `var(--sheet-ffffff)` there.
    """
    colours = "".join(f"--sheet-{light[1:]}:{dark};" for light, dark in DARK.items())
    light = "".join(f"--sheet-{light[1:]}:{light};" for light in DARK)
    rules = "".join(
        f'{pictures} :is(svg,svg *)[{paint}="{one}"]{{{paint}:var(--sheet-{one[1:]})}}'
        for one in DARK
        for paint in PAINTS
    )
    themes = "".join(f"{opening}{{{colours}}}" + "}" * opening.count("{") for opening in dark)
    return f"{pictures}{{{light}}}{themes}{rules}"
