"""The number of a request, above its function: nobody posted that, and no header has it."""

from __future__ import annotations

from typing import Final

from ocallkit.abi.ioctl_params import U32_BITS

NUMBER_BITS: Final = 24
"""How much of a function's upper end is left for the number of a request."""


def numbered_func(func: int, number: int) -> int:
    """A function with the number of its request above it.

    Numbers begin again where there is no room.

    >>> from ocallkit.abi.ioctl_params import OcallFunc, make_pair
    >>> hex(make_pair(numbered_func(OcallFunc.INVOKE, 5), 7))
    '0x50300000007'
    """
    bits = U32_BITS - NUMBER_BITS
    return number % (1 << NUMBER_BITS) << bits | func


def split_func(numbered: int) -> tuple[int, int]:
    """Take the function and the number of its request apart.

    >>> split_func(0x503)
    (3, 5)
    """
    bits = U32_BITS - NUMBER_BITS
    return numbered & (1 << bits) - 1, numbered >> bits
