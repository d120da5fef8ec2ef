"""Hypothesis' strategies for the grammar of small systems; what fails shrinks to few words."""

from __future__ import annotations

from hypothesis import strategies as st

from ocallkit.designs import DESIGNS
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.scenarios.grammar import ASKS, Stage
from tests.engine.made import LONGER, WORDS, Made
from tests.judging.own import DEAF_BUT_A, OWN, DeviceWide, OwnSystem

MOST_WORDS = {1: 8, 2: 5, 3: 3}
"""How many words a CA has at most, by the number of clients: more are too many to try plainly."""


@st.composite
def words(draw: st.DrawFn, most: int) -> tuple[str, ...]:
    """A CA: calls in an order that makes sense, and among them steps of its own."""
    stage, chosen = Stage(), []
    for _ in range(draw(st.integers(0, most))):
        possible = list(stage.calls())
        deaf = [DEAF_BUT_A] if "context" in possible else []
        word = draw(st.sampled_from([*possible, *deaf, *OWN]))
        chosen.append(word)
        stage = stage if word in OWN else stage.after("context" if word in deaf else word)
    return tuple(chosen)


@st.composite
def invoking(draw: st.DrawFn, most: int) -> tuple[str, ...]:
    """A CA that gets as far as an invocation, with as many other words around it."""
    steps = st.sampled_from(OWN)
    before = draw(st.lists(steps, max_size=max(0, most - 3)))
    memory = draw(st.sampled_from([(), ("register-a",)])) if most > len(before) + 3 else ()
    kinds = ["invoke", "invoke-temporary", *(["invoke-a"] if memory else [])]
    context = draw(st.sampled_from(["context", DEAF_BUT_A]))
    return (*before, context, "session", *memory, draw(st.sampled_from(kinds)))


@st.composite
def systems(draw: st.DrawFn) -> OwnSystem:
    """A CA, a TA, clients, threads, faults and a design."""
    clients = draw(st.integers(1, 3))
    most = MOST_WORDS[clients]
    asks = tuple(draw(st.lists(st.sampled_from([*ASKS]), max_size=2 if clients == 1 else 1)))
    some = (*FAULTS, *MORE_FAULTS)
    return OwnSystem(
        draw(words(most) | invoking(most)),
        asks,
        bool(asks) and draw(st.booleans()),
        draw(st.booleans()),
        clients,
        draw(st.integers(1, 3)),
        tuple(sorted(draw(st.sets(st.sampled_from(some), max_size=4)), key=some.index)),
        draw(st.sampled_from([*DESIGNS, DeviceWide.name])),
    )


# --- owners with several tasks ------------------------------------------------------------------

MOST_STEPS = 7
"""Words of all tasks of a made system together."""


@st.composite
def tasks(draw: st.DrawFn, most: int) -> tuple[tuple[str, ...], ...]:
    """What the tasks of one owner do, two or three of them more often than one."""
    number = draw(st.sampled_from([2, 2, 3, 1]))
    word = st.sampled_from([*WORDS, *LONGER])
    programs = draw(
        st.lists(st.lists(word, max_size=3).map(tuple), min_size=number, max_size=number)
    )
    left, kept = most, []
    for program in programs:
        kept.append(program[:left])
        left -= len(kept[-1])
    return tuple(kept)


@st.composite
def made(draw: st.DrawFn) -> Made:
    """Some owners, equal or not, each with several tasks, and slots for fewer than these."""
    owners = draw(st.sampled_from([2, 2, 1, 3]))
    equal = draw(st.booleans())
    most = MOST_STEPS // owners
    kinds = [draw(tasks(most)) for _ in range(1 if equal else owners)]
    return Made(tuple(kinds * owners)[:owners], draw(st.integers(0, 3)), draw(st.booleans()))
