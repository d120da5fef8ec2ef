"""The rules of `hardened`: each holds where it is checked, and breaks what it is for without it."""

from __future__ import annotations

import pytest

from ocallkit.designs import Hardened, TwoLists
from ocallkit.findings.healing import differing
from ocallkit.findings.rules import RULES, Rule

SLOW = {"hands_out", "flush", "request_leaves"}
"""What one of the rules is about that take longer than a second or two."""

each = pytest.mark.parametrize(
    "rule",
    [
        pytest.param(
            rule,
            marks=pytest.mark.long if SLOW & {*rule.decisions} else (),
            id="+".join(rule.decisions),
        )
        for rule in RULES
    ],
)


@each
def test_a_rule_holds_where_it_is_checked(rule: Rule) -> None:
    """All properties, and what the scenario is about was reached."""
    assert rule.holds is True


@pytest.mark.long
@each
def test_without_a_rule_everything_breaks_that_it_is_for(rule: Rule) -> None:
    """In the same cells."""
    assert rule.properties == rule.broken


def test_there_are_ten() -> None:
    """And every decision that was added to the two lists is in one of them."""
    assert 10 == len(RULES)
    told = {name for rule in RULES for name in rule.decisions}
    assert set(differing(Hardened, TwoLists)) <= told


def test_each_is_one_sentence() -> None:
    """As documentation has it."""
    assert [] == [one.sentence for one in RULES if one.sentence.find(".") != len(one.sentence) - 1]
