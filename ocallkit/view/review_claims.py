"""Which claims of the thread change, on the page of a review."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ocallkit.claims import CLAIMS
from ocallkit.review.claims import DOES_NOT_APPLY, NOT_SO, SO, UNKNOWN
from ocallkit.review.subjects import of_the_gallery
from ocallkit.view.page import Cell, Code, Heading, Strong, Table, Text
from ocallkit.view.review_words import many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocallkit.review import Review
    from ocallkit.review.claims import Asked
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
    cells = sum(len(one.changed) for one in changed)
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
                f"{many(cells, 'cell')} of {many(len(changed), 'claim')}" if changed else "None"
            ),
            " came out otherwise.",
        )
    )
    if changed:
        heads: tuple[Words, ...] = (
            ("claim",),
            ("what is claimed",),
            ("what a cell is asked",),
            (Code(about),),
            (Code(review.design.name),),
        )
        rows = tuple(_row(one) for one in changed)
        yield Table("Claims that change", heads, rows, stacked=True)
    unknown = sum(one.unknown for one in review.claims)
    if unknown:
        yield Text((f"Of {many(unknown, 'cell')} it is not known.",))


def _row(one: Asked) -> tuple[Cell, ...]:
    claim = CLAIMS[one.claim]
    line: Words = ("; see ", Code(one.line)) if one.line else ()
    return (
        Cell((claim.id,)),
        Cell((claim.text,)),
        Cell((f"{claim.says}.",)),
        Cell((_counted(answer.before for answer in one.answers),)),
        Cell((_counted(answer.after for answer in one.answers), *line)),
    )


def _counted(answers: Iterable[str]) -> str:
    """How many cells say what.

    >>> _counted(["so", "not so", "so"])
    'so in 2 cells, not so in 1'
    """
    counts = Counter(answers)
    parts = [f"{word} in {counts[word]}" for word in ANSWERS if counts[word]]
    parts[0] = parts[0] + (" cells" if counts.total() > 1 or len(parts) > 1 else " cell")
    return ", ".join(parts)
