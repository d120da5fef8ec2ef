"""Names in notebooks 11 to 21: which design, scenario or property it is that a sentence speaks of.

Each comes from what the design decides, from the verdicts, or from what the page itself computes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ocallkit.claims.mainline_variants import Unkillable
from ocallkit.designs import DESIGNS, Hardened, Mainline, Posted
from ocallkit.findings.needed import every
from ocallkit.lesson import ex_18, ex_20
from ocallkit.lesson.deaths import open_files
from ocallkit.model.config import SWITCHES
from ocallkit.properties import OF_THE_QUEUE
from tests.lesson.prose.cells import breaking, decides, only
from tests.lesson.prose.counted import outputs, shown
from tests.lesson.prose.outcomes_00_10 import (
    HOOK,
    breaks_all_alone,
    cured_by_order,
    named,
    rows,
    stuck_in_order,
    survives_both,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lesson.prose.saying import Said

BEST: Final = survives_both()[-1]
CELLS: Final = (1, 2, 3)
"""The numbers of secure threads of which a page says any."""


def memory_caches() -> tuple[str, ...]:
    """The switches of memory that is kept for arguments."""
    return tuple(one for one, values in SWITCHES.items() if "caller" in values)


def dies_without_a_kill() -> str:
    """Under which design of 13 the closing of passed memory is a deadlock and nobody dies."""
    tokens = rows("13", r"^no-deadlock +\d+ +closes-passed-memory\S*/([a-z-]+)/t2/c1/(?!\S*kill)")
    return only(tokens)


def frees_too_early() -> str:
    """Under which design of 13 memory of an OCALL is freed that another thread closes."""
    return only(rows("13", r"closes-ocall-memory\S*/([a-z-]+)/t2\S*breaks:no-use-after-free"))


def beside_a_supplicant() -> str:
    """The scenario without a supplicant whose verdicts are those of the one with it."""
    head = shown("14", r"design +client-dies-first +(supplicant-dies) +([a-z0-9-]+)\n")
    verdicts = re.findall(r"(?m)^[a-z-]+ +holds +([a-z-]+) +([a-z0-9-]+)$", outputs("14"))
    assert len(verdicts) == len(DESIGNS)
    assert all(one == other for one, other in verdicts)
    return str(head[1])


def with_a_worker(threads: int) -> str:
    """What breaks under `ecall` if a worker unregisters."""
    return str(shown("14", rf"flow-1-memref +ecall-worker +{threads} +(?:breaks )?([a-z-]+)"))


def one_thread() -> tuple[str, str, str]:
    """The scenarios that break `ecall` with any number of secure threads, and with one."""
    broken = re.findall(r"(?m)^([a-z0-9-]+) +ecall +(\d) +breaks no-dead", outputs("14"))
    names = [name for name, _ in broken]
    always = only({name for name in names if names.count(name) == len(CELLS)})
    return always, decides(cancel=HOOK), only({*names} - {always})


def together() -> tuple[str, ...]:
    """The decision of 20 with which others go, and those."""
    found = shown("20", r"(?m)^([a-z]+) .*With it ([a-z]+) and ([a-z]+) go")
    assert {*found} <= {one.decision for one in every()}
    return tuple(map(str, found))


def named_class(page: str, child: str) -> str:
    """The design from which a class of the page's is derived."""
    base = named(page, rf"class {child}\((\w+)\)")
    return only([name for name, one in DESIGNS.items() if one.__name__ == base])


OUTCOMES: Final[Mapping[str, Said]] = {
    "11": {
        "`{}` is the design with an `ioctl` of its own for": lambda: decides(cancel=HOOK),
        "`{}` is `{}` with that parameter": lambda: (
            decides(transport="TEE_IOC_INVOKE"),
            decides(cancel=HOOK),
        ),
        "The same TA and CA under `{}`. How": lambda: named("11", r'run\(ASKS_FIRST, "(\S+)"\)'),
        "and `{}` frees the OCALL's memory too early": lambda: only(
            breaking("flow-2", "no-use-after-free")
        ),
        "in `{}` the OCALL passes a buffer, in `{}` the CA": lambda: named(
            "11", r"(?s)(?=.*run\(\"(open-session-\w+)\")(?=.*\"(open-session-[\w-]+memref)\")"
        ),
    },
    "12": {
        "With one in each invocation (`{}`)": lambda: named(
            "12", r'scenarios = \("cold-boot", "([a-z-]+)"'
        ),
        "model: `{}` and `{}`.": memory_caches,
        "`{}` is a CA that opens a session, invokes, and closes all": lambda: named(
            "12", r'first_and_second\(run\("([a-z-]+)"'
        ),
        "(`{}` is `caller`).\n": lambda: memory_caches()[0],
        "In `{}` a CA calls `exit`": lambda: named("12", r'run\("(cold-boot-\w+)"\)\nsecond'),
        "In `{}` CAs invoke once and exit with": lambda: memory_caches()[1],
    },
    "13": {
        "on top of `{}`; the folded cell": lambda: named_class("13", "Semaphore"),
        "is it that `{}` does not survive": dies_without_a_kill,
        "`{}` is the design that survived": lambda: BEST,
        "so it goes first, and `{}` holds": cured_by_order,
        "`{}` and `{}` hold here in any order": lambda: rows(
            "13", r"^opens-twice +([a-z-]+) +\d +holds"
        ),
        "under `{}` the file was the only holder": frees_too_early,
        "and under `{}` everything stops": dies_without_a_kill,
        "the early return of `{}` into a deadlock": dies_without_a_kill,
        "the deadlock of `{}` is certain": stuck_in_order,
        "and `{}` works for that CA": cured_by_order,
        "`{}` and `{}` tell what comes of it": lambda: tuple(OF_THE_QUEUE),
        "In `{}` a wake-up is lost as well": lambda: only(
            rows("13", r"^(exit-in-[a-z-]+) +holds +breaks no-lost-wake-up")
        ),
    },
    "14": {
        "In `{}` the CA with registered memory waits": lambda: shown(
            "14", r"design +([a-z-]+) +supplicant-dies"
        ),
        "With an OCALL besides (`{}`)": lambda: shown(
            "14", r"design +client-dies-first +([a-z-]+)"
        ),
        "In `{}` the handler does not register memory": lambda: named(
            "14", r'for scenario in \("handler-registers-memory", "([a-z-]+)"\)'
        ),
        "`{}`, which is the design here unless": lambda: BEST,
        "`{}` breaks `{}` with any number of secure threads, `{}` with one": one_thread,
        "cures what even `{}` does not": lambda: only(
            rows("14", rf"^spare-memory +({BEST}) +1 +breaks")
        ),
        "one property is left, `{}`:": lambda: with_a_worker(2),
        "broke without a supplicant (`{}`)": beside_a_supplicant,
        "Here `{}`, which keeps": lambda: named("14", r"class ByWorker\((\w+)\)").lower(),
        "unregisters takes the deadlock from `{}`, and": lambda: decides(cancel=HOOK),
        "In `{}` with": lambda: one_thread()[2],
        "`{}` cancels only when the context's last": lambda: decides(cancel="count zero"),
    },
    "16": {
        "are tried in `{}`, which has one": lambda: decides(transport="TEE_IOC_INVOKE"),
        "memory is not held. `{}` breaks with those": lambda: only(
            rows("16", r"^[a-z-]+ +[\d,]+ +(?!none)([a-z-]+) +no-")
        ),
    },
    "17": {
        "that the design `{}` does just that": lambda: decides(request_holds=False),
    },
    "18": {
        "`{}` follows the C code": lambda: Posted.name,
        "taken as `{}` takes it": lambda: Hardened.name,
        "Under `{}` a CA that is killed while its TA allocates": lambda: Posted.name,
        "decision so that `{}` holds": lambda: ex_18.RESUMED,
        "It stands on `{}`, which": lambda: Posted.parent.name,
        "`ocallkit diff {} {}` gives": lambda: (Posted.name, Hardened.parent.name),
        "does the code differ from `{}`?": lambda: Hardened.parent.name,
    },
    "19": {
        "The design `{}` puts that choice": lambda: Mainline.name,
        "`{}` is `{}` without that": lambda: (Unkillable.__name__, Unkillable.parent.name),
        "Where does `{}` part from them": lambda: Mainline.name,
        "each choice of `{}` is a decision": lambda: Mainline.name,
        "Under `{}` the CA thread that invokes makes": lambda: named(
            "19", r'for design in \("([a-z-]+)", "mainline"\)'
        ),
        "Where `{}` has a deadlock here, no kill": lambda: BEST,
        "`ocallkit diff {} mainline` shows": lambda: Hardened.parent.name,
    },
    "20": {
        "There are scenarios in which `{}` does not hold": lambda: Hardened.name,
        "So the verdicts on `{}` are about": lambda: Hardened.name,
        "Name a decision of `{}` without": lambda: Hardened.name,
        "**Why.** Each design of the discussion breaks somewhere, and so does its code. `{}`": (
            lambda: Hardened.name
        ),
        "Which decisions of `{}` does `{}` leave": lambda: (Posted.name, Hardened.name),
        "`{}`, `{}` and `{}` belong together": together,
        "freed memory used, in a scenario of the discussion (`{}`)": lambda: ex_20.BROKEN,
    },
    "21": {
        "message by message, under the design `{}`": lambda: named(
            "21", r'CrashLab\("flow-1-memref", "([a-z-]+)"'
        ),
        "`{}` has a {:th} file": lambda: (
            decides(cancel="request file"),
            len(open_files("flow-1-memref", decides(cancel="request file"))),
        ),
        "look at `{}`.": breaks_all_alone,
        "Begin at `{}`. Which": lambda: decides(cancel="count zero"),
    },
}
