"""What a program of one's own is written with: a CA, a TA, a scenario, a design, from one place.

>>> from ocallkit import judge, run
>>> from ocallkit.api import (
...     INOUT,
...     Result,
...     Scenario,
...     TEE_InvokeCACommand,
...     TEEC_CloseSession,
...     TEEC_FinalizeContext,
...     TEEC_InitializeContext,
...     TEEC_InvokeCommand,
...     TEEC_OpenSession,
...     value,
... )

A CA is a generator function of its client, and gives what its program comes to.  Its handler is an
ordinary function: it gets what the TA asks with its four parameters, and answers with as many.

>>> def doubles(command, params):
...     return Result.SUCCESS, (value(INOUT, 2 * params[0].a), *params[1:])
>>> def ca(client):
...     context = yield from TEEC_InitializeContext(client, doubles)
...     session = yield from TEEC_OpenSession(context)
...     result = yield from TEEC_InvokeCommand(session, 0, (value(INOUT, 21),))
...     yield from TEEC_CloseSession(session)
...     yield from TEEC_FinalizeContext(context)
...     return result.params[0].a

A TA is one of the command and the parameters of an invocation.  This one asks its CA, and hands on
what that answers.

>>> def ta(command, params):
...     ret, origin, answer = yield from TEE_InvokeCACommand(1, params)
...     return ret, answer

Both make a scenario, which is run and judged like every other, under any design.

>>> mine = Scenario("mine", "a CA that doubles a number for its TA", ca, ta)
>>> run(mine).results
{'A': 42}
>>> judge(mine, "ecall").outcome
'holds'

A design is a class that overrides what it decides otherwise; `optee` and the functions that its
parents call are what it may do.

>>> from ocallkit.api import HeldRefs, optee
>>> class Mine(HeldRefs):
...     name = "cancels-first"
...
...     def pre_release(self, client):
...         return optee.cancel_ocall(client)
>>> judge("flow-2-memref", "held-refs").holds, judge("flow-2-memref", Mine).outcome
(False, 'holds')
"""

from __future__ import annotations

from ocallkit.abi.results import Origin, Result
from ocallkit.designs import (
    Design,
    Ecall,
    EcallBare,
    Hardened,
    HeldRefs,
    HeldRefsOcallFd,
    HeldRefsPreRelease,
    Mainline,
    Meta,
    OcallFd,
    Posted,
    TwoLists,
)
from ocallkit.engine import Blocked, Choose, Steps
from ocallkit.model import optee
from ocallkit.model.client import (
    TEEC_AllocateSharedMemory,
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InitializeContext2,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
    TEEC_RequestCancellation,
    TeecError,
    TeecResult,
    system_session,
)
from ocallkit.model.config import Client, TrustedApp
from ocallkit.model.kernel_client import (
    tee_client_close_context,
    tee_client_close_session,
    tee_client_invoke_func,
    tee_client_open_context,
    tee_client_open_session,
)
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, Params, memref, tempref, value
from ocallkit.model.posix import (
    dup,
    exit_group,
    fork,
    hear,
    mmap,
    munmap,
    pthread_exit,
    pthread_join,
    tell,
)
from ocallkit.model.supplicant import tee_supplicant
from ocallkit.model.ta import (
    TEE_CloseTASession,
    TEE_GetCancellationFlag,
    TEE_InvokeCACommand,
    TEE_InvokeTACommand,
    TEE_OpenTASession,
    TEE_Panic,
    TEE_UnmaskCancellation,
    TEE_Wait,
    recall,
    remember,
)
from ocallkit.model.worker import unregister_later
from ocallkit.properties.own import at_end, fails_on
from ocallkit.scenarios import (
    COMMAND,
    OCALL_COMMAND,
    KernelClient,
    Scenario,
    Threads,
    asking_ta,
    asking_twice_ta,
    plain_ta,
    sending_ta,
    serve,
    with_memory,
)

__all__ = [
    "COMMAND",
    "INOUT",
    "INPUT",
    "NONE",
    "OCALL_COMMAND",
    "OUTPUT",
    "Blocked",
    "Choose",
    "Client",
    "Design",
    "Ecall",
    "EcallBare",
    "Hardened",
    "HeldRefs",
    "HeldRefsOcallFd",
    "HeldRefsPreRelease",
    "KernelClient",
    "Mainline",
    "Meta",
    "OcallFd",
    "Origin",
    "Params",
    "Posted",
    "Result",
    "Scenario",
    "Steps",
    "TEEC_AllocateSharedMemory",
    "TEEC_CloseSession",
    "TEEC_FinalizeContext",
    "TEEC_InitializeContext",
    "TEEC_InitializeContext2",
    "TEEC_InvokeCommand",
    "TEEC_OpenSession",
    "TEEC_RegisterSharedMemory",
    "TEEC_ReleaseSharedMemory",
    "TEEC_RequestCancellation",
    "TEE_CloseTASession",
    "TEE_GetCancellationFlag",
    "TEE_InvokeCACommand",
    "TEE_InvokeTACommand",
    "TEE_OpenTASession",
    "TEE_Panic",
    "TEE_UnmaskCancellation",
    "TEE_Wait",
    "TeecError",
    "TeecResult",
    "Threads",
    "TrustedApp",
    "TwoLists",
    "asking_ta",
    "asking_twice_ta",
    "at_end",
    "dup",
    "exit_group",
    "fails_on",
    "fork",
    "hear",
    "memref",
    "mmap",
    "munmap",
    "optee",
    "plain_ta",
    "pthread_exit",
    "pthread_join",
    "recall",
    "remember",
    "sending_ta",
    "serve",
    "system_session",
    "tee_client_close_context",
    "tee_client_close_session",
    "tee_client_invoke_func",
    "tee_client_open_context",
    "tee_client_open_session",
    "tee_supplicant",
    "tell",
    "tempref",
    "unregister_later",
    "value",
    "with_memory",
]
