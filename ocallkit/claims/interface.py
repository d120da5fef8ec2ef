"""The claims about the interface."""

from __future__ import annotations

from ocallkit.claims.claim import Claim
from ocallkit.claims.opening import BY_THE_PARAMETER

CLAIMS = (
    Claim(
        "C01",
        "A plain invoke is one request with one reply; the new call carries both in both"
        " directions, between CA and TA.",
        "PR",
    ),
    Claim(
        "C02",
        "Memory registered with the OCALL flag is known to the kernel alone, and every CA can"
        " make it, not the supplicant only.",
        "PR",
    ),
    Claim(
        "C03",
        "A capability says whether OP-TEE can make OCALLs; where it is missing the CA is told so.",
        "PR",
    ),
    Claim(
        "C04",
        "An ioctl that returns early leaves its invocation suspended, and a later ioctl resumes"
        " it.",
        "PR",
    ),
    Claim(
        "C05",
        "An OCALL with memory returns and re-enters twice more than one without: to allocate, and"
        " to free.",
        "PR",
    ),
    Claim(
        "C06",
        "What each return carries says whether the invocation is over, what the CA has to do if"
        " not, and how to go on.",
        "PR",
    ),
    Claim(
        "C07",
        "The OCALL's context is made when the TA asks, has its own id, and is there until the"
        " invocation is complete.",
        "PR",
    ),
    Claim(
        "C08",
        "That context keeps the argument memory, the memory of RPCs, the call waiter and the"
        " suspended thread's id.",
        "PR",
    ),
    Claim(
        "C09",
        "Two values beyond those of a plain invoke suffice: the state of the cycle and the"
        " OCALL's id.",
        "PR",
    ),
    Claim("C10", "An OCALL without memory is the message sequence of Flow 1.", "PR"),
    Claim("C11", "An OCALL with memory is the message sequence of Flow 2.", "PR"),
    Claim(
        "C12",
        "The CA never sees memory of the TA: a copy crosses, in memory that the CA allocated.",
        "PR",
    ),
    Claim(
        "C13",
        "A parameter more for the existing invoke does what the new ioctl does, and breaks no ABI.",
        "HG",
    ),
    BY_THE_PARAMETER,
    Claim(
        "C15",
        "Technically the new ioctl was needed only to hand two values out and get them back.",
        "HG",
    ),
    Claim("C16", "A test needed five parameters or more in the context of an OCALL.", "EC"),
    Claim(
        "C17",
        "Drivers of other TEEs have to follow the changed interface, and refuse the parameter.",
        "HG",
    ),
)
"""The model judges few of them here; the notebooks on the flows and the bytes show most."""
