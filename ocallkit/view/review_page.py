"""The page of a review: what its parts are, and in which order.

review_page(review("mine.py:Mine"))     # blocks, which `page_markdown` and `page_html` write
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.judging.assembly import is_own
from ocallkit.judging.comparing.two_designs import difference
from ocallkit.judging.comparing.two_verdicts import worst
from ocallkit.model.config import MORE_FAULTS
from ocallkit.view.page import (
    Banner,
    Beside,
    Cell,
    Code,
    Heading,
    Items,
    Page,
    Source,
    Strong,
    Table,
    Text,
    codes,
)
from ocallkit.view.review_claims import claims_part
from ocallkit.view.review_kinds import kinds_part
from ocallkit.view.review_repairs import repairs_part
from ocallkit.view.review_words import many, size_words, sizes, where_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.designs import EcallBare
    from ocallkit.judging.comparing.two_verdicts import Effect
    from ocallkit.reviewing import Review
    from ocallkit.reviewing.trials import Place, Trial
    from ocallkit.view.page import Block, Words


def review_page(review: Review) -> Page:
    """Everything that a review found."""
    blocks = (
        *_head(review),
        *_decisions(review),
        *_matrix(review),
        *_changes(review),
        *kinds_part(review),
        *repairs_part(review),
        *claims_part(review),
        *_limits(review),
    )
    against = review.against
    beside = f" against {against.name}" if against else ""
    return Page(f"Review of {review.design.name}{beside}", blocks)


def summary(review: Review) -> Words:
    """What comes of it, in a sentence or two."""
    design, against = review.design, review.against
    violated = sum(bool(trial.broken) for trial in review.own)
    unknown = sum(bool(trial.why) and not trial.broken for trial in review.own)
    parts: list[str | Code | Strong] = []
    if against:
        broke = sum(bool(effect.broke) for _, effect in review.effects)
        healed = sum(bool(effect.healed) for _, effect in review.effects)
        does = f"breaks what held in {many(broke, 'cell')}" if broke else "breaks nothing that held"
        parts = [Strong(f"{does} and heals {many(healed, 'cell') if healed else 'nothing'}"), ": "]
        parts += ["as in ", Code(against.name), ", "] if not (broke or healed) else []
    all_ = many(len(review.own), "cell")
    if not violated and not unknown:
        return (Code(design.name), " ", *parts, f"every property holds in every one of {all_}.")
    rest = f", and of {unknown} it is not known" if unknown else ""
    is_ = "is" if violated == 1 else "are"
    return (Code(design.name), " ", *parts, f"{violated} of {all_} {is_} violated{rest}.")


def in_one_line(review: Review) -> str:
    """The same for a terminal."""
    return "".join(part if isinstance(part, str) else part.text for part in summary(review))


def _head(review: Review) -> Iterator[Block]:
    design, against = review.design, review.against
    beside: Words = (" against ", Code(against.name)) if against else ()
    yield Heading(1, ("Review of ", Code(design.name), *beside))
    yield Banner(_verdict(review), summary(review))
    yield Items(tuple(_who(review)))


def _who(review: Review) -> Iterator[Words]:
    design, against = review.design, review.against
    yield (Code(design.name), f": {_about(design)}", *_found_in(review))
    if against is None:
        yield ("It has no parent, so it is compared with nothing.",)
    else:
        yield (Code(against.name), f": {_about(against)}")


def _found_in(review: Review) -> Words:
    return (" It is ", Code(review.subject.spec), ".") if is_own(review.subject.spec) else ()


def _about(design: type[EcallBare]) -> str:
    """The first line of what a design says of itself."""
    first = (design.__doc__ or "").strip().partition("\n")[0].strip()
    return first or "it does not say what it is."


def _verdict(review: Review) -> str:
    if review.holds:
        return "holds"
    broken = [name for trial in review.own for name in trial.broken]
    return worst(broken) if broken else "unfinished"


# --- the decisions -----------------------------------------------------------------------------


def _decisions(review: Review) -> Iterator[Block]:
    design, against = review.design, review.against
    if against is None:
        return
    yield Heading(2, ("What it decides otherwise",))
    found = difference(against, design)
    if not found:
        yield Text((Code(design.name), " and ", Code(against.name), " decide alike."))
    for one in found:
        yield Heading(3, (Code(one.decision),))
        left = _taken_from(against.name, one.left_from)
        right = _taken_from(design.name, one.right_from)
        yield Beside(((left, Source("python", one.left)), (right, Source("python", one.right))))


def _taken_from(design: str, owner: str) -> Words:
    return (Code(design), *((", as ", Code(owner)) if owner != design else ()), ":")


# --- the matrix --------------------------------------------------------------------------------


def _matrix(review: Review) -> Iterator[Block]:
    against = review.against
    yield Heading(2, ("In every scenario",))
    before: Words = (
        ("Where two words stand, the first is of ", Code(against.name), ", the second of ")
        if against
        else ("Each word is of ",)
    )
    yield Text((*before, Code(review.design.name), ". A cell is everything that can happen there."))
    columns = sizes(review.places)
    several = len({clients for _, clients in columns}) > 1
    heads = tuple((size_words(size, several=several),) for size in columns)
    scenarios = dict.fromkeys(place.scenario for place in review.places)
    rows = tuple(
        (Cell((Code(scenario),)), *(_square(review, scenario, size) for size in columns))
        for scenario in scenarios
    )
    yield Table("Verdicts by scenario and size", (("scenario",), *heads), rows)


def _square(review: Review, scenario: str, size: tuple[int, int]) -> Cell:
    """How one cell came out, and how before."""
    for number, place in enumerate(review.places):
        if (place.scenario, place.size) == (scenario, size):
            after = review.own[number].word
            before = review.parents[number].word if review.parents else after
            words = after if before == after else f"{before} → {after}"
            return Cell((words,), after, changed=before != after)
    return Cell(("not asked",))


def _changes(review: Review) -> Iterator[Block]:
    """What broke, and what healed."""
    if review.against is None:
        return
    effects = review.effects
    broke = {place: effect for place, effect in effects if effect.broke}
    healed = {place: effect for place, effect in effects if effect.healed}
    yield Heading(3, ("What broke",))
    nothing: Block = Text(
        (
            "Nothing that ",
            Code(review.against.name),
            " holds.",
        )
    )
    yield Items(tuple(_grouped(review, broke, broken=True))) if broke else nothing
    yield Heading(3, ("What healed",))
    nothing = Text(
        (
            "Nothing that ",
            Code(review.against.name),
            " violates.",
        )
    )
    yield Items(tuple(_grouped(review, healed, broken=False))) if healed else nothing


def _grouped(review: Review, effects: dict[Place, Effect], *, broken: bool) -> Iterator[Words]:
    """The places in which the same became of the same, each group once."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Place]] = {}
    for place, effect in effects.items():
        names = effect.broke if broken else effect.healed
        groups.setdefault((effect.before, effect.after, names), []).append(place)
    for (before, after, names), where in groups.items():
        became = f"{before}, now {after}" if before != after else f"{after}, as before"
        rest = "Holds no longer: " if broken else "Holds again: "
        yield (*where_words(where, review.places), f": {became}. {rest}", *codes(names), ".")


# --- what is not known -------------------------------------------------------------------------


def _limits(review: Review) -> Iterator[Block]:
    yield Heading(2, ("What this says nothing of",))
    any_number = all(trial.cell and trial.cell.any_number_of_clients for trial in review.own)
    clients = "" if any_number else "other numbers of CAs, "
    faults = ", ".join(MORE_FAULTS)
    tried = (
        "Tried was every interleaving, every kill and every order of closing files, for one"
        f" invocation of each CA. Not tried: {clients}more invocations, other scenarios, and the"
        f" faults {faults}."
    )
    yield Text((tried,))
    yield (
        Items(tuple(_unknown(review)))
        if any(t.why for t in _all(review))
        else Text(("Every cell was tried to its end, and reached what its scenario is about.",))
    )


def _all(review: Review) -> tuple[Trial, ...]:
    return (*review.own, *review.parents)


def _unknown(review: Review) -> Iterator[Words]:
    """The cells of which not everything is known, and why."""
    named = [(review.design, review.own)]
    if review.against:
        named.append((review.against, review.parents))
    for design, trials in named:
        reasons: dict[str, list[Place]] = {}
        for trial in trials:
            if trial.why:
                reasons.setdefault(trial.why, []).append(trial.place)
        for why, where in reasons.items():
            yield (Code(design.name), " in ", *where_words(where, review.places), f": {why}.")
