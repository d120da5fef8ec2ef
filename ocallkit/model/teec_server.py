"""libteec: what its server does: it takes a request, serves it, and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ocallkit.engine import Become
from ocallkit.model.callbacks import RECV, SEND, tee_ioctl_supp_recv, tee_ioctl_supp_send
from ocallkit.model.exit import exit_files, misuse
from ocallkit.model.teec import TeecSession
from ocallkit.model.teec_ocall import teec_handle_ocall
from ocallkit.model.teec_thread import is_begun, server_leaves
from ocallkit.model.user_mode import TWICE, back_in_user_mode

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.calls import Arg, Reply
    from ocallkit.model.config import Client
    from ocallkit.model.teec import TeecContext


def server(client: Client) -> Steps:
    """The thread that serves a process's OCALLs: it waits to be begun, and can be so again."""
    told = yield is_begun, client
    if told is None:
        return None
    context: TeecContext = told.by(client)
    return Become(serve_callbacks, client, context)


def serve_callbacks(client: Client, context: TeecContext) -> Steps:
    """One request after the other, until there is no context to serve, or it is to stop."""
    reply, served = yield from TEE_IOC_SUPPL_RECV(context.client)
    if reply.errno:
        return Become(server_ends, client)
    session = session_of(context, reply)
    arg = yield from teec_handle_ocall(context, session, reply, served)
    yield from TEE_IOC_SUPPL_SEND(context.client, arg)
    if served == TWICE:
        yield from TEE_IOC_SUPPL_SEND(context.client, arg)
    return Become(serve_callbacks, client, context)


def server_ends(client: Client) -> Steps:
    """The thread of the CA ends; the last of a process closes its files."""
    if (yield server_leaves, client):
        return Become(exit_files, client)
    return Become(server, client)


PROGRAMS: Final[tuple[Any, ...]] = (server, serve_callbacks, server_ends)
for program in PROGRAMS:
    program.party = lambda client, *_: client.title
    program.misuse = misuse


def session_of(context: TeecContext, reply: Reply) -> TeecSession | None:
    """The session whose TA asks, where it is open; which data it was opened with is not known."""
    if ".opening" in reply.session:
        return None
    on = context.client.on(context.client.context, reply.session)
    return TeecSession(context, on)


def TEE_IOC_SUPPL_RECV(client: Client) -> Steps:
    """Wait for a request; gives the `Reply` that asks, and what the handler is to serve."""
    reply = yield from tee_ioctl_supp_recv(client)
    served = yield from back_in_user_mode(client, RECV, reply)
    return reply, served


def TEE_IOC_SUPPL_SEND(client: Client, arg: Arg) -> Steps:
    """Answer a request; gives EINVAL where nobody waits for it, EBADF where the file is closed."""
    reply = yield from tee_ioctl_supp_send(client, arg)
    yield from back_in_user_mode(client, SEND, reply)
    return reply.errno
