"""Notebooks 05 to 07: a CA that dies, without memory and with it, and the deadlock."""

from __future__ import annotations

import re
from math import factorial
from typing import Final

from ocallkit import replay
from ocallkit.api import EcallBare
from ocallkit.judging.assembly import CLIENT_NAMES
from ocallkit.judging.comparing.two_designs import difference
from ocallkit.lesson import ex_05, ex_06, ex_07
from ocallkit.lesson.deaths import open_files
from ocallkit.model.events import Message
from ocallkit.view.waits import waits_picture
from tests.lesson.prose.counted import asked, ocalls, requests, taken, told, verdict
from tests.lesson.prose.saying import Page

BARE: Final = "flow-1/ecall-bare/t2/c1/A:kill@OCALL"
"""A death without memory."""
DEADLOCK: Final = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"
"""The deadlock of notebook 07."""

RESUME: Final = "SMC/RPC Resume"


def suspended(token: str) -> int:
    """The number of the secure thread that waits for its CA in the end."""
    threads = replay(token).world.by_number().items()
    return next(number for number, thread in threads if thread.rpc == "OCALL")


def waiting(token: str) -> tuple[int, int]:
    """The number of the secure thread that waits for another, and that other's."""
    found = [n for n, thread in replay(token).world.by_number().items() if thread.waits]
    (waits,) = found
    return waits, suspended(token)


def cancelled(token: str) -> dict[str, int | str]:
    """What the TA of a cancelled OCALL is told."""
    return told(replay(token), "OCALL PTA", "TA")


def gets() -> str:
    """What secure world gets, whenever the CA dies in Flow 2 under `ecall`."""
    runs = [path for _, path in ex_06.killed_at_each_request("flow-2", "ecall")]
    resumes = [
        dict(event.words)["ret"]
        for path in runs
        for event in [e for e in path.events if isinstance(e, Message) and e.label == RESUME][-1:]
    ]
    return " and ".join(dict.fromkeys(map(str, resumes)))


def deaths() -> int:
    """At how many moments a CA can die while it is asked, in Flow 2."""
    return sum(1 for _ in ex_06.killed_at_each_request("flow-2", "ecall"))


def sides() -> int:
    """How many sides the box has that waits for nobody: the strokes of its outline."""
    picture = waits_picture(replay("flow-1/ecall-bare/t1/c2/A:never-answers@OCALL"))
    outline = re.search(r'<path d="(M[^"]*z)"', picture.svg)
    assert outline
    return sum(map(outline[1].count, "hlvz"))


def dying_take() -> int:
    """How many secure threads a death takes for ever if nobody is answered."""
    return taken(ex_05.after_deaths(1, threads=3))


def bad_death_takes() -> int:
    """How many a death takes whose memory is closed first."""
    return taken(ex_07.after_bad_deaths(1, threads=4))


def fewest_that_go_wrong() -> int:
    """The least number of secure threads of those tried; it must go wrong with that as well."""
    least = asked("07", r"Slider\(with_threads, range\((\d), \d\)")
    assert isinstance(least, int)
    assert "no-deadlock" in verdict("flow-1-memref", "ecall", threads=least).broken
    return least


PAGES: Final = {
    "05": Page(
        said={
            "{:w} secure threads (`t2`), {:w} client (`c1`)": lambda: asked(
                "05", r"flow-1/ecall-bare/t(\d)/c(\d)/A:never-answers"
            ),
            "bar of thread {} runs": lambda: suspended(
                "flow-1/ecall-bare/t2/c1/A:never-answers@OCALL"
            ),
            "OP-TEE was built with {:w} secure thread,": lambda: asked(
                "05", r"/t(\d)/c2/A:never-answers"
            ),
            "Will thread {} ever": lambda: suspended(
                "flow-1/ecall-bare/t2/c1/A:never-answers@OCALL"
            ),
            "asks again, {:w} times in all. ": lambda: asked(
                "05", r"def asks_thrice.*\n.*range\((\d)\)"
            ),
            "`{}` says that nobody is there to answer; the origin `{}`": lambda: (
                cancelled(BARE)["ret"],
                cancelled(BARE)["origin"],
            ),
            "leaves out the {:w} lines": lambda: len(difference(EcallBare, ex_05.AnswersForNobody)),
            "**Predict.** {:W} secure threads, this design": lambda: asked(
                "05", r"after_deaths\(n, threads=(\d)\)"
            ),
            "One death is enough for {:w} secure threads": dying_take,
            "for one to {:w} secure threads": lambda: asked("05", r"for n in \(1, 2, (\d)\)"),
            "world gets `{}`, and the same": lambda: cancelled(BARE)["ret"],
            "The box with {:w} sides": sides,
            "takes up to {:w} secure threads for ever": dying_take,
            "as `ret`: `{}`, `{}`, `{}` or `{}`?": lambda: ex_05.HandlerError.names,
            "**2.** {:W} secure threads": lambda: ex_05.THREADS,
            "asks again, {:w} times in all at most": lambda: ex_05.TRIES,
        },
    ),
    "06": Page(
        said={
            "bar of thread {} runs": lambda: suspended(
                "flow-2/ecall-bare/t2/c1/A:kill@OCALL,A:close:context"
            ),
            "in user mode {:w} times": lambda: requests("flow-2"),
            "which of the {:w} does its death": deaths,
            "with an error in all {:w}, and": deaths,
            "{:W} files can be closed in {:w} orders": lambda: (
                len(open_files("flow-2", "ecall")),
                factorial(len(open_files("flow-2", "ecall"))),
            ),
            "world gets `{}` in an allocation": gets,
            "makes {:w} OCALLs": lambda: ocalls("two-ocalls"),
            "gets {:w} requests": lambda: requests("two-ocalls"),
        },
        as_it_is=("then the two hold each other up", "do the two runs do the same"),
    ),
    "07": Page(
        said={
            "OP-TEE with {:w} secure threads": lambda: asked(
                "07", r'"flow-1-memref", "ecall", threads=(\d)\)'
            ),
            "so thread {} waits for thread {}.": lambda: waiting(DEADLOCK),
            "Thread {} waits for thread {}. For": lambda: waiting(DEADLOCK),
            "whom does thread {} wait, and who waits for thread {}?": lambda: waiting(DEADLOCK)[
                ::-1
            ],
            "in `close` for thread {}; thread {} waits for the invocation on thread {};": lambda: (
                waiting(DEADLOCK)[0],
                *waiting(DEADLOCK),
            ),
            "Now {:w} files are open": lambda: len(open_files("flow-1-memref", "ocall-fd")),
            "be closed in {:w} orders": lambda: factorial(
                len(open_files("flow-1-memref", "ocall-fd"))
            ),
            "{:W} secure threads wait here": lambda: taken(replay(DEADLOCK)),
            "passes *{:w}* memories, and there are {:w} secure threads": lambda: (
                len(open_files("flow-1-two-memrefs", "ecall")) - 1,
                asked("07", r'"flow-1-two-memrefs", "ocall-fd", threads=(\d)'),
            ),
            "A {:th} CA, C": lambda: CLIENT_NAMES.index("C") + 1,
            "dead keeps {:w} secure threads": bad_death_takes,
            "for one to {:w} secure threads": lambda: asked("07", r"for n in \(1, 2, (\d)\)\]\)"),
            "**2.** {:W} CAs die": lambda: ex_07.DEATHS,
            "with which a {:th} CA": lambda: ex_07.DEATHS + 1,
            "and with {:w} secure thread it goes wrong too": fewest_that_go_wrong,
        },
        as_it_is=("Linux 6.1",),
    ),
}
