"""The switch that counts the driver's argument memory on its client's context."""

from ocallkit import judge, replay, token


def test_the_context_of_a_dead_ca_is_then_held_by_its_own_pending_call() -> None:
    """Without the switch the count reaches zero and the release cancels; with it, it never does."""
    verdicts = [
        judge("flow-1", "ecall-bare", driver_memory_charges_context=charges).broken
        for charges in (False, True)
    ]
    leak = (
        "no-suspended-thread",
        "no-context-leak",
        "no-session-leak",
        "completed-once",
        "nothing-left",
    )
    expected: list[tuple[str, ...]] = [(), leak]
    assert expected == verdicts


def test_a_token_says_that_the_switch_is_on() -> None:
    """The line that names such a run makes the same run again, with its context leaked."""
    verdict = judge("flow-1", "ecall-bare", driver_memory_charges_context=True)
    leak = verdict.violation("no-context-leak").run
    again = replay(token(leak))
    assert "flow-1/ecall-bare/t2/c1/m1/A:kill@OCALL" == token(leak)
    assert (leak.schedule, leak.digest) == (again.schedule, again.digest)
    assert 1 == again.world.contexts["A"].refs
