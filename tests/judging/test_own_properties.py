"""A property of a reader's own is asked like the others, and has to be shown to fail."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge, replay
from ocallkit.designs import Ecall
from ocallkit.engine.exploration import NO_REDUCTIONS
from ocallkit.judging.own_properties import PropertyError, own_properties
from ocallkit.properties.own import at_end, fails_on
from ocallkit.widgets.stepper import Stepper

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import State
    from ocallkit.model.world import World

HANGS = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"


def one_call(state: State[World]) -> bool:
    """No two calls are under way."""
    return len(state.world.calls.all()) < 2


@fails_on("flow-1", "ecall")
def nobody_asks(state: State[World]) -> bool:
    """No OCALL is ever pending."""
    return not any(call.pending for call in state.world.calls.all())


@at_end
@fails_on("flow-1-memref", "ecall")
def every_memory_goes(state: State[World]) -> bool:
    """As `no-shm-leak` has it."""
    return all(memory.freed for memory in state.world.memories.all())


@at_end
@fails_on(HANGS)
def every_memory_went(state: State[World]) -> bool:
    """The same, shown by one run."""
    return all(memory.freed for memory in state.world.memories.all())


def refused(*checks: object) -> str:
    """What is said of properties that are none."""
    with pytest.raises(PropertyError) as caught:
        judge("flow-1", properties=checks)  # type: ignore[arg-type]
    assert isinstance(caught.value, ValueError)
    assert 1 == len(str(caught.value).splitlines())
    return str(caught.value)


def line_of(check: Callable[..., object]) -> str:
    """Where it begins."""
    _, first = inspect.getsourcelines(check)
    return f"line {first} in test_own_properties.py"


def test_it_is_asked_of_every_state_between_any_two_steps() -> None:
    """With two clients two calls are under way at a time; the shortest way there is a Run."""
    verdict = judge("flow-1", "ecall", clients=2, properties=[one_call])
    assert ("one-call",) == verdict.broken
    run = verdict.violation("one-call").run
    *before, last = run.steps
    assert [True] * len(before) == [one_call(s) for s in map(as_state(run), before)]  # type: ignore[arg-type]
    assert not one_call(as_state(run)(last))  # type: ignore[arg-type]
    assert "It breaks one-call." in run.summary


def as_state(run: Any) -> Callable[[Any], object]:  # noqa: ANN401 - a Run, and its steps
    """What makes a state of a step."""
    return lambda step: type(run.state)(step.world, step.nodes, run.clients)


@pytest.mark.long
def test_nothing_is_left_out_where_it_is_asked_of_every_state() -> None:
    """As many states as without what depends on nobody's looking; any number is not spoken of."""
    size = {"clients": 2, "threads": 1}
    mine = judge("flow-1", "ecall-bare", **size, properties=[one_call])  # type: ignore[arg-type]
    plain = judge("flow-1", "ecall-bare", **size, reductions=NO_REDUCTIONS)  # type: ignore[arg-type]
    assert plain.exploration.states == mine.exploration.states
    some = judge("flow-1", "ecall", clients="any", properties=[every_memory_goes])
    assert (True, False) == (some.holds, some.for_any_number)
    assert judge("flow-1", "ecall", clients="any").for_any_number


@pytest.mark.parametrize("scenario", ["flow-1", "flow-1-memref", "flow-2-memref", "spare-memory"])
@pytest.mark.parametrize("design", ["ecall-bare", "ecall", "held-refs-pre-release"])
def test_one_of_ends_breaks_where_ours_does(scenario: str, design: str) -> None:
    """With all that may be left out; the way is as short."""
    mine = judge(scenario, design, properties=[every_memory_goes])
    steps = {one.property: one.steps for one in mine.violations}
    assert steps.get("no-shm-leak") == steps.get("every-memory-goes")


def test_one_of_ends_is_asked_of_no_other_state() -> None:
    """While its CA is alive a memory is not leaked."""
    assert judge("flow-1-memref", "held-refs-pre-release", properties=[every_memory_goes]).holds


def test_a_verdict_names_it_among_those_that_were_asked() -> None:
    """Behind ours, in the order in which they were given."""
    verdict = judge("flow-1-memref", "ecall", properties=[nobody_asks, every_memory_goes])
    assert ("nobody-asks", "every-memory-goes") == verdict.asked[-2:]
    assert ("nobody-asks", "every-memory-goes") == verdict.broken[-2:]
    told = {one["property"]: one["steps"] for one in verdict.as_json()["violations"]}
    assert verdict.violation("nobody-asks").steps == told["nobody-asks"]
    html = verdict._repr_mimebundle_()["text/html"]
    assert "✗ nobody-asks" in html


def test_a_counterexample_has_a_token_and_opens_in_the_stepper() -> None:
    """A token knows no property of a reader's: it ends where that breaks."""
    verdict = judge("flow-1", "ecall", properties=[nobody_asks])
    violation = verdict.violation("nobody-asks")
    line = verdict.tokens["nobody-asks"]
    assert violation.run.digest == replay(line).digest
    assert violation.steps == len(replay(line).steps)
    assert violation.run is Stepper(violation.run).run


def test_one_that_was_never_seen_to_fail_is_told_of() -> None:
    """Where it holds; where it breaks it was seen."""
    verdict = judge("flow-1", "ecall", properties=[one_call, every_memory_goes])
    assert (True, ("one-call",)) == (verdict.holds, verdict.never_seen_to_fail)
    assert "holds; never seen to fail: one-call" == verdict.outcome
    assert ["one-call"] == verdict.as_json()["never_seen_to_fail"]
    text = verdict._repr_mimebundle_()["text/plain"]
    assert "✓ one-call (never seen to fail)\n✓ every-memory-goes\n" in text
    broken = judge("flow-1", "ecall", clients=2, properties=[one_call])
    assert ((), "violates one-call") == (broken.never_seen_to_fail, broken.outcome)


@pytest.mark.parametrize("example", [("flow-1", "ecall-bare"), (HANGS, "ecall")])
def test_one_that_does_not_fail_where_it_is_said_to_is_refused(example: tuple[str, str]) -> None:
    """Named with its line, and with where it holds."""

    @fails_on(*example)
    def always_so(state: State[World]) -> bool:
        return bool(state.nodes)

    scenario, design = example
    where = f"in {scenario}" if "/" in scenario else f"in {scenario} under {design}"
    said = refused(always_so)
    assert f"always-so, {line_of(always_so)}: it holds {where}, where it is said to fail" == said


def test_a_run_may_show_that_one_fails() -> None:
    """One of ends at its end, any other on the way."""
    shown = fails_on("flow-1/ecall/t2/c1/")(one_call_or_none)
    names = [own.name for own in own_properties([every_memory_went, shown])]
    assert ["every-memory-went", "one-call-or-none"] == names


def one_call_or_none(state: State[World]) -> bool:
    """Nobody calls."""
    return not state.world.calls.all()


def test_a_run_that_goes_on_shows_nothing_of_one_of_ends() -> None:
    """There is still somebody who could clear it away."""

    @at_end
    @fails_on("flow-1-memref/ecall/t2/c1/A:kill@OCALL,stop")
    def gone(state: State[World]) -> bool:
        return all(memory.freed for memory in state.world.memories.all())

    assert "it holds in flow-1-memref/ecall/" in refused(gone)


def test_an_example_may_be_a_design_of_ones_own_and_of_another_size() -> None:
    """A mistake that is made on purpose, with as many clients as it needs."""

    class Mistake(Ecall):
        """It cancels nothing."""

        name = "mistake"

        def pre_release(self, client: Any) -> Any:  # noqa: ANN401, ARG002 - as a reader writes it
            """Nothing."""
            return ()

        release = close_session = pre_release

    @at_end
    @fails_on("flow-1", Mistake)
    def threads_are_free(state: State[World]) -> bool:
        return all(thread.state == "free" for thread in state.world.threads.all())

    shown = fails_on("flow-1", "ecall", clients=2)(two_at_once)
    assert judge("flow-1", "ecall", properties=[threads_are_free, shown]).holds


def two_at_once(state: State[World]) -> bool:
    """As `one_call`, with an example."""
    return one_call(state)


def test_the_example_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is asked."""
    own_properties([every_memory_goes])
    monkeypatch.setattr("ocallkit.judging.own_properties._see_it_fail", None)
    assert own_properties([every_memory_goes])


def test_one_that_raises_is_told_by_its_own_line() -> None:
    """And what it raised is the cause."""

    def looks(state: State[World]) -> bool:
        return bool(state.world.contexts["nobody"].refs)

    _, first = inspect.getsourcelines(looks)
    place = f"looks, line {first + 1} of looks in test_own_properties.py"
    with pytest.raises(PropertyError) as caught:
        judge("flow-1", properties=[looks])
    assert f"{place}: it raised KeyError: 'nobody'" == str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize("answer", [None, 1, "yes", ()])
def test_one_that_answers_with_something_else_is_told(answer: object) -> None:
    """Nothing is taken for false."""

    def says(_state: object) -> object:
        return answer

    assert f"says, {line_of(says)}: it returned {answer!r}, wanted True or False" == refused(says)


@pytest.mark.long
def test_one_that_never_comes_back_is_told() -> None:
    """As a CA would be."""

    def spins(_state: object) -> bool:
        while True:
            pass

    said = refused(spins)
    assert said.startswith("spins, line ")
    assert said.endswith(": it ran for 5 seconds: is it a loop?")


def yields(_state: object) -> Any:  # noqa: ANN401 - no answer
    """Be a generator."""
    yield True


def takes_two(_state: object, _other: object) -> bool:
    """Want more than a state."""
    return True


def isolation(_state: object) -> bool:
    """Have a name of ours."""
    return True


@pytest.mark.parametrize(
    ("check", "what"),
    [
        (yields, f"yields, {line_of(yields)}: it yields or waits, wanted True or False"),
        (takes_two, f"takes-two, {line_of(takes_two)}: it takes (_state, _other), wanted (state)"),
        (isolation, f"isolation, {line_of(isolation)}: 'isolation' is a property of the package:"),
        (lambda _state: True, "<lambda>, line"),
        (3, "3: a property is a function of a state that answers with True or False"),
        (None, "None: a property is a function of a state that answers with True or False"),
        (Ecall, "<class 'ocallkit.designs.ecall.Ecall'>: a property is a function of a state"),
        ("no-shm-leak", "'no-shm-leak': it is a property of the package: asked anyway"),
        (
            "nothing-left-in-a-living-ca",
            "'nothing-left-in-a-living-ca': it is a property of the package: asked with `also`",
        ),
        ("mine.py:mine", "'mine.py:mine': a property is a function of a state that answers with"),
    ],
)
def test_what_is_no_property_is_refused(check: object, what: str) -> None:
    """In one sentence, before anything is judged."""
    assert refused(check).startswith(what)


def test_two_of_one_name_are_refused() -> None:
    """A verdict could not tell them apart."""
    said = refused(one_call, one_call)
    assert said.endswith("another of those given is called 'one-call' too")


@pytest.mark.parametrize("given", [one_call, "isolation"])
def test_one_where_several_are_wanted_is_refused(given: Any) -> None:  # noqa: ANN401
    """A function is no list, and a text is a list of letters."""
    with pytest.raises(PropertyError, match=r"properties are given several at a time, as in"):
        judge("flow-1", properties=given)


def test_what_can_be_called_need_not_be_a_function() -> None:
    """It is called as its class."""
    verdict = judge("flow-1", properties=[partial(at_most, 1)])
    assert ("partial",) == verdict.never_seen_to_fail


def at_most(number: int, state: State[World]) -> bool:
    """No more calls than that are under way."""
    return len(state.world.calls.all()) <= number
