"""Result codes, their origins, and the kernel's own errors by name."""

import errno
from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final, TypeVar


class Result(IntEnum):
    """What a call came to: ``TEEC_SUCCESS`` or ``TEEC_ERROR_...``, in a TA ``TEE_ERROR_...``.

    Both worlds use the same numbers (GlobalPlatform TEE Client and Internal Core API).
    """

    SUCCESS = 0
    GENERIC = 0xFFFF0000
    ACCESS_DENIED = 0xFFFF0001
    CANCEL = 0xFFFF0002
    BAD_PARAMETERS = 0xFFFF0006
    BAD_STATE = 0xFFFF0007
    ITEM_NOT_FOUND = 0xFFFF0008
    NOT_IMPLEMENTED = 0xFFFF0009
    NOT_SUPPORTED = 0xFFFF000A
    OUT_OF_MEMORY = 0xFFFF000C
    BUSY = 0xFFFF000D
    COMMUNICATION = 0xFFFF000E
    SECURITY = 0xFFFF000F
    SHORT_BUFFER = 0xFFFF0010
    TARGET_DEAD = 0xFFFF3024


Code = TypeVar("Code", bound=IntEnum)


def code(kind: type[Code], number: int) -> Code:
    """Give a number as one of `kind`; one that has no name there goes by its digits.

    A CA may answer with any number, and it is handed on as it is.

    >>> code(Result, 0xFFFF0000).name, code(Result, 0x1234).name
    ('GENERIC', '0x1234')
    """
    try:
        return kind(number)
    except ValueError:
        made = int.__new__(kind, number)
        made._name_, made._value_ = f"{number:#x}", number
        return made


class Origin(IntEnum):
    """Which layer a result comes from: ``TEEC_ORIGIN_...``, in a TA ``TEE_ORIGIN_...``.

    `CLIENT_APP` is new with OCALLs: the CA's handler itself gave the result.  libteec and libutee
    agree on it; the final driver hands it on without looking at it.
    """

    API = 1
    COMMS = 2
    TEE = 3
    TRUSTED_APP = 4
    CLIENT_APP = 0xF0000001


ORIGIN_CLIENT_APP_MID: Final = 5
"""`Origin.CLIENT_APP` in the revisions between the ECALL ioctl and the final driver.

Their driver insists on it: a reply with another origin ends the whole call with -EINVAL.
"""

ENOTSUPP: Final = 524
"""An error that exists only inside the kernel; the middle revisions let it out to the CA.

User space has no name for it.  The final driver gives -EOPNOTSUPP in its place.
"""

KERNEL_ERRORS: Final[Mapping[int, str]] = MappingProxyType(
    {
        -errno.EPERM: "-EPERM",
        -errno.ENOENT: "-ENOENT",
        -errno.EBADF: "-EBADF",
        -errno.EINTR: "-EINTR",
        -errno.EAGAIN: "-EAGAIN",
        -errno.ENOMEM: "-ENOMEM",
        -errno.EFAULT: "-EFAULT",
        -errno.EINVAL: "-EINVAL",
        -errno.ENOSPC: "-ENOSPC",
        -errno.EOPNOTSUPP: "-EOPNOTSUPP",
        -ENOTSUPP: "-ENOTSUPP",
    }
)
"""The names of the negative numbers that the two drivers return, as the kernel writes them."""


def errno_name(rc: int) -> str:
    """Name what a kernel function returned: ``0``, or a minus sign and the error's name.

    >>> errno_name(-errno.EINVAL)
    '-EINVAL'
    """
    return KERNEL_ERRORS.get(rc, str(rc))
