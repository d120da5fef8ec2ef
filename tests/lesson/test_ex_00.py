"""The exercises of notebook 00 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit import run
from ocallkit.lesson import check


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (1, "how does the answer get back"),
        (17, "17 is the number of all arrows"),
        (18, "18 is the number of all arrows"),
        (4, "counts the returns too"),
        (3, "3 is not how many there are"),
    ],
)
def test_a_wrong_number_of_ioctls_is_told_what_it_counts(answer: int, words: str) -> None:
    """Each of them is the count of something else."""
    assert words in check("00-how-many-ioctls", answer).plain


def test_one_ocall_makes_two_ioctls() -> None:
    """One carries the invocation, one the answer."""
    assert check("00-how-many-ioctls", 2).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("CA", "The CA is in user space"),
        ("TEE Driver", "The TEE Driver is in kernel"),
        ("TA", "its own arrow TEE_InvokeCACommand ends at OP-TEE"),
        ("OP-TEE", "OP-TEE hands the request on with dispatch"),
        ("the PTA", "the PTA is none of the possible answers: CA, TEE Driver"),
    ],
)
def test_a_wrong_sender_is_told_where_it_stands(answer: str, words: str) -> None:
    """The words lead one hop further."""
    assert words in check("00-who-leaves", answer).plain


def test_the_pta_sends_the_rpc_in_any_spelling() -> None:
    """Case and outer blanks do not matter."""
    assert check("00-who-leaves", " ocall pta").plain.startswith("Right.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("flow-2", 'write answer = run("...")'),
        (run("plain-invoke"), "In plain-invoke nobody asks for an OCALL"),
        (run("flow-1"), "In flow-1 the OCALL passes no memory"),
    ],
)
def test_a_run_without_memory_is_told_what_it_lacks(answer: object, words: str) -> None:
    """No run, no OCALL, or no memory."""
    assert words in check("00-run-with-memory", answer).plain


def test_a_run_of_flow_2_passes_memory() -> None:
    """The CA is asked to allocate."""
    assert check("00-run-with-memory", run("flow-2")).plain.startswith("Right.")
