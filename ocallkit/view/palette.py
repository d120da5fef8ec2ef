"""The colours of the pictures: calm, dark on light, every text at least 4.5 to 1 (WCAG AA).

A picture brings its own background, so that it reads the same on a light and on a dark page.
Nothing is told by colour alone: messages differ in their dashes and heads, bars in their hatching.
"""

from __future__ import annotations

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

SHARING = {"pool": (THREAD, f"solid {THREAD}"), "others": ("#a32b1c", "double #a32b1c")}
"""For what clients share the fill of its cell, and its edge in a table: the pool, and all else."""
