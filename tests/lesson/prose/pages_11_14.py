"""Notebooks 11 to 14: openings, the caches, threads of a CA, and who serves whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ocallkit import judge, replay, run
from ocallkit.claims import CLAIMS
from ocallkit.claims.argument_pages import most_leaked
from ocallkit.claims.opening import TWINS
from ocallkit.designs import DESIGNS
from ocallkit.lesson import ex_12, ex_14
from ocallkit.lesson.boot import at_once
from ocallkit.lesson.opening import ASKS_FIRST
from ocallkit.model.config import SWITCHES
from ocallkit.model.events import Message
from tests.lesson.prose.counted import asked, code, ioctls, labels, outputs, shown
from tests.lesson.prose.saying import Page

if TYPE_CHECKING:
    from ocallkit.scenarios import Scenario

BEST: Final = "held-refs-pre-release"
SEEN: Final = 4
"""With how many processes at once the real driver was seen."""


OPENING: Final = "open-session-ocall"
"""The opening in which an OCALL passes a buffer."""
CARRIED: Final = f"{BEST}+meta"


def opening_ioctls(scenario: str | Scenario) -> int:
    """How many ioctls it takes to open the session."""
    return labels(scenario, CARRIED, "TEE_IOC_OPEN_SESSION")


def flow_of(calls: int) -> int:
    """Which of the discussion's flows takes so many ioctls."""
    return next(flow for flow in (1, 2) if ioctls(f"flow-{flow}") == calls)


def errno_of_the_second_answer() -> str:
    """What the ioctl gives that answers with a temporary id once more."""
    line = f"{ASKS_FIRST.name}/{CARRIED}/t2/c1/A:answers-twice@OCALL"
    events = replay(line, scenario=ASKS_FIRST).events
    found = [dict(e.words).get("errno") for e in events if isinstance(e, Message)]
    (errno,) = filter(None, found)
    return str(errno)


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


def cold_runs() -> int:
    """How many runs of a CA the notebook begins with: each has a context."""
    return len(run("cold-boot").world.contexts)


def threads_alike() -> tuple[int, ...]:
    """The numbers of secure threads of the notebook's table, if they lose as many contexts."""
    tried = asked(
        "12", r"most_leaked\(clients, threads=threads\).contexts for threads in \((\d), (\d)\)"
    )
    assert isinstance(tried, tuple)
    assert len({most_leaked(calls_to_lose(), threads=one).contexts for one in tried}) == 1
    return tried


def most_without_loss() -> int:
    """How many CAs at a time lose nothing, at most."""
    return calls_to_lose() - 1


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
            "{:W}: the first returns early": lambda: opening_ioctls(ASKS_FIRST),
            "It is Flow {} in another": lambda: flow_of(opening_ioctls(ASKS_FIRST)),
            "passes a buffer (Flow {}), so its CA is asked {:w} times: to allocate": lambda: (
                flow_of(opening_ioctls(OPENING)),
                opening_ioctls(OPENING) - 1,
            ),
            "**Predict.** {:W} openings": lambda: len(TWINS),
            "when the second comes: `{}`": errno_of_the_second_answer,
            "The origin `{}` is neither": lambda: shown(
                "11", r"a value +RPC/OCALL Req' +\w+ +\w+, origin (\w+)"
            ),
            "thread with `{}`, and the TA has": lambda: shown("11", r"the CA dies +(\w+), COMMS"),
            "with the origin `{}`": lambda: shown("11", r"the handler fails +\S+ \w+ +\w+, (\w+)"),
            "gets `{}`, or `{}` where": lambda: (
                shown("11", r"a value +RPC/OCALL Req' +\w+ +(\w+), origin"),
                shown("11", r"a buffer +RPC/SHM Alloc Req' +\w+ +(\w+), origin"),
            ),
            "cannot ask (`{}`)": lambda: shown("11", r"a value +RPC/OCALL Req' +(\w+)"),
        },
    ),
    "12": Page(
        said={
            "Here are the {:w} runs": cold_runs,
            "do the {:w} runs differ": cold_runs,
            "had the {:w} caches": caches,
            "So {:w} secure thread is as bad as {:w}.": threads_alike,
            "a test that runs {:w} CA at a time": most_without_loss,
            "{:W} CAs run at the same time, each opens": lambda: ex_12.CLIENTS,
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
            "in 2017",
            "issue 1918",
            "Linux 6.1",
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
            "On {:w} secure thread nothing of this helps {:w} *sessions*": lambda: (
                asked("13", r'"two-threads-two-sessions", Semaphore, threads=(\d)'),
                len(run("two-threads-two-sessions", BEST).world.sessions),
            ),
        },
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
