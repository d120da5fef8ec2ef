"""Each claim's check can come to another verdict: under another design, or another number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from msgspec.structs import replace

from ocallkit.abi.results import Result
from ocallkit.claims import CLAIMS, Finding, finding
from ocallkit.claims.borders import TRIES_ALL, wants_of
from ocallkit.claims.cells import SPARE_BESIDE, grid, leaves_a_thread
from ocallkit.claims.context import closing, modelled
from ocallkit.claims.counting import Repaired
from ocallkit.claims.explored import explored
from ocallkit.claims.facts import ALWAYS_FACTS, END_FACTS
from ocallkit.claims.facts_of_calls import END_FACTS_OF_CALLS, FACTS_OF_CALLS
from ocallkit.claims.opening import LeavesItOpen
from ocallkit.claims.rpc_cache import booted
from ocallkit.claims.wire import as_octets
from ocallkit.designs import Ecall, EcallBare, HeldRefsPreRelease, TwoLists
from ocallkit.designs.structures import EcallArg, Structure
from ocallkit.designs.transport import EcallIoctl
from ocallkit.judging.verdict import Question
from ocallkit.model import optee
from ocallkit.model.call_queue import leave_list
from ocallkit.model.calls import FREE, OCALL, Answer, Msg
from ocallkit.model.devices import OPTEE
from ocallkit.model.events import OCALL_PTA
from ocallkit.model.ocall_pta import copy_in, packed, put_ocall_memory, thread_rpc_alloc
from ocallkit.model.params import INPUT, NONE, OUTPUT, tempref, value
from ocallkit.model.rpc_cache import cache_of
from ocallkit.model.secure import thread_free, thread_rpc_cmd
from ocallkit.model.world import PAGES
from ocallkit.scenarios import SCENARIOS, Scenario, asking_ta, plain_ta, serve, with_memory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.designs.structures import Head
    from ocallkit.engine import Step, Steps
    from ocallkit.model.calls import Arg
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.model.world import World

pytestmark = pytest.mark.long


class LosesItsThread(Ecall):
    """Secure world takes the thread of a pending request for free."""

    name = "loses-its-thread"

    def request_leaves(self, world: World, client: Client) -> None:
        """The thread is given away."""
        thread_free(world, world.calls[client.name].thread)


class Forgets(Ecall):
    """The driver forgets the call of a dead CA, and answers nobody."""

    name = "forgets"

    def pre_release(self, client: Client) -> Steps:
        """The call is gone, its thread is not."""
        yield forget, client.name


class Lies(Ecall):
    """A dead CA's request is completed, as if it had been served."""

    name = "lies"

    def pre_release(self, client: Client) -> Iterable[Step]:
        """An answer that is no error."""
        return optee.cancel_ocall(client, Answer(params=(value(INPUT, 1, 2), NONE, NONE, NONE)))


class Abandons(Ecall):
    """Secure world frees the thread of a cancelled request and nothing that it used."""

    name = "abandons"

    def pre_release(self, client: Client) -> Steps:
        """The thread never runs to its end."""
        yield abandon, client.name


class FreesAll(Ecall):
    """Closing the context's file frees its memories, whoever uses them."""

    name = "frees-all"

    def pre_release(self, client: Client) -> Steps:
        """They are gone before the request is cancelled."""
        yield free_all, client.name
        yield from optee.cancel_ocall(client)


class UnloadsTheTa(EcallBare):
    """Closing the context's file closes the session in secure world, and cancels nothing."""

    name = "unloads-the-ta"

    def pre_release(self, client: Client) -> Steps:
        """The TA leaves, its suspended thread stays."""
        yield unload, client.name


class Hoards(TwoLists):
    """Each answer takes a reference on every memory, and nobody drops it."""

    name = "hoards"

    def reply_arrives(self, client: Client) -> Steps:
        """One reference more."""
        yield add_to_all, client.name, 1


class DropsEarly(TwoLists):
    """The references of an answer are dropped before it gets to secure world."""

    name = "drops-early"

    def reply_arrives(self, client: Client) -> Steps:
        """One reference less."""
        yield add_to_all, client.name, -1


class HooksInVain(HeldRefsPreRelease):
    """A pre_release that cancels nothing."""

    name = "hooks-in-vain"

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Nothing."""
        del client
        return ()


def forget(world: World, name: str) -> None:
    """The record of the call goes."""
    if name in world.calls:
        world.drop(world.calls[name])


def abandon(world: World, name: str) -> None:
    """The thread is free at once."""
    if name in world.calls:
        call = world.calls[name]
        world.put(replace(call, pending="", cancelled=True))
        thread_free(world, call.thread)


def free_all(world: World, name: str) -> None:
    """The memories of a client are freed."""
    for memory in world.memories.values():
        if memory.context == name:
            world.put(replace(memory, freed=True))


def unload(world: World, name: str) -> None:
    """The session is closed."""
    if name in world.sessions:
        world.put(replace(world.sessions[name], open=False))


def add_to_all(world: World, name: str, number: int) -> None:
    """Change the count of each memory of a client."""
    for memory in world.memories.values():
        if memory.context == name and not memory.freed:
            world.put(replace(memory, refs=memory.refs + number))


class NeverClears(EcallArg):
    """The last return leaves the function of the last request where it was."""

    def completed(self, arg: Arg, head: Head, params: Params) -> Head:
        """The result and the outputs, and nothing else."""
        return Structure.completed(self, arg, head, params)


class NeverClearing(EcallIoctl):
    """The ioctl with that structure."""

    structure = NeverClears


class NeverOver(Ecall):
    """A driver that does not say when an invocation is complete."""

    name = "never-over"

    transport = NeverClearing()


class TellsOfAll(Ecall):
    """Secure world is told that a memory goes, whichever it is."""

    name = "tells-of-all"

    def unregister(self, client: Client, memory: str) -> Steps:
        """It was never told that there is one."""
        yield from optee.call_with_own_arg(
            client, Msg("UNREGISTER_SHM", client.task, memory=memory)
        )


class TakesItsNumber(Ecall):
    """A call that waits for its CA has no number."""

    name = "takes-its-number"

    def request_leaves(self, world: World, client: Client) -> None:
        """Nothing says which OCALL it is."""
        world.put(replace(world.calls[client.name], ocall_id=0))


class LendsAnother(Ecall):
    """What an OCALL names is memory of the invocation's kind."""

    name = "lends-another"

    def request_leaves(self, world: World, client: Client) -> None:
        """The flag is gone."""
        for memory in world.calls[client.name].requested:
            world.put(replace(world.memories[memory], ocall=False))


class LeavesTheQueue(Ecall):
    """A call is off the call queue while its CA is asked."""

    name = "leaves-the-queue"

    def request_leaves(self, world: World, client: Client) -> None:
        """As no driver does it."""
        leave_list(world, world.calls[client.name].id)


class GivesItsPage(Ecall):
    """The page of a call is free while its CA is asked."""

    name = "gives-its-page"

    def request_leaves(self, world: World, client: Client) -> None:
        """Somebody else may have it."""
        del client
        world.give(PAGES)


class GivesItsRpcMemory(Ecall):
    """The memory of an RPC is gone while it waits for its answer."""

    name = "gives-its-rpc-memory"

    def request_leaves(self, world: World, client: Client) -> None:
        """The thread has none any more."""
        del client
        world.put(replace(cache_of(world), filled=frozenset()))


def gives_secrets_away(_command: int, _params: Params) -> Steps:
    """An OCALL whose PTA copies what the TA only wants filled."""
    own = (tempref(OUTPUT, b"secret"), NONE, NONE, NONE)
    memory, mobj = yield from thread_rpc_alloc(6)
    if not memory:
        return Result.OUT_OF_MEMORY
    sent = packed(own, memory)
    yield copy_in, (replace(sent[0], attr="MEMREF_INOUT", data=b"secret"),)
    answer = yield from thread_rpc_cmd(
        OCALL, OCALL_PTA, command=100, params=sent, memory=memory, ta="ta", own=own
    )
    yield put_ocall_memory, mobj
    if answer.rpc == Result.SUCCESS:
        yield from thread_rpc_cmd(FREE, OCALL_PTA, memory=memory)
    return answer.ret


LEAKY = Scenario("leaky", "a PTA that copies too much", with_memory((), serve), gives_secrets_away)
NOT_FLOW_2 = Scenario("flow-2", "an OCALL without memory", with_memory((), serve), asking_ta)
SILENT = replace(TRIES_ALL, ta=plain_ta)


class Otherwise(NamedTuple):
    """Cells in which a claim's check comes to another verdict."""

    claim: str
    verdict: str
    cells: tuple[Question, ...]


FLOW_1, FLOW_2, PASSED = ("flow-1",), ("flow-2",), ("flow-1-memref",)
SPARE, PLAIN = ("spare-memory",), ("plain-invoke",)
BARE, ECALL, HELD = ("ecall-bare",), ("ecall",), ("held-refs",)
TWO, FREED = ("two-lists",), ("held-refs-pre-release",)

OPENING, CARRYING = ("open-session-ocall",), ("held-refs-pre-release+meta",)

OTHERWISE = (
    Otherwise("C01", "refuted", grid(FLOW_1, (NeverOver,))),
    Otherwise("C02", "refuted", grid(FLOW_2, (TellsOfAll,))),
    Otherwise("C02", "refuted", grid(FLOW_1, ECALL)),
    Otherwise("C03", "refuted", (Question(SILENT, "ecall"),)),
    Otherwise("C04", "refuted", grid(FLOW_1, (LosesItsThread,))),
    Otherwise("C04", "refuted", closing(FLOW_1, ECALL)),
    Otherwise("C05", "refuted", (Question(NOT_FLOW_2, "ecall"),)),
    Otherwise("C06", "refuted", grid(FLOW_1, (NeverOver,))),
    Otherwise("C07", "refuted", grid(FLOW_1, ("meta",))),
    Otherwise("C07", "refuted", grid(FLOW_1, (Forgets,))),
    Otherwise("C07", "refuted", grid(("two-threads-two-sessions",), ("meta",), threads=(2,))),
    Otherwise("C07", "refuted", grid(FLOW_1, (TakesItsNumber,))),
    Otherwise("C08", "refuted", modelled(FLOW_1, (LeavesTheQueue,))),
    Otherwise("C08", "refuted", modelled(FLOW_1, (GivesItsPage,))),
    Otherwise("C08", "refuted", modelled(FLOW_1, (GivesItsRpcMemory,))),
    Otherwise("C09", "refuted", grid(("ta-calls-ta",), ECALL)),
    Otherwise("C09", "holds", grid(FLOW_1, ECALL)),
    Otherwise("C10", "refuted", grid(FLOW_2, ECALL)),
    Otherwise("C11", "refuted", grid(FLOW_1, ECALL)),
    Otherwise("C12", "refuted", (Question(LEAKY, "ecall"),)),
    Otherwise("C12", "refuted", (Question("flow-2", LendsAnother),)),
    Otherwise("C13", "refuted", as_octets(grid(FLOW_1, (NeverOver,)))),
    Otherwise("C14", "refuted", grid(FLOW_1, CARRYING)),
    Otherwise("C15", "refuted", grid(("ta-calls-ta",), ECALL)),
    Otherwise("C15", "holds", grid(FLOW_1, ECALL)),
    Otherwise("C16", "refuted", grid(FLOW_1, ECALL)),
    Otherwise("C16", "holds", grid(FLOW_1, ("meta",))),
    Otherwise("C17", "refuted", (Question(wants_of(OPTEE), "ecall"),)),
    Otherwise("C18", "refuted", grid(("scmi-agent",), clients=(2,))),
    Otherwise("C20", "refuted", grid(FLOW_1, (LosesItsThread,))),
    Otherwise("C21", "refuted", grid(FLOW_1, (Forgets,))),
    Otherwise("C21", "refuted", grid(FLOW_1, (Lies,))),
    Otherwise("C22", "refuted", grid(FLOW_2, BARE, threads=(2,))),
    Otherwise("C22", "refuted", grid(FLOW_2, (UnloadsTheTa,), threads=(1,))),
    Otherwise("C23", "holds", grid(FLOW_1)),
    Otherwise("C23", "refuted", grid(FLOW_2, BARE)),
    Otherwise("C24", "refuted", grid(FLOW_2, ECALL)),
    Otherwise("C25", "holds", grid(FLOW_2, ECALL)),
    Otherwise("C25", "refuted", grid(FLOW_2, BARE)),
    Otherwise("C26", "holds", grid(FLOW_1, ECALL)),
    Otherwise("C26", "refuted", grid(FLOW_1, (Lies,))),
    Otherwise("C30", "refuted", grid(PASSED, FREED, threads=(2,))),
    Otherwise("C30", "refuted", grid(PASSED, ECALL, threads=(1,))),
    Otherwise("C31", "refuted", grid(PASSED, ECALL, threads=(3,), clients=(2,))),
    Otherwise("C31", "refuted", grid(PASSED, FREED, threads=(2,))),
    Otherwise("C32", "refuted", grid(PASSED, ("held-refs-ocall-fd",))),
    Otherwise("C33", "refuted", grid(PASSED, ECALL, threads=(3,))),
    Otherwise("C33", "holds", grid(PASSED, ECALL, threads=(2,))),
    Otherwise("C34", "refuted", grid(PASSED, FREED, threads=(1,))),
    Otherwise("C35", "refuted", grid(PASSED, (Abandons,))),
    Otherwise("C36", "refuted", grid(PASSED, ECALL)),
    Otherwise("C37", "refuted", grid(FLOW_2, TWO)),
    Otherwise("C38", "refuted", grid(PASSED, FREED)),
    Otherwise("C38", "refuted", grid(PASSED, BARE)),
    Otherwise("C38", "refuted", grid((SPARE_BESIDE,), HELD, threads=(1,))),
    Otherwise("C38", "holds", grid((SPARE_BESIDE,), HELD, threads=(2,))),
    Otherwise("C38", "holds", grid(PASSED, HELD, threads=(2,), clients=(2,))),
    Otherwise("C38", "refuted", grid(PASSED, HELD, threads=(1,), clients=(2,))),
    Otherwise("C38b", "holds", grid(PASSED, HELD)),
    Otherwise("C39", "refuted", grid(PASSED, ("ocall-fd",))),
    Otherwise("C39", "holds", grid(SPARE, ("held-refs-ocall-fd",), threads=(3,), clients=(2,))),
    Otherwise("C39", "refuted", grid(SPARE, ("held-refs-ocall-fd",), threads=(2,), clients=(2,))),
    Otherwise("C40", "refuted", grid(PASSED, ECALL)),
    Otherwise("C40", "refuted", grid(FLOW_1, BARE)),
    Otherwise("C41", "refuted", grid(PASSED, ECALL)),
    Otherwise("C41", "refuted", grid(SPARE, FREED, threads=(1,))),
    Otherwise("C42", "refuted", grid(PASSED, ECALL)),
    Otherwise("C43", "refuted", grid(PASSED, (FreesAll,), threads=(2,))),
    Otherwise("C45", "refuted", grid(("two-threads-two-sessions",), FREED, threads=(2,))),
    Otherwise("C50", "refuted", booted(PLAIN, cache="driver")),
    Otherwise("C51", "refuted", booted(PLAIN, cache="driver")),
    Otherwise("C52", "refuted", booted(PLAIN, threads=(2,), clients=2)),
    Otherwise("C53", "refuted", booted(("cold-boot-exit",), clients=2, cache="driver")),
    Otherwise("C54", "refuted", booted(PLAIN, cache="off")),
    Otherwise("C60", "refuted", grid(PASSED, ECALL)),
    Otherwise("C61", "refuted", grid(PASSED, (HooksInVain,))),
    Otherwise("C62", "refuted", grid(FLOW_2, FREED)),
    Otherwise("C62", "refuted", grid(FLOW_2, (DropsEarly,))),
    Otherwise("C63", "refuted", grid(PASSED, ECALL)),
    Otherwise("C63", "refuted", grid(PASSED, (Hoards,))),
    Otherwise("C64", "holds", tuple(filter(leaves_a_thread, grid(SCENARIOS, (Repaired,))))),
    Otherwise("C64", "refuted", grid(FLOW_2, TWO)),
    Otherwise("C65", "refuted", grid(OPENING, (LeavesItOpen,))),
)


@pytest.mark.parametrize(
    "case", OTHERWISE, ids=[f"{case.claim}-{number}" for number, case in enumerate(OTHERWISE)]
)
def test_a_check_comes_to_another_verdict_where_things_are_otherwise(case: Otherwise) -> None:
    """The same check, in cells that its claim does not speak of; then something else is so."""
    found = Finding(CLAIMS[case.claim]._replace(cells=case.cells))
    assert case.verdict == found.verdict
    assert found.reason != finding(case.claim).reason


def test_every_check_has_been_put_to_that_test() -> None:
    """Each claim that is judged has at least one verdict here that is not its own."""
    judged = {name for name, claim in CLAIMS.items() if claim.check}
    moved = {c.claim for c in OTHERWISE if c.verdict != finding(c.claim).verdict}
    assert judged == moved


@pytest.mark.parametrize("fact", [*ALWAYS_FACTS, *END_FACTS, *FACTS_OF_CALLS, *END_FACTS_OF_CALLS])
def test_every_fact_breaks_somewhere(fact: str) -> None:
    """A fact that no cell can break would make every claim about it hold."""
    cells = [cell for case in OTHERWISE for cell in case.cells]
    cells += [cell for claim in CLAIMS.values() for cell in claim.cells]
    seen = [case for claim in CLAIMS.values() for one in claim.candidates for case in one.cases]
    cells += [cell for case in seen for cell in case.cells]
    assert any(explored(cell).breaks(fact) for cell in cells)
