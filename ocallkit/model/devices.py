"""The devices that there are: whose driver stands behind a context.

A context's id says it: that of OP-TEE's for clients is the process's name, alone or with a number;
one of another TEE's has that device's name behind it; the supplicant has a device of its own.
"""

from __future__ import annotations

from typing import Final

from ocallkit.model.config import SUPPLICANT

OPTEE: Final = "optee"
"""The device of the driver that the project is about, as clients open it."""
AMDTEE: Final = "amdtee"
"""That of AMD's TEE: it has no OCALLs, no memory that a client registers, and here no TA."""
TEEPRIV: Final = "teepriv"
"""OP-TEE's other device, which the supplicant opens; no client does."""

FOR_CLIENTS: Final = (OPTEE, AMDTEE)


def first_context(client: str, device: str) -> str:
    """The id of the first context that a process opens on a device."""
    return f"{client}.{device}" if device == AMDTEE else client


def device_of(context: str) -> str:
    """On which device a context was opened.

    >>> device_of("A.2"), device_of("A.amdtee"), device_of("tee-supplicant")
    ('optee', 'amdtee', 'teepriv')
    """
    owner, _, more = context.partition(".")
    if owner == SUPPLICANT:
        return TEEPRIV
    return AMDTEE if more.startswith(AMDTEE) else OPTEE
