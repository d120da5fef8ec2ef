"""Nothing in the model is there in vain: without any one get, put or cancel a check fails."""

from __future__ import annotations

import ast

import pytest

from ocallkit import judge
from ocallkit.designs.decisions import DECISIONS
from tests.judging.checks import notices, outcomes
from tests.judging.mutation import CALLS, STEPS, Site, called, functions, sites, without

pytestmark = pytest.mark.long

SITES = sites()

COUNTS = {
    "answer_ocall:cancel_session:1": (
        "a malformed answer is refused either way; the request then waits for the context's file"
    ),
    "answer_ocall:reply_arrives:2": "the file of a request stays open until the process ends",
    "OcallFd.reply_arrives:disarm_request_file:1": (
        "the file of a request stays open until the process ends"
    ),
    "close_file:task_work_run:1": "what was put off is done when the process ends",
    "end_ioctl:task_work_run:1": "what was put off is done when the process ends",
    "entry_invoke_command:mobj_get:1": (
        "the put of the call then takes the registration's reference, and secure world refuses to"
        " give up what is gone"
    ),
    "optee_release:close_session:1": "the context's end has cancelled what is pending before",
    "register_shm:mobj_new:1": "secure world refuses every call that names the memory",
    "registered:tee_shm_abandon:1": (
        "a memory that secure world did not take is freed when its CA ends"
    ),
    "shm_from_user:replied:1": (
        "a CA of one thread closes no memory while its own answer is on its way"
    ),
    "optee_close_session:unlists:1": (
        "a session that its CA cannot close is closed when the context is released"
    ),
    "find_and_unlist:unlist_session:1": (
        "a session that its CA cannot close is closed when the context is released"
    ),
    "TEEC_InitializeContext:tee_open:1": (
        "on a device that is not open every call fails with EBADF, and nothing is left behind"
    ),
    "register_ocall_shm:tee_shm_new:1": (
        "an allocation answered without its memory fails with EINVAL, and the exit cancels it"
    ),
}
"""What no property forbids: only the number of states and steps is another."""

ANSWERS = {
    "hands_out",
    "wakes",
    "gives_up",
    "intrudes",
    "charged",
    "takes_memory",
    "size_given",
    "speaks_for",
}
"""Decisions that are asked for an answer: none of it takes, drops or cancels anything."""

ONLY_HARDENED = "only hardened does anything there, and without it breaks elsewhere"

SURVIVORS = {
    "answer_ocall:reply_arrives:1": (
        "no scenario here answers what does not fit, and the exit closes the request's file"
    ),
    "open_device:tee_open:1": "no scenario here is of a CA that writes its own octets",
    "entry_open_session:mobj_get:1": "as with an invocation, of which the counts tell",
    "mobjs_of:memories:1": (
        "the two good designs hold what a call names until it is over; where secure world does not,"
        " only a design that lets go too early shows the difference"
    ),
    **dict.fromkeys(
        (
            "complete_call:requested_references:1",
            "hand_over:drop_context:1",
            "new_call:teedev_ctx_get:1",
            "optee_close_session_helper:closed:1",
        ),
        "only a design with a server has anything there: see what is tried of that by itself",
    ),
    "optee_close_session_helper:refuses:1": "no TA here asks its CA while a session closes",
    "return_with_request:cancels:1": "no CA here lacks the room for what it is asked",
    "close_file:flush:1": ONLY_HARDENED,
    "exit_files:flush:1": ONLY_HARDENED,
    "waiting:waits:1": ONLY_HARDENED,
    "waiting:killed:1": ONLY_HARDENED,
    "cancel_of_process:cancels:1": ONLY_HARDENED,
    "optee_return_from_call:completes:1": "no design of the discussion does anything there",
    "optee_invoke_func:enters:1": "no design of the discussion does anything there",
    "optee_invoke_func:leaves:1": "no design of the discussion does anything there",
    "take_mapping:fput:1": "nothing is mapped here; a mapping is tested by itself",
    "thread_alloc_and_run:spared:1": "only asked where the call queue is a list",
    "tee_shm_put:tee_shm_release:1": "only a task of the kernel's releases there",
    "map_params:memories:1": (
        "it looks whether what the TA reads is freed, and while an invocation's memory is held it"
        " never is; only a design that does not hold it would show the difference"
    ),
}
"""What nothing notices, and why."""


@pytest.mark.parametrize("site", SITES, ids=str)
def test_a_call_that_is_missing_is_noticed(site: Site) -> None:
    """A property breaks that did not, or the model cannot go on; where not, the reason is known."""
    noticed = notices(site)
    expected = {"counts": str(site) in COUNTS, "": str(site) in SURVIVORS}
    assert expected.get(noticed, str(site) not in {*COUNTS, *SURVIVORS}), noticed


def test_the_number_of_calls_is_known() -> None:
    """A new get, put or cancel is a new mutant: it is counted here, and tried above."""
    assert 136 == len(SITES)
    assert len({str(site) for site in SITES}) == len(SITES)
    assert {*COUNTS, *SURVIVORS} <= {str(site) for site in SITES}


def test_what_writes_the_ledger_is_among_the_calls() -> None:
    """Every function of the model that takes or drops a reference can be taken out."""
    writers = {
        name
        for _, name, function in functions()
        if {"got", "dropped"} & {called(node) for node in ast.walk(function)}
    }
    assert {"drop_shm", "mobj_put", "tee_shm_get", "teedev_ctx_get"} <= writers
    assert writers <= STEPS


def test_what_a_design_decides_is_among_the_calls() -> None:
    """The driver asks the design at each of its decisions; every such question can be taken out."""
    asked = {site.callee for site in SITES if site.module.startswith("ocallkit.model")}
    # What becomes of a request to the supplicant is asked in its own module.
    decided = set(DECISIONS) - {"transport", "supp_given_up"} - ANSWERS
    assert decided <= asked
    assert decided <= CALLS


def test_all_checks_hold_as_long_as_nothing_is_missing() -> None:
    """A check that fails anyway could notice nothing."""
    assert {()} == {broken for broken, _ in outcomes().values()}


def test_the_model_is_whole_again_afterwards() -> None:
    """A call is missing only as long as it is asked for."""
    (site,) = (site for site in SITES if str(site) == "tee_shm_put:drop_shm_later:1")
    whole = judge("flow-1-memref", "held-refs-pre-release")
    with without(site):
        assert not judge("flow-1-memref", "held-refs-pre-release").holds
    again = judge("flow-1-memref", "held-refs-pre-release")
    assert (whole.summary, True) == (again.summary, again.holds)
