"""Notebooks 08 to 10: the fixes, the rule of counting, and every design in every scenario."""

from __future__ import annotations

from inspect import signature
from typing import Final

from ocallkit import matrix
from ocallkit.commands.status import NOT_KNOWN
from ocallkit.designs import DESIGNS
from ocallkit.lesson import ex_09
from ocallkit.lesson.deaths import open_files
from ocallkit.scenarios import SCENARIOS
from tests.lesson.prose.counted import asked, orders, verdict
from tests.lesson.prose.saying import Page


def good_designs() -> int:
    """How many designs of the thread hold in every scenario if a secure thread is left."""
    return sum(all(verdict(one, design).holds for one in SCENARIOS) for design in DESIGNS)


def threads_tried() -> tuple[int, ...]:
    """The numbers of secure threads in the cells of the matrix."""
    tried: tuple[int, ...] = signature(matrix).parameters["threads"].default
    return tried


def more_than_threads() -> int:
    """With how many more CAs than secure threads a verdict is about any number."""
    found = (
        verdict("flow-1", "held-refs-pre-release", threads=1, clients=clients).outcome
        for clients in (1, 2, 3)
    )
    return [outcome.endswith("any number of clients") for outcome in found].index(True)


PAGES: Final = {
    "08": Page(
        said={
            "design, {:w} secure threads, {:w} CA, and then": lambda: asked(
                "08", r'replay\("flow-1-memref/ecall/t(\d)/c(\d)/'
            ),
            "and there is {:w} secure thread. The CA is killed": lambda: asked(
                "08", r'replay\("spare-memory/held-refs-pre-release/t(\d)/'
            ),
            "all {:w} orders of closing": lambda: orders("flow-1-memref", "ocall-fd")[1],
            "said of the {:w} good designs": good_designs,
            "dies with {:w} files open": lambda: len(open_files("flow-1-two-memrefs", "ocall-fd")),
        },
    ),
    "09": Page(
        said={
            "Flow {} with registered memory": lambda: asked("09", r'part\(run\("flow-(\d)-memref"'),
            "with {:w} files open": lambda: len(open_files("flow-2-memref", "two-lists")),
            "Flow {} under `two-lists`. The CA": lambda: int(ex_09.FLOW.removeprefix("flow-")),
        },
    ),
    "10": Page(
        said={
            "Where it is {:w} numbers, they are for {:w}, {:w} and {:w} secure threads": lambda: (
                len(threads_tried()),
                *threads_tried(),
            ),
            "{:W} CAs at once": lambda: asked("10", r'"held-refs-pre-release", clients=(\d)\)'),
            "{:W} clients run": lambda: asked("10", r'"held-refs-pre-release", clients=(\d)\)'),
            "With {:w} CAs neither": lambda: asked(
                "10", r'"held-refs-pre-release", clients=(\d)\)'
            ),
            "goes wrong with {:w} CA more than": more_than_threads,
            "holds with {:w} CA more than": more_than_threads,
            "ends with status {}": lambda: NOT_KNOWN,
            "**Predict.** {:W} secure thread, and any": lambda: asked(
                "10", r"matrix\(threads=\[(\d)\], clients="
            ),
        },
    ),
}
