"""What `hardened` does, in sentences that could stand in the kernel's documentation.

Each sentence has its check: the decisions that make it true, the properties that hold with them,
and the cells in which one of those breaks where another design decides instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.designs import EVERY, Hardened
from ocallkit.findings.healing import EVERY_FAULT, Cell, with_decisions
from ocallkit.findings.tried import judged

if TYPE_CHECKING:
    from ocallkit.designs import EcallBare


class Rule(NamedTuple):
    """A sentence, the decisions that make it true, and where that can be seen.

    `instead` is the design that decides otherwise, `properties` are those that the rule is for.
    """

    sentence: str
    decisions: tuple[str, ...]
    instead: str
    properties: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def design(self) -> type[EcallBare]:
        """`hardened` without the rule."""
        return with_decisions(Hardened, EVERY[self.instead], self.decisions)

    @property
    def holds(self) -> bool | None:
        """Whether nothing breaks in any of the cells; nothing where that is not known."""
        found = [judged(cell, Hardened).holds for cell in self.cells]
        return False if False in found else None if None in found else True

    @property
    def broken(self) -> tuple[str, ...]:
        """Those of the properties that break without the rule, in any of the cells."""
        found = {name for cell in self.cells for name in judged(cell, self.design).broken}
        return tuple(name for name in self.properties if name in found)

    @property
    def token(self) -> str:
        """The shortest Run that breaks one of them without the rule; empty where none does."""
        ways = [
            (violation.steps, verdict.tokens[violation.property])
            for verdict in (judged(cell, self.design) for cell in self.cells)
            for violation in verdict.violations
            if violation.property in self.properties
        ]
        return min(ways)[1] if ways else ""


RULES: Final = (
    Rule(
        "An invocation references every memory that it was passed until it is complete, however"
        " often its ioctl returns with a request before.",
        ("kept",),
        "ecall",
        ("no-blocking-release",),
        (Cell("flow-1-memref", 2), Cell("closes-passed-memory-from-another-thread", 2)),
    ),
    Rule(
        "A request references every memory that it names until it is answered or cancelled.",
        ("referenced",),
        "two-lists",
        ("no-use-after-free",),
        (Cell("flow-2", 2), Cell("closes-ocall-memory-from-another-thread", 2)),
    ),
    Rule(
        "A request has a number, and an answer that names another one is refused.",
        ("transport",),
        "two-lists",
        ("told-the-truth",),
        (Cell("two-value-ocalls", 2, None, EVERY_FAULT),),
    ),
    Rule(
        "A request that is cancelled ends its invocation: whatever the TA asks after it is"
        " answered with an error, and the references go when the invocation is complete.",
        ("cancels",),
        "posted",
        ("no-deadlock", "no-suspended-thread", "completed-once"),
        (Cell("two-ocalls", 2),),
    ),
    Rule(
        "A request is handed to no process that is to end, and on no session that is being closed:"
        " it is cancelled at once.",
        ("hands_out",),
        "two-lists",
        ("no-deadlock", "no-suspended-thread", "completed-once"),
        (Cell("two-threads-one-session", 2),),
    ),
    Rule(
        "A process that closes a context's file takes back what is asked of it there, whoever else"
        " has the file, and before its memory is given up.",
        ("flush", "pre_release"),
        "ecall-bare",
        ("no-suspended-thread", "no-context-leak", "completed-once"),
        (Cell("flow-1-memref", 2), Cell("inherited-session", 2)),
    ),
    Rule(
        "A call that waits for its CA is not in the call queue, so that each wake-up goes to a call"
        " that can use the secure thread.",
        ("request_leaves",),
        "two-lists",
        ("no-needless-wait",),
        (Cell("close-in-the-queue", 2, None, EVERY_FAULT),),
    ),
    Rule(
        "A CA thread that is to wait in the driver first takes back what is asked of it: it could"
        " not answer while it waits.",
        ("waits",),
        "two-lists",
        ("no-suspended-thread", "completed-once"),
        (Cell("shared-instance-handler", 2),),
    ),
    Rule(
        "A kill ends every wait in the driver, and takes back what is asked of any thread of the"
        " process.",
        ("wakes", "waits", "killed"),
        "two-lists",
        ("no-deadlock", "no-suspended-thread"),
        (Cell("two-threads-one-session", 2),),
    ),
    Rule(
        "What the driver keeps for itself is charged to a context of its own, and to no caller's.",
        ("charged",),
        "two-lists",
        ("no-context-leak", "no-session-leak"),
        (Cell("cold-boot", 2),),
    ),
)
"""The rules, in the order of an invocation's life."""
