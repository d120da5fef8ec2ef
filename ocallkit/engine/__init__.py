"""Coroutines as data: programs that can be copied, compared, and left in two directions.

The engine knows nothing of TEEs.  To read it in one sitting, in this order:

- `program` turns generator functions into automata; `blame` has the words for what goes wrong in
  one, `watch` notices one that never yields, `frames` one that comes back to where it was.
- `world` has records in parts, and sees what a step touches; `system` runs several programs over
  one world.
- `numbers` gives what belongs to an owner one number, whatever its name, with the help of `names`;
  `parts` takes each step once for each thing that it can depend on.
- `laps` has what can follow a state, `kept` how states were reached, `back` what leads where;
  `explore` goes through them.
- `looks` has what is looked for, `apart` what one owner alone can do and why few tell of many;
  `exploration` what one is told and gives, `megabytes` how much of the machine it may take.
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
