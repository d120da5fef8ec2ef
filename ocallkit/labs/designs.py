"""A design put together from its decisions, and how it comes out against the named ones.

The designs of PR 72 differ in four decisions.  `Choice` holds one answer to each, `compose`
makes the design that answers so; for eight of the twenty-four it is one of the discussion.
"""

from __future__ import annotations

from functools import cache
from inspect import getattr_static
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ocallkit.designs import DESIGNS, Ecall, EcallBare, HeldRefs, Meta, OcallFd, TwoLists
from ocallkit.errors import UsageError
from ocallkit.judging.comparing.two_verdicts import Effect, effect
from ocallkit.judging.verdict import Verdict, judge
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNT, CONTEXT_FILE, REQUEST_FILE = "count zero", "pre_release", "request file"

CANCELS: Final = {
    COUNT: "when the context's count is zero",
    CONTEXT_FILE: "when the context's file is closed (pre_release)",
    REQUEST_FILE: "when the request's own file is closed",
}
"""Where a pending OCALL of a dead CA is cancelled, and how that reads."""

ECALL, INVOKE = "TEE_IOC_ECALL", "TEE_IOC_INVOKE"

TRANSPORTS: Final = {
    ECALL: "an ioctl of its own (TEE_IOC_ECALL)",
    INVOKE: "one more parameter of TEE_IOC_INVOKE",
}
"""What carries an OCALL between driver and CA, and how that reads."""


class Choice(msgspec.Struct, frozen=True):
    """An answer to each of the decisions in which the designs differ.

    `holds_memories`: an invocation keeps its references on memory until it completes.
    `request_holds`: a pending OCALL holds references on the memory that it names.
    `cancel` is one of `CANCELS`, `transport` one of `TRANSPORTS`.

    >>> compose(Choice(holds_memories=True, cancel="pre_release")).name
    'held-refs-pre-release'

    Raises ValueError for a word that is none of these.
    """

    holds_memories: bool = False
    request_holds: bool = True
    cancel: str = COUNT
    transport: str = ECALL

    def __post_init__(self) -> None:
        for name, words in (("cancel", CANCELS), ("transport", TRANSPORTS)):
            value = getattr(self, name)
            if value not in words:
                raise UsageError(f"{name}: one of {', '.join(map(repr, words))}, not {value!r}")


QUESTIONS: Final = {
    "holds_memories": "An invocation keeps its references on memory until it completes",
    "request_holds": "A pending OCALL holds references on the memory that it names",
    "cancel": "The OCALL of a dead CA is cancelled",
    "transport": "What carries an OCALL",
}
"""What each field of a `Choice` decides."""


def said(value: object) -> str:
    """An answer in words.

    >>> said(False), said("count zero")
    ('no', "when the context's count is zero")
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (CANCELS | TRANSPORTS)[str(value)]


@cache
def compose(choice: Choice) -> type[EcallBare]:
    """The design that decides so: the named one if there is one, else one that is made."""
    for design in DESIGNS.values():
        if choice_of(design) == choice:
            return design
    taken = _taken(choice)
    name = "-".join(_words(choice))
    return type("Composed", (EcallBare,), {"name": name, "changes": tuple(taken), **taken})


def _taken(choice: Choice) -> dict[str, Any]:
    """What the design takes from those of the discussion that decide so."""
    sources: dict[str, type[EcallBare]] = {}
    if choice.holds_memories:
        sources["kept"] = HeldRefs
    if not choice.request_holds:
        sources["referenced"] = TwoLists
    if choice.cancel == CONTEXT_FILE:
        sources |= dict.fromkeys(Ecall.changes, Ecall)
    if choice.cancel == REQUEST_FILE:
        sources |= dict.fromkeys(OcallFd.changes, OcallFd)
    if choice.transport == INVOKE:
        sources["transport"] = Meta
    return {name: getattr_static(source, name) for name, source in sources.items()}


def _words(choice: Choice) -> Iterable[str]:
    yield "held-refs" if choice.holds_memories else "short-refs"
    if not choice.request_holds:
        yield "no-request-refs"
    yield {COUNT: "count", CONTEXT_FILE: "pre-release", REQUEST_FILE: "ocall-fd"}[choice.cancel]
    yield {ECALL: "ecall", INVOKE: "meta"}[choice.transport]


def choice_of(design: type[EcallBare]) -> Choice:
    """What a design of the discussion decides.

    >>> from ocallkit.designs import TwoLists
    >>> choice_of(TwoLists).request_holds
    False
    """

    def settles(name: str, source: type[EcallBare]) -> bool:
        return getattr_static(design, name) is getattr_static(source, name)

    cancel = COUNT
    if settles("pre_release", Ecall):
        cancel = CONTEXT_FILE
    elif settles("release_request_file", OcallFd):
        cancel = REQUEST_FILE
    return Choice(
        holds_memories=settles("kept", HeldRefs),
        request_holds=not settles("referenced", TwoLists),
        cancel=cancel,
        transport=INVOKE if settles("transport", Meta) else ECALL,
    )


def differing(one: Choice, other: Choice) -> tuple[str, ...]:
    """The names of the decisions in which two choices differ."""
    names = one.__struct_fields__
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))


def nearest(choice: Choice) -> tuple[str, tuple[str, ...]]:
    """The named design that differs least, and in which decisions it does; the first of several.

    Of two that differ equally often it is the one that differs in the transport, which leaves
    what is held and cancelled as it is.

    >>> nearest(Choice(holds_memories=True, request_holds=False))
    ('held-refs', ('request_holds',))
    """
    found = ((name, differing(choice, choice_of(design))) for name, design in DESIGNS.items())
    return min(found, key=lambda one: (len(one[1]), "transport" not in one[1]))


@cache
def verdict(choice: Choice, scenario: str, threads: int) -> Verdict:
    """The verdict on the design that decides so; judged once."""
    return judge(scenario, compose(choice), threads=threads)


def effects(before: tuple[Choice, int], after: tuple[Choice, int]) -> tuple[Effect, ...]:
    """What it does to every scenario to go from some decisions and threads to others."""
    found = []
    for scenario in SCENARIOS:
        old, new = (verdict(choice, scenario, n).broken for choice, n in (before, after))
        found.append(effect(scenario, old, new))
    return tuple(found)
