"""What the numbers in a buffer are called, as far as somebody knows at that moment of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.abi import meanings, smc
from ocallkit.abi.arguments import Login, TeeIoctlEcallArg, TeeIoctlOpenSessionArg
from ocallkit.abi.ioctl_params import TEE_MEMREF_NULL, EcallFunc, OcallFunc, get_cmd, get_func
from ocallkit.abi.named_numbers import show_code
from ocallkit.abi.optee_msg import MsgCmd, OpteeMsgArg, RpcCmd, ShmType, WaitQueue
from ocallkit.abi.results import Origin, Result
from ocallkit.model.addresses import memory_at
from ocallkit.model.wire import NO_MEMORY, memory_named, session_named

if TYPE_CHECKING:
    from enum import IntEnum

    from ocallkit.abi.byte_layout import Field, Layout
    from ocallkit.abi.smc import Registers
    from ocallkit.judging.path import Run
    from ocallkit.model.events import Octets

CODES: Final[dict[tuple[str, str], type[IntEnum]]] = {
    (meanings.META_CLIENT, "c"): Login,
    (meanings.RPC_ALLOC, "a"): ShmType,
    (meanings.RPC_FREE, "a"): ShmType,
    (meanings.WAIT, "a"): WaitQueue,
    (meanings.RPC_OCALL, "b"): Result,
    (meanings.RPC_OCALL, "c"): Origin,
}
"""The numbers of a parameter that are codes."""

SHM_IDS: Final = {
    (meanings.MEMREF, "c"),
    (meanings.ALLOC, "c"),
    (meanings.FREE, "c"),
    (meanings.ECALL_ALLOC, "a"),
    (meanings.ECALL_FREE, "a"),
}
COOKIES: Final = {
    (meanings.MSG_MEMREF, "c"),
    (meanings.PAGES, "c"),
    (meanings.RPC_FREE, "b"),
}


class Known:
    """What is known of the numbers in one buffer of a run."""

    def __init__(self, run: Run, step: int, event: Octets) -> None:
        self.worlds = [run.steps[at].world for at in (step, step - 1) if at >= 0]
        self.tas = {ta.octets: name for name, ta in run.world.config.tas.items()}
        self.event = event

    def value(self, record: Layout, field: Field, roles: tuple[str, ...]) -> str:
        """A member's value, and its name if it has one."""
        if field.name.startswith("params["):
            place, _, member = field.name.removeprefix("params[").partition("].")
            return self._of_param(field, (roles[int(place)], member))
        return self._of_header(record, field)

    def _of_header(self, record: Layout, field: Field) -> str:
        number, shown = field.value, field.shown
        if isinstance(number, bytes):
            return f"{shown} {self.tas.get(number, '')}".strip()
        if field.name == "session" and number:
            opening = isinstance(record, TeeIoctlOpenSessionArg) and record.ret == 0
            return f"{shown} {self._session(number, opening=opening)}"
        if isinstance(record, TeeIoctlEcallArg) and field.name == "func":
            return show_code(EcallFunc, number)
        if isinstance(record, OpteeMsgArg) and field.name == "cmd":
            return show_code(RpcCmd if self.event.border == "RPC" else MsgCmd, number)
        return f"{shown} {self._memory(number)}" if field.name == "id" and number else shown

    def _session(self, number: int, *, opening: bool) -> str:
        """The session of that number, or the opening that has it for the time being."""
        calls = self.worlds[0].calls.values()
        pending = session_named(number, opening=True)
        if opening and any(call.session == pending and call.pending for call in calls):
            return pending
        return session_named(number)

    def _of_param(self, field: Field, at: tuple[str, str]) -> str:
        number, shown = int(field.value), field.shown
        if at in CODES:
            return show_code(CODES[at], number)
        if at == (meanings.CARRIER, "a") and number:
            command = f", command {get_cmd(number)}" if get_cmd(number) else ""
            return f"{number:#x} {OcallFunc(get_func(number)).name}{command}"
        if at in SHM_IDS and number == TEE_MEMREF_NULL:
            return f"{shown} NULL"
        if at in SHM_IDS and number:
            return f"{shown} {self._memory(number)}"
        if at in COOKIES and number:
            return f"{shown} {self._named([memory_at(w, number) for w in self.worlds])}"
        return shown

    def _memory(self, number: int) -> str:
        return self._named([memory_named(world, number) for world in self.worlds])

    @staticmethod
    def _named(names: list[str]) -> str:
        """The first of some names that is somebody's; nothing if none is."""
        return next((name for name in names if not name.startswith(NO_MEMORY)), "")


def registers_named(event: Octets) -> str:
    """The registers at an SMC in words: the function or the code, what lies where, the thread."""
    if not event.registers:
        return ""
    found = smc.Registers(*event.registers)
    words = [f"a0 = {found.a0:#x} {_a0(event, found)}"]
    if found.pair():
        words.append(f"a1:a2 = {found.pair():#x}")
    if event.border == "RPC":
        words.append(f"a3 = {found.a3}, the secure thread")
    if found.a4 or found.a5:
        words.append(f"a4:a5 = {found.a4 << 32 | found.a5:#x}")
    return "; ".join(words)


def _a0(event: Octets, found: Registers) -> str:
    """What `a0` says: a function on the way in to OP-TEE, else a code, or an RPC's."""
    if found.a0 == smc.OPTEE_SMC_CALL_WITH_ARG:
        return "CALL_WITH_ARG"
    if found.a0 == smc.OPTEE_SMC_RETURN_FROM_RPC:
        return "RETURN_FROM_RPC"
    if event.border == "RPC":
        return f"RPC {smc.RpcFunc(smc.rpc_func(found.a0)).name}"
    return smc.SmcReturn(found.a0).name
