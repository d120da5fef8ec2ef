"""An executable reference for OP-TEE OCALLs.

>>> from ocallkit import run
>>> run("flow-1", design="ecall").ending
''

`run` follows one path through the model and gives a `Run`; `judge` tries every path and gives a
`Verdict`; `token` names a run in one line and `replay` makes it again; `part` lays two runs side
by side.  `designs` has the proposals of the thread, `scenarios` the situations that they are
tried in, `model` the parties themselves.
"""

from ocallkit.compare import part
from ocallkit.path import NoSuchStepError, Run, run
from ocallkit.replay import TokenError, replay, token
from ocallkit.system import UnknownNameError
from ocallkit.verdict import Verdict, judge

__version__ = "0.2.0"

__all__ = [
    "NoSuchStepError",
    "Run",
    "TokenError",
    "UnknownNameError",
    "Verdict",
    "__version__",
    "judge",
    "part",
    "replay",
    "run",
    "token",
]
