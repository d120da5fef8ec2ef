"""What a design of one's own derives from that is no difference from one of the discussion."""

from __future__ import annotations

from typing import ClassVar

from ocallkit.designs.ecall_bare import EcallBare


class Design(EcallBare):
    """A design of one's own: a `name`, and a method for each decision that it takes.

    Whatever it does not decide is as in `ecall-bare`, the design that does least.  One that differs
    from another of the discussion in a few decisions derives from that instead.

    >>> from ocallkit import judge
    >>> from ocallkit.model import optee
    >>> class Mine(Design):
    ...     name = "mine"
    ...     def pre_release(self, client):
    ...         return optee.cancel_ocall(client)
    >>> judge("flow-1", Mine).holds
    True

    The decisions, with what each answers:

    transport: a transport
        How it carries OCALLs
    kept(params): a tuple of memory names
        Memories of the first ioctl whose references outlive it
    referenced(params): a tuple of memory names
        Memories that a pending OCALL references
    replied(memories): a tuple of memory names
        Memories of an answer that its ioctl references until it returns
    asks(client, arg, call, rpc): a program of the model
        How what secure world asks reaches user space; gives the `Reply` of the ioctl
    hands_out(world, client): True or False
        Whether a request is handed to its CA, and not cancelled at once
    request_leaves(world, client): nothing
        What a pending request leaves behind for the end of its process to find
    reply_arrives(client): steps
        What happens to it when the answer has come, before secure world goes on
    answer_drops(requested, params): a tuple of memory names
        Memories of which an OCALL's references are dropped when `params` answer it
    found_again(params, room): a tuple of memory names
        Memories of the first ioctl whose references an ioctl with that room finds again
    enters(client): steps
        What an ioctl of a session does first, an invocation or an answer; it may wait there
    leaves(client): steps
        What it does last, with a request, with a result or with an error
    completes(client): steps
        What happens when an invocation is complete, before its ioctl returns
    gives_up(answers): True or False
        Whether the invocation ends if the CA cannot do what it was asked
    intrudes(client, arg): a program of the model
        What a new invocation gets, and does, in a session that has a pending request
    refuses(client, thread, cmd): a program of the model
        What a secure thread gets that asks where nobody can answer; gives where it is then
    cancels(client, call, thread, answer): steps
        How a call is ended whose request nobody answers any more
    unlists(client): a program of the model
        How a session is taken off its list that is to be closed; gives whether it was there
    close_session(client): steps
        What is done for a session that is closed, before secure world is told
    closed(client): steps
        What is done for a session when secure world has closed it
    flush(client): steps
        What closing a context's file does, whether others have it open or not
    pre_release(client): steps
        What closing the context's file does before its reference is dropped
    release_request_file(client): steps
        What the release of a pending request's own file does, where there is one
    release_memory_file(client, memory): steps
        What the release of a memory's file does
    unregister(client, memory): steps
        How secure world is made to give up a memory whose count is zero
    release(client): steps
        What the context's last reference does before its sessions are closed
    spared(client, cmd): a whole number, 0 or more
        How many secure threads a call has to leave free for others
    wakes(client): True or False
        Whether a kill wakes a CA thread that waits in the driver
    waits(client): steps
        What a CA thread that a kill would wake does before it waits in the driver
    killed(client): steps
        What such a CA thread does before it waits on
    charged(to): one of none, caller, driver, off
        On whose context the driver allocates for itself: the `caller`'s or the `driver`'s
    takes_memory(asked, given): True or False
        Whether the PTA takes memory of that size from a CA that was asked for another
    size_given(passed, answered): a whole number, 0 or more
        Which size a TA finds in its parameter that passed that many bytes
    speaks_for(origin): an Origin
        Which origin the PTA tells its TA, of that which the CA has answered
    wq_wakeup(world, thread): nothing
        What a wake-up does for the secure thread that it is meant for
    supp_given_up(world, request): nothing
        What becomes of a request to the supplicant whose client waits no longer
    """

    name: ClassVar[str] = ""
    parent: ClassVar[type[EcallBare] | None] = EcallBare
