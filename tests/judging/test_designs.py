"""A design is its difference from its parent, and nothing else."""

from __future__ import annotations

import inspect
from textwrap import indent

import pytest

from ocallkit.designs import DESIGNS, EcallBare, OcallFd
from ocallkit.designs.decisions import DECISIONS
from ocallkit.judging.comparing.two_designs import as_text, difference
from ocallkit.model.config import Decisions

LABELS = {"name", "parent", "changes", "worker", "server"}
"""What a design says of itself; all else is a decision."""

SOURCES = {
    "ecall-bare": {"HernanGatta"},
    "ecall": {"HernanGatta"},
    "meta": {"HernanGatta"},
    "ocall-fd": {"HernanGatta"},
    "held-refs": {"jenswi-linaro", "HernanGatta"},
    "held-refs-ocall-fd": {"HernanGatta"},
    "held-refs-pre-release": {"jenswi-linaro", "HernanGatta"},
    "two-lists": {"jenswi-linaro"},
}
"""Who proposed it or answered it."""

PARENTS = {
    "ecall-bare": None,
    "ecall": "ecall-bare",
    "meta": "ecall",
    "ocall-fd": "ecall-bare",
    "held-refs": "ecall-bare",
    "held-refs-ocall-fd": "held-refs",
    "held-refs-pre-release": "held-refs",
    "two-lists": "held-refs-pre-release",
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_a_design_differs_from_its_parent_in_what_it_lists(design: type[EcallBare]) -> None:
    """In each of the decisions that it names, and in no other attribute."""
    if design.parent is None:
        assert () == design.changes
        return
    assert design.changes == tuple(d.decision for d in difference(design.parent, design))
    differing = {
        name
        for name in {*dir(design), *dir(design.parent)}
        if not name.startswith("__")
        and inspect.getattr_static(design, name, None)
        is not inspect.getattr_static(design.parent, name, None)
    }
    assert set(design.changes) == differing - LABELS


def test_the_decisions_are_all_that_a_design_has() -> None:
    """Neither the difference nor the driver overlooks one."""
    public = {name for name in dir(EcallBare) if not name.startswith("_")}
    assert set(DECISIONS) == public - LABELS
    assert {*DECISIONS, "name", "worker", "server"} == {
        name for name in vars(Decisions) if not name.startswith("_")
    }


def test_the_designs_have_the_parents_that_the_argument_gives_them() -> None:
    """Each is the difference from one before it."""
    found = {name: design.parent and design.parent.name for name, design in DESIGNS.items()}
    assert PARENTS == found
    names = list(DESIGNS)
    assert all(names.index(p) < names.index(name) for name, p in PARENTS.items() if p)


def test_a_design_with_two_parents_takes_each_decision_from_where_it_was_made() -> None:
    """held-refs-ocall-fd writes no decision of its own."""
    both = DESIGNS["held-refs-ocall-fd"]
    assert LABELS >= {name for name in vars(both) if not name.startswith("__")}
    for decision in OcallFd.changes:
        assert inspect.getattr_static(both, decision) is inspect.getattr_static(OcallFd, decision)


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_a_module_begins_with_the_design_and_its_source(design: type[EcallBare]) -> None:
    """Its name, who spoke for it, and what it is for; its class has one sentence."""
    module = inspect.getmodule(design)
    words = module.__doc__ or ""
    assert words.startswith(f"`{design.name}`: ")
    assert SOURCES[design.name] <= set(words.replace("'s", "").split())
    assert design.__doc__
    assert design.__doc__.endswith(".")


@pytest.mark.parametrize("name", DECISIONS)
def test_each_decision_says_what_it_decides(name: str) -> None:
    """In every class that takes it."""
    for design in DESIGNS.values():
        taken = vars(design).get(name)
        assert taken is None or name == "transport" or inspect.getdoc(taken)


def test_a_difference_reads_as_the_code_of_both() -> None:
    """Who has the decision from whom, and its lines."""
    (found,) = difference(DESIGNS["held-refs"], DESIGNS["held-refs-pre-release"])
    assert ("pre_release", "ecall-bare", "ecall") == (
        found.decision,
        found.left_from,
        found.right_from,
    )
    assert found.right.endswith("return optee.cancel_ocall(client)")
    text = as_text(DESIGNS["held-refs"], DESIGNS["held-refs-pre-release"])
    assert indent(found.left, "    ") in text
    assert indent(found.right, "    ") in text


def test_designs_that_decide_alike_say_so() -> None:
    """A design beside itself."""
    assert "ecall and ecall decide alike" == as_text(DESIGNS["ecall"], DESIGNS["ecall"])
