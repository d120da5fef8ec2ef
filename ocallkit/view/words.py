"""What travels with a message, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocallkit.model.events import Message, Param


def details(message: Message) -> str:
    """Write a message's named numbers and its parameters in brackets; nothing where it has none.

    >>> from ocallkit.model.events import Message
    >>> details(Message(client="A", source="CA", target="TA", label="ret", words=(("ret", 0),)))
    ' (ret=0)'
    """
    parts = [f"{name}={value}" for name, value in message.words]
    parts += [param_words(param) for param in message.params]
    return f" ({', '.join(parts)})" if parts else ""


def param_words(param: Param) -> str:
    """Write one parameter: a value by its numbers, memory by its name, place and size.

    >>> from ocallkit.model.events import Param
    >>> param_words(Param("VALUE_INOUT", a=1, b=0x10))
    'VALUE_INOUT a=0x1 b=0x10'
    >>> param_words(Param("MEMREF_INPUT", memory="A.memref", offset=64, size=6))
    'MEMREF_INPUT A.memref+64, 6 bytes'
    >>> param_words(Param("MEMREF_INPUT", size=6)), param_words(Param("MEMREF_INOUT"))
    ('MEMREF_INPUT own buffer, 6 bytes', 'MEMREF_INOUT NULL')
    >>> param_words(Param("NONE"))
    'NONE'
    """
    if param.attr == "NONE":
        return param.attr
    if param.attr.startswith("MEMREF"):
        return f"{param.attr} {_place(param)}"
    numbers = [f"a={param.a:#x}", f"b={param.b:#x}"] + ([f"c={param.c:#x}"] if param.c else [])
    return f"{param.attr} {' '.join(numbers)}"


def _place(param: Param) -> str:
    """Where a memory reference points: shared memory, a buffer of the program's own, nowhere."""
    if param.memory:
        return f"{param.memory}+{param.offset}, {param.size} bytes"
    return f"own buffer, {param.size} bytes" if param.size else "NULL"
