"""An executable reference for OP-TEE OCALLs.

>>> from ocallkit import run
>>> run("flow-1", design="ecall").ending
''

`run` follows one path through the model and gives a `Run`; `designs` has the proposals of the
thread, `scenarios` the situations that they are tried in, `model` the parties themselves.
"""

from ocallkit.path import NoSuchStepError, Run, run
from ocallkit.system import UnknownNameError

__all__ = ["NoSuchStepError", "Run", "UnknownNameError", "run"]
