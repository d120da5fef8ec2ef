"""The modules agree with the machine's own ``<linux/tee.h>``, asked through a C compiler.

Only what the mainline kernel has can be compared; the OCALL additions never came to it.
"""

import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from ocallkit.abi import arguments as args
from ocallkit.abi import ioctl, params
from ocallkit.abi.layout import Layout, c_name, members, sizeof
from tests.tools import REQUIRE, require_program

TIMEOUT_S = 30

CONSTANTS: dict[ModuleType, tuple[str, ...]] = {
    ioctl: (
        "TEE_IOC_MAGIC",
        "TEE_IOC_BASE",
        "TEE_IOC_VERSION",
        "TEE_IOC_SHM_ALLOC",
        "TEE_IOC_OPEN_SESSION",
        "TEE_IOC_INVOKE",
        "TEE_IOC_CANCEL",
        "TEE_IOC_CLOSE_SESSION",
        "TEE_IOC_SUPPL_RECV",
        "TEE_IOC_SUPPL_SEND",
        "TEE_IOC_SHM_REGISTER",
        "TEE_IMPL_ID_OPTEE",
        "TEE_IMPL_ID_AMDTEE",
        "TEE_GEN_CAP_GP",
        "TEE_GEN_CAP_PRIVILEGED",
        "TEE_GEN_CAP_REG_MEM",
        "TEE_GEN_CAP_MEMREF_NULL",
        "TEE_OPTEE_CAP_TZ",
    ),
    args: ("TEE_IOCTL_UUID_LEN", "TEE_IOCTL_LOGIN_REE_KERNEL_MAX"),
    params: (
        "TEE_IOCTL_PARAM_ATTR_TYPE_MASK",
        "TEE_IOCTL_PARAM_ATTR_META",
        "TEE_IOCTL_PARAM_ATTR_MASK",
        "TEE_MEMREF_NULL",
    ),
}

NAMED = {
    f"{prefix}{member.name}": member.value
    for prefix, kind in (
        ("TEE_IOCTL_PARAM_ATTR_TYPE_", params.ParamType),
        ("TEE_IOCTL_LOGIN_", args.Login),
    )
    for member in kind
}

STRUCTURES: tuple[type[Layout], ...] = (
    args.TeeIoctlBufData,
    args.TeeIoctlParam,
    args.TeeIoctlVersionData,
    args.TeeIoctlShmAllocData,
    args.TeeIoctlShmRegisterData,
    args.TeeIoctlOpenSessionArg,
    args.TeeIoctlInvokeArg,
    args.TeeIoctlCancelArg,
    args.TeeIoctlCloseSessionArg,
)

# The kernel raised the limit together with the parameters that it is for.
LIMIT = "TEE_MAX_ARG_SIZE"
RAISED = "TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_INPUT"


@pytest.fixture(scope="module")
def compiler() -> str:
    """Give a C compiler that finds the header; skip or fail like `require_program` without."""
    cc = require_program("cc", package="gcc")
    includes = b"#include <stdio.h>\n#include <linux/tee.h>\n"
    probe = subprocess.run(
        [cc, "-E", "-"], input=includes, capture_output=True, check=False, timeout=TIMEOUT_S
    )
    if probe.returncode:
        missing = "linux/tee.h is not installed: apt-get install libc6-dev linux-libc-dev"
        (pytest.fail if os.environ.get(REQUIRE) else pytest.skip)(missing)
    return cc


def compiled(compiler: str, folder: Path, body: str) -> dict[str, int]:
    """Compile and run a program with this body; it prints lines of a name and a number."""
    source = folder / "abi.c"
    program = folder / "abi"
    source.write_text(
        "#include <stddef.h>\n#include <stdio.h>\n#include <sys/ioctl.h>\n#include <linux/tee.h>\n"
        f"int main(void)\n{{\n{body}\n}}\n"
    )
    subprocess.run([compiler, "-o", program, source], check=True, timeout=TIMEOUT_S)
    printed = subprocess.run([program], check=True, timeout=TIMEOUT_S, capture_output=True)
    pairs = (line.split() for line in printed.stdout.decode().splitlines())
    return {name: int(number) for name, number in pairs}


def show(name: str, expression: str) -> str:
    """Give the C statement that prints an expression's value under a name."""
    return f'printf("%s %llu\\n", "{name}", (unsigned long long)({expression}));'


def test_constants_are_the_headers(compiler: str, tmp_path: Path) -> None:
    """Every mainline constant has the value that the C compiler gives it."""
    expected = {
        name: getattr(module, name) for module, names in CONSTANTS.items() for name in names
    }
    expected |= NAMED
    body = "\n".join(show(name, name) for name in expected)
    assert expected == compiled(compiler, tmp_path, body)


def test_the_size_limit_is_the_headers(compiler: str, tmp_path: Path) -> None:
    """TEE_MAX_ARG_SIZE is the header's, or the header is of the kernels that raised it to 4096."""
    body = f"#ifdef {RAISED}\n{show('raised', LIMIT)}\n#else\n{show('limit', LIMIT)}\n#endif"
    allowed = ({"limit": args.TEE_MAX_ARG_SIZE}, {"raised": 4096})
    assert compiled(compiler, tmp_path, body) in allowed


def test_structures_lie_as_the_c_compiler_lays_them(compiler: str, tmp_path: Path) -> None:
    """Sizes and offsets of every mainline structure are those of ``sizeof`` and ``offsetof``."""
    expected: dict[str, int] = {}
    body: list[str] = []
    for layout in STRUCTURES:
        struct = c_name(layout)
        expected[struct] = sizeof(layout)
        body.append(show(struct, f"sizeof(struct {struct})"))
        for member in members(layout):
            name = f"{struct}.{member.name}"
            expected[name] = member.offset
            body.append(show(name, f"offsetof(struct {struct}, {member.name})"))
    assert expected == compiled(compiler, tmp_path, "\n".join(body))
