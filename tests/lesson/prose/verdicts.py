"""A sentence that names claims and says how they came out says what the ledger says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.claims.record import WRITTEN, entry
from tests.lesson.prose.watched import sentences
from tests.lesson.prose.words import CLAIM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEANS: Final[Mapping[str, tuple[str, ...]]] = {
    r"refined": ("refined",),
    r"refuted": ("refuted",),
    r"(?:is|are|stays?) (?:open|pending)": ("open",),
    r"(?:C\d\d[a-z]?|M\d\d|ledger|they|it) holds?(?= |$|\.)": ("holds",),
    r"not quite true|true of|wrong reason|not in the reason|lacks": ("refined", "refuted"),
}
"""What a sentence can say of claims, and of what verdicts that is so."""
SAID: Final = re.compile("|".join(rf"\b({words})" for words in MEANS))


class Verdict(NamedTuple):
    """How claims came out, as a sentence has it."""

    ids: tuple[str, ...]
    words: str
    means: tuple[str, ...]
    span: tuple[int, int]


def verdicts(text: str) -> Iterator[Verdict]:
    """All that a text says.

    >>> [(one.ids, one.words) for one in verdicts("So C09 and C15 are refined. C44 stays open.")]
    [(('C09', 'C15'), 'refined'), (('C44',), 'stays open')]
    """
    for sentence in sentences(text):
        said = text[sentence.start : sentence.stop]
        if ids := tuple(one for one in CLAIM.findall(said) if one in WRITTEN):
            for found in SAID.finditer(said):
                means = [*MEANS.values()][(found.lastindex or 1) - 1]
                at = sentence.start
                yield Verdict(ids, found[0], means, (at + found.start(), at + found.end()))


def spans(text: str) -> list[tuple[int, int]]:
    """Where a text says how claims came out; which claims those are is not held by that."""
    return [one.span for one in verdicts(text)]


def faults(text: str) -> Iterator[str]:
    """What the ledger has otherwise."""
    for one in verdicts(text):
        for name in one.ids:
            if (verdict := entry(name).verdict) not in one.means:
                yield f"{name} is said to be {one.words!r}, and comes to {verdict!r}"


def elsewhere(stem: str, markdown: str) -> list[str]:
    """The claims that a page names, and that are shown neither on it nor on one to which it leads.

    >>> elsewhere("02-flow-1", "C09 and C10, and [11](11-while-a-session-opens.ipynb).")
    ['C09']
    """
    pages = {name: entry(name).shown.partition("#")[0] for name in CLAIM.findall(markdown)}
    return [
        name
        for name, page in pages.items()
        if page != f"{stem}.ipynb" and f"({page})" not in markdown
    ]
