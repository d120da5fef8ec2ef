"""How a token is written and read.

    SCENARIO/DESIGN/tTHREADS/cCLIENTS[/rROUNDS][/m1][/SWITCH=VALUE ...]/DECISIONS

    flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref
    flow-2/two-lists/t2/c1/A:kill@OCALL,A:close:ocall,breaks:no-use-after-free
    flow-2/drivers/mine.py:Mine/t2/c1/A:kill@OCALL

Decisions are separated by commas.  The last ones may say how the run ends: ``breaks:PROPERTY`` that
it goes on until that property breaks, or until nothing more happens, and that it does break;
``stop`` that nothing which happens later belongs to it.

A design or a scenario of a reader's own is named by its file, ``path/to/file.py:Name``, or by its
module, ``package.module:Name``.

A token is pasted into a shell as it is, so that it has nothing in it that bash, dash, zsh, fish,
cmd.exe or PowerShell would treat inside a word: letters and digits of ASCII, and ``-_.:@+,/=``.  It
begins with a letter, a digit, a point or a slash.  Any other sign of a name, and a sign that would
separate its parts, is written as ``=`` and two hexadecimal digits for each of its bytes in UTF-8.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.errors import OcallkitError
from ocallkit.properties import EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence

BREAKS: Final = "breaks:"
"""Before a property: take its course until that breaks, or until nothing more happens."""

BREAKS_BEFORE: Final = "!"
"""How older tokens wrote it; many a shell takes the sign for itself."""

STOP: Final = "stop"
"""The decision to look no further: nothing that happens later belongs to the run."""

SHAPE: Final = "scenario/design/tTHREADS/cCLIENTS/decisions"

_PLAIN: Final = frozenset(string.ascii_letters + string.digits + "-_.:@+")
"""What stands for itself in any part."""

_FIRST: Final = frozenset(string.ascii_letters + string.digits + "./")
"""What a token may begin with: of the rest some shell takes each for itself at a word's start."""

# A file's path has its slashes, and one colon before the name: that tells its end.
_NAME: Final = r"[^:]*\.py:[^/:]+|[^/]+"
_LINE: Final = re.compile(
    rf"(?P<scenario>{_NAME})/(?P<design>{_NAME})/(?P<settings>t[^/]*/c[^/]*(?:/[^/]*)*)/(?P<decisions>[^/]*)"
)
_ESCAPED: Final = re.compile(r"(?:=[0-9A-F]{2})+")
_NUMBER: Final = re.compile(r"([tcr])([0-9]{1,9})|(m)([01])")
_NUMBERS: Final = {"t": "threads", "c": "clients", "r": "rounds", "m": "charges"}


class TokenError(OcallkitError, ValueError):
    """A token that cannot be read, or that fits no longer: says where."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says.

    `charges` is 1 where the driver's memory counts on its client's context; `switches` are those
    that were set, `decisions` everything behind the last slash.
    """

    scenario: str
    design: str
    threads: int
    clients: int
    rounds: int = 1
    charges: int = 0
    switches: tuple[tuple[str, str], ...] = ()
    decisions: tuple[str, ...] = ()

    @property
    def claims(self) -> tuple[str, ...]:
        """The properties that it says its run breaks."""
        return tuple(one.removeprefix(BREAKS) for one in self.decisions if one.startswith(BREAKS))

    @property
    def taken(self) -> tuple[str, ...]:
        """The decisions alone, without how the run ends."""
        return tuple(one for one in self.decisions if not _is_end(one))

    def ending(self, *ends: str) -> Token:
        """The same decisions with another end.

        >>> str(read("flow-1/ecall/t2/c1/A:kill@OCALL,stop").ending("breaks:no-deadlock"))
        'flow-1/ecall/t2/c1/A:kill@OCALL,breaks:no-deadlock'
        """
        return msgspec.structs.replace(self, decisions=(*self.taken, *ends))

    def __str__(self) -> str:
        """The line; raises TokenError for a scenario whose name no token can begin with."""
        names = _name(self.scenario), _name(self.design)
        if names[0][:1] not in _FIRST:
            raise TokenError(
                f"the scenario {self.scenario!r} can be in no token: let its name begin with a"
                " letter from a to z or a digit"
            )
        settings = [f"t{self.threads}", f"c{self.clients}"]
        settings += [f"r{self.rounds}"] if self.rounds > 1 else []
        settings += ["m1"] if self.charges else []
        settings += [f"{name}={value}" for name, value in self.switches]
        return "/".join([*names, *settings, ",".join(self.decisions)])


def read(line: object) -> Token:
    """What a line says; one that an older version wrote is read too.

    >>> read("flow-2/drivers/mine.py:Mine/t2/c1/A:kill@OCALL").design
    'drivers/mine.py:Mine'
    >>> read("flow-1/ecall/t2/c1/A:kill,!no-deadlock").claims
    ('no-deadlock',)

    Raises TokenError where it says nothing.
    """
    if not isinstance(line, str):
        raise TokenError(f"a token is a text, which reads {SHAPE}, not {line!r}")
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise TokenError(f"{line!r} is no token: it reads {SHAPE}")
    scenario, design, settings, decisions = found.groups()
    numbers, switches = _settings(line, settings.split("/"))
    wanted = tuple(map(_newer, filter(None, decisions.split(","))))
    ends = [place for place, one in enumerate(wanted) if _is_end(one)]
    if ends and len(wanted) - ends[0] != len(ends):
        raise TokenError(f"{line!r}: nothing can follow {wanted[ends[0]]!r}, with which it ends")
    return Token(
        scenario=_unescaped(scenario),
        design=_unescaped(design),
        switches=switches,
        decisions=wanted,
        **numbers,
    )


def safe(text: str, also: str = "") -> str:
    """A text as a part of a token; `also` are further signs that stand for themselves.

    >>> safe("it's mine"), safe("a/b"), safe("a/b", "/")
    ('it=27s=20mine', 'a=2Fb', 'a/b')
    """
    return "".join(
        sign if sign in _PLAIN or sign in also else "".join(f"={b:02X}" for b in sign.encode())
        for sign in text
    )


def command(line: str, broken: Sequence[str] = ()) -> str:
    """What shows the run of a token, to be pasted; the token says the first of what is `broken`.

    >>> command("flow-1/ecall/t2/c1/")
    'ocallkit show --replay flow-1/ecall/t2/c1/'
    >>> command("flow-1/ecall/t2/c1/A:kill,stop", ["no-deadlock", "no-shm-leak"])
    'ocallkit show --replay flow-1/ecall/t2/c1/A:kill,breaks:no-deadlock'
    """
    return f"ocallkit show --replay {claiming(line, broken)}"


def claiming(line: str, broken: Sequence[str]) -> str:
    """The token that says the first of what is `broken`, unless it says already what it breaks.

    Of a property of a reader's own a token says nothing: no other reader has it.
    """
    says = read(line)
    first = next((name for name in broken if name in EVERY), "")
    return str(says.ending(f"{BREAKS}{first}")) if first and not says.claims else line


def _name(name: str) -> str:
    """A name in a token; a file's with its slashes, and so that its first sign is plain."""
    place, colon, own = name.rpartition(":")
    if not (colon and place.endswith(".py")):
        return safe(name)
    path = safe(place.replace("\\", "/"), "/").replace(":", "=3A")
    return f"{path if path[:1] in _FIRST else f'./{path}'}:{safe(own)}"


def _unescaped(name: str) -> str:
    try:
        return _ESCAPED.sub(lambda found: bytes.fromhex(found[0].replace("=", "")).decode(), name)
    except UnicodeDecodeError as error:
        raise TokenError(f"{name!r}: what stands behind its '=' is no text in UTF-8") from error


def _settings(line: str, settings: list[str]) -> tuple[dict[str, int], tuple[tuple[str, str], ...]]:
    """The numbers and the switches between the design and the decisions."""
    numbers: dict[str, int] = {}
    switches: dict[str, str] = {}
    for part in settings:
        name, to, value = part.partition("=")
        number = _NUMBER.fullmatch(part)
        if not to and number is None:
            raise TokenError(
                f"{part!r} in {line!r}: t, c or r with a number was expected, m1, or SWITCH=VALUE"
            )
        kind = _NUMBERS[part[0]] if number else name
        if kind in {*numbers, *switches}:
            raise TokenError(f"{part!r} in {line!r}: it says that twice")
        if number:
            numbers[kind] = int(part[1:])
        else:
            switches[name] = value
    return numbers, tuple(switches.items())


def _newer(decision: str) -> str:
    """A decision as it is written today."""
    if decision.startswith(BREAKS_BEFORE):
        return BREAKS + decision.removeprefix(BREAKS_BEFORE)
    return decision


def _is_end(decision: str) -> bool:
    return decision == STOP or decision.startswith(BREAKS)
