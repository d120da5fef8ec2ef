"""The system: a file for each party of the thread's diagrams, under its kernel names.

`client` and `user_mode` are the CA and libteec, `exit` is the end of a process, `tee` the TEE
subsystem, `optee` the OP-TEE driver, `secure` and `mobj` are OP-TEE, `ta` is the TA with the OCALL
PTA.  `world` has the records that they keep, `calls` and `params` what they hand to each other,
`events` what they report.  A docstring names what it stands for in a line that begins with
"Source:"; "as posted" is the code of pull request 72 in its last version.

The grain
    A step is one function of the world; what may happen in between is what other tasks do.  Secure
    world runs from its entry or resume to its RPC or return in one step.  The normal world may
    change places at each SMC, at each drop of a reference that can be the last, at each wait, and
    on each entry to and return from user mode; nothing else is seen by anybody else halfway.

What the model leaves out or takes together, and why nothing is lost by it:

One of each
    A client is a process of one thread with one context, one session and a TA instance of its own.
    The thread argues about what one client's parties hold of each other; several clients share the
    secure threads and nothing else.  That a CA with several threads is harder is left open there
    and here (HernanGatta in the thread).
The call queue
    A call that finds no free secure thread gets ETHREAD_LIMIT and sleeps in the driver's queue.
    Both are one wait here, and any call that waits may be the next: the queue's order is one of
    the orders that are tried.
Which secure thread
    A call takes any free thread, and nothing depends on which: threads lie in a pool, and a taken
    one is known by its client and a number of the client's own.  The number that a picture shows,
    the lowest that was free, is found by whoever looks.
Waiting in secure world
    OP-TEE waits by an RPC that lets the driver sleep for it, and is woken by another.  The sleep
    keeps its secure thread and is a step that has to wait.  The RPC that wakes takes no thread and
    no reference: it is left out, and the sleeper goes on as soon as what it waits for is so.
The driver's own memory
    Argument memory and memory for RPCs belong to the driver and hold nobody's context, as the
    opening text assumes.  `driver_memory_charges_context` charges the argument memory to the
    context of the client that calls, as the posted code does; claim C23 shows what that changes.
Kills
    A kill takes effect in user mode, where its effect can be seen; no wait that is modelled here
    can be interrupted, and a system call is not cut in the middle.
Time, cancellation, the supplicant
    A timeout never ends a wait, TEE_IOC_CANCEL only sets a flag and completes no OCALL, and the
    supplicant answers no RPC that is modelled here.

Where the posted driver does otherwise than the designs here, which follow what the thread says:

- cancelling resumes the secure thread once; if it asks again, nobody answers.  Here everything
  that the invocation asks from then on gets the same error;
- a refused allocation fails the whole ioctl and cancels.  Here secure world gets the error;
- a new invocation of a session whose OCALL is pending cancels that OCALL.  Here it gets EINVAL,
  and the OCALL stays pending;
- OCALLs are also possible while a session opens.  Here only in an invocation.
"""
