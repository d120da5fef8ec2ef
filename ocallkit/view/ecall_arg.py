"""A message between the CA and the TEE driver as the octets of the opening text's structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.abi.arguments import NO_UUID, TeeIoctlEcallArg, TeeIoctlParam
from ocallkit.abi.params import TEE_MEMREF_NULL, EcallFunc, ParamType
from ocallkit.model.events import CA, Param
from ocallkit.model.params import MAX_PARAMS, NONE, is_memref

if TYPE_CHECKING:
    from ocallkit.path import Run
    from ocallkit.view.hops import Hop

FIELDS = ("func", "cmd_id", "ocall_id")
"""The words of a message that are fields of the structure."""


def ecall_arg(run: Run, hop: Hop, uuid: bytes = NO_UUID) -> TeeIoctlEcallArg:
    """The argument of TEE_IOC_ECALL with a new invocation, or as it returns with an OCALL.

    The model has names where the kernel has numbers.  A session's number here is its client's
    place, a memory's the lowest that is free when it is registered, both from 1; `uuid` is the
    TA's, which only an OCALL carries.  Raises ValueError for any other message.

    >>> from ocallkit import run
    >>> from ocallkit.view.hops import hops
    >>> flow = run("flow-1")
    >>> begin = hops(flow).find("CA -[TEE_IOC_ECALL/Func Invoke]-> TEE Driver")
    >>> ecall_arg(flow, begin).num_params
    4
    """
    words = {name: int(value) for name, value in hop.message.words if name in FIELDS}
    asks = EcallFunc.INVOKE if hop.message.target == CA else EcallFunc.NONE
    if set(words) != set(FIELDS) or words["func"] != asks:
        raise ValueError(f"{hop.line} is neither a new TEE_IOC_ECALL nor its return with an OCALL")
    full = (*hop.message.params, *[NONE] * (MAX_PARAMS - len(hop.message.params)))
    ids = memory_ids(run, hop.step)
    arg = TeeIoctlEcallArg(
        func=asks,
        cmd_id=words["cmd_id"],
        session=run.clients.index(hop.message.client) + 1,
        ocall_id=words["ocall_id"],
        uuid=uuid if asks else NO_UUID,
    )
    return arg.with_params(*[_param(param, ids) for param in full])


def memory_ids(run: Run, step: int) -> dict[str, int]:
    """The number of each memory that exists after a step: the lowest that was free."""
    ids: dict[str, int] = {}
    for before in run.steps[: step + 1]:
        exists = [name for name, memory in before.world.memories.items() if not memory.freed]
        ids = {name: number for name, number in ids.items() if name in exists}
        for name in exists:
            if name not in ids:
                ids[name] = next(n for n in range(1, len(exists) + 1) if n not in ids.values())
    return ids


def _param(param: Param, ids: dict[str, int]) -> TeeIoctlParam:
    kind = ParamType[param.attr]
    if not is_memref(param):
        return TeeIoctlParam(kind, param.a, param.b)
    if not param.memory:
        return TeeIoctlParam(kind, c=TEE_MEMREF_NULL)
    return TeeIoctlParam(kind, param.offset, param.size, ids[param.memory])
