"""The claims about who may do what: memory, the capability, room, and another TEE's driver."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.arguments import TeeIoctlShmRegisterData, TeeIoctlVersionData
from ocallkit.abi.ioctl import (
    TEE_GEN_CAP_OCALL,
    TEE_IOC_SHM_REGISTER,
    TEE_IOC_VERSION,
    TEE_IOCTL_SHM_OCALL,
)
from ocallkit.abi.optee_msg import THREAD_RPC_MAX_NUM_PARAMS
from ocallkit.abi.results import Result
from ocallkit.claims.cells import WITH_OCALL_MEMORY, grid
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.explored import course
from ocallkit.claims.flows import EVERY_DESIGN, FOUR_BUFFERS
from ocallkit.claims.told import numbers
from ocallkit.claims.turns import turns
from ocallkit.designs import DESIGNS, EcallBare, structures
from ocallkit.designs.transport import MetaParameter
from ocallkit.judging.assembly import find_design
from ocallkit.judging.misused import NAMES
from ocallkit.judging.path import run
from ocallkit.judging.tokens import token
from ocallkit.judging.verdict import Question
from ocallkit.model import tee
from ocallkit.model.breaches import ARRIVE, PRIVATE
from ocallkit.model.calls import EOPNOTSUPP, Arg
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TeecError,
    talk,
)
from ocallkit.model.config import FAULTS
from ocallkit.model.devices import AMDTEE, OPTEE
from ocallkit.model.events import OCALL_PTA, TA, Message
from ocallkit.model.params import INOUT, MAX_PARAMS, OUTPUT, Params, tempref, value
from ocallkit.model.raw_ioctl import close, ioctl, open_device
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.model.user_mode import back_in_user_mode
from ocallkit.properties.reached import INVOCATION
from ocallkit.scenarios import (
    COMMAND,
    OCALL_COMMAND,
    Scenario,
    asking_ta,
    plain_ta,
    serve,
    with_memory,
)

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored
    from ocallkit.designs.structures import Head
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

# --- memory with the flag ------------------------------------------------------------------------


def makes_memory(client: Client) -> Steps:
    """A CA without OCALLs that registers memory with the flag, and closes its file; gives both."""
    device = yield from open_device(client)
    data = TeeIoctlShmRegisterData(tee.USER_MEMORY, tee.PAGE_SIZE, TEE_IOCTL_SHM_OCALL).pack()
    fd, _, _ = yield from ioctl(device, TEE_IOC_SHM_REGISTER, data)
    closed = yield from close(device, fd)
    return fd, closed


ANY_CA = Scenario(
    "any-ca-with-the-flag",
    "a CA that has no OCALLs and registers memory with their flag",
    makes_memory,
    plain_ta,
    INVOCATION,
)


def known_to_the_kernel(cell: Explored) -> Outcome:
    """There is memory with the flag, and secure world is told nothing of it."""
    told = "flagged-memory-is-not-told"
    if cell.breaks(told):
        return Outcome(holds=False, example=told)
    return Outcome(bool(cell.seen("flagged-memory")))


# --- what crosses is a copy ----------------------------------------------------------------------


def keeps_secrets(_command: int, _params: Params) -> Steps:
    """A TA whose OCALL wants a buffer and a value filled that hold something of its own."""
    passed = (tempref(OUTPUT, b"secret"), value(OUTPUT, 1234, 5678), tempref(INOUT, b"ping"))
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, passed)
    return ret


SECRETS = Scenario(
    "ta-with-secrets",
    "an OCALL whose outputs lie where the TA has something of its own",
    with_memory((), serve),
    keeps_secrets,
)


def crosses_as_a_copy(cell: Explored) -> Outcome:
    """An OCALL names memory of its CA alone, and in that lies what the TA passes and no more."""
    names = (PRIVATE, ARRIVE, "ocall-names-the-cas-memory")
    broken = next(filter(cell.breaks, names), "")
    return Outcome(not broken and bool(cell.seen("copies")), broken)


# --- the capability ------------------------------------------------------------------------------


def reports(command: int, params: Params) -> Steps:
    """A TA that returns what its OCALL came to, unless it is invoked for nothing."""
    if command != OCALL_COMMAND:
        return Result.SUCCESS
    return (yield from asking_ta(command, params))


def tries_all(client: Client) -> Steps:
    """A CA that asks for the capability and goes on in spite of the answer.

    Gives what the driver says, what libteec does, what an ioctl fails with that could carry an
    OCALL, and what a TA is told that asks.
    """
    device = yield from open_device(client)
    _, data, _ = yield from ioctl(device, TEE_IOC_VERSION)
    says = bool(TeeIoctlVersionData.unpack(data).gen_caps & TEE_GEN_CAP_OCALL)
    yield from TEEC_FinalizeContext((yield from TEEC_InitializeContext(client)))
    library = yield from initialized(client)
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context)
    errno = yield from issued(session.client, Arg(COMMAND, duplex=True, session=session.id))
    told = yield from TEEC_InvokeCommand(session, OCALL_COMMAND)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)
    return says, library, errno, told.ret


def initialized(client: Client, device: str = OPTEE) -> Steps:
    """What TEEC_InitializeContext gives to a CA that has a handler."""
    try:
        context = yield from TEEC_InitializeContext(client, serve, device)
    except TeecError as error:
        return error.ret
    yield from TEEC_FinalizeContext(context)
    return Result.SUCCESS


def issued(client: Client, arg: Arg) -> Steps:
    """The error number with which an invoke or an opening fails, 0 if it does not."""
    reply = yield from tee.tee_ioctl_invoke(client, arg)
    yield from back_in_user_mode(client, tee.ioctl_name(client, arg), reply)
    return reply.errno


TRIES_ALL = Scenario(
    "tries-all",
    "a CA that asks for the capability, and goes on in spite of the answer",
    tries_all,
    reports,
    INVOCATION,
)

WITH: Final = (True, Result.SUCCESS, 0, Result.NOT_SUPPORTED)
WITHOUT: Final = (False, Result.NOT_SUPPORTED, EOPNOTSUPP, Result.NOT_IMPLEMENTED)


def is_told(cell: Explored) -> Outcome:
    """The driver says which it is, and without the capability each party refuses."""
    missing = dict(cell.question.switches).get("capabilities") == "no-ocall"
    return Outcome(cell.course.results["A"] == (WITHOUT if missing else WITH))


def what_the_ca_gets(cells: tuple[Question, ...]) -> str:
    """What the CA gets in some cells, one after the other."""
    gets = (course(cell).results["A"] for cell in cells)
    return " or ".join(dict.fromkeys(f"`{', '.join(map(in_words, one))}`" for one in gets))


def in_words(one: bool | Result | int) -> str:  # noqa: FBT001 - it is one of several results
    """A result, an error number, or whether something is so, by its name."""
    if isinstance(one, bool):
        return str(one)
    return one.name if isinstance(one, Result) else NAMES.get(one, str(one))


def capable(designs: tuple[str, ...]) -> tuple[Question, ...]:
    """Every design with the capability and without."""
    return tuple(
        Question(TRIES_ALL, design, switches=(("capabilities", has),))
        for design, has in product(designs, ("all", "no-ocall"))
    )


# --- how much room -------------------------------------------------------------------------------

FIVE: Final = 5
"""What the claim says."""


def invokes_with(room: int) -> Scenario:
    """A CA that passes as many parameters beside the one that carries an OCALL, if one does."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        session = yield from TEEC_OpenSession(context)
        arg = Arg(COMMAND, duplex=True, session=session.id, room=room)
        result, _ = yield from talk(context, arg, session)
        return result

    return Scenario(f"room-for-{room}", "a CA with room for that many", ca, asking_ta)


def tried(design: str | type[EcallBare], room: int) -> tuple[int, bool]:
    """How many parameters the ioctl has with such room, and whether the OCALL was served."""
    played = run(invokes_with(room), design)
    first, *others = turns(played)
    return first.into.num_params, bool(others)


def fewest(design: str | type[EcallBare]) -> int:
    """The fewest parameters of an ioctl with which an OCALL is served."""
    found = (tried(design, room) for room in range(MAX_PARAMS + 1))
    return min(params for params, served in found if served)


def takes_five(cell: Explored) -> Outcome:
    """An ioctl with fewer than five parameters carries no OCALL, and one with five does."""
    so = fewest(cell.question.design) == FIVE == turns(cell.course)[0].into.num_params
    return Outcome(so, line=token(cell.course))


def fewest_of(cells: tuple[Question, ...]) -> str:
    """The fewest parameters with which an ioctl carries an OCALL, under the designs of cells."""
    return numbers(fewest(design) for design in dict.fromkeys(cell.design for cell in cells))


BY_THE_PARAMETER = Condition(
    "a parameter carries the OCALL",
    lambda cell: not find_design(cell.design).transport.numbers_ocalls,
    "elsewhere",
)


def at_each_layer() -> str:
    """What the parameters are between each two parties, and what becomes of too few."""
    ta = MAX_PARAMS
    short = course(Question(invokes_with(ta - 1), "meta"))
    told = next(
        dict(event.words)
        for event in short.events
        if isinstance(event, Message) and (event.source, event.target) == (OCALL_PTA, TA)
    )
    failed = next(
        dict(event.words)["errno"]
        for event in short.events
        if isinstance(event, Message) and "errno" in dict(event.words)
    )
    return (
        f"At the ioctl they are 1 + {ta}: one that carries the OCALL, and those of the invocation"
        f" or of the OCALL; in the message to OP-TEE {ta}; in the RPC"
        f" {THREAD_RPC_MAX_NUM_PARAMS - ta} + {ta}: command and UUID before those of the TA; the"
        f" handler gets {ta}. With one less the ioctl fails with {failed}, and the TA gets"
        f" `{told['ret']}`, origin `{told['origin']}`."
    )


# --- another TEE ---------------------------------------------------------------------------------


def wants_of(device: str) -> Scenario:
    """A CA that wants OCALLs of a TEE, and then does not; it gives what it is told either way."""

    def ca(client: Client) -> Steps:
        library = yield from initialized(client, device)
        context = yield from TEEC_InitializeContext(client, None, device)
        at = context.client
        says = yield from ioctl(replace(at, raw=True), TEE_IOC_VERSION)
        carrying = yield from issued(at, Arg(COMMAND, duplex=True))
        plain = yield from issued(at, Arg(COMMAND))
        yield from TEEC_FinalizeContext(context)
        caps = TeeIoctlVersionData.unpack(says[1]).gen_caps
        return bool(caps & TEE_GEN_CAP_OCALL), library, carrying, plain

    return Scenario(
        f"wants-of-{device}", "a CA that wants OCALLs of a TEE", ca, plain_ta, INVOCATION
    )


OF_ANOTHER_TEE = wants_of(AMDTEE)


def refuses(cell: Explored) -> Outcome:
    """It does not claim to have OCALLs, and refuses what could carry one and nothing else so."""
    says, library, carrying, plain = cell.course.results["A"]
    told = (says, library, carrying) == (False, Result.NOT_SUPPORTED, EOPNOTSUPP)
    return Outcome(told and plain != EOPNOTSUPP)


class Unaware(structures.OcallParam):
    """What a driver reads that takes the parameter for none of its affair."""

    def taken(self, world: World, head: Head) -> Arg:
        """The other parameters, as of a CA that is not prepared."""
        carries = super().taken(world, head).duplex
        return structures.new_arg(world, head, head.params[1:] if carries else head.params)


class UnawareTransport(MetaParameter):
    """The parameter, which nobody on the other side looks at."""

    structure = Unaware


class IgnoresIt(EcallBare):
    """A driver that was not adapted."""

    transport = UnawareTransport()


def if_it_did_not() -> str:
    """What becomes of an OCALL where the parameter is ignored."""
    lost = run("flow-1", IgnoresIt, switches={"wire": "octets"})
    told = next(
        dict(event.words)["ret"]
        for event in lost.events
        if isinstance(event, Message) and (event.source, event.target) == (OCALL_PTA, TA)
    )
    asked = any(turn.asks for turn in turns(lost))
    how = "is asked" if asked else "is never asked, and no ioctl fails"
    return (
        f"A driver that took no notice of the parameter would lose the OCALL: the CA {how}, while"
        f" the TA gets `{told}`."
    )


FLAGGED = Claim(
    "C02",
    "Memory registered with the OCALL flag is known to the kernel alone, and every CA can"
    " make it, not the supplicant only.",
    "PR",
    shown="03-flow-2.ipynb#Whose-memory",
    says="memory with the OCALL flag is on its CA's context, also where the CA has no OCALLs, and"
    " secure world is told neither when it is made nor when it goes",
    cells=grid((*WITH_OCALL_MEMORY, ANY_CA), threads=(2,)),
    check=known_to_the_kernel,
    otherwise={"": "there is no memory with the OCALL flag in {scenarios}"},
)

CAPABILITY = Claim(
    "C03",
    "A capability says whether OP-TEE can make OCALLs; where it is missing the CA is told so.",
    "PR",
    shown="15-the-interface.ipynb#The-capability",
    says="TEE_IOC_VERSION says it; without, libteec gives a CA that has a handler"
    f" `{WITHOUT[1].name}`, an ioctl that could carry an OCALL fails with"
    f" `{NAMES[WITHOUT[2]]}`, and a TA that asks gets `{WITHOUT[3].name}`",
    cells=capable(EVERY_DESIGN),
    check=is_told,
    otherwise={"": "capability, libteec, ioctl and TA give {gets}"},
    words={"gets": what_the_ca_gets},
)

A_COPY = Claim(
    "C12",
    "The CA never sees memory of the TA: a copy crosses, in memory that the CA allocated.",
    "PR",
    shown="03-flow-2.ipynb#The-TA's-memory-is-never-visible",
    says="an OCALL names memory that its own CA has made for it; in that lies what the TA passes,"
    " and nothing that it only wants filled",
    otherwise={"": "no OCALL names memory in {scenarios}"},
    cells=(
        *grid((*WITH_OCALL_MEMORY, FOUR_BUFFERS, SECRETS), threads=(2,)),
        *(
            Question("flow-2", design, faults=(*FAULTS, fault))
            for design, fault in product(DESIGNS, ("closes-session", "closes-context"))
        ),
    ),
    check=crosses_as_a_copy,
)

FIVE_PARAMETERS = Claim(
    "C16",
    "A test needed five parameters or more in the context of an OCALL.",
    "EC",
    shown="15-the-interface.ipynb#Five-at-least",
    says="an ioctl with {fewest} parameters carries it, and one with fewer does not",
    cells=grid(("flow-1", "flow-2"), EVERY_DESIGN, threads=(2,)),
    check=takes_five,
    condition=BY_THE_PARAMETER,
    remark=at_each_layer,
    otherwise={"": "the ioctl of its own carries one with {fewest}"},
    words={"fewest": fewest_of},
)

ANOTHER_TEE = Claim(
    "C17",
    "Drivers of other TEEs have to follow the changed interface, and refuse the parameter.",
    "HG",
    shown="15-the-interface.ipynb#Another-TEE",
    says="AMD's driver does not claim to have OCALLs, libteec gives"
    f" `{Result.NOT_SUPPORTED.name}`, and an ioctl that could carry one fails with"
    f" `{NAMES[EOPNOTSUPP]}`; a plain one does not",
    otherwise={"": "capability, libteec, ioctl and plain ioctl give {gets}"},
    words={"gets": what_the_ca_gets},
    cells=grid((OF_ANOTHER_TEE,), EVERY_DESIGN, threads=(2,)),
    check=refuses,
    remark=if_it_did_not,
)
