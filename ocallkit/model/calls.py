"""What crosses each border: the ioctl's argument, the message to OP-TEE, the RPC and its answer.

From the CA to the TA an invocation or an opening is an `Arg`, then a `Msg`; on the way back a
`Done`, then a `Reply`.  An OCALL is an `Rpc`, then a `Reply` that asks; its answer an `Arg` that
answers, then an `Answer`.
"""

from __future__ import annotations

import errno
from typing import Final

import msgspec

from ocallkit.abi.results import Origin, Result
from ocallkit.model.events import Param
from ocallkit.model.params import MAX_PARAMS

ALLOC: Final = "ALLOC"
OCALL: Final = "OCALL"
FREE: Final = "FREE"

REQUESTS: Final = frozenset({ALLOC, OCALL, FREE})
"""The RPCs that only a CA can answer."""

EINVAL: Final = errno.EINVAL
EBADF: Final = errno.EBADF
ENOMEM: Final = errno.ENOMEM
EOPNOTSUPP: Final = errno.EOPNOTSUPP
EFAULT: Final = errno.EFAULT
EPERM: Final = errno.EPERM
ENOENT: Final = errno.ENOENT
EINTR: Final = errno.EINTR
ENOTSUPP: Final = 524
"""A number of the kernel's own, which user space has no name for and sees all the same."""


class RefusedError(Exception):
    """An ioctl fails: with which error number."""

    def __init__(self, errno: int) -> None:
        super().__init__(errno)
        self.errno = errno


class Arg(msgspec.Struct, frozen=True, gc=False):
    """What a CA passes with an invoke: a new invocation, or the answer to a pending request.

    `answers` is empty for a new invocation, else ``ALLOC``, ``OCALL`` or ``FREE``.  `duplex`
    says whether the caller is prepared for OCALLs.  `ocall_id` is that of the request.  `opens` is
    the TA to which it opens a session; then an answer has the temporary id as its `session`.
    Source: <linux/tee.h>, struct tee_ioctl_invoke_arg, struct tee_ioctl_open_session_arg; the
    opening text, struct tee_ioctl_ecall_arg.
    """

    command: int = 0
    params: tuple[Param, ...] = ()
    answers: str = ""
    duplex: bool = False
    ocall_id: int = 0
    memory: str = ""
    """For an answer to ``ALLOC`` the memory that the CA allocated, to ``FREE`` what it freed."""
    ret: Result = Result.SUCCESS
    origin: Origin = Origin.API
    session: str = ""
    opens: str = ""
    room: int = MAX_PARAMS
    """How many parameters there is room for beside that of an OCALL."""


class Held(msgspec.Struct, frozen=True, gc=False):
    """A reference on a memory that somebody has to drop.

    `owner` says who holds it, `why` for what reason it is taken or dropped: so the ledger has it.
    """

    memory: str
    owner: str
    why: str


class Reply(msgspec.Struct, frozen=True, gc=False):
    """What an invoke's ioctl gives back: completion, or a request to the CA.

    `asks` is empty once the invocation is complete, else ``ALLOC``, ``OCALL`` or ``FREE``.
    `size` is that of a requested allocation, in bytes, and `memory` what is to be freed.  `errno`
    is the ioctl's own failure.  `drops` are the references that go before it returns.  `session`
    is the one that was opened, or is to be named in the answer.  `ta` is the TA that asks.  `lost`
    says that the driver does not know any more which memories the ioctl has named.
    """

    asks: str = ""
    command: int = 0
    params: tuple[Param, ...] = ()
    size: int = 0
    memory: str = ""
    ocall_id: int = 0
    ret: Result = Result.SUCCESS
    origin: Origin = Origin.TRUSTED_APP
    errno: int = 0
    drops: tuple[Held, ...] = ()
    session: str = ""
    ta: str = ""
    lost: bool = False


class Msg(msgspec.Struct, frozen=True, gc=False):
    """What the OP-TEE driver asks of secure world with a new call; `cmd` is an OPTEE_MSG_CMD.

    Source: drivers/tee/optee/optee_msg.h, struct optee_msg_arg.
    """

    cmd: str
    client: str
    command: int = 0
    params: tuple[Param, ...] = ()
    memory: str = ""
    session: str = ""
    ta: str = ""
    room: int = 0
    """How many parameters there is room for, where its caller has said so."""


class Rpc(msgspec.Struct, frozen=True, gc=False):
    """What a secure thread asks of the normal world; it is suspended until the answer comes.

    `cmd` says what, `party` which of OP-TEE's parties asks; `size` is in bytes, or in milliseconds
    for a wait.  `waits` is what a sleep waits for, or the thread that a wake-up is meant for; `ta`
    is the TA that an OCALL comes from.
    """

    cmd: str
    thread: str
    party: str
    command: int = 0
    params: tuple[Param, ...] = ()
    size: int = 0
    memory: str = ""
    waits: str = ""
    ta: str = ""
    own: tuple[Param, ...] = ()
    """An OCALL's parameters as its TA has them, which stay behind."""
    mobj: str = ""
    """The object through which they were copied, which stays behind as well."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What resumes a secure thread: the RPC's own result, and what the RPC was asked for.

    A failed RPC has `rpc` other than SUCCESS.  The result of a CA's handler is no result of the
    RPC: it travels in `ret` and `origin`.
    """

    rpc: Result = Result.SUCCESS
    ret: Result = Result.SUCCESS
    origin: Origin = Origin.COMMS
    params: tuple[Param, ...] = ()
    memory: str = ""


class Done(msgspec.Struct, frozen=True, gc=False):
    """A secure thread has run to the end of its call."""

    ret: Result = Result.SUCCESS
    origin: Origin = Origin.TEE
    params: tuple[Param, ...] = ()
    session: str = ""
    """The session that was opened."""
