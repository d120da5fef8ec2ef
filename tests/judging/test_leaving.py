"""Each way to leave a run has the token of the run that it leads to."""

from __future__ import annotations

import pytest

from ocallkit import replay, run
from ocallkit.judging.branching import branch
from ocallkit.judging.leaving import Leaving
from ocallkit.judging.path import Run, step_name
from ocallkit.judging.tokens import token

DIES = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"
RUNS = {
    "alone": run("flow-1"),
    "two clients": run("flow-1-memref", clients=2),
    "one that dies": replay(DIES),
    "one that another design would hold": replay(DIES, "held-refs"),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_token_leads_to_the_run_that_is_left_there(name: str) -> None:
    """Replayed it does the same as that run when it is made, step by step."""
    left = RUNS[name]
    leaving = Leaving(left)
    taken = [step.name for step in left.steps]
    seen = 0
    for at in range(0, len(taken) + 1, 3):
        for move in leaving.moves(at):
            step = step_name(left.system, move)
            if taken[at : at + 1] == [step]:
                continue
            seen += 1
            made = branch(left, at, step)
            assert made.schedule == replay(leaving.token(at, move)).schedule
    assert seen > 1


def test_a_token_says_when_a_thing_happens_that_could_have_happened_before() -> None:
    """A death that is possible twice under one name has two tokens, the first without a detour."""

    def dies(left: Run) -> list[str]:
        leaving = Leaving(left)
        return [
            leaving.token(at, move)
            for at in range(len(left.steps))
            for move in leaving.moves(at)
            if leaving.name(at, move) == "A:kill@return"
        ]

    tokens = dies(RUNS["alone"])
    assert token(branch(RUNS["alone"], 1, "A:kill")) == tokens[0]
    assert len(tokens) == len(set(tokens)) > 1
