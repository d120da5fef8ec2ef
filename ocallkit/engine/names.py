"""What an owner has, told without the owner's name, and under another owner's name.

A name stands in a value as itself, or before a dot: ``A`` and ``A.memref`` of owner ``A``; and so
it does in the last word of what has several: ``MOBJ A.memref``.
Strings, tuples, records and nodes are looked into; whatever else holds a name keeps it, and is then
not the same for two owners, which costs a reduction and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.engine.program import Node, Programs

if TYPE_CHECKING:
    from collections.abc import Hashable


class Shape(msgspec.Struct, frozen=True):
    """What is left of a value without the name; no value of a program is equal to one."""

    kind: Any
    content: Any


OWN = "own"


class Names:
    """Takes names out of values and puts others in; everything is done once.

    >>> names = Names(Programs())
    >>> names.strip(("A.memref", 1), "A") == names.strip(("B.memref", 1), "B")
    True
    >>> names.rename(("A.memref", "C", 1), "A", "B")
    ('B.memref', 'C', 1)
    """

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._shapes: dict[tuple[Node, str], int] = {}
        self._numbers: dict[Hashable, int] = {}
        self._renamed: dict[tuple[Node, str, str], Node] = {}

    def strip(self, value: Any, name: str) -> Any:
        """`value` without `name`: equal for what two owners have alike, and for nothing else."""
        match value:
            case str():
                before, after = _around(value, name)
                return value if after is None else Shape(OWN, (before, after))
            case tuple():
                return Shape(type(value), tuple(self.strip(one, name) for one in value))
            case msgspec.Struct():
                fields = tuple(getattr(value, field) for field in value.__struct_fields__)
                return Shape(type(value), self.strip(fields, name))
            case Node():
                return Shape(Node, self._shape(value, name))
        return value

    def _shape(self, node: Node, name: str) -> int:
        """The number of a node without the name; a long history is gone through once."""
        way = []
        at: Node | None = node
        while at is not None and (at, name) not in self._shapes:
            way.append(at)
            at = at.before
        number = -1 if at is None else self._shapes[at, name]
        for one in reversed(way):
            told = (one.program, one.args) if one.before is None else one.received
            shape = (number, self.strip(told, name))
            number = self._numbers.setdefault(shape, len(self._numbers))
            self._shapes[one, name] = number
        return number

    def rename(self, value: Any, old: str, new: str) -> Any:
        """`value` as it is for owner `new` what it was for owner `old`."""
        if old == new:
            return value
        match value:
            case str():
                before, after = _around(value, old)
                return value if after is None else f"{before}{new}{after}"
            case tuple():
                parts = [self.rename(one, old, new) for one in value]
                return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
            case msgspec.Struct():
                return type(value)(
                    **{f: self.rename(getattr(value, f), old, new) for f in value.__struct_fields__}
                )
            case Node():
                return self._walk(value, old, new)
        return value

    def _walk(self, node: Node, old: str, new: str) -> Node:
        """The node in which the program stands for `new` when it has received the same."""
        way = []
        at = node
        while (at, old, new) not in self._renamed and at.before is not None:
            way.append(at)
            at = at.before
        found = self._renamed.get((at, old, new))
        if found is None:
            args = self.rename(at.args, old, new)
            found = self._programs.start(at.program, *args)
            self._renamed[at, old, new] = found
        for one in reversed(way):
            found = found.after(self.rename(one.received, old, new))
            self._renamed[one, old, new] = found
        return found


def _around(value: str, name: str) -> tuple[str, str | None]:
    """What stands before a name and behind it; nothing behind it where it does not stand.

    >>> _around("A.memref", "A"), _around("MOBJ A.memref", "A"), _around("A MOBJ", "A")
    (('', '.memref'), ('MOBJ ', '.memref'), ('A MOBJ', None))
    """
    for place in (0, value.rfind(f" {name}") + 1):
        if value.startswith(name, place):
            after = value[place + len(name) :]
            if not after or (after[0] == "." and " " not in after):
                return value[:place], after
    return value, None
