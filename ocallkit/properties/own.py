"""How a reader marks a property of their own: what it has to fail on, and when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.designs import EcallBare
    from ocallkit.scenarios import Scenario

C = TypeVar("C", bound="Callable[..., object]")


class Example(NamedTuple):
    """What a property is said to fail on: the token of a run, or a scenario under a design."""

    scenario: str | Scenario
    design: str | type[EcallBare] | None
    size: dict[str, Any]


def fails_on(
    scenario: str | Scenario,
    design: str | type[EcallBare] | None = None,
    **size: Any,  # noqa: ANN401 - as `build` has them
) -> Callable[[C], C]:
    """Mark a property with what it fails on: the token of a run, or a scenario under a design.

    `size` are further arguments of `build`: `threads`, `clients`, `rounds`, `faults`, `switches`.

    >>> from ocallkit import judge
    >>> @fails_on("flow-1", "ecall")
    ... def never_asked(state):
    ...     return not any(call.pending for call in state.world.calls.all())
    >>> judge("plain-invoke", "ecall", properties=[never_asked]).broken
    ()
    """

    def marks(check: C) -> C:
        check.fails_on = Example(scenario, design, size)  # type: ignore[attr-defined]
        return check

    return marks


def at_end(check: C) -> C:
    """Mark a property that is asked only where nothing is left that could still put it right."""
    check.at_end = True  # type: ignore[attr-defined]
    return check
