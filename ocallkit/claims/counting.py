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
from ocallkit.claims.told import designs
from ocallkit.designs import TwoLists
from ocallkit.model.params import memories
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from ocallkit.claims.cells import Design
    from ocallkit.claims.explored import Explored
    from ocallkit.judging.verdict import Question
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


BAD = ("no-deadlock", "no-context-leak", "no-shm-leak")
"""What comes of it where the rule is not followed."""


def by_the_rule(design: Design) -> bool:
    """Whether a design keeps the references until the return, the session's end or a file's."""
    return keeps(design) and hears_of_files(design)


def follow_the_rule(cells: tuple[Question, ...]) -> str:
    """The designs of some cells that do so."""
    return designs(tuple(cell for cell in cells if by_the_rule(cell.design)))


def goes_well_only_by_the_rule(cell: Explored) -> Outcome:
    """Who follows the rule neither deadlocks nor leaks; who does not does one of the two."""
    bad = next(filter(cell.breaks, BAD), "")
    return Outcome(by_the_rule(cell.question.design) != bool(bad), bad)


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
        says="a memory passed to an invoke without OCALLs has a reference until the invoke is"
        " complete, and its file's alone when it returns",
        cells=grid((PLAIN_WITH_MEMORY,)),
        check=never("passed-memory-is-counted", "return-counts-down"),
    ),
    Claim(
        "C61",
        "An early return must not count them down: they wait on a list for the normal return, or"
        " for the session or the file to be closed.",
        "JW",
        shown="09-counting-rules.ipynb#The-rule-of-the-two-lists",
        says="only {follow} neither deadlock nor leak",
        cells=grid((*WITH_PASSED_MEMORY, SPARE_BESIDE)),
        check=goes_well_only_by_the_rule,
        condition=A_THREAD_IS_LEFT,
        otherwise={
            "": "{designs} neither deadlock nor leak without it",
            **dict.fromkeys(BAD, "they do as well"),
        },
        words={"follow": follow_the_rule},
    ),
    Claim(
        "C62",
        "The memories of an OCALL's reply are counted up, have a list of their own, and are"
        " counted down when open or invoke returns next.",
        "JW",
        shown="09-counting-rules.ipynb#The-ledgers,-side-by-side",
        says="under {designs}, a reply's memory has a reference on its way to secure world, and"
        " its file's alone when the ioctl returns next",
        cells=grid(WITH_OCALL_MEMORY, TWO_LISTS),
        check=never("reply-counts-up", "request-drops-the-reply-list", "return-counts-down"),
    ),
    Claim(
        "C63",
        "A return with a request takes the reply's list alone, a normal return takes both.",
        "JW",
        shown="09-counting-rules.ipynb#The-ledgers,-side-by-side",
        says="under {designs}, a return with a request leaves the invocation's memories one"
        " reference and the reply's none; a normal return leaves none to any",
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
        says="every property holds under {designs}",
        cells=grid(SCENARIOS, TWO_LISTS),
        check=sound,
        condition=NO_OCALL_MEMORY,
        remark=repair,
    ),
    WITH_THE_SAME_FUNCTIONS,
)
