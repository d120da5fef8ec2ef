"""The exercises of notebook 00 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit.lesson import check


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (1, "how does the answer get back"),
        (17, "the number of all arrows"),
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
