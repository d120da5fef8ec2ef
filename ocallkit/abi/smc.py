"""Between the OP-TEE driver and OP-TEE: what the registers hold at a secure monitor call.

A call goes in with `a0` a function and comes out with `a0` a return code, or with the code of an
RPC: then the secure thread is suspended until the driver resumes it (``optee_smc.h``).
"""

from enum import IntEnum
from typing import Final

import msgspec

# The SMC calling convention: bit 31 for a call that is not interrupted, bits 24 to 29 the owner.
_FAST: Final = 1 << 31
_TRUSTED_OS: Final = 50 << 24

OPTEE_SMC_RETURN_FROM_RPC: Final = _TRUSTED_OS | 3
OPTEE_SMC_CALL_WITH_ARG: Final = _TRUSTED_OS | 4
OPTEE_SMC_GET_SHM_CONFIG: Final = _FAST | _TRUSTED_OS | 7
OPTEE_SMC_EXCHANGE_CAPABILITIES: Final = _FAST | _TRUSTED_OS | 9
OPTEE_SMC_DISABLE_SHM_CACHE: Final = _FAST | _TRUSTED_OS | 10
OPTEE_SMC_ENABLE_SHM_CACHE: Final = _FAST | _TRUSTED_OS | 11

OPTEE_SMC_SEC_CAP_HAVE_RESERVED_SHM: Final = 1 << 0
OPTEE_SMC_SEC_CAP_UNREGISTERED_SHM: Final = 1 << 1
OPTEE_SMC_SEC_CAP_DYNAMIC_SHM: Final = 1 << 2
OPTEE_SMC_SEC_CAP_VIRTUALIZATION: Final = 1 << 3
OPTEE_SMC_SEC_CAP_MEMREF_NULL: Final = 1 << 4
OPTEE_SMC_SEC_CAP_OCALL: Final = 1 << 5
"""OP-TEE was built with OCALLs.  Later releases use this bit for asynchronous notifications."""

OPTEE_SMC_RETURN_RPC_PREFIX: Final = 0xFFFF0000
"""The upper half of `a0` when it is an RPC; the lower half is then an `RpcFunc`."""

OPTEE_SMC_RETURN_UNKNOWN_FUNCTION: Final = 0xFFFFFFFF
"""OP-TEE does not know the function.  The one code with the RPC prefix that is no RPC."""

_RPC_FUNC_MASK: Final = 0xFFFF
_WORD_BITS: Final = 32
_WORD_MASK: Final = (1 << _WORD_BITS) - 1


class SmcReturn(IntEnum):
    """How a call ended: ``OPTEE_SMC_RETURN_...`` in `a0`."""

    OK = 0
    ETHREAD_LIMIT = 1
    EBUSY = 2
    ERESUME = 3
    EBADADDR = 4
    EBADCMD = 5
    ENOMEM = 6
    ENOTAVAIL = 7


class RpcFunc(IntEnum):
    """What an RPC asks of the driver: ``OPTEE_SMC_RPC_FUNC_...``.

    CMD asks for what the RPC's argument in shared memory says (`optee_msg.RpcCmd`), an OCALL say.
    """

    ALLOC = 0
    FREE = 2
    FOREIGN_INTR = 4
    CMD = 5


class Registers(msgspec.Struct, frozen=True):
    """The registers that carry meaning at a call or a return; the others are zero."""

    a0: int
    a1: int = 0
    a2: int = 0
    a3: int = 0
    a4: int = 0
    a5: int = 0

    def pair(self) -> int:
        """Give the 64-bit value in `a1` (upper half) and `a2` (lower half)."""
        return self.a1 << _WORD_BITS | self.a2


def call_with_arg(parg: int) -> Registers:
    """Give the registers that start a call whose message is at the physical address `parg`."""
    return _with_pair(OPTEE_SMC_CALL_WITH_ARG, parg)


def rpc_cmd(cookie: int, thread_id: int) -> Registers:
    """Give the registers with which the secure thread `thread_id` asks for a command.

    `cookie` names the shared memory in which the RPC's argument lies.

    >>> rpc_cmd(0x1_0000_0002, 1)
    Registers(a0=4294901765, a1=1, a2=2, a3=1, a4=0, a5=0)
    """
    return _with_pair(OPTEE_SMC_RETURN_RPC_PREFIX | RpcFunc.CMD, cookie, thread_id)


def return_from_rpc(rpc: Registers) -> Registers:
    """Give the registers that resume the thread which asked with `rpc`: its own words again."""
    return msgspec.structs.replace(rpc, a0=OPTEE_SMC_RETURN_FROM_RPC)


def rpc_alloc(size: int, thread_id: int) -> Registers:
    """Give the registers with which a secure thread asks for memory for its RPCs' arguments."""
    return Registers(OPTEE_SMC_RETURN_RPC_PREFIX | RpcFunc.ALLOC, size, a3=thread_id)


def return_from_alloc(rpc: Registers, parg: int, cookie: int) -> Registers:
    """Give the registers that bring it: where it lies, and its cookie in `a4` and `a5`."""
    found = _with_pair(OPTEE_SMC_RETURN_FROM_RPC, parg, rpc.a3)
    low = cookie & _WORD_MASK
    return msgspec.structs.replace(found, a4=cookie >> _WORD_BITS, a5=low)


def rpc_free(cookie: int, thread_id: int) -> Registers:
    """Give the registers with which a secure thread gives that memory back."""
    return _with_pair(OPTEE_SMC_RETURN_RPC_PREFIX | RpcFunc.FREE, cookie, thread_id)


def is_rpc(a0: int) -> bool:
    """Tell whether a call came out for an RPC: the prefix is there and the function is known."""
    prefixed = a0 & OPTEE_SMC_RETURN_RPC_PREFIX == OPTEE_SMC_RETURN_RPC_PREFIX
    return prefixed and a0 != OPTEE_SMC_RETURN_UNKNOWN_FUNCTION


def rpc_func(a0: int) -> int:
    """Give what an RPC asks for: an `RpcFunc`, if OP-TEE keeps to them."""
    return a0 & _RPC_FUNC_MASK


def _with_pair(a0: int, pair: int, a3: int = 0) -> Registers:
    if not 0 <= pair < 1 << 2 * _WORD_BITS:
        raise ValueError(f"a1 and a2 hold 64 bits; {pair:#x} does not fit")
    return Registers(a0, pair >> _WORD_BITS, pair & _WORD_MASK, a3)
