"""The measures of a diagram, in pixels."""

from __future__ import annotations

from typing import Final, NamedTuple

FONT = 12.5
TITLE_FONT = 16
LINE = 16
BASELINE = 4.5
"""From the middle of a line of text to its baseline."""

MARGIN = 16
TOP = 42

BAND_TITLE = 22
BAND_PAD = 12
BAND_GAP = 8

HEADER_HEIGHT = 26
HEADER_PAD = 12
HEADER_LEAST = 33
"""Half the width of the narrowest header: its band's title must fit as well."""
HEADER_ROW = HEADER_HEIGHT + 16
HEADERS_SOON = 14
HEADERS_LATE = 22
HEADERS_SPARE = 8
"""Headers are repeated at a note once so many rows have passed, at the latest after so many more,
and not where fewer rows than the last figure follow: those at the bottom are near then."""
COLUMN = 116
"""The least distance between two lifelines."""

LABEL_PAD = 9
LABEL_RISE = 7
NUMBER_GAP = 7

BAR = 9
SLOT = BAR + 12
"""From bar to bar where several stand abreast: an arrow's head fits in between."""

NOTE_HEIGHT = 26
NOTE_PAD = 12
DIVIDER_PAD = 10
SIDE = 24
"""How far a note reaches to the left of its lifeline, where there is room."""

LANE = 232
LANE_GAP = 18
LANE_NUMBER = 24
LANE_HANGING = 12


class Rows(NamedTuple):
    """How high the rows of each kind are, and how far below a message's top its arrow is."""

    message: int = 32
    arrow: int = 24
    note: int = 46
    divider: int = 42


AIRY: Final = Rows()
"""Of a picture that is looked at as a whole."""

DENSE: Final = Rows(message=25, arrow=19, note=34, divider=32)
"""Of a picture to step through: an invocation of the discussion's fits onto a screen."""
