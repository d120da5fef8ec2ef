"""The leak of PR 72 in another cache: how many contexts the pages for calls' arguments keep.

Seen under Linux 6.1, when four processes called at the same moment.  It is not the memory of RPC
arguments that C50 to C54 are about.

>>> [most_leaked(clients).contexts for clients in (1, 2, 3, 4)]
[0, 1, 2, 3]
>>> [most_leaked(clients, pages="driver").contexts for clients in (1, 2, 3, 4)]
[0, 0, 0, 0]
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ocallkit.claims.explored import explore
from ocallkit.designs import DEFAULT
from ocallkit.judging.assembly import NUM_THREADS
from ocallkit.judging.path import follow
from ocallkit.judging.tokens import token
from ocallkit.judging.verdict import Question, Violation

if TYPE_CHECKING:
    from ocallkit.engine import State
    from ocallkit.model.world import World
    from ocallkit.properties import Property


class Leaked(NamedTuple):
    """The most contexts that are left at once, and the line of a shortest Run that leaves them."""

    contexts: int
    token: str = ""


@cache
def most_leaked(clients: int, *, threads: int = NUM_THREADS, pages: str = "caller") -> Leaked:
    """How many contexts that many CAs leave at most, where nothing goes wrong.

    Each exits with its session open; `pages` is how the switch is set.
    """
    switches = (("argument-pages", pages),)
    question = Question("argument-pages", DEFAULT, threads, clients, faults=(), switches=switches)
    asked = {f"fewer-than-{count}": fewer_than(count) for count in range(1, clients + 1)}
    found = explore(question.system(), {}, asked).found
    if not found:
        return Leaked(0)
    most = max(found, key=lambda one: int(one.check.rpartition("-")[2]))
    shown = Violation(question, most).run
    run = follow(shown.system, shown.scenario, shown.design, shown.schedule)
    return Leaked(int(most.check.rpartition("-")[2]), token(run))


def fewer_than(count: int) -> Property:
    """A check whether fewer contexts are left than that."""

    def check(state: State[World]) -> bool:
        contexts = state.world.contexts.all()
        return sum(not (one.freed or one.drivers) for one in contexts) < count

    return check
