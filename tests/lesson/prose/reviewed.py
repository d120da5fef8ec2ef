"""The last net: the sentences whose words nothing computes, as somebody has reviewed them.

What can be computed is computed: a phrase of `SAID`, and what one of `TIES` reads off the shape of
a sentence.  Those come first, and only what they leave is here.  Each sentence that has a word
which can be wrong (`watched`) and is tied to nothing stands in the file of its page in
`sentences/`, as it was when it was last compared with the model.  A changed one fails until that
has been done again: compare it, and `python -m tools.prose` writes it down.
"""

from __future__ import annotations

import re
from difflib import unified_diff
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

from tests.lesson.prose import links, verdicts
from tests.lesson.prose.watched import sentences
from tests.lesson.prose.words import without_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.lesson.prose.saying import Page

FOLDER: Final = Path(__file__).parent / "sentences"
WHAT_TO_DO: Final = (
    "compare each line that begins with + with the model, the code or the source that it speaks of;"
    " then `python -m tools.prose` notes that it was compared"
)
TIES: Final = (links, verdicts)
"""What reads off the shape of a sentence whether it is so: `spans` of what it holds, `faults`."""
VALUE: Final = r"[\w+'.-]*[\w+](?: and [\w+'-]+)*"
"""What can stand in a phrase's braces."""
Span = tuple[int, int]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What finds a phrase, whatever stands in its braces."""
    parts = [
        re.escape(literal) + ("" if field is None else VALUE)
        for literal, field, *_ in Formatter().parse(template)
    ]
    return re.compile("".join(parts))


def once(phrases: Iterable[str], text: str) -> Iterator[Span]:
    """Where each phrase stands in the text; not if it stands there twice, and one may change."""
    for phrase in phrases:
        found = [one.span() for one in _pattern(phrase).finditer(text)]
        if len(found) == 1:
            yield found[0]


def held(page: Page, text: str) -> list[Span]:
    """What of a text cannot change unnoticed: the phrases of its page."""
    as_it_is = [one.replace("{", "{{").replace("}", "}}") for one in page.as_it_is]
    return [*once(page.said, text), *once(as_it_is, text)]


def left(text: str, spans: Sequence[Span]) -> list[str]:
    """The sentences with a word that can be wrong and lies in none of the spans."""
    return [
        one.text
        for one in sentences(text)
        if any(not _inside(place, spans) for place in one.watched)
    ]


def _inside(place: Span, spans: Sequence[Span]) -> bool:
    return any(start <= place[0] and place[1] <= stop for start, stop in spans)


def to_review(markdown: str, page: Page) -> list[str]:
    """What of a page's Markdown has to be reviewed, in its order."""
    text = without_links(markdown)
    tied = [place for tie in TIES for place in tie.spans(text)]
    return left(text, [*held(page, text), *tied])


def untrue(markdown: str) -> list[str]:
    """What a text says otherwise than it is, as far as the shape of its sentences tells."""
    return [fault for tie in TIES for fault in tie.faults(markdown)]


def noted(stem: str) -> list[str]:
    """The sentences of a page as they were reviewed last."""
    file = FOLDER / f"{stem}.txt"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def changed(stem: str, said: list[str]) -> str:
    """What is said otherwise than it was reviewed, and what to do; empty if nothing."""
    lines = list(unified_diff(noted(stem), said, n=0, lineterm=""))[2:]
    told = [line for line in lines if not line.startswith("@@")]
    return "\n".join([f"{stem} says what nobody has compared:", *told, WHAT_TO_DO]) if told else ""
