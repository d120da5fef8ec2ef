"""What a command line names: a thing of the package, or a reader's own by where it stands.

load("design", "held-refs")             # one of the package
load("design", "mine.py:Mine")          # in a file
load("scenario", "drivers.mine:BUSY")   # in a module that can be imported
"""

from __future__ import annotations

import sys
import zlib
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ocallkit.designs import EcallBare
from ocallkit.designs.handed import handed
from ocallkit.errors import OcallkitError, find, nearest
from ocallkit.judging.assembly import FILE, find_design, find_scenario, is_own
from ocallkit.properties import PROPERTIES
from ocallkit.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from ocallkit.properties import Property

NO_PART_OF_A_NAME = "/,"
"""What separates the parts of a token."""


_LOADED: list[tuple[object, str]] = []
"""What was loaded, and from where."""


class SpecError(OcallkitError, ValueError):
    """Nothing can be had by that name: says what was named, what is wrong, and what there is."""


class _Kind(NamedTuple):
    """A kind of thing: what it has to be, how one is recognised, what it is called, and ours."""

    wanted: str
    fits: Callable[[object], bool]
    name_of: Callable[[Any], object]
    ours: Callable[[str], object]


def load(kind: str, spec: str) -> Any:  # noqa: ANN401 - whatever that kind of thing is
    """The thing of that `kind` that `spec` names: a design, a scenario or a property.

    A design is given as its class, a property as its check.  What stands in a file or a module has
    a name of its own, which nothing of the package has.

    >>> load("design", "held-refs").name
    'held-refs'

    Raises UnknownNameError for a plain name that is not known, SpecError where a file or a module
    is not there, raises, or has no such thing, DesignError for a design that cannot be asked.
    """
    what = find("kind of thing", kind, _KINDS)
    if not is_own(spec):
        return what.ours(spec)
    module, place, name = _opened(kind, spec)
    found = _named(kind, what, module, place, name)
    if kind == "design":
        found = handed(found)
    else:
        _check_name(kind, what, f"{place}:{name}", found)
    if _ours(what, str(what.name_of(found))) is not found:
        remember(found, f"{place}:{name}")
    return found


def given(kind: str, what: Any) -> Any:  # noqa: ANN401 - whatever that kind of thing is
    """What is named by a file or a module, loaded once; anything else as it is.

    >>> given("design", "held-refs")
    'held-refs'

    Raises what `load` does.
    """
    return load(kind, what) if isinstance(what, str) and is_own(what) else what


def remember(found: object, spec: str) -> None:
    """Let tokens name a thing by where it stands."""
    _LOADED.append((found, spec))


def spec_of(fits: Callable[[object], bool], name: str) -> str:
    """By what a token names a thing: by where that was loaded from, else by its own name.

    `fits` says whether something that was loaded is that thing.
    """
    return next((spec for found, spec in reversed(_LOADED) if fits(found)), name)


# --- the module ------------------------------------------------------------------------------


def _opened(kind: str, spec: str) -> tuple[ModuleType, str, str]:
    """The module of a spec, where that is, and the name behind the colon."""
    place, colon, name = spec.rpartition(":")
    if not colon:
        place, name = name, ""
    if not place:
        raise SpecError(f"{spec!r} names no file: it reads file.py:Name, or module:Name")
    in_file = place.endswith(FILE) or "/" in place
    module = _from_file(place) if in_file else _from_path(place)
    if not name:
        there = _listed(module, _KINDS[kind])
        has = f"; there are: {there}" if there else ""
        raise SpecError(f"{place}: say which {kind} of it, as in {place}:Name{has}")
    return module, place, name


def _from_file(place: str) -> ModuleType:
    """The module that a file makes, which may import what lies beside it."""
    path = Path(place).resolve()
    if not path.is_file():
        raise SpecError(f"{place}: there is no such file")
    # Of two files that are called alike each has a module.
    name = f"given_{zlib.crc32(str(path).encode()):08x}.{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SpecError(f"{place}: this is no file of Python's, whose names end in {FILE}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    loader = spec.loader
    _run(place, str(path.parent), str(path), lambda: loader.exec_module(module))
    return module


def _from_path(place: str) -> ModuleType:
    """The module of that name, from where the command was called or from what is installed."""

    def loaded() -> ModuleType:
        try:
            return import_module(place)
        except ModuleNotFoundError as error:
            if error.name and f"{place}.".startswith(f"{error.name}."):
                hint = f" For a file, say {place}{FILE}." if Path(f"{place}{FILE}").exists() else ""
                raise SpecError(f"there is no module {error.name}.{hint}") from error
            raise

    found: ModuleType = _run(place, str(Path.cwd()), "", loaded)
    return found


def _run(place: str, folder: str, file: str, loads: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Let a module be loaded that may import from `folder`; what it raises is told by its line."""
    before = list(sys.path)
    sys.path.insert(0, folder)
    try:
        # What a module prints is no part of the answer.
        with redirect_stdout(sys.stderr):
            return loads()
    except SpecError:
        raise
    except (Exception, SystemExit) as error:
        line = _line_of(error, file)
        where = f"{place}, line {line}" if line else place
        said = " ".join(str(error).split()) if not isinstance(error, SyntaxError) else error.msg
        raise SpecError(f"{where}: {type(error).__name__}: {said}") from error
    finally:
        sys.path[:] = before


def _line_of(error: BaseException, file: str) -> int | None:
    """The line of `file` in which an error was raised."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    found, at = None, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == file:
            found = at.tb_lineno
        at = at.tb_next
    return found


# --- what is in it ---------------------------------------------------------------------------


def _named(kind: str, what: _Kind, module: ModuleType, place: str, name: str) -> object:
    if not hasattr(module, name):
        meant = nearest(name, vars(module))
        hint = f" Did you mean {meant!r}?" if meant else ""
        there = _listed(module, what)
        has = f"There are: {there}" if there else f"It has no {kind}"
        raise SpecError(f"{place} has nothing called {name!r}.{hint} {has}")
    found: object = getattr(module, name)
    if not what.fits(found):
        there = _listed(module, what)
        has = f"; there are: {there}" if there else ""
        raise SpecError(f"{place}: {name} is no {kind}, which is {what.wanted}{has}")
    return found


def _listed(module: ModuleType, what: _Kind) -> str:
    """The things of a kind that a module has made itself."""

    def made_here(found: object) -> bool:
        return getattr(found, "__module__", module.__name__) in {
            module.__name__,
            Scenario.__module__,
        }

    return ", ".join(
        name for name, found in vars(module).items() if what.fits(found) and made_here(found)
    )


def _check_name(kind: str, what: _Kind, spec: str, found: object) -> None:
    """A name of its own, by which a token can tell it from all others."""
    name = what.name_of(found)
    if not isinstance(name, str) or not name.strip():
        raise SpecError(f"{spec}: a {kind} is called by a text, not by {name!r}")
    if not name.isprintable() or any(sign in name for sign in NO_PART_OF_A_NAME):
        raise SpecError(f"{spec}: {name!r} can be no part of a token: leave out '/' and ','")
    if (ours := _ours(what, name)) is not None and ours is not found:
        raise SpecError(
            f"{spec} is called {name!r}, as is a {kind} of the package: give it a name of its own"
        )


def _ours(what: _Kind, name: str) -> object:
    """What the package has by that name, if it has anything."""
    try:
        return what.ours(name)
    except ValueError:
        return None


def _is_design(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, EcallBare)


def _check_of(name: str) -> Property:
    return find("property", name, PROPERTIES)


def property_name(check: Callable[..., object]) -> str:
    """What a property of a reader's own is called: as its function, with hyphens.

    >>> property_name(lambda state: True), property_name(load("property", "no-shm-leak"))
    ('<lambda>', 'no-shm-leak')
    """
    return str(getattr(check, "__name__", type(check).__name__)).replace("_", "-")


_KINDS: dict[str, _Kind] = {
    "design": _Kind(
        "a class that derives from one of ocallkit.designs",
        _is_design,
        lambda design: design.name,
        lambda name: type(find_design(name)),
    ),
    "scenario": _Kind(
        "a Scenario of ocallkit.scenarios",
        lambda found: isinstance(found, Scenario),
        lambda scenario: scenario.name,
        find_scenario,
    ),
    "property": _Kind(
        "a function of a state that says whether it is as it must be",
        lambda found: callable(found) and not isinstance(found, type),
        property_name,
        _check_of,
    ),
}
"""What can be named."""
