"""The structures of ``<linux/tee.h>``, and what the kernel refuses about their size.

Those with parameters reach the kernel through a `TeeIoctlBufData` that says where they lie; the
others are handed over themselves.  What an ioctl writes starts as zero.
"""

import errno
from enum import IntEnum
from functools import partial
from typing import Annotated, Final

import msgspec

from ocallkit.abi.byte_layout import (
    S32,
    S64,
    U32,
    U64,
    CType,
    Layout,
    Ret,
    RetOrigin,
    Uuid,
    c_name,
    param_layout,
    sizeof,
    u32_code,
)
from ocallkit.abi.ioctl_params import (
    TEE_IOCTL_PARAM_ATTR_META,
    TEE_IOCTL_PARAM_ATTR_OCALL,
    ParamType,
)
from ocallkit.abi.named_numbers import show_attr

TEE_IOCTL_UUID_LEN: Final = 16
NO_UUID: Final = bytes(TEE_IOCTL_UUID_LEN)

TEE_MAX_ARG_SIZE: Final = 1024
"""The most octets that an argument and its parameters may have; 4096 in recent kernels."""


class Login(IntEnum):
    """As whom a CA opens a session: ``TEE_IOCTL_LOGIN_...``.

    From `REE_KERNEL` to `TEE_IOCTL_LOGIN_REE_KERNEL_MAX` they are the kernel's own; a process that
    gives one of them gets -EPERM.
    """

    PUBLIC = 0
    USER = 1
    GROUP = 2
    APPLICATION = 4
    USER_APPLICATION = 5
    GROUP_APPLICATION = 6
    REE_KERNEL = 0x80000000


TEE_IOCTL_LOGIN_REE_KERNEL_MAX: Final = 0xBFFFFFFF


ClntLogin = Annotated[int, u32_code(Login)]

_ATTR_MARKS = {TEE_IOCTL_PARAM_ATTR_OCALL: "OCALL", TEE_IOCTL_PARAM_ATTR_META: "META"}
Attr = Annotated[int, CType("Q", "__u64", partial(show_attr, ParamType, _ATTR_MARKS))]


class TeeIoctlBufData(Layout, frozen=True):
    """Where an argument with parameters lies in the CA's memory, and its size in octets."""

    buf_ptr: U64
    buf_len: U64


class TeeIoctlParam(Layout, frozen=True):
    """A parameter: three numbers, or a memory reference of offset `a`, size `b`, memory id `c`."""

    attr: Attr = 0
    a: U64 = 0
    b: U64 = 0
    c: U64 = 0


class TeeIoctlVersionData(Layout, frozen=True):
    """Which TEE it is, and the capabilities of this one and of any."""

    impl_id: U32 = 0
    impl_caps: U32 = 0
    gen_caps: U32 = 0


class TeeIoctlShmAllocData(Layout, frozen=True):
    """Memory that the driver allocates.  It writes `id`; the ioctl returns a file descriptor."""

    size: U64
    flags: U32 = 0
    id: S32 = 0


class TeeIoctlShmRegisterFdData(Layout, frozen=True):
    """Memory behind a DMA buffer's file descriptor; in Linaro's tree of that time only."""

    fd: S64
    size: U64 = 0
    flags: U32 = 0
    id: S32 = 0


class TeeIoctlShmRegisterData(Layout, frozen=True):
    """Memory of the CA itself.  The driver writes `id`; the ioctl returns a file descriptor."""

    addr: U64
    length: U64
    flags: U32 = 0
    id: S32 = 0


class TeeIoctlOpenSessionArg(Layout, frozen=True):
    """Opens a session.  While an OCALL is pending in it, `session` holds a temporary id."""

    uuid: Uuid
    clnt_uuid: Uuid = NO_UUID
    clnt_login: ClntLogin = Login.PUBLIC
    cancel_id: U32 = 0
    session: U32 = 0
    ret: Ret = 0
    ret_origin: RetOrigin = 0
    num_params: U32 = 0
    params: tuple[TeeIoctlParam, ...] = ()


class TeeIoctlInvokeArg(Layout, frozen=True):
    """Invokes the command `func` of the TA behind a session."""

    func: U32
    session: U32
    cancel_id: U32 = 0
    ret: Ret = 0
    ret_origin: RetOrigin = 0
    num_params: U32 = 0
    params: tuple[TeeIoctlParam, ...] = ()


class TeeIoctlEcallArg(Layout, frozen=True):
    """Invokes a command, or answers the OCALL `ocall_id` of an invoke: the opening text's ioctl.

    `func` is an `EcallFunc`, and `cmd_id` the TA's command on the way in, the CA's on the way out,
    where `uuid` is the TA that asks.
    """

    func: U32
    cmd_id: U32
    session: U32
    cancel_id: U32 = 0
    ocall_id: U32 = 0
    ret: Ret = 0
    ret_origin: RetOrigin = 0
    num_params: U32 = 0
    uuid: Uuid = NO_UUID
    params: tuple[TeeIoctlParam, ...] = ()


class TeeIoctlCancelArg(Layout, frozen=True):
    """Asks that an operation of a session be cancelled; an OCALL pending in it stays."""

    cancel_id: U32
    session: U32


class TeeIoctlCloseSessionArg(Layout, frozen=True):
    """Closes a session."""

    session: U32


class Refusal(msgspec.Struct, frozen=True):
    """What a kernel function returns instead of doing its work, and the rule that was broken."""

    rc: int
    rule: str


def refuse_buf_len(
    layout: type[Layout], buf_len: int, num_params: int | None = None
) -> Refusal | None:
    """Check an argument's size as tee_ioctl_invoke and tee_ioctl_open_session do.

    `buf_len` and `num_params` are what the CA wrote; the latter is left out where it has not been
    read yet.  None if they fit each other, else -EINVAL
    and the first rule that they break, in the kernel's order.

    >>> refuse_buf_len(TeeIoctlInvokeArg, 24 + 4 * 32, 5)
    Refusal(rc=-22, rule='buf_len 152 is not 24 (tee_ioctl_invoke_arg) + 5 * 32 (num_params)')
    """
    header, step = sizeof(layout), _param_size(layout)
    if buf_len > TEE_MAX_ARG_SIZE:
        rule = f"buf_len {buf_len} is above {TEE_MAX_ARG_SIZE} (TEE_MAX_ARG_SIZE)"
    elif buf_len < header:
        rule = f"buf_len {buf_len} is below {header} ({c_name(layout)})"
    elif num_params is not None and buf_len != header + num_params * step:
        rule = (
            f"buf_len {buf_len} is not {header} ({c_name(layout)}) + "
            f"{num_params} * {step} (num_params)"
        )
    else:
        return None
    return Refusal(-errno.EINVAL, rule)


def max_params(layout: type[Layout]) -> int:
    """Give the number of parameters that still fit in `TEE_MAX_ARG_SIZE`.

    >>> max_params(TeeIoctlInvokeArg)
    31
    """
    return (TEE_MAX_ARG_SIZE - sizeof(layout)) // _param_size(layout)


def _param_size(layout: type[Layout]) -> int:
    param = param_layout(layout)
    if param is None:
        raise TypeError(f"{c_name(layout)} has no parameters behind it")
    return sizeof(param)
