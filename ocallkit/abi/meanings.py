"""What each member of a structure is for, in a sentence, beside the layouts.

What a parameter's numbers mean depends on what it carries: its `role` says so, and a role's
sentences are about the four numbers of one parameter.
"""

from typing import Final

from ocallkit.abi.arguments import (
    TeeIoctlCancelArg,
    TeeIoctlCloseSessionArg,
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
    TeeIoctlShmAllocData,
    TeeIoctlShmRegisterData,
    TeeIoctlVersionData,
)
from ocallkit.abi.byte_layout import Layout
from ocallkit.abi.ioctl_params import (
    TEE_IOCTL_PARAM_ATTR_OCALL,
    TEE_IOCTL_PARAM_ATTR_TYPE_MASK,
    EcallFunc,
    OcallFunc,
    ParamType,
    get_func,
)
from ocallkit.abi.optee_msg import OPTEE_MSG_ATTR_META, MsgCmd, OpteeMsgArg, RpcCmd

_RESULT: Final = {
    "cancel_id": "By which a cancellation would name this call; libteec gives none.",
    "ret": "How it went; on an answer, how the CA fared with what it was asked.",
    "ret_origin": "Which party says so.",
    "num_params": "How many parameters follow; with them the buffer has to be as long as it is.",
}

MEMBERS: Final[dict[type[Layout], dict[str, str]]] = {
    TeeIoctlInvokeArg: {
        "func": "The TA's command.",
        "session": "The session in which it is invoked.",
        **_RESULT,
    },
    TeeIoctlOpenSessionArg: {
        "uuid": "The TA with which a session is opened.",
        "clnt_uuid": "As whom the CA opens it; zeros for the public login.",
        "clnt_login": "What clnt_uuid is the name of.",
        "session": "The session that was opened; while the TA asks its CA, a temporary id.",
        **_RESULT,
    },
    TeeIoctlEcallArg: {
        "func": "What the CA is asked to do, or has done; 0 for a new call and a complete one.",
        "cmd_id": "The command: the TA's on the way in, the CA's in an OCALL.",
        "session": "The session in which the TA is invoked.",
        "ocall_id": "Which pending request this is, or answers.",
        "uuid": "The TA that asks.",
        **_RESULT,
    },
    TeeIoctlShmAllocData: {
        "size": "How much memory, in bytes.",
        "flags": "None may be given.",
        "id": "By which the memory is named from now on: written by the driver.",
    },
    TeeIoctlShmRegisterData: {
        "addr": "Where the memory lies in the CA.",
        "length": "How long it is, in bytes.",
        "flags": "4 for the memory of an OCALL, which OP-TEE is not told of.",
        "id": "By which the memory is named from now on: written by the driver.",
    },
    TeeIoctlCancelArg: {
        "cancel_id": "The call that is to be cancelled.",
        "session": "The session in which it runs.",
    },
    TeeIoctlCloseSessionArg: {"session": "The session that is closed."},
    TeeIoctlVersionData: {
        "impl_id": "Which TEE it is.",
        "impl_caps": "What this one can do.",
        "gen_caps": "What any TEE may be able to do; bit 4 says OCALLs.",
    },
    OpteeMsgArg: {
        "cmd": "What is asked of the other side.",
        "func": "The TA's command.",
        "session": "The session that it concerns, or the one that was opened.",
        "pad": "Not used.",
        **_RESULT,
        "ret": "How it went; OP-TEE sets an error first, in case that nobody answers an RPC.",
    },
}
"""For each structure what its members are for."""

VALUE: Final = "value"
MEMREF: Final = "memref"
NONE: Final = "none"
CARRIER: Final = "OCALL"
ALLOC: Final = "SHM_ALLOC"
FREE: Final = "SHM_FREE"
ECALL_ALLOC: Final = "SHM_ALLOC of an ECALL"
ECALL_FREE: Final = "SHM_FREE of an ECALL"
META_TA: Final = "TA"
META_CLIENT: Final = "client"
MSG_MEMREF: Final = "memory of a message"
PAGES: Final = "page list"
RPC_ALLOC: Final = "RPC SHM_ALLOC"
RPC_FREE: Final = "RPC SHM_FREE"
RPC_OCALL: Final = "RPC OCALL"
RPC_TA: Final = "TA that asks"
WAIT: Final = "WAIT_QUEUE"
SUSPEND: Final = "SUSPEND"
LOAD: Final = "LOAD_TA"

_ATTR: Final = "What kind of parameter this is, and which way it goes."
_UNUSED: Final = "Not used."

ROLES: Final[dict[str, dict[str, str]]] = {
    NONE: {"attr": "Carries nothing.", "a": _UNUSED, "b": _UNUSED, "c": _UNUSED},
    VALUE: {"a": "The first value.", "b": "The second value.", "c": _UNUSED},
    MEMREF: {
        "a": "Where in the memory it begins.",
        "b": "How long it is; on a return, how much was written.",
        "c": "Which memory: its SHM id.",
    },
    CARRIER: {
        "attr": "The OCALL bit: this parameter is for the driver and not for the TA.",
        "a": "What is asked in the upper half, the CA's command in the lower; 0 if nothing is.",
        "b": "Of an OCALL: the first half of the UUID of the TA that asks.",
        "c": "Of an OCALL: the second half.",
    },
    ALLOC: {"a": _UNUSED, "b": "How much memory is asked for.", "c": "The memory's SHM id."},
    FREE: {"a": _UNUSED, "b": _UNUSED, "c": "The SHM id of the memory that is to be freed."},
    ECALL_ALLOC: {"a": "The memory's SHM id.", "b": "How much memory is asked for.", "c": _UNUSED},
    ECALL_FREE: {"a": "The SHM id of the memory that is to be freed.", "b": _UNUSED, "c": _UNUSED},
    META_TA: {
        "attr": "The META bit: this parameter is for OP-TEE and not for the TA.",
        "a": "The first half of the TA's UUID.",
        "b": "The second half.",
        "c": _UNUSED,
    },
    META_CLIENT: {
        "attr": "The META bit: this parameter is for OP-TEE and not for the TA.",
        "a": "The first half of the client's UUID.",
        "b": "The second half.",
        "c": "As whom the client opens the session.",
    },
    MSG_MEMREF: {
        "a": "Where in the memory it begins.",
        "b": "How long it is; on a return, how much was written.",
        "c": "Which memory: its cookie, the kernel's pointer.",
    },
    PAGES: {
        "a": "Where the list of the memory's pages lies, and how far into the first it begins.",
        "b": "How long the memory is.",
        "c": "The cookie by which it is named from now on.",
    },
    RPC_ALLOC: {
        "a": "Who is to allocate: the CA.",
        "b": "How much memory is asked for.",
        "c": "How it has to be aligned.",
    },
    RPC_FREE: {"a": "Who has allocated it.", "b": "The cookie of the memory.", "c": _UNUSED},
    RPC_OCALL: {
        "a": "The CA's command.",
        "b": "What the CA's handler returned.",
        "c": "Which party says so.",
    },
    RPC_TA: {
        "a": "The first half of the UUID of the TA that asks.",
        "b": "The second half.",
        "c": _UNUSED,
    },
    WAIT: {"a": "Whether to sleep or to wake.", "b": "Which secure thread.", "c": _UNUSED},
    SUSPEND: {"a": "How long to wait, in milliseconds.", "b": _UNUSED, "c": _UNUSED},
    LOAD: {
        "a": "The first half of the UUID of the TA that is to be loaded.",
        "b": "The second half.",
        "c": _UNUSED,
    },
}
"""For each role what the numbers of a parameter are for."""

_RPC_FIRST: Final = {
    RpcCmd.SHM_ALLOC: RPC_ALLOC,
    RpcCmd.SHM_FREE: RPC_FREE,
    RpcCmd.OCALL: RPC_OCALL,
    RpcCmd.WAIT_QUEUE: WAIT,
    RpcCmd.SUSPEND: SUSPEND,
    RpcCmd.LOAD_TA: LOAD,
}


def meaning(record: Layout, name: str, roles: tuple[str, ...]) -> str:
    """What a member is for, by its name in `layout.fields`; `roles` are those of the parameters.

    >>> meaning(TeeIoctlCloseSessionArg(1), "session", ())
    'The session that is closed.'
    """
    if not name.startswith("params["):
        return MEMBERS[type(record)][name]
    place, _, member = name.removeprefix("params[").partition("].")
    return ROLES[roles[int(place)]].get(member, _ATTR)


def roles(record: Layout, *, rpc: bool = False) -> tuple[str, ...]:
    """What each parameter of a structure carries; `rpc` says that OP-TEE is who asks.

    >>> from ocallkit.abi.arguments import TeeIoctlParam
    >>> roles(TeeIoctlInvokeArg(0, 1).with_params(TeeIoctlParam(0x203), TeeIoctlParam(1, 7)))
    ('OCALL', 'value')
    """
    params = getattr(record, "params", ())
    plain = [_kind(param.attr, message=isinstance(record, OpteeMsgArg)) for param in params]
    if isinstance(record, OpteeMsgArg):
        first = _of_rpc(record) if rpc else _of_call(record)
    else:
        first = _of_ioctl(record)
    return (*first, *plain[len(first) :])[: len(params)]


def _kind(attr: int, *, message: bool) -> str:
    """What a parameter carries that is nobody's but the two programs'."""
    kind = attr & TEE_IOCTL_PARAM_ATTR_TYPE_MASK
    if kind == ParamType.NONE:
        return NONE
    if kind < ParamType.MEMREF_INPUT:
        return VALUE
    return MSG_MEMREF if message else MEMREF


def _of_ioctl(record: Layout) -> tuple[str, ...]:
    """The parameters of an ioctl that carry what is asked of the CA."""
    if isinstance(record, TeeIoctlEcallArg):
        asked = {EcallFunc.SHM_ALLOC: (ECALL_ALLOC,), EcallFunc.SHM_FREE: (ECALL_FREE,)}
        return asked.get(record.func, ())  # type: ignore[call-overload,no-any-return]
    params = getattr(record, "params", ())
    if not params or not params[0].attr & TEE_IOCTL_PARAM_ATTR_OCALL:
        return ()
    behind = {OcallFunc.SHM_ALLOC: (ALLOC,), OcallFunc.SHM_FREE: (FREE,)}
    return (CARRIER, *behind.get(get_func(params[0].a), ()))  # type: ignore[call-overload]


def _of_call(record: OpteeMsgArg) -> tuple[str, ...]:
    """The parameters of a call that are for OP-TEE."""
    if record.cmd == MsgCmd.REGISTER_SHM:
        return (PAGES,)
    metas = sum(bool(param.attr & OPTEE_MSG_ATTR_META) for param in record.params)
    return (META_TA, META_CLIENT)[:metas]


def _of_rpc(record: OpteeMsgArg) -> tuple[str, ...]:
    """The parameters of an RPC that are for the driver."""
    cmd = record.cmd
    if cmd == RpcCmd.SHM_ALLOC and record.params[0].attr != ParamType.VALUE_INPUT:
        return (PAGES,)
    if cmd == RpcCmd.OCALL:
        return (RPC_OCALL, RPC_TA)
    return (_RPC_FIRST[RpcCmd(cmd)],) if cmd in list(RpcCmd) and RpcCmd(cmd) in _RPC_FIRST else ()
