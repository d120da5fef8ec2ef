"""What Linux merged since, judged where the discussion's designs are."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.designs import FURTHER, EcallBare, Mainline
from ocallkit.engine import ProgramError
from ocallkit.engine.exploration import ALL_REDUCTIONS, NO_REDUCTIONS, Limits, Reductions
from ocallkit.judging.assembly import build
from ocallkit.judging.comparing.two_designs import difference
from ocallkit.model import callbacks
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.scenarios import LARGER, SCENARIOS
from tests.judging.mutation import Remover, Site, defined, sites, without
from tests.plainly import explored

if TYPE_CHECKING:
    from ocallkit.judging.verdict import Verdict

SIZES = {
    "plain-invoke": 81,
    "flow-1": 688,
    "flow-2": 1978,
    "flow-1-memref": 1032,
    "flow-2-memref": 2950,
    "flow-1-two-memrefs": 1600,
    "two-ocalls": 6199,
    "spare-memory": 993,
}
"""How many states there are with one client; on how many secure threads makes no difference."""

WAITS = "CA A"
FOR = {
    "answers-shorter": "",
    "speaks-for-optee": WAITS,
    "open-session-ocall": "",
    "open-session-ocall-memref": "",
    "shutdown": "",
    "argument-pages": "",
    "two-threads-one-session": "",
    "closes-session-from-another-thread": "",
    "closes-context-from-another-thread": WAITS,
    "closes-passed-memory-from-another-thread": "",
    "cancel-while-pending": "",
    "inherited-context": "",
    "nested-invoke": WAITS,
    "nested-invoke-shared": WAITS,
    "handler-registers-memory": WAITS,
    "ta-calls-ta": "",
    "kernel-client": "",
    "supplicant-dies": "tee-supplicant",
    "client-dies-first": "tee-supplicant",
    "two-value-ocalls": "",
}
"""For each larger scenario that holds on one secure thread whom everybody can come to wait for."""

TOO_LARGE = {
    "two-threads-two-sessions",
    "closes-ocall-memory-from-another-thread",
    "inherited-session",
    "shared-instance",
    "shared-instance-memory",
    "shared-instance-handler",
    "two-single-instances",
    "swallowed-wake-up",
    "close-in-the-queue",
    "exit-in-the-queue",
    "handler-in-the-queue",
    "unload",
}
"""Those that take longer than a test may; the ledger has some of them."""

LEAKS = ("cold-boot", "cold-boot-ocall", "cold-boot-exit")
"""Those whose switch charges the caller for the memory that a secure thread keeps."""

REFUSED = {
    "scmi-agent": "serves OCALLs by invoking again",
    "scmi-agent-dies": "serves OCALLs by invoking again",
    "adversary": "answers by TEE_IOC_INVOKE",
    "adversary-alone": "answers by TEE_IOC_INVOKE",
    "adversary-thread": "answers by TEE_IOC_INVOKE",
    "two-adversaries": "answers by TEE_IOC_INVOKE",
}
"""Those that do what cannot be done there, each with the reason."""


UNASKED = ("answers-with-less-room",)
"""Those in which a CA without libteec never takes the request that waits for it."""

LEAKED = ("no-context-leak",)


def lengths(verdict: Verdict) -> dict[str, int]:
    """The broken properties, each with the steps of its counterexample."""
    assert verdict.finished
    return {violation.property: violation.steps for violation in verdict.violations}


def test_it_differs_from_its_parent_in_what_it_lists() -> None:
    """In each of the decisions that it names."""
    assert FURTHER["mainline"] is Mainline
    assert Mainline.changes == tuple(d.decision for d in difference(EcallBare, Mainline))


def test_every_larger_scenario_is_judged_refused_or_too_large() -> None:
    """None is forgotten."""
    assert set(LARGER) == {*FOR, *TOO_LARGE, *LEAKS, *REFUSED, *UNASKED}


LONG = {"two-ocalls", "flow-2-memref"}


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, marks=[pytest.mark.long] * (one in LONG)) for one in SCENARIOS],
)
def test_it_holds_in_the_situations_of_the_discussion(scenario: str) -> None:
    """On one secure thread and on two, with a spare memory as well; nobody waits for a client."""
    for threads in (1, 2):
        verdict = judge(scenario, Mainline, threads=threads)
        assert (True, ()) == (verdict.holds, verdict.waits)
        assert SIZES[scenario] == verdict.exploration.states


@pytest.mark.parametrize("scenario", REFUSED)
def test_what_cannot_apply_is_refused_with_a_reason(scenario: str) -> None:
    """It is no verdict."""
    with pytest.raises(ProgramError, match=REFUSED[scenario]):
        judge(scenario, Mainline, threads=1)


@pytest.mark.parametrize("scenario", LEAKS)
def test_the_leak_of_the_rpc_cache_is_not_its_affair(scenario: str) -> None:
    """A context is left where the caller pays, and none where the driver does; no session is."""
    own = judge(scenario, Mainline, threads=1)
    assert LEAKED == own.broken
    assert judge(scenario, Mainline, threads=1, switches={"rpc-cache": "driver"}).holds


@pytest.mark.whole
def test_it_holds_in_the_larger_world_or_waits_for_a_client_whom_a_kill_ends() -> None:
    """Where a handler needs a secure thread, or a thread closes the context meanwhile."""
    found = {}
    for scenario in FOR:
        verdict = judge(scenario, Mainline, threads=1)
        assert verdict.holds, verdict.summary
        found[scenario] = " and ".join(verdict.waits)
    assert FOR == found


@pytest.mark.parametrize("scenario", UNASKED)
def test_what_was_never_asked_says_nothing(scenario: str) -> None:
    """It is no verdict either."""
    assert judge(scenario, Mainline, threads=1).holds is None


@pytest.mark.whole
def test_two_clients_disturb_each_other_in_nothing() -> None:
    """Each as it is alone."""
    verdict = judge("flow-1", Mainline, threads=2, clients=2)
    assert (True, ()) == (verdict.holds, verdict.waits)


# --- what is left out ----------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", ["flow-1", "flow-2", "flow-1-memref"])
def test_one_client_is_judged_as_in_the_plainest_way(scenario: str) -> None:
    """The same breaks, which is nothing, and there are as many ends."""
    verdict = judge(scenario, Mainline)
    plain = explored(build(scenario, Mainline, threads=2, clients=1, faults=FAULTS))
    assert (plain.broken, plain.ends) == (lengths(verdict), verdict.exploration.ends)


@pytest.mark.long
@pytest.mark.parametrize("fault", MORE_FAULTS)
def test_every_fault_is_judged_as_in_the_plainest_way(fault: str) -> None:
    """Nothing breaks, and for whom everybody waits is the same."""
    verdict = judge("flow-2", Mainline, faults=(fault, "kill"))
    plain = explored(build("flow-2", Mainline, threads=2, faults=(fault, "kill")))
    assert ({}, plain.waits) == (plain.broken, verdict.waits)
    assert verdict.holds


@pytest.mark.whole
def test_each_reduction_changes_no_verdict() -> None:
    """Of two clients, and where something breaks: the same after as many steps."""
    ways = (
        ALL_REDUCTIONS,
        NO_REDUCTIONS,
        *(ALL_REDUCTIONS._replace(**{name: False}) for name in Reductions._fields),
    )
    for scenario, clients, broken in (("plain-invoke", 2, ()), ("cold-boot", 1, LEAKED)):
        verdicts = [
            judge(scenario, Mainline, threads=1, clients=clients, faults=("kill",), reductions=way)
            for way in ways
        ]
        assert broken == verdicts[0].broken
        assert [lengths(verdicts[0])] * len(ways) == [lengths(verdict) for verdict in verdicts]


def test_a_run_in_which_nothing_goes_wrong_ends() -> None:
    """With the worker at rest."""
    for scenario in SCENARIOS:
        assert "" == run(scenario, Mainline).ending


# --- nothing in vain -----------------------------------------------------------------------------

ITS_OWN = "ocallkit.model.callbacks"
IN_THE_DRIVER = {
    "complete_call:requested_references:1",
    "hand_over:drop_context:1",
    "new_call:teedev_ctx_get:1",
    "optee_close_session_helper:closed:1",
    "optee_return_from_call:asks:1",
}
"""What the driver does for a design with a server alone."""

TRIED = ("flow-1", "flow-2", "open-session-ocall")
"""Each that is needed for some call, the quickest first."""


def own_sites() -> list[Site]:
    """Every get, put or question that is there for this design."""
    found = [
        Site(ITS_OWN, name, *site)
        for name, function in defined(ast.parse(inspect.getsource(callbacks)))
        for site in calls_in(function)
    ]
    return [*found, *(site for site in sites() if str(site) in IN_THE_DRIVER)]


def calls_in(function: ast.FunctionDef) -> list[tuple[str, int]]:
    """The calls of a function that can be taken out."""
    remover = Remover()
    remover.visit(function)
    return remover.found


def breaks_without(site: Site) -> str:
    """The first scenario that notices that a call is missing: it breaks, waits, or cannot go on."""
    with without(site):
        for scenario in TRIED:
            try:
                verdict = judge(scenario, Mainline, threads=1, limits=Limits(states=20_000))
            except Exception:  # noqa: BLE001 - the model cannot go on: that is noticed
                return scenario
            if not verdict.holds or verdict.waits:
                return scenario
    return ""


@pytest.mark.long
def test_no_get_or_put_of_it_is_there_in_vain() -> None:
    """Without any one of them something breaks, or somebody waits."""
    tried = own_sites()
    assert 13 == len(tried)
    assert [] == [str(site) for site in tried if not breaks_without(site)]
