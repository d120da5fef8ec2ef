"""How a design breaks, on the page of a review: the shortest Run of each kind, and its bad end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.judging.tokens import replay
from ocallkit.model.waiting import never_answers, who_waits
from ocallkit.properties import ABOUT
from ocallkit.reviewing.subjects import scenario_of
from ocallkit.view.matrix_picture import MEANINGS
from ocallkit.view.mermaid import to_mermaid
from ocallkit.view.page import (
    Cell,
    Code,
    Diagram,
    Fold,
    Heading,
    Items,
    Source,
    Strong,
    Table,
    Text,
)
from ocallkit.view.review_words import first_of, many, show_command, size_words, where_words
from ocallkit.view.standing import hold, sections
from ocallkit.view.svg import to_svg
from ocallkit.view.waits import waits_picture

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from ocallkit.judging.path import Run
    from ocallkit.reviewing import Review
    from ocallkit.reviewing.kinds import Kind
    from ocallkit.view.page import Block, Words

OVER = {"freed", "free"}
"""What is said of a record that nobody need look at any more."""


def kinds_part(review: Review) -> Iterator[Block]:
    """Each kind of violation, the worst first."""
    yield Heading(2, ("How it breaks",))
    if not review.kinds:
        known = "No property is violated" if review.holds else "No violation was found"
        yield Text((f"{known}.",))
        return
    yield Text(("What one run breaks together is one kind; each is shown by its shortest run.",))
    for kind in review.kinds:
        yield from _kind(review, kind)


def _kind(review: Review, kind: Kind) -> Iterator[Block]:
    run = _run(review, kind)
    yield Heading(3, (f"{kind.word.capitalize()}: ", *first_of(kind.properties)))
    size = size_words(kind.place.size, several=True)
    yield Text(
        (
            f"{MEANINGS[kind.word].capitalize()}. The shortest way takes ",
            Strong(many(kind.steps, "step")),
            ", in ",
            Code(kind.place.scenario),
            f" with {size}. It is so in ",
            *where_words(kind.where, review.places),
            ".",
        )
    )
    yield from _news(review, kind)
    about = tuple((Code(name), f": {ABOUT[name]}") for name in kind.properties)
    yield Fold(("What it breaks, and what that asks",), (Items(about),))
    yield Diagram(to_svg(run), run.summary, to_mermaid(run))
    yield Source("sh", show_command(review, kind))
    yield from _waits(run)
    yield from _holders(run)


def _run(review: Review, kind: Kind) -> Run:
    return replay(kind.line, review.design, scenario_of(kind.place.spec))


def _news(review: Review, kind: Kind) -> Iterator[Block]:
    """Whether the parent breaks so too."""
    if review.against is None:
        return
    name = Code(review.against.name)
    if not kind.new:
        yield Text(("Not new: ", name, " does not hold there either."))
        return
    everywhere = kind.new == kind.where
    where: Words = ("everywhere",) if everywhere else where_words(kind.new, review.places)
    yield Text((Strong("New"), ": ", name, " holds one of these or all in ", *where, "."))


def _waits(run: Run) -> Iterator[Block]:
    """Who waits for whom at the end, if anybody does."""
    waits = who_waits(run.system, run.state)
    if not waits:
        return
    yield Heading(4, ("Who waits for whom",))
    picture = waits_picture(run)
    yield Diagram(picture.svg, picture.alt)
    told: list[Words] = [(f"{one.who} waits for {one.whom}: {one.why}.",) for one in waits]
    ends = " and ".join(never_answers(waits))
    if ends:
        told.append((f"Waited for, and waits for nobody: {ends}.",))
    yield Items(tuple(told))


def _holders(run: Run) -> Iterator[Block]:
    """Each record that is left, its count, and who holds it."""
    owners: dict[str, Counter[str]] = {}
    hold(owners, run.events)
    rows = tuple(
        (
            Cell((Code(entry.name),)),
            Cell((str(entry.count) if entry.count is not None else "",)),
            Cell((entry.words,)),
        )
        for section in sections(run.system, run.state, owners)
        for entry in section.entries
        if entry.words not in OVER
    )
    yield Heading(4, ("Who holds what at the end",))
    yield Table("Records, counts and holders", (("record",), ("count",), ("what is so",)), rows)
