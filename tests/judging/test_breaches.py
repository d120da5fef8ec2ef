"""Each property of what no caller may bring about is seen to fail, for its own reason alone.

A check is taken out of the model, or a mistake is put in: exactly one property breaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit import judge
from ocallkit.abi.results import Origin
from ocallkit.designs import DESIGNS, HeldRefsPreRelease, ecall_bare
from ocallkit.judging.tokens import replay
from ocallkit.model import breaches, mobj, ocall_pta, optee, tee
from ocallkit.model.calls import Answer, Arg
from ocallkit.model.params import NONE
from ocallkit.properties import NAMES
from ocallkit.scenarios import Scenario
from ocallkit.scenarios.adversary import LISTS, adversary, victim
from ocallkit.scenarios.misuse.act import attacked_ta

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.judging.verdict import Verdict
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.model.world import World

OWN = (breaches.ISOLATION, breaches.PRIVATE, breaches.ARRIVE, breaches.TRUTH, breaches.PANIC)
DESIGN = HeldRefsPreRelease.name
"""In which nothing else breaks."""


def with_acts(monkeypatch: pytest.MonkeyPatch, *acts: str, alone: bool = True) -> Scenario:
    """An adversary that can do these acts, one after a request of its own or none."""
    monkeypatch.setitem(LISTS, "some", acts)
    ca = adversary(1, "some")
    return Scenario("some-acts", "a test's own", ca if alone else (ca, victim), attacked_ta)


# --- mistakes -----------------------------------------------------------------------------------


def belongs_to_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is found whatever its context."""

    def belongs(world: World, _client: Client, memory: str) -> bool:
        record = world.memories.get(memory)
        return record is not None and record.refs > 0

    monkeypatch.setattr(tee, "_belongs", belongs)


def listed_for_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session is found whatever its context."""

    def is_listed(world: World, _client: Client, session: str) -> bool:
        found = world.sessions.get(session)
        return found is not None and found.known

    monkeypatch.setattr(optee, "is_listed", is_listed)


def answered_by_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request is answered on whatever context."""

    def process(world: World, client: Client, arg: Arg) -> object:
        call = optee.pending_call(world, arg.session)
        at = client if call is None else client.on(call.context)
        found = reply(world, at, arg)
        if found is not None:
            breaches.belongs(world, client, at.context, "answers a request")
        return found

    reply = optee.process_ocall_reply
    monkeypatch.setattr(optee, "process_ocall_reply", process)


def copies_everything_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What only comes out of an OCALL is copied into its memory as well."""
    packed = ocall_pta.packed

    def leaks(params: Params, memory: str) -> Params:
        sent = packed(params, memory)
        return tuple(replace(s, data=p.data) for s, p in zip(sent, params, strict=True))

    def copy_in(world: World, _client: str, sent: Params) -> None:
        for p in sent:
            if p.memory:
                mobj.write_memory(world, p.memory, p.offset, p.data)

    monkeypatch.setattr(ocall_pta, "packed", leaks)
    monkeypatch.setattr(ocall_pta, "copy_in", copy_in)


def shows_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that only comes back goes out as the TA has it."""
    packed = ocall_pta.packed

    def leaks(params: Params, memory: str) -> Params:
        pairs = zip(packed(params, memory), params, strict=True)
        return tuple(own if own.attr == "VALUE_OUTPUT" else sent for sent, own in pairs)

    monkeypatch.setattr(ocall_pta, "packed", leaks)


def takes_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The PTA does not look how large the memory is that it is lent."""
    monkeypatch.setattr(ocall_pta, "is_large_enough", lambda *_: True)


def loses_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last octet of what is answered is not copied out."""
    copy_out = ocall_pta.copy_out

    def shorter(world: World, client: str, returned: Params) -> Params:
        return tuple(replace(p, data=p.data[:-1]) for p in copy_out(world, client, returned))

    monkeypatch.setattr(ocall_pta, "copy_out", shorter)


def answers_for_the_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cancels says that all went well."""
    success = Answer(origin=Origin.CLIENT_APP)
    defaults = optee.cancel_ocall.__defaults__
    assert (optee.DEAD,) == defaults
    monkeypatch.setattr(optee.cancel_ocall, "__defaults__", (success,))
    monkeypatch.setattr(optee.cancel_session, "__defaults__", (success,))


def believes_any_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CA can say that its answer is OP-TEE's own."""
    monkeypatch.setattr(ecall_bare, "CAS_ORIGINS", (*ecall_bare.CAS_ORIGINS, Origin.TEE))


MISTAKES: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], tuple[str, ...], str]] = {
    "memory of any context": (belongs_to_anybody, ("passes-elsewhere",), breaches.ISOLATION),
    "a session of any context": (listed_for_anybody, ("invokes-elsewhere",), breaches.ISOLATION),
    "an answer on any context": (answered_by_anybody, ("answers-elsewhere",), breaches.ISOLATION),
    "values that leak": (shows_values, ("lends",), breaches.PRIVATE),
    "memory that is too small": (takes_any_size, ("lends-small",), breaches.ARRIVE),
    "octets that are lost": (loses_octets, ("serves",), breaches.ARRIVE),
    "success for the dead": (answers_for_the_dead, ("invokes",), breaches.TRUTH),
    "an origin that is believed": (believes_any_origin, ("answers-as-op-tee",), breaches.PANIC),
}
"""For each mistake the acts that bring it to light, and the property that breaks."""


def new(verdict: Verdict) -> tuple[str, ...]:
    """Which of these properties break, of an exploration that was finished."""
    assert verdict.finished
    return tuple(name for name in verdict.broken if name in OWN)


@pytest.mark.long
@pytest.mark.parametrize(("mistake", "acts", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_breaks_one_property_and_has_a_run(
    mistake: Callable[[pytest.MonkeyPatch], None],
    acts: tuple[str, ...],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the mistake the same acts break nothing; with it, the run ends in the breach."""
    scenario = with_acts(monkeypatch, *acts)
    assert () == judge(scenario, DESIGN, faults=("kill",)).broken
    mistake(monkeypatch)
    verdict = judge(scenario, DESIGN, faults=("kill",))
    assert (expected,) == new(verdict)
    (breach,) = verdict.violation(expected).run.world.breaches.all()
    assert f"A.{expected}" == breach.id


def test_what_a_ta_does_not_pass_is_seen_where_it_is_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An OUT buffer that is copied in shows what the TA has there."""
    copies_everything_in(monkeypatch)
    assert (breaches.PRIVATE,) == new(judge("adversary", DESIGN, clients=2, faults=()))


def test_a_call_record_that_is_never_forgotten_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of a cancelled call stays: nothing else is wrong with the state."""

    def forgets_nothing(world: World, client: Client, call: str) -> tuple[Any, ...]:
        record = world.calls[call]
        return (*optee.requested_references(record), *optee.kept_references(client, record))

    assert () == judge("flow-2", DESIGN).broken
    monkeypatch.setattr(optee, "forget_call", forgets_nothing)
    assert ("nothing-left",) == judge("flow-2", DESIGN).broken


# --- told the truth -----------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("design", DESIGNS)
def test_a_copy_of_an_answer_is_taken_for_the_answer_to_the_next_ocall(design: str) -> None:
    """In every design: nothing that crosses says which of two OCALLs of a call is answered."""
    assert judge("two-value-ocalls", design).holds is not None
    honest = judge("two-value-ocalls", design, faults=("kill",))
    assert () == new(honest)
    verdict = judge("two-value-ocalls", design, faults=("kill", "answers-twice"))
    assert {breaches.TRUTH, breaches.ARRIVE} == {*new(verdict)}
    run = verdict.violation(breaches.TRUTH).run
    assert 1 == run.schedule.count("A:answers-twice")
    assert "A:store_outputs" not in run.schedule
    again = replay(verdict.tokens[breaches.TRUTH])
    assert run.schedule == again.schedule


@pytest.mark.parametrize("design", DESIGNS)
def test_with_memory_a_copy_finds_another_request_and_is_refused(design: str) -> None:
    """Behind an OCALL that passes memory comes its release: the copy does not fit that."""
    verdict = judge("two-ocalls", design, faults=("answers-twice",))
    assert () == new(verdict)


def test_an_answer_that_was_begun_for_another_request_is_not_the_service_of_this_one() -> None:
    """A handler serves what its own task was asked, and nobody else's."""
    made = replay(f"flow-1/{DESIGN}/t2/c1/A:go@OCALL")
    asked = next(s.world for s in made.steps if s.function == "process_ocall_request")
    client = next(node.step[1] for node in made.steps[0].nodes if not node.done)
    thread = asked.threads["A.0"]
    for task, expected in (("A", 1), ("A.2", 0)):
        world = asked.copy()
        world.put(replace(thread, asked=task))
        breaches.served(world, client, "A", (NONE,) * 4)
        assert expected == len(world.threads["A.0"].served)


def test_every_property_of_this_kind_is_broken_here() -> None:
    """Those of the monitors by the mistakes above, and each is among those that are asked."""
    broken = {expected for _, _, expected in MISTAKES.values()}
    assert {*OWN} == broken
    assert {*OWN, "nothing-left"} <= {*NAMES}
