"""`held-refs-ocall-fd`: references kept, and a file per pending request.

HernanGatta combined the two: with the references kept, no memory is released before the
request's own file, in whatever order the files are closed; its release cancels the OCALL, and
the references follow.

Source: pull request 72, HernanGatta's reply to jenswi-linaro on raised counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.held_refs import HeldRefs
from ocallkit.designs.ocall_fd import OcallFd

if TYPE_CHECKING:
    from ocallkit.designs.ecall_bare import EcallBare


class HeldRefsOcallFd(HeldRefs, OcallFd):
    """References are kept, and the release of the request's file cancels it."""

    name: ClassVar[str] = "held-refs-ocall-fd"
    parent: ClassVar[type[EcallBare]] = HeldRefs
    changes: ClassVar[tuple[str, ...]] = OcallFd.changes
