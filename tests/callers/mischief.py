"""What callers send that keep no rule: mostly octets that fit nothing, now and then a right call.

Random octets are refused at the door.  What goes deeper are buffers that an ioctl has given back,
with some of their numbers changed; and an OCALL only stays pending for who knows how to ask.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import (
    TeeIoctlBufData,
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlParam,
    TeeIoctlShmRegisterData,
)
from ocallkit.abi.ioctl_params import OCALL_PARAM_ATTR, TEE_MEMREF_NULL, ParamType
from ocallkit.model.calls import ALLOC, FREE, OCALL
from ocallkit.model.config import Client
from ocallkit.model.devices import AMDTEE
from ocallkit.model.devices import OPTEE as DEVICE
from ocallkit.model.files import FIRST
from ocallkit.model.raw_ioctl import USER_BUFFER
from tests.callers.machine import TO_ITS_END, Act, Close, Ioctl, Open, Store
from tests.callers.octets import (
    ATTRS,
    BAD_MEMORY,
    COMMANDS,
    COUNT_AT,
    ECALL,
    GOOD_MEMORY,
    HEADER,
    INVOKE,
    LONGS,
    OPEN,
    OPENINGS,
    PARAM,
    PLAIN,
    RESULT_AT,
    SESSION_AT,
    TEMPLATES,
    UNKNOWN,
    WORDS,
    put,
    u32,
    u64,
)

if TYPE_CHECKING:
    from random import Random

    from tests.callers.machine import Call, Machine, Task

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

    def __init__(self, random: Random, transport: Any) -> None:
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

    def returned(self, task: Task, call: Call, value: Any) -> None:
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
            if rc == -errno.EBADF and len(known.contexts) > 1 and call.context in known.contexts:
                known.contexts.remove(call.context)
            return
        if call.request not in RESULT_AT:
            if call.request in {numbers.TEE_IOC_SHM_ALLOC, numbers.TEE_IOC_SHM_REGISTER}:
                number, size = (
                    int.from_bytes(data[-4:], "little"),
                    int.from_bytes(data[:8], "little"),
                )
                known.memories.append((number, size if len(data) == 16 else u64(data, 8)))
            return
        buffer = Buffer(call.context, call.request, user)
        known.buffers.append(buffer)
        del known.buffers[:-MOST_BUFFERS]
        known.pending = [one for one in known.pending if not _same_talk(one, buffer)]
        if self.asks(buffer):
            known.pending.append(buffer)
        elif call.request == OPEN and not u32(user, 44):
            known.sessions.append((call.context, u32(user, 40)))

    def asks(self, buffer: Buffer) -> str:
        """What a buffer asks for, if anything."""
        if buffer.request == ECALL:
            return self.funcs.get(u32(buffer.user, 0), "")
        at = HEADER[buffer.request]
        if len(buffer.user) < at + PARAM or not u64(buffer.user, at) & 0x200:
            return ""
        return self.funcs.get(u64(buffer.user, at + 8) >> 32, "")

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
        return next(kind for most, kind in KINDS if drawn < most)(self, known)

    def closes(self, _known: Known) -> Call:
        """close(2) of some number."""
        return Close(FIRST + int(self.random.random() * 12))

    def opens(self, _known: Known) -> Call:
        """open(2) of a device."""
        return Open(DEVICE if self.random.random() < 0.8 else AMDTEE)

    def stores(self, known: Known) -> Call:
        """Some octets are written to memory that the process has."""
        random = self.random
        number, size = random.choice(known.memories or [(1, 4)])
        return Store(number, random.choice((0, 1, size)), random.randbytes(1) * 3)

    def asked(self, known: Known) -> Call:
        """An answer, if there is a request."""
        return self.answer(known) if known.pending else self.right(known)

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
            put(octets, at, "<I", random.choice(WORDS))
        elif drawn < 0.3:
            put(octets, SESSION_AT[request], "<I", random.choice(WORDS[:12]))
        elif drawn < 0.45 and count > 0:
            put(octets, header + PARAM * int(random.random() * count), "<Q", random.choice(ATTRS))
        elif drawn < 0.7 and count > 0:
            at = header + 8 * int(random.random() * count * 4)
            put(octets, at, "<Q", random.choice(LONGS))
        elif drawn < 0.8:
            put(octets, COUNT_AT[request], "<I", random.choice(WORDS))
        elif drawn < 0.9:
            del octets[int(random.random() * len(octets)) :]
        elif count > 0:
            octets += octets[-PARAM:]
            put(octets, COUNT_AT[request], "<I", count + 1)

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
            wanted = u64(user, first + 16)
            fitting = [n for n, size in known.memories[-4:] if size >= wanted]
            if not fitting or random.random() < 0.2:
                data = TeeIoctlShmRegisterData(0, wanted, numbers.TEE_IOCTL_SHM_OCALL).pack()
                return Ioctl(context, numbers.TEE_IOC_SHM_REGISTER, data)
            number = fitting[-1] if random.random() < 0.9 else random.choice(known.memories)[0]
            put(octets, first + (8 if request == ECALL else 24), "<Q", number)
        ret = 0 if random.random() < 0.85 else 0xFFFF0000
        put(octets, RESULT_AT[request], "<II", ret, random.choice((1, 5, 0xF0000001, 3)))
        if asks == OCALL and random.random() < 0.6:
            for at in range(first, len(octets) - PARAM + 1, PARAM):
                self._output(octets, at)
        if asks == FREE and random.random() < 0.5:
            known.memories = known.memories[:-1]
        return Ioctl(context, request, b"", bytes(octets))

    def _output(self, octets: bytearray, at: int) -> None:
        """An output of an OCALL: any value; a size that is smaller, or seldom larger."""
        random, attr = self.random, u64(octets, at)
        if attr in {ParamType.VALUE_OUTPUT, ParamType.VALUE_INOUT}:
            put(octets, at + 8, "<QQQ", *(random.choice(LONGS) for _ in range(3)))
        elif attr in {ParamType.MEMREF_OUTPUT, ParamType.MEMREF_INOUT}:
            size = u64(octets, at + 16)
            put(octets, at + 16, "<Q", random.choice((0, 1, size, size, size + 1)))


def _same_talk(one: Buffer, other: Buffer) -> bool:
    """Whether two buffers belong to the same session, or opening."""
    at = SESSION_AT[one.request]
    same = one.user[at : at + 4] == other.user[at : at + 4]
    return same and (one.context, one.request) == (other.context, other.request)


KINDS: Final = (
    (0.3, Mischief.malformed),
    (0.6, Mischief.misfit),
    (0.75, Mischief.unknown),
    (0.89, Mischief.plain),
    (0.94, Mischief.asked),
    (0.96, Mischief.right),
    (0.985, Mischief.closes),
    (0.995, Mischief.stores),
    (1.0, Mischief.opens),
)
"""What is drawn how often: each up to its share."""
