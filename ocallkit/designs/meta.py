"""`meta`: the decisions of `ecall`, carried by an extra parameter of TEE_IOC_INVOKE.

HernanGatta asked whether the new ioctl is needed at all: the two values that it adds fit into
one more parameter, and the number of parameters was never fixed.  The change of transport and
the change of references came together in the thread; this design has only the first of them,
so that either can be judged alone.

Source: pull request 72, HernanGatta's design question behind the opening text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ocallkit.designs.ecall import Ecall
from ocallkit.designs.transport import MetaParameter

if TYPE_CHECKING:
    from ocallkit.designs.ecall_bare import EcallBare
    from ocallkit.model.config import Transport


class Meta(Ecall):
    """One more parameter instead of a new ioctl."""

    name: ClassVar[str] = "meta"
    parent: ClassVar[type[EcallBare]] = Ecall
    changes: ClassVar[tuple[str, ...]] = ("transport",)
    transport: ClassVar[Transport] = MetaParameter()
