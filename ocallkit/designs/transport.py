"""Two ways for an OCALL to cross between the TEE driver and the CA."""

from __future__ import annotations

from typing import ClassVar

from ocallkit.abi.params import EcallFunc, OcallFunc, make_pair
from ocallkit.model.calls import ALLOC, FREE, OCALL, Arg, Reply
from ocallkit.model.optee import FUNC_NAMES

Words = tuple[tuple[str, int | str], ...]


class EcallIoctl:
    """An ioctl of its own (the opening text): `func` and `ocall_id` beside the parameters."""

    name = "TEE_IOC_ECALL"
    funcs: ClassVar = {
        ALLOC: EcallFunc.SHM_ALLOC,
        OCALL: EcallFunc.INVOKE,
        FREE: EcallFunc.SHM_FREE,
    }

    def ioctl(self, arg: Arg) -> str:
        """The ioctl and what it is for."""
        return f"{self.name}/{FUNC_NAMES[arg.answers]}"

    def words(self, arg: Arg | Reply) -> Words:
        """struct tee_ioctl_ecall_arg: state of the cycle, command either way, context."""
        func = arg.answers if isinstance(arg, Arg) else arg.asks
        code = int(self.funcs[func]) if func else 0
        cycle = (("func", code), ("cmd_id", arg.command), ("ocall_id", arg.ocall_id))
        return (*cycle, *_extent(arg))


class MetaParameter:
    """One more parameter of TEE_IOC_INVOKE (HernanGatta): a pair of function and command."""

    name = "TEE_IOC_INVOKE"
    funcs: ClassVar = {
        ALLOC: OcallFunc.SHM_ALLOC,
        OCALL: OcallFunc.INVOKE,
        FREE: OcallFunc.SHM_FREE,
    }

    def ioctl(self, arg: Arg) -> str:
        """The ioctl and what its extra parameter says."""
        return f"{self.name}/{FUNC_NAMES[arg.answers]}"

    def words(self, arg: Arg | Reply) -> Words:
        """The invocation's command, and value.a of the extra parameter."""
        func = arg.answers if isinstance(arg, Arg) else arg.asks
        command = arg.command if func == OCALL else 0
        pair = make_pair(int(self.funcs[func]), command) if func else 0
        invoked = arg.command if isinstance(arg, Arg) and not func else 0
        return (("func", invoked), ("ocall.a", f"{pair:#x}"), *_extent(arg))


def _extent(arg: Arg | Reply) -> Words:
    """What a request asks for, or how it was answered: the same values in either transport."""
    words: list[tuple[str, int | str]] = []
    if isinstance(arg, Reply) and arg.asks == ALLOC:
        words.append(("size", arg.size))
    if isinstance(arg, Arg) and arg.answers:
        words += [("ret", arg.ret.name), ("origin", arg.origin.name)]
    if arg.memory and (isinstance(arg, Arg) or arg.asks == FREE):
        words.append(("memory", arg.memory))
    return tuple(words)
