"""The thread's list beside a run."""

from __future__ import annotations

from pathlib import Path

import pytest

import ocallkit
from ocallkit import run
from ocallkit.lesson.beside import beside

FLOWS = Path(ocallkit.__file__).parent / "claims" / "thread"


def listed(flow: str) -> str:
    """The thread's list of a flow."""
    return (FLOWS / f"{flow}.txt").read_text()


@pytest.mark.parametrize(("flow", "rows", "last"), [("flow-1", 18, 18), ("flow-2", 34, 32)])
def test_each_line_stands_beside_its_message(flow: str, rows: int, last: int) -> None:
    """All are the same but the one return that the discussion writes for two."""
    plain = beside(run(flow), listed(flow)).plain.splitlines()[2:]
    assert rows == len(plain)
    assert rows - 1 == sum("the same" in line for line in plain)
    assert ["CA", "the", "same", str(last)] == plain[-1].split()[-4:]


def test_the_two_returns_that_the_thread_writes_as_one_are_both_shown() -> None:
    """With both their numbers in the diagram."""
    plain = beside(run("flow-1"), listed("flow-1")).plain.splitlines()
    both = "OP-TEE -[ret]-> OP-TEE Driver, then OP-TEE Driver -[ret]-> TEE Driver"
    found = [line.split(both) for line in plain if both in line]
    assert [["OP-TEE -[ret]-> TEE Driver", "16, 17"]] == [[a.strip(), b.strip()] for a, b in found]


def test_a_list_of_something_else_is_refused_at_its_first_other_line() -> None:
    """The error names both."""
    with pytest.raises(
        ValueError, match=r"line 7: the list has .*SHM Alloc.*, the run .*OCALL Req"
    ):
        beside(run("flow-1"), listed("flow-2"))


def test_a_list_that_ends_too_early_is_refused() -> None:
    """Nothing of the run is left out."""
    short = "\n".join(listed("flow-1").splitlines()[:9])
    with pytest.raises(ValueError, match="line 10: the list has 'nothing', the run 'CA services"):
        beside(run("flow-1"), short)
