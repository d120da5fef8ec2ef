"""What malformed calls have found, each as the few calls that it takes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ocallkit import run
from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import (
    TeeIoctlBufData,
    TeeIoctlInvokeArg,
    TeeIoctlParam,
    TeeIoctlShmRegisterData,
)
from ocallkit.abi.ioctl_params import ParamType
from ocallkit.abi.results import Result
from ocallkit.model import raw_ioctl
from ocallkit.model.params import tempref
from ocallkit.model.raw_ioctl import USER_BUFFER
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios import Scenario
from tests.callers.episode import TAS, again
from tests.callers.machine import Act, Close, Ioctl, Machine, Open, Setup
from tests.callers.octets import INVOKE, OPEN
from tests.callers.refusals import (
    CARRIER,
    NOTHING,
    SESSION,
    invoke,
    invoking,
    memory,
    opening,
)

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client, TrustedApp
    from ocallkit.model.params import Params


def test_the_file_of_a_request_is_of_the_context_that_its_call_was_made_on() -> None:
    """Though its session is closed, and another that is being opened elsewhere has its name."""
    calls = (
        Open("optee"),
        SESSION,
        invoke(invoking(CARRIER, *NOTHING, command=2)),
        Ioctl("A", numbers.TEE_IOC_CLOSE_SESSION, struct.pack("<I", 1)),
        Open("optee"),
        Ioctl("A.2", OPEN, b"", opening(CARRIER, TeeIoctlParam(ParamType.VALUE_INOUT))),
    )
    setup = Setup("held-refs-ocall-fd+meta", TAS[:1], 4)
    assert again(setup, [Act("A", call) for call in calls]) is None


def test_a_memory_whose_number_another_thread_has_guessed_and_closed() -> None:
    """Its registration returns all the same, with the number that it had."""
    given: list[Any] = []
    setup = Setup("two-lists+meta", TAS[:1], 4, (2,))
    machine = Machine(setup, lambda _task, _call, value: given.append(value))
    machine.perform([Act("A", Open("optee")), Act("A", memory(4), 2), Act("A.2", Close(4))])
    assert 0 == given[-1]
    machine.act(Act("A"))
    assert 4 == given[-1][0]
    machine.exit_all()
    assert [] == machine.stuck


def test_nobody_reads_memory_of_another_process() -> None:
    """Its number is known, and tells nothing."""
    machine = Machine(Setup("ecall", TAS[:1], 4, (1, 1)))
    machine.perform([Act("A", Open("optee")), Act("A", memory(4))])
    own, other = (machine.tasks[name].client for name in "AB")
    assert bytes(4) == raw_ioctl.load(machine.world, own, 1, 0, 4)
    assert b"" == raw_ioctl.load(machine.world, other, 1, 0, 4)


def test_what_lies_behind_the_argument_stays() -> None:
    """The driver writes as far as buf_len says, and the CA keeps the rest."""
    given: list[Any] = []
    machine = Machine(Setup("meta", TAS[:1]), lambda _task, _call, value: given.append(value))
    user = invoking(*NOTHING)
    data = TeeIoctlBufData(USER_BUFFER, len(user)).pack()
    behind = Ioctl("A", INVOKE, data, user + b"mine")
    machine.perform([Act("A", call) for call in (Open("optee"), SESSION, behind)])
    assert (0, b"mine") == (given[-1][0], given[-1][2][len(user) :])


def test_a_ta_reads_32_bits_of_what_goes_in_and_nothing_where_nothing_does() -> None:
    """Whatever else lies in the CA's buffer."""
    seen: list[tuple[tuple[int, int], ...]] = []

    def reads(_command: int, params: Any) -> Any:
        yield from ()
        seen.append(tuple((p.a, p.b) for p in params[:2]))

    machine = Machine(replace_tas(reads))
    wide = 1 << 32 | 5
    rows = (TeeIoctlParam(ParamType.VALUE_INOUT, wide, wide), TeeIoctlParam(2, wide, wide))
    calls = (Open("optee"), SESSION, invoke(invoking(*rows)))
    machine.perform([Act("A", call) for call in calls])
    assert ((5, 5), (0, 0)) == seen[-1]


def replace_tas(invoke_program: Any) -> Setup:
    """A system with a TA of one's own."""
    ta: TrustedApp = replace(TAS[0], invoke=invoke_program, open=None)
    return Setup("meta", (ta,))


def test_a_ca_serves_its_ocall_itself_in_memory_that_libteec_would_not_know() -> None:
    """It has registered that for invocations: libteec would refuse, and it is not libteec."""

    def ca(client: Client) -> Steps:
        device = yield from raw_ioctl.open_device(client)
        yield from raw_ioctl.ioctl(device, OPEN, user=opening(*NOTHING))
        _, data, _ = yield from raw_ioctl.ioctl(
            device, numbers.TEE_IOC_SHM_REGISTER, TeeIoctlShmRegisterData(1 << 12, 4).pack()
        )
        known = TeeIoctlShmRegisterData.unpack(data).id
        _, _, user = yield from raw_ioctl.ioctl(device, INVOKE, user=invoking(CARRIER, *NOTHING))
        asked = TeeIoctlInvokeArg.unpack(user)
        carrier, first, *rest = asked.params
        lent = asked.with_params(carrier, replace(first, c=known), *rest)
        _, _, user = yield from raw_ioctl.ioctl(device, INVOKE, user=lent.pack())
        yield from raw_ioctl.ioctl(device, INVOKE, user=user)

    told: list[Result] = []

    def ta(_command: int, _params: Params) -> Steps:
        ret, _, _ = yield from TEE_InvokeCACommand(100, (tempref("INOUT", b"ping"),))
        told.append(ret)
        return ret

    made = run(Scenario("raw", "a CA without libteec", ca, ta), "meta")
    assert (Result.SUCCESS, []) == (told[-1], made.world.breaches.all())
