"""Notebooks 00 to 04: the picture, an ordinary invoke, the two flows, and their bytes."""

from __future__ import annotations

from typing import Final

from ocallkit import run
from ocallkit.api import Scenario, plain_ta, with_memory
from ocallkit.claims.turns import turns
from ocallkit.claims.wire import needed
from ocallkit.judging.verdict import Question
from ocallkit.lesson import ex_01, ex_02, ex_03, ex_04
from ocallkit.model.events import BANDS, Message, Note
from ocallkit.model.params import MAX_PARAMS, is_memref
from ocallkit.scenarios.riddle import ASKED, FROM_CA, FROM_TA, SENT, riddle
from ocallkit.view.hops import hops
from ocallkit.view.hops_table import dump  # noqa: F401
from tests.lesson.prose.counted import asked, border, held, ioctls, told
from tests.lesson.prose.saying import Page


def services(scenario: str) -> int:
    """How many times a CA is in user space to do what it is asked."""
    return sum(isinstance(event, Note) for event in run(scenario).events)


def request(scenario: Scenario | str) -> Message:
    """The OCALL as it leaves secure world."""
    return hops(run(scenario)).find("OCALL PTA -[RPC/OCALL Req']-> OP-TEE Driver").message


def kinds() -> int:
    """How many kinds of records count references in a call with memory."""
    path = run(Scenario("a call", "with memory", with_memory(("memref",), None), plain_ta))
    targets = {event.target for event in path.events if type(event).__name__ == "Get"}
    return len({target.split()[0] for target in targets})


def most_taken(scenario: str) -> int:
    """How many secure threads a run takes at once, at most."""
    steps = run(scenario).steps
    return max(
        sum(one.state != "free" for one in step.world.by_number().values()) for step in steps
    )


PARAM: Final = 32
"""The size of a parameter of an ioctl, which `tests/abi` compares with a compiler's."""


def refused() -> str:
    """What the CA gets for three parameters."""
    return run(riddle(sent=SENT[:3])).results["A"].ret.name


PAGES: Final = {
    "00": Page(
        said={
            "{:W} bands": lambda: len(BANDS),
            "references of Flow {}": lambda: asked("00", r'run\("flow-(\d)"\)\.timeline'),
        },
        as_it_is=(" ten minutes", "pull request 72"),
    ),
    "01": Page(
        said={
            "up to {:w} parameters": lambda: MAX_PARAMS,
            "`{}` means that the TA": lambda: run("plain-invoke").results["A"].origin,
            "Here are {:w} threads, and {:w} clients": lambda: asked(
                "01", r"run\(calls, threads=(\d), clients=(\d)"
            ),
            "The same {:w} calls": lambda: asked("01", r"threads=1, clients=(\d)"),
            "with {:w} secure thread.": lambda: asked("01", r"threads=(\d), clients=2, schedule=turns\(\"A{7}B{7}A{3}B"),
            "{:W} records do that": kinds,
            "and {:w} secure thread carries it": lambda: most_taken("plain-invoke"),
            "suspended {:times} before": lambda: ex_01.WAITS,
        },
        as_it_is=(
            "## Two numbers in, one number out",
            "two 32-bit numbers",
            "*before 1*",
            "names it in two parameters",
            "Two secure threads, three clients",
        ),
    ),
    "02": Page(
        said={
            "Only {:w} messages cross": lambda: border("flow-1"),
            "OP-TEE was built with {:w} secure threads": lambda: asked("02", r'"flow-1", threads=(\d)\)'),
            "{:W} clients run the same program": lambda: asked("02", r"clients=(\d), threads=2"),
            "there are {:w} threads": lambda: asked("02", r"clients=3, threads=(\d)"),
            "a TA makes {:w} OCALLs": lambda: ex_02.OCALLS,
            "a command and {:w} parameters": lambda: MAX_PARAMS,
            "Asked for command {}": lambda: ex_02.NUMBER,
            "{:W} thread is suspended": lambda: most_taken("flow-1"),
        },
        as_it_is=(
            "passes two numbers",
            "*Flow 1*",
            "for two CAs that it does not know",
            "between the two designs",
            "what the two drivers hand up",
            "packs two numbers",
            "what these two are for",
            "here with two numbers",
            "ask twice",
            "is two hops",
            "counted from 0",
            "and 0 behind the last",
        ),
    ),
    "03": Page(
        said={
            "in user space {:w} times": lambda: services("flow-2"),
            "suspended in all {:w}": lambda: services("flow-2"),
            "up to {:w} parameters": lambda: MAX_PARAMS,
            "a buffer of {} bytes, a value, an output buffer of {} bytes and a buffer of {} bytes": (
                lambda: ex_03.SIZES
            ),
            "its {:w} references name": lambda: 3,
            "`tee_shm` has {:w} owners": lambda: 2,
            "Flow 1 takes {:w} `ioctl` calls": lambda: ioctls("flow-1"),
        },
        as_it_is=("than two numbers", "*Flow 2*", "between two `ioctl` calls"),
    ),
    "04": Page(
        said={
            "the TA with {:w} parameters": lambda: len(SENT),
            "also with {:w}": lambda: len(ASKED),
            "`A.tmp2+{}, {} bytes`": lambda: (0, len(FROM_CA)),
            "CA's {:w} buffers": lambda: sum(map(is_memref, SENT)),
            "its {:w} parameters, that no": lambda: len(SENT),
            "gets `{}`.": refused,
            "passes three parameters instead of {:w}": lambda: len(SENT),
            "refuses with `{}`": refused,
            "and {} bytes for each parameter": lambda: PARAM,
            "last buffer has {} bytes": lambda: ex_04.TOO_SMALL,
            "memory id of the {:th} parameter": lambda: len(SENT),
            "names one memory {:times}, at {:w} offsets": lambda: (
                len([p for p in request(riddle()).params if p.memory]),
                len({p.offset for p in request(riddle()).params if p.memory}),
            ),
        },
        as_it_is=(),
    ),
}
