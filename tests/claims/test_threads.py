"""The claim about a CA of several threads."""

from __future__ import annotations

import pytest

from ocallkit import replay
from ocallkit.claims import finding

pytestmark = pytest.mark.long

CLAIM = finding("C45")


def test_every_design_stands_still_for_a_ca_of_two_threads() -> None:
    """Each of those that were proposed holds for one thread, and none for two."""
    assert ("holds", 16) == (CLAIM.verdict, len(CLAIM.outcomes))
    assert {"no-deadlock"} == {outcome.example for outcome in CLAIM.outcomes.values()}


def test_its_run_is_a_shortest_one() -> None:
    """The second thread has begun an invocation when the OCALL takes the only secure thread."""
    line = (
        "two-threads-one-session/ecall-bare/t1/c1/"
        "A:call@invoke,A.2:get_msg_arg,A:kill@OCALL,A:leave"
    )
    assert line == CLAIM.token
    end = replay(line)
    assert 22 == len(end.steps)
    assert (
        "A.2's Func Invoke waits in the call queue: ETHREAD_LIMIT (waits for a free secure thread)"
    ) == end.ending


def test_its_reason_says_who_waits_and_where_it_helps() -> None:
    """The chain of waits, and what was found for other ways to use two threads."""
    assert CLAIM.reason.endswith(
        "The CA A.2 (killed) waits for secure thread 1 (A.2), that for secure thread 0 (A), that"
        " for CA A (killed), and no file is closed before it has returned. With a session for each"
        " thread all 8 designs hold on two secure threads, none on one. Where a child uses what it"
        " has inherited, ocall-fd and held-refs-ocall-fd hold."
    )
