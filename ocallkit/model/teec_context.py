"""libteec: contexts with their settings, and the end of a session.

A handler for OCALLs belongs to a context.  So does what it is handed with each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocallkit.abi.ioctl import TEE_GEN_CAP_OCALL
from ocallkit.abi.results import Origin, Result
from ocallkit.model import tee
from ocallkit.model.calls import Reply
from ocallkit.model.devices import FOR_CLIENTS, OPTEE
from ocallkit.model.exit import close_one
from ocallkit.model.files import CONTEXT, file_of
from ocallkit.model.posix import Told
from ocallkit.model.teec import (
    TEEC_CONTEXT_SETTING_OCALL,
    Handler,
    TeecContext,
    TeecContextSetting,
    TeecError,
    TeecSession,
    TeecSessionSetting,
)
from ocallkit.model.teec_thread import start_server, stop_server
from ocallkit.model.user_mode import back_in_user_mode

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client


def TEEC_InitializeContext(
    client: Client, handler: Handler | None = None, device: str = OPTEE, *, data: Any = None
) -> Steps:
    """Open the device; `handler` serves the OCALLs of this context, and may be handed `data`.

    Without one its invocations carry no OCALL.  Gives a `TeecContext`.  Raises TeecError with
    NOT_SUPPORTED where there are no OCALLs for a handler: on the device of another TEE, and where
    OP-TEE was built without.  Raises ValueError for a device that is not there.
    Source: GP TEE Client API, TEEC_InitializeContext(); libteec as posted,
    TEEC_InitializeContext2(), which opens first and then asks for the capability.
    """
    if device not in FOR_CLIENTS:
        raise ValueError(f"there is no device {device!r} for a CA: {' or '.join(FOR_CLIENTS)}")
    context = yield tee.tee_open, client, device
    yield from back_in_user_mode(client, "open", Reply())
    opened = TeecContext(client.on(context), handler, data)
    if handler is not None and not (device == OPTEE and client.caps & TEE_GEN_CAP_OCALL):
        yield from TEEC_FinalizeContext(opened)
        raise TeecError("TEEC_InitializeContext", Result.NOT_SUPPORTED, Origin.API)
    if handler is not None and client.design.server:
        yield from start_server(client, Told(opened))
    return opened


def TEEC_InitializeContext2(
    client: Client,
    settings: tuple[TeecContextSetting, ...] | None = None,
    count: int | None = None,
    device: str = OPTEE,
) -> Steps:
    """Open the device with settings: a `TeecContextSetting` brings the handler and its data.

    `count` is how many settings there are said to be: as many as there are, if nothing is said.
    Raises TeecError with BAD_PARAMETERS, before the device is opened, for settings that are not
    there, a setting of an unknown type or without a handler.
    Source: libteec as posted, TEEC_InitializeContext2().
    """
    handler, data = None, None
    for setting in _settings("TEEC_InitializeContext2", settings, count):
        if setting.type != TEEC_CONTEXT_SETTING_OCALL or setting.handler is None:
            raise TeecError("TEEC_InitializeContext2", Result.BAD_PARAMETERS, Origin.API)
        handler, data = setting.handler, setting.data
    return (yield from TEEC_InitializeContext(client, handler, device, data=data))


def data_of_session(settings: tuple[TeecSessionSetting, ...] | None, count: int | None) -> Any:
    """The data that a session's settings bring; raises TeecError as those of a context do.

    Source: libteec as posted, TEEC_OpenSession2().
    """
    data = None
    for setting in _settings("TEEC_OpenSession2", settings, count):
        if setting.type != TeecSessionSetting().type:
            raise TeecError("TEEC_OpenSession2", Result.BAD_PARAMETERS, Origin.API)
        data = setting.data
    return data


def _settings(call: str, settings: tuple[Any, ...] | None, count: int | None) -> tuple[Any, ...]:
    """The settings that a call is to look at."""
    there = settings or ()
    if count is None:
        return there
    if settings is None and count > 0:
        raise TeecError(call, Result.BAD_PARAMETERS, Origin.API)
    if not 0 <= count <= len(there):
        raise ValueError(f"{call}: there are {len(there)} settings, not {count}")
    return there[:count]


def TEEC_FinalizeContext(context: TeecContext) -> Steps:
    """Close the device, where a thread serves the context once that has stopped.

    Source: GP TEE Client API, TEEC_FinalizeContext().
    """
    client = context.client
    if context.handler is not None and client.design.server:
        yield from stop_server(context)
    yield from close_one(client, file_of(CONTEXT, client.context))


def TEEC_CloseSession(session: TeecSession) -> Steps:
    """Close the session; an OCALL that is pending on it is cancelled.

    Source: GP TEE Client API, TEEC_CloseSession().
    """
    reply = yield from tee.tee_ioctl_close_session(session.client)
    yield from back_in_user_mode(session.client, "TEE_IOC_CLOSE_SESSION", reply)
