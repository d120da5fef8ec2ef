"""Any calls in any order, drawn so that what fails is made as small as it can be.

Each rule is a call, or a step of one that is under way.  What calls have given back lies in
bundles: numbers of sessions, of memories and of files, and buffers, which may hold a request.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import (
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlParam,
    TeeIoctlShmAllocData,
    TeeIoctlShmRegisterData,
)
from ocallkit.abi.ioctl_params import OCALL_PARAM_ATTR
from ocallkit.model.config import Client
from ocallkit.model.raw_ioctl import NAMES
from tests.callers.episode import TAS, TRANSPORTS, finish, look
from tests.callers.machine import TO_ITS_END, Act, Close, Ioctl, Machine, Open, Setup
from tests.callers.mischief import Buffer
from tests.callers.octets import (
    ATTRS,
    ECALL,
    HEADER,
    LONGS,
    OPEN,
    OPENINGS,
    PARAM,
    RESULT_AT,
    TEMPLATES,
    WORDS,
)

if TYPE_CHECKING:
    from tests.callers.machine import Call, Task

TASKS = ("A", "A.2", "B")
steps = st.sampled_from((TO_ITS_END, TO_ITS_END, 1, 3))
who = st.sampled_from(TASKS)
anywhere = st.sampled_from(("A", "A.2", "B"))
words = st.sampled_from(WORDS)
longs = st.sampled_from(LONGS)


class Callers(RuleBasedStateMachine):
    """Two processes, one of them with two threads, in one system."""

    sessions = Bundle("sessions")
    memories = Bundle("memories")
    fds = Bundle("fds")
    buffers = Bundle("buffers")

    machine: Machine

    @initialize(
        design=st.sampled_from(TRANSPORTS),
        threads=st.sampled_from((2, 64)),
        tas=st.sampled_from((1, 2)),
    )
    def begins(self, design: str, threads: int, tas: int) -> None:
        """A system, and each process has the device open."""
        self.value: Any = None
        self.machine = Machine(Setup(design, TAS[:tas], threads, (2, 1)), self._returned)
        self.machine.perform([Act("A", Open("optee")), Act("B", Open("optee"))])

    def _returned(self, _task: Task, _call: Call, value: Any) -> None:
        self.value = value

    def make(self, task: str, call: Call, count: int = TO_ITS_END) -> Any:
        """Make a call, and give what it gave, if it has come back."""
        self.value = None
        self.machine.act(Act(task, call, count))
        return self.value

    # --- calls that give something ---

    @rule(target=fds, task=who, device=st.sampled_from(("optee", "optee", "amdtee")))
    def opens(self, task: str, device: str) -> Any:
        """open(2)."""
        made = self.make(task, Open(device))
        return 3 if isinstance(made, Client) else multiple()

    @rule(
        target=memories,
        task=who,
        context=anywhere,
        size=st.sampled_from((0, 3, 7, 9, 16, 1 << 21, (1 << 64) - 1)),
        flags=st.sampled_from((0, 4, 4, 1, 1 << 31)),
        length=st.sampled_from((24, 24, 24, 23, 0)),
    )
    def registers(self, task: str, context: str, size: int, flags: int, length: int) -> Any:
        """TEE_IOC_SHM_REGISTER."""
        data = TeeIoctlShmRegisterData(0, size, flags).pack()[:length]
        return self._memory(self.make(task, Ioctl(context, numbers.TEE_IOC_SHM_REGISTER, data)))

    @rule(target=memories, task=who, context=anywhere, size=st.sampled_from((0, 9, 1 << 21)))
    def allocates(self, task: str, context: str, size: int) -> Any:
        """TEE_IOC_SHM_ALLOC."""
        data = TeeIoctlShmAllocData(size).pack()
        return self._memory(self.make(task, Ioctl(context, numbers.TEE_IOC_SHM_ALLOC, data)))

    def _memory(self, made: Any) -> Any:
        return multiple() if made is None or made[0] < 0 else struct.unpack("<i", made[1][-4:])[0]

    @rule(
        target=buffers, task=who, context=anywhere, kind=st.integers(0, OPENINGS - 1), count=steps
    )
    def opens_session(self, task: str, context: str, kind: int, count: int) -> Any:
        """TEE_IOC_OPEN_SESSION, as it should be."""
        return self._sent(task, Buffer(context, OPEN, TEMPLATES[kind][1]), count)

    @rule(target=sessions, buffer=buffers)
    def reads_session(self, buffer: Buffer) -> Any:
        """What a buffer has as its session."""
        return struct.unpack_from("<I", buffer.user, 40 if buffer.request == OPEN else 4)[0]

    @rule(
        target=buffers,
        task=who,
        context=anywhere,
        session=sessions,
        command=st.integers(0, 4),
        count=steps,
        passed=st.lists(st.tuples(st.sampled_from((5, 6, 7)), memories), max_size=2),
    )
    def invokes(
        self,
        *,
        task: str,
        context: str,
        session: int,
        command: int,
        count: int,
        passed: list[tuple[int, int]],
    ) -> Any:
        """An invocation of a CA that is prepared, with memories of anybody's."""
        rows = [TeeIoctlParam(attr, 0, 3, memory) for attr, memory in passed]
        rows += [TeeIoctlParam()] * (4 - len(rows))
        arg: TeeIoctlEcallArg | TeeIoctlInvokeArg
        if self._carrier() == ECALL:
            arg = TeeIoctlEcallArg(0, command, session).with_params(*rows)
        else:
            carried = TeeIoctlParam(OCALL_PARAM_ATTR)
            arg = TeeIoctlInvokeArg(command, session).with_params(carried, *rows)
        return self._sent(task, Buffer(context, self._carrier(), arg.pack()), count)

    @rule(
        target=buffers,
        task=who,
        buffer=buffers,
        ret=st.sampled_from((0, 0, 0, 0xFFFF000C)),
        memory=memories | st.just(0),
        count=steps,
    )
    def answers(self, task: str, buffer: Buffer, ret: int, memory: int, count: int) -> Any:
        """A buffer goes back with a result, and a memory where one is asked for."""
        octets = bytearray(buffer.user)
        struct.pack_into("<II", octets, RESULT_AT[buffer.request], ret, 1)
        first = HEADER[buffer.request] + PARAM * (buffer.request != ECALL)
        at = first + (8 if buffer.request == ECALL else 24)
        if memory and at + 8 <= len(octets):
            struct.pack_into("<Q", octets, at, memory)
        return self._sent(task, buffer._replace(user=bytes(octets)), count)

    @rule(
        target=buffers,
        task=who,
        buffer=buffers,
        context=anywhere,
        word=st.tuples(st.integers(0, 13), words),
        long=st.none() | st.tuples(st.integers(0, 19), longs),
        attr=st.none() | st.tuples(st.integers(0, 4), st.sampled_from(ATTRS)),
        cut=st.sampled_from((0, 0, 0, 1, 32)),
        count=steps,
    )
    def sends_changed(
        self,
        *,
        task: str,
        buffer: Buffer,
        context: str,
        word: tuple[int, int],
        long: tuple[int, int] | None,
        attr: tuple[int, int] | None,
        cut: int,
        count: int,
    ) -> Any:
        """A buffer with some of its numbers changed."""
        octets, header = bytearray(buffer.user), HEADER[buffer.request]
        struct.pack_into("<I", octets, min(4 * word[0], header - 4), word[1])
        for at, value in filter(None, (long, attr and (4 * attr[0], attr[1]))):
            if header + 8 * at + 8 <= len(octets):
                struct.pack_into("<Q", octets, header + 8 * at, value)
        changed = bytes(octets[: len(octets) - cut])
        self.make(task, Ioctl(context, buffer.request, b"", changed), count)
        return self._buffer(buffer._replace(context=context))

    # --- calls that take something away ---

    @rule(task=who, context=anywhere, session=sessions | words)
    def closes_session(self, task: str, context: str, session: int) -> None:
        """TEE_IOC_CLOSE_SESSION."""
        data = struct.pack("<I", session)
        self.make(task, Ioctl(context, numbers.TEE_IOC_CLOSE_SESSION, data))

    @rule(task=who, context=anywhere, session=sessions | words)
    def cancels(self, task: str, context: str, session: int) -> None:
        """TEE_IOC_CANCEL."""
        data = struct.pack("<II", 0, session)
        self.make(task, Ioctl(context, numbers.TEE_IOC_CANCEL, data))

    @rule(task=who, fd=fds | st.integers(2, 9))
    def closes(self, task: str, fd: int) -> None:
        """close(2)."""
        self.make(task, Close(fd))

    @rule(
        task=who,
        context=anywhere,
        request=st.sampled_from((*NAMES, numbers.TEE_IOC_SUPPL_RECV, 0)),
        data=st.binary(max_size=24),
        user=st.binary(max_size=64),
    )
    def sends_anything(
        self, task: str, context: str, request: int, data: bytes, user: bytes
    ) -> None:
        """Any octets with any ioctl."""
        self.make(task, Ioctl(context, request, data, user))

    @rule(task=who, count=steps)
    def goes_on(self, task: str, count: int) -> None:
        """A call that is under way goes on."""
        self.machine.act(Act(task, None, count))

    # --- what holds ---

    @invariant()
    def holds(self) -> None:
        """The records agree with each other, and every property of every state holds."""
        look(self.machine)

    def teardown(self) -> None:
        """All processes end, and nothing is left where the design keeps that."""
        if hasattr(self, "machine"):
            finish(self.machine)

    # --- words ---

    def _carrier(self) -> int:
        carrier: int = self.machine.world.config.design.transport.request
        return carrier

    def _sent(self, task: str, buffer: Buffer, count: int) -> Any:
        self.make(task, Ioctl(buffer.context, buffer.request, b"", buffer.user), count)
        return self._buffer(buffer)

    def _buffer(self, sent: Buffer) -> Any:
        if type(self.value) is not tuple or self.value[0] < 0:
            return multiple()
        return sent._replace(user=self.value[2])
