"""What an exercise is: a question with an answer that the model gives, and words for wrong ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from ocallkit.errors import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.judging.path import Run

T = TypeVar("T")

BEYOND: Final = 1 << 64
"""No question here has so large a number for its answer: the largest is a member of 64 bits."""

LONGEST: Final = 60
"""So much of an answer is said again."""

ReadersProgram = Callable[..., Any]
"""A CA, a handler or a TA as a reader writes it."""


class Exercise(ABC):
    """One question of a notebook."""

    key: ClassVar[str]
    """Its name, which begins with the notebook's number: ``01-who-counts``."""
    hint: ClassVar[str]
    """Where to look or what to ask oneself, in a sentence or two that do not give the answer."""
    wants: ClassVar[str]
    """The kind of answer in words: ``a whole number``."""

    @abstractmethod
    def judge(self, answer: object) -> str:
        """What is wrong with this answer, in words that help; empty if it is right."""

    @abstractmethod
    def why(self) -> str:
        """Why the right answer is right."""

    @abstractmethod
    def solution(self) -> str:
        """How to find the answer: the computed answer, the reasoning, perhaps a fenced program."""

    def evidence(self, answer: object) -> Iterator[tuple[str, Run]]:  # noqa: ARG002 - has none
        """For a wrong answer runs that show what is wrong with it, each with what it shows."""
        yield from ()

    def unfit(self, answer: object) -> str:
        """What to say of an answer of another kind."""
        return f"{in_short(answer)} is not {self.wants}."


class Question(Exercise, Generic[T]):
    """A question with one right answer: the one that the model computes."""

    @abstractmethod
    def read(self, answer: object) -> T | None:
        """The answer in the form that is compared, or nothing if it is of another kind."""

    @abstractmethod
    def expected(self) -> T:
        """The right answer, computed by the model."""

    @abstractmethod
    def wrong(self, answer: T) -> str:
        """What is wrong with this answer, which is of the right kind but not the right one."""

    def judge(self, answer: object) -> str:
        """Compare with the model's answer."""
        read = self.read(answer)
        if read is None:
            return self.unfit(answer)
        return "" if read == self.expected() else self.wrong(read)


class Number(Question[int]):
    """A question for a whole number."""

    wants: ClassVar[str] = "a whole number"

    def read(self, answer: object) -> int | None:
        """A whole number; `True` is none."""
        return answer if isinstance(answer, int) and not isinstance(answer, bool) else None

    def unfit(self, answer: object) -> str:
        """A number in quotes is a text in Python: that is said as well."""
        if isinstance(answer, str) and answer.strip().isdecimal():
            return f"{in_short(answer)} is a text: write the number without the quotes."
        return super().unfit(answer)

    def judge(self, answer: object) -> str:
        """Compare; a number that nothing here comes near to is not written out again."""
        read = self.read(answer)
        if read is not None and abs(read) >= BEYOND:
            return "Nothing that is counted here is so large."
        return super().judge(answer)


class Name(Question[str]):
    """A question for one of several names; case and outer blanks do not matter."""

    wants: ClassVar[str] = "a name in quotes"
    names: ClassVar[tuple[str, ...]]
    """Every name that can be answered."""

    def read(self, answer: object) -> str | None:
        """A name in the spelling of `names`, any other text as it is."""
        if not isinstance(answer, str):
            return None
        spelled = {name.casefold(): name for name in self.names}
        return spelled.get(answer.strip().casefold(), answer)

    def judge(self, answer: object) -> str:
        """Compare; a name that is none of the possible ones gets the list of those."""
        read = self.read(answer)
        if read is not None and read not in self.names:
            short = f"`{read}`" if 0 < len(read.strip()) <= LONGEST else in_short(answer)
            return f"{short} is none of the possible answers: {listed(self.names)}."
        return super().judge(answer)


class Program(Exercise):
    """A task to write a program: it is run, and what it does is judged."""

    wants: ClassVar[str] = "a program: name the function, and do not call it"

    @abstractmethod
    def trouble(self, program: ReadersProgram) -> str:
        """Run it, and say what it does not do that was asked for; empty if it does all."""

    def judge(self, answer: object) -> str:
        """Every program that does what was asked for is right."""
        return self.trouble(answer) if callable(answer) else self.unfit(answer)


def in_short(answer: object) -> str:
    """Name an answer as code, cut off if it is long; by its kind if it has no words of its own.

    >>> in_short(""), in_short("x" * 80), in_short(10**5000)
    ("`''`", "`'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`", 'Such an `int`')
    >>> in_short(int), in_short(in_short)
    ('The class `int`', 'The function `in_short`')
    """
    if isinstance(answer, type):
        return f"The class `{answer.__name__}`"
    if isinstance(answer, FunctionType):
        return f"The function `{answer.__name__}`"
    try:
        words = repr(answer)
    except Exception:  # noqa: BLE001 - a reader's own object may do anything
        return f"Such an `{type(answer).__name__}`"
    return f"`{words if len(words) <= LONGEST else words[:LONGEST] + '…'}`"


def listed(names: tuple[str, ...]) -> str:
    """Names as a sentence lists them, each as code.

    >>> listed(("free", "suspended"))
    '`free`, `suspended`'
    """
    return ", ".join(f"`{name}`" for name in names)


def exercises() -> tuple[Exercise, ...]:
    """Every exercise of every notebook, in their order."""
    names = sorted(module.name for module in iter_modules([str(Path(__file__).parent)]))
    modules = [import_module(f"ocallkit.lesson.{n}") for n in names if n.startswith("ex_")]
    return tuple(exercise for module in modules for exercise in module.EXERCISES)


def find_exercise(key: str) -> Exercise:
    """The exercise of that name.

    Raises UnknownNameError, which lists all exercises, if there is none.
    """
    return find("exercise", key, {exercise.key: exercise for exercise in exercises()})
