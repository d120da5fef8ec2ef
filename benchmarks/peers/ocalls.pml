/*
 * OCALLs of OP-TEE, and the end of a client that makes them, for Spin.
 *
 * Modelled: clients, each a process of one thread with a context, a session, memory that it
 * registers and memory that it allocates for an OCALL; the TEE driver and the OP-TEE driver in the
 * system calls that it makes; secure world as far as it holds secure threads and memory objects
 * (MOBJs). A client may be killed wherever it is in user mode; it then closes its files in any
 * order. A handler may fail, and a client may refuse to allocate.
 *
 * Grain: secure world runs from its entry or resume to its request or return in one step. What a
 * client has belongs to it alone, so it stands in variables of its process, where the partial
 * order reduction sees that. All that clients share is the number of free secure threads; the
 * statements that touch it stand at the end of the process. With -DCOARSE a client runs from one
 * of them to the next in one step; without, it may be interrupted at every statement.
 *
 * A property that breaks is printed once, as "violated CELL PROPERTY", where CELL counts the
 * combinations of design, scenario and number of secure threads, the last fastest.
 *
 * Set by -D: CLIENTS, ROUNDS; DESIGNS_TRIED, SCENARIOS_TRIED and THREADS_TRIED, whose bits are the
 * numbers tried. For a trail, STOP=PROPERTY ends the search where that property breaks.
 */

#ifdef COARSE
#define private atomic
#else
#define private
#endif

#ifndef STOP
#define STOP 255
#endif

/* Scenarios. */
#define FLOW_1          0
#define FLOW_2          1
#define FLOW_1_MEMREF   2
#define FLOW_2_MEMREF   3
#define SCENARIOS       4
#define MOST_THREADS    3

#define PASSES_MEMORY   (scenario >= FLOW_1_MEMREF)
#define OCALL_MEMORY    (scenario == FLOW_2 || scenario == FLOW_2_MEMREF)

/* Designs, and what each decides. */
#define ECALL_BARE              0
#define ECALL                   1
#define META                    2
#define OCALL_FD                3
#define HELD_REFS               4
#define HELD_REFS_OCALL_FD      5
#define HELD_REFS_PRE_RELEASE   6
#define TWO_LISTS               7

#define PRE_RELEASE     (design == ECALL || design == META || design >= HELD_REFS_PRE_RELEASE)
#define REQUEST_FILE    (design == OCALL_FD || design == HELD_REFS_OCALL_FD)
#define KEEPS_REFS      (design >= HELD_REFS)
#define REQUEST_REFS    (design != TWO_LISTS)

/* Properties. */
#define NO_DEADLOCK             0
#define NO_SUSPENDED_THREAD     1
#define NO_CONTEXT_LEAK         2
#define NO_SESSION_LEAK         3
#define NO_SHM_LEAK             4
#define NO_MOBJ_LEAK            5
#define NO_USE_AFTER_FREE       6
#define COUNTS_NEVER_NEGATIVE   7
#define COMPLETED_ONCE          8
#define NO_BLOCKING_RELEASE     9

/* Where a client's program stands. */
#define OPEN_CONTEXT    0
#define OPEN_SESSION    1
#define REGISTER        2
#define INVOKE          3
#define SERVE           4
#define RELEASE         5
#define CLOSE_SESSION   6
#define CLOSE_CONTEXT   7
#define DONE            8     /* or killed */

/* A record of the TEE driver: a context or a shared memory. */
#define NONE            0
#define LIVE            1
#define RELEASING       2
#define FREED           3

/* What a suspended invocation asks for; NO_RPC where none is suspended. */
#define NO_RPC          0
#define ALLOC           1
#define OCALL           2
#define FREE            3

c_decl {
    static char told[256][16];

    static void tell(int cell, int property)
    {
        if (!told[cell][property]) {
            told[cell][property] = 1;
            printf("violated %d %d\n", cell, property);
        }
    }
}

/* No part of the state: the search goes on as if nothing had been said. */
#define violated(property) \
    c_code { tell(PClient->cell, property); }; assert(property != STOP)

#define breaks(property, condition) \
    if \
    :: condition -> violated(property) \
    :: else \
    fi

#define get(record, count) \
    if \
    :: record == LIVE -> count++ \
    :: record == RELEASING \
    :: else -> violated(NO_USE_AFTER_FREE) \
    fi

#define put(record, count) \
    if \
    :: record == LIVE && count > 0 -> count-- \
    :: record == LIVE && count == 0 -> violated(COUNTS_NEVER_NEGATIVE) \
    :: record == RELEASING \
    :: else -> violated(NO_USE_AFTER_FREE) \
    fi

#define put_if_held(held, record, count) \
    if \
    :: held -> held = false; put(record, count) \
    :: else \
    fi

byte free_threads;

proctype Client(byte cell, design, scenario)
{
    byte at, round;

    /* Its files. */
    bool context_file, memory_file, ocall_memory_file, request_file;

    /* The TEE driver's records. */
    byte context, context_refs;
    byte memory, memory_refs;
    byte ocall_memory, ocall_memory_refs;
    byte owed;              /* references on the context that something released still has */

    /* The OP-TEE driver's. */
    bool session, pending;
    bool invoke_refs;       /* the invoke's reference on the registered memory */
    bool answer_refs;       /* an answer's, on the memory for the OCALL */
    bool request_refs;      /* the pending request's, on the memory for the OCALL */

    /* How the request is answered. */
    bool failed, cancelling;

    /* Secure world's. */
    byte rpc, mobj_refs;
    bool ocall_mobj, asleep;

private {
    skip;                       /* no label may stand first in an atomic */

/* User mode: the program goes on, or the client is killed. */
user:
    if
    :: at != DONE -> goto die
    :: at == OPEN_CONTEXT ->
        context_file = true;
        context = LIVE;
        context_refs = 1;
        at = OPEN_SESSION;
        goto user
    :: at == OPEN_SESSION ->
        goto open_session
    :: at == REGISTER ->
        assert(memory == NONE || memory == FREED);
        get(context, context_refs);
        goto register
    :: at == INVOKE && PASSES_MEMORY ->
        get(memory, memory_refs);
        invoke_refs = true;
        goto invoke
    :: at == INVOKE && !PASSES_MEMORY ->
        goto invoke
    :: at == SERVE && rpc == ALLOC && !ocall_memory_file ->
        assert(ocall_memory == NONE || ocall_memory == FREED);
        get(context, context_refs);
        ocall_memory = LIVE;
        ocall_memory_refs = 1;
        ocall_memory_file = true;
        goto user
    :: at == SERVE && rpc == ALLOC && !ocall_memory_file ->
        failed = true;          /* it refuses to allocate */
        goto answer
    :: at == SERVE && rpc == ALLOC && ocall_memory_file ->
        goto answer
    :: at == SERVE && rpc == OCALL ->
        goto answer
    :: at == SERVE && rpc == OCALL ->
        failed = true;          /* its handler fails */
        goto answer
    :: at == SERVE && rpc == FREE && ocall_memory_file ->
        goto close_ocall_memory
    :: at == SERVE && rpc == FREE && !ocall_memory_file ->
        goto answer
    :: at == SERVE && rpc == NO_RPC && PASSES_MEMORY ->
        at = RELEASE;
        goto close_memory
    :: at == SERVE && rpc == NO_RPC && !PASSES_MEMORY ->
        at = RELEASE;
        goto user
    :: at == RELEASE && round + 1 < ROUNDS ->
        round++;
        at = (PASSES_MEMORY -> REGISTER : INVOKE);
        goto user
    :: at == RELEASE && round + 1 == ROUNDS ->
        at = CLOSE_SESSION;
        goto user
    :: at == CLOSE_SESSION ->
        assert(!pending);       /* a client of one thread has answered by now */
        goto close_session
    :: at == CLOSE_CONTEXT ->
        at = DONE;
        goto close_context
    :: at == DONE ->
        goto die
    fi;

/* The ioctl that answers a request: from now on it is pending no more. */
answer:
    pending = false;
    if
    :: ocall_memory_file && rpc != FREE ->
        get(ocall_memory, ocall_memory_refs);
        answer_refs = true
    :: else
    fi;
    put_if_held(request_file, context, context_refs);
    assert(context_refs > 0);   /* the context's file is open */
    put_if_held(request_refs, ocall_memory, ocall_memory_refs);

/* Secure world goes on with an answer, to its next request or to its end. */
resume:
    if
    :: rpc == NO_RPC ->
        violated(COMPLETED_ONCE);
        goto resumed
    :: rpc == ALLOC && !failed ->
        breaks(NO_USE_AFTER_FREE, ocall_memory != LIVE);
        ocall_mobj = true;
        rpc = OCALL;
        goto resumed
    :: rpc == OCALL && OCALL_MEMORY ->
        breaks(NO_USE_AFTER_FREE, !failed && ocall_memory != LIVE);
        ocall_mobj = false;
        rpc = FREE;
        goto resumed
    :: else ->
        mobj_refs = mobj_refs - PASSES_MEMORY;
        rpc = NO_RPC;
        goto complete
    fi;

resumed:
    if
    :: cancelling -> goto cancel
    :: else -> failed = false
    fi;

/* The return of an ioctl that was in secure world, with a request or with the result. */
back:
    if
    :: rpc == NO_RPC ->
        put_if_held(invoke_refs, memory, memory_refs)
    :: else ->
        pending = true;
        if
        :: rpc == OCALL && OCALL_MEMORY && REQUEST_REFS ->
            get(ocall_memory, ocall_memory_refs);
            request_refs = true
        :: else
        fi;
        if
        :: REQUEST_FILE ->
            get(context, context_refs);
            request_file = true
        :: else
        fi;
        if
        :: KEEPS_REFS
        :: else -> put_if_held(invoke_refs, memory, memory_refs)
        fi
    fi;
    put_if_held(answer_refs, ocall_memory, ocall_memory_refs);
    goto settle;

/* Nobody is there to answer: secure world hears so until the invocation is complete. */
cancel:
    pending = false;
    if
    :: rpc != NO_RPC ->
        cancelling = true;
        failed = true;
        goto resume
    :: else
    fi;
    cancelling = false;
    failed = false;
    put_if_held(request_refs, ocall_memory, ocall_memory_refs);
    put_if_held(invoke_refs, memory, memory_refs);
    goto settle;

/* The files: what closing each of them does. */
close_context:
    context_file = false;
    owed++;
    if
    :: PRE_RELEASE && pending -> goto cancel
    :: else -> goto settle
    fi;

close_memory:
    memory_file = false;
    put(memory, memory_refs);
    goto settle;

close_ocall_memory:
    ocall_memory_file = false;
    put(ocall_memory, ocall_memory_refs);
    goto settle;

close_request:
    request_file = false;
    owed++;
    if
    :: pending -> goto cancel
    :: else -> goto settle
    fi;

/* What has lost its last reference is released before the system call returns. */
settle:
    if
    :: memory == LIVE && memory_refs == 0 && mobj_refs <= 1 ->
        goto unregister
    :: memory == LIVE && memory_refs == 0 && mobj_refs > 1 ->
        goto unregister_early
    :: ocall_memory == LIVE && ocall_memory_refs == 0 ->
        breaks(NO_USE_AFTER_FREE, ocall_mobj);
        ocall_memory = FREED;
        owed++;
        goto settle
    :: else
    fi;
    do
    :: owed > 0 -> owed--; put(context, context_refs)
    :: else -> break
    od;
    if
    :: context == LIVE && context_refs == 0 ->
        context = RELEASING;
        if
        :: pending -> goto cancel
        :: else -> goto settle
        fi
    :: context == RELEASING && session ->
        goto close_session
    :: context == RELEASING && !session ->
        context = FREED
    :: else
    fi;
    if
    :: at == DONE
    :: else -> goto user
    fi;

/* The end of the process: its files, one after the other. */
die:
    at = DONE;
    round = 0;
    if
    :: context_file -> goto close_context
    :: memory_file -> goto close_memory
    :: ocall_memory_file -> goto close_ocall_memory
    :: request_file -> goto close_request
    :: else -> goto left
    fi;

/* No thread will ever be free, or no MOBJ. */
stuck:
    violated(NO_DEADLOCK);

/* What is left now is left for good. */
left:
    breaks(NO_SUSPENDED_THREAD, rpc != NO_RPC || asleep);
    breaks(COMPLETED_ONCE, rpc != NO_RPC);
    breaks(NO_CONTEXT_LEAK, context == LIVE || context == RELEASING);
    breaks(NO_SESSION_LEAK, session);
    breaks(NO_SHM_LEAK, memory == LIVE || ocall_memory == LIVE);
    breaks(NO_MOBJ_LEAK, mobj_refs > 0 || ocall_mobj);
    context = NONE;             /* so that ends look alike */
    memory = NONE;
    ocall_memory = NONE;
    false
}

/*
 * Where clients meet: each waits until a secure thread is free. One that never will be is seen by
 * `timeout`, which is true where nobody can go on.
 */

/* A call that returns at once needs a thread, and has given it back when it is over. */
open_session:
    if
    :: free_threads > 0
    :: timeout -> goto stuck
    fi;
    private {
        session = true;
        at = (PASSES_MEMORY -> REGISTER : INVOKE);
        goto user
    }

register:
    if
    :: free_threads > 0
    :: timeout -> goto stuck
    fi;
    private {
        memory = LIVE;
        memory_refs = 1;
        mobj_refs = 1;
        memory_file = true;
        at = INVOKE;
        goto user
    }

/* The TA runs to its request, and its invocation keeps the thread and the MOBJ. */
invoke:
    if
    :: atomic { free_threads > 0 -> free_threads-- }
    :: timeout -> goto stuck
    fi;
    private {
        mobj_refs = mobj_refs + PASSES_MEMORY;
        rpc = (OCALL_MEMORY -> ALLOC : OCALL);
        at = SERVE;
        goto back
    }

complete:
    free_threads++;
    goto resumed;

unregister:
    if
    :: free_threads > 0
    :: timeout -> goto stuck
    fi;
    goto unregistered;

/* The MOBJ is in use: secure world waits for it, and keeps the thread. */
unregister_early:
    if
    :: atomic { free_threads > 0 -> free_threads-- }
    :: timeout -> goto stuck
    fi;
    asleep = true;
    violated(NO_BLOCKING_RELEASE);
    if
    :: mobj_refs == 1
    :: timeout -> goto stuck
    fi;
    asleep = false;
    free_threads++;

unregistered:
    private {
        mobj_refs = 0;
        memory = FREED;
        owed++;
        goto settle
    }

/* Asked by the client, or by the release of its context. */
close_session:
    if
    :: free_threads > 0
    :: timeout -> goto stuck
    fi;
    private {
        session = false;
        if
        :: context == RELEASING -> goto settle
        :: else -> at = CLOSE_CONTEXT; goto user
        fi
    }
}

init
{
    byte design, scenario, threads, client;

    select(design : ECALL_BARE .. TWO_LISTS);
    select(scenario : FLOW_1 .. FLOW_2_MEMREF);
    select(threads : 1 .. MOST_THREADS);
    atomic {
        (DESIGNS_TRIED >> design) & (SCENARIOS_TRIED >> scenario) & (THREADS_TRIED >> threads) & 1;
        free_threads = threads;
        do
        :: client < CLIENTS ->
            run Client((design * SCENARIOS + scenario) * MOST_THREADS + threads - 1,
                design, scenario);
            client++
        :: else -> break
        od;
        d_step { design = 0; scenario = 0; threads = 0; client = 0 }
    }
}
