"""What an ioctl's argument looks like in memory: written by one side, and read by the other.

A CA keeps one buffer for an invocation: each request is written into it by the driver, and each
answer by libteec, who change no more than they have to.  So an answer is the request with a few
octets changed, and a class here is asked what it makes of a structure that is there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.arguments import (
    NO_UUID,
    TeeIoctlEcallArg,
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
    TeeIoctlParam,
)
from ocallkit.abi.ioctl_params import (
    OCALL_ATTR_MASK,
    OCALL_PARAM_ATTR,
    TEE_IOCTL_PARAM_ATTR_MASK,
    TEE_IOCTL_PARAM_ATTR_OCALL,
    EcallFunc,
    OcallFunc,
    ParamType,
    get_cmd,
    get_func,
    make_pair,
    uuid_to_words,
    words_to_uuid,
)
from ocallkit.abi.results import Origin, Result, code
from ocallkit.designs.numbered import numbered_func, split_func
from ocallkit.model.calls import ALLOC, EINVAL, FREE, OCALL, Arg, RefusedError, Reply
from ocallkit.model.events import Param
from ocallkit.model.params import INT_MAX, comes_out, goes_in, is_memref
from ocallkit.model.wire import (
    asking,
    memory_named,
    memory_number,
    padded,
    read,
    read_all,
    session_named,
    session_number,
    ta_of,
    uuid_of,
    with_outputs,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ocallkit.model.params import Params
    from ocallkit.model.world import World

Head = TeeIoctlInvokeArg | TeeIoctlEcallArg | TeeIoctlOpenSessionArg
Rows = tuple[TeeIoctlParam, ...]

NOTHING: Final = TeeIoctlParam()
"""A parameter that carries nothing, as it lies in memory."""


class Structure:
    """The structures of TEE_IOC_INVOKE and TEE_IOC_OPEN_SESSION as they have always been.

    The transports add to them what carries an OCALL.
    """

    attrs: Final = TEE_IOCTL_PARAM_ATTR_MASK

    def __init__(self, funcs: Mapping[str, int]) -> None:
        self.funcs = funcs
        self.names = {int(number): name for name, number in funcs.items()}

    def number(self, answers: str) -> int:
        """The number of a function; ValueError for a name that none has."""
        return self.funcs[answers] if answers in self.funcs else int(answers.removeprefix("func "))

    # --- the CA writes, the driver reads ---

    def write(self, world: World, arg: Arg, before: Head | None = None) -> Head:
        """What the CA writes for `arg`; `before` is what the request to which it answers left."""
        if arg.answers:
            return self.write_answer(world, arg, before)
        return self.prepared(world, arg, padded(world, arg.params, arg.room))

    def read(self, world: World, head: Head) -> Arg:
        """What the driver reads; raises RefusedError for what it does not know."""
        if any(param.attr & ~self.attrs for param in head.params):
            raise RefusedError(EINVAL)
        return self.taken(world, head)

    def prepared(self, world: World, arg: Arg, rows: Rows) -> Head:
        """A new invocation, or an opening."""
        return new_head(world, arg).with_params(*rows)

    def taken(self, world: World, head: Head) -> Arg:
        """A new invocation, or an opening, of a CA that is not prepared for OCALLs."""
        return new_arg(world, head, head.params)

    def write_answer(self, world: World, arg: Arg, before: Head | None) -> Head:
        """An answer to a request."""
        raise NotImplementedError

    # --- the driver writes, the CA reads ---

    def write_reply(self, world: World, arg: Arg, head: Head, reply: Reply) -> Head:
        """What the driver leaves in the CA's buffer, where `head` lies: nothing after an error."""
        if reply.errno:
            return head
        if reply.asks:
            return self.write_request(world, head, reply)
        done = replace(head, ret=reply.ret, ret_origin=reply.origin)
        if isinstance(done, TeeIoctlOpenSessionArg) and reply.session:
            done = replace(done, session=session_number(reply.session))
        return self.completed(arg, done, reply.params)

    def completed(self, arg: Arg, head: Head, params: Params) -> Head:
        """The outputs of an invocation that is complete."""
        return replace(head, params=with_outputs(head.params, params))

    def write_request(self, world: World, head: Head, reply: Reply) -> Head:
        """What secure world asks of the CA."""
        raise NotImplementedError

    def read_reply(self, world: World, first: Arg, head: Head, errno: int) -> Reply:
        """What the CA reads in its buffer; `first` is what it wrote there to begin with.

        Of what came out of a complete invocation the buffer has only the numbers: the last request
        lay where its parameters were.
        """
        if errno:
            return Reply(errno=errno)
        return read_completed(first, head, head.params)


class PlainArg(Structure):
    """Nothing besides: an invocation that waits, and whose answers have an ioctl of their own.

    What that carries has other structures, which are not written here.
    """

    def write_answer(self, world: World, arg: Arg, before: Head | None) -> Head:
        """An answer is none of TEE_IOC_INVOKE's affairs; raises ValueError."""
        raise ValueError(f"{arg.answers}: TEE_IOC_INVOKE carries no answer")


class OcallParam(Structure):
    """A first parameter with the OCALL bit: function and command in `a`, the TA's UUID behind."""

    attrs = OCALL_ATTR_MASK  # type: ignore[misc]

    def prepared(self, world: World, arg: Arg, rows: Rows) -> Head:
        """A CA that is prepared passes the parameter, with nothing in it."""
        carried = (TeeIoctlParam(OCALL_PARAM_ATTR),) if arg.duplex else ()
        return new_head(world, arg).with_params(*carried, *rows)

    def taken(self, world: World, head: Head) -> Arg:
        """Find the parameter; it is the first or there is none.

        Source: the posted tee_core.c, find_ocall_param(), params_from_user().
        """
        marked = [at for at, p in enumerate(head.params) if p.attr & TEE_IOCTL_PARAM_ATTR_OCALL]
        if not marked:
            return new_arg(world, head, head.params)
        carrier, *rest = head.params
        rows = tuple(rest)
        if marked != [0] or carrier.attr != OCALL_PARAM_ATTR:
            raise RefusedError(EINVAL)
        if not carrier.a:
            return replace(new_arg(world, head, rows), duplex=True)
        func, number = self.split(carrier.a)
        if func == OcallFunc.NONE:
            raise RefusedError(EINVAL)
        answer = self.answer(world, head, func, get_cmd(carrier.a), rows)
        return replace(answer, ocall_id=number)

    def pair(self, func: int, number: int, command: int) -> int:
        """What `a` has of a function, its command, and the number of the request: no number."""
        return make_pair(func, command)

    def split(self, pair: int) -> tuple[int, int]:
        """Take the function and the number of the request out of `a`."""
        return get_func(pair), 1

    def answer(self, world: World, head: Head, func: int, command: int, rows: Rows) -> Arg:
        """An answer to a request, whatever it is that it answers."""
        opens = isinstance(head, TeeIoctlOpenSessionArg)
        arg = Arg(
            command,
            answers=self.names.get(func, f"func {func}"),
            duplex=True,
            ret=code(Result, head.ret),
            origin=code(Origin, head.ret_origin),
            session=session_named(head.session, opening=opens),
            room=len(rows),
        )
        if isinstance(head, TeeIoctlOpenSessionArg):
            arg = replace(arg, opens=ta_of(world.config, head.uuid))
        return with_answer(world, arg, rows, lambda row: row.c)

    def write_answer(self, world: World, arg: Arg, before: Head | None) -> Head:
        """The function comes back as it was, beside the result."""
        command = arg.command if arg.answers == OCALL else 0
        pair = self.pair(self.number(arg.answers), arg.ocall_id, command)
        head = before or new_head(world, arg).with_params(NOTHING, *[NOTHING] * arg.room)
        carrier = replace(head.params[0], attr=OCALL_PARAM_ATTR, a=pair)
        number = memory_number(world, arg.memory) if arg.memory else 0
        changed = {ALLOC: {"c": number}, FREE: {"c": number}}
        rows = answer_rows(world, arg, head.params[1:], changed.get(arg.answers, {}))
        answered = replace(head, session=session_number(arg.session), **result_of(arg))
        return answered.with_params(carrier, *rows)

    def write_request(self, world: World, head: Head, reply: Reply) -> Head:
        """All parameters are written anew; one that only comes back keeps what lay there."""
        if isinstance(head, TeeIoctlOpenSessionArg):
            head = replace(head, session=session_number(reply.session))
        command = reply.command if reply.asks == OCALL else 0
        b, c = uuid_to_words(uuid_of(world.config, reply.ta)) if reply.asks == OCALL else (0, 0)
        pair = self.pair(self.funcs[reply.asks], reply.ocall_id, command)
        number = memory_number(world, reply.memory) if reply.asks == FREE else 0
        own = {ALLOC: TeeIoctlParam(ParamType.VALUE_INOUT, b=reply.size), FREE: freed(c=number)}
        rows = request_rows(world, head.params[1:], reply, own)
        return head.with_params(TeeIoctlParam(OCALL_PARAM_ATTR, pair, b, c), *rows)

    def completed(self, arg: Arg, head: Head, params: Params) -> Head:
        """The parameter is cleared: function 0 says that the invocation is complete."""
        if not arg.duplex:
            return super().completed(arg, head, params)
        rows = with_outputs(head.params[1:], params)
        return replace(head, params=(TeeIoctlParam(OCALL_PARAM_ATTR), *rows))

    def read_reply(self, world: World, first: Arg, head: Head, errno: int) -> Reply:
        """The function says whether the invocation is complete, or what the CA has to do."""
        if errno or not first.duplex:
            return super().read_reply(world, first, head, errno)
        carrier, *rest = head.params
        rows = tuple(rest)
        func, number = self.split(carrier.a)
        if not func:
            return read_completed(first, head, rows)
        opens = isinstance(head, TeeIoctlOpenSessionArg)
        asks = self.names[func]
        ta = asking(world.config, words_to_uuid(carrier.b, carrier.c)) if asks == OCALL else ""
        reply = Reply(
            asks,
            get_cmd(carrier.a),
            ocall_id=number,
            session=session_named(head.session, opening=opens),
            ta=ta,
        )
        return with_request(world, reply, rows, lambda row: row.c)


class NumberedParam(OcallParam):
    """The same parameter with the number of each request above its function."""

    def pair(self, func: int, number: int, command: int) -> int:
        """What `a` has of a function, its command, and the number of the request."""
        return make_pair(numbered_func(func, number), command)

    def split(self, pair: int) -> tuple[int, int]:
        """Take the function and the number of the request out of `a`."""
        return split_func(get_func(pair))


class EcallArg(Structure):
    """The structure of the opening text's own ioctl, which has fields for all that."""

    def prepared(self, world: World, arg: Arg, rows: Rows) -> Head:
        """A CA that is prepared uses the ioctl; function 0 is a new invocation."""
        if not arg.duplex or arg.opens:
            return super().prepared(world, arg, rows)
        session = session_number(arg.session)
        return TeeIoctlEcallArg(EcallFunc.NONE, arg.command, session).with_params(*rows)

    def taken(self, world: World, head: Head) -> Arg:
        """A new invocation, or an answer: the function says which."""
        if not isinstance(head, TeeIoctlEcallArg):
            return super().taken(world, head)
        session = session_named(head.session)
        if head.func == EcallFunc.NONE:
            return Arg(
                head.cmd_id,
                read_all(world, head.params),
                duplex=True,
                session=session,
                room=head.num_params,
            )
        arg = Arg(
            head.cmd_id,
            answers=self.names.get(head.func, f"func {head.func}"),
            duplex=True,
            ocall_id=head.ocall_id,
            ret=code(Result, head.ret),
            origin=code(Origin, head.ret_origin),
            session=session,
            room=head.num_params,
        )
        return with_answer(world, arg, head.params, lambda row: row.a)

    def write_answer(self, world: World, arg: Arg, before: Head | None) -> Head:
        """The function and the OCALL's id come back as they were, beside the result."""
        func, session = self.number(arg.answers), session_number(arg.session)
        head = TeeIoctlEcallArg(func, arg.command, session, ocall_id=arg.ocall_id)
        own: Rows = (NOTHING,) * arg.room
        if isinstance(before, TeeIoctlEcallArg):
            head, own = replace(before, func=func, ocall_id=arg.ocall_id), before.params
        number = memory_number(world, arg.memory) if arg.memory else 0
        changed = {ALLOC: {"a": number}, FREE: {"a": number}}
        rows = answer_rows(world, arg, own, changed.get(arg.answers, {}))
        return replace(head, session=session, **result_of(arg)).with_params(*rows)

    def write_request(self, world: World, head: Head, reply: Reply) -> Head:
        """The command of the CA takes the place of the TA's, and the TA's UUID goes with it."""
        if not isinstance(head, TeeIoctlEcallArg):
            raise TypeError(f"{type(head).__name__} has no place for an OCALL")
        number = memory_number(world, reply.memory) if reply.asks == FREE else 0
        own = {ALLOC: TeeIoctlParam(ParamType.VALUE_INOUT, b=reply.size), FREE: freed(a=number)}
        rows = request_rows(world, head.params, reply, own)
        asked = replace(
            head,
            func=self.funcs[reply.asks],
            cmd_id=reply.command,
            ocall_id=reply.ocall_id,
            uuid=uuid_of(world.config, reply.ta) if reply.asks == OCALL else NO_UUID,
        )
        return asked.with_params(*rows)

    def completed(self, arg: Arg, head: Head, params: Params) -> Head:
        """Function 0 says that the invocation is complete."""
        if isinstance(head, TeeIoctlEcallArg):
            head = replace(head, func=EcallFunc.NONE, ocall_id=0, uuid=NO_UUID)
        return super().completed(arg, head, params)

    def read_reply(self, world: World, first: Arg, head: Head, errno: int) -> Reply:
        """The function says whether the invocation is complete, or what the CA has to do."""
        if errno or not isinstance(head, TeeIoctlEcallArg) or not head.func:
            return super().read_reply(world, first, head, errno)
        asks = self.names[head.func]
        reply = Reply(
            asks,
            head.cmd_id,
            ocall_id=head.ocall_id,
            session=session_named(head.session),
            ta=asking(world.config, head.uuid) if asks == OCALL else "",
        )
        return with_request(world, reply, head.params, lambda row: row.a)


# --- what the structures have in common ---------------------------------------------------------


def new_head(world: World, arg: Arg) -> TeeIoctlInvokeArg | TeeIoctlOpenSessionArg:
    """The fixed part of an argument."""
    session = session_number(arg.session) if arg.session else 0
    if arg.opens:
        return TeeIoctlOpenSessionArg(uuid_of(world.config, arg.opens), session=session)
    return TeeIoctlInvokeArg(0 if arg.answers else arg.command, session)


def new_arg(world: World, head: Head, rows: Rows) -> Arg:
    """A new invocation, or an opening, as the driver reads it."""
    params, room = read_all(world, rows), len(rows)
    if isinstance(head, TeeIoctlOpenSessionArg):
        return Arg(params=params, opens=ta_of(world.config, head.uuid), room=room)
    command = head.cmd_id if isinstance(head, TeeIoctlEcallArg) else head.func
    return Arg(command, params, session=session_named(head.session), room=room)


def result_of(arg: Arg) -> dict[str, int]:
    """The fields in which a CA says how it went."""
    return {"ret": arg.ret, "ret_origin": arg.origin}


def freed(**number: int) -> TeeIoctlParam:
    """The parameter that says which memory is to be freed."""
    return TeeIoctlParam(ParamType.VALUE_INPUT, **number)


def with_answer(world: World, arg: Arg, rows: Rows, memory: Callable[[TeeIoctlParam], int]) -> Arg:
    """What the parameters of an answer say: a memory, or the OCALL's own parameters.

    Parameters that the answer to an allocation, or to a release, does not have are read as they
    are, so that the driver can refuse them.
    """
    first, *others = rows or (NOTHING,)
    wanted = {ALLOC: ParamType.VALUE_INOUT, FREE: ParamType.VALUE_INPUT}.get(arg.answers)
    if wanted is None or first.attr != wanted or any(row.attr for row in others):
        return replace(arg, params=tuple(read(world, row) for row in rows))
    number = memory(first)
    if arg.answers == FREE or arg.ret != Result.SUCCESS or number > INT_MAX:
        return arg
    return replace(arg, memory=memory_named(world, number))


def answer_rows(world: World, arg: Arg, own: Rows, changed: dict[str, int]) -> Rows:
    """The parameters of an answer: those of the request, and what comes out of them."""
    if arg.answers != OCALL:
        wanted = ParamType.VALUE_INOUT if arg.answers == ALLOC else ParamType.VALUE_INPUT
        first, *others = own or (NOTHING,)
        kept = changed if arg.answers == FREE or arg.ret == Result.SUCCESS else {}
        return (replace(first, attr=wanted, **kept), *others)
    rows = tuple(written(world, param) for param in arg.params)
    if len(rows) != len(own):
        return rows
    return tuple(
        new if comes_out(param) else replace(old, attr=new.attr)
        for old, new, param in zip(own, rows, arg.params, strict=True)
    )


def request_rows(world: World, lying: Rows, reply: Reply, own: Mapping[str, TeeIoctlParam]) -> Rows:
    """The parameters of a request, in the places that the CA has for them."""
    if reply.asks in own:
        return (own[reply.asks], *[NOTHING] * (len(lying) - 1))
    rows = padded(world, reply.params, len(lying))
    params = (*reply.params, *[None] * (len(lying) - len(reply.params)))
    return tuple(
        replace(old, attr=new.attr) if _only_comes_back(param) else new
        for old, new, param in zip(lying, rows, params, strict=True)
    )


def _only_comes_back(param: Param | None) -> bool:
    """Whether it is a value that the CA is not told."""
    return param is not None and not is_memref(param) and comes_out(param) and not goes_in(param)


def with_request(
    world: World, reply: Reply, rows: Rows, memory: Callable[[TeeIoctlParam], int]
) -> Reply:
    """What the parameters of a request say: how much memory, which, or the OCALL's own."""
    first, *others = rows or (NOTHING,)
    wanted = {ALLOC: ParamType.VALUE_INOUT, FREE: ParamType.VALUE_INPUT}.get(reply.asks)
    if wanted is not None and (first.attr != wanted or any(row.attr for row in others)):
        return replace(reply, params=tuple(read(world, row) for row in rows))
    if reply.asks == ALLOC:
        return replace(reply, size=first.b)
    if reply.asks == FREE:
        return replace(reply, memory=memory_named(world, memory(first)))
    return replace(reply, params=tuple(_told(read(world, row)) for row in rows))


def _told(param: Param) -> Param:
    """A parameter of a request; a value that only comes back says nothing yet."""
    return Param(param.attr) if _only_comes_back(param) else param


def read_completed(first: Arg, head: Head, rows: Rows) -> Reply:
    """The result of an invocation, or of an opening, and its outputs."""
    opened = isinstance(head, TeeIoctlOpenSessionArg) and head.ret == Result.SUCCESS
    return Reply(
        params=tuple(map(_with_output, first.params, rows)),
        ret=code(Result, head.ret),
        origin=code(Origin, head.ret_origin),
        session=session_named(head.session) if opened else "",
    )


def _with_output(param: Param, row: TeeIoctlParam) -> Param:
    """A parameter of the CA's with what has come out of it."""
    if not comes_out(param):
        return param
    if is_memref(param):
        return replace(param, size=row.b)
    return replace(param, a=row.a, b=row.b, c=row.c)
