"""The ioctls of ``/dev/tee*``, and the capabilities and flags that they carry.

An ioctl's number is made of a direction, the size of what is handed over, a magic and a counter,
as in ``<asm-generic/ioctl.h>``.
"""

from typing import Final

from ocallkit.abi import arguments as args
from ocallkit.abi.byte_layout import Layout, sizeof

TEE_IOC_MAGIC: Final = 0xA4
TEE_IOC_BASE: Final = 0

_IOC_WRITE, _IOC_READ = 1, 2
_MAGIC_SHIFT, _SIZE_SHIFT, _DIRECTION_SHIFT = 8, 16, 30


def _ioc(direction: int, counter: int, layout: type[Layout]) -> int:
    size = sizeof(layout) << _SIZE_SHIFT
    number = TEE_IOC_MAGIC << _MAGIC_SHIFT | (TEE_IOC_BASE + counter)
    return direction << _DIRECTION_SHIFT | size | number


def _ior(counter: int, layout: type[Layout]) -> int:
    return _ioc(_IOC_READ, counter, layout)


def _iowr(counter: int, layout: type[Layout]) -> int:
    return _ioc(_IOC_READ | _IOC_WRITE, counter, layout)


TEE_IOC_VERSION: Final = _ior(0, args.TeeIoctlVersionData)
TEE_IOC_SHM_ALLOC: Final = _iowr(1, args.TeeIoctlShmAllocData)
TEE_IOC_OPEN_SESSION: Final = _ior(2, args.TeeIoctlBufData)
TEE_IOC_INVOKE: Final = _ior(3, args.TeeIoctlBufData)
TEE_IOC_CANCEL: Final = _ior(4, args.TeeIoctlCancelArg)
TEE_IOC_CLOSE_SESSION: Final = _ior(5, args.TeeIoctlCloseSessionArg)
TEE_IOC_SUPPL_RECV: Final = _ior(6, args.TeeIoctlBufData)
TEE_IOC_SUPPL_SEND: Final = _ior(7, args.TeeIoctlBufData)
TEE_IOC_SHM_REGISTER_FD: Final = _iowr(8, args.TeeIoctlShmRegisterFdData)
"""Never in the mainline kernel: Linaro's tree of that time had it."""
TEE_IOC_SHM_REGISTER: Final = _iowr(9, args.TeeIoctlShmRegisterData)
TEE_IOC_ECALL: Final = _iowr(10, args.TeeIoctlEcallArg)
"""The opening text's ioctl; every later revision does without.

Its size is the argument's, unlike TEE_IOC_INVOKE's, which is that of `TeeIoctlBufData`.
"""

TEE_IMPL_ID_OPTEE: Final = 1
TEE_IMPL_ID_AMDTEE: Final = 2

TEE_GEN_CAP_GP: Final = 1 << 0
TEE_GEN_CAP_PRIVILEGED: Final = 1 << 1
TEE_GEN_CAP_REG_MEM: Final = 1 << 2
TEE_GEN_CAP_MEMREF_NULL: Final = 1 << 3
TEE_GEN_CAP_OCALL: Final = 1 << 4
"""The TEE answers OCALLs.  Later kernels use this bit for TEE_GEN_CAP_OBJREF."""

TEE_OPTEE_CAP_TZ: Final = 1 << 0
TEE_OPTEE_CAP_OCALL: Final = 1 << 1
"""The same in the opening text, where it was OP-TEE's own: a bit of `impl_caps`."""

TEE_IOCTL_SHM_MAPPED: Final = 1 << 0
TEE_IOCTL_SHM_DMA_BUF: Final = 1 << 1
TEE_IOCTL_SHM_OCALL: Final = 1 << 2
"""The memory is for an OCALL: known to the kernel, not to OP-TEE.

The only flag that a CA may give, and only to TEE_IOC_SHM_REGISTER.
"""
