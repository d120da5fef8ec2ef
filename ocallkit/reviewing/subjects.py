"""Which designs a review judges: the reader's, its parent, and the reader's with one change."""

from __future__ import annotations

from functools import cache
from inspect import getattr_static, isfunction
from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.designs import EVERY, EcallBare
from ocallkit.designs.decisions import DECISIONS
from ocallkit.errors import UsageError
from ocallkit.judging.comparing.two_designs import owner
from ocallkit.judging.specs import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.scenarios import Scenario

GALLERY: dict[str, type[EcallBare]] = {
    name: design for name, design in EVERY.items() if not design.server
}
"""The designs whose decisions are tried in the reader's."""


class Subject(msgspec.Struct, frozen=True):
    """A design as plain values, which cross to another process.

    `spec` names it; with `parent` it is the parent of that one; with a `decision` it is that one
    with this decision taken as the design `source` of the gallery takes it.
    """

    spec: str
    parent: bool = False
    decision: str = ""
    source: str = ""


@cache
def design_of(subject: Subject) -> type[EcallBare]:
    """The class of a subject: the same for the same, since verdicts are known by it.

    Raises SpecError or UnknownNameError for a spec that names no design.
    """
    if subject.decision:
        return _changed(design_of(Subject(subject.spec)), subject)
    design: type[EcallBare] = load("design", subject.spec)
    if not subject.parent:
        return design
    parent = parent_of(design)
    if parent is None:
        raise UsageError(f"{design.name} has no parent")
    return parent


@cache
def scenario_of(spec: str) -> Scenario:
    """The scenario that a spec names: the same for the same."""
    found: Scenario = load("scenario", spec)
    return found


def parent_of(design: type[EcallBare]) -> type[EcallBare] | None:
    """The design from which another differs: the one that it says itself, or that it derives from.

    >>> from ocallkit.designs import HeldRefs
    >>> class Mine(HeldRefs):
    ...     name = "mine"
    >>> parent_of(Mine).name
    'held-refs'
    """
    own = vars(design)
    if "parent" in own:
        said: type[EcallBare] | None = own["parent"]
        return said
    others = design.__mro__[1:]
    return next(
        (one for one in others if issubclass(one, EcallBare) and vars(one).get("name")), None
    )


def of_the_gallery(design: type[EcallBare]) -> type[EcallBare]:
    """The design itself if it is in the gallery, else the nearest there from which it derives."""
    return next(one for one in design.__mro__ if one in GALLERY.values())


def overrides(spec: str) -> tuple[Subject, ...]:
    """Every change of one decision that the gallery offers, each answer once.

    They come in the order of the decisions, and of the gallery.
    """
    design = design_of(Subject(spec))
    return tuple(
        Subject(spec, decision=decision, source=source)
        for decision in DECISIONS
        for source in _others(design, decision)
    )


def _others(design: type[EcallBare], decision: str) -> Iterator[str]:
    """The designs of the gallery that take a decision each in another way than `design`."""
    met = [getattr_static(design, decision)]
    for name, other in GALLERY.items():
        answer = getattr_static(other, decision)
        if not any(answer is one or _alike(answer, one) for one in met):
            met.append(answer)
            yield name


def _alike(one: object, other: object) -> bool:
    """Whether two answers that are no functions are the same: two transports of one kind."""
    return type(one) is type(other) and not isfunction(one)


def as_in(subject: Subject) -> str:
    """Who settled the decision that a subject takes over.

    >>> as_in(Subject("held-refs", decision="transport", source="meta"))
    'meta'
    """
    return owner(GALLERY[subject.source], subject.decision)


def _changed(design: type[EcallBare], subject: Subject) -> type[EcallBare]:
    """The design with one decision of another."""
    source = GALLERY[subject.source]
    own: dict[str, Any] = {
        "name": f"{design.name} with {subject.decision} of {subject.source}",
        "parent": design,
        "changes": (subject.decision,),
        # Who hands something to a task of the kernel's needs that there.
        "worker": design.worker or source.worker,
        "__module__": __name__,
        subject.decision: getattr_static(source, subject.decision),
    }
    return type("Changed", (design,), own)
