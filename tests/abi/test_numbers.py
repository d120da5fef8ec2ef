"""Every number of the interface, written down a second time and compared with the modules.

The tables are complete: a constant that a module gains has to be written down here too.
"""

import errno
from enum import IntEnum
from types import ModuleType

import pytest

from ocallkit.abi import arguments, ioctl, ioctl_params, optee_msg, results, smc

CONSTANTS: dict[ModuleType, dict[str, int]] = {
    ioctl: {
        "TEE_IOC_MAGIC": 0xA4,
        "TEE_IOC_BASE": 0,
        "TEE_IOC_VERSION": 0x800CA400,
        "TEE_IOC_SHM_ALLOC": 0xC010A401,
        "TEE_IOC_OPEN_SESSION": 0x8010A402,
        "TEE_IOC_INVOKE": 0x8010A403,
        "TEE_IOC_CANCEL": 0x8008A404,
        "TEE_IOC_CLOSE_SESSION": 0x8004A405,
        "TEE_IOC_SUPPL_RECV": 0x8010A406,
        "TEE_IOC_SUPPL_SEND": 0x8010A407,
        "TEE_IOC_SHM_REGISTER_FD": 0xC018A408,
        "TEE_IOC_SHM_REGISTER": 0xC018A409,
        "TEE_IOC_ECALL": 0xC030A40A,
        "TEE_IMPL_ID_OPTEE": 1,
        "TEE_IMPL_ID_AMDTEE": 2,
        "TEE_GEN_CAP_GP": 1,
        "TEE_GEN_CAP_PRIVILEGED": 2,
        "TEE_GEN_CAP_REG_MEM": 4,
        "TEE_GEN_CAP_MEMREF_NULL": 8,
        "TEE_GEN_CAP_OCALL": 16,
        "TEE_OPTEE_CAP_TZ": 1,
        "TEE_OPTEE_CAP_OCALL": 2,
        "TEE_IOCTL_SHM_MAPPED": 1,
        "TEE_IOCTL_SHM_DMA_BUF": 2,
        "TEE_IOCTL_SHM_OCALL": 4,
    },
    arguments: {
        "TEE_IOCTL_UUID_LEN": 16,
        "TEE_MAX_ARG_SIZE": 1024,
        "TEE_IOCTL_LOGIN_REE_KERNEL_MAX": 0xBFFFFFFF,
    },
    ioctl_params: {
        "TEE_IOCTL_PARAM_ATTR_TYPE_MASK": 0xFF,
        "TEE_IOCTL_PARAM_ATTR_META": 0x100,
        "TEE_IOCTL_PARAM_ATTR_MASK": 0x1FF,
        "TEE_IOCTL_PARAM_ATTR_OCALL": 0x200,
        "OCALL_PARAM_ATTR": 0x203,
        "OCALL_ATTR_MASK": 0x3FF,
        "TEE_MEMREF_NULL": 0xFFFFFFFFFFFFFFFF,
        "U32_BITS": 32,
        "U32_MAX": 0xFFFFFFFF,
    },
    results: {"ORIGIN_CLIENT_APP_MID": 5, "ENOTSUPP": 524},
    smc: {
        "OPTEE_SMC_RETURN_FROM_RPC": 0x32000003,
        "OPTEE_SMC_CALL_WITH_ARG": 0x32000004,
        "OPTEE_SMC_GET_SHM_CONFIG": 0xB2000007,
        "OPTEE_SMC_EXCHANGE_CAPABILITIES": 0xB2000009,
        "OPTEE_SMC_DISABLE_SHM_CACHE": 0xB200000A,
        "OPTEE_SMC_ENABLE_SHM_CACHE": 0xB200000B,
        "OPTEE_SMC_SEC_CAP_HAVE_RESERVED_SHM": 0x01,
        "OPTEE_SMC_SEC_CAP_UNREGISTERED_SHM": 0x02,
        "OPTEE_SMC_SEC_CAP_DYNAMIC_SHM": 0x04,
        "OPTEE_SMC_SEC_CAP_VIRTUALIZATION": 0x08,
        "OPTEE_SMC_SEC_CAP_MEMREF_NULL": 0x10,
        "OPTEE_SMC_SEC_CAP_OCALL": 0x20,
        "OPTEE_SMC_RETURN_RPC_PREFIX": 0xFFFF0000,
        "OPTEE_SMC_RETURN_UNKNOWN_FUNCTION": 0xFFFFFFFF,
    },
    optee_msg: {
        "OPTEE_MSG_ATTR_META": 0x100,
        "OPTEE_MSG_ATTR_NONCONTIG": 0x200,
        "OPTEE_MSG_NONCONTIG_PAGE_SIZE": 4096,
        "PAGES_LIST_ENTRIES": 511,
        "OCALL_SHM_ALIGN": 8,
        "THREAD_RPC_MAX_NUM_PARAMS": 6,
    },
}

VALUES = {"NONE": 0, "VALUE_INPUT": 1, "VALUE_OUTPUT": 2, "VALUE_INOUT": 3}

ENUMS: dict[type[IntEnum], dict[str, int]] = {
    arguments.Login: {
        "PUBLIC": 0,
        "USER": 1,
        "GROUP": 2,
        "APPLICATION": 4,
        "USER_APPLICATION": 5,
        "GROUP_APPLICATION": 6,
        "REE_KERNEL": 0x80000000,
    },
    ioctl_params.ParamType: VALUES | {"MEMREF_INPUT": 5, "MEMREF_OUTPUT": 6, "MEMREF_INOUT": 7},
    ioctl_params.OcallFunc: {"NONE": 0, "SHM_ALLOC": 1, "SHM_FREE": 2, "INVOKE": 3},
    ioctl_params.EcallFunc: {"NONE": 0, "SHM_ALLOC": 1, "INVOKE": 2, "SHM_FREE": 3},
    smc.SmcReturn: {
        "OK": 0,
        "ETHREAD_LIMIT": 1,
        "EBUSY": 2,
        "ERESUME": 3,
        "EBADADDR": 4,
        "EBADCMD": 5,
        "ENOMEM": 6,
        "ENOTAVAIL": 7,
    },
    smc.RpcFunc: {"ALLOC": 0, "FREE": 2, "FOREIGN_INTR": 4, "CMD": 5},
    optee_msg.MsgCmd: {
        "OPEN_SESSION": 0,
        "INVOKE_COMMAND": 1,
        "CLOSE_SESSION": 2,
        "CANCEL": 3,
        "REGISTER_SHM": 4,
        "UNREGISTER_SHM": 5,
    },
    optee_msg.RpcCmd: {
        "LOAD_TA": 0,
        "RPMB": 1,
        "FS": 2,
        "GET_TIME": 3,
        "WAIT_QUEUE": 4,
        "SUSPEND": 5,
        "SHM_ALLOC": 6,
        "SHM_FREE": 7,
        "SUPP_PLUGIN": 12,
        "BENCH_REG": 20,
        "I2C_TRANSFER": 21,
        "OCALL": 22,
    },
    optee_msg.WaitQueue: {"SLEEP": 0, "WAKEUP": 1},
    optee_msg.ShmType: {"APPL": 0, "KERNEL": 1, "GLOBAL": 2, "CLIENT_APP": 3},
    optee_msg.MsgParamType: VALUES
    | {
        "RMEM_INPUT": 5,
        "RMEM_OUTPUT": 6,
        "RMEM_INOUT": 7,
        "TMEM_INPUT": 9,
        "TMEM_OUTPUT": 0xA,
        "TMEM_INOUT": 0xB,
    },
    results.Result: {
        "SUCCESS": 0,
        "GENERIC": 0xFFFF0000,
        "ACCESS_DENIED": 0xFFFF0001,
        "CANCEL": 0xFFFF0002,
        "BAD_PARAMETERS": 0xFFFF0006,
        "BAD_STATE": 0xFFFF0007,
        "ITEM_NOT_FOUND": 0xFFFF0008,
        "NOT_IMPLEMENTED": 0xFFFF0009,
        "NOT_SUPPORTED": 0xFFFF000A,
        "OUT_OF_MEMORY": 0xFFFF000C,
        "BUSY": 0xFFFF000D,
        "COMMUNICATION": 0xFFFF000E,
        "SECURITY": 0xFFFF000F,
        "SHORT_BUFFER": 0xFFFF0010,
        "TARGET_DEAD": 0xFFFF3024,
    },
    results.Origin: {"API": 1, "COMMS": 2, "TEE": 3, "TRUSTED_APP": 4, "CLIENT_APP": 0xF0000001},
}


@pytest.mark.parametrize("module", CONSTANTS, ids=lambda module: module.__name__)
def test_constants_have_their_published_values(module: ModuleType) -> None:
    """A module's integer constants are exactly those of the table."""
    actual = {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, int)
    }
    elsewhere = {
        name: value
        for other, constants in CONSTANTS.items()
        if other is not module
        for name, value in constants.items()
        if name in actual
    }
    assert CONSTANTS[module] | elsewhere == actual


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_enumerations_have_their_published_members(kind: type[IntEnum]) -> None:
    """An enumeration has exactly the names and numbers of the table."""
    assert ENUMS[kind] == {name: member.value for name, member in kind.__members__.items()}


def test_every_enumeration_is_in_the_table() -> None:
    """No enumeration of the interface goes without a table."""
    actual = {
        value
        for module in CONSTANTS
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
    }
    assert set(ENUMS) == actual


def test_kernel_errors_are_negative_and_named_as_the_kernel_writes_them() -> None:
    """The drivers return minus the error's number."""
    expected = {
        "-EPERM": -errno.EPERM,
        "-ENOENT": -errno.ENOENT,
        "-EBADF": -errno.EBADF,
        "-EFAULT": -errno.EFAULT,
        "-EINTR": -errno.EINTR,
        "-EAGAIN": -errno.EAGAIN,
        "-ENOMEM": -errno.ENOMEM,
        "-EINVAL": -errno.EINVAL,
        "-ENOSPC": -errno.ENOSPC,
        "-EOPNOTSUPP": -errno.EOPNOTSUPP,
        "-ENOTSUPP": -524,
    }
    assert expected == {name: rc for rc, name in results.KERNEL_ERRORS.items()}


def test_a_return_without_an_errors_name_stays_a_number() -> None:
    """Success is 0, and an error that the drivers do not give has no name here."""
    expected = {0: "0", -999: "-999", -errno.ENOSPC: "-ENOSPC"}
    assert expected == {rc: results.errno_name(rc) for rc in expected}


def test_an_ocalls_pair_gives_back_its_halves() -> None:
    """The function is the upper half of `a`, the CA's command the lower."""
    expected = (ioctl_params.OcallFunc.INVOKE, 0xFFFFFFFF)
    pair = ioctl_params.make_pair(*expected)
    assert pair == 0x3FFFFFFFF
    assert expected == (ioctl_params.get_func(pair), ioctl_params.get_cmd(pair))


@pytest.mark.parametrize(
    ("func", "cmd", "message"),
    [
        (1 << 32, 0, "func is 4294967296, give 0 to 0xffffffff"),
        (3, -1, "cmd is -1, give 0 to 0xffffffff"),
    ],
)
def test_a_half_of_more_than_32_bits_is_refused(func: int, cmd: int, message: str) -> None:
    """The error names the half that does not fit."""
    with pytest.raises(ValueError, match=message):
        ioctl_params.make_pair(func, cmd)


def test_a_uuid_travels_unchanged_in_two_words() -> None:
    """What the driver puts into `b` and `c` the CA reads as the same octets."""
    octets = bytes.fromhex("9b2c06523b9b4d83971ee56c40512793")
    expected = (0x834D9B3B52062C9B, 0x932751406CE51E97)
    assert expected == ioctl_params.uuid_to_words(octets)
    assert octets == ioctl_params.words_to_uuid(*expected)


def test_a_uuid_of_another_length_is_refused() -> None:
    """A UUID in text is no UUID in octets."""
    with pytest.raises(ValueError, match="a UUID has 16 octets, not 36"):
        ioctl_params.uuid_to_words(b"9b2c0652-3b9b-4d83-971e-e56c40512793")


def test_an_rpcs_registers_hold_the_cookie_and_the_thread() -> None:
    """The cookie's upper half is in a1, its lower in a2, the thread in a3."""
    asked = smc.rpc_cmd(cookie=0xFFFF0000_12345678, thread_id=1)
    assert smc.Registers(0xFFFF0005, 0xFFFF0000, 0x12345678, 1) == asked
    assert asked.pair() == 0xFFFF000012345678


def test_a_resume_repeats_the_words_of_the_rpc() -> None:
    """Only a0 differs: it asks to return from the RPC."""
    asked = smc.rpc_cmd(cookie=0x1_0000_0002, thread_id=1)
    assert smc.Registers(0x32000003, 1, 2, 1) == smc.return_from_rpc(asked)


def test_a_call_points_to_its_message() -> None:
    """The message's physical address is in a1 and a2."""
    assert smc.Registers(0x32000004, 8, 0x1000) == smc.call_with_arg(0x8_0000_1000)


def test_an_address_of_more_than_64_bits_is_refused() -> None:
    """Two registers of 32 bits cannot hold it."""
    with pytest.raises(ValueError, match="0x10000000000000000 does not fit"):
        smc.call_with_arg(1 << 64)


@pytest.mark.parametrize(
    ("a0", "expected"),
    [
        (0xFFFF0000, True),
        (0xFFFF0005, True),
        (0xFFFFFFFF, False),
        (smc.SmcReturn.OK, False),
        (smc.SmcReturn.ETHREAD_LIMIT, False),
    ],
)
def test_an_rpc_is_told_by_its_prefix(a0: int, expected: bool) -> None:  # noqa: FBT001
    """All codes with the prefix are RPCs but the one for an unknown function."""
    assert expected == smc.is_rpc(a0)


def test_an_rpcs_function_is_its_lower_half() -> None:
    """What is left without the prefix says what is asked for."""
    assert smc.rpc_func(0xFFFF0005) == smc.RpcFunc.CMD
