"""Situations in which a CA meets another one in secure world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_OpenSession,
)
from ocallkit.model.config import TrustedApp
from ocallkit.scenarios.scenario import Scenario
from ocallkit.scenarios.simple import sending_ta, serve, with_memory

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

SHARED = TrustedApp("shared", sending_ta, single_instance=True, multi_session=True)
"""A TA of which there is one instance, for one call at a time."""


def guest(client: Client) -> Steps:
    """A CA that makes no OCALL: it opens a session and closes it."""
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


SEVERAL = (
    Scenario(
        "close-behind-an-ocall",
        "an OCALL, and another CA that closes its session with the same instance of the TA",
        (with_memory((), serve), guest),
        SHARED,
    ),
)
