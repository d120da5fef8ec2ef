"""The words of a text that can be wrong and nobody notices, and the sentences they stand in.

`words` has the numbers, codes and verdicts that have to be computed.  Here is all that a change
can make wrong: those, the small number words that are seldom numbers (once, second, both), names
of whatever kind (whatever stands as code, a claim, a party, a person), what comes out (holds,
leaks, is refuted, is not so), and the words of a heading.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.lesson.prose.words import CLAIM, FENCE, ORDINALS, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTS: Final = (
    *UNITS,
    *ORDINALS,
    *["thirty", "forty", "fifty", "sixty", "hundred", "thousand"],
    *["once", "twice", "thrice", "half", "both", "single", "double", "pair"],
)
NUMBERS: Final = rf"\d|(?<!\bat )\b(?:{'|'.join(COUNTS)})\b"
OUTCOMES: Final = (
    r"\b(?:holds?|held|breaks?|broken?|leaks?|leaked|deadlocks?|refined|refuted|pending|stays open"
    r"|survives?|survived|fails?|failed|true|false|right|wrong|never|always|not?|none|cannot|nobody"
    r"|nothing|neither)\b"
)
CODE: Final = r"`[^`\n]+`|\b\w+_\w+\b"
PARTIES: Final = (
    r"\b(?:(?:OP-)?TEE Driver|CAs?|TAs?|PTA|libteec|MOBJ|supplicant"
    r"|HernanGatta|jenswi-linaro|jforissier|etienne-lms)\b"
)
WATCHED: Final = re.compile(f"{NUMBERS}|{OUTCOMES}|{CODE}|{PARTIES}|{CLAIM.pattern}", re.IGNORECASE)
END: Final = re.compile(r"""(?<=[^\d][.?!])["')]*\s+(?=\S)""")
"""Where a sentence ends and another begins; not behind a number, which may be that of a list."""
PLACE: Final = re.compile(r"(?<=\])\([^)\n]*\)")
"""Where a link leads: that has tests of its own."""
PART: Final = re.compile(r"\*\*What you need first\.\*\*")
"""A part that each page has to have."""


class Sentence(NamedTuple):
    """A sentence, a heading, a row of a table or a line of code, and where it stands."""

    text: str
    start: int
    stop: int
    watched: tuple[tuple[int, int], ...]
    """The places of its words that can be wrong; of a heading or code, the whole."""


def sentences(text: str) -> Iterator[Sentence]:
    r"""Those of a text, in their order, places of links left out.

    >>> [one.text for one in sentences("# A b\n\nOne `c`. So [d](e) it is.")]
    ['# A b', 'One `c`.', 'So [d] it is.']
    """
    fences = [found.span() for found in FENCE.finditer(text)]
    for line in re.finditer(r"[^\n]+", text):
        inside = any(start <= line.start() < stop for start, stop in fences)
        if inside or line[0].startswith("#"):
            if not line[0].startswith("```"):
                yield Sentence(line[0].rstrip(), *line.span(), (line.span(),))
        else:
            yield from _of(line[0], line.start())


def _of(line: str, at: int) -> Iterator[Sentence]:
    ends = [0, *(found.end() for found in END.finditer(line)), len(line)]
    for start, stop in itertools.pairwise(ends):
        said = line[start:stop]
        left = said
        for looked_at_elsewhere in (PLACE, PART):
            left = looked_at_elsewhere.sub(lambda found: " " * len(found[0]), left)
        watched = tuple(
            (at + start + found.start(), at + start + found.end())
            for found in WATCHED.finditer(left)
        )
        if text := PLACE.sub("", said).strip():
            yield Sentence(text, at + start, at + stop, watched)
