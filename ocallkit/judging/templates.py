"""A design and a scenario to begin with: what `ocallkit new` writes.

Each is whole as it stands: it can be judged, and a type checker and a linter have nothing to say.
"""

from __future__ import annotations

import re
from string import Template
from typing import TYPE_CHECKING, Final

from ocallkit.designs import EVERY
from ocallkit.designs.handed import IN_A_NAME, is_name
from ocallkit.errors import UsageError, find
from ocallkit.scenarios import ALL

if TYPE_CHECKING:
    from collections.abc import Collection

DESIGN: Final = '''"""`$name`: what this design does otherwise, and what for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.api import Design, optee

if TYPE_CHECKING:
    from ocallkit.api import Client, Steps


class $called(Design):
    """Pending OCALLs are cancelled when the context's file is closed.

    `help(Design)` has everything that can be decided; the rest is as in `ecall-bare`.
    """

    name = "$name"

    def pre_release(self, client: Client) -> Steps:
        """What is pending no longer holds the context."""
        return optee.cancel_ocall(client)
'''
"""A design that decides one thing."""

SCENARIO: Final = '''"""`$name`: what this scenario is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.api import (
    INPUT,
    Result,
    Scenario,
    TEE_InvokeCACommand,
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    value,
)

if TYPE_CHECKING:
    from ocallkit.api import Client, Params, Steps

ASK = 0
"""The command of the TA: ask the CA."""
ANSWER = 100
"""The command of the CA: answer the TA."""


def _ca(client: Client) -> Steps:
    """Invoke the TA once, with nothing."""
    context = yield from TEEC_InitializeContext(client, _handler)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_InvokeCommand(session, ASK)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def _handler(command: int, params: Params) -> Result:
    """Take one number, and nothing else."""
    fits = command == ANSWER and len(params) == 1
    return Result.SUCCESS if fits else Result.BAD_PARAMETERS


def _ta(command: int, params: Params) -> Steps:
    """Pass a number to the CA, and give what it answers."""
    if command != ASK or params:
        return Result.BAD_PARAMETERS
    ret, _, _ = yield from TEE_InvokeCACommand(ANSWER, (value(INPUT, 1),))
    return ret


$called = Scenario("$name", "a CA that is asked once, with a number", _ca, _ta)
'''
"""A scenario with one OCALL."""

TEMPLATES: Final = {"design": DESIGN, "scenario": SCENARIO}


def new(kind: str, name: str) -> str:
    """The source of a design, or of a scenario, of that name.

    >>> print(new("design", "my-own").splitlines()[12])
    class MyOwn(Design):

    Raises UnknownNameError for another kind, UsageError for a name that cannot be had.
    """
    text = find("kind of thing to write", kind, TEMPLATES)
    taken: Collection[str] = EVERY if kind == "design" else ALL
    if not is_name(name) or not name[0].isalpha():
        raise UsageError(f"{name!r} is no name: a letter, then {IN_A_NAME}")
    if name in taken:
        raise UsageError(f"{name!r} is a {kind} of the package: choose another name")
    return Template(text).substitute(name=name, called=called(kind, name))


def called(kind: str, name: str) -> str:
    """What the thing of that name is called in its module, where nothing else is called so.

    >>> called("design", "my-own"), called("scenario", "my-own"), called("design", "client")
    ('MyOwn', 'MY_OWN', 'ClientDesign')
    """
    parts = [part for part in re.split(r"[-_.]", name) if part]
    if kind == "scenario":
        made, other = "_".join(parts).upper(), "_SCENARIO"
    else:
        made, other = "".join(part[0].upper() + part[1:] for part in parts), "Design"
    used = made in {"None", "True", "False"} or re.search(rf"\b{made}\b", TEMPLATES[kind])
    return f"{made}{other}" if used else made
