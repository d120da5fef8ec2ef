"""Numbers that pages say of designs, scenarios, exercises, and of what their own code asks for."""

from __future__ import annotations

import re
from inspect import signature
from itertools import count
from typing import TYPE_CHECKING, Final

from ocallkit import judge, matrix, run
from ocallkit.claims.counting import Repaired
from ocallkit.designs import DESIGNS, TwoLists
from ocallkit.findings.rules import RULES
from ocallkit.judging.assembly import NUM_THREADS
from ocallkit.labs.designs import choice_of
from ocallkit.lesson import ex_14
from ocallkit.lesson.needed_tables import THREADS
from ocallkit.model.config import SWITCHES
from ocallkit.model.events import Message
from ocallkit.model.params import INOUT, MAX_PARAMS, U32_MAX, memref, value
from ocallkit.scenarios import ALL, SCENARIOS
from tests.lesson.prose.cells import holding
from tests.lesson.prose.counted import asked, code, ocalls, outputs, shown, told
from tests.lesson.prose.pages_00_04 import more
from tests.lesson.prose.pages_11_14 import caches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocallkit.designs import EcallBare
    from tests.lesson.prose.saying import Said


def owners(design: type[EcallBare]) -> int:
    """How many lists or owners hold memory under a design: what is passed, asked, answered."""
    made, params = design(), (memref(INOUT, "memory", 1),)
    held = (made.kept(params), made.referenced(params), made.replied(("memory",)))
    return sum(map(bool, held))


def lists() -> int:
    """The lists of the rule."""
    return owners(TwoLists)


def of_a_value() -> int:
    """The numbers in a value."""
    return len(signature(value).parameters) - 1


def kinds_of_memory() -> int:
    """The memories that carry arguments: of the call, and those that are kept."""
    return 1 + caches()


def cures() -> int:
    """The ways in which the cache can be that lose nothing."""
    return len({*SWITCHES["rpc-cache"]} - {"none", "caller"})


def ca_threads(scenario: str = "two-threads-one-session") -> int:
    """The threads of a CA that share a session, or those of another scenario's."""
    (process,) = ALL[scenario].clients
    programs: tuple[object, ...] = process.programs
    return len(programs)


def answers_to_heal() -> int:
    """The fewest answers in which a design that holds everywhere differs from `ecall-bare`."""
    begin = choice_of(DESIGNS["ecall-bare"])
    fields = begin.__struct_fields__
    good = [one for one in DESIGNS if all(one in holding(name) for name in SCENARIOS)]
    return min(
        len(
            [
                what
                for what in fields
                if getattr(choice_of(DESIGNS[one]), what) != getattr(begin, what)
            ]
        )
        for one in good
    )


def more_than_cas() -> int:
    """How many secure threads more than CAs handlers need that call OP-TEE."""
    first, _, _ = outputs("14").partition("designs with a deadlock")
    rows = re.findall(r"(?m)^[a-z-]+ +(\d) +(\d) +holds +\d+$", first)
    (difference,) = {int(threads) - int(cas) for cas, threads in rows}
    return difference


def line_for_any() -> int:
    """Which line of the table of the spared secure thread is about any number of CAs."""
    rows = re.findall(r"(?m)^handler-registers-memory +\d +\d +(holds|breaks)(.*)", outputs("14"))
    return next(n for n, (_, rest) in zip(count(1), rows[-4:], strict=False) if "any" in rest)


def healed_by_a_copy() -> str:
    """What a TA is told of an OCALL that a copy of an answer has answered."""
    found = judge("two-value-ocalls", "held-refs-pre-release", faults=("answers-twice",))
    return str(told(found.violation("told-the-truth").run, "OCALL PTA", "TA")["ret"])


def invocations(rounds: int) -> int:
    """How often a CA invokes in so many rounds."""
    events = run("flow-1", rounds=rounds).events
    return sum(isinstance(one, Message) and one.label == "SMC/Func Invoke" for one in events)


FIGURES: Final[Mapping[str, Said]] = {
    "00": {
        "for counting: {:w} lists": lists,
    },
    "04": {
        "A *value* is {:w} {}-bit numbers": lambda: (of_a_value(), U32_MAX.bit_length()),
        "The {:w} numbers of a value": of_a_value,
    },
    "09": {
        "{:w} lists of memories": lists,
        "The rule of the {:w} lists": lists,
        "the {:w} lists are enough": lists,
    },
    "10": {
        "on the same {:w} secure threads": lambda: NUM_THREADS,
    },
    "12": {
        "{:W} memories that are": kinds_of_memory,
        "{:W} kinds of memory": kinds_of_memory,
        "The other {:w} are kept": caches,
        "{:W} memories carry": kinds_of_memory,
        "{:W} are known. The driver": cures,
    },
    "13": {
        "A CA of {:w} threads": ca_threads,
        "With {:w} CA threads in one session": ca_threads,
        "A process with {:w} threads is a `Threads` of {:w} programs": lambda: (
            ca_threads(),
            ca_threads(),
        ),
    },
    "14": {
        "the deadlock with {:w}:": lambda: asked(
            "14", r'"held-refs-pre-release", clients=(\d), threads=2, faults=\(\)\)\ntoken'
        ),
        "(the {:th} line": line_for_any,
        "n CAs need n + {}": more_than_cas,
        "get through on {:w} secure threads": lambda: ex_14.THREADS,
        "with {:w} secure thread no session": lambda: shown(
            "14", r"handler-registers-memory +1 +(\d) +breaks no-deadlock"
        ),
        "so {:w} secure thread is enough": lambda: asked(
            "14", r'judge\("ta-calls-ta", "held-refs-pre-release", threads=(\d)\)'
        ),
        "with {:w} secure thread and with {:w}?": lambda: asked(
            "14", r'"scmi-agent-dies"\) for n in \((\d), (\d)\)'
        ),
        "With {:w} secure threads or more one property": lambda: shown(
            "14", r"ecall-worker +(\d) +breaks no-blocking-release"
        ),
        "with {:w} secure thread a worker": lambda: shown(
            "14", r"spare-memory +ecall-worker +(\d) +holds"
        ),
        "finds nobody, and gets `{}`": lambda: re.findall(r'late = any\("(\w+)"', code("14"))[0],
    },
    "15": {
        "that {:w} values more": lambda: len(more()),
        "with {:w} as it always has": lambda: MAX_PARAMS,
        "Flow {} goes in": lambda: asked("15", r'"flow-(\d)", "ecall"\)\)\.find\("\w+", "in"\)'),
        "In Flow {}, which": lambda: asked("15", r'run\("flow-(\d)", design\)'),
        "{:W} threads of a CA": lambda: ca_threads("two-threads-two-sessions"),
    },
    "16": {
        "about {:w} CAs that": lambda: asked("16", r'"adversary", design, clients=(\d)'),
        "A TA asks {:times}": lambda: ocalls("two-value-ocalls"),
        "`{}`, for an OCALL that no": healed_by_a_copy,
    },
    "17": {
        "with the {:th} owner that it lacks": lambda: owners(Repaired),
        "a rule of {:w} lists then has {:w} owners. Whether the {:th} is": lambda: (
            lists(),
            owners(Repaired),
            owners(Repaired),
        ),
    },
    "18": {"rule of {:w} lists": lists},
    "19": {
        "The {:th} owner that the rule of {:w} lists lacks": lambda: (owners(Repaired), lists()),
        "files, {:w} secure thread": lambda: asked("19", r"Question\(scenario, design, (\d),"),
    },
    "20": {
        "rule of the {:w} lists, and": lists,
        "in {:w} sentences": lambda: len(RULES),
        "): the {:w} lists.": lists,
        "Beside the {:w} lists": lists,
        "The {:w} lists say": lists,
        "- The {:w} lists are right": lists,
        "with {:w}, {:w} and {:w} secure threads": lambda: tuple(
            signature(matrix).parameters["threads"].default
        ),
        "with {:w} and {:w}.": lambda: tuple(THREADS),
        "a {:th} secure thread, calls": lambda: max(THREADS) + 1,
        "With {:w} secure thread nobody": lambda: shown("20", r"scmi-agent +deadlock \((\d)\)"),
        "with {:w} CA of {:w} thread": lambda: (
            max(len(one.clients) for one in SCENARIOS.values()),
            max(len(ca.programs) for one in SCENARIOS.values() for ca in one.clients),
        ),
    },
    "21": {
        "Which {:w} answers heal": answers_to_heal,
        "choose {:w} secure thread": lambda: max(
            n for n in (1, 2, 3) if not holding("spare-memory", n)
        ),
    },
    "22": {
        "`rounds={}` each CA invokes {:times}": lambda: (2, invocations(rounds=2)),
    },
}
