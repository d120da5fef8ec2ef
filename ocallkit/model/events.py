"""What happens while a step runs, as a record for the reader.

The log is no part of the state: two paths that reach the same world by different
messages have reached the same world.  Steps write these records, views read them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

CA = "CA"
TEE_SUPPLICANT = "tee-supplicant"
KERNEL_CLIENT = "kernel client"
TEE_DRIVER = "TEE Driver"
OPTEE_DRIVER = "OP-TEE Driver"
OPTEE = "OP-TEE"
OCALL_PTA = "OCALL PTA"
TA = "TA"

PARTIES = (CA, TEE_DRIVER, OPTEE_DRIVER, OPTEE, OCALL_PTA, TA)
"""The six parties of the discussion's diagrams, from user space to the trusted application."""

BANDS = {
    "user space": (CA, TEE_SUPPLICANT),
    "kernel": (KERNEL_CLIENT, TEE_DRIVER, OPTEE_DRIVER),
    "secure world": (OPTEE, OCALL_PTA, TA),
}
"""Which party lives where, in the order in which they are drawn; two more than PR 72 has."""


class Event(msgspec.Struct, frozen=True, tag_field="event", kw_only=True):
    """Anything that a step reports; `client` names the process on whose behalf it happens."""

    client: str


class Param(msgspec.Struct, frozen=True):
    """One parameter as it is seen at one hop.

    `attr` is a name such as ``VALUE_INOUT`` or ``MEMREF_INPUT``.  A value has `a` and `b`; a
    memory reference has the memory's name, offset and size, and the bytes it reaches there.
    """

    attr: str
    a: int = 0
    b: int = 0
    c: int = 0
    memory: str = ""
    offset: int = 0
    size: int = 0
    data: bytes = b""


class Message(Event, frozen=True, tag="message"):
    """One arrow: `source` hands something to `target`.

    `words` are the named numbers that travel with it (``func``, ``cmd_id``, ``a0`` ...),
    `params` the parameters as they are seen at this hop.
    """

    source: str
    target: str
    label: str
    words: tuple[tuple[str, int | str], ...] = ()
    params: tuple[Param, ...] = ()


class Note(Event, frozen=True, tag="note"):
    """What a party does on its own between two messages, such as ``CA services OCALL``."""

    party: str
    text: str


class Divider(Event, frozen=True, tag="divider"):
    """A state of the world worth a line across the whole diagram."""

    text: str


class Get(Event, frozen=True, tag="get"):
    """A reference is taken: who holds it now, why, and the count that results."""

    target: str
    owner: str
    why: str
    count: int


class Put(Event, frozen=True, tag="put"):
    """A reference is dropped: who held it, why it goes, and the count that remains."""

    target: str
    owner: str
    why: str
    count: int


class Thread(Event, frozen=True, tag="thread"):
    """A secure thread changes its state."""

    thread: int
    state: Literal["free", "running", "suspended"]


class Octets(Event, frozen=True, tag="octets"):
    """What lies in memory where something crosses a border.

    `border` says which: between the CA and the TEE driver an ``ioctl``, between the OP-TEE driver
    and OP-TEE the ``SMC`` of a call or an ``RPC``.  `call` is what it is called, `way` whether it
    goes ``in``, to who serves it, or comes ``out`` again.  `structure` is the C name of what
    `octets` are, both empty where nothing but registers crosses; `registers` are a0, a1 ... of an
    SMC.
    """

    call: str
    way: Literal["in", "out"]
    structure: str
    octets: bytes
    border: Literal["ioctl", "SMC", "RPC"] = "ioctl"
    registers: tuple[int, ...] = ()


class Span(Event, frozen=True, tag="span"):
    """Something with a beginning and an end: an ``ioctl`` or an ``invocation``."""

    kind: Literal["ioctl", "invocation"]
    name: str
    begins: bool
