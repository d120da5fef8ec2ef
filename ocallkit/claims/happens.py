"""What happens where a property or a fact breaks, in words: what a claim says of cells that say no.

A fact is broken by one state somewhere; so each sentence says what can be, and not what must.
"""

from __future__ import annotations

from typing import Final

from ocallkit.model import breaches
from ocallkit.properties import CAN_FINISH, LOST, NEEDLESS

PROPERTIES: Final = {
    "no-deadlock": "somebody waits for ever",
    CAN_FINISH: "nothing leads to an end any more",
    "no-suspended-thread": "a secure thread stays suspended",
    "no-context-leak": "a context is never released",
    "no-session-leak": "a session stays open",
    "no-shm-leak": "a shared memory is never freed",
    "no-mobj-leak": "a memory object stays",
    "no-use-after-free": "freed memory is used",
    "counts-never-negative": "a count falls below zero",
    "completed-once": "an OCALL is never completed, or twice",
    "no-blocking-release": "a release waits in secure world",
    "nothing-left": "a call outlives its invocation",
    "nothing-left-in-a-living-ca": "a living CA keeps the memory of an OCALL that is over",
    LOST: "a wake-up is lost",
    NEEDLESS: "a call sleeps although a secure thread is free",
    breaches.ISOLATION: "a process uses what is another's",
    breaches.PRIVATE: "the CA sees octets that the TA did not pass",
    breaches.ARRIVE: "the other side reads something else than was passed",
    breaches.TRUTH: "a TA is told of success where nobody served it",
    breaches.PANIC: "a caller makes a TA, OP-TEE or the kernel panic",
}

FACTS: Final = {
    "asker-stays-suspended": "the thread of a pending request is not suspended in it",
    "no-opening-is-asked": "a CA is asked while its session opens",
    "no-request-with-memory-is-cancelled": "a pending request that holds memory is cancelled",
    "cancelled-with-an-error": "a cancelled request ends with success",
    "context-file-cancels-nothing": "a dead CA's request is cancelled before its context goes",
    "error-frees-the-mobj": "a memory object is still used after its invocation was cancelled",
    "passed-memory-is-counted": "a passed memory has its file's reference alone, or none",
    "used-memory-is-there": "memory in use is freed",
    "used-memory-is-counted": "memory is let go of while a suspended thread uses it",
    "return-counts-down": "a memory is still referenced when its invocation has returned",
    "request-keeps-the-normal-list": "a return with a request keeps no reference on the"
    " invocation's memory, or several",
    "request-drops-the-reply-list": "a return with a request keeps a reference on the memory of an"
    " OCALL",
    "reply-counts-up": "a reply's memory goes to secure world without a reference",
    "never-asked-in-the-kernel": "a client in the kernel is asked",
    "refused-in-the-kernel": "secure world is told something else than a refusal",
    "uncompleted-is-suspended": "a thread stays suspended for which there is no call",
    "a-thread-is-left": "no secure thread is left",
    "a-thread-is-left-by-deadlock": "a deadlock takes every secure thread",
    "uncompleted-keeps-its-ta": "a session is closed whose call was never completed",
    "no-context-is-held-by-a-request": "a pending request keeps a context",
    "callers-pay": "a context of the driver's own is charged for what is kept",
    "no-close-waits-for-good": "a close of a session waits for ever",
    "no-close-waits-for-an-answer": "a close of a session waits for a client's answer",
    "kept-memory-keeps-its-context": "the context that is charged has another count than one",
    "one-context-pays": "more than one context is charged for what is kept",
    "who-does-not-pay-is-released": "a context that is charged for nothing is not released",
}

FACTS_OF_CALLS: Final = {
    "every-answer-resumes": "an ioctl that answers a request fails",
    "failed-return-ends-it": "an ioctl fails whose invocation is still pending",
    "context-begins-with-a-request": "a call that has asked has no number",
    "asker-has-its-context": "a thread is suspended for which there is no call",
    "ocalls-of-a-context-differ": "two calls of a context have the same number",
    "flagged-memory-is-not-told": "secure world is told of memory with the OCALL flag",
    "ocall-names-the-cas-memory": "an OCALL names memory that its CA has not made for it",
    "pending-keeps-its-waiter": "a call that waits for its CA has no waiter in the call queue",
    "pending-keeps-its-rpc-memory": "a call that waits for its CA has lost the memory of its RPC",
    "pending-keeps-its-argument": "a call that waits for its CA has lost its page",
}

HAPPENS: Final = {**PROPERTIES, **FACTS, **FACTS_OF_CALLS}
"""For every property and every fact what happens where it breaks."""
