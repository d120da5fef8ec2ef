"""Programs as data: replayed, compared, and reported where they are none."""

from __future__ import annotations

import inspect
import re
import sys
import traceback
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.engine import Become, Node, ProgramError, Programs, Steps, watch
from ocallkit.engine import program as module
from ocallkit.engine.program import LONG, MOST_BECOMING, EndlessError, take
from tests.engine.toys import Cell, add, adder, tosser

if TYPE_CHECKING:
    from collections.abc import Callable


def line_of(program: Callable[..., object], words: str) -> int:
    """The number of the line of `program` that holds `words`."""
    lines, first = inspect.getsourcelines(program)
    return first + next(number for number, line in enumerate(lines) if words in line)


def play(program: Callable[..., Steps], *args: object) -> Node:
    """Run a program alone to its end."""
    cell, node = Cell(), Programs().start(program, *args)
    while not node.done:
        node = node.after(take(node, cell))
    return node


def reported(program: Callable[..., Any], *args: object) -> ProgramError:
    """The error in which `program` ends, checked to have no traceback of the engine behind it."""
    with pytest.raises(ProgramError) as caught:
        play(program, *args)
    error = caught.value
    assert error.__suppress_context__ or error.__context__ is None
    assert [f"ProgramError: {error}"] == error._render_traceback_()
    return error


def test_a_program_stands_where_its_received_values_have_led_it() -> None:
    """At each node it asks for the next step, and in the end it has its result."""
    start = Programs().start(adder, 2, 3)
    second = start.after(2)
    end = second.after(5)
    assert ((add, 2), (add, 3)) == (start.step, second.step)
    assert ((), (2,), (2, 5)) == (start.history, second.history, end.history)
    assert (False, True, 5) == (second.done, end.done, end.result)


def test_a_node_is_left_in_several_directions() -> None:
    """What a program does after one value does not change what it does after another."""
    start = Programs().start(tosser)
    assert (1, 2) == (start.after(1).result, start.after(2).result)


def test_the_same_history_is_the_same_node() -> None:
    """A second visit runs nothing: it finds the node of the first."""
    programs = Programs()
    first = programs.start(adder, 2, 3).after(2)
    assert programs.start(adder, 2, 3).after(2) is first


def test_a_program_that_becomes_another_forgets_its_history() -> None:
    """Two histories that end in the same `Become` are one node, with an empty history."""

    def forgetful() -> Steps:
        yield add, 1
        return Become(adder, 7)

    programs = Programs()
    start = programs.start(forgetful)
    assert start.after(1) is start.after(99)
    assert start.after(1) is programs.start(adder, 7)
    assert () == start.after(1).history


def test_a_node_says_what_it_is() -> None:
    """Its text names the program, how far it is, and what it asks for: no address."""
    start = Programs().start(adder, 2)
    assert "<adder after 0 steps: add>" == repr(start)
    assert "<adder after 1 steps: ended>" == repr(start.after(2))


def test_another_step_on_the_second_run_is_reported() -> None:
    """A program that looks at anything but what it receives is named, with both its steps."""
    runs = []

    def fickle() -> Steps:
        runs.append(0)
        yield add, len(runs)
        yield add, 0

    error = reported(fickle)
    assert ("fickle", f"line {line_of(fickle, 'len(runs)')} of fickle in test_program.py") == (
        error.program,
        error.where,
    )
    assert "asked for add(1) at first and for add(2) when it was run again" in error.what


def test_an_end_on_the_second_run_is_reported() -> None:
    """A program that stops early when it is run again has not ended: it is not deterministic."""
    runs = []

    def fickle() -> Steps:
        runs.append(0)
        yield add, 1
        if len(runs) < 2:
            yield add, 2
            yield add, 3

    error = reported(fickle)
    assert "asked for add(2) at first and ended when it was run again" in error.what


def test_a_value_that_is_no_step_is_reported() -> None:
    """The line is the one that yields, in the innermost function of the program."""

    def inner() -> Steps:
        yield 5  # type: ignore[misc]

    def outer() -> Steps:
        yield from inner()

    error = reported(outer)
    assert ("outer", f"line {line_of(inner, 'yield 5')} of inner in test_program.py") == (
        error.program,
        error.where,
    )
    assert error.what.startswith("yielded 5, which is no step")


def test_a_program_that_is_yielded_is_reported_without_its_address() -> None:
    """Who forgets the `from` of `yield from` reads so, in the same words each time."""

    def forgets() -> Steps:
        yield adder(1)  # type: ignore[misc]

    error = reported(forgets)
    assert error.what.startswith("yielded <generator object adder>, which is no step")


def test_a_program_that_is_yielded_as_a_step_is_reported() -> None:
    """Its steps would never be taken, and it would seem to have run."""

    def forgets() -> Steps:
        yield (adder,)

    error = reported(forgets)
    assert f"line {line_of(forgets, 'yield')} of forgets in test_program.py" == error.where
    assert "which is a program and no step: use 'yield from'" in error.what


def test_an_exception_is_reported_with_its_line() -> None:
    """The line is that of the program's own code, not of the library that it called into."""

    def careless() -> Steps:
        yield add, 1
        re.compile("(")

    error = reported(careless)
    assert f"line {line_of(careless, 're.compile')} of careless in test_program.py" == error.where
    assert error.what.startswith("raised")


def test_a_function_that_is_no_generator_is_reported() -> None:
    """It has to yield at least once, or never, but as a generator."""

    def plain() -> int:
        return 1

    error = reported(plain)
    assert ("plain", f"line {line_of(plain, 'def plain')}", "is no generator: it has to yield") == (
        error.program,
        error.where,
        error.what,
    )


def test_a_program_that_takes_other_arguments_is_reported() -> None:
    """Python's own words say which."""
    error = reported(tosser, 1)
    assert (
        "tosser",
        "cannot be called: tosser() takes 0 positional arguments but 1 was given",
    ) == (
        error.program,
        error.what,
    )


def test_a_callable_without_a_name_is_reported_by_its_type() -> None:
    """A partial function has neither name nor line."""
    error = reported(partial(int, "1"))
    assert ("partial", "line unknown") == (error.program, error.where)


def test_a_step_that_fails_is_reported_at_the_line_that_asks_for_it() -> None:
    """The step is named with its arguments."""

    def asks() -> Steps:
        yield add, "x"

    error = reported(asks)
    assert f"line {line_of(asks, 'yield')} of asks in test_program.py" == error.where
    assert error.what.startswith("its step add('x') raised TypeError at line ")


def test_a_step_that_cannot_be_called_so_is_reported() -> None:
    """A built-in function is no step."""

    def asks() -> Steps:
        yield len, 1

    expected = "its step len(1) raised TypeError: len() takes exactly one argument (2 given)"
    assert expected == reported(asks).what


def test_a_step_that_gives_what_has_no_hash_is_reported() -> None:
    """A history is kept under what was received."""

    def listing(_cell: Cell) -> list[int]:
        return [1]

    def asks() -> Steps:
        yield (listing,)

    assert "its step listing() gave [1], which cannot be remembered" in reported(asks).what


def test_becoming_a_program_with_what_has_no_hash_is_reported() -> None:
    """The arguments are part of where a program stands."""

    def ends() -> Steps:
        yield add, 1
        return Become(adder, [1])

    error = reported(ends)
    assert "adder" == error.program
    assert error.what.startswith("is given ([1],), which cannot be remembered")


def test_becoming_for_ever_is_reported() -> None:
    """A program that becomes itself without a step would never come to one."""

    def restless(number: int) -> Steps:
        yield from ()
        return Become(restless, number + 1)

    expected = f"became another program {MOST_BECOMING} times and asked for no step"
    assert expected == reported(restless, 0).what


# --- long programs and such without end -------------------------------------------------------


def last(program: Callable[..., Steps], steps: int, value: object = None) -> list[Node]:
    """The nodes of a program that receives the same value again and again."""
    nodes = [Programs().start(program)]
    for _ in range(steps):
        nodes.append(nodes[-1].after(value))
    return nodes


def test_a_program_that_goes_round_for_ever_comes_back_to_where_it_was() -> None:
    """Once its history is long: from there on it has two places, one for each step of a round."""

    def round_and_round() -> Steps:
        while True:
            yield add, 1
            yield add, 2

    nodes = last(round_and_round, 1_000)
    assert LONG + 2 == len(set(nodes))
    assert nodes[LONG] is nodes[LONG + 2] is nodes[1_000]
    assert (add, 1) == nodes[1_000].step


def test_a_program_that_counts_is_nowhere_twice() -> None:
    """What it holds is another number each time, so that it may still do something else."""

    def counts() -> Steps:
        number = 0
        while number < 300:
            number += 1
            yield add, 1

    nodes = last(counts, 300)
    assert (301, True) == (len(set(nodes)), nodes[-1].done)


class Box:
    """Something that can change while it stays the same."""

    number = 0


@pytest.mark.parametrize("hides", ["iterator", "list", "object", "inner"])
def test_what_can_change_unseen_keeps_histories_apart(hides: str) -> None:
    """An iterator on the stack, a list, an object, a generator that is no program's."""

    def hidden() -> Steps:
        boxes, box = [0], Box()
        inner = iter([None] * 100)
        if hides == "iterator":
            del boxes, box, inner
            for _ in [None] * 100:
                yield add, 1
            return
        while (boxes[0] if hides == "list" else box.number) < 100:
            if hides == "list":
                boxes[0] += 1
            elif hides == "object":
                box.number += 1
            elif next(inner, 0) == 0:
                return
            yield add, 1

    nodes = last(hidden, 100)
    assert (101, True) == (len(set(nodes)), nodes[-1].done)


def test_a_round_is_left_when_it_receives_something_else() -> None:
    """What is one place by its values does the same with every other value."""

    def until_told() -> Steps:
        while (yield add, 1) != "stop":
            pass
        return "told"

    assert "told" == last(until_told, 500)[-1].after("stop").result


def test_a_program_whose_histories_all_differ_is_taken_to_have_no_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is named with its line, once it has taken too many steps."""
    monkeypatch.setattr(module, "LONGEST", 100)

    def counts() -> Steps:
        number = 0
        while True:
            number += 1
            yield add, number

    with pytest.raises(EndlessError, match="has asked for 100 steps") as caught:
        last(counts, 101)
    where = f"line {line_of(counts, 'yield')} of counts in test_program.py"
    assert ("counts", where) == (caught.value.program, caught.value.where)


def test_a_long_program_is_run_once_and_not_once_for_each_step() -> None:
    """Its generator goes on; what it did before is not done again until it has ended."""
    runs = []

    def long() -> Steps:
        runs.append(0)
        for _ in range(5_000):
            yield add, 1

    assert (True, 1) == (last(long, 5_000)[-1].done, len(runs))


def test_true_and_one_are_not_the_same_answer() -> None:
    """They are equal, and a program can tell them apart."""

    def tells() -> Steps:
        return "yes" if (yield add, 1) is True else "no"

    start = Programs().start(tells)
    assert ("yes", "no") == (start.after(value=True).result, start.after(1).result)


def test_a_program_that_does_not_want_to_end_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its generator is dropped for another one, and it takes that ill."""
    monkeypatch.setattr(module, "TIPS", 1)

    def stubborn() -> Steps:
        while True:
            try:
                yield add, 1
            except GeneratorExit:
                raise RuntimeError from None

    programs = Programs()
    first = programs.start(stubborn).after(1)
    assert (add, 2) == programs.start(adder, 2).step
    assert (add, 1) == first.after(1).step


@pytest.mark.parametrize("where", ["program", "step"])
def test_a_loop_that_never_yields_is_noticed(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line is named, in a program and in a step; swallowing it does not help."""
    monkeypatch.setattr(watch, "SECONDS", 1)

    def loops(_cell: object = None) -> None:
        for _ in range(2):
            with suppress(BaseException):
                while True:
                    pass
        while True:
            pass

    def program() -> Steps:
        yield (loops,) if where == "step" else (add, 1)
        loops()

    with pytest.raises(ProgramError, match="is it a loop") as caught:
        play(program)
    assert isinstance(caught.value.__cause__, watch.TooLong)
    named = program if where == "step" else loops
    assert caught.value.where.endswith(f" of {named.__name__} in test_program.py")


def test_what_went_wrong_is_the_cause() -> None:
    """With the frame of the reader's own function."""

    def fails() -> Steps:
        yield add, 1
        raise LookupError("gone")

    error = reported(fails)
    assert isinstance(error.__cause__, LookupError)
    frames = traceback.extract_tb(error.__cause__.__traceback__)
    assert "fails" == frames[-1].name


def test_leaving_the_interpreter_is_no_way_out() -> None:
    """sys.exit in a program is its mistake, and an interrupt is the reader's."""

    def leaves() -> Steps:
        yield add, 1
        sys.exit(3)

    def interrupted() -> Steps:
        yield add, 1
        raise KeyboardInterrupt

    assert "raised SystemExit: 3" == reported(leaves).what
    with pytest.raises(KeyboardInterrupt):
        play(interrupted)
