"""The modules agree with the machine's own ``<linux/tee.h>``, asked through a C compiler.

Only what the mainline kernel has can be compared; the OCALL additions never came to it.
"""

import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from ocallkit.abi import arguments as args
from ocallkit.abi import ioctl, ioctl_params
from ocallkit.abi.byte_layout import Layout, c_name, members, sizeof
from ocallkit.abi.collisions import COLLISIONS, HEADER, Collision
from tests.tools import REQUIRE, require_program

TIMEOUT_S = 30

MODULES: tuple[ModuleType, ...] = (ioctl, args, ioctl_params)

OWN = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if name.startswith("TEE_")
} | {
    f"{prefix}{member.name}": member.value
    for prefix, kind in (
        ("TEE_IOCTL_PARAM_ATTR_TYPE_", ioctl_params.ParamType),
        ("TEE_IOCTL_LOGIN_", args.Login),
    )
    for member in kind
}
"""Every number that the modules have of the header, by its name there."""

ELSEWHERE = {"TEE_IOCTL_LOGIN_REE_KERNEL_MIN": args.Login.REE_KERNEL}
"""What the modules have under another name: the range of logins begins with the only one."""

NEVER_THERE = {
    "TEE_IOC_ECALL": "the opening text's ioctl",
    "TEE_GEN_CAP_OCALL": "the revisions after it",
    "TEE_OPTEE_CAP_OCALL": "the opening text",
    "TEE_IOCTL_PARAM_ATTR_OCALL": "the revisions after it",
    "TEE_IOCTL_SHM_OCALL": "all revisions",
}
"""What came with OCALLs and never to the kernel, and from where."""

NOT_ALWAYS_THERE = {
    "TEE_IOC_SHM_REGISTER_FD": "Linaro's tree had it at that time; the kernel has it since 6.18",
    "TEE_IOCTL_SHM_MAPPED": "the kernel took it out of the header when it never read it",
    "TEE_IOCTL_SHM_DMA_BUF": "the same",
}
"""What some headers have; those that have it are compared."""

LATER = {
    "TEE_IMPL_ID_TSTEE": "another TEE",
    "TEE_IMPL_ID_QTEE": "another TEE",
    "TEE_OBJREF_NULL": "an object reference to nothing",
} | {
    one.since: f"in place of {one.name or 'nothing'}" for one in COLLISIONS if one.header == HEADER
}
"""What the kernel has gained since, and what it is for."""

NEWEST = (6, 18)
"""The latest kernel whose header was read for this list."""

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


def compiled(compiler: str, folder: Path, body: str, also: str = "linux/tee.h") -> dict[str, int]:
    """Compile and run a program with this body; it prints lines of a name and a number."""
    source = folder / "abi.c"
    program = folder / "abi"
    source.write_text(
        "#include <stddef.h>\n#include <stdio.h>\n#include <sys/ioctl.h>\n#include <linux/tee.h>\n"
        f"#include <{also}>\nint main(void)\n{{\n{body}\n}}\n"
    )
    subprocess.run([compiler, "-o", program, source], check=True, timeout=TIMEOUT_S)
    printed = subprocess.run([program], check=True, timeout=TIMEOUT_S, capture_output=True)
    pairs = (line.split() for line in printed.stdout.decode().splitlines())
    return {name: int(number) for name, number in pairs}


def show(name: str, expression: str) -> str:
    """Give the C statement that prints an expression's value under a name."""
    return f'printf("%s %llu\\n", "{name}", (unsigned long long)({expression}));'


@pytest.fixture(scope="module")
def macros(compiler: str) -> frozenset[str]:
    """Every name of the header that the preprocessor knows."""
    return defined(compiler, "linux/tee.h", "TEE_") - frozenset({"TEE_SUBSYS"})


def defined(compiler: str, header: str, begins: str) -> frozenset[str]:
    """The macros behind a header whose names begin so."""
    found = subprocess.run(
        [compiler, "-dM", "-E", "-"],
        input=f"#include <{header}>\n".encode(),
        check=True,
        timeout=TIMEOUT_S,
        capture_output=True,
    )
    lines = (line.split(maxsplit=2) for line in found.stdout.decode().splitlines())
    return frozenset(line[1] for line in lines if line[1].startswith(begins))


def expected_of(macros: frozenset[str]) -> dict[str, int]:
    """What each number that both have has to be, where upstream has not changed it."""
    changed = {one.since for one in COLLISIONS if one.taken is not None}
    known = OWN | ELSEWHERE
    return {name: known[name] for name in sorted(macros & {*known}) if name not in changed}


def test_every_number_that_both_have_is_the_headers(
    compiler: str, macros: frozenset[str], tmp_path: Path
) -> None:
    """Each has the value that the C compiler gives it; none is left out."""
    expected = expected_of(macros)
    body = "\n".join(show(name, name) for name in expected)
    assert expected == compiled(compiler, tmp_path, body)
    assert {*OWN} - {*expected} - {"TEE_MAX_ARG_SIZE"} <= {*NEVER_THERE, *NOT_ALWAYS_THERE}


def test_no_number_of_the_header_is_forgotten(
    compiler: str, macros: frozenset[str], tmp_path: Path
) -> None:
    """What is not compared has its reason; a header of later kernels may have more."""
    version = 'printf("%s %d\\n", "version", LINUX_VERSION_CODE);'
    code = compiled(compiler, tmp_path, version, "linux/version.h")["version"]
    unknown = macros - {*OWN} - {*ELSEWHERE} - {*LATER}
    assert not unknown or (code >> 16, code >> 8 & 0xFF) > NEWEST


def test_what_came_with_ocalls_never_came_to_the_kernel(macros: frozenset[str]) -> None:
    """Not even in the latest: its numbers were free, and some of them are not any more."""
    assert frozenset() == macros & {*NEVER_THERE}
    assert {*NEVER_THERE} <= {*OWN}


def test_what_upstream_uses_the_numbers_for_has_these_numbers(
    compiler: str, macros: frozenset[str], tmp_path: Path
) -> None:
    """As far as this machine's header has them; the limit is the old one or the new one."""
    there = [one for one in COLLISIONS if one.header == HEADER and one.since in macros]
    body = "\n".join(show(f"{at}", _number_of(one)) for at, one in enumerate(there))
    found = compiled(compiler, tmp_path, body)
    assert "TEE_MAX_ARG_SIZE" in {one.since for one in there}
    for at, one in enumerate(there):
        allowed = {one.upstream} if one.taken is None else {one.number, one.upstream}
        assert found[str(at)] in allowed, one


def _number_of(one: Collision) -> str:
    """What is compared of a name: of an ioctl its number within."""
    return f"_IOC_NR({one.since})" if one.since.startswith("TEE_IOC_") else one.since


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
