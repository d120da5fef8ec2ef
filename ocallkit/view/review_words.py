"""Where something is so, in few words: scenarios and sizes, put together where they are alike."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ocallkit.judging.assembly import is_own
from ocallkit.judging.notation import command, read
from ocallkit.view.page import Code, codes, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.reviewing import Review
    from ocallkit.reviewing.kinds import Kind
    from ocallkit.reviewing.trials import Place
    from ocallkit.view.page import Words


def many(number: int, what: str) -> str:
    """A number of things.

    >>> many(1, "cell"), many(2, "cell")
    ('1 cell', '2 cells')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def first_of(names: Sequence[str]) -> Words:
    """The first of some properties, and how many there are besides.

    >>> first_of(["no-deadlock", "no-shm-leak"])
    (Code(text='no-deadlock'), ' and 1 more')
    """
    return Code(names[0]), *([f" and {len(names) - 1} more"] if len(names) > 1 else [])


def size_words(size: tuple[int, int], *, several: bool) -> str:
    """How large a system is; the clients are named where there are `several` numbers of them.

    >>> size_words((2, 1), several=False), size_words((2, 2), several=True)
    ('2 secure threads', '2 secure threads, 2 CAs')
    """
    threads, clients = size
    named = several and clients > 1
    return many(threads, "secure thread") + (f", {many(clients, 'CA')}" if named else "")


def sizes(places: Iterable[Place]) -> tuple[tuple[int, int], ...]:
    """The sizes of some places, each once."""
    return tuple(dict.fromkeys(place.size for place in places))


def where_words(where: Sequence[Place], among: Sequence[Place]) -> Words:
    """Some of the places that were tried: for each scenario in which sizes.

    Where those are all sizes of a scenario that is said; scenarios of the same sizes are put
    together.
    """
    several = len({place.clients for place in among}) > 1
    grouped: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for scenario in dict.fromkeys(place.scenario for place in where):
        here = sizes(place for place in where if place.scenario == scenario)
        all_ = sizes(place for place in among if place.scenario == scenario)
        grouped.setdefault(() if here == all_ else here, []).append(scenario)
    parts = []
    for some, scenarios in grouped.items():
        words = (size_words(size, several=several) for size in some)
        named = " or with ".join(words)
        parts.append((*codes(scenarios), f", with {named}" if named else ", in every size"))
    return listed(parts, "; ")


def show_command(review: Review, kind: Kind) -> str:
    """The command that shows a kind's run, of a design and a scenario of the reader's too."""
    says = read(kind.line)
    parts = [command(kind.line, kind.properties)]
    # Most tokens name them by their files.
    if is_own(kind.place.spec) and not is_own(says.scenario):
        parts.append(quote(kind.place.spec))
    if is_own(review.subject.spec) and not is_own(says.design):
        parts.append(f"--design {quote(review.subject.spec)}")
    return " ".join(parts)
