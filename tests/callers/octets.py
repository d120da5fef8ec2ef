"""Arguments that are right, where their numbers lie, and what those can be changed to."""

from __future__ import annotations

import struct
from typing import Final

from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import (
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
    TeeIoctlParam,
    TeeIoctlShmAllocData,
    TeeIoctlShmRegisterData,
)
from ocallkit.abi.byte_layout import sizeof
from ocallkit.abi.ioctl_params import OCALL_PARAM_ATTR, TEE_MEMREF_NULL, ParamType
from ocallkit.model.config import uuid_octets
from ocallkit.model.raw_ioctl import MOST_MEMORY, WITH_PARAMETERS

OPEN, INVOKE, ECALL = numbers.TEE_IOC_OPEN_SESSION, numbers.TEE_IOC_INVOKE, numbers.TEE_IOC_ECALL

RESULT_AT: Final = {OPEN: 44, INVOKE: 12, ECALL: 20}
"""Where the result lies in an argument, and behind it its origin."""
SESSION_AT: Final = {OPEN: 40, INVOKE: 4, ECALL: 8}
COUNT_AT: Final = {OPEN: 52, INVOKE: 20, ECALL: 28}
HEADER: Final = {request: sizeof(layout) for request, (_, layout) in WITH_PARAMETERS.items()}
PARAM: Final = sizeof(TeeIoctlParam)

WORDS: Final = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    31,
    32,
    255,
    256,
    257,
    258,
    259,
    512,
    1 << 31,
    (1 << 32) - 1,
)
"""What a number of 32 bits is changed to: counts, ids of one's own and of others, and limits."""
LONGS: Final = (
    *WORDS,
    7,
    16,
    4096,
    MOST_MEMORY,
    (1 << 31) - 1,
    1 << 32,
    1 << 63,
    TEE_MEMREF_NULL - 1,
    TEE_MEMREF_NULL,
    *(func << 32 for func in (1, 2, 3, 4, 99)),
    3 << 32 | 100,
)
"""The same for 64 bits; an OCALL's function lies in the upper half of one."""
ATTRS: Final = (*range(14), 0x101, 0x200, 0x203, 0x205, 0x303, 0x403, 1 << 40)

UNKNOWN: Final = (
    numbers.TEE_IOC_SUPPL_RECV,
    numbers.TEE_IOC_SUPPL_SEND,
    numbers.TEE_IOC_SHM_REGISTER_FD,
    ECALL,
    0,
    0x5401,
    INVOKE ^ 1 << 16,
    (1 << 32) - 1,
)
PLAIN: Final = (
    numbers.TEE_IOC_VERSION,
    numbers.TEE_IOC_SHM_ALLOC,
    numbers.TEE_IOC_SHM_REGISTER,
    numbers.TEE_IOC_CANCEL,
    numbers.TEE_IOC_CLOSE_SESSION,
)

COMMANDS: Final = 5
"""Functions of the TAs."""


def u32(octets: bytes, at: int) -> int:
    """A number of 32 bits in octets."""
    return int.from_bytes(octets[at : at + 4], "little")


def u64(octets: bytes | bytearray, at: int) -> int:
    """One of 64."""
    return int.from_bytes(octets[at : at + 8], "little")


def put(octets: bytearray, at: int, code: str, *values: int) -> None:
    """Write numbers, if there is room for them."""
    if at + struct.calcsize(code) <= len(octets):
        struct.pack_into(code, octets, at, *values)


def _memories(request: int, *sizes: int) -> tuple[bytes, ...]:
    if request == numbers.TEE_IOC_SHM_ALLOC:
        return tuple(TeeIoctlShmAllocData(size).pack() for size in sizes)
    flags = (0, numbers.TEE_IOCTL_SHM_OCALL)
    return tuple(TeeIoctlShmRegisterData(0, n, flag).pack() for n in sizes for flag in flags)


_MEMORY = (numbers.TEE_IOC_SHM_ALLOC, numbers.TEE_IOC_SHM_REGISTER)
GOOD_MEMORY: Final = {request: _memories(request, 4, 16) for request in _MEMORY}
BAD_MEMORY: Final = {
    numbers.TEE_IOC_SHM_ALLOC: (
        *_memories(numbers.TEE_IOC_SHM_ALLOC, 0, MOST_MEMORY + 1, TEE_MEMREF_NULL),
        *(TeeIoctlShmAllocData(4, flags).pack() for flags in (1, 2, 4, 1 << 31)),
    ),
    numbers.TEE_IOC_SHM_REGISTER: (
        *_memories(numbers.TEE_IOC_SHM_REGISTER, 0, MOST_MEMORY + 1, TEE_MEMREF_NULL),
        *(TeeIoctlShmRegisterData(0, 4, flags).pack() for flags in (1, 2, 5, 1 << 31)),
    ),
}

_ROWS = (TeeIoctlParam(),) * 4
_VALUE = TeeIoctlParam(ParamType.VALUE_INOUT, 1, 2)
_CARRIER = TeeIoctlParam(OCALL_PARAM_ATTR)


def _opening(ta: str, *rows: TeeIoctlParam) -> tuple[int, bytes]:
    return OPEN, TeeIoctlOpenSessionArg(uuid_octets(ta)).with_params(*rows).pack()


TEMPLATES: Final = (
    *(
        _opening(ta, *carried, first, *_ROWS[1:])
        for ta in ("ta", "single")
        for carried in ((), (_CARRIER,))
        for first in (TeeIoctlParam(), _VALUE)
    ),
    _opening("nobody"),
    (INVOKE, TeeIoctlInvokeArg(1, 1).with_params(*_ROWS).pack()),
    (INVOKE, TeeIoctlInvokeArg(2, 1).with_params(_CARRIER, *_ROWS).pack()),
    (ECALL, TeeIoctlEcallArg(0, 2, 1).with_params(*_ROWS).pack()),
)
"""Right arguments to begin with; the first of them open sessions."""
OPENINGS: Final = 9
