"""Processes that make system calls by octets, in an order that is written down beforehand.

A `Machine` is one system on one path.  Each thread has at most one system call under way; an `Act`
begins one, or goes on with it for some steps.  So a list of acts can be carried out again, and a
shorter list of them too: an act that means nothing where it stands does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from ocallkit.engine import Become, Blocked, Choose
from ocallkit.judging.assembly import CLIENT_NAMES, checked, find_design, find_switches, handle
from ocallkit.model import raw_ioctl
from ocallkit.model.config import Config
from ocallkit.model.exit import GROUP, do_exit
from ocallkit.model.user_mode import die
from ocallkit.model.world import Process, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocallkit.engine import Option, Steps
    from ocallkit.model.config import Client, TrustedApp

TO_ITS_END = 1 << 30
"""Steps of an act that lets a call go on until it returns, or has to wait."""

MOST_STEPS = 5_000
"""Of one call, or of one exit: it has no end if it takes more."""


class Ioctl(NamedTuple):
    """An ioctl on the device that the context `context` is of."""

    context: str
    request: int
    data: bytes = b""
    user: bytes = b""


class Open(NamedTuple):
    """open(2) of a device."""

    device: str


class Close(NamedTuple):
    """close(2) of a number."""

    fd: int


class Store(NamedTuple):
    """The process writes to its memory of a number."""

    number: int
    offset: int
    data: bytes


class Exit(NamedTuple):
    """exit_group(2)."""


Call = Ioctl | Open | Close | Store | Exit


class Act(NamedTuple):
    """A thread begins a call, if it has none under way, and goes on for some steps.

    `pick` says which way, where a step can go several.
    """

    task: str
    call: Call | None = None
    steps: int = TO_ITS_END
    pick: int = 0


class Setup(NamedTuple):
    """One system: its design, its secure threads, how many threads each process has, its TAs."""

    design: str
    tas: tuple[TrustedApp, ...]
    threads: int = 2
    processes: tuple[int, ...] = (1,)
    switches: tuple[tuple[str, str], ...] = ()


class EndlessCallError(AssertionError):
    """A call takes more steps than any has."""


class Task:
    """A thread: its handle, and the program that it is in, if it is in one."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.call: Call | None = None
        self.running: Steps | None = None
        self.step: Any = None
        self.taken = 0
        self.waits = -1
        self.ends = False
        self.ended = False

    @property
    def idle(self) -> bool:
        """Whether it is in user mode."""
        return self.running is None and not self.ended


class Machine:
    """One system on one path; `returned` is told of each call that comes back."""

    def __init__(
        self, setup: Setup, returned: Callable[[Task, Call, Any], None] | None = None
    ) -> None:
        config = Config(
            checked(find_design(setup.design)),
            setup.threads,
            {ta.name: ta for ta in setup.tas},
            frozenset(),
            switches=find_switches(dict(setup.switches)),
        )
        self.world = World(config)
        self.tasks: dict[str, Task] = {}
        self.calls = 0
        self.turn = 0
        self._returned = returned
        for name, count in zip(CLIENT_NAMES, setup.processes, strict=False):
            names = tuple(name if n == 1 else f"{name}.{n}" for n in range(1, count + 1))
            several = count > 1
            self.world.put(Process(name, tasks=names if several else (), threads=count))
            for task in names:
                self.tasks[task] = Task(handle(config, name, task, several=several))

    def perform(self, acts: Iterable[Act]) -> None:
        """Carry out a list of acts."""
        for act in acts:
            self.act(act)

    def act(self, act: Act) -> None:
        """Carry out one act."""
        task = self.tasks[act.task]
        if act.call is not None and task.idle:
            self.calls += 1
            self._begin(task, act.call)
        left = act.steps
        while left and task.running is not None and self._goes(task, act.pick):
            left -= 1

    def exit_all(self, pick: int = 0) -> None:
        """Let every process end, one after the other where they can."""
        for task in self.tasks.values():
            alive = self.world.processes[task.client.name].state == "running"
            if task.idle and alive:
                self.act(Act(task.client.task, Exit(), 1, pick))
        for name in {task.client.name: None for task in self.tasks.values()}:
            if self.world.processes[name].state == "running":
                die(self.world, self.tasks[name].client)
        went = True
        while went:
            # Each of them, though one has gone on already.
            went = sum(self._goes_on(task, pick) for task in self.tasks.values()) > 0

    def can_go(self) -> list[Task]:
        """The threads that may do something: nothing has happened since the others had to wait."""
        turn = self.turn
        return [task for task in self.tasks.values() if not task.ended and task.waits != turn]

    @property
    def stuck(self) -> list[Task]:
        """The threads that wait in the kernel."""
        return [task for task in self.tasks.values() if task.running is not None]

    # --- steps ---

    def _goes_on(self, task: Task, pick: int) -> bool:
        """Let a task go as far as it can; whether it went at all."""
        went = False
        while task.running is not None and self._goes(task, pick):
            went = True
        return went

    def _goes(self, task: Task, pick: int) -> bool:
        """Take one step; false if it has to wait, and nothing of it has happened."""
        world = self.world
        parts, pools = world.parts.copy(), world.pools.copy()
        function, *given = task.step
        try:
            result = function(world, *given)
        except Blocked:
            world.parts, world.pools = parts, pools
            task.waits = self.turn
            return False
        self.turn += 1
        task.taken += 1
        if task.taken > MOST_STEPS:
            raise EndlessCallError(f"{task.client.task} takes more than {MOST_STEPS} steps")
        if type(result) is not Choose:
            self._receive(task, result)
            return True
        ways = [way for way in result.options if not (way.fault or way.resort)]
        if not ways:
            world.parts, world.pools = parts, pools
            task.waits = self.turn
            return False
        self._take(task, ways[pick % len(ways)])
        return True

    def _take(self, task: Task, way: Option) -> None:
        if way.effect is not None:
            way.effect(self.world)
        for name, become in way.also:
            self._become(self.tasks[name], become)
        self._receive(task, way.value)

    def _receive(self, task: Task, value: Any) -> None:
        """Hand a program what its step gave, and note what it asks for next."""
        if type(value) is Become:
            self._become(task, value)
            return
        running = task.running
        assert running is not None
        try:
            task.step = running.send(value)
        except StopIteration as end:
            self._over(task, end.value)

    def _over(self, task: Task, value: Any) -> None:
        if type(value) is Become:
            self._become(task, value)
            return
        call, task.running, task.call = task.call, None, None
        if task.ends:
            task.ended = True
        elif call is not None and self._returned is not None:
            self._returned(task, call, value)

    def _become(self, task: Task, become: Become) -> None:
        """A thread goes on as another program: the end of it."""
        task.ends = True
        self._start(task, become.program(*become.args))

    def _begin(self, task: Task, call: Call) -> None:
        task.call, task.taken = call, 0
        task.ends = isinstance(call, Exit)
        self._start(task, program_of(task.client, call))

    def _start(self, task: Task, running: Steps) -> None:
        task.running = running
        self._receive(task, None)


def program_of(client: Client, call: Call) -> Steps:
    """The program of a system call."""
    if isinstance(call, Ioctl):
        device = replace(client, context=call.context, raw=True)
        return raw_ioctl.ioctl(device, call.request, call.data, call.user)
    if isinstance(call, Open):
        return raw_ioctl.open_device(client, call.device)
    if isinstance(call, Close):
        return raw_ioctl.close(replace(client, raw=True), call.fd)
    if isinstance(call, Store):
        return stores(client, call)
    return do_exit(client, None, GROUP)


def stores(client: Client, call: Store) -> Steps:
    """No system call: the process writes to memory that it has mapped."""
    yield raw_ioctl.store, client, call.number, call.offset, call.data
