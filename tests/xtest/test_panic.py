"""What a CA says of where its answer comes from: the PTA lets it speak for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge
from ocallkit.abi.results import Origin, Result, code
from ocallkit.designs import ecall_bare
from ocallkit.model import calls, tee
from ocallkit.model.calls import Arg
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_OpenSession,
    issue,
)
from ocallkit.model.params import INPUT, value
from ocallkit.model.user_mode import back_in_user_mode
from ocallkit.properties import NAMES
from ocallkit.scenarios import Scenario, serve
from tests.xtest.parties import Parties, Way, broken

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client

PANIC = "no-panic"


def saying(ret: Result, origin: Origin) -> Callable[[Client], Steps]:
    """A CA that answers an OCALL by itself; gives what its invocation came to."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        session = yield from TEEC_OpenSession(context)
        first = Arg(duplex=True, session=session.id)
        asked, lies = yield from sent(session.client, first, first)
        answer = Arg(
            asked.command,
            asked.params,
            calls.OCALL,
            duplex=True,
            ocall_id=asked.ocall_id,
            ret=ret,
            origin=origin,
            session=session.id,
        )
        done, _ = yield from sent(session.client, first, answer, lies)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return done.ret, done.origin

    return ca


def sent(client: Client, first: Arg, arg: Arg, lies: Any = None) -> Steps:  # noqa: ANN401
    """One ioctl, up to user mode; gives its reply, and what lies in the CA's buffer."""
    if client.octets:
        _, reply, lies = yield from issue(client, first, arg, lies)
    else:
        reply = yield from tee.tee_ioctl_invoke(client, arg)
        yield from back_in_user_mode(client, tee.ioctl_name(client, arg), reply)
    return reply, lies


def asking() -> Parties:
    """A TA that asks with a value."""
    return Parties((value(INPUT, 1),), serve)


UNKNOWN = code(Origin, 7)


@pytest.mark.parametrize("ret", [Result.SUCCESS, Result.GENERIC, Result.TARGET_DEAD])
@pytest.mark.parametrize("origin", [*Origin, UNKNOWN], ids=lambda origin: origin.name)
def test_a_ca_speaks_for_its_library_and_itself(way: Way, origin: Origin, ret: Result) -> None:
    """Whatever else it says is taken for its own word."""
    parties = asking()
    made = way.run(saying(ret, origin), parties.ta, whole=False)
    ours = origin if origin in {Origin.API, Origin.CLIENT_APP} else Origin.CLIENT_APP
    assert (ret, ours) == parties.got
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == made.results["A"]
    assert PANIC not in broken(made)


def judged(way: Way, origin: Origin) -> tuple[bool, Run | None]:
    """Whether a TA can be made to panic by what is said of an answer, and the Run that shows it."""
    scenario = Scenario("says", "a CA's own word", saying(Result.GENERIC, origin), asking().ta)
    verdict = judge(scenario, way.design, faults=(), switches={"wire": way.wire})
    assert PANIC in NAMES
    return PANIC in verdict.broken, (
        verdict.violation(PANIC).run if PANIC in verdict.broken else None
    )


def test_no_ca_makes_a_ta_panic(way: Way) -> None:
    """Not by saying that its answer is OP-TEE's own."""
    assert (False, None) == judged(way, Origin.TEE)


def test_a_pta_that_believes_its_ca_lets_it_make_a_ta_panic(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libutee panics at a result of OP-TEE's own: no-panic breaks with a Run, which says so."""
    monkeypatch.setattr(ecall_bare, "CAS_ORIGINS", tuple(Origin))
    panics, shown = judged(way, Origin.TEE)
    assert panics
    assert shown is not None
    assert PANIC == shown.breaks
    assert "TEE_Panic" in shown.text()
    assert (False, None) == judged(way, Origin.TRUSTED_APP)


def test_a_ta_that_panics_is_dead_for_its_ca(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """TARGET_DEAD, origin TEE; its session can be closed and nothing else is left."""
    monkeypatch.setattr(ecall_bare, "CAS_ORIGINS", tuple(Origin))
    made = way.run(saying(Result.GENERIC, Origin.TEE), asking().ta, whole=False)
    assert (Result.TARGET_DEAD, Origin.TEE) == made.results["A"]
    assert [PANIC] == broken(made)
