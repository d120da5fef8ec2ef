"""How wide a text is, without a font: advance widths of DejaVu Sans, in hundredths of its size.

DejaVu Sans and Verdana are the widest of the usual sans-serif faces, so that a text which fits
here fits in Arial or Helvetica as well.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FAMILY = "DejaVu Sans, Verdana, Arial, sans-serif"

WIDTHS = {
    28: "'ijl",
    30: "IJ",
    32: " ,.",
    34: "/:;\\|",
    36: "-f",
    39: "()[]t",
    41: "!r",
    46: '"',
    50: "*_`",
    53: "?sz",
    56: "Lc",
    59: "Fkvxy",
    62: "PTYaoe",
    64: "ESbdghnpqu$0123456789{}",
    69: "ABKVXZ",
    70: "CR",
    75: "HNU",
    79: "&DGOQ",
    82: "w",
    86: "#+<=>M^~",
    100: "%@Wm",
}

BOLD = 1.16
"""How much wider a bold text may be."""

_WIDTH = {character: width for width, group in WIDTHS.items() for character in group}
_UNKNOWN = 100


@lru_cache(maxsize=4096)
def width(text: str, size: float) -> float:
    """Return the width of a text in the unit of `size`, rather too much than too little.

    >>> width("SMC", 10)
    22.0
    """
    # Whole numbers: how `sum` rounds others depends on the version of Python.
    return round(size * sum(_WIDTH.get(character, _UNKNOWN) for character in text) / 100, 2)


def wrap(words: Iterable[str], size: float, limit: float) -> list[str]:
    """Fill lines no wider than `limit` with words; a longer word has a line of its own.

    >>> wrap(["file,", "OCALL request"], 10, 80)
    ['file,', 'OCALL request']
    """
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
