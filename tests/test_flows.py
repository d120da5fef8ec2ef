"""The two flows, laid beside the lists that the thread has of them."""

from __future__ import annotations

import pytest

from ocallkit import run
from ocallkit.claims.flows import lines, thread_list
from ocallkit.cli import main


@pytest.mark.parametrize(("flow", "count"), [("flow-1", 18), ("flow-2", 34)])
def test_a_flow_equals_the_list_of_the_discussion(flow: str, count: int) -> None:
    """Line for line, "CA services OCALL" and the like included, under the design `ecall`."""
    expected = thread_list(flow)
    assert count == len(expected)
    assert expected == lines(run(flow, design="ecall").text())


@pytest.mark.parametrize("flow", ["flow-1", "flow-2"])
def test_the_command_shows_a_flow_as_the_thread_has_it(
    flow: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`ocallkit show`: nothing before it, nothing after it."""
    assert 0 == main(["show", flow, "--design", "ecall", "--format", "text"])
    assert thread_list(flow) == lines(capsys.readouterr().out)


def test_with_the_extra_parameter_only_the_ioctl_has_another_name() -> None:
    """`meta` carries the same flow by TEE_IOC_INVOKE."""
    expected = [line.replace("TEE_IOC_ECALL", "TEE_IOC_INVOKE") for line in thread_list("flow-2")]
    assert expected == lines(run("flow-2", design="meta").text())
