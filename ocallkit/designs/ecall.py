"""`ecall`: the opening text as HernanGatta posted it.

It adds pre_release, a callback that runs whenever the context's file is closed, however many
references are outstanding.  It is there because the reference on the memory of an OCALL keeps
the context's count above zero, and the release that would cancel the OCALL waits for that count.

Source: pull request 72, opening text, "Abnormal Termination", its last paragraph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.ecall_bare import EcallBare
from ocallkit.model import optee

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Step
    from ocallkit.model.config import Client


class Ecall(EcallBare):
    """Pending OCALLs are cancelled when the context's file is closed."""

    name: ClassVar[str] = "ecall"
    parent: ClassVar[type[EcallBare]] = EcallBare
    changes: ClassVar[tuple[str, ...]] = ("pre_release",)

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Cancel what is pending, so that its references no longer hold the context."""
        return optee.cancel_ocall(client)
