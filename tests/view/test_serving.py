"""Views of runs in which somebody takes part who is no ordinary process."""

from __future__ import annotations

import pytest

from ocallkit import judge, run
from ocallkit.model.events import BANDS, KERNEL_CLIENT, TEE_SUPPLICANT
from ocallkit.scenarios import SERVING
from ocallkit.view.jsonview import to_json
from ocallkit.view.layout import layout
from ocallkit.view.plantuml import to_plantuml
from ocallkit.view.snapshot import snapshots
from ocallkit.view.verdict_card import verdict_text
from ocallkit.view.waits import waits_picture

NAMES = [scenario.name for scenario in SERVING]


@pytest.mark.long
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("scenario", NAMES)
def test_every_view_can_draw_it(scenario: str, *, whole: bool) -> None:
    """Pictures, texts and tables of a run that takes its course."""
    made = run(scenario)
    for view in (made.diagram, made.timeline):
        assert "<svg" in view(whole=whole).svg
    assert made.text(whole=whole)
    assert made.ledger(whole=whole).html
    assert "@enduml" in to_plantuml(made, whole=whole)
    assert to_json(made)
    assert len(made.steps) + 1 == len(snapshots(made))


@pytest.mark.parametrize("scenario", NAMES)
def test_every_counterexample_can_be_drawn(scenario: str) -> None:
    """With one secure thread, where most goes wrong; and who waits for whom."""
    verdict = judge(scenario, "ecall", threads=1)
    assert verdict_text(verdict)
    for violation in verdict.violations:
        assert "<svg" in violation.run.diagram(whole=True).svg
        assert "<svg" in waits_picture(violation.run).svg


def names(scenario: str, *, whole: bool = True) -> dict[str, tuple[str, ...]]:
    """The lifelines of a run, by the world that they are in."""
    drawn = layout(run(scenario), whole=whole)
    return {
        band: tuple(life.name for life in drawn.lifelines if life.band == band) for band in BANDS
    }


def test_the_supplicant_stands_in_user_space_and_a_kernel_client_in_the_kernel() -> None:
    """Each where it takes part, and nowhere else."""
    assert ("CA", TEE_SUPPLICANT) == names("client-dies-first")["user space"]
    assert ("CA",) == names("supplicant-dies", whole=False)["user space"]
    assert ("CA",) == names("flow-1")["user space"]
    assert ("TEE Driver", "OP-TEE Driver") == names("flow-1")["kernel"]
    assert {
        "user space": (),
        "kernel": (KERNEL_CLIENT, "TEE Driver", "OP-TEE Driver"),
        "secure world": ("OP-TEE", "OCALL PTA", "TA"),
    } == names("kernel-client")


def test_with_several_clients_each_has_its_own_lifelines() -> None:
    """The agent is no CA, and its PTA stands beside the other's TA."""
    assert {
        "user space": ("CA B",),
        "kernel": ("kernel client A", "TEE Driver", "OP-TEE Driver"),
        "secure world": ("OP-TEE", "OCALL PTA", "TA A", "TA B"),
    } == names("scmi-agent")


def test_the_supplicants_ioctls_are_bars_of_its_own() -> None:
    """While it serves, the client's ioctl goes on."""
    drawn = layout(run("client-dies-first"), whole=True)
    own = [bar for bar in drawn.bars if bar.client == TEE_SUPPLICANT]
    assert ["open", "TEE_IOC_SUPPL_RECV", "TEE_IOC_SUPPL_SEND"] == [bar.label for bar in own]
    assert {TEE_SUPPLICANT} == {drawn.lifelines[bar.lifeline].name for bar in own}
