"""Names in notebooks 02 to 10: which design, scenario or property it is that a sentence speaks of.

Each comes from what the design decides, from the verdicts on record, or from the code beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ocallkit import judge
from ocallkit.designs import DESIGNS
from ocallkit.lesson import ex_05
from ocallkit.lesson.deaths import open_files
from ocallkit.properties import ALWAYS
from ocallkit.scenarios import SCENARIOS
from tests.lesson.prose.cells import breaking, decides, held_by_all, holding, only
from tests.lesson.prose.counted import code, outputs
from tests.lesson.prose.pages_00_04 import more

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lesson.prose.saying import Said

FIRST, *_, LAST = DESIGNS
"""The design in which nothing is decided yet, and the last one of the discussion."""
HOOK: Final = "pre_release"
BOTH_REPAIRS: Final = ("held-refs-ocall-fd", "held-refs-pre-release")


def named(page: str, pattern: str) -> Any:  # noqa: ANN401 - one name or several
    """The names that the page's code has where `pattern` has groups."""
    found = re.search(pattern, code(page))
    assert found, f"the code of {page} has no {pattern}"
    return found[1] if len(found.groups()) == 1 else found.groups()


def never_used_freed() -> str:
    """The property of freed memory, which none of the designs of 07 breaks."""
    name = only([one for one in ALWAYS if "use" in one])
    assert not breaking("flow-1-memref", name)
    return name


def left_by_a_deaf_driver(word: str) -> str:
    """What the design that answers for nobody breaks, of what 05 explains."""
    return only(
        [one for one in judge("flow-1", ex_05.AnswersForNobody).broken if one.startswith(word)]
    )


def leaks_alone(scenario: str) -> str:
    """Which of the two designs of 06 leaks a context."""
    return only(breaking(scenario, "no-context-leak", ("ecall-bare", "ecall")))


def rows(page: str, pattern: str) -> tuple[str, ...]:
    """The first words of all rows that the page shows where `pattern` has its group."""
    return tuple(dict.fromkeys(re.findall(pattern, outputs(page), re.MULTILINE)))


def cured_by_order() -> str:
    """The design that 07 shows to hold in Linux's order and not in any."""
    return only(rows("07", r"^([a-z-]+) +breaks no-deadlock +holds$"))


def stuck_in_order() -> str:
    """The one that no order cures."""
    return only(rows("07", r"^([a-z-]+) +breaks no-deadlock +breaks no-deadlock$"))


def waits_in_release() -> str:
    """What is asked always and breaks for who keeps no memory, and for them alone."""
    bare = {name for name in DESIGNS if not name.startswith(("held-refs", "two-lists"))}
    names = [one for one in ALWAYS if {*breaking("flow-1-memref", one)} == bare]
    return only([one for one in names if one != "completed-once"])


def breaks_all_alone() -> str:
    """The scenario that breaks every design if no secure thread is left."""
    return only([one for one in SCENARIOS if not holding(one, threads=1)])


def held_by_whomever() -> tuple[str, ...]:
    """The scenarios in which every design holds, whatever the number of secure threads."""
    return tuple(one for one in SCENARIOS if all(one in held_by_all(n) for n in (1, 2, 3)))


def memory_of_an_ocall() -> tuple[str, ...]:
    """Where something breaks and the invocation has passed no memory."""
    broken = [one for one in SCENARIOS if one not in held_by_all()]
    return tuple(one for one in broken if open_files(one, "ecall") == open_files("flow-2", "ecall"))


def survives_both() -> tuple[str, ...]:
    """The designs that hold everywhere with a second secure thread."""
    return tuple(one for one in DESIGNS if all(one in holding(s) for s in SCENARIOS))


def harmed_by_another() -> str:
    """Under which design of 10 the one CA harms the other."""
    asked = re.findall(r'judge\("flow-1-memref", "([a-z-]+)", clients=2\)', code("10"))
    return only({one for one in asked if one not in holding("flow-1-memref")})


OUTCOMES: Final[Mapping[str, Said]] = {
    "02": {
        "numbers more, `{}` and `{}` (claim": lambda: tuple(more()),
        "numbers, `{}` and `{}`, tell": lambda: tuple(more()),
        "The design `{}` does that.": lambda: decides(transport="TEE_IOC_INVOKE"),
    },
    "05": {
        "The design `{}` is the discussion's new `ioctl`, without": lambda: FIRST,
        "`{}` says that no secure thread is left behind; `{}` that each": lambda: (
            left_by_a_deaf_driver("no-suspended"),
            left_by_a_deaf_driver("completed"),
        ),
        "The design `{}`, the one that was posted": lambda: decides(cancel=HOOK),
    },
    "06": {
        "is `{}`: what is pending is cancelled when the count": lambda: decides(
            cancel="count zero"
        ),
        "In `{}` the OCALL passes a buffer": lambda: named("06", r'judge\("(\S+)", "ecall-bare"\)'),
        "The design with it is `{}`, and": lambda: decides(cancel=HOOK),
        "Under `{}`, at which of": lambda: leaks_alone("flow-2"),
        "what does the secure world get under `{}`?": lambda: decides(cancel=HOOK),
        "leak the context under `{}`?": lambda: leaks_alone("two-ocalls"),
    },
    "07": {
        "is `{}`, with the hook.": lambda: decides(cancel=HOOK),
        "memory freed in use: `{}` is not among": never_used_freed,
        "is `{}`; the file takes the place of the hook": lambda: decides(cancel="request file"),
        "So under `{}` the deadlock is no bad luck": stuck_in_order,
        "there `{}` holds, for this CA": cured_by_order,
        "`{}` is `{}` with one more parameter": lambda: (
            decides(transport="TEE_IOC_INVOKE"),
            decides(cancel=HOOK),
        ),
    },
    "08": {
        "Put any of them beside `{}`, and": lambda: named(
            "08",
            r'line = "flow-1-memref/([a-z-]+)/[^\n]+\npart\(.*, other',
        ),
        "The design `{}` can do it, in": lambda: decides(cancel=HOOK),
        "The lines in which `{}` differs": lambda: decides(cancel="request file"),
        "complete: the design `{}`.": lambda: decides(holds_memories=True),
        "under `{}` and under `{}`, side by side": lambda: (FIRST, decides(holds_memories=True)),
        "`{}` keeps the references and makes a file": lambda: decides(
            holds_memories=True, cancel="request file"
        ),
        "`{}` keeps the references and has `{}`'s": lambda: (
            decides(holds_memories=True, cancel=HOOK),
            decides(cancel=HOOK),
        ),
        "is `{}`:\n\n": waits_in_release,
        "design of the list, `{}`, is": lambda: LAST,
        "In `{}` one memory is registered and passed to nobody": breaks_all_alone,
        "The design is `{}`, and there": lambda: named("08", r'replay\("spare-memory/([a-z-]+)/'),
    },
    "09": {
        "In `{}` something else does": lambda: decides(holds_memories=True, cancel=HOOK),
        "gets and puts of `{}` by themselves": lambda: decides(request_holds=False),
        "under `{}` the only reference": lambda: decides(request_holds=False),
        "does `{}` hold, and what have": lambda: only(breaking("flow-2", never_used_freed())),
        "This one decides as `{}` does": lambda: decides(request_holds=False),
        "That is `{}` again": lambda: decides(holds_memories=True, request_holds=True, cancel=HOOK),
        "Give a repair of `{}` that holds": lambda: only(breaking("flow-2", never_used_freed())),
    },
    "10": {
        "Without memory (`{}`, `{}`) every": held_by_whomever,
        "(`{}`, `{}`) tells those apart that hear of a dead CA": memory_of_an_ocall,
        "The last column, `{}`,": breaks_all_alone,
        "Under `{}` it does: see": harmed_by_another,
        "`{}` holds in all other columns": lambda: survives_both()[-1],
        "That is `{}`, with everything": breaks_all_alone,
        "under `{}` nobody cancels the request": lambda: named("10", r'"flow-2", "([a-z-]+)"\)\n'),
    },
}
