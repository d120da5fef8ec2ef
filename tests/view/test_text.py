"""The discussion's notation."""

from __future__ import annotations

from ocallkit.model.events import OPTEE, OPTEE_DRIVER, TEE_DRIVER
from ocallkit.view.text import to_text
from tests.view.made import MadeRun, flow_1, killed, opening, say

FLOW_1 = """\
CA            -[TEE_IOC_ECALL/Func Invoke]-> TEE Driver
TEE Driver    -[dispatch]->                  OP-TEE Driver
OP-TEE Driver -[SMC/Func Invoke]->           OP-TEE
OP-TEE        -[dispatch]->                  TA
TA            -[TEE_InvokeCACommand]->       OP-TEE
OP-TEE        -[dispatch]->                  OCALL PTA
OCALL PTA     -[RPC/OCALL Req']->            OP-TEE Driver
OP-TEE Driver -[ret]->                       TEE Driver
TEE Driver    -[ret]->                       CA

CA services OCALL

CA            -[TEE_IOC_ECALL/OCALL Complete]-> TEE Driver
TEE Driver    -[dispatch]->                     OP-TEE Driver
OP-TEE Driver -[SMC/RPC Resume]->               OP-TEE
OP-TEE        -[dispatch]->                     OCALL PTA
OCALL PTA     -[ret]->                          TA
TA            -[ret]->                          OP-TEE
OP-TEE        -[ret]->                          TEE Driver
TEE Driver    -[ret]->                          CA"""


def test_messages_stand_one_a_line_in_aligned_blocks() -> None:
    """Each block's columns fit its longest label, and the two hops at the end are one line."""
    assert to_text(MadeRun((*opening(), *flow_1()))) == FLOW_1


def test_the_whole_run_begins_before_the_invocation() -> None:
    """What comes before it joins the invocation's first block."""
    whole = to_text(MadeRun((*opening(), *flow_1())), whole=True).splitlines()
    assert whole[:3] == [
        "CA            -[TEE_IOC_OPEN_SESSION]->      TEE Driver",
        "TEE Driver    -[ret]->                       CA",
        FLOW_1.splitlines()[0],
    ]


def test_with_several_clients_the_parties_carry_their_names() -> None:
    """CA and TA are the client's own, the rest is shared."""
    run = MadeRun((*flow_1("A"), *flow_1("B")), clients=("A", "B"))
    lines = to_text(run).splitlines()
    assert lines[3].split() == ["OP-TEE", "-[dispatch]->", "TA", "A"]
    assert "CA B services OCALL" in lines
    assert lines[-1].split() == ["TEE", "Driver", "-[ret]->", "CA", "B"]


def test_dividers_are_written_only_when_asked_for() -> None:
    """The thread has none."""
    assert "killed" not in to_text(MadeRun(killed()))
    assert to_text(MadeRun(killed()), dividers=True).endswith("\n\n== CA A is killed ==")


def test_a_run_that_stops_says_why() -> None:
    """Who waits for what stands in the last line."""
    text = to_text(MadeRun(killed(), ending="A waits for its OCALL"))
    assert text.splitlines()[-2:] == ["", "A waits for its OCALL"]


def test_returns_of_two_clients_are_not_one_line() -> None:
    """Only the returns of one invocation are two hops of one."""
    hops = (
        say("A", OPTEE, "ret", OPTEE_DRIVER),
        say("B", OPTEE_DRIVER, "ret", TEE_DRIVER),
    )
    assert len(to_text(MadeRun(hops, clients=("A", "B"))).splitlines()) == 2


def test_an_rpc_and_the_return_after_it_stay_two_lines() -> None:
    """They are two lines in the discussion as well: only two returns in a row are one."""
    hops = (
        say("A", OPTEE, "RPC/OCALL Req'", OPTEE_DRIVER),
        say("A", OPTEE_DRIVER, "ret", TEE_DRIVER),
    )
    assert len(to_text(MadeRun(hops)).splitlines()) == 2
