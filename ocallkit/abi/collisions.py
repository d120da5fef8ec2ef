"""Numbers of the OCALL interface that the kernel, or OP-TEE, has given to something else since.

Nothing of the interface was merged, and the numbers that it took were free again: who wants to
bring OCALLs back has to take others.

>>> [one.name for one in COLLISIONS if one.header == HEADER][:2]
['TEE_GEN_CAP_OCALL', 'TEE_IOC_ECALL']
"""

from __future__ import annotations

from typing import Final

import msgspec

from ocallkit.abi import ioctl
from ocallkit.abi.arguments import TEE_MAX_ARG_SIZE
from ocallkit.abi.byte_layout import show_number
from ocallkit.abi.optee_msg import RpcCmd
from ocallkit.abi.smc import OPTEE_SMC_SEC_CAP_OCALL

HEADER: Final = "linux/tee.h"
"""What a machine with the kernel's headers has of it."""


class Collision(msgspec.Struct, frozen=True):
    """A number with two meanings.

    `name` is what it was called here and `number` its value there, `header` where it is defined,
    `kind` what it is a number of, and `since` what it means upstream: by the name in that header,
    where it has one.  `taken` is upstream's own value, where that is another.
    """

    name: str
    number: int
    header: str
    kind: str
    since: str
    taken: int | None = None

    @property
    def upstream(self) -> int:
        """The value that upstream's name has."""
        return self.number if self.taken is None else self.taken


_NR_MASK: Final = 0xFF

COLLISIONS: Final = (
    Collision(
        "TEE_GEN_CAP_OCALL",
        ioctl.TEE_GEN_CAP_OCALL,
        HEADER,
        "a capability of any TEE, bit 4",
        "TEE_GEN_CAP_OBJREF",
    ),
    Collision(
        "TEE_IOC_ECALL",
        ioctl.TEE_IOC_ECALL & _NR_MASK,
        HEADER,
        "the number within an ioctl's number",
        "TEE_IOC_OBJECT_INVOKE",
    ),
    Collision(
        "TEE_MAX_ARG_SIZE",
        TEE_MAX_ARG_SIZE,
        HEADER,
        "the most octets of an argument",
        "TEE_MAX_ARG_SIZE",
        taken=4096,
    ),
    *(
        Collision("", number, HEADER, "a parameter's kind", f"TEE_IOCTL_PARAM_ATTR_TYPE_{name}")
        for number, name in enumerate(
            (
                "UBUF_INPUT",
                "UBUF_OUTPUT",
                "UBUF_INOUT",
                "OBJREF_INPUT",
                "OBJREF_OUTPUT",
                "OBJREF_INOUT",
            ),
            start=8,
        )
    ),
    Collision(
        "OPTEE_SMC_SEC_CAP_OCALL",
        OPTEE_SMC_SEC_CAP_OCALL,
        "optee_smc.h",
        "a capability of OP-TEE, bit 5",
        "OPTEE_SMC_SEC_CAP_ASYNC_NOTIF",
    ),
    Collision(
        "OPTEE_RPC_CMD_OCALL",
        RpcCmd.OCALL,
        "optee_rpc_cmd.h",
        "what an RPC asks for",
        "OPTEE_RPC_CMD_RPMB_PROBE_RESET",
    ),
    *(
        Collision("", RpcCmd.OCALL + number, "optee_rpc_cmd.h", "what an RPC asks for", since)
        for number, since in enumerate(
            ("OPTEE_RPC_CMD_RPMB_PROBE_NEXT", "OPTEE_RPC_CMD_RPMB_FRAMES"), start=1
        )
    ),
)
"""All of them; one without a name was not used, and is free no more."""


def collisions() -> dict[str, Collision]:
    """Those that took a number of this interface, by the name that it has here."""
    return {one.name: one for one in COLLISIONS if one.name}


def table() -> str:
    """All of them as a table, for a reader.

    >>> print(table().splitlines()[0])
    number  here                     since                                    what it is a number of
    """
    rows = [("number", "here", "since", "what it is a number of")]
    rows += [
        (show_number(one.number), one.name or "-", _since(one), f"{one.kind} ({one.header})")
        for one in COLLISIONS
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def _since(one: Collision) -> str:
    """What it means now, and its value where that is another."""
    return one.since if one.taken is None else f"{one.since} = {one.taken}"
