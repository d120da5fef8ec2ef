"""No exercise that asks for a design takes a wrong one."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, ClassVar

import pytest

from ocallkit import judge
from ocallkit.designs import DESIGNS, Ecall, HeldRefs, TwoLists
from ocallkit.labs.designs import CANCELS, TRANSPORTS, Choice
from ocallkit.lesson import check
from ocallkit.model import optee, tee
from ocallkit.model.params import memories
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocallkit.designs import EcallBare
    from ocallkit.engine import Step
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param
    from ocallkit.model.world import World

pytestmark = pytest.mark.long

# --- right but for one situation ----------------------------------------------------------------


def asks_twice(world: World, name: str) -> bool:
    """The memory of an OCALL was freed before."""
    memory = world.memories.get(f"{name}.ocall")
    return memory is not None and memory.freed


def passed(world: World, name: str) -> int:
    """How many memories the invocation was passed."""
    return len(memories(world.calls[name].params))


def sends(world: World, name: str) -> bool:
    """The OCALL passes memory."""
    return bool(memories(world.calls[name].request))


def asks_alone(world: World, name: str) -> bool:
    """It is an OCALL, and passes none."""
    return world.calls[name].pending == "OCALL" and not sends(world, name)


ONLY: dict[str, Callable[[World, str], bool]] = {
    "flow-1": lambda w, n: asks_alone(w, n) and not w.memories.of(n),
    "flow-1-memref": lambda w, n: passed(w, n) == 1 and asks_alone(w, n),
    "flow-1-two-memrefs": lambda w, n: passed(w, n) == 2,
    "flow-2-memref": lambda w, n: passed(w, n) == 1 and sends(w, n),
    "spare-memory": lambda w, n: not passed(w, n) and f"{n}.spare" in w.memories,
    "two-ocalls": lambda w, n: asks_twice(w, n) and w.calls[n].pending == "ALLOC",
}
"""For a scenario what is so at a request in it and in no other.

What `flow-2` does, `two-ocalls` does too; in `plain-invoke` nothing is asked.
"""


def leaking_in(scenario: str, parent: type[EcallBare]) -> type[EcallBare]:
    """A design that is right, but that takes a reference too much where that is so."""

    class Leaks(parent):  # type: ignore[misc, valid-type]
        """Right everywhere else."""

        name: ClassVar[str] = "leaks"

        def request_leaves(self, world: World, client: Client) -> None:
            """Get without put."""
            super().request_leaves(world, client)
            if ONLY[scenario](world, client.name):
                tee.teedev_ctx_get(world, client, "nobody", "a mistake")

    return Leaks


class Mine(HeldRefs):
    """The solution of the eighth notebook."""

    name = "mine"

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Where the driver hears of the closed file."""
        return optee.cancel_ocall(client)


class Repaired(TwoLists):
    """The solution of the ninth notebook."""

    name = "repaired"

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """What the request names."""
        return memories(params)


@pytest.mark.parametrize(("key", "parent"), [("08-your-fix", Mine), ("09-your-repair", Repaired)])
@pytest.mark.parametrize("scenario", ONLY)
def test_a_design_that_fails_in_one_scenario_only_is_wrong(
    scenario: str, key: str, parent: type[EcallBare]
) -> None:
    """Whichever it is; without its mistake the design is right."""
    design = leaking_in(scenario, parent)
    broken = {name: judge(name, design).broken for name in SCENARIOS}
    assert [scenario] == [name for name, some in broken.items() if some]
    assert f"In {scenario} it breaks no-context-leak" in check(key, design).plain
    assert check(key, parent).plain.startswith("Right.")


class FirstOnly(Repaired):
    """Its request references one memory, however many it names: all that there is, as it happens.

    What is right in every scenario is right.
    """

    name = "first-only"

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """The first of them."""
        return memories(params)[:1]


class NotOfThatName(Repaired):
    """Holds everywhere, and has no first list for a memory of one name."""

    name = "not-of-that-name"

    def kept(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """All but that one."""
        return tuple(name for name in super().kept(params) if name != "memory")


def test_a_repair_keeps_what_was_right() -> None:
    """The rule has two lists; one that does without the first is another rule."""
    assert check("09-your-repair", FirstOnly).plain.startswith("Right.")
    assert "Its first list is gone." in check("09-your-repair", NotOfThatName).plain


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_a_hook_is_right_if_flow_2_holds_with_it(design: type[EcallBare]) -> None:
    """As the matrix has it, whoever wrote the design."""
    expected = not judge("flow-2", design).broken
    assert expected == check("06-your-hook", design).plain.startswith("Right.")


def test_a_hook_that_leaves_something_behind_once_is_wrong() -> None:
    """When the memory of the OCALL is there and the TA asks to have it freed."""

    class LeavesOne(Ecall):
        name: ClassVar[str] = "leaves-one"

        def request_leaves(self, world: World, client: Client) -> None:
            super().request_leaves(world, client)
            if world.calls[client.name].pending == "FREE":
                tee.teedev_ctx_get(world, client, "nobody", "a mistake")

    assert "flow-2 breaks no-context-leak" in check("06-your-hook", LeavesOne).plain


@pytest.mark.whole
def test_of_all_choices_two_are_right() -> None:
    """Of the twenty-four: those that hold in every scenario and that nobody has named."""
    choices = [Choice(*some) for some in product((False, True), (False, True), CANCELS, TRANSPORTS)]
    right = [one for one in choices if check("21-one-more", one).plain.startswith("Right.")]
    expected = [
        Choice(holds_memories=True, cancel=cancel, transport="TEE_IOC_INVOKE")
        for cancel in ("pre_release", "request file")
    ]
    assert (24, expected) == (len(choices), right)
