"""Two designs side by side: the few lines in which they differ."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING

import msgspec

from ocallkit.designs.decisions import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from ocallkit.designs.ecall_bare import EcallBare


class Difference(msgspec.Struct, frozen=True):
    """One decision that two designs take differently: where each has it from, and how it reads."""

    decision: str
    left_from: str
    left: str
    right_from: str
    right: str


def difference(left: type[EcallBare], right: type[EcallBare]) -> tuple[Difference, ...]:
    """The decisions in which two designs differ, each with its source code.

    >>> from ocallkit.designs import Ecall, EcallBare
    >>> [found.decision for found in difference(EcallBare, Ecall)]
    ['pre_release']
    """
    return tuple(
        Difference(
            name,
            owner(left, name),
            source(left, name),
            owner(right, name),
            source(right, name),
        )
        for name in DECISIONS
        if inspect.getattr_static(left, name) is not inspect.getattr_static(right, name)
    )


def as_text(left: type[EcallBare], right: type[EcallBare], only: Collection[str] = ()) -> str:
    """The differences for a terminal, one decision after the other; with `only`, of those."""
    parts = [
        f"{found.decision}\n\n  {_whose(left, found.left_from)}:\n"
        f"{textwrap.indent(found.left, '    ')}\n\n  {_whose(right, found.right_from)}:\n"
        f"{textwrap.indent(found.right, '    ')}"
        for found in difference(left, right)
        if not only or found.decision in only
    ]
    return "\n\n".join(parts) or f"{left.name} and {right.name} decide alike"


def _whose(design: type[EcallBare], settles: str) -> str:
    return design.name if settles == design.name else f"{design.name} (as {settles})"


def owner(design: type[EcallBare], name: str) -> str:
    """What the class is called that settles a decision for `design`.

    >>> from ocallkit.designs import Meta
    >>> owner(Meta, "pre_release")
    'ecall'
    """
    settles = next(cls for cls in design.__mro__ if name in vars(cls))
    return str(getattr(settles, "name", settles.__name__))


def source(design: type[EcallBare], name: str) -> str:
    """How the decision reads in the code; of one that was made without a file, its name alone."""
    found = inspect.getattr_static(design, name)
    if not inspect.isfunction(found):
        return f"{name} = {type(found).__name__}()"
    try:
        return textwrap.dedent(inspect.getsource(found)).rstrip()
    except OSError:
        return f"def {name}(...): ..."
