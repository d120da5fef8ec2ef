"""Why a claim has its verdict, in one line that says what is so.

The sentence is chosen by the verdict that was computed, and by what was seen to happen in the cells
that say no.  Names and numbers in it are computed from the cells that it speaks of.
"""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Final

from ocallkit.claims.happens import HAPPENS
from ocallkit.designs import DESIGNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ocallkit.claims.claim import Claim, Outcome
    from ocallkit.judging.verdict import Question

Cells = tuple["Question", ...]


def holding(claim: Claim, outcomes: Mapping[Question, Outcome]) -> str:
    """What is so in every cell."""
    return sentence(_says(claim, outcomes))


def refuted(claim: Claim, outcomes: Mapping[Question, Outcome]) -> str:
    """What happens instead, and in how many cells if not in all of them."""
    against = {cell: outcome for cell, outcome in outcomes.items() if not outcome.holds}
    happens = _happens(claim, against)
    if len(against) == len(outcomes):
        return sentence(happens)
    others = {cell: outcome for cell, outcome in outcomes.items() if outcome.holds}
    share = f"In {len(against)} of {len(outcomes)} cells"
    return sentence(f"{share} {happens}; in the others {_says(claim, others)}")


def refined(claim: Claim, outcomes: Mapping[Question, Outcome]) -> str:
    """What is so where the condition is met, and what happens where it is not.

    Raises ValueError for a claim that states no condition.
    """
    condition = claim.condition
    if condition is None:
        raise ValueError(f"{claim.id} is refined and states no condition")
    met = {cell: outcome for cell, outcome in outcomes.items() if condition.met(cell)}
    unmet = {cell: outcome for cell, outcome in outcomes.items() if cell not in met}
    against = {cell: outcome for cell, outcome in unmet.items() if not outcome.holds}
    all_fail = against == unmet or _names_designs(claim, against)
    share = "" if all_fail else f", in {len(against)} of {len(unmet)} cells,"
    so, happens = _says(claim, met), _happens(claim, against)
    return sentence(f"where {condition.words}, {so}; {condition.unmet}{share} {happens}")


def _names_designs(claim: Claim, against: Mapping[Question, Outcome]) -> bool:
    """Whether it is said of which designs it is: then nobody takes it for all."""
    kinds = {outcome.case or outcome.example for outcome in against.values()}
    return all("{designs}" in _words(claim, kind) for kind in kinds)


def sentence(words: str) -> str:
    """Write words as a sentence.

    >>> sentence("somebody waits")
    'Somebody waits.'
    """
    return f"{words[:1].upper()}{words[1:]}."


def _says(claim: Claim, outcomes: Mapping[Question, Outcome]) -> str:
    return filled(claim, claim.says, tuple(outcomes))


def _happens(claim: Claim, against: Mapping[Question, Outcome]) -> str:
    """What was seen to happen in cells that say no: one thing, or one of several."""
    kinds: dict[str, list[Question]] = {}
    for cell, outcome in against.items():
        kinds.setdefault(outcome.case or outcome.example, []).append(cell)
    said = (filled(claim, _words(claim, kind), tuple(cells)) for kind, cells in kinds.items())
    return " or ".join(dict.fromkeys(said))


def _words(claim: Claim, kind: str) -> str:
    """What the claim says of such cells, or what is said of that property or fact anywhere."""
    found = claim.otherwise.get(kind) or HAPPENS.get(kind)
    if not found:
        raise ValueError(f"{claim.id} has no sentence for {kind!r}: write one in `otherwise`")
    return found


def filled(claim: Claim, template: str, cells: Cells) -> str:
    """Write into a sentence what it leaves to be computed, from the cells that it speaks of.

    Raises ValueError where nothing computes it.
    """
    wanted = [field for _, field, _, _ in Formatter().parse(template) if field]
    missing = [field for field in wanted if field not in claim.words and field not in NAMES]
    if missing:
        raise ValueError(f"{claim.id}: nothing computes {missing[0]!r}: write it in `words`")
    return template.format_map({one: {**NAMES, **claim.words}[one](cells) for one in wanted})


def listed(names: Iterable[str]) -> str:
    """Names as code, the last after an `and`.

    >>> listed(["ecall", "meta", "ocall-fd"])
    '`ecall`, `meta` and `ocall-fd`'
    """
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} and {last}" if most else last


def numbers(found: Iterable[int]) -> str:
    """The different numbers among some.

    >>> numbers([2, 2, 1])
    '1 or 2'
    """
    return " or ".join(map(str, sorted(set(found))))


def designs(cells: Cells) -> str:
    """The designs of some cells: by their names, unless all are among them."""
    found = tuple(dict.fromkeys(cell.design_name for cell in cells))
    return f"all {len(found)} designs" if {*DESIGNS} == {*found} else listed(found)


def scenarios(cells: Cells) -> str:
    """The scenarios of some cells."""
    return listed(dict.fromkeys(cell.scenario_name for cell in cells))


def threads(cells: Cells) -> str:
    """How many secure threads there are in some cells."""
    return numbers(cell.threads for cell in cells)


NAMES: Final[dict[str, Callable[[Cells], str]]] = {
    "designs": designs,
    "scenarios": scenarios,
    "threads": threads,
}
"""What every sentence may leave to be computed."""
