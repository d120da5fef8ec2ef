"""Calls that are refused, each with the error number that it is given and who gives it."""

from __future__ import annotations

import errno
import struct
from typing import NamedTuple

from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import (
    TEE_IOCTL_LOGIN_REE_KERNEL_MAX,
    Login,
    TeeIoctlBufData,
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
    TeeIoctlParam,
    TeeIoctlShmAllocData,
    TeeIoctlShmRegisterData,
    TeeIoctlShmRegisterFdData,
)
from ocallkit.abi.ioctl_params import OCALL_PARAM_ATTR, TEE_MEMREF_NULL, ParamType, make_pair
from ocallkit.model.calls import ENOTSUPP
from ocallkit.model.config import uuid_octets
from ocallkit.model.raw_ioctl import MOST_MEMORY, USER_BUFFER
from tests.callers.machine import Close, Ioctl, Open
from tests.callers.octets import ECALL, INVOKE, OPEN

TWO_MB = 1 << 21
CARRIER = TeeIoctlParam(OCALL_PARAM_ATTR)
NOTHING = (TeeIoctlParam(),) * 4


def opening(*params: TeeIoctlParam, login: int = Login.PUBLIC, ta: str = "ta") -> bytes:
    """An argument that opens a session."""
    arg = TeeIoctlOpenSessionArg(uuid_octets(ta), clnt_login=login)
    return arg.with_params(*params).pack()


def invoking(*params: TeeIoctlParam, command: int = 0, session: int = 1) -> bytes:
    """An argument that invokes a function."""
    return TeeIoctlInvokeArg(command, session).with_params(*params).pack()


def answering(func: int, *params: TeeIoctlParam, session: int = 1) -> bytes:
    """An argument that answers a request."""
    carrier = TeeIoctlParam(OCALL_PARAM_ATTR, make_pair(func, 0))
    return TeeIoctlInvokeArg(0, session).with_params(carrier, *params).pack()


def invoke(user: bytes, data: bytes = b"", context: str = "A") -> Ioctl:
    """TEE_IOC_INVOKE."""
    return Ioctl(context, INVOKE, data, user)


def memory(size: int, flags: int = 0) -> Ioctl:
    """TEE_IOC_SHM_REGISTER."""
    data = TeeIoctlShmRegisterData(0, size, flags).pack()
    return Ioctl("A", numbers.TEE_IOC_SHM_REGISTER, data)


def passing(attr: int, offset: int, size: int, number: int) -> bytes:
    """An invocation with a reference to memory."""
    return invoking(TeeIoctlParam(attr, offset, size, number), *NOTHING[1:])


SESSION = Ioctl("A", OPEN, b"", opening())
ASKED = (SESSION, invoke(invoking(CARRIER, *NOTHING, command=2)))
"""A session is open, and an invocation in it has asked for memory."""
AMD = "A.amdtee"
FOREIGN = 256
"""Where the numbers of process B begin."""


class Case(NamedTuple):
    """Calls, of which the last gives an error number; `party` is who gives it."""

    errno: int
    party: str
    calls: tuple[Ioctl | Open | Close, ...]
    switches: tuple[tuple[str, str], ...] = ()


CASES = {
    # tee_core.c, before it reads anything
    "a device that is not open": Case(errno.EBADF, "VFS", (Ioctl("A.2", INVOKE),)),
    "a file that is not open": Case(errno.EBADF, "VFS", (Close(9),)),
    "a closed device": Case(errno.EBADF, "VFS", (Close(3), SESSION)),
    "an unknown ioctl": Case(errno.EINVAL, "tee_core", (Ioctl("A", 0x5401),)),
    "SUPPL_RECV on the clients' device": Case(
        errno.EINVAL, "tee_core", (Ioctl("A", numbers.TEE_IOC_SUPPL_RECV, bytes(16)),)
    ),
    "SUPPL_SEND on the clients' device": Case(
        errno.EINVAL, "tee_core", (Ioctl("A", numbers.TEE_IOC_SUPPL_SEND, bytes(16)),)
    ),
    "SHM_REGISTER_FD, which Linaro's tree had": Case(
        errno.EINVAL,
        "tee_core",
        (Ioctl("A", numbers.TEE_IOC_SHM_REGISTER_FD, TeeIoctlShmRegisterFdData(3).pack()),),
    ),
    "the opening text's ioctl where it is not": Case(
        errno.EINVAL,
        "tee_core",
        (Ioctl("A", ECALL, b"", TeeIoctlEcallArg(0, 0, 1).pack()),),
    ),
    # tee_core.c, the argument
    "half a tee_ioctl_buf_data": Case(errno.EFAULT, "tee_core", (Ioctl("A", INVOKE, bytes(8)),)),
    "a buffer elsewhere": Case(
        errno.EFAULT,
        "tee_core",
        (invoke(invoking(*NOTHING), TeeIoctlBufData(USER_BUFFER + 8, 152).pack()),),
    ),
    "a buffer that is shorter than it says": Case(
        errno.EFAULT,
        "tee_core",
        (invoke(invoking(*NOTHING)[:-1], TeeIoctlBufData(USER_BUFFER, 152).pack()),),
    ),
    "half a plain argument": Case(
        errno.EFAULT, "tee_core", (Ioctl("A", numbers.TEE_IOC_CANCEL, bytes(7)),)
    ),
    "a buffer below its header": Case(errno.EINVAL, "tee_core", (invoke(bytes(23)),)),
    "a buffer above TEE_MAX_ARG_SIZE": Case(errno.EINVAL, "tee_core", (invoke(bytes(1025)),)),
    "a number of parameters that does not fit": Case(
        errno.EINVAL, "tee_core", (invoke(invoking(*NOTHING)[:-32]),)
    ),
    "a kind of parameter that there is not": Case(
        errno.EINVAL, "tee_core", (invoke(invoking(TeeIoctlParam(4))),)
    ),
    "an unknown bit": Case(errno.EINVAL, "tee_core", (invoke(invoking(TeeIoctlParam(0x400))),)),
    "the OCALL bit behind the first parameter": Case(
        errno.EINVAL, "tee_core", (SESSION, invoke(invoking(TeeIoctlParam(), CARRIER)))
    ),
    "the first kernel login": Case(
        errno.EPERM, "tee_core", (Ioctl("A", OPEN, b"", opening(login=Login.REE_KERNEL)),)
    ),
    "the last kernel login": Case(
        errno.EPERM,
        "tee_core",
        (Ioctl("A", OPEN, b"", opening(login=TEE_IOCTL_LOGIN_REE_KERNEL_MAX)),),
    ),
    # tee_core.c, tee_shm.c: memory
    "memory of no octets": Case(errno.EINVAL, "tee_shm", (memory(0),)),
    "a flag that is the driver's own": Case(errno.EINVAL, "tee_core", (memory(4, 1),)),
    "a flag for memory of the kernel's": Case(
        errno.EINVAL,
        "tee_core",
        (Ioctl("A", numbers.TEE_IOC_SHM_ALLOC, TeeIoctlShmAllocData(4, 4).pack()),),
    ),
    "more memory than there is": Case(errno.ENOMEM, "tee_shm", (memory(MOST_MEMORY + 1),)),
    "more of the kernel's memory than there is": Case(
        errno.ENOMEM,
        "tee_shm",
        (Ioctl("A", numbers.TEE_IOC_SHM_ALLOC, TeeIoctlShmAllocData(TWO_MB).pack()),),
    ),
    "a memory that there is not": Case(
        errno.EINVAL, "tee_core", (SESSION, invoke(passing(5, 0, 1, 1)))
    ),
    "a freed memory": Case(
        errno.EINVAL, "tee_core", (SESSION, memory(4), Close(4), invoke(passing(5, 0, 1, 1)))
    ),
    "a memory of another process": Case(
        errno.EINVAL, "tee_core", (SESSION, invoke(passing(5, 0, 1, FOREIGN + 1)))
    ),
    "a reference past the end": Case(
        errno.EINVAL, "tee_core", (SESSION, memory(4), invoke(passing(6, 2, 3, 1)))
    ),
    "a reference that overflows": Case(
        errno.EINVAL,
        "tee_core",
        (SESSION, memory(4), invoke(passing(7, TEE_MEMREF_NULL, 2, 1))),
    ),
    "a NULL reference where there are none": Case(
        errno.EINVAL,
        "tee_core",
        (SESSION, invoke(passing(ParamType.MEMREF_INPUT, 0, 0, TEE_MEMREF_NULL))),
        (("capabilities", "no-memref-null"),),
    ),
    # the OP-TEE driver
    "OCALLs without the capability": Case(
        errno.EOPNOTSUPP,
        "optee",
        (SESSION, invoke(invoking(CARRIER, *NOTHING))),
        (("capabilities", "no-ocall"),),
    ),
    "a session that there is not": Case(errno.EINVAL, "optee", (invoke(invoking(*NOTHING)),)),
    "a session of another process": Case(
        errno.EINVAL, "optee", (invoke(invoking(*NOTHING, session=FOREIGN + 1)),)
    ),
    "a session of another context": Case(
        errno.EINVAL, "optee", (SESSION, Open("optee"), invoke(invoking(*NOTHING), b"", "A.2"))
    ),
    "a reply without a request": Case(
        errno.EINVAL, "optee", (SESSION, invoke(answering(1, *NOTHING)))
    ),
    "a reply to another request": Case(
        errno.EINVAL, "optee", (*ASKED, invoke(answering(3, *NOTHING)))
    ),
    "a reply of no known function": Case(
        errno.EINVAL, "optee", (*ASKED, invoke(answering(9, *NOTHING)))
    ),
    "an allocation answered with a memory that is not there": Case(
        errno.EINVAL,
        "optee",
        (*ASKED, invoke(answering(1, TeeIoctlParam(3, 0, 9, 77), *NOTHING[1:]))),
    ),
    "an invocation where a request is pending": Case(
        errno.EINVAL, "optee", (*ASKED, invoke(invoking(CARRIER, *NOTHING)))
    ),
    "no room for what is asked": Case(
        errno.EINVAL, "optee", (SESSION, invoke(invoking(CARRIER, command=2)))
    ),
    "closing a session that there is not": Case(
        errno.EINVAL, "optee", (Ioctl("A", numbers.TEE_IOC_CLOSE_SESSION, struct.pack("<I", 1)),)
    ),
    "cancelling in a session that there is not": Case(
        errno.EINVAL, "optee", (Ioctl("A", numbers.TEE_IOC_CANCEL, struct.pack("<II", 0, 1)),)
    ),
    # another TEE's driver
    "OCALLs of another TEE": Case(
        errno.EOPNOTSUPP, "amdtee", (Open("amdtee"), Ioctl(AMD, OPEN, b"", opening(CARRIER)))
    ),
    "a TA that another TEE has not": Case(
        errno.ENOENT, "amdtee", (Open("amdtee"), Ioctl(AMD, OPEN, b"", opening()))
    ),
    "registering memory with another TEE": Case(
        ENOTSUPP, "amdtee", (Open("amdtee"), memory(4)._replace(context=AMD))
    ),
    "registering an OCALL's memory with another TEE": Case(
        ENOTSUPP, "amdtee", (Open("amdtee"), memory(4, 4)._replace(context=AMD))
    ),
}

NEVER = {
    "ENOSPC": "an earlier revision's, where its list of OCALLs was full; no list has an end here",
    "EAGAIN": "what the driver tells itself of an OCALL: it never leaves it",
    "EINTR": "what an earlier revision's worker tells itself of a cancelled OCALL; a wait that ends"
    " early for a kill returns to no program",
    "EBUSY": "OP-TEE's answer to the driver, at a cache that is in use",
}
"""What facts of the code name, and no caller is given."""
