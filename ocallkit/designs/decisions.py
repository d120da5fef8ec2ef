"""What a design decides, and what each decision answers with."""

from __future__ import annotations

from typing import Final

PAYERS: Final = ("none", "caller", "driver", "off")
"""Who pays for memory of the driver's: as the switches say it."""

NAMES: Final = "a tuple of memory names"
STEPS: Final = "steps: yield them, or return a program of the model; `return ()` for none"
PROGRAM: Final = "a program of the model: yield its steps, and return what it gives"
TRUTH: Final = "True or False"
NUMBER: Final = "a whole number, 0 or more"
NOTHING: Final = "nothing: it changes the world at once, and may not yield"
PAYER: Final = f"one of {', '.join(PAYERS)}"
ORIGIN: Final = "an Origin"
TRANSPORT: Final = "a transport: an instance of a class of ocallkit.designs.transport"

WANTED: Final[dict[str, str]] = {
    "transport": TRANSPORT,
    "kept": NAMES,
    "referenced": NAMES,
    "replied": NAMES,
    "asks": PROGRAM,
    "hands_out": TRUTH,
    "request_leaves": NOTHING,
    "reply_arrives": STEPS,
    "answer_drops": NAMES,
    "found_again": NAMES,
    "enters": STEPS,
    "leaves": STEPS,
    "completes": STEPS,
    "gives_up": TRUTH,
    "intrudes": PROGRAM,
    "refuses": PROGRAM,
    "cancels": STEPS,
    "unlists": PROGRAM,
    "close_session": STEPS,
    "closed": STEPS,
    "flush": STEPS,
    "pre_release": STEPS,
    "release_request_file": STEPS,
    "release_memory_file": STEPS,
    "unregister": STEPS,
    "release": STEPS,
    "spared": NUMBER,
    "wakes": TRUTH,
    "waits": STEPS,
    "killed": STEPS,
    "charged": PAYER,
    "takes_memory": TRUTH,
    "size_given": NUMBER,
    "speaks_for": ORIGIN,
    "wq_wakeup": NOTHING,
    "supp_given_up": NOTHING,
}
"""Every decision, in the order of an invocation's life, with what it has to answer."""

DECISIONS: Final = tuple(WANTED)
"""What a design decides, in the order of an invocation's life."""

YIELD: Final = (STEPS, PROGRAM)
"""The answers that may be given step by step."""

LABELS: Final = ("name", "parent", "changes", "worker", "server")
"""What a design says of itself; all else that is public is a decision."""
