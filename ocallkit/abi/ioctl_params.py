"""The attributes of an ioctl's parameters, and the parameter that carries an OCALL.

The ECALL ioctl of the opening text had fields of its own for an OCALL.  Every later revision
carries it in an extra first parameter of the invoke: attribute OCALL|VALUE_INOUT, and a function
and a command in its `a`.
"""

import struct
from enum import IntEnum
from typing import Final


class ParamType(IntEnum):
    """How a parameter is used: ``TEE_IOCTL_PARAM_ATTR_TYPE_...``, the low octet of `attr`.

    Later kernels go on with 8 to 10 for user buffers and 11 to 13 for object references; neither
    has to do with OCALLs.
    """

    NONE = 0
    VALUE_INPUT = 1
    VALUE_OUTPUT = 2
    VALUE_INOUT = 3
    MEMREF_INPUT = 5
    MEMREF_OUTPUT = 6
    MEMREF_INOUT = 7


TEE_IOCTL_PARAM_ATTR_TYPE_MASK: Final = 0xFF
TEE_IOCTL_PARAM_ATTR_META: Final = 0x100
TEE_IOCTL_PARAM_ATTR_MASK: Final = TEE_IOCTL_PARAM_ATTR_META | TEE_IOCTL_PARAM_ATTR_TYPE_MASK

TEE_IOCTL_PARAM_ATTR_OCALL: Final = 0x200
"""Marks the parameter that carries an OCALL.

The discussion calls it a meta parameter, yet the META bit stays clear: only this one is tested.
"""

OCALL_PARAM_ATTR: Final = TEE_IOCTL_PARAM_ATTR_OCALL | ParamType.VALUE_INOUT
"""The whole attribute of that parameter, in a request as in a reply."""

OCALL_ATTR_MASK: Final = TEE_IOCTL_PARAM_ATTR_MASK | TEE_IOCTL_PARAM_ATTR_OCALL
"""`TEE_IOCTL_PARAM_ATTR_MASK` in the kernels that have the OCALL bit."""

TEE_MEMREF_NULL: Final = (1 << 64) - 1
"""The shared memory id of a memory reference to nothing.  It needs ``TEE_GEN_CAP_MEMREF_NULL``."""

U32_BITS: Final = 32
U32_MAX: Final = (1 << U32_BITS) - 1


class OcallFunc(IntEnum):
    """What the CA is asked to do, in the upper half of the OCALL parameter's `a`.

    The final numbers, and those of the middle revisions.  NONE stands in a first call and in the
    return that ends it.
    """

    NONE = 0
    SHM_ALLOC = 1
    SHM_FREE = 2
    INVOKE = 3


class EcallFunc(IntEnum):
    """The same in the ECALL ioctl's `func`: there INVOKE comes before SHM_FREE."""

    NONE = 0
    SHM_ALLOC = 1
    INVOKE = 2
    SHM_FREE = 3


def make_pair(func: int, cmd: int) -> int:
    """Join an OCALL's function and the CA's command to the `a` of the OCALL parameter.

    `cmd` is 0 unless `func` is INVOKE.  ValueError if either needs more than 32 bits.

    >>> hex(make_pair(OcallFunc.INVOKE, 7))
    '0x300000007'
    """
    for name, half in (("func", func), ("cmd", cmd)):
        if not 0 <= half <= U32_MAX:
            raise ValueError(f"OCALL pair: {name} is {half}, give 0 to {U32_MAX:#x}")
    return func << U32_BITS | cmd


def get_func(pair: int) -> int:
    """Take the function from an OCALL parameter's `a`."""
    return pair >> U32_BITS


def get_cmd(pair: int) -> int:
    """Take the CA's command from an OCALL parameter's `a`."""
    return pair & U32_MAX


def uuid_to_words(octets: bytes) -> tuple[int, int]:
    """Put a TA's 16 UUID octets into the `b` and `c` of an OCALL parameter.

    The octets are copied as they are, so that a little-endian machine reads the words reversed.
    ValueError if there are not 16.

    >>> [hex(word) for word in uuid_to_words(bytes(range(16)))]
    ['0x706050403020100', '0xf0e0d0c0b0a0908']
    """
    if len(octets) != struct.calcsize("<QQ"):
        raise ValueError(f"a UUID has 16 octets, not {len(octets)}")
    b, c = struct.unpack("<QQ", octets)
    return b, c


def words_to_uuid(b: int, c: int) -> bytes:
    """Take the TA's UUID octets back out of `b` and `c`."""
    return struct.pack("<QQ", b, c)
