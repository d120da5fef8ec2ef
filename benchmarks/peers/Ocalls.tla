------------------------------- MODULE Ocalls -------------------------------
(***************************************************************************)
(* OCALLs of OP-TEE, and the end of a client that makes them, for TLC.     *)
(*                                                                         *)
(* Modelled: clients, each a process of one thread with a context, a       *)
(* session, memory that it registers, and a buffer that it allocates for   *)
(* an OCALL; the TEE driver and the OP-TEE driver in the system calls that *)
(* it makes; secure world as far as it holds secure threads and memory     *)
(* objects (MOBJs).  A client may be killed wherever it is in user mode;   *)
(* it then closes its files in any order.  A handler may fail, and a       *)
(* client may refuse to allocate.                                          *)
(*                                                                         *)
(* A system call is the sequence of what the kernel has yet to do for it.  *)
(* What is counted is kept as the set of those who hold a reference, so    *)
(* that a reference is dropped by the one who took it or not at all.       *)
(*                                                                         *)
(* Grain: a client runs until it is back in user mode or comes to a step   *)
(* of a kind in Interrupts, before which others may run.  Secure world     *)
(* runs from its entry or resume to its request or return in one step.     *)
(*                                                                         *)
(* Every cell of Designs x Scenarios x ThreadCounts is a start.  What      *)
(* breaks is printed, once, as <<design, scenario, threads, property>>.    *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS Clients, Rounds, Designs, Scenarios, ThreadCounts, Interrupts

VARIABLES cell, client

vars == <<cell, client>>

(***************************************************************************)
(* What a scenario passes, and what a design decides.                      *)
(***************************************************************************)

PassesMemory == cell.scenario \in {"flow-1-memref", "flow-2-memref"}
PassesBuffer == cell.scenario \in {"flow-2", "flow-2-memref"}

HasPreRelease == cell.design \in {"ecall", "meta", "held-refs-pre-release", "two-lists"}
HasRequestFile == cell.design \in {"ocall-fd", "held-refs-ocall-fd"}
RequestHolds == cell.design # "two-lists"
InvokeHolds ==
    cell.design \in {"held-refs", "held-refs-ocall-fd", "held-refs-pre-release", "two-lists"}

(***************************************************************************)
(* A client: what it is about to do, and all that is there because of it.  *)
(***************************************************************************)

Things == {"context", "memory", "buffer"}

Start ==
    [ at |-> "open context", round |-> 1, files |-> {}, todo |-> <<>>,
      state |-> [thing \in Things |-> "none"],      \* live, releasing, freed
      holders |-> [thing \in Things |-> {}],
      session |-> FALSE,
      pending |-> FALSE,                            \* the driver waits for an answer
      rpc |-> "none",                               \* what secure world has asked for
      asleep |-> FALSE,                             \* a release waits in secure world
      mobj |-> [thing \in Things |-> {}],           \* who holds the MOBJ made of it
      bad |-> {} ]

Init ==
    /\ cell \in [design : Designs, scenario : Scenarios, threads : ThreadCounts]
    /\ client = [c \in Clients |-> Start]

Occupied(r) == (IF r.rpc # "none" THEN 1 ELSE 0) + (IF r.asleep THEN 1 ELSE 0)

RECURSIVE Sum(_)
Sum(some) ==
    IF some = {} THEN 0
    ELSE LET c == CHOOSE c \in some : TRUE IN Occupied(client[c]) + Sum(some \ {c})

ThreadIsFree == Sum(Clients) < cell.threads

(***************************************************************************)
(* The steps of the kernel.  Each gives the client after it; what a step   *)
(* leads to is done before what was to come.                               *)
(***************************************************************************)

Then(r, steps) == [r EXCEPT !.todo = steps \o @]
If(condition, steps) == IF condition THEN steps ELSE <<>>
Breaks(r, property) == [r EXCEPT !.bad = @ \union {property}]

Get(thing, holder) == <<"get", thing, holder>>
Put(thing, holder) == <<"put", thing, holder>>
PutIfHeld(r, thing, holder) == If(holder \in r.holders[thing], <<Put(thing, holder)>>)

DoGet(r, thing, holder) ==
    CASE r.state[thing] = "live" -> [r EXCEPT !.holders[thing] = @ \union {holder}]
      [] r.state[thing] = "releasing" -> r
      [] OTHER -> Breaks(r, "no-use-after-free")

Release(thing) ==
    CASE thing = "memory" ->
            << <<"unregister">>, <<"free", "memory">>, Put("context", "memory") >>
      [] thing = "buffer" ->
            << <<"free", "buffer">>, Put("context", "buffer") >>
      [] thing = "context" ->
            << <<"releasing">>, <<"cancel">>, <<"close session">>, <<"free", "context">> >>

DoPut(r, thing, holder) ==
    CASE r.state[thing] = "releasing" -> r
      [] r.state[thing] # "releasing" /\ r.state[thing] # "live" ->
            Breaks(r, "no-use-after-free")
      [] r.state[thing] = "live" /\ holder \notin r.holders[thing] ->
            Breaks(r, "counts-never-negative")
      [] OTHER ->
            Then([r EXCEPT !.holders[thing] = @ \ {holder}],
                 If(r.holders[thing] = {holder}, Release(thing)))

DoMake(r, thing) ==
    [r EXCEPT !.state[thing] = "live",
              !.holders[thing] = {"file"},
              !.files = @ \union {thing}]

(* Secure world goes on, to its next request or to its end. *)
Touch(r) == IF r.state["buffer"] = "live" THEN r ELSE Breaks(r, "no-use-after-free")

DoResume(r, failed) ==
    CASE r.rpc = "none" ->
            Breaks(r, "completed-once")
      [] r.rpc = "alloc" /\ ~failed ->
            [Touch(r) EXCEPT !.rpc = "ocall", !.mobj["buffer"] = {"ocall"}]
      [] r.rpc = "ocall" /\ PassesBuffer ->
            [IF failed THEN r ELSE Touch(r) EXCEPT !.rpc = "free", !.mobj["buffer"] = {}]
      [] OTHER ->
            [r EXCEPT !.rpc = "none", !.mobj["memory"] = @ \ {"invoke"}]

(* The ioctl returns to the client, with a request or with the result. *)
DoReturn(r) ==
    IF r.rpc = "none"
    THEN Then(r, PutIfHeld(r, "memory", "invoke") \o PutIfHeld(r, "buffer", "answer"))
    ELSE Then([r EXCEPT !.pending = TRUE],
              If(r.rpc = "ocall" /\ PassesBuffer /\ RequestHolds, <<Get("buffer", "request")>>)
              \o If(HasRequestFile, << Get("context", "request"), <<"open", "request">> >>)
              \o If(~InvokeHolds, PutIfHeld(r, "memory", "invoke"))
              \o PutIfHeld(r, "buffer", "answer"))

(* The client has answered: the request leaves nothing behind any more. *)
DoAnswered(r) ==
    Then([r EXCEPT !.pending = FALSE],
         If("request" \in r.files, << <<"close", "request">>, Put("context", "request") >>)
         \o PutIfHeld(r, "buffer", "request"))

(* Nobody will answer: secure world hears so until the invocation ends. *)
DoCancel(r) ==
    IF r.pending
    THEN Then([r EXCEPT !.pending = FALSE], << <<"resume dead">>, <<"drop">> >>)
    ELSE r

DoResumeDead(r) ==
    IF r.rpc = "none" THEN r ELSE Then(DoResume(r, TRUE), << <<"resume dead">> >>)

DoDrop(r) == Then(r, PutIfHeld(r, "buffer", "request") \o PutIfHeld(r, "memory", "invoke"))

DoUnregister(r) ==
    IF r.mobj["memory"] \subseteq {"registered"}
    THEN [r EXCEPT !.mobj["memory"] = {}]
    ELSE Then([r EXCEPT !.asleep = TRUE], << <<"wait for MOBJ">> >>)

Do(r, step) ==
    CASE step[1] = "get" -> DoGet(r, step[2], step[3])
      [] step[1] = "put" -> DoPut(r, step[2], step[3])
      [] step[1] = "make" -> DoMake(r, step[2])
      [] step[1] = "open" -> [r EXCEPT !.files = @ \union {step[2]}]
      [] step[1] = "close" -> [r EXCEPT !.files = @ \ {step[2]}]
      [] step[1] = "free" -> [r EXCEPT !.state[step[2]] = "freed"]
      [] step[1] = "releasing" -> [r EXCEPT !.state["context"] = "releasing"]
      [] step[1] = "open session" -> [r EXCEPT !.session = TRUE]
      [] step[1] = "close session" -> [r EXCEPT !.session = FALSE]
      [] step[1] = "register" -> [r EXCEPT !.mobj["memory"] = {"registered"}]
      [] step[1] = "unregister" -> DoUnregister(r)
      [] step[1] = "wait for MOBJ" -> [r EXCEPT !.asleep = FALSE, !.mobj["memory"] = {}]
      [] step[1] = "invoke" ->
            [r EXCEPT !.rpc = IF PassesBuffer THEN "alloc" ELSE "ocall",
                      !.mobj["memory"] = IF PassesMemory THEN @ \union {"invoke"} ELSE @]
      [] step[1] = "resume" -> DoResume(r, step[2])
      [] step[1] = "resume dead" -> DoResumeDead(r)
      [] step[1] = "return" -> DoReturn(r)
      [] step[1] = "answered" -> DoAnswered(r)
      [] step[1] = "cancel" -> DoCancel(r)
      [] step[1] = "drop" -> DoDrop(r)

(* A new call waits in the queue until a thread is free. *)
CanDo(r, step) ==
    CASE step[1] \in {"open session", "register", "invoke", "unregister"} -> ThreadIsFree
      [] step[1] = "close session" -> ~r.session \/ ThreadIsFree
      [] step[1] = "wait for MOBJ" -> r.mobj["memory"] = {"registered"}
      [] OTHER -> TRUE

First(r) == Do([r EXCEPT !.todo = Tail(@)], Head(r.todo))

RECURSIVE Run(_)
Run(r) == IF r.todo = <<>> \/ Head(r.todo)[1] \in Interrupts THEN r ELSE Run(First(r))

(***************************************************************************)
(* User mode: the client's program, a kill, the end of its process.        *)
(***************************************************************************)

Close(file) ==
    << <<"close", file>> >> \o
    CASE file = "context" -> If(HasPreRelease, << <<"cancel">> >>) \o <<Put("context", "file")>>
      [] file = "request" -> << <<"cancel">>, Put("context", "request") >>
      [] OTHER -> <<Put(file, "file")>>

Answer(r, failed) ==
    If("buffer" \in r.files /\ r.rpc # "free", <<Get("buffer", "answer")>>)
    \o << <<"answered">>, <<"resume", failed>>, <<"return">> >>

Call(r, next, steps) == [r EXCEPT !.at = next, !.todo = steps]

EachRound == IF PassesMemory THEN "register" ELSE "invoke"

AfterRound(r) ==
    IF r.round < Rounds
    THEN [r EXCEPT !.round = @ + 1, !.at = EachRound]
    ELSE [r EXCEPT !.at = "close session"]

Serve(r) ==
    CASE r.rpc = "alloc" ->
            IF "buffer" \in r.files
            THEN {Call(r, "serve", Answer(r, FALSE))}
            ELSE {Call(r, "serve", << Get("context", "buffer"), <<"make", "buffer">> >>),
                  Call(r, "serve", Answer(r, TRUE))}
      [] r.rpc = "ocall" ->
            {Call(r, "serve", Answer(r, failed)) : failed \in BOOLEAN}
      [] r.rpc = "free" ->
            {Call(r, "serve", IF "buffer" \in r.files THEN Close("buffer") ELSE Answer(r, FALSE))}
      [] r.rpc = "none" ->
            {IF PassesMemory THEN Call(r, "release", Close("memory")) ELSE AfterRound(r)}

Program(r) ==
    CASE r.at = "open context" -> {Call(r, "open session", << <<"make", "context">> >>)}
      [] r.at = "open session" -> {Call(r, EachRound, << <<"open session">> >>)}
      [] r.at = "register" ->
            {Call(r, "invoke",
                  << Get("context", "memory"), <<"register">>, <<"make", "memory">> >>)}
      [] r.at = "invoke" ->
            {Call(r, "serve",
                  If(PassesMemory, <<Get("memory", "invoke")>>)
                  \o << <<"invoke">>, <<"return">> >>)}
      [] r.at = "serve" -> Serve(r)
      [] r.at = "release" -> {AfterRound(r)}
      [] r.at = "close session" ->
            {Call(r, "close context", << <<"cancel">>, <<"close session">> >>)}
      [] r.at = "close context" -> {Call(r, "exit", Close("context"))}

Killed(r) == [r EXCEPT !.at = "exit", !.round = 1]

(* What is freed does not matter any more: ends look alike. *)
Ended(r) ==
    [r EXCEPT !.at = "ended",
              !.state = [thing \in Things |-> IF @[thing] = "freed" THEN "none" ELSE @[thing]]]

InUserMode(r) ==
    CASE r.at = "ended" -> {}
      [] r.at = "exit" ->
            IF r.files = {} THEN {Ended(r)} ELSE {Call(r, "exit", Close(file)) : file \in r.files}
      [] OTHER -> Program(r) \union {Killed(r)}

After(r) ==
    IF r.todo = <<>>
    THEN {Run(next) : next \in InUserMode(r)}
    ELSE {Run(First(r)) : can \in {TRUE} \intersect {CanDo(r, Head(r.todo))}}

Next ==
    /\ \E c \in Clients : \E next \in After(client[c]) : client' = [client EXCEPT ![c] = next]
    /\ UNCHANGED cell

Spec == Init /\ [][Next]_vars

(***************************************************************************)
(* The properties.                                                         *)
(***************************************************************************)

Waits(r) == r.todo # <<>> /\ ~CanDo(r, Head(r.todo))

Quiescent == \A c \in Clients : client[c].at = "ended" \/ Waits(client[c])

Some(Test(_)) == \E c \in Clients : Test(client[c])

Unheld(r) == \E thing \in Things : r.state[thing] = "freed" /\ r.mobj[thing] # {}
Asleep(r) == r.asleep
Suspended(r) == r.rpc # "none"
HasContext(r) == r.state["context"] \in {"live", "releasing"}
HasSession(r) == r.session
HasMemory(r) == \E thing \in {"memory", "buffer"} : r.state[thing] = "live"
HasMobj(r) == \E thing \in Things : r.mobj[thing] # {}

Always ==
    UNION {client[c].bad : c \in Clients}
    \union (IF Some(Unheld) THEN {"no-use-after-free"} ELSE {})
    \union (IF Some(Asleep) THEN {"no-blocking-release"} ELSE {})

AtEnd ==
    (IF Some(Waits) THEN {"no-deadlock"} ELSE {})
    \union (IF Some(Suspended) THEN {"no-suspended-thread", "completed-once"} ELSE {})
    \union (IF Some(Asleep) THEN {"no-suspended-thread"} ELSE {})
    \union (IF Some(HasContext) THEN {"no-context-leak"} ELSE {})
    \union (IF Some(HasSession) THEN {"no-session-leak"} ELSE {})
    \union (IF Some(HasMemory) THEN {"no-shm-leak"} ELSE {})
    \union (IF Some(HasMobj) THEN {"no-mobj-leak"} ELSE {})

Broken == Always \union (IF Quiescent THEN AtEnd ELSE {})

(***************************************************************************)
(* An invariant that is never violated, and prints what is.                *)
(***************************************************************************)

ASSUME TLCSet(1, {})

Tell(property) ==
    LET line == <<cell.design, cell.scenario, cell.threads, property>>
    IN  \/ line \in TLCGet(1)
        \/ TLCSet(1, TLCGet(1) \union {line}) /\ PrintT(line)

Told == \A property \in Broken : Tell(property)

Symmetry == Permutations(Clients)
=============================================================================
