"""The claims about the interface, in their order."""

from __future__ import annotations

from ocallkit.claims.borders import A_COPY, ANOTHER_TEE, CAPABILITY, FIVE_PARAMETERS, FLAGGED
from ocallkit.claims.context import KEEPS, NUMBERED, SUSPENDED
from ocallkit.claims.flows import FLOWS, TO_AND_FRO, TWO_CYCLES
from ocallkit.claims.opening import BY_THE_PARAMETER
from ocallkit.claims.wire import ECHOED, REPLACED, SAYS_IT_ALL, TWO_VALUES

CLAIMS = (
    TO_AND_FRO,
    FLAGGED,
    CAPABILITY,
    SUSPENDED,
    TWO_CYCLES,
    SAYS_IT_ALL,
    NUMBERED,
    KEEPS,
    TWO_VALUES,
    *FLOWS,
    A_COPY,
    REPLACED,
    BY_THE_PARAMETER,
    ECHOED,
    FIVE_PARAMETERS,
    ANOTHER_TEE,
)
"""What is said here is said of the octets, of the messages, and of what a pending call keeps."""
