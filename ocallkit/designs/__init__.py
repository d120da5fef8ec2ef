"""The designs of the thread, each as the difference from the one before it."""

from __future__ import annotations

from ocallkit.designs.ecall import Ecall
from ocallkit.designs.ecall_bare import EcallBare
from ocallkit.designs.held_refs import HeldRefs
from ocallkit.designs.held_refs_ocall_fd import HeldRefsOcallFd
from ocallkit.designs.held_refs_pre_release import HeldRefsPreRelease
from ocallkit.designs.meta import Meta
from ocallkit.designs.ocall_fd import OcallFd
from ocallkit.designs.two_lists import TwoLists

DESIGNS: dict[str, type[EcallBare]] = {
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
"""Every named design, in the order of the argument."""

DEFAULT = Ecall.name

__all__ = [
    "DEFAULT",
    "DESIGNS",
    "Ecall",
    "EcallBare",
    "HeldRefs",
    "HeldRefsOcallFd",
    "HeldRefsPreRelease",
    "Meta",
    "OcallFd",
    "TwoLists",
]
