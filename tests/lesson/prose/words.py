"""The words of a page that can be wrong: numbers, result codes, and verdicts of claims."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.abi.results import Origin, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS: Final[Sequence[str]] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
ORDINALS: Final[Sequence[str]] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
TIMES: Final[Sequence[str]] = ("never", "once", "twice")
CODES: Final = frozenset(
    {*(one.name for one in Result), *(one.name for one in Origin), *errno.errorcode.values()}
)

# "One", "once", "first" and "second" are seldom numbers.  One of what can be several is.
COUNTED: Final = r"secure threads?|threads?|CAs?|clients?|ioctls?"
NUMBER: Final = re.compile(
    rf"(?<![\w.$-])\d+(?:[.,]\d+)*|\bone(?= (?:{COUNTED})\b)"
    rf"|\b(?:{'|'.join((*UNITS[2:], *ORDINALS[3:], *TIMES[2:]))}"
    r"|thirty|forty|fifty|sixty|hundred|thousand)\b(?!-)",
    re.IGNORECASE,
)
CODE: Final = re.compile(r'`"?([A-Z][A-Z_]+)"?`')
VERDICT: Final = re.compile(r"\b(?:refined|refuted|pending|stays open)\b")
CLAIM: Final = re.compile(r"\b[CM]\d\d[a-z]?\b")

# What is looked at elsewhere, or is no number: links and their texts, numbers of notebooks, of
# exercises and of lists, and code that has a test of its own.
BESIDE: Final = re.compile(
    r"^# \d\d\. |^\| \d\d |^\*\*\d\.\*\*|^\d\. |\[\d\d[^\]]*\](?=\()|(?<=\])\([^)]*\)"
    r"|^```.*?^```|`[^`\n]*[=(\[][^`\n]*`",
    re.MULTILINE | re.DOTALL,
)
LINK: Final = re.compile(r"\[([^\]\d][^\]]*)\]\([^)]*\)")
FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN: Final = re.compile(r"`([^`]+)`")


class Word(NamedTuple):
    """A word that can be wrong, and where it stands in its text."""

    text: str
    start: int
    end: int


class Count(int):
    """A number that is written as `{}` digits, `{:w}` in letters, `{:th}` and `{:times}`.

    >>> "{} {:w} {:W} {:th} {:times}".format(*map(Count, (3, 3, 3, 3, 2)))
    '3 three Three third twice'
    """

    def __format__(self, spec: str) -> str:
        """Write it as `spec` says."""
        letters = {"w": UNITS, "W": UNITS, "th": ORDINALS, "times": TIMES}
        word = letters[spec][self] if spec else str(int(self))
        return word.capitalize() if spec == "W" else word


def without_links(text: str) -> str:
    """What a reader sees of links to words and to other places; those to notebooks stay.

    >>> without_links("two [secure threads](22-glossary.ipynb#secure-thread), [07](07.ipynb)")
    'two secure threads, [07](07.ipynb)'
    """
    return LINK.sub(r"\1", text)


def blanked(text: str, known: frozenset[str] = frozenset()) -> str:
    """The same text, of the same length, without what is no word of its own.

    That is what is looked at elsewhere, and code that is one of the `known` names.
    """
    text = BESIDE.sub(lambda found: " " * len(found[0]), text)
    return SPAN.sub(lambda found: " " * len(found[0]) if found[1] in known else found[0], text)


def words(text: str, known: frozenset[str] = frozenset()) -> list[Word]:
    """Every word of `text` that can be wrong, in its order.

    >>> [word.text for word in words("Two of `flow-1`: `EINVAL`, and C38b is refuted.")]
    ['Two', 'EINVAL', 'refuted']
    """
    left = blanked(text, known)
    found = [Word(one[0], *one.span()) for one in NUMBER.finditer(left)]
    found += [Word(one[1], *one.span(1)) for one in CODE.finditer(left) if one[1] in CODES]
    for sentence in re.finditer(r"[^.\n]+", left):
        if CLAIM.search(sentence[0]):
            at = sentence.start()
            told = VERDICT.finditer(sentence[0])
            found += [Word(one[0], at + one.start(), at + one.end()) for one in told]
    return sorted(found, key=lambda word: word.start)
