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
        as_it_is=(
            "So one CA takes two secure threads. How many do two CAs need, and three?",
            "Two lines make such",
            "One secure thread kept back",
            "with one secure thread no session",
            "and one secure thread less",
            "so one secure thread is enough",
            "with one secure thread and with two?",
            "finds nobody, and gets `EINVAL`",
            "With two secure threads or more one property",
            "with one secure thread a worker",
            "One secure thread that calls into",
        ),
    ),
}
