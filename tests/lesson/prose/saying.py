"""A phrase of a page with what belongs into it, and what is wrong between the two."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from string import Formatter
from typing import Any, NamedTuple

from tests.lesson.prose.words import Count, Word, without_links, words

Values = Any
"""What stands in a phrase's braces: a number, a code or a name, or several of them."""
Said = Mapping[str, Callable[[], Values]]


class Page(NamedTuple):
    """What a page says: with braces what is computed, and as it is what nothing computes."""

    said: Said
    as_it_is: tuple[str, ...] = ()


def _written(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.name
    return Count(value) if isinstance(value, int) else value


@cache
def phrase(template: str, compute: Callable[[], Values]) -> str:
    """The phrase with what is computed in its braces.

    >>> phrase("{:W} of {}", lambda: (2, 17))
    'Two of 17'
    """
    values = compute()
    several = values if isinstance(values, tuple) else (values,)
    return template.format(*map(_written, several))


def typed(template: str) -> list[str]:
    """The numbers of a template that are typed and not computed: there should be none.

    >>> typed("two of {:w}")
    ['two']
    """
    literals = [literal for literal, *_ in Formatter().parse(template)]
    return [word.text for literal in literals for word in words(literal)]


def faults(text: str, known: frozenset[str], page: Page) -> list[str]:
    """What is computed and not said, and what is said and not computed; empty if nothing."""
    text = without_links(text)
    phrases = [*(phrase(one, compute) for one, compute in page.said.items()), *page.as_it_is]
    spans = {one: [found.span() for found in re.finditer(re.escape(one), text)] for one in phrases}
    missing = [f"is computed and not said: {one!r}" for one, places in spans.items() if not places]
    covered = [place for places in spans.values() for place in places]
    return [*missing, *_uncovered(text, words(text, known), covered)]


def _uncovered(text: str, said: list[Word], covered: list[tuple[int, int]]) -> Iterator[str]:
    for word in said:
        if not any(start <= word.start and word.end <= end for start, end in covered):
            around = text[max(0, word.start - 40) : word.end + 30].replace("\n", " ")
            yield f"{word.text!r} is said and not computed: ...{around}..."
