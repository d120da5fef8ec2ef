"""The claim about a CA of several threads."""

from __future__ import annotations

import pytest

from ocallkit import judge, replay
from ocallkit.claims import finding
from ocallkit.claims.threads import CHILD, LAST, TWO_SESSIONS

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
    """The chain of waits, and where the last designs hold with other ways to use two threads."""
    tried = ((TWO_SESSIONS, 2, 1), (TWO_SESSIONS, 1, 1), (CHILD, 2, 2))
    holding = [tuple(design for design in LAST if holds(design, *how)) for how in tried]
    assert [LAST, (), ("held-refs-ocall-fd",)] == holding
    assert CLAIM.besides == (
        "The CA A.2 (killed) waits for secure thread 1 (A.2), that for secure thread 0 (A), that"
        " for CA A (killed), and no file is closed before it has returned. Of `held-refs-ocall-fd`,"
        " `held-refs-pre-release` and `two-lists`, with a session for each thread all hold on two"
        " secure threads, none on one; where a child uses what it has inherited,"
        " `held-refs-ocall-fd`."
    )


def holds(design: str, scenario: str, threads: int, clients: int) -> bool:
    """Whether the design holds there."""
    return judge(scenario, design, threads=threads, clients=clients).holds is True
