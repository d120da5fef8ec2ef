"""When two suspended generators will do the same: then their histories need not be told apart.

A program that goes round for ever has histories without end, and one that does not look at what it
receives has as many as there are answers.  Where its generator, and each that it waits for, stands
at the same place with the same values, it goes on in the same way, however it came there.  That is
said only where it is certain: all that a generator holds, by name or on its stack, is gone through,
and where one thing is of a kind that cannot be told in full, there is no snapshot.
"""

from __future__ import annotations

import gc
from enum import Enum
from functools import partial
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FrameType,
    FunctionType,
    GeneratorType,
    ModuleType,
    NoneType,
)
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_PLAIN = {NoneType, bool, int, str, bytes, CodeType}
"""Kinds whose values are equal only if they are the same to everybody."""

_EMPTY: tuple[Iterable[Any], ...] = ((), [], range(0), "", b"")
_ITERATORS = tuple(type(iter(of)) for of in _EMPTY)
"""Those that say how far they are."""


MOST = 2_000
"""Values that are told at most: what grows with each step never comes back to where it was."""


class _UntoldError(Exception):
    """Something is of a kind that cannot be told in full."""


class _Bare:
    """How an object is laid out that holds nothing but what is in its ``__dict__``."""


def snapshot(running: Any, step: object) -> Hashable | None:
    """All that decides how a generator goes on that asks for `step`; nothing if it cannot be told.

    The step is no part of the generator: what it was made of may be forgotten there.
    """
    try:
        return _Teller().tell((running, step))
    except _UntoldError:
        return None


class _Teller:
    """Tells values so that two are told alike only if nobody could tell them apart.

    What can change, and what can be met twice, is told once; then by the number of its turn.
    """

    def __init__(self) -> None:
        self._met: dict[int, int] = {}
        # What is looked at lives as long as the numbers.
        self._alive: list[Any] = []
        self._left = MOST

    def tell(self, value: Any) -> Hashable:
        """A value as something that can be compared; raises _UntoldError where that cannot be."""
        self._left -= 1
        if self._left < 0:
            raise _UntoldError
        kind = type(value)
        match value:
            case Enum() | type() | ModuleType():
                told: Hashable = kind, value
            case _ if kind in _PLAIN:
                told = kind, value
            case str() if all(map(_is_written, kind.__mro__[: kind.__mro__.index(str)])):
                told = kind, str(value), self._all(sorted(vars(value).items()))
            case float() | range():
                # Equal ones may differ: 0.0 from -0.0, range(0) from range(1, 1).
                told = kind, repr(value)
            case tuple() if not hasattr(value, "__dict__"):
                told = kind, self._all(value)
            case frozenset() if kind is frozenset:
                told = kind, frozenset(map(self.tell, value))
            case msgspec.Struct() if value.__struct_config__.frozen:
                fields = (getattr(value, field) for field in value.__struct_fields__)
                told = kind, self._all(fields)
            case _ if id(value) in self._met:
                told = "met", self._met[id(value)]
            case _:
                self._met[id(value)] = len(self._met)
                self._alive.append(value)
                told = kind, self._content(value)
        return told

    def _all(self, values: Iterable[Any]) -> tuple[Hashable, ...]:
        return tuple(map(self.tell, values))

    def _content(self, value: Any) -> Hashable:
        """What is in something that can be met twice."""
        match value:
            case GeneratorType():
                return self._frame(value)
            case CellType():
                return self._cell(value)
        return self._all(_inside(value))

    def _cell(self, cell: CellType) -> Hashable:
        try:
            return self.tell(cell.cell_contents)
        except ValueError:
            return "empty"

    def _frame(self, running: Any) -> Hashable:
        """Where a generator stands, its names, and what lies on its stack besides."""
        frame = running.gi_frame
        if frame is None:
            return "ended"
        names = frame.f_locals
        # What the frame is made of says nothing more; the rest is what it holds, in its order.
        held = [
            one
            for one in gc.get_referents(running)
            if not (one is names or isinstance(one, FrameType | CodeType) or _is_its(one, running))
        ]
        place = running.gi_code, frame.f_lasti, id(frame.f_globals)
        told = self._all([*place, sorted(names.items())])
        return told, self._all(held)


def _inside(value: Any) -> Iterable[Any]:
    """All that makes a thing what it is; raises _UntoldError for one of an unknown kind."""
    kind = type(value)
    match value:
        case FunctionType():
            inner: Iterable[Any] = (
                *(value.__code__, id(value.__globals__), value.__closure__),
                *(value.__defaults__, value.__kwdefaults__, vars(value)),
            )
        case BuiltinFunctionType():
            inner = (value.__self__, value.__qualname__)
        case partial() if kind is partial:
            inner = (value.func, value.args, value.keywords, vars(value))
        case list() if kind is list:
            inner = value
        case dict() if kind is dict:
            inner = value.items()
        case _ if isinstance(value, _ITERATORS):
            inner = value.__reduce__()
        case _ if kind.__basicsize__ == _Bare.__basicsize__ and all(
            map(_is_written, kind.__mro__[:-1])
        ):
            inner = vars(value).items()
        case _:
            raise _UntoldError
    return inner


def _is_written(one: type) -> bool:
    """Whether a class was made by a class statement: what it holds is in its ``__dict__``."""
    return bool(one.__flags__ & 1 << 9) and "__slots__" not in vars(one)


def _is_its(value: Any, running: Any) -> bool:
    """Whether a function is the one that the generator runs."""
    return isinstance(value, FunctionType) and value.__code__ is running.gi_code
