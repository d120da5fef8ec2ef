"""Notebooks 15 to 22: the interface, callers, claims, the code, a reader's own, and the words."""

from __future__ import annotations

import re
from inspect import signature
from math import factorial
from typing import Final

from ocallkit import judge, run
from ocallkit.abi.arguments import TeeIoctlParam
from ocallkit.abi.byte_layout import sizeof
from ocallkit.abi.ioctl import TEE_GEN_CAP_OCALL
from ocallkit.abi.ioctl_params import EcallFunc, make_pair
from ocallkit.claims.record import entry, ledger, mainline
from ocallkit.claims.wire import EXTRA
from ocallkit.designs import DESIGNS, EcallBare
from ocallkit.findings.healing import MOST
from ocallkit.judging.misused import tried
from ocallkit.labs.designs import Choice
from ocallkit.lesson import ex_15, ex_16, ex_17, ex_19, ex_21
from ocallkit.lesson.deaths import open_files
from ocallkit.lesson.needed_tables import THREADS
from ocallkit.model.calls import OCALL
from ocallkit.model.events import BANDS, Message
from ocallkit.model.params import MAX_PARAMS, is_memref
from ocallkit.scenarios import ALL
from ocallkit.scenarios.misuse.answering import SIX
from ocallkit.scenarios.misuse.octets import OCTETS
from ocallkit.scenarios.misuse.prelude import TO
from ocallkit.scenarios.misuse.sessions import SESSIONS
from tests.lesson.prose.counted import asked, code, ioctls, outputs, requests, shown
from tests.lesson.prose.saying import Page


def room() -> int:
    """With how many parameters an ioctl carries an OCALL in one of them."""
    return int(shown("15", r"the OCALL is served +(\d) +the OCALL"))


def in_the_rpc() -> int:
    """How many parameters the RPC of an OCALL has."""
    first, others = shown("15", r"in the RPC (\d) \+ (\d)")
    return int(first) + int(others)


def size_passed(name: str) -> int:
    """How many bytes the OCALL of an act of misuse passes in its first buffer."""
    asks = [e for e in tried(name).run.events if isinstance(e, Message) and e.client == "A"]
    params = next(e.params for e in asks if e.label == "RPC/OCALL Req'")
    return next(param.size for param in params if is_memref(param))


def sizes_compared() -> int:
    """What a design that takes any memory does not compare: what was asked for, what was given."""
    return len(signature(EcallBare.takes_memory).parameters) - 1


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


def only_with() -> int:
    """With how many secure threads alone an agent in the kernel keeps everybody else out."""
    return int(shown("20", r"scmi-agent +deadlock \(\d\) +deadlock \(\d\) +deadlock \((\d)\)"))


def decided_bit() -> int:
    """The bit of the capability."""
    return TEE_GEN_CAP_OCALL.bit_length() - 1


PAGES: Final = {
    "15": Page(
        said={
            "## {:W} ioctl, or several": lambda: ioctls("plain-invoke"),
            "Flow {} goes in": lambda: asked("15", r'run\("flow-(\d)", "ecall"\)'),
            "The same {:w} moments": lambda: len(
                re.findall(r'run\("flow-1", "ecall"\)\)\.find\(', code("15"))
            ),
            "holds {:w} numbers": lambda: len(signature(make_pair).parameters),
            "What is asked is {}, `{}`.": lambda: (int(EcallFunc.NONE), EcallFunc.NONE.name),
            "is over when {} is asked": lambda: int(EcallFunc.NONE),
            "In Flow {}, which": lambda: asked("15", r'run\("flow-(\d)", design\)'),
            "## {:W} values\n": back,
            "{:W} threads of a CA": lambda: len(
                ALL["two-threads-two-sessions"].clients[0].programs
            ),
            "with {:w} as it always has": lambda: shown("15", r"a plain invoke +(\d)"),
            "unknown attribute is `{}`": lambda: tried("unknown-bits").answer,
            "So claims C09 and C15 are {}:": lambda: " and ".join(
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
            "command {}. Which": lambda: ex_15.COMMAND,
            "gets the {}. With": lambda: min(shown("15", r"ecall +A: (\d), A\.2: (\d)")),
            "leaves it at {} for": lambda: shown("15", r"meta +A: (\d), A\.2: \d"),
        },
        as_it_is=(
            "The TA of Flow 1",
            "add to Flow 2",
            "OCALL of Flow 1",
        ),
    ),
    "16": Page(
        said={
            "its {:w} requests `ALLOC`, `OCALL` and `FREE`": lambda: requests("flow-2"),
            "cancels it: the TA is told `{}`": lambda: shown("16", r"cancelled: ([A-Z]+_DEAD)"),
            "fails, and the TA is told `{}`": lambda: shown(
                "16", r"names nothing +EINVAL +OP-TEE Driver +cancelled: (\w+)"
            ),
            "{:W} properties say": lambda: len(
                re.findall(r"^[a-z-]+ +(?:No|What) .*\.$", outputs("16"), re.MULTILINE)
            ),
            'told: `"{}"`, `"{}"`, or `"{}"`': lambda: ex_16.ToldToTheTa.names,
            "In the last {:w} rows": lambda: sum(
                act.pending == OCALL and not act.name.startswith("answers") for act in SESSIONS
            ),
            "compare the {:w} sizes": sizes_compared,
            "{:W} of them are about the parameter": lambda: sum(bool(act.only) for act in OCTETS),
            "up to {:w} `ioctl`s": lambda: max(map(len, TO.values())),
            "{:w} bytes where {:w} were passed": lambda: (SIX, size_passed(ex_16.LARGER)),
        },
        as_it_is=("An answer that comes twice", "first answer twice"),
    ),
    "17": Page(
        said={
            "Of the {} claims that are judged {} hold": judged_claims,
            "{:W} secure threads, {:w} registered memories, {:w} CA that": lambda: (
                asked("17", r'"flow-1-two-memrefs", "ecall", threads=(\d)'),
                len(open_files("flow-1-two-memrefs", "ecall")) - 1,
                len(ALL["flow-1-two-memrefs"].clients),
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
        said={"helps, {:w} are tried": lambda: MOST},
        as_it_is=("takes two of them",),
    ),
    "19": Page(
        said={
            'give: `"{}"`, `"{}"`, `"{}"` or `"{}"`': lambda: ex_19.TooLate.names,
            "One OCALL, {:times}": lambda: len(re.findall(r"\n\w[\w-]+ +\d +\d", outputs("19"))),
            "(`{}` is what OP-TEE": lambda: shown("19", r"queued +queued +(\w+)"),
            "{:w} arguments are in it": lambda: sum("JW" in one.source for one in mainline()),
        },
        as_it_is=(
            "for the driver's `ENODEV`.)",
            "between the two, and",
        ),
    ),
    "20": Page(
        said={
            "*({})* says that it is so with {:w} secure thread only": lambda: (
                only_with(),
                only_with(),
            ),
            "a {:th} secure thread, calls": lambda: max(THREADS) + 1,
            "With {:w} secure thread nobody": only_with,
        },
    ),
    "21": Page(
        said={
            "differ in {:w} decisions": lambda: len(Choice.__struct_fields__),
            "that the {:w} decisions make": lambda: len(Choice.__struct_fields__),
            "It has {:w} files open": lambda: len(open_files("flow-1-memref", "ecall")),
            "has a {:th} file": lambda: len(open_files("flow-1-memref", "ocall-fd")),
            "Try the {:w} orders": lambda: factorial(len(open_files("flow-1-memref", "ocall-fd"))),
            "choose {:w} secure thread": lambda: next(
                threads
                for threads in (1, 2, 3)
                if judge("spare-memory", "held-refs-pre-release", threads=threads).violations
            ),
            "`held-refs`, {:w} secure threads": lambda: ex_21.THREADS,
            "everything (with {:w} secure threads)": lambda: ex_21.THREADS,
            "with {:w} secure threads and is *none* of the {:w}": lambda: (
                ex_21.THREADS,
                len(DESIGNS),
            ),
        },
        as_it_is=("between two messages", "the two are side by side"),
    ),
    "22": Page(
        said={
            "a command and {:w} parameters": lambda: MAX_PARAMS,
            "libteec, {:w} drivers, an SMC": drivers,
            "each CA invokes {:times}": lambda: sum(
                isinstance(e, Message) and e.label.startswith("TEE_IOC_INVOKE")
                for e in run("plain-invoke", rounds=2).events
            ),
        },
        as_it_is=("does Flow 2 take",),
    ),
}
