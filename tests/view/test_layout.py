"""What there is to draw of a run."""

from __future__ import annotations

import pytest

from ocallkit.model.events import OPTEE, OPTEE_DRIVER, TEE_DRIVER, Note, Span, Thread
from ocallkit.view.layout import (
    ABOVE,
    Bar,
    DividerRow,
    MessageRow,
    NoteRow,
    kind_of,
    layout,
    note_words,
    thread_keys,
)
from tests.view.made import MadeRun, down, flow_1, ioctl, killed, opening, say


def names(run: MadeRun, *, whole: bool = False) -> list[str]:
    """Name the lifelines of a run."""
    return [lifeline.name for lifeline in layout(run, whole=whole).lifelines]


def bars(run: MadeRun, kind: str) -> list[tuple[int, int | None]]:
    """List where the bars of one kind begin and end."""
    return [(bar.first, bar.last) for bar in layout(run).bars if bar.kind == kind]


def test_six_lifelines_in_three_bands() -> None:
    """The parties stand from user space to secure world."""
    expected = [
        ("CA", "user space"),
        ("TEE Driver", "kernel"),
        ("OP-TEE Driver", "kernel"),
        ("OP-TEE", "secure world"),
        ("OCALL PTA", "secure world"),
        ("TA", "secure world"),
    ]
    lifelines = layout(MadeRun(flow_1())).lifelines
    assert expected == [(lifeline.name, lifeline.band) for lifeline in lifelines]


def test_a_ta_that_nothing_touches_is_left_out() -> None:
    """The four parties that every call passes stay even where nothing happens."""
    assert names(MadeRun(opening())) == ["CA", "TEE Driver", "OP-TEE Driver", "OP-TEE"]


def test_each_client_has_its_own_ca_and_ta() -> None:
    """With two clients the lifelines of user space and of the TAs carry their names."""
    run = MadeRun((*flow_1("A"), *flow_1("B", 1)), clients=("A", "B"))
    expected = [
        "CA A",
        "CA B",
        "TEE Driver",
        "OP-TEE Driver",
        "OP-TEE",
        "OCALL PTA",
        "TA A",
        "TA B",
    ]
    assert expected == names(run)


def test_messages_are_numbered_past_notes() -> None:
    """A note has no number."""
    rows = layout(MadeRun(flow_1())).rows
    assert rows[9] == NoteRow(0, "CA services OCALL")
    after = rows[10]
    assert isinstance(after, MessageRow)
    assert (after.number, after.source, after.target) == (10, 0, 1)
    assert len(layout(MadeRun(flow_1())).messages) == 18


def test_a_note_names_its_client_where_there_are_several() -> None:
    """Otherwise nobody could tell whose OCALL it is."""
    run = MadeRun((*flow_1("A"), *flow_1("B")), clients=("A", "B"))
    notes = [row.text for row in layout(run).rows if isinstance(row, NoteRow)]
    assert notes == ["CA A services OCALL", "CA B services OCALL"]


def test_the_end_of_one_of_several_clients_is_named_once() -> None:
    """The kernel's word for a process has its name already."""
    note = Note(client="A", party="CA", text="exit of CA A closes context")
    assert "exit of CA A closes context" == note_words(note, several=True)


def test_a_thread_has_lifelines_of_its_own_and_a_key_says_whose_it_is() -> None:
    """The name is the one of the model, which a reader has not met before."""
    run = MadeRun((*flow_1("A"), *flow_1("A.2", 1)), clients=("A", "A.2"))
    assert ["CA A", "CA A.2", "TEE Driver"] == names(run)[:3]
    assert ("A.2: thread 2 of CA A",) == thread_keys(names(run))


@pytest.mark.parametrize(
    ("source", "label", "expected"),
    [
        ("CA", "TEE_IOC_INVOKE", "system call"),
        ("CA", "open", "system call"),
        ("TEE Driver", "dispatch", "call"),
        ("TA", "TEE_InvokeCACommand", "call"),
        ("OP-TEE Driver", "SMC/RPC Resume", "SMC"),
        ("OCALL PTA", "RPC/OCALL Req'", "RPC"),
        ("TEE Driver", "ret", "return"),
    ],
)
def test_kind_of_message(source: str, label: str, expected: str) -> None:
    """A message's label and source tell how it travels."""
    assert expected == kind_of(say("A", source, label, "OP-TEE"))


def test_an_ioctl_reaches_from_its_first_message_to_its_last() -> None:
    """Between two ioctls, while the CA services the OCALL, there is no bar."""
    assert bars(MadeRun(flow_1()), "ioctl") == [(0, 8), (10, 18)]


def test_a_thread_runs_between_entry_and_return() -> None:
    """It begins with the SMC and ends with the RPC, and again from the resume to the return."""
    assert bars(MadeRun(flow_1()), "running") == [(2, 6), (12, 16)]


def test_a_thread_is_suspended_from_its_rpc_to_its_resume() -> None:
    """Through the CA's work in user space nothing of it runs."""
    assert bars(MadeRun(flow_1()), "suspended") == [(6, 12)]


def test_a_thread_that_nobody_resumes_stays_suspended() -> None:
    """The bar has no end."""
    assert bars(MadeRun(killed()), "suspended") == [(6, None)]
    assert layout(MadeRun(killed())).rows[-1] == DividerRow("CA A is killed")


def test_a_thread_changes_with_its_message_whichever_is_reported_first() -> None:
    """A step may report a thread's change before the message that brings it about."""
    running = Thread(client="A", thread=0, state="running")
    free = Thread(client="A", thread=0, state="free")
    smc = say("A", OPTEE_DRIVER, "SMC/Invoke", OPTEE)
    ret = say("A", OPTEE, "ret", OPTEE_DRIVER)
    ends = say("A", OPTEE_DRIVER, "ret", TEE_DRIVER)
    for events in ((running, smc, free, ret, ends), (smc, running, ret, free, ends)):
        assert bars(MadeRun(events), "running") == [(0, 1)]


def test_what_had_begun_before_the_window_comes_in_from_above() -> None:
    """Another client's ioctl and thread were under way when the invocation began."""
    run = MadeRun((*down("B", "Func Invoke", "Func Invoke", 1), *flow_1()), clients=("A", "B"))
    above = [bar for bar in layout(run).bars if bar.first == ABOVE]
    assert above == [
        Bar(1, "ioctl", "TEE_IOC_ECALL", "B", ABOVE, None, 0),
        Bar(4, "running", "thread 1", "B", ABOVE, None, 1),
    ]


def test_an_ioctl_within_an_ioctl_stands_beside_it() -> None:
    """The inner one ends first, and neither hides the other."""
    inner = (
        ioctl("A", "TEE_IOC_CLOSE_SESSION", begins=True),
        say("A", "CA", "TEE_IOC_CLOSE_SESSION", TEE_DRIVER),
        ioctl("A", "TEE_IOC_CLOSE_SESSION", begins=False),
    )
    outer = down("A", "Func Invoke", "Func Invoke")
    run = MadeRun((*outer, *inner, ioctl("A", "TEE_IOC_ECALL", begins=False)))
    ioctls = [(b.label, b.first, b.last, b.slot) for b in layout(run).bars if b.kind == "ioctl"]
    assert ioctls == [("TEE_IOC_ECALL", 0, 3, 0), ("TEE_IOC_CLOSE_SESSION", 3, 3, 1)]


def test_the_ending_belongs_to_the_last_event() -> None:
    """A window that stops before the run's end does not say why the run stopped."""
    later = Note(client="A", party="CA", text="CA closes context")
    stopped = MadeRun((*flow_1(), later), ending="A waits for B")
    assert layout(stopped).ending == ""
    assert layout(stopped, whole=True).ending == "A waits for B"


def test_an_ioctl_without_a_message_has_no_bar() -> None:
    """It would have nothing to stand beside, wherever it is."""
    begins, ends = (Span(client="A", kind="ioctl", name="x", begins=b) for b in (True, False))
    plain = layout(MadeRun(flow_1())).bars
    for events in (
        (begins, ends, *flow_1()),
        (*flow_1(), begins, ends),
        (*flow_1(), begins),
        (begins, flow_1()[0], ends, *flow_1()[1:]),
    ):
        assert plain == layout(MadeRun(events), whole=True).bars
