"""Every option of the command has an effect that can be seen."""

from __future__ import annotations

import re
from typing import NamedTuple

NEW_LINES = re.MULTILINE | re.DOTALL


class Effect(NamedTuple):
    """A command line, what is added to it, and what is printed then and was not before.

    `shows` is a pattern.  `gone` is what was printed before, and is not then.
    """

    base: str
    added: str
    shows: str = ""
    gone: str = ""


FLOW = "check --scenario flow-1"
MEMREF = "check --scenario flow-1-memref"
SHOW = "show flow-1"
AS_JSON = f"{SHOW} --format json"
HUNT = "hunt ecall-bare --size 5"
TABLE = "matrix --threads 1"
STEPS = "disturbs ecall-bare --threads 1 --clients 1"
REVIEW = "review ocall-fd --scenario flow-1 --threads 1 --claims"
TOKEN = "flow-1-memref/ocall-fd/t2/c1/A:kill@OCALL,A:close:memref"  # noqa: S105 - it opens nothing

EFFECTS: dict[str, Effect] = {
    "show scenario": Effect("show flow-1", "flow-2", r"TEE_IOC_OCALL", ""),
    "show --design": Effect(AS_JSON, "--design meta", '"design": "meta"'),
    "show --threads": Effect(AS_JSON, "--threads 3", '"threads": 3'),
    "show --rounds": Effect(SHOW, "--rounds 2", "(SMC/Func Invoke.*){2}"),
    "show --exit-order": Effect(AS_JSON, "--exit-order linux", "linux"),
    "show --call-queue": Effect(AS_JSON, "--call-queue list", "list"),
    "show --single-instance": Effect(AS_JSON, "--single-instance own-locks", "own-locks"),
    "show --rpc-cache": Effect(f"{SHOW} --whole", "--rpc-cache caller", "rpc"),
    "show --argument-pages": Effect(AS_JSON, "--argument-pages driver", "argument-pages"),
    "show --capabilities": Effect(SHOW, "--capabilities no-ocall", gone="Func Invoke"),
    "show --wire": Effect(AS_JSON, "--wire octets", "octets"),
    "show --clients": Effect(AS_JSON, "--clients 2", '"B"'),
    "show --replay": Effect("show flow-1 --whole", f"--replay {TOKEN}", "kill"),
    "show --format": Effect(SHOW, "--format svg", "<svg ", gone="-\\["),
    "show --whole": Effect(SHOW, "--whole", "-\\[open\\]->"),
    "show --steps": Effect(f"{SHOW} --whole", "--steps A:tee_open A:kill", "kill"),
    "check --scenario": Effect(FLOW, "--scenario flow-2", "^ecall in flow-2 "),
    "check --design": Effect(FLOW, "--design meta", "^meta in flow-1 "),
    "check --threads": Effect(MEMREF, "--threads 3", "3 secure threads"),
    "check --rounds": Effect(FLOW, "--rounds 2", " 9 states, 13 transitions"),
    "check --exit-order": Effect(MEMREF, "--exit-order linux", "exit-order: linux"),
    "check --call-queue": Effect(FLOW, "--call-queue list", "call-queue: list"),
    "check --single-instance": Effect(FLOW, "--single-instance own-locks", "own-locks"),
    "check --rpc-cache": Effect(FLOW, "--rpc-cache caller", "violates no-context-leak"),
    "check --argument-pages": Effect(FLOW, "--argument-pages driver", " 20 states, "),
    "check --capabilities": Effect(FLOW, "--capabilities no-ocall", "no OCALL was ever pending"),
    "check --wire": Effect(FLOW, "--wire octets", "wire: octets"),
    "check --clients": Effect(FLOW, "--clients 2", " 31 states, 62 transitions"),
    "check --no-faults": Effect(MEMREF, "--no-faults", ": holds;"),
    "check --fault": Effect(FLOW, "--fault answers-twice", gone="answers-twice"),
    "check --without": Effect(f"{FLOW} --clients 2", "--without local", " 2926 states"),
    "check --also": Effect(FLOW, "--also nothing-left-in-a-living-ca", gone="nothing-left"),
    "check --limit": Effect(FLOW, "--limit 3", "the limit of 3 states"),
    "check --seconds": Effect(f"{MEMREF} --clients 4", "--seconds 0.001", "the limit of 0.001 s"),
    "check --depth": Effect(FLOW, "--depth 3", "the limit of 3 steps"),
    "check --megabytes": Effect(f"{MEMREF} --clients 4", "--megabytes 1", "the limit of 1 MB"),
    "check --json": Effect(FLOW, "--json", '^{\n  "scenario": "flow-1"'),
    "hunt design": Effect("hunt meta --size 3", "", ""),
    "hunt --seconds": Effect("hunt meta --size 9 --limit 50", "--seconds 0.01", "all up to size"),
    "hunt --seed": Effect(HUNT, "--seed 3", ""),
    "hunt --size": Effect(HUNT, "--size 2", "all up to size 2"),
    "hunt --clients": Effect(HUNT, "--clients 2", "clients: 2,"),
    "hunt --threads": Effect(HUNT, "--threads 1", "threads: 1[)]"),
    "hunt --breaks": Effect("hunt ecall-bare --size 6", "--breaks no-use-after-free", "in none"),
    "hunt --no-faults": Effect(HUNT, "--no-faults", "Tried: 26 systems"),
    "hunt --fault": Effect(f"{HUNT} --json", "--fault answers-twice", "answers-twice"),
    "hunt --limit": Effect(HUNT, "--limit 3", "larger"),
    "hunt --json": Effect(HUNT, "--json", '^{\n  "design": "ecall-bare"'),
    "matrix --larger": Effect(TABLE, "--larger", "shared-instance", gone="flow-1-memref"),
    "matrix --threads": Effect(TABLE, "--threads 2", ""),
    "matrix --clients": Effect(TABLE, "--clients 2", ""),
    "matrix --json": Effect(TABLE, "--json", '"scenario": "flow-1-memref"'),
    "disturbs designs": Effect("disturbs --threads 1 --clients 1", "", ""),
    "disturbs --threads": Effect(STEPS, "--threads 2", "2 secure threads"),
    "disturbs --clients": Effect(STEPS, "--clients 2", "2 CAs"),
    "disturbs --json": Effect(STEPS, "--json", '"designs"'),
    "review design": Effect(REVIEW, "", ""),
    "review --against": Effect(REVIEW, "--against meta", "against `meta`"),
    "review --format": Effect(REVIEW, "--format html", "<html"),
    "review --scenario": Effect(REVIEW, "--scenario flow-2", "flow-2"),
    "review --threads": Effect(REVIEW, "--threads 2", ""),
    "review --clients": Effect(REVIEW, "--clients 2", ""),
    "review --claims": Effect(REVIEW, "--claims C23", "C23"),
    "review --seconds": Effect(REVIEW, "--seconds 0.0001", "not known"),
    "diff left": Effect("", "", ""),
    "diff right": Effect("", "", ""),
}
