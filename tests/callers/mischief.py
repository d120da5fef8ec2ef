"""What callers send that keep no rule: mostly octets that fit nothing, now and then a right call.

Random octets are refused at the door.  What goes deeper are buffers that an ioctl has given back,
with some of their numbers changed; and an OCALL only stays pending for who knows how to ask.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import (
    TeeIoctlBufData,
    TeeIoctlCancelArg,
    TeeIoctlCloseSessionArg,
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
    TeeIoctlParam,
    TeeIoctlShmAllocData,
    TeeIoctlShmRegisterData,
)
from ocallkit.abi.layout import sizeof
from ocallkit.abi.params import OCALL_PARAM_ATTR, TEE_MEMREF_NULL, ParamType
from ocallkit.model.calls import ALLOC, FREE, OCALL
from ocallkit.model.config import Client, uuid_octets
from ocallkit.model.devices import AMDTEE
from ocallkit.model.devices import OPTEE as DEVICE
from ocallkit.model.files import FIRST
from ocallkit.model.ioctl import MOST_MEMORY, USER_BUFFER, WITH_PARAMETERS
from tests.callers.machine import TO_ITS_END, Act, Close, Ioctl, Open, Store

if TYPE_CHECKING:
    from random import Random

    from tests.callers.machine import Call, Machine, Task

OPEN, INVOKE, ECALL = numbers.TEE_IOC_OPEN_SESSION, numbers.TEE_IOC_INVOKE, numbers.TEE_IOC_ECALL

RESULT_AT: Final = {OPEN: 44, INVOKE: 12, ECALL: 20}
"""Where the result lies in an argument, and behind it its origin."""
SESSION_AT: Final = {OPEN: 40, INVOKE: 4, ECALL: 8}
COUNT_AT: Final = {OPEN: 52, INVOKE: 20, ECALL: 28}
HEADER: Final = {request: sizeof(layout) for request, (_, layout) in WITH_PARAMETERS.items()}
PARAM: Final = sizeof(TeeIoctlParam)

WORDS: Final = (0, 1, 2, 3, 4, 5, 6, 8, 31, 32, 255, 256, 257, 258, 259, 512, 1 << 31, (1 << 32) - 1)
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

OFTEN: Final = 0.15
"""How many calls go on for some steps only, so that others come in between."""
MOST_BUFFERS: Final = 12
MOST_MEMORIES: Final = 24
MOST_SESSIONS: Final = 6


class Buffer(NamedTuple):
    """A buffer that an ioctl has given back, or that was passed to one."""

    context: str
    request: int
    user: bytes


class Known:
    """What a process has come to know."""

    def __init__(self) -> None:
        self.contexts: list[str] = []
        self.sessions: list[tuple[str, int]] = []
        self.memories: list[tuple[int, int]] = []
        self.buffers: list[Buffer] = []
        self.pending: list[Buffer] = []


class Mischief:
    """Draws one act after the other; a machine tells it what its calls gave."""

    def __init__(self, random: Random, transport: Any) -> None:  # noqa: ANN401 - a design's own
        self.random = random
        self.carrier: int = transport.request
        self.funcs: dict[int, str] = {int(n): name for name, n in transport.funcs.items()}
        self.ways = transport.while_opening
        self.known: dict[str, Known] = {}
        self.rejected = 0

    def of(self, process: str) -> Known:
        """What a process knows."""
        return self.known.setdefault(process, Known())

    # --- what a call gave ---

    def returned(self, task: Task, call: Call, value: Any) -> None:  # noqa: ANN401 - a call's value
        """Remember what may be of use."""
        known = self.of(task.client.name)
        if isinstance(value, Client):
            known.contexts.append(value.context)
        elif isinstance(call, Ioctl):
            self._answered(known, call, *value)
        elif type(value) is int:
            self.rejected += value < 0

    def _answered(self, known: Known, call: Ioctl, rc: int, data: bytes, user: bytes) -> None:
        self.rejected += rc < 0
        if rc < 0:
            if rc == -9 and len(known.contexts) > 1 and call.context in known.contexts:
                known.contexts.remove(call.context)
            return
        if call.request not in RESULT_AT:
            if call.request in {numbers.TEE_IOC_SHM_ALLOC, numbers.TEE_IOC_SHM_REGISTER}:
                number, size = int.from_bytes(data[-4:], "little"), int.from_bytes(data[:8], "little")
                known.memories.append((number, size if len(data) == 16 else _u64(data, 8)))
            return
        buffer = Buffer(call.context, call.request, user)
        known.buffers.append(buffer)
        del known.buffers[:-MOST_BUFFERS]
        known.pending = [one for one in known.pending if not _same_talk(one, buffer)]
        if self.asks(buffer):
            known.pending.append(buffer)
        elif call.request == OPEN and not _u32(user, 44):
            known.sessions.append((call.context, _u32(user, 40)))

    def asks(self, buffer: Buffer) -> str:
        """What a buffer asks for, if anything."""
        if buffer.request == ECALL:
            return self.funcs.get(_u32(buffer.user, 0), "")
        at = HEADER[buffer.request]
        if len(buffer.user) < at + PARAM or not _u64(buffer.user, at) & 0x200:
            return ""
        return self.funcs.get(_u64(buffer.user, at + 8) >> 32, "")

    # --- what is sent next ---

    def act(self, machine: Machine) -> Act | None:
        """The next act; nothing once all have ended, or wait."""
        random = self.random
        alive = machine.can_go()
        if not alive:
            return None
        task = alive[int(random.random() * len(alive))]
        drawn = random.random()
        steps = 1 + int(drawn * 50) if drawn < OFTEN else TO_ITS_END
        call = self.call(task.client.name) if task.running is None else None
        return Act(task.client.task, call, steps, int(drawn * 1024))

    def call(self, process: str) -> Call:
        """A call of a process."""
        random, known = self.random, self.of(process)
        if not known.contexts:
            return Open(DEVICE)
        drawn = random.random()
        if drawn < 0.3:
            return self.malformed(known)
        if drawn < 0.6:
            return self.misfit(known)
        if drawn < 0.75:
            return self.unknown(known)
        if drawn < 0.89:
            return self.plain(known)
        if drawn < 0.94:
            return self.answer(known) if known.pending else self.right(known)
        if drawn < 0.96:
            return self.right(known)
        if drawn < 0.985:
            return Close(FIRST + int(random.random() * 12))
        if drawn < 0.995 and known.memories:
            number, size = random.choice(known.memories)
            return Store(number, random.choice((0, 1, size)), bytes((int(drawn * 7919) % 256,)) * 3)
        return Open(DEVICE if random.random() < 0.8 else AMDTEE)

    def context(self, known: Known) -> str:
        """A context: mostly the last that was opened."""
        if self.random.random() < 0.9:
            return known.contexts[-1]
        return self.random.choice((*known.contexts, "A", "B", "A.2"))

    def unknown(self, known: Known) -> Call:
        """An ioctl that there is not."""
        random = self.random
        data = random.randbytes(random.choice((0, 4, 8, 12, 16, 24)))
        return Ioctl(self.context(known), random.choice(UNKNOWN), data)

    def plain(self, known: Known) -> Call:
        """An ioctl that is handed its argument itself, of any size and with any numbers."""
        random = self.random
        request = random.choice(PLAIN)
        size = request >> 16 & 0x3FFF
        if request in {numbers.TEE_IOC_SHM_ALLOC, numbers.TEE_IOC_SHM_REGISTER}:
            if len(known.memories) > MOST_MEMORIES or random.random() < 0.5:
                data = random.choice(BAD_MEMORY[request])
            else:
                data = random.choice(GOOD_MEMORY[request])
        elif random.random() < 0.98:
            data = struct.pack("<I", random.choice(WORDS[8:])) * (size // 4)
        else:
            data = struct.pack("<I", random.choice(WORDS)) * (size // 4)
        if random.random() < 0.3:
            data = data[: int(random.random() * size)]
        return Ioctl(self.context(known), request, data)

    def malformed(self, known: Known) -> Call:
        """A buffer that was right once, with some numbers changed."""
        random = self.random
        if not known.buffers or random.random() < 0.1:
            context, request, user = self.context(known), *random.choice(TEMPLATES)
        else:
            context, request, user = random.choice(known.buffers)
        octets = bytearray(user)
        for _ in range(1 + int(random.random() * 3)):
            self._change(octets, request)
        if random.random() < 0.03:
            request = random.choice((OPEN, INVOKE, ECALL))
        drawn = random.random()
        data = b"" if drawn > 0.15 else self._elsewhere(len(octets))
        if drawn < 0.02 or drawn > 0.97:
            context = self.context(known)
        return Ioctl(context, request, data, bytes(octets))

    def misfit(self, known: Known) -> Call:
        """A buffer that is as long as nothing that it says, or that lies elsewhere."""
        random = self.random
        if known.buffers:
            context, request, user = known.buffers[int(random.random() * len(known.buffers))]
        else:
            context, request, user = self.context(known), *TEMPLATES[0]
        drawn = random.random()
        if drawn < 0.4:
            return Ioctl(context, request, self._elsewhere(len(user)), user)
        if drawn < 0.7:
            return Ioctl(context, request, b"", user[: int(drawn * 1024) % (len(user) + 1)])
        octets = bytearray(user)
        at = COUNT_AT[request] + (3 if drawn < 0.8 else 0)
        octets[at] = int(drawn * 100000) % 256
        return Ioctl(context, request, b"", bytes(octets))

    def _elsewhere(self, size: int) -> bytes:
        """A struct tee_ioctl_buf_data that is wrong in one of many ways."""
        random = self.random
        where = random.choice((USER_BUFFER, USER_BUFFER, 0, USER_BUFFER + 8, TEE_MEMREF_NULL))
        length = random.choice((size, size + 32, size - 32, 0, 23, 1024, 1025, TEE_MEMREF_NULL))
        data = TeeIoctlBufData(where, max(0, length)).pack()
        return data if random.random() < 0.8 else data[: int(random.random() * 16)]

    def _change(self, octets: bytearray, request: int) -> None:
        """Change one thing in a buffer."""
        random, header = self.random, HEADER[request]
        drawn = random.random()
        count = (len(octets) - header) // PARAM
        if drawn < 0.2:
            at = 4 * int(random.random() * (header // 4))
            _put(octets, at, "<I", random.choice(WORDS))
        elif drawn < 0.3:
            _put(octets, SESSION_AT[request], "<I", random.choice(WORDS[:12]))
        elif drawn < 0.45 and count > 0:
            _put(octets, header + PARAM * int(random.random() * count), "<Q", random.choice(ATTRS))
        elif drawn < 0.7 and count > 0:
            at = header + 8 * int(random.random() * count * 4)
            _put(octets, at, "<Q", random.choice(LONGS))
        elif drawn < 0.8:
            _put(octets, COUNT_AT[request], "<I", random.choice(WORDS))
        elif drawn < 0.9:
            del octets[int(random.random() * len(octets)) :]
        elif count > 0:
            octets += octets[-PARAM:]
            _put(octets, COUNT_AT[request], "<I", count + 1)

    # --- right ones ---

    def right(self, known: Known) -> Call:
        """A session is opened, or a function invoked."""
        random = self.random
        room = len(known.sessions) < MOST_SESSIONS
        if not known.sessions or (room and random.random() < 0.3):
            _, user = TEMPLATES[int(random.random() * OPENINGS)]
            return Ioctl(self.context(known), OPEN, b"", user)
        number = int(random.random() * len(known.sessions))
        context, session = known.sessions[number]
        if random.random() < 0.12:
            del known.sessions[number]
            return Ioctl(context, numbers.TEE_IOC_CLOSE_SESSION, struct.pack("<I", session))
        if random.random() < 0.05:
            return Ioctl(context, numbers.TEE_IOC_CANCEL, struct.pack("<II", 0, session))
        return Ioctl(context, self.carrier, b"", self.invocation(known, session))

    def invocation(self, known: Known, session: int) -> bytes:
        """An invocation of a CA that is prepared for OCALLs, with memory that it has or without."""
        random, rows = self.random, []
        command = int(random.random() * COMMANDS)
        if known.memories and random.random() < 0.5:
            number, size = random.choice(known.memories)
            rows.append(TeeIoctlParam(random.choice((5, 6, 7)), 0, min(size, 8), number))
        rows += [TeeIoctlParam()] * (4 - len(rows))
        if self.carrier == ECALL:
            return TeeIoctlEcallArg(0, command, session).with_params(*rows).pack()
        carried = TeeIoctlParam(OCALL_PARAM_ATTR)
        return TeeIoctlInvokeArg(command, session).with_params(carried, *rows).pack()

    def answer(self, known: Known) -> Call:
        """A pending request is answered as it should be, or nearly so."""
        random = self.random
        context, request, user = buffer = random.choice(known.pending)
        asks, first = self.asks(buffer), HEADER[request] + PARAM * (request != ECALL)
        octets = bytearray(user)
        if asks == ALLOC:
            wanted = _u64(user, first + 16)
            fitting = [n for n, size in known.memories[-4:] if size >= wanted]
            if not fitting or random.random() < 0.2:
                data = TeeIoctlShmRegisterData(0, wanted, numbers.TEE_IOCTL_SHM_OCALL).pack()
                return Ioctl(context, numbers.TEE_IOC_SHM_REGISTER, data)
            number = fitting[-1] if random.random() < 0.9 else random.choice(known.memories)[0]
            _put(octets, first + (8 if request == ECALL else 24), "<Q", number)
        ret = 0 if random.random() < 0.85 else 0xFFFF0000
        _put(octets, RESULT_AT[request], "<II", ret, random.choice((1, 5, 0xF0000001, 3)))
        if asks == OCALL and random.random() < 0.6:
            for at in range(first, len(octets) - PARAM + 1, PARAM):
                self._output(octets, at)
        if asks == FREE and random.random() < 0.5:
            known.memories = known.memories[:-1]
        return Ioctl(context, request, b"", bytes(octets))

    def _output(self, octets: bytearray, at: int) -> None:
        """An output of an OCALL: any value; a size that is smaller, or seldom larger."""
        random, attr = self.random, _u64(octets, at)
        if attr in {ParamType.VALUE_OUTPUT, ParamType.VALUE_INOUT}:
            _put(octets, at + 8, "<QQQ", *(random.choice(LONGS) for _ in range(3)))
        elif attr in {ParamType.MEMREF_OUTPUT, ParamType.MEMREF_INOUT}:
            size = _u64(octets, at + 16)
            _put(octets, at + 16, "<Q", random.choice((0, 1, size, size, size + 1)))


COMMANDS: Final = 5
"""Functions of the TAs."""


def _u32(octets: bytes, at: int) -> int:
    return int.from_bytes(octets[at : at + 4], "little")


def _u64(octets: bytes | bytearray, at: int) -> int:
    return int.from_bytes(octets[at : at + 8], "little")


def _put(octets: bytearray, at: int, code: str, *values: int) -> None:
    if at + struct.calcsize(code) <= len(octets):
        struct.pack_into(code, octets, at, *values)


def _same_talk(one: Buffer, other: Buffer) -> bool:
    """Whether two buffers belong to the same session, or opening."""
    at = SESSION_AT[one.request]
    same = one.user[at : at + 4] == other.user[at : at + 4]
    return same and (one.context, one.request) == (other.context, other.request)


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
_USED = (TeeIoctlCancelArg, TeeIoctlCloseSessionArg)
