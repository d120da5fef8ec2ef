"""C structures as records: their layout is their annotations, read once.

A class lists its members with the types of ``<linux/types.h>``; offsets and sizes follow from
that.  Nothing is padded: every structure here is naturally aligned, and little-endian as on Arm.
"""

import struct
from collections.abc import Callable
from enum import IntEnum
from functools import cache, partial
from itertools import chain
from typing import Annotated, Any, Final, Self, get_args

import msgspec

from ocallkit.abi.named_numbers import show_code
from ocallkit.abi.results import Origin, Result

DECIMAL_BELOW: Final = 1 << 16
OCTETS_A_LINE: Final = 16
PRINTABLE: Final = range(0x20, 0x7F)
UUID_GROUPS: Final = (slice(4), slice(4, 6), slice(6, 8), slice(8, 10), slice(10, None))


def show_number(value: int) -> str:
    """Write a small number in decimal, and one that may be bits or an address in hexadecimal."""
    return str(value) if abs(value) < DECIMAL_BELOW else f"{value:#x}"


def show_uuid(octets: bytes) -> str:
    """Write 16 octets the way a UUID is written.

    >>> show_uuid(bytes(range(16)))
    '00010203-0405-0607-0809-0a0b0c0d0e0f'
    """
    return "-".join(octets[group].hex() for group in UUID_GROUPS)


class CType(msgspec.Struct, frozen=True):
    """The type of a member: its letters in `struct`, its name in C, how a value is shown."""

    code: str
    name: str
    show: Callable[[Any], str] = show_number


def u32_code(kind: type[IntEnum]) -> CType:
    """Give the type of a member whose values have names in `kind`."""
    return CType("I", "__u32", partial(show_code, kind))


U32 = Annotated[int, CType("I", "__u32")]
U64 = Annotated[int, CType("Q", "__u64")]
S32 = Annotated[int, CType("i", "__s32")]
S64 = Annotated[int, CType("q", "__s64")]
Uuid = Annotated[bytes, CType("16s", "__u8[16]", show_uuid)]
Ret = Annotated[int, u32_code(Result)]
RetOrigin = Annotated[int, u32_code(Origin)]


class Member(msgspec.Struct, frozen=True):
    """A member of a structure and its place in it, in octets."""

    name: str
    offset: int
    size: int
    ctype: CType


class Field(msgspec.Struct, frozen=True):
    """A member as it lies in memory: where, its value, the value as it is shown, its octets."""

    offset: int
    name: str
    value: int | bytes
    shown: str
    raw: bytes


class Layout(msgspec.Struct, frozen=True):
    """A C structure: a fixed header, and for some an array `params` behind it.

    `num_params` is a member like any other, so that a header can also lie about the array.
    """

    def pack(self) -> bytes:
        """Give the structure's octets; ValueError names the member whose value does not fit."""
        kind, values = type(self), msgspec.structs.astuple(self)
        if param_layout(kind) is not None:
            *head, params = values
            values = tuple(chain(head, *map(msgspec.structs.astuple, params)))
            form = _form(kind, len(params))
        else:
            form = _form(kind)
        try:
            packed = form.pack(*values)
        except struct.error:
            packed = b""
        # `struct` cuts or fills octets to their size without a word.
        if not packed or any(len(values[at]) != size for at, size in _octets(kind)):
            fields(self)
        return packed

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read the structure from all of `data`; ValueError if it is not as long as it says."""
        size, param = sizeof(cls), param_layout(cls)
        if len(data) < size:
            raise ValueError(f"{c_name(cls)}: {len(data)} octets, its header alone has {size}")
        values = _form(cls).unpack_from(data)
        count = values[-1 - _behind_count(cls)] if param else 0
        announced = count * sizeof(param) if param else 0
        if size + announced != len(data):
            raise ValueError(
                f"{c_name(cls)}: {len(data)} octets, but its header has {size} and announces "
                f"{announced} of parameters"
            )
        if param is None:
            return cls(*values)
        return cls(*values, tuple(param(*row) for row in _form(param).iter_unpack(data[size:])))

    def with_params(self, *params: "Layout") -> Self:
        """Give the same structure with these parameters behind it and their number in it.

        TypeError if they are not the parameters that this structure takes.
        """
        wanted = param_layout(type(self))
        for given in params:
            if type(given) is not wanted:
                takes = c_name(wanted) if wanted else "no parameters"
                raise TypeError(f"{c_name(type(self))} takes {takes}, not {type(given).__name__}")
        return msgspec.structs.replace(self, num_params=len(params), params=params)


@cache
def members(layout: type[Layout]) -> tuple[Member, ...]:
    """Give the members of a structure's header with their places, in the order of memory."""
    placed: list[Member] = []
    offset = 0
    for field in msgspec.structs.fields(layout):
        for ctype in get_args(field.type):
            if isinstance(ctype, CType):
                size = struct.calcsize(f"<{ctype.code}")
                placed.append(Member(field.name, offset, size, ctype))
                offset += size
    return tuple(placed)


@cache
def _form(layout: type[Layout], params: int = 0) -> struct.Struct:
    """The structure as `struct` knows it, with so many parameters behind it: compiled once."""
    codes = [member.ctype.code for member in members(layout)]
    element = param_layout(layout)
    if params and element is not None:
        codes += [member.ctype.code for member in members(element)] * params
    return struct.Struct(f"<{''.join(codes)}")


@cache
def _octets(layout: type[Layout]) -> tuple[tuple[int, int], ...]:
    """The place and the size of each member that is an array of octets."""
    found = enumerate(members(layout))
    return tuple((at, member.size) for at, member in found if member.ctype.code.endswith("s"))


@cache
def _behind_count(layout: type[Layout]) -> int:
    """How many members follow `num_params`."""
    names = [member.name for member in members(layout)]
    return len(names) - 1 - names.index("num_params")


@cache
def param_layout(layout: type[Layout]) -> type[Layout] | None:
    """Give the structure of which an array follows the header, or None where none does."""
    for field in msgspec.structs.fields(layout):
        if field.name == "params":
            element: type[Layout] = get_args(field.type)[0]
            return element
    return None


@cache
def sizeof(layout: type[Layout]) -> int:
    """Give the size of a structure's header in octets, as C does."""
    return sum(member.size for member in members(layout))


@cache
def c_name(layout: type[Layout]) -> str:
    """Give a structure's name in C.

    >>> from ocallkit.abi.arguments import TeeIoctlInvokeArg
    >>> c_name(TeeIoctlInvokeArg)
    'tee_ioctl_invoke_arg'
    """
    letters = (f"_{c.lower()}" if c.isupper() else c for c in layout.__name__)
    return "".join(letters).removeprefix("_")


def fields(record: Layout) -> tuple[Field, ...]:
    """List every member of a structure in the order of memory, those of its parameters included.

    ValueError names the member whose value does not fit in its type.
    """
    listed = [_field(record, member) for member in members(type(record))]
    start = sizeof(type(record))
    params: tuple[Layout, ...] = getattr(record, "params", ())
    for index, param in enumerate(params):
        listed += [
            msgspec.structs.replace(
                inner, offset=start + inner.offset, name=f"params[{index}].{inner.name}"
            )
            for inner in fields(param)
        ]
        start += sizeof(type(param))
    return tuple(listed)


def _field(record: Layout, member: Member) -> Field:
    value = getattr(record, member.name)
    try:
        raw = struct.pack(f"<{member.ctype.code}", value)
    except struct.error:
        raw = b""
    # `struct` cuts or fills octets to their size without a word; an integer is packed or not.
    if not raw or (isinstance(value, bytes) and raw != value):
        owner = c_name(type(record))
        raise ValueError(f"{owner}.{member.name}: {value!r} is no {member.ctype.name}")
    return Field(member.offset, member.name, value, member.ctype.show(value), raw)


def table(record: Layout) -> str:
    """Write a structure as lines of offset, field, value and octets, in aligned columns.

    >>> from ocallkit.abi.arguments import TeeIoctlCancelArg
    >>> print(table(TeeIoctlCancelArg(cancel_id=0, session=3)))
    offset  field      value  bytes
    0x0000  cancel_id  0      00 00 00 00
    0x0004  session    3      03 00 00 00
    """
    lines = [("offset", "field", "value", "bytes")]
    lines += [(f"0x{f.offset:04x}", f.name, f.shown, f.raw.hex(" ")) for f in fields(record)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def hexdump(data: bytes) -> str:
    r"""Write octets sixteen to a line: offset, hexadecimal, and the printable ones as text.

    >>> print(hexdump(b"OCALL\0"))
    0000  4f 43 41 4c 4c 00                                OCALL.
    """
    starts = range(0, len(data), OCTETS_A_LINE)
    return "\n".join(_dump_line(start, data[start : start + OCTETS_A_LINE]) for start in starts)


def _dump_line(start: int, octets: bytes) -> str:
    text = "".join(chr(octet) if octet in PRINTABLE else "." for octet in octets)
    return f"{start:04x}  {octets.hex(' ').ljust(3 * OCTETS_A_LINE)} {text}"
