"""A reader's design against its parent: what broke, what healed, and what would heal the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.designs import DESIGNS, Ecall
from ocallkit.reviewing import review
from ocallkit.reviewing.subjects import Subject, design_of, overrides, parent_of
from ocallkit.reviewing.trials import NOT_TRIED
from tests.reviewing.given import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.reviewing import Review

    Reviewed = Callable[..., Review]

LEAKS = (
    "no-suspended-thread",
    "no-context-leak",
    "no-session-leak",
    "no-shm-leak",
    "no-mobj-leak",
    "completed-once",
    "nothing-left",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with designs."""
    return write(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="module")
def reviewed(place: str) -> Reviewed:
    """Review a design of that file, in little."""

    def small(name: str, **more: object) -> Review:
        asked: dict[str, object] = {
            "scenarios": ["flow-1-memref", "spare-memory"],
            "threads": [1],
            "clients": 1,
            "claims": [],
            "processes": 1,
        }
        return review(name if name in DESIGNS else f"{place}:{name}", **(asked | more))  # type: ignore[arg-type]

    return small


def test_the_parent_is_the_design_from_which_it_derives(place: str) -> None:
    """Of ours it is the one that they name."""
    mine = design_of(Subject(f"{place}:Mine"))
    assert "held-refs" == getattr(parent_of(mine), "name", "")
    assert [design.parent for design in DESIGNS.values()] == list(map(parent_of, DESIGNS.values()))


@pytest.mark.long
def test_what_healed_is_told_by_place(reviewed: Reviewed) -> None:
    """The leak is gone, the deadlock is as it was."""
    found = reviewed("Mine")
    words = [(one.before, one.after, one.broke, one.healed) for _, one in found.effects]
    assert [("leak", "holds", (), LEAKS), ("deadlock", "deadlock", (), ())] == words
    assert [("deadlock", (), 19)] == [(kind.word, kind.new, kind.steps) for kind in found.kinds]
    assert found.holds is False


@pytest.mark.long
def test_what_broke_is_new(reviewed: Reviewed) -> None:
    """A deadlock where its parent holds: each kind says in which places."""
    found = reviewed("Worse", scenarios=["flow-1-memref"])
    ((place, effect),) = found.effects
    assert ("holds", "deadlock", ("no-deadlock", *LEAKS), ()) == (
        effect.before,
        effect.after,
        effect.broke,
        effect.healed,
    )
    assert [((place,), (place,))] == [(kind.where, kind.new) for kind in found.kinds]


@pytest.mark.long
def test_the_shortest_of_each_kind_is_the_one_that_is_judged(reviewed: Reviewed) -> None:
    """A leak by itself is another kind than the one that comes of a deadlock."""
    found = reviewed("Bare")
    assert [("deadlock", "spare-memory"), ("leak", "flow-1-memref")] == [
        (kind.word, kind.place.scenario) for kind in found.kinds
    ]
    for kind in found.kinds:
        verdict = judge(kind.place.scenario, found.design, threads=1)
        steps = {verdict.violation(name).steps for name in kind.properties}
        assert ({kind.steps}, {kind.line}) == (steps, set(verdict.tokens.values()))


@pytest.mark.long
def test_the_nearest_repair_of_held_references_is_pre_release(reviewed: Reviewed) -> None:
    """It heals every leak, and no decision heals the deadlock."""
    found = reviewed("Bare").repairs
    first = found.found[0]
    assert ("pre_release", "ecall", True) == (first.subject.decision, first.owner, first.is_clean)
    assert tuple(("flow-1-memref", name) for name in LEAKS) == first.heals
    assert {"spare-memory"} == {scenario for scenario, _ in first.leaves}
    assert first is found.nearest(("flow-1-memref", "no-shm-leak"))
    assert found.nearest(("spare-memory", "no-deadlock")) is None


@pytest.mark.long
def test_a_repair_that_breaks_something_else_is_none(reviewed: Reviewed) -> None:
    """The two lists drop what the request holds: memory is used that is freed."""
    found = reviewed("Bare", scenarios=["flow-2"]).repairs
    (two_lists,) = [
        one
        for one in found.found
        if one.subject.decision == "referenced" and one.owner == "two-lists"
    ]
    assert [("no-use-after-free",)] == [names for _, names in two_lists.breaks]
    assert (False, two_lists) == (two_lists.is_clean, found.found[-1])


def test_every_decision_of_the_gallery_is_tried_once(place: str) -> None:
    """And none that the design takes so already."""
    spec = f"{place}:Bare"
    changes = overrides(spec)
    named = [(one.decision, one.source) for one in changes]
    assert len(named) == len(set(named)) == len({id(design_of(one)) for one in changes})
    assert ("pre_release", "ecall") in named
    kinds = [type(design_of(one).transport) for one in changes if one.decision == "transport"]
    assert len(kinds) == len(set(kinds)) > 0
    assert "kept" in {decision for decision, _ in named}
    changed = design_of(Subject(spec, decision="pre_release", source="ecall"))
    assert (Ecall.pre_release, True) == (
        changed.pre_release,
        issubclass(changed, design_of(Subject(spec))),
    )


def test_the_claims_are_asked_with_the_design_in_the_parents_place(reviewed: Reviewed) -> None:
    """What leaks under the parent is released; without a difference nothing changes."""
    (claim,) = reviewed("Mine", scenarios=["plain-invoke"], claims=["C23"]).claims
    assert {("not so", "so")} == {(one.before, one.after) for one in claim.changed}
    assert ({"flow-1"}, 3) == ({one.scenario for one in claim.changed}, len(claim.changed))
    (same,) = reviewed("Bare", scenarios=["plain-invoke"], claims=["C23"]).claims
    assert (12, ()) == (len(same.answers), same.changed)


def test_what_there_was_no_time_for_is_not_known(reviewed: Reviewed) -> None:
    """Nothing of it holds, and nothing breaks."""
    found = reviewed("Bare", seconds=1e-9, claims=["C24"])
    assert {NOT_TRIED} == {trial.why for trial in (*found.own, *found.parents)}
    assert (None, ()) == (found.holds, found.kinds)
    (claim,) = found.claims
    assert len(claim.answers) == claim.unknown


@pytest.mark.long
def test_several_processes_find_the_same(reviewed: Reviewed) -> None:
    """In the same order."""
    small = {"scenarios": ["flow-1-memref"], "claims": ["C01", "C10"]}
    assert reviewed("Bare", **small) == reviewed("Bare", processes=2, **small)


def test_the_default_is_the_matrix_and_two_clients_besides(reviewed: Reviewed) -> None:
    """As many clients as programs, and two at two secure threads."""
    asked = {"scenarios": ["plain-invoke"], "threads": [1, 2, 3], "clients": None}
    found = reviewed("Bare", **asked)
    assert [(1, 1), (2, 1), (3, 1), (2, 2)] == [place.size for place in found.places]
    any_ = reviewed("Bare", **asked | {"threads": [1], "clients": "any"})
    assert [(1, 2)] == [place.size for place in any_.places]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Wrong", "Wrong.kept, line 45 in mine.py: returned 3, wanted a tuple of memory names"),
        ("Raises", "raised KeyError at line 53 of kept: 'nobody'"),
    ],
)
def test_a_design_that_answers_wrongly_is_refused(
    reviewed: Reviewed, name: str, words: str
) -> None:
    """At its own line."""
    with pytest.raises(ValueError, match=re.escape(words)):
        reviewed(name, scenarios=["flow-1-memref"])


def test_a_design_is_not_compared_with_itself(reviewed: Reviewed) -> None:
    """It would differ in nothing."""
    with pytest.raises(ValueError, match="is compared with a design of its own name, ecall"):
        reviewed("ecall", against="ecall")


def test_a_design_without_a_parent_is_compared_with_nothing(reviewed: Reviewed) -> None:
    """It has trials, and no effects."""
    found = reviewed("ecall-bare", scenarios=["plain-invoke"])
    assert ((), (), True) == (found.parents, found.effects, found.holds)
