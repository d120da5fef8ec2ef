"""What is wrong with the octets: lengths, counts, bits, flags.  All of it is written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import (
    TEE_MAX_ARG_SIZE,
    Login,
    TeeIoctlBufData,
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
    TeeIoctlParam,
    TeeIoctlShmAllocData,
    TeeIoctlShmRegisterData,
)
from ocallkit.abi.ioctl_params import OCALL_PARAM_ATTR, ParamType, make_pair
from ocallkit.model.config import DEFAULT_TA, uuid_octets
from ocallkit.model.raw_ioctl import MOST_MEMORY, USER_BUFFER, ioctl
from ocallkit.model.wire import session_number
from ocallkit.scenarios.misuse.act import PLAIN, Act

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

PREPARED: Final = TeeIoctlParam(OCALL_PARAM_ATTR)
"""The parameter with which a CA says that it is prepared."""
UNKNOWN_BITS: Final = 1 << 12
"""Bits of an attribute that mean nothing."""
REGISTER: Final = numbers.TEE_IOC_SHM_REGISTER
BY_PARAMETER: Final = "TEE_IOC_INVOKE"


def writing(
    *params: TeeIoctlParam,
    length: int | None = None,
    count: int | None = None,
    at: int = USER_BUFFER,
) -> Callable[[Client], Steps]:
    """A CA that invokes with an argument of its own making.

    `length` is what it says of the buffer, `count` of the parameters in it, `at` where it is.
    """

    def does(client: Client) -> Steps:
        head = TeeIoctlInvokeArg(PLAIN, session_number(client.session)).with_params(*params)
        user = bytearray(head.pack())
        if count is not None:
            user[20:24] = count.to_bytes(4, "little")
        where = TeeIoctlBufData(at, len(user) if length is None else length).pack()
        device = replace(client, raw=True)
        rc, _, _ = yield from ioctl(device, numbers.TEE_IOC_INVOKE, where, bytes(user))
        return rc

    return does


def issuing(request: int, data: bytes = b"", user: bytes = b"") -> Callable[[Client], Steps]:
    """A CA that issues an ioctl with these octets."""

    def does(client: Client) -> Steps:
        rc, _, _ = yield from ioctl(replace(client, raw=True), request, data, user)
        return rc

    return does


def opening_as(login: int) -> Callable[[Client], Steps]:
    """A CA that opens a session, and says who it is."""
    user = TeeIoctlOpenSessionArg(uuid_octets(DEFAULT_TA), clnt_login=login).pack()
    return issuing(numbers.TEE_IOC_OPEN_SESSION, user=user)


def registering(length: int, flags: int = 0) -> Callable[[Client], Steps]:
    """A CA that registers so many octets."""
    return issuing(REGISTER, TeeIoctlShmRegisterData(USER_BUFFER, length, flags).pack())


OCTETS: Final = (
    Act("buffer-too-short", "says that its argument is shorter than one can be", writing(length=8)),
    Act(
        "buffer-too-long",
        "says that it is longer than one may be",
        writing(length=TEE_MAX_ARG_SIZE + 1),
    ),
    Act("other-count", "says that there are more parameters than there are", writing(count=2)),
    Act("bad-address", "says that it lies where nothing is", writing(at=0)),
    Act(
        "unknown-kind", "passes a parameter of a kind that there is not", writing(TeeIoctlParam(15))
    ),
    Act(
        "unknown-bits",
        "passes an attribute with unknown bits",
        writing(TeeIoctlParam(ParamType.VALUE_INPUT | UNKNOWN_BITS)),
    ),
    Act(
        "ocall-second",
        "has the parameter of an OCALL in second place",
        writing(TeeIoctlParam(), PREPARED),
        only=BY_PARAMETER,
    ),
    Act(
        "ocall-twice",
        "has two parameters of an OCALL",
        writing(PREPARED, PREPARED),
        only=BY_PARAMETER,
    ),
    Act(
        "no-function",
        "answers with a command and no function",
        writing(replace(PREPARED, a=make_pair(0, 100))),
        only=BY_PARAMETER,
    ),
    Act("kernel-login", "says that it is the kernel", opening_as(Login.REE_KERNEL)),
    Act("bad-flags", "registers memory with a flag that is not allowed", registering(4, 1)),
    Act("no-memory", "registers nothing", registering(0)),
    Act("too-much-memory", "registers more than there is", registering(MOST_MEMORY + 1)),
    Act(
        "alloc-flags",
        "allocates memory with a flag",
        issuing(numbers.TEE_IOC_SHM_ALLOC, TeeIoctlShmAllocData(4, 1).pack()),
    ),
    Act("unknown-ioctl", "issues an ioctl that there is not", issuing(0)),
)
"""Where."""
