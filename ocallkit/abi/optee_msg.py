"""Between the OP-TEE driver and OP-TEE: the messages in shared memory.

A call's message and an RPC's have the same form, `OpteeMsgArg` (``optee_msg.h``, and for the RPC
commands ``optee_rpc_cmd.h``).
"""

from enum import IntEnum
from functools import partial
from typing import Annotated, Final

from ocallkit.abi.byte_layout import U32, U64, CType, Layout, Ret, RetOrigin
from ocallkit.abi.named_numbers import show_attr


class MsgCmd(IntEnum):
    """What a call asks of OP-TEE: ``OPTEE_MSG_CMD_...``."""

    OPEN_SESSION = 0
    INVOKE_COMMAND = 1
    CLOSE_SESSION = 2
    CANCEL = 3
    REGISTER_SHM = 4
    UNREGISTER_SHM = 5


class RpcCmd(IntEnum):
    """What an RPC asks of the normal world: ``OPTEE_RPC_CMD_...``.

    Later releases gave 22 to RPMB_PROBE_RESET, and 23 and 24 to further RPMB commands.
    """

    LOAD_TA = 0
    RPMB = 1
    FS = 2
    GET_TIME = 3
    WAIT_QUEUE = 4
    SUSPEND = 5
    SHM_ALLOC = 6
    SHM_FREE = 7
    SUPP_PLUGIN = 12
    BENCH_REG = 20
    I2C_TRANSFER = 21
    OCALL = 22


class WaitQueue(IntEnum):
    """What a WAIT_QUEUE command does, in its first value: ``OPTEE_RPC_WAIT_QUEUE_...``."""

    SLEEP = 0
    WAKEUP = 1


class ShmType(IntEnum):
    """Whom a SHM_ALLOC or SHM_FREE command is for: ``OPTEE_RPC_SHM_TYPE_...``.

    CLIENT_APP is the CA, and makes the command part of an OCALL; the others are the supplicant, the
    kernel alone, and all.
    """

    APPL = 0
    KERNEL = 1
    GLOBAL = 2
    CLIENT_APP = 3


class MsgParamType(IntEnum):
    """How a message's parameter is used: ``OPTEE_MSG_ATTR_TYPE_...``, the low octet of `attr`.

    RMEM is memory that OP-TEE knows by its cookie, TMEM memory given by its address.
    """

    NONE = 0
    VALUE_INPUT = 1
    VALUE_OUTPUT = 2
    VALUE_INOUT = 3
    RMEM_INPUT = 5
    RMEM_OUTPUT = 6
    RMEM_INOUT = 7
    TMEM_INPUT = 9
    TMEM_OUTPUT = 10
    TMEM_INOUT = 11


OPTEE_MSG_ATTR_META: Final = 1 << 8
OPTEE_MSG_ATTR_NONCONTIG: Final = 1 << 9
"""The address is that of a list of pages, each of which is given by its address."""

OPTEE_MSG_NONCONTIG_PAGE_SIZE: Final = 4096
PAGES_LIST_ENTRIES: Final = OPTEE_MSG_NONCONTIG_PAGE_SIZE // 8 - 1
"""The 64-bit addresses in one page of such a list; the last one links to the next page."""

OCALL_SHM_ALIGN: Final = 8
"""The alignment in octets that the OCALL PTA asks for in its SHM_ALLOC."""

THREAD_RPC_MAX_NUM_PARAMS: Final = 6
"""The parameters of an RPC.  It was 4: an OCALL adds two before the TA's own."""


_ATTR_MARKS = {OPTEE_MSG_ATTR_NONCONTIG: "NONCONTIG", OPTEE_MSG_ATTR_META: "META"}
MsgAttr = Annotated[int, CType("Q", "__u64", partial(show_attr, MsgParamType, _ATTR_MARKS))]


class OpteeMsgParam(Layout, frozen=True):
    """A parameter of a message.

    Three numbers; for TMEM address, size and cookie; for RMEM offset, size and cookie.
    """

    attr: MsgAttr = 0
    a: U64 = 0
    b: U64 = 0
    c: U64 = 0


class OpteeMsgArg(Layout, frozen=True):
    """A message: `cmd` is a `MsgCmd`, or an `RpcCmd` when OP-TEE asks.

    For an OCALL, parameter 0 has the CA's command in `a`, its result in `b` and the origin in `c`,
    parameter 1 the TA's UUID, and the TA's own four follow.
    """

    cmd: U32
    func: U32 = 0
    session: U32 = 0
    cancel_id: U32 = 0
    pad: U32 = 0
    ret: Ret = 0
    ret_origin: RetOrigin = 0
    num_params: U32 = 0
    params: tuple[OpteeMsgParam, ...] = ()
