"""Notebooks 00 to 04: the picture, an ordinary invoke, the two flows, and their bytes."""

from __future__ import annotations

import re
from inspect import signature
from typing import TYPE_CHECKING, Final

from ocallkit import run
from ocallkit.abi.arguments import TeeIoctlParam
from ocallkit.abi.byte_layout import sizeof
from ocallkit.abi.ioctl_params import make_pair
from ocallkit.api import (
    INOUT,
    Result,
    Scenario,
    TEE_InvokeCACommand,
    plain_ta,
    value,
    with_memory,
)
from ocallkit.claims.flows import FLOWS
from ocallkit.claims.wire import EXTRA, needed
from ocallkit.judging.verdict import Question
from ocallkit.lesson import ex_01, ex_02, ex_03, ex_04
from ocallkit.lesson.programs import once
from ocallkit.model.events import BANDS, Get, Message, Param, Thread
from ocallkit.model.params import MAX_PARAMS, U32_MAX, is_memref
from ocallkit.scenarios.riddle import ASKED, FROM_CA, SENT, riddle
from ocallkit.view.buffers import buffers
from ocallkit.view.hops import hops
from ocallkit.view.ledger import ledger
from tests.lesson.prose.counted import (
    asked,
    border,
    code,
    ioctls,
    ocalls,
    outputs,
    requests,
    shown,
    told,
)
from tests.lesson.prose.saying import Page

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.params import Params

ONLY: Final = 7
"""The only number of a CA that is asked for its numbers."""


def request(scenario: Scenario | str) -> Message:
    """The OCALL as it leaves secure world."""
    return hops(run(scenario)).find("OCALL PTA -[RPC/OCALL Req']-> OP-TEE Driver").message


def more() -> list[str]:
    """The fields that an OCALL needs, out and back, and a plain invoke does not have."""
    cell = Question("flow-1", "ecall")
    return [field for field in EXTRA if {field} <= {*needed(cell, "out")} & {*needed(cell, "in")}]


def holders() -> tuple[str, ...]:
    """Who holds the OCALL's memory while the CA services it."""
    path = run("flow-2")
    book = ledger(path)
    asked_for = hops(path).find("TEE Driver -[ret]-> CA", 2)
    return next(b.owners for b in book.after(asked_for.number) if b.target == "tee_shm A.ocall")


def packed() -> int:
    """How many of the OCALL's parameters on the page are in its memory."""
    listed = re.search(r"asked = \((tempref.*)\)", code("03"))
    assert listed
    return listed[1].count("tempref(")


def answered() -> int:
    """How many numbers the handler's answer has that were not asked."""
    path = run(riddle())
    message = hops(path).find("CA -[TEE_IOC_ECALL/OCALL Complete]-> TEE Driver").message
    pairs = zip(message.params, request(riddle()).params, strict=True)
    changed = [(new, old) for new, old in pairs if not new.memory and new != old]
    return sum((new.a != old.a) + (new.b != old.b) for new, old in changed)


def kinds() -> int:
    """How many kinds of records count references in a call with memory."""
    path = run(Scenario("a call", "with memory", with_memory(("memref",), None), plain_ta))
    targets = {event.target for event in path.events if isinstance(event, Get)}
    return len({target.split()[0] for target in targets})


def threads_used(scenario: str) -> int:
    """How many secure threads carry a run's calls."""
    return len({event.thread for event in run(scenario).events if isinstance(event, Thread)})


def refused() -> Result:
    """What the CA gets for three parameters."""
    found: Result = run(riddle(sent=SENT[:3])).results["A"].ret
    return found


def numbers(*params: Param) -> int:
    """How many numbers the values among them carry: as many as `value` takes behind the kind."""
    each = len(signature(value).parameters) - 1
    return sum(each for param in params if param.attr.startswith("VALUE"))


def answers() -> list[int]:
    """What a CA with one number answers for the first two places."""

    def asks(_command: int, _params: Params) -> Steps:
        for place in (0, 1):
            yield from TEE_InvokeCACommand(ex_02.NUMBER, (value(INOUT, place),))

    back = [e for e in ex_02.play(asks, [ONLY]).events if isinstance(e, Message)]
    return [e.params[0].a for e in back if (e.source, e.target) == ("OCALL PTA", "TA")]


def told_size(design: str) -> int:
    """How long the TA is told that the answer is."""
    message = hops(run(riddle(), design)).find("OCALL PTA -[ret]-> TA").message
    return message.params[-1].size


def last_func() -> str:
    """What the CA finds in `func` when its invocation is complete."""
    end = buffers(run("flow-1")).find("TEE_IOC_ECALL", "out", ioctls("flow-1"))
    func = next(row.value for row in end.rows if row.field == "func")
    return func.split()[-1]


PAGES: Final = {
    "00": Page(
        said={
            "{:W} bands": lambda: len(BANDS),
            "a test that needs {:w} parameters": lambda: shown(
                "15", r"the OCALL is served +(\d) +the OCALL"
            ),
            "a new `ioctl`, {:w} flows": lambda: len(FLOWS),
        },
        as_it_is=(
            " ten minutes",
            "pull request 72",
            "| 2020 |",
            "| 2021 |",
        ),
    ),
    "01": Page(
        said={
            "up to {:w} parameters": lambda: MAX_PARAMS,
            "`{}` is the TA itself": lambda: (
                run(Scenario("call", "no OCALL", once(0), plain_ta)).results["A"].origin
            ),
            "Here are {:w} secure threads, and {:w} clients": lambda: asked(
                "01", r"run\(calls, threads=(\d), clients=(\d)"
            ),
            "The same {:w} calls": lambda: asked("01", r"threads=1, clients=(\d)"),
            "with {:w} secure thread.": lambda: asked("01", r"threads=(\d), .*turns\(\"A{7}B{7}A"),
            "{:W} records do that": kinds,
            "and {:w} secure thread carries it": lambda: threads_used("plain-invoke"),
            "suspended {:times} before": lambda: ex_01.WAITS,
            "## {:W} numbers in, one number out": lambda: numbers(value(INOUT)),
            "a *value*, {:w} {}-bit numbers": lambda: (
                numbers(value(INOUT)),
                U32_MAX.bit_length(),
            ),
            "the line *before {}*": lambda: hops(run("plain-invoke")).rows[0].number,
            "names it in {:w} parameters": lambda: (
                ex_01.CountedTwice().owners().count("ioctl Func Invoke")
            ),
            "**2.** {:W} secure threads, {:w} clients": lambda: (ex_01.THREADS, ex_01.CLIENTS),
        },
    ),
    "02": Page(
        said={
            "it passes {:w} numbers and no memory": lambda: numbers(*request("flow-1").params),
            "calls it *Flow {}*": lambda: asked("02", r'thread_text\("flow-(\d)"'),
            "at each of the {:w} returns": lambda: ioctls("flow-1"),
            "Only {:w} messages cross": lambda: border("flow-1"),
            "and {:w} numbers more, `func` and `ocall_id`": lambda: len(more()),
            "Its `func` is `{}`": last_func,
            "- {:W} numbers, `func` and `ocall_id`,": lambda: len(more()),
            "OP-TEE was built with {:w} secure threads": lambda: asked(
                "02", r'"flow-1", threads=(\d)\)'
            ),
            "{:W} clients run the same program": lambda: asked("02", r"clients=(\d), threads=2"),
            "there are {:w} secure threads": lambda: asked("02", r"clients=3, threads=(\d)"),
            "a TA makes {:w} OCALLs": lambda: ex_02.OCALLS,
            "a command and {:w} parameters": lambda: MAX_PARAMS,
            "Asked for command {}": lambda: ex_02.NUMBER,
            "{:W} secure thread is suspended": lambda: threads_used("flow-1"),
            "for {:w} CAs that it does not know": lambda: outputs("02").count(
                "never answers its OCALL"
            ),
            "differ between the {:w} designs": lambda: len(
                shown("02", r"message +(ecall) +(meta)")
            ),
            "Its `a` packs {:w} numbers": lambda: len(signature(make_pair).parameters),
            "counted from {}, its handler gives the number there in `a`, and {} behind": lambda: (
                answers().index(ONLY),
                answers()[-1],
            ),
            "its last return is {:w} hops": lambda: len(
                shown("02", r"then [^\n]*?  +(\d+), (\d+)\n")
            ),
        },
        as_it_is=("ask twice",),
    ),
    "03": Page(
        said={
            "than {:w} numbers": lambda: numbers(value(INOUT)),
            "calls this *Flow {}*": lambda: asked("03", r'thread_text\("flow-(\d)"'),
            "in user space {:w} times": lambda: requests("flow-2"),
            "suspended in all {:w}": lambda: requests("flow-2"),
            "up to {:w} parameters": lambda: MAX_PARAMS,
            "a buffer of {} bytes, a value, an output buffer of {} bytes and a buffer of {}": (
                lambda: ex_03.SIZES
            ),
            "request's {:w} references name": packed,
            "a TA makes {:w} OCALLs, each with a buffer": lambda: ocalls("two-ocalls"),
            "`tee_shm` has {:w} owners": lambda: len(holders()),
            "Flow {} takes {:w} `ioctl` calls": lambda: (1, ioctls("flow-1")),
            "memory takes {:w} `ioctl` calls, where one without takes {:w}": lambda: (
                ioctls("flow-2"),
                ioctls("flow-1"),
            ),
        },
        as_it_is=("between two `ioctl` calls",),
    ),
    "04": Page(
        said={
            "the TA with {:w} parameters": lambda: len(SENT),
            "also with {:w}": lambda: len(ASKED),
            "`A.tmp2+{}, {} bytes`": lambda: (0, len(FROM_CA)),
            "It is Flow {}; only": lambda: asked("04", r'run\("flow-(\d)"\)\.text\(\)'),
            "size of the answer, {} bytes": lambda: told_size("ecall"),
            "A *value* is {:w} {}-bit numbers": lambda: (
                numbers(value(INOUT)),
                U32_MAX.bit_length(),
            ),
            "The {:w} numbers of a value": lambda: numbers(value(INOUT)),
            "The {:w} buffers lie": lambda: sum(map(is_memref, ASKED)),
            "answers with {:w} numbers": answered,
            "CA's {:w} buffers": lambda: sum(map(is_memref, SENT)),
            "its {:w} parameters, that no": lambda: len(SENT),
            "gets `{}`.": refused,
            "`{}` is the TA; `{}`, which is new": lambda: (
                run(riddle(sent=SENT[:3])).results["A"].origin,
                told(run(riddle(asked=ASKED[:3])), "OCALL PTA", "TA")["origin"],
            ),
            "passes {:w} parameters instead of {:w}": lambda: (
                asked("04", r"sent=SENT\[:(\d)\]"),
                len(SENT),
            ),
            "refuses with `{}`": refused,
            "and {} bytes for each parameter": lambda: sizeof(TeeIoctlParam),
            "last buffer has {} bytes": lambda: ex_04.TOO_SMALL,
            "memory id of the {:th} parameter": lambda: len(SENT),
            "names one memory {:times}, at {:w} offsets": lambda: (
                len([p for p in request(riddle()).params if p.memory]),
                len({p.offset for p in request(riddle()).params if p.memory}),
            ),
        },
        as_it_is=(
            "two programs are those",
            "pull request 64",
        ),
    ),
}
