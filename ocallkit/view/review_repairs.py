"""The nearest repair, on the page of a review: what one decision of the gallery would heal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.reviewing.repairs import broken_in
from ocallkit.view.page import (
    Cell,
    Code,
    Fold,
    Heading,
    Items,
    Source,
    Strong,
    Table,
    Text,
    codes,
    listed,
)
from ocallkit.view.review_words import first_of, many, where_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ocallkit.reviewing import Review
    from ocallkit.reviewing.repairs import Repair
    from ocallkit.reviewing.trials import Place
    from ocallkit.view.page import Block, Words

    Pair = tuple[str, str]

NONE: Words = ("none: no single decision heals it and breaks nothing else",)


def repairs_part(review: Review) -> Iterator[Block]:
    """For each violation the nearest repair, and all repairs that were found."""
    yield Heading(2, ("The nearest repair that one decision makes",))
    found = review.repairs
    if not found.tried:
        yield Text(("Nothing is violated, as far as is known, so nothing was tried.",))
        return
    yield Text(
        (
            f"{many(found.tried, 'answer')} of the package's designs, each put into ",
            Code(review.design.name),
            " in place of its own: tried where that breaks soonest,",
            " and in every cell where it may heal something there.",
        )
    )
    if found.unknown:
        yield Text((f"Of {found.unknown} it is not known whether they heal anything.",))
    yield _nearest(review)
    clean = [one for one in found.found if one.is_clean]
    for repair in clean:
        yield from _repair(review, repair)
    if len(clean) < len(found.found):
        yield Heading(3, ("What heals something and is no repair",))
    for repair in found.found[len(clean) :]:
        yield Fold(_title(repair), tuple(_details(review, repair)))


def _nearest(review: Review) -> Block:
    """A row for each set of scenarios in which the same is healed by the same."""
    by_scenario: dict[tuple[str, Repair | None], list[str]] = {}
    for scenario, name in broken_in(review.own):
        repair = review.repairs.nearest((scenario, name))
        by_scenario.setdefault((scenario, repair), []).append(name)
    rows: dict[tuple[tuple[str, ...], Repair | None], list[str]] = {}
    for (scenario, repair), names in by_scenario.items():
        rows.setdefault((tuple(names), repair), []).append(scenario)
    heads: tuple[Words, ...] = (("violated in",), ("what",), ("nearest repair",))
    return Table(
        "The nearest repair of each violation",
        heads,
        tuple(
            (
                Cell(codes(scenarios)),
                Cell(_of_all(review, scenarios[0], names)),
                Cell(_title(repair), "holds") if repair else Cell(NONE),
            )
            for (names, repair), scenarios in rows.items()
        ),
        stacked=True,
    )


def _title(repair: Repair) -> Words:
    return Code(repair.subject.decision), " as in ", Code(repair.owner)


def _repair(review: Review, repair: Repair) -> Iterator[Block]:
    yield Heading(3, _title(repair))
    yield from _details(review, repair)


def _details(review: Review, repair: Repair) -> Iterator[Block]:
    yield Source("python", repair.source)
    yield Items(tuple(_comes_of_it(review, repair)))


def _comes_of_it(review: Review, repair: Repair) -> Iterator[Words]:
    all_ = len(repair.heals) + len(repair.leaves)
    yield (
        Strong(f"Heals {len(repair.heals)} of {all_} violations"),
        ", each a property in a scenario: ",
        *_by_names(review, repair.heals),
        ".",
    )
    if repair.leaves:
        yield ("Leaves: ", *_by_names(review, repair.leaves), ".")
    if repair.is_clean:
        yield ("Breaks nothing in any cell of the matrix.",)
    grouped: dict[tuple[str, ...], list[Place]] = {}
    for place, names in repair.breaks:
        grouped.setdefault(names, []).append(place)
    for names, where in grouped.items():
        yield (
            Strong("Breaks"),
            " ",
            *codes(names),
            " in ",
            *where_words(where, review.places),
            ".",
        )
    reasons: dict[str, list[Place]] = {}
    for trial in repair.unknown:
        reasons.setdefault(trial.why, []).append(trial.place)
    for why, where in reasons.items():
        yield ("Not known in ", *where_words(where, review.places), f": {why}.")


def _by_names(review: Review, pairs: Iterable[Pair]) -> Words:
    """Scenarios, each with what is so of it; those of the same together."""
    of: dict[str, list[str]] = {}
    for scenario, name in pairs:
        of.setdefault(scenario, []).append(name)
    same: dict[Words, list[str]] = {}
    for scenario, names in of.items():
        same.setdefault(_of_all(review, scenario, names), []).append(scenario)
    return listed(((*codes(scenarios), ": ", *names) for names, scenarios in same.items()), "; ")


def _of_all(review: Review, scenario: str, names: Sequence[str]) -> Words:
    """Some of the properties that are violated in a scenario; by their names if not all."""
    all_ = [name for where, name in broken_in(review.own) if where == scenario]
    if len(names) < len(all_) or len(all_) == 1:
        return codes(names)
    return (f"all {len(all_)}, ", *first_of(all_))
