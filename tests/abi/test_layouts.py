"""Structures become bytes and come back, and their sizes are what the kernel checks."""

import errno
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocallkit.abi import arguments as args
from ocallkit.abi.byte_layout import (
    Layout,
    c_name,
    fields,
    hexdump,
    members,
    param_layout,
    sizeof,
    table,
)
from ocallkit.abi.ioctl_params import (
    OCALL_PARAM_ATTR,
    TEE_MEMREF_NULL,
    OcallFunc,
    ParamType,
    make_pair,
)
from ocallkit.abi.optee_msg import MsgParamType, OpteeMsgArg, OpteeMsgParam

OFFSETS: dict[type[Layout], tuple[int, dict[str, int]]] = {
    args.TeeIoctlBufData: (16, {"buf_ptr": 0, "buf_len": 8}),
    args.TeeIoctlParam: (32, {"attr": 0, "a": 8, "b": 16, "c": 24}),
    args.TeeIoctlInvokeArg: (
        24,
        {
            "func": 0,
            "session": 4,
            "cancel_id": 8,
            "ret": 12,
            "ret_origin": 16,
            "num_params": 20,
        },
    ),
    args.TeeIoctlOpenSessionArg: (
        56,
        {
            "uuid": 0,
            "clnt_uuid": 16,
            "clnt_login": 32,
            "cancel_id": 36,
            "session": 40,
            "ret": 44,
            "ret_origin": 48,
            "num_params": 52,
        },
    ),
    args.TeeIoctlCancelArg: (8, {"cancel_id": 0, "session": 4}),
    args.TeeIoctlCloseSessionArg: (4, {"session": 0}),
    args.TeeIoctlShmAllocData: (16, {"size": 0, "flags": 8, "id": 12}),
    args.TeeIoctlShmRegisterData: (24, {"addr": 0, "length": 8, "flags": 16, "id": 20}),
    args.TeeIoctlShmRegisterFdData: (24, {"fd": 0, "size": 8, "flags": 16, "id": 20}),
    args.TeeIoctlVersionData: (12, {"impl_id": 0, "impl_caps": 4, "gen_caps": 8}),
    args.TeeIoctlEcallArg: (
        48,
        {
            "func": 0,
            "cmd_id": 4,
            "session": 8,
            "cancel_id": 12,
            "ocall_id": 16,
            "ret": 20,
            "ret_origin": 24,
            "num_params": 28,
            "uuid": 32,
        },
    ),
    OpteeMsgParam: (32, {"attr": 0, "a": 8, "b": 16, "c": 24}),
    OpteeMsgArg: (
        32,
        {
            "cmd": 0,
            "func": 4,
            "session": 8,
            "cancel_id": 12,
            "pad": 16,
            "ret": 20,
            "ret_origin": 24,
            "num_params": 28,
        },
    ),
}

WITH_PARAMS = [layout for layout in OFFSETS if param_layout(layout)]

VALUES: dict[str, st.SearchStrategy[int] | st.SearchStrategy[bytes]] = {
    "I": st.integers(0, 2**32 - 1),
    "Q": st.integers(0, 2**64 - 1),
    "i": st.integers(-(2**31), 2**31 - 1),
    "q": st.integers(-(2**63), 2**63 - 1),
    "16s": st.binary(min_size=16, max_size=16),
}


# The same examples on every machine and in every run.
repeatable = settings(derandomize=True, database=None, deadline=None)


def records(layout: type[Layout]) -> st.SearchStrategy[Layout]:
    """Give structures of one kind with any values, and with up to three parameters behind."""
    headers = st.builds(
        layout, **{member.name: VALUES[member.ctype.code] for member in members(layout)}
    )
    param = param_layout(layout)
    if param is None:
        return headers
    behind = st.lists(records(param), max_size=3)
    return st.builds(lambda header, given: header.with_params(*given), headers, behind)


@pytest.mark.parametrize("layout", OFFSETS, ids=c_name)
def test_members_lie_where_the_c_compiler_puts_them(layout: type[Layout]) -> None:
    """Every structure has its published offsets and size."""
    actual = {member.name: member.offset for member in members(layout)}
    assert OFFSETS[layout] == (sizeof(layout), actual)


@pytest.mark.parametrize("layout", OFFSETS, ids=c_name)
def test_no_member_needs_padding_before_it(layout: type[Layout]) -> None:
    """Each lies at a multiple of its C type's size, so a compiler adds nothing."""
    for member in members(layout):
        element = member.ctype.code.lstrip("16")
        assert member.offset % struct.calcsize(element) == 0


@repeatable
@given(st.sampled_from(list(OFFSETS)).flatmap(records))
def test_a_structure_comes_back_from_its_bytes(record: Layout) -> None:
    """Unpacking what was packed gives the same values."""
    assert record == type(record).unpack(record.pack())


@repeatable
@given(st.sampled_from(list(OFFSETS)).flatmap(records))
def test_the_listed_fields_are_the_packed_bytes(record: Layout) -> None:
    """The fields follow each other without a gap, and together are the structure."""
    data = record.pack()
    end = 0
    for field in fields(record):
        assert (end, field.raw) == (field.offset, data[end : end + len(field.raw)])
        end += len(field.raw)
    assert len(data) == end


def test_bytes_are_little_endian_and_in_the_order_of_the_structure() -> None:
    """An invoke with one value looks in memory as C would have written it."""
    value = args.TeeIoctlParam(attr=ParamType.VALUE_INPUT, a=0x0102030405060708)
    invoke = args.TeeIoctlInvokeArg(func=0x11223344, session=1).with_params(value)
    expected = (
        "44332211 01000000 00000000 00000000 00000000 01000000"
        "0100000000000000 0807060504030201 0000000000000000 0000000000000000"
    )
    assert bytes.fromhex(expected) == invoke.pack()


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (args.TeeIoctlCancelArg(0, 1 << 32), "cancel_arg.session: 4294967296 is no __u32"),
        (args.TeeIoctlCancelArg(-1, 0), "cancel_arg.cancel_id: -1 is no __u32"),
        (args.TeeIoctlShmAllocData(size=8, id=1 << 31), "alloc_data.id: 2147483648 is no __s32"),
        (args.TeeIoctlOpenSessionArg(uuid=b"short"), r"arg.uuid: b'short' is no __u8\[16\]"),
        (args.TeeIoctlOpenSessionArg(uuid=bytes(17)), r"is no __u8\[16\]"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(record: Layout, message: str) -> None:
    """The error names the structure, the member, the value and the type."""
    with pytest.raises(ValueError, match=message):
        record.pack()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bytes(23), "tee_ioctl_invoke_arg: 23 octets, its header alone has 24"),
        (bytes(25), "25 octets, but its header has 24 and announces 0 of parameters"),
        (
            args.TeeIoctlInvokeArg(0, 0, num_params=2).pack() + bytes(32),
            "56 octets, but its header has 24 and announces 64 of parameters",
        ),
    ],
)
def test_bytes_of_another_length_are_refused(data: bytes, message: str) -> None:
    """The error says how long the bytes are and how long they say they are."""
    with pytest.raises(ValueError, match=message):
        args.TeeIoctlInvokeArg.unpack(data)


def test_parameters_of_another_structure_are_refused() -> None:
    """An ioctl's argument does not take a message's parameters, and a close takes none."""
    with pytest.raises(TypeError, match="takes tee_ioctl_param, not OpteeMsgParam"):
        args.TeeIoctlInvokeArg(0, 0).with_params(OpteeMsgParam())
    with pytest.raises(TypeError, match="takes no parameters, not TeeIoctlParam"):
        args.TeeIoctlCloseSessionArg(0).with_params(args.TeeIoctlParam())


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (args.TeeIoctlInvokeArg, 31),
        (args.TeeIoctlOpenSessionArg, 30),
        (args.TeeIoctlEcallArg, 30),
    ],
)
def test_the_kernels_limit_sets_the_number_of_parameters(
    layout: type[Layout], expected: int
) -> None:
    """As many as fit are accepted; the next one breaks the limit."""
    most = args.max_params(layout)
    length = sizeof(layout) + most * 32
    assert expected == most
    assert args.refuse_buf_len(layout, length, most) is None
    assert args.refuse_buf_len(layout, length + 32, most + 1) == args.Refusal(
        -errno.EINVAL, f"buf_len {length + 32} is above 1024 (TEE_MAX_ARG_SIZE)"
    )


@pytest.mark.parametrize(
    ("buf_len", "num_params", "rule"),
    [
        (1025, 0, "buf_len 1025 is above 1024 (TEE_MAX_ARG_SIZE)"),
        (23, 0, "buf_len 23 is below 24 (tee_ioctl_invoke_arg)"),
        (24, 1, "buf_len 24 is not 24 (tee_ioctl_invoke_arg) + 1 * 32 (num_params)"),
        (184, 4, "buf_len 184 is not 24 (tee_ioctl_invoke_arg) + 4 * 32 (num_params)"),
        (
            1024,
            0xFFFFFFFF,
            "buf_len 1024 is not 24 (tee_ioctl_invoke_arg) + 4294967295 * 32 (num_params)",
        ),
    ],
)
def test_a_length_that_breaks_a_rule_is_refused(buf_len: int, num_params: int, rule: str) -> None:
    """The refusal is -EINVAL and says which rule was broken."""
    refusal = args.refuse_buf_len(args.TeeIoctlInvokeArg, buf_len, num_params)
    assert args.Refusal(-errno.EINVAL, rule) == refusal


@pytest.mark.parametrize("layout", WITH_PARAMS, ids=c_name)
def test_a_packed_argument_has_the_length_that_the_kernel_expects(layout: type[Layout]) -> None:
    """No argument with five parameters is refused: four, and the one of an OCALL."""
    param = param_layout(layout)
    assert param
    record = layout.unpack(bytes(sizeof(layout))).with_params(*[param.unpack(bytes(32))] * 5)
    assert args.refuse_buf_len(layout, len(record.pack()), 5) is None


def test_a_structure_without_parameters_has_no_limit_to_check() -> None:
    """Asking for one is an error that names the structure."""
    with pytest.raises(TypeError, match="tee_ioctl_cancel_arg has no parameters"):
        args.max_params(args.TeeIoctlCancelArg)


def test_a_table_shows_an_ocall_request_with_names_and_bytes() -> None:
    """Attributes, results and origins stand as number and name, parameters have their index."""
    ocall = args.TeeIoctlParam(OCALL_PARAM_ATTR, a=make_pair(OcallFunc.INVOKE, 7))
    nothing = args.TeeIoctlParam(ParamType.MEMREF_INPUT, c=TEE_MEMREF_NULL)
    invoke = args.TeeIoctlInvokeArg(1, 2, ret=0xFFFF000C, ret_origin=0xF0000001)
    expected = """\
offset  field           value                     bytes
0x0000  func            1                         01 00 00 00
0x0004  session         2                         02 00 00 00
0x0008  cancel_id       0                         00 00 00 00
0x000c  ret             0xffff000c OUT_OF_MEMORY  0c 00 ff ff
0x0010  ret_origin      0xf0000001 CLIENT_APP     01 00 00 f0
0x0014  num_params      2                         02 00 00 00
0x0018  params[0].attr  0x203 OCALL|VALUE_INOUT   03 02 00 00 00 00 00 00
0x0020  params[0].a     0x300000007               07 00 00 00 03 00 00 00
0x0028  params[0].b     0                         00 00 00 00 00 00 00 00
0x0030  params[0].c     0                         00 00 00 00 00 00 00 00
0x0038  params[1].attr  0x5 MEMREF_INPUT          05 00 00 00 00 00 00 00
0x0040  params[1].a     0                         00 00 00 00 00 00 00 00
0x0048  params[1].b     0                         00 00 00 00 00 00 00 00
0x0050  params[1].c     0xffffffffffffffff        ff ff ff ff ff ff ff ff"""
    assert expected == table(invoke.with_params(ocall, nothing))


@pytest.mark.parametrize(
    ("attr", "expected"),
    [
        (0x20A, "0x20a NONCONTIG|TMEM_OUTPUT"),
        (0x101, "0x101 META|VALUE_INPUT"),
        (MsgParamType.RMEM_INOUT, "0x7 RMEM_INOUT"),
        (0x401, "0x401"),
        (4, "0x4"),
    ],
)
def test_a_messages_attribute_is_shown_with_its_names(attr: int, expected: str) -> None:
    """Bits and types without a name leave the number alone."""
    assert expected == fields(OpteeMsgParam(attr))[0].shown


def test_a_uuid_is_shown_as_uuids_are_written() -> None:
    """The octets are grouped, in the order in which they lie in memory."""
    octets = bytes.fromhex("9b2c06523b9b4d83971ee56c40512793")
    shown = fields(args.TeeIoctlOpenSessionArg(octets))[0].shown
    assert shown == "9b2c0652-3b9b-4d83-971e-e56c40512793"


def test_a_hexdump_has_sixteen_octets_a_line() -> None:
    """The offset counts on, and only printable octets are shown as text."""
    expected = (
        "0000  41 42 43 00 7e 7f ff 20 2e 0a 61 62 63 64 65 66  ABC.~.. ..abcdef\n"
        "0010  67                                               g"
    )
    assert expected == hexdump(b"ABC\0~\x7f\xff .\nabcdefg")


def test_nothing_has_no_hexdump() -> None:
    """No octets, no lines."""
    assert hexdump(b"") == ""
