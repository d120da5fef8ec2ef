"""A key of a state that does not depend on which client is called A and which B.

Clients that run the same program are interchangeable.  What belongs to one of them - its node,
its records, its secure threads - is written with its name taken out, and the state's key is
these parts in an order of their own.

The explorer's symmetry relies on this: two states have one key only if another assignment of
names makes one of the other.  The names of secure threads stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.engine import Node, State
from ocallkit.model.world import TABLES, World

if TYPE_CHECKING:
    from collections.abc import Hashable

OWN = "@"


class Shapes:
    """The parts that have been met, each under a number; called with a state it gives its key.

    `clients` are the names of the tasks, in their order.

    >>> from ocallkit.system import build
    >>> system = build("flow-1", clients=2)
    >>> a_opened, b_opened = (move.state for move in system.moves(system.start))
    >>> shapes = Shapes(system.tasks)
    >>> a_opened.key() == b_opened.key(), shapes(a_opened) == shapes(b_opened)
    (False, True)
    """

    def __init__(self, clients: tuple[str, ...]) -> None:
        self._clients = clients
        self._known: dict[Hashable, int] = {}
        self._nodes: dict[tuple[Node, str], int] = {}
        self._records: dict[tuple[str, Any], int] = {}

    def __call__(self, state: State[World]) -> Hashable:
        """The key of `state`."""
        parts: dict[str, list[int]] = {
            name: [self._node(node, name)]
            for name, node in zip(self._clients, state.nodes, strict=True)
        }
        common = []
        for table in TABLES:
            for record in getattr(state.world, table).values():
                owner = _owner(record)
                if owner in parts:
                    parts[owner].append(self._record(record, owner))
                else:
                    common.append(self._record(record, ""))
        whole = sorted(self._number(tuple(sorted(part))) for part in parts.values())
        return (*whole, -1, *sorted(common))

    def _number(self, shape: Hashable) -> int:
        return self._known.setdefault(shape, len(self._known))

    def _node(self, node: Node, name: str) -> int:
        number = self._nodes.get((node, name))
        if number is None:
            shape = (node.program, self._anonymous((node.args, node.history), name))
            number = self._nodes[node, name] = self._number(shape)
        return number

    def _record(self, record: Any, name: str) -> int:
        number = self._records.get((name, record))
        if number is None:
            number = self._records[name, record] = self._number(self._anonymous(record, name))
        return number

    def _anonymous(self, value: Any, name: str) -> Hashable:
        """`value` with the client's name taken out wherever it stands."""
        if isinstance(value, str):
            if value == name:
                return OWN
            return OWN + value[len(name) :] if value.startswith(f"{name}.") else value
        if isinstance(value, tuple):
            return tuple(self._anonymous(part, name) for part in value)
        if isinstance(value, Node):
            return self._node(value, name)
        if isinstance(value, msgspec.Struct):
            fields = [getattr(value, field) for field in value.__struct_fields__]
            return type(value), self._anonymous(tuple(fields), name)
        hashable: Hashable = value
        return hashable


def _owner(record: Any) -> str:
    """The client that a record belongs to; a free thread belongs to nobody."""
    client: str = getattr(record, "client", "") or record.id
    return client.partition(".")[0]
