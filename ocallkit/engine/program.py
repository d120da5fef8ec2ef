"""A running program is its name and the values sent into it so far.

A generator can be neither copied nor hashed.  It can be run again: a program that is
deterministic apart from what it receives stands at the same `yield` whenever it has received
the same values.  Each such history is a `Node`.  A node knows the step that the program asks
for there, found once by running it that far, and the node that follows each value received.
After the first visit a step is a dictionary look-up, and a task is one object to compare.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Callable, Generator, Iterator
from types import GeneratorType
from typing import Any, NamedTuple, TypeAlias

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
    happen, and is tried only to see whether a wait would end by it.
    """

    name: str
    value: Any
    effect: Callable[[Any], None] | None = None
    fault: bool = False
    resort: bool = False


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

    Histories that differ only in what no longer matters become one again.  `program` and `args`
    need a hash: together they are the name of where the new history begins.
    """

    __slots__ = ("args", "program")

    def __init__(self, program: Program, *args: Any) -> None:
        self.program = program
        self.args = args


class ProgramError(Exception):
    """A program did what no program may: names it, the line, and what to do instead.

    `program` is its name, `where` the line, `what` the words for it.
    """

    def __init__(self, program: str, where: str, what: str) -> None:
        super().__init__(f"{program}, {where}: {what}")
        self.program = program
        self.where = where
        self.what = what

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it: the error alone, not the way to it through the engine."""
        return [f"{type(self).__name__}: {self}"]


class EndlessError(ProgramError):
    """A program has taken so many steps that it is taken to have no end."""


def wrong(program: Program, what: str) -> ProgramError:
    """The error that says of a program as a whole what is wrong with it."""
    return ProgramError(_name(program), _where(program), what)


class Node:
    """A program after one history of received values.

    `step` is what it asks for next; `done` that it has ended, with `result`.  There is one node
    for each history, so that two tasks stand at the same place if they have the same node.
    """

    __slots__ = (
        "_after",
        "args",
        "before",
        "done",
        "history",
        "program",
        "programs",
        "received",
        "result",
        "step",
    )

    step: Step
    result: Any

    def __init__(
        self, programs: Programs, program: Program, args: tuple[Any, ...], history: tuple[Any, ...]
    ) -> None:
        self.programs = programs
        self.before: Node | None = None
        self.received: Any = None
        self._after: dict[Any, Node] = {}
        self.program = program
        self.args = args
        self.history = history
        self.done = False
        self.step = ()
        self.result = None

    def after(self, value: Any) -> Node:
        """The node in which the program stands once it has received `value`.

        Raises ProgramError if the program does there what no program may, or `value` has no hash.
        """
        try:
            node = self._after.get(value)
        except TypeError:
            raise ProgramError(
                _name(self.program),
                place(self),
                f"its step {_show(self.step)} gave {_words(value)}, which cannot be remembered:"
                " a step gives what has a hash, such as a tuple instead of a list",
            ) from None
        if node is None:
            node = self._after[value] = self.programs.visit(self, value)
        return node

    def __repr__(self) -> str:
        asks = "ended" if self.done else self.step[0].__name__
        return f"<{_name(self.program)} after {len(self.history)} steps: {asks}>"


class Programs:
    """Every node that has been visited, each of them once.

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
        self._running: dict[Node, Steps] = {}
        self._becoming = 0

    def start(self, program: Program, *args: Any) -> Node:
        """The node in which `program`, called with `args`, stands before it has received anything.

        Raises ProgramError if it is no program, or if it or an argument has no hash.
        """
        key = (program, *args)
        try:
            node = self._starts.get(key)
        except TypeError:
            raise ProgramError(
                _name(program),
                _where(program),
                f"is given {_words(args)}, which cannot be remembered: what a program returns or is"
                " given has a hash, such as a tuple instead of a list",
            ) from None
        if node is None:
            node = self._starts[key] = self._settle(Node(self, program, args, ()), None)
        return node

    def visit(self, before: Node, value: Any) -> Node:
        """The node after `before` has received `value`, found by running the program again."""
        if isinstance(value, Generator):
            raise ProgramError(
                _name(before.program),
                place(before),
                f"yielded {_show(before.step)}, which is a program and no step: use 'yield from'",
            )
        node = Node(self, before.program, before.args, (*before.history, value))
        node.before, node.received = before, value
        return self._settle(node, self._running.pop(before, None) or before)

    def _settle(self, node: Node, reached: Steps | Node | None) -> Node:
        """Run the program of `node` through its history and note where it stands then.

        `reached` is the node before it, or, for a program that has run for long, its generator.
        """
        name = _name(node.program)
        step: object = None
        running = reached if isinstance(reached, Generator) else begin(node.program, *node.args)
        try:
            if isinstance(reached, Generator):
                step = running.send(node.history[-1])
            else:
                step = _rerun(name, running, node.history, _path(self, reached))
        except StopIteration as end:
            node.done, node.result = True, end.value
        except ProgramError:
            raise
        except Exception as error:  # noqa: BLE001 - a reader's program may raise anything
            raise ProgramError(
                name, _raised_at(error), f"raised {type(error).__name__}: {_words_of(error)}"
            ) from None
        if node.done:
            ends = not isinstance(node.result, Become)
            return node if ends else self._become(node.program, node.result)
        node.step = _as_step(name, running, step)
        if len(node.history) > RERUN_UP_TO:
            self._running[node] = running
        return node

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


RERUN_UP_TO = 256
"""Steps up to which a program is run again for each new node, and thereby checked.

Beyond them one generator is kept at the end of each history, so that a program that goes on for
long takes time in proportion to its steps and not to their square.
"""

MOST_BECOMING = 100
"""A program that becomes another so often, and never asks for a step, has no end."""


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


def take(node: Node, *world: Any) -> Any:
    """Take the step that `node` asks for; gives what it gives.

    `world` is what the step is given before its own arguments: the world, and whatever else all
    steps of that program take.  Raises Blocked if it cannot happen now, ProgramError if it fails.
    """
    try:
        return node.step[0](*world, *node.step[1:])
    except (Blocked, ProgramError):
        raise
    except Exception as error:  # noqa: BLE001 - a reader's step may raise anything
        raise ProgramError(
            _name(node.program),
            place(node),
            f"its step {_show(node.step)} raised {type(error).__name__}"
            f"{_inside(error)}: {_words_of(error)}",
        ) from None


def place(node: Node) -> str:
    """Where the program stands in `node`, found by running it that far."""
    running = begin(node.program, *node.args)
    try:
        for value in (None, *node.history):
            running.send(value)
    except StopIteration:
        # A program that does not do the same again; whatever it did, it did not get there.
        return "its last line"
    return _line(running)


def _rerun(
    name: str, running: Steps, history: tuple[Any, ...], expected: tuple[Step, ...]
) -> object:
    """Send `history` again; gives what the program asks for after it."""
    sent: Iterator[tuple[Any, Step]] = zip(history, expected, strict=True)
    value = None
    for following, before in sent:
        try:
            step = running.send(value)
        except StopIteration:
            raise ProgramError(
                name, "its last line", f"asked for {_show(before)} at first and ended {AGAIN}"
            ) from None
        if step != before:
            raise ProgramError(
                name,
                _line(running),
                f"asked for {_show(before)} at first and for {_show(step)} {AGAIN}",
            )
        value = following
    return running.send(value)


def _as_step(name: str, running: Steps, step: object) -> Step:
    """What the program has yielded, if it is a step."""
    if isinstance(step, tuple) and step and callable(step[0]):
        return step
    raise ProgramError(
        name,
        _line(running),
        f"yielded {_words(step)}, which is no step: use 'yield from' and a function of the model",
    )


AGAIN = "when it was run again: a program may depend on nothing but what it receives"


def _path(programs: Programs, node: Node | None) -> tuple[Step, ...]:
    """The steps that the program has asked for on its way to `node`, its next one included."""
    if node is None:
        return ()
    steps = []
    at = programs.start(node.program, *node.args)
    for value in node.history:
        steps.append(at.step)
        at = at.after(value)
    return (*steps, at.step)


def _name(program: Program) -> str:
    return getattr(program, "__name__", type(program).__name__)


def _show(step: Any) -> str:
    if isinstance(step, tuple) and step and callable(step[0]):
        return f"{step[0].__name__}({', '.join(map(_words, step[1:]))})"
    return _words(step)


def _words(value: object) -> str:
    """`value` as it is written, without the address that a default `repr` gives away."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def _words_of(error: Exception) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", str(error))


def _inside(error: Exception) -> str:
    """Where a step failed, if it was not its call that failed."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    return f" at line {frames[-1].lineno} of {frames[-1].name}" if frames else ""


def _where(program: Program) -> str:
    code = getattr(program, "__code__", None)
    return f"line {code.co_firstlineno}" if code else "line unknown"


# pathlib would cost each start of the package a tenth of its time.
_NOT_THEIRS = (
    __file__.removesuffix(os.path.join("engine", "program.py")),  # noqa: PTH118
    traceback.__file__.removesuffix("traceback.py"),
    "<frozen",
)
"""Files of which a reader wrote no line: this package, and Python's own library."""


def _line(running: Steps) -> str:
    """Where `running` stands: in the innermost function that is not our own, if there is one."""
    places = []
    inner: Any = running
    while isinstance(inner, GeneratorType) and inner.gi_frame is not None:
        code = inner.gi_code
        places.append((code.co_filename, inner.gi_frame.f_lineno, code.co_name))
        inner = inner.gi_yieldfrom
    return _place(places)


def _raised_at(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return _place([(frame.filename, frame.lineno or 0, frame.name) for frame in frames])


def _place(places: list[tuple[str, int, str]]) -> str:
    theirs = [place for place in places if not place[0].startswith(_NOT_THEIRS)]
    chosen = theirs or places
    return f"line {chosen[-1][1]} of {chosen[-1][2]}" if chosen else "its last line"
