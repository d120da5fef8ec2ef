"""The numbers that upstream has given to something else: each was one of this interface's."""

from __future__ import annotations

from ocallkit.abi import arguments, ioctl, ioctl_params, optee_msg, smc
from ocallkit.abi.collisions import COLLISIONS, collisions, table


def test_each_is_the_number_that_a_module_has() -> None:
    """The capability bits, the ioctl, the RPC's command, and the limit."""
    numbers = {name: one.number for name, one in collisions().items()}
    assert {
        "TEE_GEN_CAP_OCALL": ioctl.TEE_GEN_CAP_OCALL,
        "TEE_IOC_ECALL": ioctl.TEE_IOC_ECALL & 0xFF,
        "TEE_MAX_ARG_SIZE": arguments.TEE_MAX_ARG_SIZE,
        "OPTEE_SMC_SEC_CAP_OCALL": smc.OPTEE_SMC_SEC_CAP_OCALL,
        "OPTEE_RPC_CMD_OCALL": optee_msg.RpcCmd.OCALL,
    } == numbers


def test_the_kinds_that_are_new_are_none_that_a_parameter_has() -> None:
    """Six of them, behind the kinds that there are, and below the OCALL bit."""
    kinds = [one.number for one in COLLISIONS if one.kind == "a parameter's kind"]
    assert [*range(max(ioctl_params.ParamType) + 1, 14)] == kinds
    assert not any(kind & ioctl_params.TEE_IOCTL_PARAM_ATTR_OCALL for kind in kinds)


def test_the_commands_that_are_new_follow_that_of_an_ocall() -> None:
    """22 is taken, and the two behind it."""
    commands = [one.number for one in COLLISIONS if one.header == "optee_rpc_cmd.h"]
    assert [22, 23, 24] == commands


def test_the_table_has_each_with_what_it_is_now() -> None:
    """One line for each, under one that says what the columns are."""
    lines = table().splitlines()
    assert 1 + len(COLLISIONS) == len(lines)
    assert all(one.since in line for one, line in zip(COLLISIONS, lines[1:], strict=True))
    limit = next(line for line in lines if "TEE_MAX_ARG_SIZE" in line)
    assert limit.startswith("1024 ")
    assert "TEE_MAX_ARG_SIZE = 4096" in limit
