"""The designs of the thread, each as the difference from the one before it."""

from __future__ import annotations

from ocallkit.designs.ecall import Ecall
from ocallkit.designs.ecall_bare import EcallBare
from ocallkit.designs.meta import Meta

DESIGNS: dict[str, type[EcallBare]] = {design.name: design for design in (EcallBare, Ecall, Meta)}
"""Every named design, in the order of the argument."""

DEFAULT = Ecall.name

__all__ = ["DEFAULT", "DESIGNS", "Ecall", "EcallBare", "Meta"]
