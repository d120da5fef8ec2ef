"""`held-refs-pre-release`: references kept, and the context's own file is enough.

jenswi-linaro asked why another file is needed: teedev_close_context() is called when the
context's file is closed, whatever memories are outstanding.  HernanGatta had meant the context's
release, which does wait for them, and agreed.

Source: pull request 72, jenswi-linaro on teedev_close_context(), and HernanGatta's reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.ecall import Ecall
from ocallkit.designs.held_refs import HeldRefs

if TYPE_CHECKING:
    from ocallkit.designs.ecall_bare import EcallBare


class HeldRefsPreRelease(HeldRefs, Ecall):
    """References are kept, and pending OCALLs are cancelled when the context's file is closed."""

    name: ClassVar[str] = "held-refs-pre-release"
    parent: ClassVar[type[EcallBare]] = HeldRefs
    changes: ClassVar[tuple[str, ...]] = Ecall.changes
