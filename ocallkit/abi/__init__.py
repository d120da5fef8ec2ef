"""The numbers and byte layouts that an OCALL crosses, each in the module of its border.

`ioctl`
    between the CA and the TEE driver: the ioctl numbers, capabilities, flags and logins.
`arguments`
    the structures that those ioctls carry, and what the kernel refuses about their size.
`ioctl_params`
    the parameters in them, and the one that carries an OCALL.
`smc`
    between the OP-TEE driver and OP-TEE: function numbers, return codes, registers.
`optee_msg`
    the messages in the memory that those registers point to, RPC commands among them.
`results`
    result codes, origins, and the kernel's own errors.
`byte_layout`
    how a structure becomes bytes, and how its bytes are shown.
`named_numbers`
    how a number that has a name is shown.

Constants have their C names, so that a search for one finds the kernel's too.  Where a later
release gave an OCALL's number another meaning, the constant says so.
"""

from ocallkit.abi import (
    arguments,
    byte_layout,
    ioctl,
    ioctl_params,
    named_numbers,
    optee_msg,
    results,
    smc,
)

__all__ = [
    "arguments",
    "byte_layout",
    "ioctl",
    "ioctl_params",
    "named_numbers",
    "optee_msg",
    "results",
    "smc",
]
