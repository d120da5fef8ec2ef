"""Notebooks 15 to 22: the interface, callers, claims, the code, a reader's own, and the words."""

from __future__ import annotations

import re
from math import factorial
from typing import Final

from ocallkit.abi.arguments import TeeIoctlParam
from ocallkit.abi.byte_layout import sizeof
from ocallkit.abi.ioctl import TEE_GEN_CAP_OCALL
from ocallkit.abi.ioctl_params import EcallFunc
from ocallkit.claims.record import entry, ledger
from ocallkit.claims.wire import EXTRA
from ocallkit.designs import DESIGNS
from ocallkit.labs.designs import Choice
from ocallkit.lesson import ex_15, ex_16, ex_17, ex_19, ex_21
from ocallkit.lesson.deaths import open_files
from ocallkit.model.events import BANDS
from ocallkit.model.params import MAX_PARAMS
from tests.lesson.prose.counted import asked, outputs, requests, shown
from tests.lesson.prose.saying import Page


def room() -> int:
    """With how many parameters an ioctl carries an OCALL in one of them."""
    return int(shown("15", r"the OCALL is served +(\d) +the OCALL"))


def in_the_rpc() -> int:
    """How many parameters the RPC of an OCALL has."""
    first, others = shown("15", r"in the RPC (\d) \+ (\d)")
    return int(first) + int(others)


def drivers() -> int:
    """How many drivers a call goes through."""
    return sum(party.endswith("Driver") for party in BANDS["kernel"])


def judged_claims() -> tuple[int, int]:
    """How many claims of the thread are judged, and how many of them hold everywhere."""
    verdicts = [one.verdict for one in ledger()]
    decided = [one for one in verdicts if one in ("holds", "refined", "refuted")]
    return len(decided), decided.count("holds")


def back() -> int:
    """How many fields have to come back with an answer."""
    return sum(shown("15", rf"\n{field} +(?:needed|-) +(needed|-)") == "needed" for field in EXTRA)


def decided_bit() -> int:
    """The bit of the capability."""
    return TEE_GEN_CAP_OCALL.bit_length() - 1


PAGES: Final = {
    "15": Page(
        said={
            "By the function: {}.": lambda: int(EcallFunc.NONE),
            "a function of {} says": lambda: int(EcallFunc.NONE),
            "Claims C09 and C15 are {} by that": lambda: " and ".join(
                dict.fromkeys((entry("C09").verdict, entry("C15").verdict))
            ),
            "Which of the {:w} fields": lambda: len(EXTRA),
            "## What the {:th} parameter": room,
            "## {:W} at least": room,
            "it takes {:w} parameters at least": room,
            "hands on {:w} parameters": lambda: MAX_PARAMS,
            "none to {:w} beside": lambda: MAX_PARAMS,
            "the {:w} of the `ioctl` and the {:w} of the RPC": lambda: (room(), in_the_rpc()),
            "the first {:w} are the command": lambda: in_the_rpc() - MAX_PARAMS,
            "CA's stead: `{}`": lambda: shown("15", r"is told +(\w+) +NOT_IMPLEMENTED"),
            "tries: bit {} of": decided_bit,
            "finds bit {} set": decided_bit,
            "`{}` comes from the TA's": lambda: shown("15", r"is told +\w+ +(\w+)"),
            "- {:W} values have to come back": back,
            "parameter costs {} bytes": lambda: sizeof(TeeIoctlParam),
            "and {:w} more parameters of room: {:w} at the `ioctl`, {:w} in the message,"
            " {:w} in the RPC, {:w} at the handler": lambda: (
                MAX_PARAMS,
                room(),
                shown("15", r"in the message to OP-TEE (\d)"),
                in_the_rpc(),
                shown("15", r"the handler gets (\d)"),
            ),
            "says so: `{}` from libteec, `{}` from a driver, `{}` to a TA": lambda: (
                shown("15", r"a handler +SUCCESS +(\w+)"),
                shown("15", r"nothing is wrong +(\w+)"),
                shown("15", r"is told +\w+ +(\w+)"),
            ),
            "function {}. Which": lambda: ex_15.COMMAND,
            "gets the {}. With": lambda: min(shown("15", r"ecall +A: (\d), A\.2: (\d)")),
            "leaves it at {} for": lambda: shown("15", r"meta +A: (\d), A\.2: \d"),
        },
        as_it_is=(
            "One ioctl, or several",
            "Four parties can refuse",
            "The same two moments",
            "holds two numbers",
            "Two values\n",
            "The TA of Flow 1",
            "unknown attribute is `EINVAL`",
            "add to Flow 2",
            "OCALL of Flow 1",
        ),
    ),
    "16": Page(
        said={
            "its {:w} requests `ALLOC`, `OCALL` and `FREE`": lambda: requests("flow-2"),
            "the TA is told `{}`. A second": lambda: shown("16", r"cancelled: ([A-Z]+_DEAD)"),
            "the TA is told `{}`. Memory": lambda: shown(
                "16", r"names nothing +EINVAL +OP-TEE Driver +cancelled: (\w+)"
            ),
            "{:W} properties say": lambda: len(
                re.findall(r"^[a-z-]+ +(?:No|What) .*\.$", outputs("16"), re.MULTILINE)
            ),
            'told: `"{}"`, `"{}"`, or `"{}"`': lambda: ex_16.ToldToTheTa.names,
        },
        as_it_is=(
            "compare the two sizes",
            "up to three `ioctl`s",
            "An answer that comes twice",
            "first answer twice",
            "six octets where four",
        ),
    ),
    "17": Page(
        said={
            "Of the {} claims that are judged {} hold": judged_claims,
            "{:W} secure threads, {:w} registered memories": lambda: (
                asked("17", r'"flow-1-two-memrefs", "ecall", threads=(\d)'),
                len(open_files("flow-1-two-memrefs", "ecall")) - 1,
            ),
            "C38b is {}:": lambda: entry("C38b").verdict,
            "C40 says so, and is {}:": lambda: entry("C40").verdict,
            "C44 stays {}:": lambda: entry("C44").verdict,
            "**2.** {:W} secure threads": lambda: ex_17.THREADS,
            "has taken all {:w}": lambda: ex_17.THREADS,
        },
        as_it_is=(
            "second and third memory",
            "memories, one CA that dies",
            "C64 lacks one reference: that of the pending request",
        ),
    ),
    "18": Page(
        said={},
        as_it_is=(
            "takes two of them",
            "facts 2.7",
            "with two processes, with processes of two threads",
            "helps, two are tried",
        ),
    ),
    "19": Page(
        said={
            'give: `"{}"`, `"{}"`, `"{}"` or `"{}"`': lambda: ex_19.TooLate.names,
        },
        as_it_is=(
            "One OCALL, twice",
            "(`TARGET_DEAD` is what OP-TEE has for the driver's `ENODEV`.)",
            "two arguments are in it",
            "between the two, and",
        ),
    ),
    "20": Page(
        said={},
        as_it_is=(),
    ),
    "21": Page(
        said={
            "differ in {:w} decisions": lambda: len(Choice.__struct_fields__),
            "that the {:w} decisions make": lambda: len(Choice.__struct_fields__),
            "It has {:w} files open": lambda: len(open_files("flow-1-memref", "ecall")),
            "has a {:th} file": lambda: len(open_files("flow-1-memref", "ocall-fd")),
            "Try the {:w} orders": lambda: factorial(len(open_files("flow-1-memref", "ocall-fd"))),
            "`held-refs`, {:w} secure threads": lambda: ex_21.THREADS,
            "everything (with {:w} secure threads)": lambda: ex_21.THREADS,
            "with {:w} secure threads and is *none* of the {:w}": lambda: (
                ex_21.THREADS,
                len(DESIGNS),
            ),
        },
        as_it_is=(
            "between two messages",
            "the two are side by side",
        ),
    ),
    "22": Page(
        said={
            "a command and {:w} parameters": lambda: MAX_PARAMS,
            "libteec, {:w} drivers, an SMC": drivers,
        },
        as_it_is=("does Flow 2 take",),
    ),
}
