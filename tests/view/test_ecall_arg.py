"""Messages as the octets of struct tee_ioctl_ecall_arg."""

from __future__ import annotations

import pytest

from ocallkit import run
from ocallkit.abi.arguments import NO_UUID, TeeIoctlEcallArg, TeeIoctlParam
from ocallkit.abi.params import TEE_MEMREF_NULL, EcallFunc, ParamType
from ocallkit.examples import CALL_CA, REPLY_TA, RIDDLE_TA, SENT, riddle
from ocallkit.model.params import INPUT, tempref
from ocallkit.view.ecall_arg import ecall_arg, memory_ids
from ocallkit.view.hops import hops

PLAYED = run(riddle())
HOPS = hops(PLAYED)
BEGIN = HOPS.find("CA -[TEE_IOC_ECALL/Func Invoke]-> TEE Driver")
ASKS = HOPS.find("TEE Driver -[ret]-> CA", 2)


def test_a_new_invocation_has_the_tas_command_and_its_parameters() -> None:
    """Memory is offset, size and id; the ids are those of two registrations."""
    expected = TeeIoctlEcallArg(func=0, cmd_id=CALL_CA, session=1).with_params(
        TeeIoctlParam(ParamType.VALUE_INPUT, 3, 4),
        TeeIoctlParam(ParamType.VALUE_INOUT, 5, 6),
        TeeIoctlParam(ParamType.MEMREF_INPUT, 0, 31, 1),
        TeeIoctlParam(ParamType.MEMREF_INOUT, 0, 128, 2),
    )
    assert expected == ecall_arg(PLAYED, BEGIN, RIDDLE_TA)


def test_a_return_with_an_ocall_has_the_cas_command_and_who_asks() -> None:
    """Both memory references have one id, and the second begins where the first ends."""
    header = TeeIoctlEcallArg(
        func=EcallFunc.INVOKE, cmd_id=REPLY_TA, session=1, ocall_id=1, uuid=RIDDLE_TA
    )
    expected = header.with_params(
        TeeIoctlParam(ParamType.VALUE_INPUT, 1, 2),
        TeeIoctlParam(ParamType.VALUE_INOUT, 0xA, 0xB),
        TeeIoctlParam(ParamType.MEMREF_INPUT, 0, 128, 3),
        TeeIoctlParam(ParamType.MEMREF_INOUT, 128, 128, 3),
    )
    assert expected == ecall_arg(PLAYED, ASKS, RIDDLE_TA)


def test_the_octets_are_as_many_as_the_kernel_expects() -> None:
    """48 of header and four parameters of 32."""
    assert 48 + 4 * 32 == len(ecall_arg(PLAYED, BEGIN).pack())


def test_without_a_uuid_there_are_zeros() -> None:
    """The model's TAs have none of their own."""
    assert NO_UUID == ecall_arg(PLAYED, ASKS).uuid


def test_a_missing_buffer_is_the_null_reference() -> None:
    """Its id is all ones, and neither offset nor size is set."""
    null = run(riddle(sent=(*SENT[:2], tempref(INPUT), SENT[3])))
    begin = hops(null).find("CA -[TEE_IOC_ECALL/Func Invoke]-> TEE Driver")
    expected = TeeIoctlParam(ParamType.MEMREF_INPUT, c=TEE_MEMREF_NULL)
    assert expected == ecall_arg(null, begin).params[2]


def test_fewer_parameters_are_filled_up_with_none() -> None:
    """libteec always passes four."""
    flow = run("flow-1")
    begin = hops(flow).find("CA -[TEE_IOC_ECALL/Func Invoke]-> TEE Driver")
    assert (TeeIoctlParam(),) * 4 == ecall_arg(flow, begin).params


def test_a_second_client_has_a_session_of_its_own() -> None:
    """Sessions are numbered as clients are."""
    both = run("flow-1", clients=2)
    begin = hops(both).find("CA -[TEE_IOC_ECALL/Func Invoke]-> TEE Driver", 2)
    assert 2 == ecall_arg(both, begin).session


def test_a_freed_memorys_id_is_given_again() -> None:
    """The next registration takes the lowest that is free."""
    twice = run("two-ocalls")
    requests = [hops(twice).find("TEE Driver -[ret]-> CA", nth) for nth in (2, 5)]
    assert [{"A.ocall": 1}] * 2 == [memory_ids(twice, hop.step) for hop in requests]
    freed = hops(twice).find("CA -[TEE_IOC_ECALL/SHM Free Compl']-> TEE Driver")
    assert {} == memory_ids(twice, freed.step)


@pytest.mark.parametrize(
    ("design", "line", "nth"),
    [
        ("ecall", "CA -[TEE_IOC_ECALL/SHM Alloc Compl']-> TEE Driver", 1),
        ("ecall", "CA -[TEE_IOC_ECALL/OCALL Complete]-> TEE Driver", 1),
        ("ecall", "TEE Driver -[ret]-> CA", 1),
        ("ecall", "TEE Driver -[ret]-> CA", 4),
        ("meta", "CA -[TEE_IOC_INVOKE/Func Invoke]-> TEE Driver", 1),
    ],
)
def test_any_other_message_is_refused(design: str, line: str, nth: int) -> None:
    """What a message does not carry is not made up."""
    played = run(riddle(), design)
    with pytest.raises(ValueError, match="is neither a new TEE_IOC_ECALL nor its return"):
        ecall_arg(played, hops(played).find(line, nth))
