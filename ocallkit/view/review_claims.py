"""Which claims of the discussion change, on the page of a review."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ocallkit.claims import CLAIMS
from ocallkit.reviewing.claims import DOES_NOT_APPLY, NOT_SO, SO, UNKNOWN
from ocallkit.reviewing.subjects import of_the_gallery
from ocallkit.view.page import Cell, Code, Heading, Strong, Table, Text
from ocallkit.view.review_words import many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocallkit.reviewing import Review
    from ocallkit.reviewing.claims import Asked
    from ocallkit.view.page import Block, Words

ANSWERS = (SO, NOT_SO, DOES_NOT_APPLY, UNKNOWN)


def claims_part(review: Review) -> Iterator[Block]:
    """The claims whose cells come out otherwise with the design in the place of its parent."""
    yield Heading(2, ("Claims that change",))
    if review.against is None:
        yield Text(("It has no parent, in whose place it could be put.",))
        return
    about = of_the_gallery(review.against).name
    asked = sum(len(one.answers) for one in review.claims)
    changed = [one for one in review.claims if one.changed]
    others = sum(len(one.changed) for one in changed)
    yield Text(
        (
            "What was asked: ",
            f"{many(len(review.claims), 'claim')} of pull request 72,",
            f" in {many(asked, 'cell')} about ",
            Code(about),
            ". In each of them ",
            Code(review.design.name),
            " was put in its place. ",
            Strong(
                f"{many(others, 'cell')} of {many(len(changed), 'claim')}" if changed else "None"
            ),
            " came out otherwise.",
        )
    )
    if changed:
        heads: tuple[Words, ...] = (
            ("claim",),
            ("what is claimed",),
            (Code(about),),
            (Code(review.design.name),),
        )
        rows = tuple(_row(one) for one in changed)
        yield Table("Claims that change", heads, rows, stacked=True)
    unknown = [one for one in review.claims if one.unknown]
    if unknown:
        cells = sum(one.unknown for one in unknown)
        named = ", ".join(one.claim for one in unknown)
        why = "there was no time, or what is asked is not there in this design"
        yield Text((f"Not known in {many(cells, 'cell')} of {named}: {why}.",))


def _row(one: Asked) -> tuple[Cell, ...]:
    claim = CLAIMS[one.claim]
    line: Words = (" See ", Code(one.line), ".") if one.line else ()
    before = _answer(one.before, (answer.before for answer in one.answers))
    after = _answer(one.after, (answer.after for answer in one.answers))
    return Cell((claim.id,)), Cell((claim.text,)), Cell(before), Cell((*after, *line))


def _answer(sentence: str, answers: Iterable[str]) -> Words:
    """What is so, and in how many cells the claim is."""
    first = (*_with_code(sentence), " ") if sentence else ()
    return (*first, f"({_counted(answers)})")


def _with_code(sentence: str) -> Words:
    """A sentence with names between backticks.

    >>> _with_code("Under `ecall` somebody waits.")
    ('Under ', Code(text='ecall'), ' somebody waits.')
    """
    parts = sentence.split("`")
    return tuple(Code(part) if number % 2 else part for number, part in enumerate(parts))


def _counted(answers: Iterable[str]) -> str:
    """How many cells say what.

    >>> _counted(["so", "not so", "so"])
    'so in 2 cells, not so in 1'
    """
    counts = Counter(answers)
    first, *others = [word for word in ANSWERS if counts[word]]
    parts = [f"{first} in {many(counts[first], 'cell')}"]
    return ", ".join([*parts, *(f"{word} in {counts[word]}" for word in others)])
