"""A device of another TEE: it refuses what carries OCALLs, and has nothing behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge, run
from ocallkit.abi.results import Origin, Result
from ocallkit.designs import DESIGNS, EcallBare
from ocallkit.engine import ProgramError
from ocallkit.model import tee
from ocallkit.model.calls import ENOENT, ENOTSUPP, EOPNOTSUPP, Arg
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
)
from ocallkit.model.config import DEFAULT_TA
from ocallkit.model.devices import AMDTEE
from ocallkit.model.events import Message
from ocallkit.model.teec import TeecError
from ocallkit.scenarios import Scenario, asking_ta, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocallkit.engine import Step, Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client


def made_by(ca: Callable[[Client], Steps], **options: Any) -> Run:  # noqa: ANN401
    """A run of a CA on a device of another TEE."""
    return run(Scenario("amd", "a device of another TEE", ca, asking_ta), **options)


def test_a_context_with_a_handler_is_not_supported() -> None:
    """The device is closed again, and nothing is left."""

    def ca(client: Client) -> Steps:
        try:
            yield from TEEC_InitializeContext(client, serve, AMDTEE)
        except TeecError as error:
            return error.ret, error.origin

    made = made_by(ca)
    assert (Result.NOT_SUPPORTED, Origin.API) == made.results["A"]
    assert {"A.amdtee": True} == {c.id: c.freed for c in made.world.contexts.values()}
    assert () == made.world.processes["A"].files


def failing(call: Callable[[Any], Steps]) -> Callable[[Client], Steps]:
    """A CA without a handler, to which one call of libteec fails; gives how."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, None, AMDTEE)
        failed: tuple[Result, Origin] | None = None
        try:
            yield from call(context)
        except TeecError as error:
            failed = error.ret, error.origin
        yield from TEEC_FinalizeContext(context)
        return failed

    return ca


def test_plain_use_finds_no_ta() -> None:
    """The device can be opened and closed; a session fails in the kernel, with ENOENT."""
    made = made_by(failing(TEEC_OpenSession))
    assert (Result.GENERIC, Origin.COMMS) == made.results["A"]
    assert ["ENOENT"] == errors(made)
    assert made.world.contexts["A.amdtee"].freed


def test_no_memory_is_registered_there() -> None:
    """The driver has no function for it: the kernel's ENOTSUPP, for which libc has no name."""
    made = made_by(failing(lambda context: TEEC_RegisterSharedMemory(context, "memory", b"x")))
    assert (Result.GENERIC, Origin.COMMS) == made.results["A"]
    assert [ENOTSUPP] == errors(made)
    assert {} == dict(made.world.memories)


def errors(made: Run) -> list[Any]:
    """The error numbers with which ioctls failed."""
    words = (dict(e.words) for e in made.events if isinstance(e, Message))
    return [word["errno"] for word in words if "errno" in word]


def test_the_ioctl_with_the_parameter_is_refused_and_no_other_as_much() -> None:
    """EOPNOTSUPP: a driver that ignored it would let a CA wait for OCALLs that never come."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, None, AMDTEE)
        found = []
        for duplex in (True, False):
            arg = Arg(opens=DEFAULT_TA, duplex=duplex)
            reply = yield from tee.tee_ioctl_invoke(context.client, arg)
            found.append(reply.errno)
        return tuple(found)

    assert (EOPNOTSUPP, ENOENT) == made_by(ca).results["A"]


def test_op_tees_device_beside_it_works() -> None:
    """A process can have both open, and each has its own context."""

    def ca(client: Client) -> Steps:
        other = yield from TEEC_InitializeContext(client, None, AMDTEE)
        context = yield from TEEC_InitializeContext(client, serve)
        session = yield from TEEC_OpenSession(context)
        result = yield from TEEC_InvokeCommand(session, 0)
        yield from TEEC_FinalizeContext(other)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return result.ret

    made = made_by(ca)
    assert Result.SUCCESS == made.results["A"]
    assert {"A": True, "A.amdtee": True} == {c.id: c.freed for c in made.world.contexts.values()}
    for design in DESIGNS:
        assert judge(Scenario("both", "x", ca, asking_ta), design).holds


def test_a_context_that_was_closed_can_be_opened_again() -> None:
    """Its id is given again; a second one beside it has a number."""

    def ca(client: Client) -> Steps:
        first = yield from TEEC_InitializeContext(client, None, AMDTEE)
        second = yield from TEEC_InitializeContext(client, None, AMDTEE)
        yield from TEEC_FinalizeContext(first)
        again = yield from TEEC_InitializeContext(client, None, AMDTEE)
        return tuple(c.client.context for c in (first, second, again))

    assert ("A.amdtee", "A.amdtee.2", "A.amdtee") == made_by(ca).results["A"]


def test_closing_it_asks_nothing_of_the_design() -> None:
    """Its driver has no pre_release, and its release is not OP-TEE's."""
    asked: list[str] = []

    class Watches(EcallBare):
        name = "watches"

        def pre_release(self, client: Client) -> Iterable[Step]:
            asked.append(f"pre_release {client.context}")
            return ()

        def release(self, client: Client) -> Iterable[Step]:
            asked.append(f"release {client.context}")
            return ()

    made_by(failing(TEEC_OpenSession), design=Watches)
    assert [] == asked


def test_a_device_that_is_not_there_is_refused_with_those_that_are() -> None:
    """The supplicant's is none for a CA."""
    for name in ("teepriv", "nothing"):
        with pytest.raises(ProgramError, match=f"no device '{name}' for a CA: optee or amdtee"):
            made_by(opening(name))


def opening(device: str) -> Callable[[Client], Steps]:
    """A CA that opens a device, and does nothing else."""

    def ca(client: Client) -> Steps:
        yield from TEEC_InitializeContext(client, None, device)

    return ca
