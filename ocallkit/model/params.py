"""Parameters as programs write them: four at most, each a value or a reference to memory.

The direction is that of the party that is asked: ``INPUT`` travels to it, ``OUTPUT`` comes back.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from ocallkit.model.events import Param

INPUT: Final = "INPUT"
OUTPUT: Final = "OUTPUT"
INOUT: Final = "INOUT"

NONE: Final = Param("NONE")
"""The parameter that carries nothing."""

Params = tuple[Param, ...]

MAX_PARAMS: Final = 4
"""TEEC_CONFIG_PAYLOAD_REF_COUNT: what a function invocation carries between a CA and a TA."""


def value(direction: str, a: int = 0, b: int = 0) -> Param:
    """Two numbers of 32 bits each.

    >>> value(INOUT, 5, 6).attr
    'VALUE_INOUT'
    """
    return Param(f"VALUE_{direction}", a=a, b=b)


def tempref(direction: str, data: bytes = b"", size: int | None = None) -> Param:
    """A buffer of the program's own: `data`, or `size` bytes to be filled.

    A CA's libteec registers it for the time of one invocation (TEEC_MEMREF_TEMP_*); a TA's
    buffer is copied by the OCALL PTA and never shown to the CA.

    >>> len(tempref(INOUT, b"ping", 6).data)
    6
    """
    size = len(data) if size is None else size
    return Param(f"MEMREF_{direction}", size=size, data=data.ljust(size, b"\0"))


def memref(direction: str, memory: str, size: int, offset: int = 0) -> Param:
    """`size` bytes of memory that was registered before, `offset` bytes from its start.

    Source: GP TEE Client API, TEEC_MEMREF_PARTIAL_INPUT and its like.

    >>> memref(INOUT, "A.memref", 4).attr
    'MEMREF_INOUT'
    """
    return Param(f"MEMREF_{direction}", memory=memory, offset=offset, size=size)


_DIRECTIONS = (INPUT, OUTPUT, INOUT)
ATTRS: Final = frozenset(
    ["NONE", *(f"{kind}_{way}" for kind in ("VALUE", "MEMREF") for way in _DIRECTIONS)]
)
"""Every kind of parameter that a function invocation can carry."""

META: Final = "META|"
"""What the kind of a parameter begins with that has the META bit: it is for a driver's own."""

U32_MAX: Final = 0xFFFFFFFF
INT_MAX: Final = (1 << 31) - 1


def is_sound(param: Param) -> bool:
    """Whether a library can pass `param` on: a known kind, 32-bit values, a buffer of its size."""
    if param.attr not in ATTRS:
        return False
    if is_memref(param):
        return bool(param.memory) or has_buffer(param)
    return 0 <= param.a <= U32_MAX and 0 <= param.b <= U32_MAX


def of_32_bits(param: Param) -> Param:
    """A value as a TA is given it: the lower halves of what crosses, nothing where nothing goes in.

    Source: drivers/tee/tee_core.c, params_from_user(); optee_os entry_std.c, copy_in_params().

    >>> of_32_bits(value(INOUT, 1 << 32 | 5)).a, of_32_bits(value(OUTPUT, 5)).a
    (5, 0)
    """
    mask = U32_MAX if goes_in(param) else 0
    if is_memref(param) or (param.a & mask, param.b & mask) == (param.a, param.b):
        return param
    return replace(param, a=param.a & mask, b=param.b & mask)


def has_buffer(param: Param) -> bool:
    """Whether the buffer of a memory reference has the size that it says: one of none has none.

    >>> has_buffer(tempref(INPUT)), has_buffer(tempref(INPUT, b"abc", size=0))
    (True, False)
    """
    return len(param.data) == param.size


def is_memref(param: Param) -> bool:
    """Whether `param` refers to memory."""
    return param.attr.startswith("MEMREF")


def goes_in(param: Param) -> bool:
    """Whether its content travels to the party that is asked."""
    return param.attr.endswith(("_INPUT", "_INOUT"))


def comes_out(param: Param) -> bool:
    """Whether its content travels back to the party that asked."""
    return param.attr.endswith(("_OUTPUT", "_INOUT"))


def trimmed(params: Params) -> Params:
    """`params` without those at the end that carry nothing.

    >>> len(trimmed((NONE, value(INPUT, 1), NONE)))
    2
    """
    count = len(params)
    while count and params[count - 1] == NONE:
        count -= 1
    return params[:count]


def memories(params: Params) -> tuple[str, ...]:
    """The memories that `params` name, one entry for each parameter, in their order."""
    return tuple(param.memory for param in params if param.memory)


def answered(params: Params, changes: Params) -> Params:
    """`params` with the outputs taken from `changes`; what does not come out stays as it was.

    >>> answered((value(INPUT, 1), value(INOUT, 2)), (value(INPUT, 7), value(INOUT, 8)))[1].a
    8
    """
    return tuple(
        replace(old, a=new.a, b=new.b, size=new.size, data=new.data) if comes_out(old) else old
        for old, new in zip(params, changes, strict=True)
    )
