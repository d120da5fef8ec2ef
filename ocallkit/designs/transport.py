"""Two ways for an OCALL to cross between the TEE driver and the CA.

The opening text has an ioctl of its own for it; HernanGatta then asked in PR 72 whether one
more parameter of TEE_IOC_INVOKE would not do.  What crosses is the same.  `structures` has what
either writes into memory.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ocallkit.abi import ioctl
from ocallkit.abi.ioctl_params import EcallFunc, OcallFunc
from ocallkit.designs import structures
from ocallkit.model.calls import ALLOC, FREE, OCALL, Arg, Reply
from ocallkit.model.config import DEFAULT_TA
from ocallkit.model.optee import func_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocallkit.designs.structures import Structure

Words = tuple[tuple[str, int | str], ...]


class OneIoctl:
    """What both have in common: one ioctl, and a number for what is asked or answered."""

    name: ClassVar[str]
    request: ClassVar[int]
    funcs: ClassVar[Mapping[str, int]]
    while_opening: ClassVar[bool] = True
    numbers_ocalls: ClassVar[bool] = False
    numbers_requests: ClassVar[bool] = False
    structure: ClassVar[type[Structure]]

    @cached_property
    def octets(self) -> Structure:
        """What writes the ioctl's argument into memory, and reads it there."""
        return self.structure(self.funcs)

    def ioctl(self, arg: Arg) -> str:
        """The ioctl and what it is for."""
        return f"{self.name}/{func_name(arg.answers)}"


class EcallIoctl(OneIoctl):
    """An ioctl of its own (the opening text): `func` and `ocall_id` beside the parameters.

    It invokes, and needs a session for that: TEE_IOC_OPEN_SESSION stays as it was, and has no place
    for an OCALL.
    """

    name = "TEE_IOC_ECALL"
    request = ioctl.TEE_IOC_ECALL
    while_opening = False
    numbers_ocalls = True
    structure = structures.EcallArg
    funcs: ClassVar[Mapping[str, int]] = {
        ALLOC: EcallFunc.SHM_ALLOC,
        OCALL: EcallFunc.INVOKE,
        FREE: EcallFunc.SHM_FREE,
    }

    def words(self, arg: Arg | Reply) -> Words:
        """struct tee_ioctl_ecall_arg: state of the cycle, command either way, context."""
        func = arg.answers if isinstance(arg, Arg) else arg.asks
        code = self.funcs.get(func, 0)
        cycle = (("func", int(code)), ("cmd_id", arg.command), ("ocall_id", arg.ocall_id))
        return (*cycle, *_extent(arg))


class MetaParameter(OneIoctl):
    """A request and its answer name a function and a command, and not which request it is.

    They stand in one more parameter of TEE_IOC_INVOKE (HernanGatta).  TEE_IOC_OPEN_SESSION has
    parameters as well, and takes it like any other.

    Source: call.c, verify_ocall_reply(); tee.h, the pair of an OCALL.
    """

    name = "TEE_IOC_INVOKE"
    request = ioctl.TEE_IOC_INVOKE
    structure: ClassVar[type[structures.OcallParam]] = structures.OcallParam
    funcs: ClassVar[Mapping[str, int]] = {
        ALLOC: OcallFunc.SHM_ALLOC,
        OCALL: OcallFunc.INVOKE,
        FREE: OcallFunc.SHM_FREE,
    }

    @cached_property
    def octets(self) -> structures.OcallParam:
        """What writes the ioctl's argument into memory, with the pair that stands in it."""
        return self.structure(self.funcs)

    def words(self, arg: Arg | Reply) -> Words:
        """The invocation's command, and value.a of the extra parameter."""
        func = arg.answers if isinstance(arg, Arg) else arg.asks
        command = arg.command if func == OCALL else 0
        pair = 0
        if func in self.funcs:
            pair = self.octets.pair(int(self.funcs[func]), arg.ocall_id, command)
        invoked = arg.command if isinstance(arg, Arg) and not func else 0
        return (("func", invoked), ("ocall.a", f"{pair:#x}"), *_extent(arg))


class SupplicantIoctls(OneIoctl):
    """The ioctls of the supplicant for OCALLs too, as later kernels have it for callback objects.

    TEE_IOC_INVOKE comes back when its invocation is complete and never before.
    """

    name = "TEE_IOC_INVOKE"
    request = ioctl.TEE_IOC_INVOKE
    numbers_ocalls = True
    structure = structures.PlainArg
    funcs: ClassVar[Mapping[str, int]] = {ALLOC: 0, OCALL: 0, FREE: 0}

    def ioctl(self, arg: Arg) -> str:
        """An answer has an ioctl of its own."""
        return "TEE_IOC_SUPPL_SEND" if arg.answers else self.name

    def words(self, arg: Arg | Reply) -> Words:
        """The invocation's command; of a request what it asks, and the number that it goes by."""
        asks = arg.answers if isinstance(arg, Arg) else arg.asks
        if not asks:
            return (("func", arg.command), *_extent(arg))
        return (("id", arg.ocall_id), ("op", asks), ("cmd_id", arg.command), *_extent(arg))


class NumberedParameter(MetaParameter):
    """Each request has a number beside its function, in the same parameter.

    An answer that was meant for an earlier request names that one's number.
    """

    numbers_requests = True
    structure = structures.NumberedParam


def _extent(arg: Arg | Reply) -> Words:
    """What a request asks for, or how it was answered: the same values in either transport."""
    words: list[tuple[str, int | str]] = []
    if isinstance(arg, Reply) and arg.asks == ALLOC:
        words.append(("size", arg.size))
    if isinstance(arg, Arg) and arg.answers:
        words += [("ret", arg.ret.name), ("origin", arg.origin.name)]
    if isinstance(arg, Reply) and arg.ta not in {"", DEFAULT_TA}:
        words.append(("ta", str(arg.ta)))
    if arg.memory and (arg.answers == ALLOC if isinstance(arg, Arg) else arg.asks == FREE):
        words.append(("memory", arg.memory))
    return tuple(words)
