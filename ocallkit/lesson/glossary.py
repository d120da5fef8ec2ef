"""The tables of the glossary: what has a name in the package, in the package's own words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from ocallkit.designs import DESIGNS
from ocallkit.labs.designs import choice_of, said
from ocallkit.lesson.shown import table
from ocallkit.model.config import FAULTS, FAULTS_IN_WORDS
from ocallkit.properties import PROPERTIES

if TYPE_CHECKING:
    from ocallkit.designs import EcallBare
    from ocallkit.lesson.shown import Shown

PEOPLE: Final = ("HernanGatta", "jenswi-linaro")
"""Who proposed designs in pull request 72, by the names that they have there."""

HEADS: Final = ("design", "who", "carried by", "keeps references", "cancels")
"""What the table of the designs says of each."""


def designs_table() -> Shown:
    """Every design of the discussion: who had it, and what it decides; read off its decisions.

    >>> designs_table().plain.splitlines()[4].split()[:3]
    ['meta', 'HernanGatta', 'TEE_IOC_INVOKE']
    """
    return table(HEADS, [_row(design) for design in DESIGNS.values()])


def _row(design: type[EcallBare]) -> tuple[str, ...]:
    choice = choice_of(design)
    until = {
        (False, True): "the request's",
        (True, True): "the request's, the invocation's",
        (True, False): "the invocation's",
        (False, False): "none",
    }[choice.holds_memories, choice.request_holds]
    return (
        f"`{design.name}`",
        who(design),
        f"`{choice.transport}`",
        until,
        said(choice.cancel),
    )


def who(design: type[EcallBare]) -> str:
    """Who proposed a design: whom the text of its module names first.

    >>> who(DESIGNS["two-lists"])
    'jenswi-linaro'
    """
    text = sys.modules[design.__module__].__doc__ or ""
    return min(filter(text.__contains__, PEOPLE), key=text.index)


def properties_table() -> Shown:
    """Every property, in the sentence that its function begins with.

    >>> "no-deadlock" in str(properties_table())
    True
    """
    rows = [(f"`{name}`", _first_sentence(check.__doc__)) for name, check in PROPERTIES.items()]
    return table(("property", "what must be so"), rows)


def _first_sentence(text: str | None) -> str:
    return (text or "").partition("\n")[0]


def faults_table() -> Shown:
    """Every fault, and whether it is tried unless it is switched off.

    >>> str(faults_table()).splitlines()[3].split("  ")[0]
    'handler-error'
    """
    rows = [
        (f"`{name}`", words, "always" if name in FAULTS else f"with `--fault {name}`")
        for name, words in FAULTS_IN_WORDS.items()
    ]
    return table(("fault", "what happens", "tried"), rows)
