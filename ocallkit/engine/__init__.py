"""Coroutines as data: programs that can be copied, compared, and left in two directions.

The engine knows nothing of TEEs.  `program` turns generator functions into automata, `system`
runs several of them over one world, `explore` tries everything that they can do there, and
`shorten` takes out of what it finds the moves that have nothing to do with it.
"""

from ocallkit.engine.program import (
    Become,
    Blocked,
    Choose,
    Node,
    Option,
    ProgramError,
    Programs,
    Step,
    Steps,
    begin,
    take,
    wrong,
)
from ocallkit.engine.system import Move, State, System, Waiting
from ocallkit.engine.world import World

__all__ = [
    "Become",
    "Blocked",
    "Choose",
    "Move",
    "Node",
    "Option",
    "ProgramError",
    "Programs",
    "State",
    "Step",
    "Steps",
    "System",
    "Waiting",
    "World",
    "begin",
    "take",
    "wrong",
]
