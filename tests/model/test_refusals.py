"""Who refuses what: the result code and its origin, at the party that gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import ProgramError
from ocallkit.model import calls, tee
from ocallkit.model.calls import EBADF, EINVAL, Arg, Reply
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
)
from ocallkit.model.events import CA, OPTEE, OPTEE_DRIVER, TEE_DRIVER, Message, Param
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, Params, memref, tempref, value
from ocallkit.model.user_mode import back_in_user_mode
from ocallkit.scenarios import asking_ta, plain_ta, sending_ta, serve
from tests.model.programs import (
    invoking,
    outcome,
    reporting,
    returned_to_ta,
    run_of,
    seen_by_ta,
    up_to,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

U32 = 2**32
UNSOUND = {
    "a value over 32 bits": (value(INPUT, U32),),
    "a second value over 32 bits": (value(INOUT, 0, U32),),
    "a negative value": (value(INPUT, -1),),
    "an unknown kind": (Param("VALUE_SIDEWAYS"),),
    "five parameters": (value(INPUT),) * 5,
    "a buffer shorter than its size": (Param("MEMREF_INPUT", size=4, data=b"abc"),),
    "a buffer longer than its size": (tempref(INPUT, b"abc", size=2),),
    "a size without a buffer": (Param("MEMREF_OUTPUT", size=4),),
}
BAD_API = (Result.BAD_PARAMETERS, Origin.API)
BAD_COMMS = (Result.GENERIC, Origin.COMMS)


def hops(run: Run) -> set[tuple[str, str]]:
    """Between whom a run's messages went."""
    return {(e.source, e.target) for e in run.events if isinstance(e, Message)}


# --- libteec ---------------------------------------------------------------------------------


@pytest.mark.parametrize("params", UNSOUND.values(), ids=UNSOUND)
def test_libteec_refuses_an_invocation_that_it_cannot_pass_on(params: Params) -> None:
    """BAD_PARAMETERS, origin API; nothing leaves the CA."""
    made = run_of(invoking(params), plain_ta)
    assert BAD_API == outcome(made)
    assert made.results["A"].params == params
    assert "TEE_IOC_ECALL/Func Invoke" not in {e.label for e in made.events if type(e) is Message}


@pytest.mark.parametrize("count", range(5))
def test_up_to_four_parameters_pass(count: int) -> None:
    """They come back as many as they went."""
    made = run_of(invoking((value(INPUT, U32 - 1),) * count), plain_ta)
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == outcome(made)
    assert count == len(made.results["A"].params)


def grown(_command: int, params: Params) -> tuple[Result, Params]:
    """A handler that says its first output is longer than the buffer."""
    first = replace(params[0], size=params[0].size + 1, data=params[0].data + b"!")
    return Result.SUCCESS, (first, *params[1:])


def wide(_command: int, params: Params) -> tuple[Result, Params]:
    """A handler whose value has 33 bits."""
    return Result.SUCCESS, (replace(params[0], a=U32), *params[1:])


def short(_command: int, params: Params) -> tuple[Result, Params]:
    """A handler that answers too few parameters."""
    return Result.SUCCESS, params[:3]


@pytest.mark.parametrize(
    ("handler", "param"),
    [(grown, tempref(INOUT, b"ping")), (wide, value(INOUT)), (short, value(INOUT))],
)
def test_libteec_refuses_what_a_handler_cannot_answer(
    handler: Callable[..., Any], param: Param
) -> None:
    """The TA sees BAD_PARAMETERS, origin API, as libteec sent it."""
    assert BAD_API == seen_by_ta((param,), handler)


@pytest.mark.parametrize("result", [Result.BAD_STATE, Result.ITEM_NOT_FOUND, Result.GENERIC])
def test_a_handlers_error_reaches_the_ta_with_the_clients_origin(result: Result) -> None:
    """It is no error of the transport."""

    def fails(_command: int, _params: Params) -> Result:
        return result

    assert (result, Origin.CLIENT_APP) == seen_by_ta((value(INPUT),), fails)


# --- the TEE driver --------------------------------------------------------------------------


def with_memory(make: Callable[[str], Param]) -> Callable[..., Steps]:
    """A CA that invokes with the parameter that `make` gives for four bytes of its memory."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        session = yield from TEEC_OpenSession(context)
        memory = yield from TEEC_RegisterSharedMemory(context, "memory", b"data")
        return (yield from TEEC_InvokeCommand(session, 0, (make(memory),)))

    return ca


OUT_OF_RANGE: dict[str, Callable[[str], Param]] = {
    "past the end": lambda memory: memref(INOUT, memory, 4, offset=1),
    "before the start": lambda memory: memref(INOUT, memory, 4, offset=-4),
    "of negative size": lambda memory: memref(INOUT, memory, -1, offset=2),
    "of no memory": lambda _memory: memref(INOUT, "A.nothing", 4),
}


@pytest.mark.parametrize("make", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE)
def test_the_tee_driver_refuses_a_reference_out_of_range(make: Callable[[str], Param]) -> None:
    """EINVAL before the OP-TEE driver hears of it; libteec makes GENERIC, origin COMMS, of it."""
    made = run_of(with_memory(make), plain_ta)
    assert BAD_COMMS == outcome(made)
    last = [e for e in made.events if isinstance(e, Message) and e.target == CA][-1]
    assert (TEE_DRIVER, (("errno", "EINVAL"),)) == (last.source, last.words)
    assert made.world.memories["A.memory"].freed


def test_the_whole_of_a_memory_is_in_range() -> None:
    """The bound is the last byte."""
    made = run_of(with_memory(lambda memory: memref(INOUT, memory, 4)), plain_ta)
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == outcome(made)


def test_the_tee_driver_refuses_the_memory_of_another_context() -> None:
    """A memory's id is good in the context that registered it."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_RegisterSharedMemory(context, "memory", b"data")
        return (yield from TEEC_InvokeCommand(session, 0, (memref(INOUT, "A.memory", 4),)))

    apart = run_of(ca, plain_ta, clients=2)
    of_b = tuple(name for name in apart.schedule if name.startswith("B:"))
    made = run_of(ca, plain_ta, clients=2, schedule=(*up_to(apart, "A:close(context)"), *of_b))
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == outcome(made)
    refused = made.results["B"]
    assert BAD_COMMS == (refused.ret, refused.origin)


def test_the_tee_driver_refuses_an_unknown_kind_of_parameter() -> None:
    """What libteec would not have let through."""
    assert [EINVAL] == [
        r.errno for r in talked((Arg(params=(Param("VALUE_SIDEWAYS"),)),), plain_ta)
    ]


def test_without_the_device_open_every_ioctl_is_refused() -> None:
    """EBADF, and libteec makes GENERIC, origin COMMS, of it."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_FinalizeContext(context)
        opened = yield from tee.tee_ioctl_invoke(client, Arg(opens="ta"))
        closed = yield from tee.tee_ioctl_close_session(client)
        invoked = yield from tee.tee_ioctl_invoke(client, Arg())
        result = yield from TEEC_InvokeCommand(session, 0)
        return opened.errno, closed.errno, invoked.errno, result

    *errors, result = run_of(ca, plain_ta).results["A"]
    assert [EBADF] * 3 == errors
    assert BAD_COMMS == (result.ret, result.origin)


def test_a_file_is_closed_once() -> None:
    """Closing it again changes nothing: it is not open any more."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        memory = yield from TEEC_RegisterSharedMemory(context, "memory", b"data")
        for _ in range(2):
            yield from TEEC_ReleaseSharedMemory(context, memory)
        for _ in range(2):
            yield from TEEC_FinalizeContext(context)

    world = run_of(ca, plain_ta).world
    memory, context = world.memories["A.memory"], world.contexts["A"]
    assert (0, True, False) == (memory.refs, memory.freed, memory.misused)
    assert (0, True, False) == (context.refs, context.freed, context.misused)


# --- the OP-TEE driver -----------------------------------------------------------------------


def talked(args: tuple[Arg, ...], ta: Callable[..., Any]) -> tuple[Reply, ...]:
    """What a CA gets that makes these ioctls by hand; answers carry the id that was asked with."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        yield from TEEC_OpenSession(context)
        replies: list[Reply] = []
        for arg in args:
            known = replies[0].ocall_id if replies and not arg.ocall_id else arg.ocall_id
            reply = yield from tee.tee_ioctl_invoke(
                client, replace(arg, duplex=True, ocall_id=known, session="A")
            )
            yield from back_in_user_mode(client, "TEE_IOC_ECALL", reply)
            replies.append(reply)
        return tuple(replies)

    made = run_of(ca, ta)
    assert "" == made.ending
    assert {} == made.world.threads
    replies: tuple[Reply, ...] = made.results["A"]
    return replies


NEW = Arg()
ASKED = (value(INPUT, 1, 2), *[Param("NONE")] * 3)
ANSWER = Arg(answers=calls.OCALL, params=ASKED)
WRONG_ANSWERS = {
    "none was asked for": (ANSWER,),
    "it was answered before": (NEW, ANSWER, ANSWER),
    "it answers another request": (NEW, replace(ANSWER, answers=calls.FREE)),
    "it has another id": (NEW, replace(ANSWER, ocall_id=77)),
    "it has too few parameters": (NEW, replace(ANSWER, params=ASKED[:3])),
}


@pytest.mark.parametrize("args", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_the_op_tee_driver_refuses_an_answer_when(args: tuple[Arg, ...]) -> None:
    """EINVAL for the last ioctl, and for no other; no secure thread is left behind."""
    replies = talked(args, asking_ta)
    assert [0] * (len(args) - 1) + [EINVAL] == [reply.errno for reply in replies]


def test_an_allocation_without_memory_is_refused() -> None:
    """It says that it succeeded, and names nothing."""
    replies = talked((NEW, Arg(answers=calls.ALLOC)), sending_ta)
    assert [0, EINVAL] == [reply.errno for reply in replies]


def test_a_malformed_answer_completes_the_request_with_bad_parameters() -> None:
    """The TA sees it with origin COMMS; the invocation is over."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        yield from TEEC_OpenSession(context)
        for arg in (NEW, Arg(answers=calls.FREE, ocall_id=1)):
            reply = yield from tee.tee_ioctl_invoke(client, replace(arg, duplex=True, session="A"))
            yield from back_in_user_mode(client, "TEE_IOC_ECALL", reply)

    expected = [{"ret": "BAD_PARAMETERS", "origin": "COMMS"}]
    assert expected == returned_to_ta(run_of(ca, asking_ta))


def test_a_second_invocation_of_a_busy_session_is_refused() -> None:
    """The pending OCALL is not disturbed: it can still be answered."""
    replies = talked((NEW, NEW, ANSWER), asking_ta)
    assert [0, EINVAL, 0] == [reply.errno for reply in replies]
    assert [calls.OCALL, "", ""] == [reply.asks for reply in replies]
    assert Result.SUCCESS == replies[2].ret


def test_the_op_tee_driver_refuses_an_invocation_of_a_session_that_is_closed() -> None:
    """EINVAL: it is not on the driver's list."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_CloseSession(session)
        result = yield from TEEC_InvokeCommand(session, 0)
        closed = yield from tee.tee_ioctl_close_session(client)
        return result, closed.errno

    made = run_of(ca, plain_ta)
    result, again = made.results["A"]
    assert (BAD_COMMS, EINVAL) == ((result.ret, result.origin), again)
    invoked = [e for e in made.events if isinstance(e, Message) and e.label == "SMC/Func Invoke"]
    assert [] == invoked


def test_a_ca_without_a_handler_gets_no_ocall() -> None:
    """The OP-TEE driver answers in its place: NOT_SUPPORTED, origin COMMS."""
    assert (Result.NOT_SUPPORTED, Origin.COMMS) == seen_by_ta((value(INPUT),), None)
    made = run_of(invoking(handler=None), asking_ta)
    assert "CA services OCALL" not in made.text()
    assert "TEE_IOC_ECALL" not in made.text()


def test_a_ca_without_a_handler_allocates_nothing() -> None:
    """An OCALL that needs memory ends at the allocation: OUT_OF_MEMORY, origin COMMS."""
    seen = seen_by_ta((tempref(INPUT, b"ping"),), None)
    assert (Result.OUT_OF_MEMORY, Origin.COMMS) == seen


# --- libutee and the PTA ---------------------------------------------------------------------


@pytest.mark.parametrize("params", UNSOUND.values(), ids=UNSOUND)
def test_libutee_refuses_an_ocall_that_it_cannot_pass_on(params: Params) -> None:
    """BAD_PARAMETERS, origin API; nothing leaves the TA."""
    assert BAD_API == seen_by_ta(params)
    made = run_of(invoking((value(OUTPUT),)), reporting(params))
    assert "TEE_InvokeCACommand" not in made.text()


def test_the_pta_refuses_sizes_whose_sum_overflows() -> None:
    """SECURITY; a PTA's own origin reaches the TA as COMMS."""
    half = Param("MEMREF_INPUT", memory="A.large", size=2**31)
    assert (Result.SECURITY, Origin.COMMS) == seen_by_ta((half, half))


def test_an_ocall_whose_memory_is_refused_ends_in_the_ta() -> None:
    """OUT_OF_MEMORY, origin COMMS, and the CA's handler is never asked."""
    base = run_of(invoking(), sending_ta, faults=("refused-allocation",))
    number = base.schedule.index("A:register_ocall_shm")
    schedule = (*base.schedule[: number - 1], "A:refused-allocation")
    made = run_of(invoking(), sending_ta, faults=("refused-allocation",), schedule=schedule)
    assert [{"ret": "OUT_OF_MEMORY", "origin": "COMMS"}] == returned_to_ta(made)
    assert "CA services OCALL" not in made.text()


def killed_when(asked: str) -> Run:
    """A run of Flow 2 whose CA is killed on the return that asks for the `asked` thing."""
    base = run_of(invoking(), sending_ta)
    returns = [
        step.index
        for step in base.steps
        if step.function == "return_to_user" and _pending(step.world) == asked
    ]
    schedule = (*base.schedule[: returns[0]], "A:kill")
    return run_of(invoking(), sending_ta, faults=("kill",), schedule=schedule)


def _pending(world: World) -> str:
    """What A's invocation waits for."""
    return world.calls["A"].pending if "A" in world.calls else ""


@pytest.mark.parametrize(
    ("asked", "ret", "origin"),
    [
        (calls.ALLOC, "OUT_OF_MEMORY", "COMMS"),
        (calls.OCALL, "TARGET_DEAD", "COMMS"),
        (calls.FREE, "SUCCESS", "CLIENT_APP"),
    ],
)
def test_a_killed_cas_ta_sees(asked: str, ret: str, origin: str) -> None:
    """During the allocation no memory, during the OCALL a dead target, after it nothing amiss."""
    assert [{"ret": ret, "origin": origin}] == returned_to_ta(killed_when(asked))


def test_a_cancelled_request_is_resumed_with_the_error_of_the_transport() -> None:
    """The RPC's own result says it: TARGET_DEAD."""
    made = killed_when(calls.OCALL)
    resumes = [e for e in made.events if isinstance(e, Message) and e.label == "SMC/RPC Resume"]
    assert ["SUCCESS", "TARGET_DEAD"] == [dict(resume.words)["ret"] for resume in resumes]
    assert (OPTEE_DRIVER, OPTEE) in hops(made)


def test_a_memory_needs_a_name_of_its_own() -> None:
    """Two memories of one name would be one record; the CA is told at its own line."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_RegisterSharedMemory(context, "m", b"1")
        yield from TEEC_RegisterSharedMemory(context, "m", b"2")

    with pytest.raises(ProgramError, match="give each a name of its own"):
        run_of(ca, plain_ta)


@pytest.mark.parametrize("name", ["ocall", "context", "request", "2.context"])
def test_no_memory_has_the_name_of_another_file(name: str) -> None:
    """The files of a context, of an OCALL's memory and of a request are taken."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_RegisterSharedMemory(context, name, b"1")

    with pytest.raises(ProgramError, match=f"no memory can be called '{name}'"):
        run_of(ca, plain_ta)


def test_nothing_is_registered_on_a_closed_device() -> None:
    """EBADF: no memory comes into being, and the context stays released."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_FinalizeContext(context)
        yield from TEEC_RegisterSharedMemory(context, "m", b"1")

    world = run_of(ca, plain_ta).world
    assert ({}, True) == (dict(world.memories), world.contexts["A"].freed)


@pytest.mark.parametrize(("count", "errno"), [(6, 0), (7, EINVAL)])
def test_a_message_to_secure_world_has_room_for_six_parameters(count: int, errno: int) -> None:
    """The OP-TEE driver refuses a seventh, as it was seen to; of a session's opening a fifth."""
    invoked, opened = (
        errnos_of(Arg(room=room, opens=opens)) for room, opens in ((count, ""), (count - 2, "ta"))
    )
    assert (errno, errno) == (invoked, opened)


def test_a_parameter_with_the_meta_bit_is_refused_by_the_optee_driver() -> None:
    """EINVAL, whatever its type."""
    assert EINVAL == errnos_of(Arg(params=(Param("META|VALUE_INPUT"),)))


def errnos_of(arg: Arg) -> int:
    """The error number with which an ioctl fails, in the session that it names if it opens none."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        session = yield from TEEC_OpenSession(context)
        reply = yield from tee.tee_ioctl_invoke(client, replace(arg, session=session.id))
        return reply.errno

    errno: int = run_of(ca, plain_ta).results["A"]
    return errno


def test_more_parameters_than_an_argument_holds_are_refused_by_the_tee_driver() -> None:
    """TEE_MAX_ARG_SIZE leaves room for 31; the ioctl fails with EINVAL."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_OpenSession(context)
        reply = yield from tee.tee_ioctl_invoke(client, Arg(params=(NONE,) * 32))
        return reply.errno

    assert {"A": EINVAL} == run_of(ca, plain_ta).results
