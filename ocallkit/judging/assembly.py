"""A scenario under a design, ready to run: the one place where the parts are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ocallkit.designs import DEFAULT, EVERY, EcallBare
from ocallkit.designs.checked import Checked
from ocallkit.designs.handed import handed
from ocallkit.designs.meta import BY_PARAMETER, by_parameter
from ocallkit.engine import Node, State, System
from ocallkit.engine.blame import words
from ocallkit.errors import UsageError, find
from ocallkit.model.config import (
    ALL_CAPS,
    FAULTS,
    MISSING,
    MORE_FAULTS,
    SUPPLICANT,
    SWITCHES,
    WORKER,
    Client,
    Config,
)
from ocallkit.model.exit import process
from ocallkit.model.kernel_client import kernel_client
from ocallkit.model.teec_server import server
from ocallkit.model.teec_thread import server_of
from ocallkit.model.worker import worker
from ocallkit.model.world import Process, World
from ocallkit.scenarios import ALL, KernelClient, Scenario, Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

CLIENT_NAMES = "ABCDEFGH"
"""What the clients are called; as many as a system can have."""

NUM_THREADS = 2
"""CFG_NUM_THREADS where nothing else is said."""

ANY: Final = "any"
"""As many clients as tell of any number of them, where a verdict can: one more than threads."""


FILE: Final = ".py"
"""How the name of a file ends."""

IN_WORDS: Final = "hunt:"
"""How a scenario's name begins that says itself what is done, as `scenarios.grammar` reads it."""


def is_own(spec: str) -> bool:
    """Whether it names something of a reader's own, by its file or its module.

    >>> is_own("mine.py:Mine"), is_own("ecall"), is_own("hunt:context.session.invoke-a")
    (True, False, False)
    """
    return not spec.startswith(IN_WORDS) and (":" in spec or spec.endswith(FILE))


def _own(kind: str, spec: str) -> Any:  # noqa: ANN401 - a scenario or a design
    from ocallkit.judging.specs import load  # noqa: PLC0415 - few name a file

    return load(kind, spec)


def find_scenario(scenario: str | Scenario) -> Scenario:
    """A scenario by its name, its file or its module; one that a reader made is taken as it is.

    A name that begins with ``hunt:`` says itself what is done, as `scenarios.grammar` reads it.

    Raises UnknownNameError for another name, UsageError for one of a reader's that no token can
    carry.
    """
    if isinstance(scenario, Scenario):
        if not scenario.name.strip() or "/" in scenario.name:
            raise UsageError(f"a scenario is called by a text without '/', not {scenario.name!r}")
        return scenario
    if not isinstance(scenario, str):
        raise UsageError(f"{words(scenario)}: a scenario is a name or a Scenario")
    if is_own(scenario):
        found: Scenario = _own("scenario", scenario)
        return found
    if scenario.startswith(IN_WORDS):
        from ocallkit.scenarios.grammar import parse  # noqa: PLC0415 - few names are programs

        return parse(scenario).scenario
    return find("scenario", scenario, ALL)


def find_design(design: str | type[EcallBare]) -> EcallBare:
    """A design by its name, its file or its module; a class that a reader wrote as it is.

    A name with ``+meta`` behind it is that design, carried by the extra parameter.  Raises
    UnknownNameError for another name, DesignError for a class that is none.
    """
    if not isinstance(design, str):
        return instance(handed(design))
    if is_own(design):
        return instance(_own("design", design))
    plain = design.removesuffix(BY_PARAMETER)
    if plain != design:
        found = find("design", plain, EVERY)
        if found.server:
            raise UsageError(f"{design}: under {plain} no call returns with a request to carry")
        return instance(by_parameter(found))
    return instance(find("design", design, EVERY))


_INSTANCES: dict[type[EcallBare], EcallBare] = {}


def instance(design: type[EcallBare]) -> EcallBare:
    """The one instance of a design: it has no state, and programs are known by it."""
    if design not in _INSTANCES:
        _INSTANCES[design] = design()
    return _INSTANCES[design]


def checked(design: EcallBare) -> Checked:
    """The design as the driver asks it: the same for the same, since programs are known by it."""
    return _CHECKED.setdefault(design, Checked(design))


_CHECKED: dict[EcallBare, Checked] = {}


def names_of(what: str, given: Collection[str]) -> tuple[str, ...]:
    """Several names, which one alone is not.

    >>> names_of("faults", ["kill"])
    ('kill',)

    Raises UsageError for a name by itself: its letters would be taken for names.
    """
    if isinstance(given, str):
        raise UsageError(f"{what}: several names were wanted, as in [{given!r}], not {given!r}")
    return tuple(given)


def find_faults(faults: Collection[str]) -> frozenset[str]:
    """What may go wrong, checked by name."""
    known = {fault: fault for fault in (*FAULTS, *MORE_FAULTS)}
    return frozenset(find("fault", one, known) for one in names_of("faults", faults))


def find_switches(switches: Mapping[str, str]) -> dict[str, str]:
    """Every switch with what it is set to, checked by name."""
    for name, value in switches.items():
        find(name, value, dict.fromkeys(find("switch", name, SWITCHES)))
    return {name: switches.get(name, values[0]) for name, values in SWITCHES.items()}


def build(
    scenario: str | Scenario,
    design: str | type[EcallBare] = DEFAULT,
    *,
    threads: int = NUM_THREADS,
    clients: int | None = None,
    rounds: int = 1,
    faults: Collection[str] = FAULTS,
    driver_memory_charges_context: bool = False,
    switches: Mapping[str, str] | None = None,
    log: bool = False,
) -> System[World]:
    """Put `clients` processes of `scenario` on top of `design` and `threads` secure threads.

    There are as many processes as the scenario has programs unless `clients` asks for more; each
    invokes `rounds` times.  `faults` are the things that may go wrong, by name.
    `driver_memory_charges_context` lets the driver's argument memory hold a reference on its
    client's context while a call lasts.  `switches` are those of `SWITCHES`.  With `log` each step
    writes down its events.

    Raises UnknownNameError for a name that is not known, ValueError for a number that makes no
    system.

    >>> system = build("flow-1", clients=2)
    >>> [move.step for move in system.moves(system.start)]
    ['tee_open', 'tee_open']
    """
    what, allowed = find_scenario(scenario), find_faults(faults)
    check_count("threads", threads, 1, 64)
    check_count("rounds", rounds, 1, 1000)
    names = CLIENT_NAMES[: how_many(what, clients)]
    config = Config(
        checked(find_design(design)),
        threads,
        what.tas,
        allowed,
        rounds=rounds,
        driver_memory_charges_context=driver_memory_charges_context,
        switches=find_switches(dict(what.switches) | dict(switches or {})),
        changed=tuple(sorted(switches or {})),
        supplicant=what.supplicant,
    )
    if config.octets and config.design.server:
        raise UsageError(
            f"wire=octets: under {config.design.name} what a server takes and answers has no octets"
            " here: wire=values"
        )
    world = World(config)
    world.log = [] if log else None
    programs: dict[str, Node] = {}
    for number, name in enumerate(names):
        own = what.clients[number % len(what.clients)]
        programs |= start_client(world, what.name, name, own)
    programs |= start_services(world)
    return System(tuple(programs), State(world, tuple(programs.values())))


def start_client(
    world: World, scenario: str, name: str, own: Threads | KernelClient
) -> dict[str, Node]:
    """A process begins, or a client in the kernel; gives where each of its threads stands."""
    config, found = world.config, {}
    kernel = isinstance(own, KernelClient)
    tasks = tuple(name if n == 1 else f"{name}.{n}" for n in range(1, len(own.programs) + 1))
    several = len(tasks) > 1 or (config.design.server and not kernel)
    if not kernel:
        alive = tasks if several else ()
        world.put(Process(name, tasks=alive, threads=len(tasks)))
    for task, ca in zip(tasks, own.programs, strict=True):
        repeated = (config.rounds,) if takes_rounds(ca) else ()
        if config.rounds > 1 and not repeated:
            raise UsageError(
                f"the CA of {scenario} takes only its client: it cannot do {config.rounds} rounds"
            )
        client = handle(config, name, task, several=several, kernel=kernel)
        runs = kernel_client if kernel else process
        found[task] = config.programs.start(runs, client, ca, *repeated)
    if config.design.server and not kernel:
        serving = handle(config, name, server_of(name), several=True)
        found[serving.task] = config.programs.start(server, serving)
    return found


def handle(
    config: Config, name: str, task: str = "", *, several: bool = False, kernel: bool = False
) -> Client:
    """The handle of a task: who it is, and how the driver beneath it is set."""
    queued = config.switches["call-queue"] == "list"
    pages = config.switches["argument-pages"] != "none"
    octets = config.switches["wire"] == "octets"
    return Client(
        name,
        config.design,
        task,
        several=several,
        kernel=kernel,
        queued=queued,
        pages=pages,
        octets=octets,
        caps=ALL_CAPS & ~MISSING[config.switches["capabilities"]],
    )


def start_services(world: World) -> dict[str, Node]:
    """The tasks begin that are nobody's client, where the scenario or the design has them."""
    config, found = world.config, {}
    if config.supplicant is not None:
        world.put(Process(SUPPLICANT))
        client = handle(config, SUPPLICANT)
        found[SUPPLICANT] = config.programs.start(process, client, config.supplicant)
    if config.design.worker:
        client = handle(config, WORKER, kernel=True)
        found[WORKER] = config.programs.start(worker, client)
    return found


def how_many(scenario: Scenario, clients: int | None) -> int:
    """How many processes there are: as many as are asked for, else as the scenario has."""
    least = len(scenario.clients)
    if clients is None:
        return least
    check_count("clients", clients, 1, len(CLIENT_NAMES))
    if clients < least:
        raise UsageError(
            f"clients: {scenario.name} has {least} programs, each for a process of its own: {least}"
            f" or more, not {clients}"
        )
    return clients


def takes_rounds(ca: Callable[..., Any]) -> bool:
    """Whether a CA takes the number of its rounds after its client; one written for one need not.

    What does not say what it takes is found out when it is called.

    >>> takes_rounds(lambda client: None), takes_rounds(int)
    (False, False)
    """
    import inspect  # noqa: PLC0415 - it costs a start more than all of the model

    try:
        return len(inspect.signature(ca).parameters) > 1
    except ValueError:
        return False


def check_count(what: str, number: object, least: int, most: int) -> None:
    """A whole number in its range, or an error that names it."""
    if type(number) is not int or not least <= number <= most:
        raise UsageError(f"{what}: a whole number from {least} to {most}, not {number!r}")
