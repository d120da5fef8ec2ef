"""A design looked at when it is handed over, before anything runs.

A mistyped decision would be taken by the parent in silence, and the verdict would be the parent's.
So everything public is a decision, and each can be asked as the driver asks it.  What a decision
then answers is looked at where it answers it, by `checked`.

Only what a reader wrote is looked at: the designs of the package have tests for that.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, Final, NoReturn

from ocallkit.designs import EVERY, Design, EcallBare
from ocallkit.designs.checked import DesignError
from ocallkit.designs.decisions import DECISIONS, LABELS, TRANSPORT, TRUTH, WANTED, YIELD
from ocallkit.designs.transport import OneIoctl
from ocallkit.engine.blame import first_place, place_in, place_of, words
from ocallkit.errors import nearest

NAME: Final = re.compile(r"\w[\w.-]*", re.ASCII)
"""What a name is made of: the parts of a token are separated by other signs."""

IN_A_NAME: Final = "letters, digits, '-', '_' and '.'"
"""The same in words."""

OURS: Final = "ocallkit."
"""How the names of the modules begin whose designs have tests."""


def is_name(name: object) -> bool:
    """Whether a token can carry it.

    >>> is_name("held-refs"), is_name("a/b"), is_name("two words"), is_name("")
    (True, False, False, False)
    """
    return isinstance(name, str) and NAME.fullmatch(name) is not None


def handed(design: object) -> type[EcallBare]:
    """The class, if it is a design that can be asked; looked at once.

    Raises DesignError for what is none, in one sentence.

    >>> class Mine(EcallBare):
    ...     __module__ = "mine"
    ...     name = "mine"
    ...     worker = "yes"
    >>> try:
    ...     handed(Mine)
    ... except DesignError as error:
    ...     print(error)
    Mine.worker: it is 'yes', wanted True or False
    """
    if not isinstance(design, type):
        kind = type(design)
        what = f"a design is a class, derived from {Design.__name__} or one of its like"
        if isinstance(design, EcallBare):
            what = f"it is an instance: give the class, {kind.__name__}"
        raise DesignError(words(design), "", what)
    if not issubclass(design, EcallBare):
        _refuse(design, "", f"it is no design: derive it from ocallkit.designs.{Design.__name__}")
    if design not in _FIT:
        _look_at_class(design)
        _FIT.add(design)
    return design


_FIT: set[type[EcallBare]] = set()
"""Those that were looked at, and are what they have to be."""


def _look_at_class(design: type[EcallBare]) -> None:
    if design is Design:
        _refuse(design, "", "it is for deriving from: give a class of your own, with a name")
    if not is_ours(design):
        _look_at_name(design)
    try:
        made = design()
    except Exception as error:
        what = f"it cannot be made: {design.__name__}() raises {type(error).__name__}: {error}"
        raise DesignError(design.__name__, _place(design, "__init__"), what) from error
    for attribute, cls in _own(design).items():
        _look_at(made, cls, attribute)


def is_ours(cls: type) -> bool:
    """Whether a class is one of the package's."""
    return cls.__module__.startswith(OURS) or cls is object


def _own(design: type[EcallBare]) -> dict[str, type]:
    """Everything public that a reader has written, with the class that settles it."""
    found: dict[str, type] = {}
    for cls in design.__mro__:
        if not is_ours(cls):
            found |= {name: cls for name in vars(cls) if name[0] != "_" and name not in found}
    return found


def _look_at_name(design: type[EcallBare]) -> None:
    """It has a name of its own, by which a token can tell it from all others."""
    own = vars(design)
    if "name" not in own:
        whose = next(cls for cls in design.__mro__ if "name" in vars(cls))
        has = f"the name of {whose.__name__}, {design.name!r}" if design.name else "no name"
        _refuse(design, "name", f'it has {has}: give it one of its own, such as name = "mine"')
    if not isinstance(design.name, str):
        _refuse(design, "name", f"a text was wanted, not {words(design.name)}")
    if not is_name(design.name):
        _refuse(design, "name", f"no token can carry {design.name!r}: it is made of {IN_A_NAME}")
    if design.name in EVERY:
        _refuse(design, "name", f"{design.name!r} is a design of the package: choose another name")


def _look_at(design: EcallBare, cls: type, attribute: str) -> None:
    """What a class has under that name is a decision, and one that can be asked; or a label."""
    found = vars(cls)[attribute]
    if attribute in {"worker", "server"} and not isinstance(found, bool):
        _refuse(cls, attribute, f"it is {words(found)}, wanted {TRUTH}")
    if attribute == "transport" and not isinstance(found, OneIoctl):
        _refuse(cls, attribute, f"it is {words(found)}, wanted {TRANSPORT}")
    if attribute in {"transport", *LABELS}:
        return
    if attribute not in DECISIONS:
        _refuse(cls, attribute, f"`{attribute}` is no decision; {_instead(attribute)}")
    if isinstance(found, property) or not callable(getattr(design, attribute)):
        _refuse(cls, attribute, f"it is {words(found)}, wanted a method")
    _look_at_method(design, cls, attribute)


def _look_at_method(design: EcallBare, cls: type, decision: str) -> None:
    """It takes what it is asked with, and yields only where it may."""
    found = getattr(design, decision)
    if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
        _refuse(cls, decision, "it is `async`, which means nothing here, wanted a plain `def`")
    if inspect.isgeneratorfunction(found) and WANTED[decision] not in YIELD:
        _refuse(cls, decision, f"it yields, wanted {WANTED[decision]}")
    _, *wanted = inspect.signature(getattr(EcallBare, decision)).parameters
    asked = ", ".join(["self", *wanted])
    try:
        given = inspect.signature(found)
    except ValueError:
        _refuse(cls, decision, f"it takes nothing, wanted ({asked})")
    try:
        given.bind(*wanted)
    except TypeError:
        takes = ", ".join(["self", *given.parameters])
        _refuse(cls, decision, f"it takes ({takes}), wanted ({asked})")


def _instead(attribute: str) -> str:
    """What a reader may have meant who wrote this."""
    if meant := nearest(attribute, (*DECISIONS, *LABELS)):
        return f"did you mean `{meant}`?"
    return f"what is the design's own begins with an underscore: `_{attribute}`"


def _refuse(cls: type, attribute: str, what: str) -> NoReturn:
    """Say what is wrong with a class, or with one of its attributes, and where that is."""
    name = f"{cls.__name__}.{attribute}" if attribute else cls.__name__
    raise DesignError(name, _place(cls, attribute), what)


def _place(cls: type, attribute: str) -> str:
    """Where an attribute of a class stands, or the class where it has none of that name."""
    found: Any = vars(cls).get(attribute)
    function = getattr(found, "fget", None) or getattr(found, "__func__", found)
    if hasattr(function, "__code__"):
        return place_of(function)
    try:
        lines, first = inspect.getsourcelines(cls)
        file = inspect.getsourcefile(cls) or ""
    except (OSError, TypeError):
        return first_place(cls)
    sets = re.compile(rf"\s+{attribute}\s*[:=]")
    at = next((n for n, line in enumerate(lines) if attribute and sets.match(line)), 0)
    return place_in(file, first + at)
