"""A design put together from its decisions is judged like any other."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from ocallkit.designs import DESIGNS
from ocallkit.judging.comparing.two_designs import difference
from ocallkit.judging.comparing.two_verdicts import Effect, worst
from ocallkit.judging.verdict import judge
from ocallkit.labs.designs import (
    CANCELS,
    COUNT,
    TRANSPORTS,
    Choice,
    choice_of,
    compose,
    differing,
    effects,
    nearest,
    verdict,
)
from ocallkit.scenarios import SCENARIOS

CHOICES = [Choice(*one) for one in product((False, True), (True, False), CANCELS, TRANSPORTS)]


@pytest.mark.parametrize("name", DESIGNS)
def test_every_named_design_can_be_reached(name: str) -> None:
    """Its own decisions give the class itself, and it is the nearest to them."""
    choice = choice_of(DESIGNS[name])
    assert DESIGNS[name] is compose(choice)
    assert (name, ()) == nearest(choice)


def test_every_choice_makes_a_design_of_its_own_name() -> None:
    """Twenty-four, of which eight are named."""
    names = {compose(choice).name for choice in CHOICES}
    assert (24, 8) == (len(names), len(names & set(DESIGNS)))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: compose(choice).name)
def test_a_design_decides_what_was_chosen(choice: Choice) -> None:
    """Reading its decisions gives the choice again."""
    assert choice == choice_of(compose(choice))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: compose(choice).name)
def test_the_nearest_differs_in_what_is_said(choice: Choice) -> None:
    """No named design differs in fewer decisions, and those that are named are the ones."""
    name, names = nearest(choice)
    assert differing(choice, choice_of(DESIGNS[name])) == names
    assert len(names) == min(len(differing(choice, choice_of(d))) for d in DESIGNS.values())
    assert bool(names) == bool(difference(compose(choice), DESIGNS[name]))


def test_of_two_that_are_as_near_the_transport_is_what_differs() -> None:
    """What is held and where it is cancelled matters more than what carries it."""
    choice = Choice(holds_memories=True, cancel="pre_release", transport="TEE_IOC_INVOKE")
    assert ("held-refs-pre-release", ("transport",)) == nearest(choice)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cancel": "never"}, "cancel: one of 'count zero', 'pre_release', 'request file'"),
        ({"transport": "SMC"}, "transport: one of 'TEE_IOC_ECALL', 'TEE_IOC_INVOKE', not 'SMC'"),
    ],
)
def test_another_word_is_an_error(wrong: dict[str, Any], words: str) -> None:
    """It says which there are."""
    with pytest.raises(ValueError, match=words):
        Choice(**wrong)


def test_a_verdict_is_that_of_the_design() -> None:
    """And the second time it is the same object."""
    choice = choice_of(DESIGNS["ecall"])
    assert judge("flow-1-memref", "ecall").broken == verdict(choice, "flow-1-memref", 2).broken
    assert verdict(choice, "flow-1-memref", 2) is verdict(choice, "flow-1-memref", 2)


@pytest.mark.whole
def test_the_transport_changes_no_verdict() -> None:
    """Whatever else is decided."""
    for choice in CHOICES:
        other = Choice(
            holds_memories=choice.holds_memories,
            request_holds=choice.request_holds,
            cancel=choice.cancel,
            transport="TEE_IOC_INVOKE",
        )
        found = [effect for effect in effects((choice, 2), (other, 2)) if effect.words]
        assert [] == found


def test_pre_release_heals_what_held_references_turn_into_a_leak() -> None:
    """One effect for each scenario; where nothing changes there are no words."""
    before, after = Choice(holds_memories=True), Choice(holds_memories=True, cancel="pre_release")
    words = {effect.scenario: effect.words for effect in effects((before, 2), (after, 2))}
    expected = {
        name: "healed: was leak" if "leak" == worst(judge(name, "held-refs").broken) else ""
        for name in SCENARIOS
    }
    assert expected == words
    assert 5 == sum(bool(word) for word in words.values())


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (Effect("s", "leak", "leak", (), ()), ""),
        (Effect("s", "holds", "leak", ("no-shm-leak",), ()), "broke: it held"),
        (Effect("s", "deadlock", "leak", (), ("no-deadlock",)), "better: was deadlock"),
        (Effect("s", "leak", "deadlock", ("no-deadlock",), ()), "worse: was leak"),
        (Effect("s", "leak", "use-after-free", ("a",), ("b",)), "other: was leak"),
    ],
)
def test_an_effect_says_which_way_it_goes(effect: Effect, words: str) -> None:
    """By the properties, and with the word that stood there before."""
    assert words == effect.words


def test_the_first_choice_is_the_root_of_all_designs() -> None:
    """Nothing held, nothing cancelled early."""
    assert ("ecall-bare", COUNT) == (compose(Choice()).name, Choice().cancel)
