"""The public OCALL example's invocation: two sides that exchange numbers and a riddle's strings.

The TA asks its CA before it answers, and both sides refuse what they do not expect.  An early
version of the example asks only here, in the invocation; a later one also while the session opens.
Source: optee_examples pull request 64 (TA command CALL_CA, CA command REPLY_TA).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.byte_layout import show_uuid
from ocallkit.abi.results import Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.config import DEFAULT_TA, TrustedApp
from ocallkit.model.params import INOUT, INPUT, Params, is_memref, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios import Scenario

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param

RIDDLE_TA: Final = bytes.fromhex("9b2c06523b9b4d83971ee56c40512793")
"""The TA's UUID as it is written, 9b2c0652-3b9b-4d83-971e-e56c40512793."""

CALL_CA: Final = 0
"""The TA's command: ask the CA, then answer."""
REPLY_TA: Final = 100
"""The CA's command: answer the TA."""

FROM_CA: Final = b"This string was sent by the CA\0"
FROM_TA: Final = b"This string was sent by the TA\0"
RIDDLE: Final = b"The TA thinks this is a fun riddle\0"
"""The strings with the zero octet that ends them in C."""

BUFFER: Final = 128
"""The octets of each side's buffers; a string needs less."""

SENT: Final[Params] = (
    value(INPUT, 3, 4),
    value(INOUT, 5, 6),
    tempref(INPUT, FROM_CA),
    tempref(INOUT, size=BUFFER),
)
"""What the CA passes to the TA."""

ASKED: Final[Params] = (
    value(INPUT, 1, 2),
    value(INOUT, 0xA, 0xB),
    tempref(INPUT, FROM_TA, BUFFER),
    tempref(INOUT, RIDDLE, BUFFER),
)
"""What the TA passes to the CA."""

TYPES: Final = ("VALUE_INPUT", "VALUE_INOUT", "MEMREF_INPUT", "MEMREF_INOUT")
"""The kinds of parameters that either side takes, and no others."""


def riddle(sent: Params = SENT, asked: Params = ASKED) -> Scenario:
    """Make the scenario; with other parameters than its own one side or the other refuses it.

    `sent` is what the CA passes to the TA, `asked` what the TA passes to the CA.

    >>> from ocallkit import run
    >>> run(riddle(sent=SENT[:1])).results["A"].ret.name
    'BAD_PARAMETERS'
    """
    about = "an invocation with numbers and strings, and in it an OCALL with others"
    ta = TrustedApp(DEFAULT_TA, partial(_ta, asked), uuid=show_uuid(RIDDLE_TA))
    return Scenario("riddle", about, partial(_ca, sent), ta)


def _ca(sent: Params, client: Client, rounds: int = 1) -> Steps:
    """Invoke the TA's command, `rounds` times; gives the last `TeecResult`."""
    context = yield from TEEC_InitializeContext(client, reply_ta)
    session = yield from TEEC_OpenSession(context)
    result = None
    for _ in range(rounds):
        result = yield from TEEC_InvokeCommand(session, CALL_CA, sent)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)
    return result


def _ta(asked: Params, command: int, params: Params) -> Steps:
    """Ask the CA, then answer with two numbers and the riddle."""
    if command != CALL_CA or not is_expected(params, len(RIDDLE)):
        return Result.BAD_PARAMETERS
    ret, _, _ = yield from TEE_InvokeCACommand(REPLY_TA, asked)
    if ret != Result.SUCCESS:
        return ret
    number, numbers, text, buffer = params
    numbers = replace(numbers, a=0xE, b=0xF)
    return Result.SUCCESS, (number, numbers, text, filled(buffer, RIDDLE))


def reply_ta(command: int, params: Params) -> Result | tuple[Result, Params]:
    """Answer the TA: two numbers, and the CA's own string in the TA's last buffer."""
    if command != REPLY_TA or not is_expected(params, len(FROM_CA)):
        return Result.BAD_PARAMETERS
    number, numbers, text, buffer = params
    numbers = replace(numbers, a=3, b=4)
    return Result.SUCCESS, (number, numbers, text, filled(buffer, FROM_CA))


def is_expected(params: Params, answer: int) -> bool:
    """Tell whether parameters have the right kinds, no buffer is missing, and `answer` octets fit.

    >>> is_expected(SENT, BUFFER), is_expected(SENT, BUFFER + 1), is_expected(SENT[:3], 0)
    (True, False, False)
    """
    if tuple(param.attr for param in params) != TYPES:
        return False
    return all(param.size for param in params if is_memref(param)) and params[-1].size >= answer


def filled(buffer: Param, data: bytes) -> Param:
    """Give a buffer that holds `data` and says so in its size."""
    return replace(buffer, data=data, size=len(data))
