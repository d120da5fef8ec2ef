"""The claims about the rules for counting references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.claims.cells import (
    A_THREAD_IS_LEFT,
    PLAIN_WITH_MEMORY,
    SPARE_BESIDE,
    WITH_OCALL_MEMORY,
    WITH_PASSED_MEMORY,
    grid,
    hears_of_files,
    keeps,
    leaves_a_thread,
    ocall_passes_memory,
)
from ocallkit.claims.checks import never, sound
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.explored import explored
from ocallkit.claims.opening import WITH_THE_SAME_FUNCTIONS
from ocallkit.designs import TwoLists
from ocallkit.model.params import memories
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored
    from ocallkit.model.events import Param

TWO_LISTS = (TwoLists.name,)

NO_OCALL_MEMORY = Condition(
    f"no OCALL passes memory, and {A_THREAD_IS_LEFT.words}",
    lambda cell: not ocall_passes_memory(cell) and leaves_a_thread(cell),
)


class Repaired(TwoLists):
    """The two lists, and a third owner: a pending request references the memory it names."""

    name = "two-lists-repaired"
    parent = TwoLists
    changes = ("referenced",)

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """All that the request names, until its reply or its cancellation."""
        return memories(params)


def goes_well_only_by_the_rule(cell: Explored) -> Outcome:
    """Who follows the rule neither deadlocks nor leaks; who does not does one of the two."""
    design = cell.question.design
    follows = keeps(design) and hears_of_files(design)
    bad = next(filter(cell.breaks, ("no-deadlock", "no-context-leak", "no-shm-leak")), "")
    return Outcome(follows != bool(bad), bad)


def repair() -> str:
    """What is missing, and whether it is enough."""
    cells = tuple(filter(leaves_a_thread, grid(SCENARIOS, (Repaired,))))
    whole = sum(sound(explored(cell)).holds for cell in cells)
    return (
        "Missing is a reference of the pending request itself on the memory that it names, until"
        f" its reply or cancellation; with it {whole} of the {len(cells)} cells hold in which a"
        " thread is left."
    )


CLAIMS = (
    Claim(
        "C60",
        "Before OCALLs, each memory passed is counted up where open or invoke is entered and down"
        " just before it returns.",
        "JW",
        shown="09-counting-rules.ipynb#Without-OCALLs",
        says="a memory passed to an invoke without OCALLs has its reference until the return, and"
        " its file's alone from then on",
        cells=grid((PLAIN_WITH_MEMORY,)),
        check=never("passed-memory-is-counted", "return-counts-down"),
    ),
    Claim(
        "C61",
        "An early return must not count them down: they wait on a list for the normal return, or"
        " for the session or the file to be closed.",
        "JW",
        shown="09-counting-rules.ipynb#The-rule-of-the-two-lists",
        says="the designs with such a list neither deadlock nor leak, and all others do",
        cells=grid((*WITH_PASSED_MEMORY, SPARE_BESIDE)),
        check=goes_well_only_by_the_rule,
        condition=A_THREAD_IS_LEFT,
    ),
    Claim(
        "C62",
        "The memories of an OCALL's reply are counted up, have a list of their own, and are"
        " counted down when open or invoke returns next.",
        "JW",
        shown="09-counting-rules.ipynb#The-two-ledgers,-side-by-side",
        says="a reply's memory is counted on the way to secure world, and at the next return only"
        " its file holds it",
        cells=grid(WITH_OCALL_MEMORY, TWO_LISTS),
        check=never("reply-counts-up", "request-drops-the-reply-list", "return-counts-down"),
    ),
    Claim(
        "C63",
        "A return with a request takes the reply's list alone, a normal return takes both.",
        "JW",
        shown="09-counting-rules.ipynb#The-two-ledgers,-side-by-side",
        says="a request leaves the invocation's memories counted, a normal return none",
        cells=grid(WITH_PASSED_MEMORY, TWO_LISTS),
        check=never(
            "request-keeps-the-normal-list", "request-drops-the-reply-list", "return-counts-down"
        ),
    ),
    Claim(
        "C64",
        "These rules cover every case, and common code needs no special case for OCALLs.",
        "JW (a question)",
        shown="09-counting-rules.ipynb#Does-it-cover-all-cases?",
        says="every property holds",
        cells=grid(SCENARIOS, TWO_LISTS),
        check=sound,
        condition=NO_OCALL_MEMORY,
        remark=repair,
    ),
    WITH_THE_SAME_FUNCTIONS,
)
