"""How a number with a name is shown: the number first, for it is what lies in memory."""

from collections.abc import Mapping
from enum import IntEnum


def show_code(kind: type[IntEnum], value: int) -> str:
    """Write a number and the name that it has in `kind`, or the number alone if it has none.

    >>> from ocallkit.abi.results import Result
    >>> show_code(Result, 0xFFFF3024)
    '0xffff3024 TARGET_DEAD'
    >>> show_code(Result, 5)
    '0x5'
    """
    try:
        return f"{value:#x} {kind(value).name}"
    except ValueError:
        return f"{value:#x}"


def show_attr(kind: type[IntEnum], marks: Mapping[int, str], attr: int) -> str:
    """Write a parameter's attribute and the names of its `marks` and of its type, a `kind`.

    The number alone if there is a bit or a type in it that has no name.

    >>> from ocallkit.abi.ioctl_params import ParamType
    >>> show_attr(ParamType, {0x200: "OCALL"}, 0x203)
    '0x203 OCALL|VALUE_INOUT'
    """
    set_marks = [name for bit, name in marks.items() if attr & bit]
    try:
        return f"{attr:#x} {'|'.join([*set_marks, kind(attr & ~sum(marks)).name])}"
    except ValueError:
        return f"{attr:#x}"
