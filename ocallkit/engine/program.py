"""A running program is its name and the values sent into it so far.

A generator can be neither copied nor hashed.  It can be run again: a program that is
deterministic apart from what it receives stands at the same `yield` whenever it has received
the same values.  Each such history is a `Node`.  A node knows the step that the program asks
for there, found once by running it that far, and the node that follows each value received.
After the first visit a step is a dictionary look-up, and a task is one object to compare.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias
from weakref import finalize

from ocallkit.engine.blame import (
    first_line,
    inside,
    line,
    name_of,
    party_of,
    raised_at,
    show,
    words,
    words_of,
)
from ocallkit.engine.watch import SECONDS, TooLong, watched
from ocallkit.errors import OcallkitError

Step: TypeAlias = tuple[Any, ...]
"""What a program yields: a function of the world, and the arguments that follow the world."""

Steps: TypeAlias = Generator[Step, Any, Any]
"""What a generator function of a program returns."""

Program: TypeAlias = Callable[..., Steps]


class Blocked(Exception):  # noqa: N818 - nothing has gone wrong: it is not time yet
    """Raised by a step that cannot happen now; nothing of it has happened.

    `reason` says in words what is missing, `waits_for` names who would have to provide it.
    """

    def __init__(self, reason: str, waits_for: str) -> None:
        super().__init__(f"{reason} (waits for {waits_for})")
        self.reason = reason
        self.waits_for = waits_for


class Option(NamedTuple):
    """One way on from a step: `value` is sent to the program, `effect` changes its world.

    `name` is what a schedule or a token calls it.  `fault` marks what nobody in the model can be
    relied on to do: a run takes no such way unless it is told to.  `resort` marks what does not
    happen, and is tried only to see whether a wait would end by it.  `also` has, by their names,
    other tasks of the same part that end by it wherever they are, and go on as another program.
    """

    name: str
    value: Any
    effect: Callable[[Any], None] | None = None
    fault: bool = False
    resort: bool = False
    also: tuple[tuple[str, Become], ...] = ()


class Choose:
    """Returned by a step that may go several ways; every one of them is a different future.

    What the step has done before it returns is done on each way.  `unless` says what is waited
    for where every way on is a fault.
    """

    __slots__ = ("options", "unless")

    def __init__(self, *options: Option, unless: Blocked | None = None) -> None:
        self.options = options
        self.unless = unless


class Become:
    """Returned by a program that goes on as another, with an empty history.

    As the value of an `Option` it ends the program without its knowing: nothing of it runs again.

    Histories that differ only in what no longer matters become one again.  `program` and `args`
    need a hash: together they are the name of where the new history begins.
    """

    __slots__ = ("args", "program")

    def __init__(self, program: Program, *args: Any) -> None:
        self.program = program
        self.args = args


class ProgramError(OcallkitError):
    """A program did what no program may: names it, the line, and what to do instead.

    `party` is for whom it runs, as far as that is known, `program` its name, `where` the line,
    `what` the words for it.  The reader's own exception, if there was one, is its cause.
    """

    def __init__(self, program: str, where: str, what: str, party: str = "") -> None:
        place = ", ".join(filter(None, (program, where)))
        super().__init__(": ".join(filter(None, (party, place, what))))
        self.party = party
        self.program = program
        self.where = where
        self.what = what

    def __reduce__(self) -> tuple[Any, ...]:
        """It crosses from a process that judges to the one that asked."""
        return type(self), (self.program, self.where, self.what, self.party)


class EndlessError(ProgramError):
    """A program has taken so many steps that it is taken to have no end."""


def wrong(program: Program, what: str, args: tuple[Any, ...] = ()) -> ProgramError:
    """The error that says of a program as a whole what is wrong with it."""
    party = party_of(program, args) if args else ""
    return ProgramError(name_of(program), first_line(program), what, party)


class Node:
    """A program after one history of received values.

    `step` is what it asks for next; `done` that it has ended, with `result`.  `before` is the node
    before it, where it received `received`; `length` is how many values it has received.  There is
    one node for each history, so that two tasks stand at the same place if they have the same node;
    and of long histories that lead to the same for good, one node for all.
    """

    __slots__ = (
        "_after",
        "args",
        "before",
        "done",
        "family",
        "length",
        "program",
        "programs",
        "received",
        "result",
        "step",
    )

    step: Step
    result: Any

    def __init__(
        self,
        programs: Programs,
        program: Program,
        args: tuple[Any, ...],
        before: Node | None = None,
        received: Any = None,
    ) -> None:
        self.programs = programs
        self._after: dict[Any, Node] = {}
        self.program = program
        self.args = args
        self.before = before
        self.received = received
        self.length: int = 0 if before is None else before.length + 1
        # How many nodes began as this one did, in a list that they share.
        self.family: list[int] = [0] if before is None else before.family
        self.family[0] += 1
        self.done = False
        self.step = ()
        self.result = None

    @property
    def history(self) -> tuple[Any, ...]:
        """The values that were received, from the first to the last."""
        values = []
        node = self
        while node.before is not None:
            values.append(node.received)
            node = node.before
        return tuple(reversed(values))

    def after(self, value: Any) -> Node:
        """The node in which the program stands once it has received `value`.

        A `Become` it does not receive: it is over, wherever it is, and another begins in its place.

        Raises ProgramError if the program does there what no program may, or `value` has no hash.
        """
        if type(value) is Become:
            return self.programs.start(value.program, *value.args)
        # True is equal to 1, and a program may tell them apart.
        key = value if type(value) is not bool else (bool, value)
        try:
            node = self._after.get(key)
        except TypeError:
            raise self.wrong(
                f"its step {show(self.step)} gave {words(value)}, which cannot be remembered:"
                " a step gives what has a hash, such as a tuple instead of a list"
            ) from None
        if node is None:
            node = self._after[key] = self.programs.visit(self, value)
        return node

    def wrong(self, what: str) -> ProgramError:
        """The error that says what is wrong where the program stands."""
        return wrong_at(self, place(self), what)

    def __repr__(self) -> str:
        asks = "ended" if self.done else self.step[0].__name__
        return f"<{name_of(self.program)} after {self.length} steps: {asks}>"


TIPS = 256
"""Generators that are kept at the ends of histories, so that the next step costs one resume."""

LONG = 64
"""Steps from which on a history is asked whether it leads where another has led before."""

MANY = 400
"""Histories of one program from which on each is asked that, however short it is."""

LONGEST = 20_000
"""Steps after which a program whose histories all differ is taken to have no end."""

MOST_BECOMING = 100
"""A program that becomes another so often, and never asks for a step, has no end."""

CHECKED = 2_000
"""Steps up to which a program that has ended is run again, to see whether it does the same."""


class Programs:
    """Every node that has been visited, each of them once.

    It lives as long as one system: what a program does may hang on what somebody changes before
    the next.

    >>> def asks(name):
    ...     answer = yield print, name
    ...     return answer
    >>> node = Programs().start(asks, "A")
    >>> node, node.after("yes")
    (<asks after 0 steps: print>, <asks after 1 steps: ended>)
    >>> node.after("yes") is node.after("yes"), node.after("no").result
    (True, 'no')
    """

    def __init__(self) -> None:
        self._starts: dict[tuple[Any, ...], Node] = {}
        # By the nodes' ids: it is not to be part of a circle that has the generators in it, or the
        # collector would end them one by one, and whoever takes that amiss would be told of.
        self._tips: OrderedDict[int, Steps] = OrderedDict()
        finalize(self, _close_all, self._tips)
        self._long: dict[Any, Node] = {}
        self._checked: set[tuple[Any, ...]] = set()
        self._becoming = 0

    def start(self, program: Program, *args: Any) -> Node:
        """The node in which `program`, called with `args`, stands before it has received anything.

        Raises ProgramError if it is no program, or if it or an argument has no hash.
        """
        key = (program, *args)
        try:
            node = self._starts.get(key)
        except TypeError:
            raise wrong(
                program,
                f"is given {words(args)}, which cannot be remembered: what a program returns or is"
                " given has a hash, such as a tuple instead of a list",
            ) from None
        if node is None:
            node = Node(self, program, args)
            node = self._starts[key] = self._settle(node, begin(program, *args))
        return node

    def visit(self, before: Node, value: Any) -> Node:
        """The node after `before` has received `value`; the program is run as far as needed."""
        if isinstance(value, Generator):
            raise before.wrong(
                f"yielded {show(before.step)}, which is a program and no step: use 'yield from'"
            )
        if before.length >= LONGEST:
            what = f"has asked for {LONGEST:,} steps, and never for the same in the same state"
            raise wrong_at(before, place(before), f"{what}: give it an end", EndlessError)
        running = self._tips.pop(id(before), None) or rerun(before)
        return self._settle(Node(self, before.program, before.args, before, value), running)

    def _settle(self, node: Node, running: Steps) -> Node:
        """Let the program of `node` receive its last value, and note where it stands then."""
        step: object = None
        try:
            step = run(node, running.send, node.received)
        except StopIteration as end:
            node.done, node.result = True, end.value
        if node.done:
            self._check(node)
            ends = not isinstance(node.result, Become)
            return node if ends else self._become(node.program, node.result)
        node.step = as_step(node, running, step)
        known = self._known(node, running)
        if id(known) in self._tips:
            _close(self._tips.pop(id(known)))
        self._tips[id(known)] = running
        if len(self._tips) > TIPS:
            _close(self._tips.popitem(last=False)[1])
        return known

    def _known(self, node: Node, running: Steps) -> Node:
        """The node of a history that led to the same, or the given one."""
        if node.length < LONG and node.family[0] < MANY:
            return node
        from ocallkit.engine.frames import snapshot  # noqa: PLC0415 - nearly nobody needs it

        now = snapshot(running, node.step)
        return node if now is None else self._long.setdefault(now, node)

    def _check(self, node: Node) -> None:
        """Run a program again the first time that it ends: it may not do anything else."""
        key = (node.program, *node.args)
        if node.before is None or key in self._checked or node.length > CHECKED:
            return
        self._checked.add(key)
        try:
            run(node, rerun(node.before).send, node.received)
        except StopIteration:
            return
        raise wrong_at(node, "its last line", f"ended at first and went on {AGAIN}")

    def _become(self, program: Program, end: Become) -> Node:
        """The node of the program as which `program` goes on."""
        if self._becoming == MOST_BECOMING:
            raise wrong(
                program, f"became another program {MOST_BECOMING} times and asked for no step"
            )
        self._becoming += 1
        try:
            return self.start(end.program, *end.args)
        finally:
            self._becoming -= 1


def _close_all(tips: OrderedDict[int, Steps]) -> None:
    """Let go of every generator."""
    while tips:
        _close(tips.popitem()[1])


def _close(running: Steps) -> None:
    """Let go of a generator; it may not take kindly to its end, and that is nobody's trouble.

    One that catches all, its own end included, would be told of once more when it is freed: so that
    happens here, where nobody hears of it.
    """
    told, sys.unraisablehook = sys.unraisablehook, _say_nothing
    try:
        with suppress(BaseException):
            running.close()
        del running
    finally:
        sys.unraisablehook = told


def _say_nothing(_: object) -> None:
    """What is raised at the end of a program is of no interest."""


def begin(program: Program, *args: Any) -> Steps:
    """Call `program` with `args`; gives its generator, which has not run yet.

    Raises ProgramError for what does not take these arguments, or is no generator.
    """
    try:
        running: object = program(*args)
    except TypeError as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:
            raise
        raise wrong(program, f"cannot be called: {error}") from None
    if not isinstance(running, Generator):
        raise wrong(program, "is no generator: it has to yield")
    return running


def run(node: Node, call: Callable[..., Any], *args: Any) -> Any:
    """Run what a reader wrote on the way to `node`; raises ProgramError for what it raises."""
    try:
        return watched(call, *args)
    except (StopIteration, ProgramError):
        raise
    except TooLong as error:
        where, what = raised_at(error), f"ran for {SECONDS} seconds without a yield: is it a loop?"
        raise wrong_at(node, where, what) from error
    except (Exception, SystemExit) as error:
        what = f"raised {type(error).__name__}: {words_of(error)}"
        raise wrong_at(node, raised_at(error), what) from error


def wrong_at(
    node: Node, where: str, what: str, kind: type[ProgramError] = ProgramError
) -> ProgramError:
    """The error that says what is wrong in a line of the program of `node`, and whose that is."""
    return kind(name_of(node.program), where, what, party_of(node.program, node.args))


def take(node: Node, *world: Any) -> Any:
    """Take the step that `node` asks for; gives what it gives.

    `world` is what the step is given before its own arguments: the world, and whatever else all
    steps of that program take.  Raises Blocked if it cannot happen now, ProgramError if it fails.
    """
    try:
        return watched(node.step[0], *world, *node.step[1:])
    except (Blocked, ProgramError):
        raise
    except TooLong as error:
        what = f"its step {show(node.step)} ran for {SECONDS} seconds: is it a loop?"
        raise node.wrong(what) from error
    except (Exception, SystemExit) as error:
        what = f"its step {show(node.step)} raised {type(error).__name__}"
        raise node.wrong(f"{what}{inside(error)}: {words_of(error)}") from error


def rerun(node: Node) -> Steps:
    """The generator of a program that has gone to `node`, which has to go there as before."""
    path = []
    at: Node | None = node
    while at is not None:
        path.append(at)
        at = at.before
    running = begin(node.program, *node.args)
    for one in reversed(path):
        try:
            step = run(one, running.send, one.received)
        except StopIteration:
            raise wrong_at(
                one, "its last line", f"asked for {show(one.step)} at first and ended {AGAIN}"
            ) from None
        if step != one.step:
            raise wrong_at(
                one,
                line(running),
                f"asked for {show(one.step)} at first and for {show(step)} {AGAIN}",
            )
    return running


AGAIN = "when it was run again: a program may depend on nothing but what it receives"


def place(node: Node) -> str:
    """Where the program stands in `node`, found by running it that far."""
    running = begin(node.program, *node.args)
    try:
        for value in (None, *node.history):
            running.send(value)
        return line(running)
    except StopIteration:
        # A program that does not do the same again; whatever it did, it did not get there.
        return "its last line"
    finally:
        _close(running)


def as_step(node: Node, running: Steps, step: object) -> Step:
    """What the program has yielded, if it is a step, and one that it may ask for.

    A program may say what is wrong with a step of its own: its `misuse` is a function of the step
    and the program's arguments, and gives words or nothing.
    """
    if not (isinstance(step, tuple) and step and callable(step[0])):
        what = f"yielded {words(step)}, which is no step"
        raise wrong_at(node, line(running), f"{what}: use 'yield from' and a function of the model")
    misuse = getattr(node.program, "misuse", None)
    if misuse is not None and (what := misuse(step, *node.args)):
        raise wrong_at(node, line(running), what)
    return step
