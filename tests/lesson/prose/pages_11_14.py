"""Notebooks 11 to 14: openings, the caches, threads of a CA, and who serves whom."""

from __future__ import annotations

import re
from typing import Final

from ocallkit import judge
from ocallkit.claims import CLAIMS
from ocallkit.designs import DESIGNS
from ocallkit.lesson import ex_12, ex_14
from ocallkit.lesson.boot import at_once
from ocallkit.lesson.opening import ASKS_FIRST
from ocallkit.model.config import SWITCHES
from tests.lesson.prose.counted import asked, code, labels, outputs, requests, shown
from tests.lesson.prose.saying import Page

BEST: Final = "held-refs-pre-release"
SEEN: Final = 4
"""With how many processes at once the real driver was seen."""


def ring_without_cache() -> int:
    """Under how many designs a dead CA's OCALL keeps its context if the cache is off."""
    found = [judge("cold-boot-ocall", design, switches={"rpc-cache": "off"}) for design in DESIGNS]
    return sum("no-context-leak" in one.broken for one in found)


def contexts_lost(processes: int) -> int:
    """How many contexts stay when so many call at once."""
    return sum(not context.freed for context in at_once(processes).world.contexts.values())


def calls_to_lose() -> int:
    """How many calls at one moment lose a context."""
    return next(processes for processes in range(1, 4) if contexts_lost(processes))


def most_tried() -> int:
    """How many CAs at the same time the model tries, at most."""
    behind = asked("12", r"for clients in range\(1, (\d)\)")
    assert isinstance(behind, int)
    return behind - 1


def more_rpcs() -> int:
    """How many RPCs more each call makes without the cache: one to get memory, one to give back."""
    allocations, frees = shown("12", r"off +(\d) +(\d) +0 +SUCCESS")
    return int(allocations + frees) // int(allocations)


def caches() -> int:
    """How many switches of the model are about memory that is kept for arguments."""
    return sum("caller" in values for values in SWITCHES.values())


def held_with(threads: int) -> bool:
    """Whether two sessions of one CA survive a kill with so many secure threads."""
    found = judge("two-threads-two-sessions", BEST, threads=threads, faults=("kill",))
    return found.holds is True


def hung(column: str) -> str:
    """What the table of 13 says of the second invocation, the cancellation or the close."""
    return str(shown("13", rf"A\.2 {column} +posted +\w+ +\w+ +(\w+)"))


def queued() -> int:
    """How many scenarios meet the driver's list."""
    return len(re.findall(r'^    "[a-z-]+-in-the-queue"', code("13"), re.MULTILINE))


def cas_that_meet() -> int:
    """How many CAs tell of any number with the threads of notebook 14's third line."""
    return int(shown("14", r"handler-registers-memory +(\d) +2 +holds for any"))


def how_many_spared() -> int:
    """How many secure threads the calls of the design that keeps one leave free."""
    spared = asked("14", r'return (\d) if cmd in \("OPEN_SESSION", "INVOKE"\)')
    assert isinstance(spared, int)
    return spared


def late_answer() -> str:
    """What an answer of the supplicant gets that comes when nobody waits any more."""
    assert "finds nobody" in outputs("14")
    (gets,) = re.findall(r'late = any\("(\w+)"', code("14"))
    return str(gets)


def enough_beside_an_agent() -> int:
    """With how many secure threads a CA gets through beside the agent."""
    return int(shown("14", rf"scmi-agent +{BEST} +(\d) +holds"))


PAGES: Final = {
    "11": Page(
        said={
            "{:W}: the first returns early": lambda: labels(
                ASKS_FIRST, f"{BEST}+meta", "TEE_IOC_OPEN_SESSION"
            ),
            "is asked {:w} times: to allocate": lambda: requests("flow-2"),
            "thread with `{}`, and the TA has": lambda: shown("11", r"the CA dies +(\w+), COMMS"),
            "with the origin `{}`": lambda: shown("11", r"the handler fails +\S+ \w+ +\w+, (\w+)"),
            "gets `{}`, or `{}` where": lambda: (
                shown("11", r"a value +RPC/OCALL Req' +\w+ +(\w+), origin"),
                shown("11", r"a buffer +RPC/SHM Alloc Req' +\w+ +(\w+), origin"),
            ),
            "cannot ask (`{}`)": lambda: shown("11", r"a value +RPC/OCALL Req' +(\w+)"),
        },
        as_it_is=(
            "Flow 1 in another",
            "(Flow 2), so",
            "temporary ids from 1",
            "Two openings",
            "when the second comes: `EINVAL`",
        ),
    ),
    "12": Page(
        said={
            "had the {:w} caches": caches,
            "**Predict.** {:W} CAs run": lambda: asked("12", r'"plain-invoke",\n +clients=(\d)'),
            "has {:w} secure thread, or it has {:w}.": lambda: asked(
                "12", r"for threads in \((\d), (\d)\):"
            ),
            "{:W} RPCs more for each call": more_rpcs,
            "{:W}. One call has the page": calls_to_lose,
            "with {:w} processes that called at the same moment. One context was released and its"
            " session closed; the counts of the other {:w} stayed": lambda: (
                SEEN,
                contexts_lost(SEEN),
            ),
            "with one to {:w}:": most_tried,
            "is `{}` from then on": lambda: shown("12", r"\n([A-Z]+) \(0xFFFF000D\)"),
            "its context in {:w} designs": ring_without_cache,
            "mistake: {:w} calls": calls_to_lose,
            "**1.** OP-TEE has {:w} secure": lambda: ex_12.THREADS,
            "{:W} CAs make their first": lambda: ex_12.AT_ONCE,
        },
        as_it_is=(
            "the two runs side by side",
            "do the two runs differ",
            "in 2017",
            "issue 1918",
            "Linux 6.1",
            "one secure thread is as bad as two",
            "that runs one CA at a time",
            "Two CAs run at the same time, each opens",
        ),
    ),
    "13": Page(
        said={
            "to everybody else (`{}`)": lambda: shown("13", rf"same session +{BEST} +(\w+)"),
            "and on {:w} secure threads the design holds": lambda: next(
                filter(held_with, (1, 2, 3))
            ),
            "who makes it, `{}`": lambda: shown("13", r"same session +posted +(\w+)"),
            "Its TA hears `{}`": lambda: hung("invokes in the same session"),
            "the TA hears `{}`.": lambda: hung("closes the session"),
            "is pending gets `{}`; in the code": lambda: shown(
                "13", r"same session +posted +(\w+)"
            ),
            "which of the {:w} is it": lambda: len(
                set(re.findall(r"\n([a-z-]+) +nobody dies +(?:holds|breaks)", outputs("13")))
            ),
            "There are {:w} candidates": lambda: len(CLAIMS["C44"].candidates),
            "there are {:w} candidates": lambda: len(CLAIMS["C44"].candidates),
            "{:W} scenarios meet the list": queued,
        },
        as_it_is=(
            "a process with one thread",
            "at which one CA thread can",
            "One ioctl of a session",
            "On one secure thread nothing of this helps two *sessions*",
            "One CA thread is in an invocation",
            "open the device twice, and close the first of the two",
        ),
    ),
    "14": Page(
        said={
            "the driver answers `{}`": lambda: shown("14", r"handler's call gives (\w+)"),
            "session it gets `{}`": lambda: shown("14", r"handler's call gives (\w+)"),
            "So {:w} CA takes {:w} secure threads": lambda: (1, ex_14.fewest(ex_14.REGISTERING, 1)),
            "How many do {:w} CAs need, and {:w}?": lambda: asked(
                "14", r"for clients in \(1, (\d), (\d)\)"
            ),
            "{:W} secure thread kept back": how_many_spared,
            "with {:w} secure thread no session": lambda: shown(
                "14", r"handler-registers-memory +1 +(\d) +breaks"
            ),
            "and {:w} secure thread less": how_many_spared,
            "so {:w} secure thread is enough": lambda: shown(
                "14", r"ta-calls-ta \((\d) secure thread"
            ),
            "with {:w} secure thread and with {:w}?": lambda: asked(
                "14", r'"scmi-agent-dies"\) for n in \((\d), (\d)\)'
            ),
            "finds nobody, and gets `{}`": late_answer,
            "With {:w} secure threads or more one property": lambda: shown(
                "14", r"ecall-worker +(\d) +breaks no-blocking-release"
            ),
            "with {:w} secure thread a worker": lambda: shown(
                "14", r"spare-memory +ecall-worker +(\d) +holds"
            ),
            "{:W} secure thread that calls into": how_many_spared,
            "{:w} CAs were tried": cas_that_meet,
            "has to be {:w} at least": lambda: shown(
                "14", r"handler-registers-memory +1 +(\d) +holds"
            ),
            "**Predict.** {:W} secure threads. With how many": lambda: asked(
                "14", r"sizes = \[\(1, (\d)\)"
            ),
            "With {:w}, the CA has one": enough_beside_an_agent,
            "hears `{}`, and the call": lambda: shown("14", r"([A-Z]+ICATION)"),
            "{:w} CAs whose handlers": lambda: ex_14.CLIENTS,
            "which {:w} CAs of `nested-invoke`": lambda: ex_14.CLIENTS,
            'of it: `"{}"`, `"{}"`, `"{}"`': lambda: ex_14.TooEarly.names[:3],
        },
    ),
}
