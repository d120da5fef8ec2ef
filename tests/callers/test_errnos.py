"""Every error number that a caller can be given at the front door, with what gives it."""

from __future__ import annotations

import ast
import errno
import inspect
import struct

import pytest

from ocallkit.abi import ioctl as numbers
from ocallkit.abi.arguments import TeeIoctlShmAllocData
from ocallkit.model import calls, raw_ioctl
from tests.callers.episode import TAS, look
from tests.callers.machine import Act, Ioctl, Machine, Open, Setup, Task
from tests.callers.refusals import CASES, NEVER, SESSION, Case, invoke, memory, passing

DESIGN = "two-lists+meta"


def gave(case: Case) -> int:
    """What the last of the calls gives."""
    values: list[object] = []

    def returned(_task: Task, _call: object, value: object) -> None:
        values.append(value)

    machine = Machine(Setup(DESIGN, TAS[:1], 4, (1, 1), case.switches), returned)
    for call in (Open("optee"), *case.calls):
        machine.act(Act("A", call))
        look(machine)
    assert 1 + len(case.calls) == len(values)
    last = values[-1]
    rc = last[0] if isinstance(last, tuple) else last
    return rc if isinstance(rc, int) else 0


@pytest.mark.parametrize("what", CASES)
def test_each_is_given(what: str) -> None:
    """By the last call, and by none before it."""
    case = CASES[what]
    assert -case.errno == gave(case)
    before = [gave(case._replace(calls=case.calls[:count])) for count in range(len(case.calls))]
    assert all(rc >= 0 for rc in before)


def test_every_number_that_the_model_has_is_given() -> None:
    """Those of `calls`, and those of the front door: none is there for nothing."""
    known = {value for name, value in vars(calls).items() if name[0] == "E" and type(value) is int}
    named = {
        getattr(errno, node.attr)
        for module in (calls, raw_ioctl)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute) and hasattr(errno, node.attr) and node.attr[0] == "E"
    }
    # A wait for a request can be interrupted, in a driver that has one and is not tried here.
    assert known | named == {case.errno for case in CASES.values()} | {errno.EINTR}


def test_what_is_never_given_is_no_number_of_the_model() -> None:
    """Each has its reason."""
    never = {getattr(errno, name) for name in NEVER}
    assert set() == never & {case.errno for case in CASES.values()}


def test_the_version_is_given_to_everybody() -> None:
    """TEE_IOC_VERSION fails for nobody who has the device open."""
    assert 0 == gave(Case(0, "", (Ioctl("A", numbers.TEE_IOC_VERSION),)))


def test_what_is_right_is_given_no_error() -> None:
    """The same calls without what is wrong: so each case fails for what it says."""
    right = (
        SESSION,
        memory(4),
        Ioctl("A", numbers.TEE_IOC_SHM_ALLOC, TeeIoctlShmAllocData(4).pack()),
        invoke(passing(7, 0, 4, 1)),
        Ioctl("A", numbers.TEE_IOC_CANCEL, struct.pack("<II", 0, 1)),
        Ioctl("A", numbers.TEE_IOC_CLOSE_SESSION, struct.pack("<I", 1)),
    )
    made = [gave(Case(0, "", right[:count])) for count in range(1, len(right) + 1)]
    assert [0, 4, 5, 0, 0, 0] == made
