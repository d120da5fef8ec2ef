"""The designs of the discussion, each as the difference from the one before it.

A design is a class whose methods are the decisions that the discussion argues about; `Decisions` in
`model.config` says what each of them is asked, `judging.comparing.two_designs` which of them two
designs take differently.  A module opens with who proposed its design, what that changes and what
for, and ends its first text with where in pull request 72 that stands.

One of your own derives from `Design`, or from that from which it differs: `help(Design)` has all
that can be decided.  `FURTHER` has three more: the code as posted, what Linux merged since, and
what nothing breaks.

>>> [name for name, design in DESIGNS.items() if design.parent is DESIGNS["held-refs"]]
['held-refs-ocall-fd', 'held-refs-pre-release']
"""

from __future__ import annotations

from ocallkit.brief import Named
from ocallkit.designs.checked import DesignError
from ocallkit.designs.design import Design
from ocallkit.designs.ecall import Ecall
from ocallkit.designs.ecall_bare import EcallBare
from ocallkit.designs.hardened import Hardened
from ocallkit.designs.held_refs import HeldRefs
from ocallkit.designs.held_refs_ocall_fd import HeldRefsOcallFd
from ocallkit.designs.held_refs_pre_release import HeldRefsPreRelease
from ocallkit.designs.mainline import Mainline
from ocallkit.designs.meta import Meta
from ocallkit.designs.ocall_fd import OcallFd
from ocallkit.designs.posted import Posted
from ocallkit.designs.two_lists import TwoLists

DESIGNS: dict[str, type[EcallBare]] = Named(
    {
        design.name: design
        for design in (
            EcallBare,
            Ecall,
            Meta,
            OcallFd,
            HeldRefs,
            HeldRefsOcallFd,
            HeldRefsPreRelease,
            TwoLists,
        )
    }
)
"""Every named design, in the order of the argument."""

FURTHER: dict[str, type[EcallBare]] = {
    design.name: design for design in (Posted, Mainline, Hardened)
}
"""Designs that the discussion has only as code, or not at all: known by name like the others."""

EVERY: dict[str, type[EcallBare]] = DESIGNS | FURTHER
"""Every design that has a name."""

DEFAULT = Ecall.name

__all__ = [
    "DEFAULT",
    "DESIGNS",
    "EVERY",
    "FURTHER",
    "Design",
    "DesignError",
    "Ecall",
    "EcallBare",
    "Hardened",
    "HeldRefs",
    "HeldRefsOcallFd",
    "HeldRefsPreRelease",
    "Mainline",
    "Meta",
    "OcallFd",
    "Posted",
    "TwoLists",
]
