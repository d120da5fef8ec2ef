"""Every small system, the smallest first: a CA, its TA, how many clients, how many threads.

All systems of one size have numbers, and each is found by its number alone: they can be gone
through in order, in any other, or here and there where there are too many.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from ocallkit.judging.assembly import CLIENT_NAMES, check_count, find_faults
from ocallkit.model.config import FAULTS
from ocallkit.scenarios.grammar import ASKS, WEIGHTS, Program, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_ASKS = 2
"""OCALLs of one invocation."""

ALL = 200_000
"""Systems of one size up to which every one of them is tried; of more, any, as the seed has it."""


class SmallSystem(NamedTuple):
    """A program, how many clients run it, how many secure threads there are, what may go wrong."""

    program: Program
    clients: int = 1
    threads: int = 1
    faults: tuple[str, ...] = FAULTS

    @property
    def size(self) -> int:
        """How much there is: the program's words, the clients, the threads.

        >>> SmallSystem(Program(("context", "session", "invoke"), ("value",))).size
        6
        """
        return self.program.size + self.clients + self.threads


class Space(NamedTuple):
    """What is gone through: which numbers of clients and of threads, and what may go wrong."""

    clients: tuple[int, ...] = (1, 2)
    threads: tuple[int, ...] = (1, 2)
    faults: tuple[str, ...] = FAULTS

    @property
    def least(self) -> int:
        """The size of the smallest system, in which nobody does anything."""
        return min(self.clients) + min(self.threads)

    def count(self, size: int) -> int:
        """How many systems there are of one size."""
        return sum(count_programs(size - sum(pair)) for pair in self._pairs())

    def systems(self, size: int, seed: int | None = None) -> Iterator[SmallSystem]:
        """Those of one size: all in order, with a seed in another, and any if they are too many.

        >>> [one.program.name for one in Space((1,), (1,)).systems(4)]
        ['hunt:context.session:', 'hunt:context.register-a:', 'hunt:context.close-context:']
        """
        total = self.count(size)
        numbers: Iterator[int] = iter(range(total))
        if seed is not None or total > ALL:
            random = Random(f"{seed}/{size}")  # noqa: S311 - an order, and no secret
            numbers = iter(random.sample(range(total), min(total, ALL)))
        return map(self._nth, numbers, _again(size))

    def _nth(self, number: int, size: int) -> SmallSystem:
        for clients, threads in self._pairs():
            here = count_programs(size - clients - threads)
            if number < here:
                program = nth_program(size - clients - threads, number)
                return SmallSystem(program, clients, threads, self.faults)
            number -= here
        raise IndexError(number)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        return product(sorted(self.clients), sorted(self.threads))


def space(clients: Sequence[int], threads: Sequence[int], faults: Sequence[str]) -> Space:
    """The space of these numbers and faults, checked; raises ValueError for what makes no system.

    >>> space([2], [1, 1], ()).threads
    (1,)
    """
    for number in clients:
        check_count("clients", number, 1, len(CLIENT_NAMES))
    for number in threads:
        check_count("threads", number, 1, 64)
    find_faults(faults)
    return Space(tuple(sorted({*clients})), tuple(sorted({*threads})), tuple(faults))


def _again(size: int) -> Iterator[int]:
    while True:
        yield size


# --- programs --------------------------------------------------------------------------------


class _Asking(NamedTuple):
    """A TA, its share of a program's size, and whether the CA has to invoke it."""

    asks: tuple[str, ...]
    persists: bool

    @property
    def size(self) -> int:
        return sum(map(WEIGHTS.__getitem__, self.asks)) + self.persists


_ASKING = tuple(
    _Asking(asks, persists)
    for number in range(MOST_ASKS + 1)
    for asks in product(ASKS, repeat=number)
    for persists in ((False, True) if asks else (False,))
)
"""Every TA; one that nobody invokes is not varied."""


def count_programs(size: int) -> int:
    """How many programs there are of one size.

    >>> [count_programs(size) for size in range(8)]
    [1, 1, 3, 9, 36, 169, 867, 4668]
    """
    return sum(count_calls(size - ta.size, invokes=bool(ta.asks)) for ta in _ASKING)


def nth_program(size: int, number: int) -> Program:
    """One of them; raises IndexError for a number that none has."""
    for ta in _ASKING:
        here = count_calls(size - ta.size, invokes=bool(ta.asks))
        if number < here:
            calls = nth_calls(size - ta.size, number, invokes=bool(ta.asks))
            return Program(calls, *ta)
        number -= here
    raise IndexError(number)


@cache
def count_calls(number: int, stage: Stage = Stage(), *, invokes: bool = False) -> int:  # noqa: B008
    """How many sequences of so many calls make sense from a stage on; with `invokes` an invoke."""
    if number <= 0:
        return int(not number and not invokes)
    return sum(
        count_calls(number - 1, stage.after(call), invokes=invokes and not _invokes(call))
        for call in stage.calls()
    )


def nth_calls(
    left: int,
    number: int,
    stage: Stage = Stage(),  # noqa: B008
    *,
    invokes: bool = False,
) -> tuple[str, ...]:
    """One of those sequences; raises IndexError for a number that none has."""
    if not left:
        return ()
    for call in stage.calls():
        still = invokes and not _invokes(call)
        here = count_calls(left - 1, stage.after(call), invokes=still)
        if number < here:
            return (call, *nth_calls(left - 1, number, stage.after(call), invokes=still))
        number -= here
    raise IndexError(number)


def _invokes(call: str) -> bool:
    return call.startswith("invoke")
