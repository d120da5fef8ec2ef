"""`meta`: the decisions of `ecall`, carried by an extra parameter of TEE_IOC_INVOKE.

HernanGatta asked whether the new ioctl is needed at all: the two values that it adds fit into
one more parameter, and the number of parameters was never fixed.  The change of transport and
the change of references came together in the discussion; this design has only the first of them,
so that either can be judged alone.

Source: pull request 72, HernanGatta's design question behind the opening text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

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


BY_PARAMETER: Final = "+meta"
"""What stands behind the name of a design that is to be carried by the parameter."""


_BY_PARAMETER: dict[type[EcallBare], type[EcallBare]] = {}


def by_parameter(design: type[EcallBare]) -> type[EcallBare]:
    """A design with the parameter as its transport, and else as it is.

    >>> from ocallkit.designs import TwoLists
    >>> by_parameter(TwoLists).name
    'two-lists+meta'
    """
    if design in _BY_PARAMETER:
        return _BY_PARAMETER[design]
    own = {
        "name": f"{design.name}{BY_PARAMETER}",
        "parent": design,
        "changes": ("transport",),
        "transport": MetaParameter(),
        "__module__": __name__,
    }
    made = type(f"{design.__name__}ByParameter", (design,), own)
    return _BY_PARAMETER.setdefault(design, made)
