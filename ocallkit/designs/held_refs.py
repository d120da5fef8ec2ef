"""`held-refs`: an invocation keeps its memories until it completes.

jenswi-linaro's answer to the deadlock: shared memory must not be freed while OP-TEE uses it, so
the references that the first ioctl took must outlive its early return, and go when the
invocation is complete or cancelled.  HernanGatta replied that this alone turns the deadlock into
a leak: nothing cancels the OCALL before the context's count is zero, and the count waits for the
references that only the end of the OCALL would drop.

Source: pull request 72, jenswi-linaro on what has to be done when a CA crashes, its second point;
HernanGatta's reply to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.ecall_bare import EcallBare
from ocallkit.model.params import memories

if TYPE_CHECKING:
    from ocallkit.model.events import Param


class HeldRefs(EcallBare):
    """References on an invoke's memories are kept until it completes."""

    name: ClassVar[str] = "held-refs"
    parent: ClassVar[type[EcallBare]] = EcallBare
    changes: ClassVar[tuple[str, ...]] = ("kept",)

    def kept(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """All that the invocation names."""
        return memories(params)
