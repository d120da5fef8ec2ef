"""The system: a file for each party of the discussion's diagrams, under its kernel names.

`client`, the files that begin with `teec` and `user_mode` are the CA and libteec, `posix`, `files`
and `exit` its process and the end of it; `tee` is the TEE subsystem, `optee`, `call_queue` and
`wait_queue` the OP-TEE driver; `secure`, `entry_std`, `ta_manager` and `mobj` are OP-TEE, `ta` is
the TA with libutee under it, `ocall_pta` the OCALL PTA. Those that are no ordinary process have
files of their own: `kernel_client`, `supplicant`, `worker`; `devices` says whose driver is meant.
Where a request waits in the kernel for a thread that serves, `callbacks` is the driver,
`teec_thread` and `teec_server` are that thread; `requests` is what it shares with the supplicant.
What the driver and OP-TEE keep for themselves is in `driver_memory`, `argument_pages` and
`rpc_cache`, the end of the driver in `shutdown`.

`world` has the records that they keep, `calls`, `params`, `teec` and `returned` what they hand
to each other, `events` what they report, `config` what never changes.  A docstring names what it
stands for in a line that begins with "Source:"; "as posted" is the code of pull request 72 in its
last version.

What crosses a border lies in memory as octets.  `wire` has a number for each name, `raw_ioctl`
the ioctls as a CA issues them that writes its own, `octets` what is noted of the others;
`messages`, `rpc_messages` and `smc_border` are the border to secure world (`designs.structures`
that to the CA).  `breaches` watches from outside what no caller may bring about.

Who reads Flow 1 needs `client`, `teec_ocall`, `tee`, `optee`, `secure`, `entry_std`, `ta` and
`ocall_pta`, in this order.

The grain
    A step is one function of the world; what may happen in between is what other tasks do.  Secure
    world runs from its entry or resume to its RPC or return in one step.  The normal world may
    change places at each SMC, at each drop of a reference that can be the last, at each wait, and
    on each entry to and return from user mode; nothing else is seen by anybody else halfway.

What the model leaves out or takes together, and what is lost by it:

The call queue
    A call that finds no free secure thread gets ETHREAD_LIMIT and sleeps in the driver's queue.
    Unless the queue itself is switched on, the two are one wait, and any call that waits may be the
    next: every order is tried, but no wake-up can be lost, and nobody sleeps while a thread is
    free.  With the switch `call-queue` set to `list` the queue is the driver's, and a thread is
    taken in one step and runs in the next: in between others find it taken.
Which secure thread
    A call takes any free thread, and nothing depends on which: threads lie in a pool, and a taken
    one is known by its client and a number of the client's own.  The number that a picture shows,
    the lowest that was free, is found by whoever looks.  Nothing is lost; where a thread's own
    memory matters, threads have numbers.
Numbers
    Memories, sessions and temporary ids have numbers only where octets cross.  The kernel gives the
    lowest that is free on the device; here each process has a range of 256 of its own, so that a
    number says nothing of what others have done.  What is lost is guessing another's number by its
    order; every number can still be tried.
The driver's own memory
    Argument memory and memory for RPCs belong to the driver and hold nobody's context, as the
    opening text assumes.  What is lost are the leaks of drivers that did otherwise; each of them
    can be switched on, and they are three different things.  `driver_memory_charges_context`
    charges the memory of a call's arguments to the context of the client that calls, for as long as
    the call lasts, as the posted code does; claim C23 shows what that changes.  The switch
    ``rpc-cache`` has the memory that a secure thread keeps for the arguments of its RPCs (C50 to
    C54), ``argument-pages`` the pages that Linux 6.1 keeps for the arguments of calls.
The RPC that loads a TA
    It asks the supplicant, and is shown where it can be a secure thread's first; elsewhere nobody
    could tell it from one that does not happen.
Kills
    A kill takes effect in user mode, where its effect can be seen, and in those waits that say so.
    A system call is not cut in the middle: of a wait that a kill does not end nothing is lost.
The order of closing
    An ending process closes its files in any order, as the contract has it.  Linux has one certain
    order; that is a switch, and what fails in Linux's order alone is not told apart without it.
Numbers of files
    A program names what it closes, and not its number: a number that is used again for another file
    while somebody still means the first is not modelled.
Threads of a process
    They share its files, and what they tell each other.  Memory that they share without telling,
    and with it every race of the program itself, is left out.
TAs
    There is one lock for all TAs of a single instance, as OP-TEE has it unless it is built
    otherwise, which is a switch.  A call that comes back to an instance which runs for it makes
    OP-TEE's core panic, and is refused; only an opening gets BUSY.  A TA's properties are those of
    its entry points and its instances: there is no access control, no login and no storage.
The supplicant
    It brings TAs, where a scenario has one, each in one request instead of two; nothing else that
    secure world asks of it is modelled.  It has one thread and makes no calls into OP-TEE: that it
    waits for a secure thread itself is left out.
Clients in the kernel
    They allocate, count and free memory of their own, and are stopped nowhere.  A module that
    cannot be unloaded because it is in use is no subject here.
Time
    A timeout never ends a wait, and nothing is late: what needs a timer is not modelled.

The designs of the discussion follow what it says.  Where its code as posted does otherwise is a
design of its own, `posted`: `ocallkit diff held-refs-pre-release posted` has every difference.  Of
that code is left out that libutee without OCALLs does not write the origin, that it panics where it
cannot open the system PTA, and what the kernel does after it has written through a NULL pointer.
"""
