"""A program in words does what its words say, and its name is enough to see it again."""

from __future__ import annotations

import pytest

from ocallkit import judge, replay, run
from ocallkit.scenarios import SCENARIOS
from ocallkit.scenarios.grammar import AGAIN, ASKS, Program, Stage, parse

BEGIN = "hunt:context.session"

SAME = {
    "plain-invoke": f"{BEGIN}.invoke.close-session.close-context:",
    "flow-1": f"{BEGIN}.invoke.close-session.close-context:value",
    "flow-2": f"{BEGIN}.invoke.close-session.close-context:buffer",
    "flow-1-memref": (f"{BEGIN}.register-a.invoke-a.release-a.close-session.close-context:value"),
    "flow-2-memref": (f"{BEGIN}.register-a.invoke-a.release-a.close-session.close-context:buffer"),
    "flow-1-two-memrefs": (
        f"{BEGIN}.register-a.register-b.invoke-ab.release-a.release-b.close-session.close-context"
        ":value"
    ),
    "spare-memory": f"{BEGIN}.register-a.invoke.release-a.close-session.close-context:value",
}
"""Named scenarios, and the same in words."""


@pytest.mark.long
@pytest.mark.parametrize("design", ["ecall", "two-lists", "held-refs-ocall-fd"])
@pytest.mark.parametrize("scenario", SAME)
def test_a_named_scenario_in_words_is_judged_as_it_is_by_its_name(
    scenario: str, design: str
) -> None:
    """The same properties break after as many steps, with one thread and with two."""
    for threads in (1, 2):
        named, written = (judge(one, design, threads=threads) for one in (scenario, SAME[scenario]))
        assert [(v.property, v.steps) for v in named.violations] == [
            (v.property, v.steps) for v in written.violations
        ]
        assert named.exploration.depth == written.exploration.depth


def test_only_what_asks_twice_has_no_name_in_words() -> None:
    """Its TA leaves open what it does after an error; in words it does one or the other."""
    assert set(SCENARIOS) - set(SAME) == {"two-ocalls"}


@pytest.mark.parametrize("name", [*SAME.values(), f"{BEGIN}.invoke:value.both.again", "hunt::"])
def test_a_name_says_the_whole_program(name: str) -> None:
    """Read and written again it is the same."""
    assert name == parse(name).name
    assert name == run(name).scenario


def test_a_token_with_a_program_in_words_is_replayed_from_its_name_alone() -> None:
    """No scenario has to be given with it."""
    verdict = judge(f"{BEGIN}.register-a.invoke:value", "held-refs-pre-release", threads=1)
    line = verdict.tokens["no-deadlock"]
    assert f"{BEGIN}.register-a.invoke:value/held-refs-pre-release/t1/c1/" in line
    assert verdict.violation("no-deadlock").run.schedule == replay(line).schedule


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hunt:session:", "'session' in 'hunt:session:': what can be called there is context"),
        ("hunt:context.invoke:", "there is session, register-a, close-context"),
        ("hunt:context.register-b:", "'register-b'"),
        (f"{BEGIN}.invoke-a:", "'invoke-a'"),
        (f"{BEGIN}.close-session.invoke:", "there is register-a, close-context"),
        ("hunt:context.close-context.register-a:", "there is nothing: all is closed"),
        (f"{BEGIN}.invoke:ping", "'ping' in 'hunt:context.session.invoke:ping': a TA asks with"),
        (f"{BEGIN}.invoke:again", "a TA asks with value, buffer, both"),
    ],
)
def test_a_name_that_makes_no_program_is_told_what_could_be_there(name: str, words: str) -> None:
    """Calls have an order: no session without a context, nothing on what is closed."""
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        judge(name)


def test_a_memory_can_outlive_its_context_in_the_ca_and_be_registered_again() -> None:
    """Its file is one of its own."""
    stage = Stage()
    for call in ("context", "register-a", "release-a", "register-a", "close-context"):
        assert call in set(stage.calls())
        stage = stage.after(call)
    assert ["release-a"] == list(stage.calls())
    name = "hunt:context.register-a.release-a.register-a.close-context.release-a:"
    assert "ended" == run(name).world.processes["A"].state


@pytest.mark.parametrize("word", ASKS)
def test_a_ta_that_persists_asks_once_more_after_an_error(word: str) -> None:
    """And once only: the handler fails each time."""
    once = f"{BEGIN}.invoke:{word}"
    for name, asked in ((once, 1), (f"{once}.{AGAIN}", 2)):
        failing = replay(f"{name}/ecall/t2/c1/{','.join(['A:handler-error@OCALL'] * asked)}")
        notes = [event for event in failing.events if "services" in getattr(event, "text", "")]
        assert asked == len(notes)
        assert "ended" == failing.world.processes["A"].state


def test_a_scenario_says_in_a_sentence_what_it_is() -> None:
    """As the named ones do."""
    program = Program(("context", "session", "invoke-temporary", "close-context"), ("both",))
    assert (
        "a CA that opens a context, opens a session, invokes with a temporary reference, closes the"
        " context, and a TA that asks with a value and a buffer" == program.scenario.about
    )
