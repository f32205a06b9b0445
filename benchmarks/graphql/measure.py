"""Measures servers in interleaved rounds: CPU, throughput, latency."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from random import Random
from statistics import median
from typing import Any, Final

from benchmarks.graphql.load import Job, Measured
from benchmarks.graphql.servers import ROOT, Running, cpu_seconds, memory_mb
from benchmarks.graphql.workloads import Workload

WARM_REQUESTS: Final = 3_000
WARM_SECONDS: Final = 6.0
"""Node's compilers need thousands of requests; slow servers get as many as fit into the time."""


@dataclass(frozen=True, slots=True)
class Options:
    """How much to measure: `seconds` is the length of one measurement."""

    rounds: int
    seconds: float
    warm_seconds: float
    half_load_seconds: float


@dataclass(slots=True)
class Result:
    """A server at a workload. CPU is milliseconds per request, by round; latencies in ms."""

    server: str
    workload: str
    cpu: list[float] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    half_load_p50: list[float] = field(default_factory=list)
    half_load_p99: list[float] = field(default_factory=list)
    half_load_rate: float = 0
    memory_mb: float = 0

    def summary(self) -> dict[str, Any]:
        """The medians of the rounds, and the rounds themselves."""
        medians = {name: median(getattr(self, name)) for name in _BY_ROUND}
        return (
            asdict(self) | medians | {"rounds": {name: getattr(self, name) for name in _BY_ROUND}}
        )


_BY_ROUND: Final = ("cpu", "database_cpu", "rate", "p50", "p99", "half_load_p50", "half_load_p99")


class LoadGenerator:
    """The process that asks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, job: Job) -> Measured:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("The load generator has ended: a server hung up, or is stuck")
        measured = Measured(**json.loads(line))
        if measured.failed:
            raise SystemExit(f"{measured.failed} of {measured.requests} answers are errors")
        return measured


@contextmanager
def start_load_generator() -> Iterator[LoadGenerator]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.graphql.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield LoadGenerator(process)
    finally:
        process.kill()
        process.wait()


def measure(
    load: LoadGenerator,
    plan: Sequence[tuple[Running, Workload]],
    options: Options,
    database_pid: int,
) -> list[Result]:
    """Measures each pair of server and workload, in another order in each round."""
    results = {id(pair): Result(pair[0].peer.name, pair[1].name) for pair in plan}
    for running, workload in plan:
        print(f"warming {running.peer.label}, {workload.name}", file=sys.stderr)
        load.run(
            Job(
                port=running.port,
                bodies=list(workload.bodies),
                seconds=options.warm_seconds,
                at_least=WARM_REQUESTS if running.peer.is_node else 0,
            )
        )
    random = Random()
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for pair in random.sample(plan, len(plan)):
            _measure_once(load, *pair, options, database_pid, results[id(pair)])
    for number in range(options.rounds):
        print(f"half load, round {number + 1} of {options.rounds}", file=sys.stderr)
        for pair in random.sample(plan, len(plan)):
            _measure_half_load(load, *pair, options, results[id(pair)])
    return list(results.values())


def _measure_once(
    load: LoadGenerator,
    running: Running,
    workload: Workload,
    options: Options,
    database_pid: int,
    result: Result,
) -> None:
    before, database_before = cpu_seconds(running.pid), cpu_seconds(database_pid)
    job = Job(port=running.port, bodies=list(workload.bodies), seconds=options.seconds)
    measured = load.run(job)
    used = cpu_seconds(running.pid) - before
    used_by_database = cpu_seconds(database_pid) - database_before
    result.cpu.append(used / measured.requests * 1e3)
    result.database_cpu.append(used_by_database / measured.requests * 1e3)
    result.rate.append(measured.requests / measured.seconds)
    result.p50.append(measured.p50)
    result.p99.append(measured.p99)


def _measure_half_load(
    load: LoadGenerator, running: Running, workload: Workload, options: Options, result: Result
) -> None:
    result.half_load_rate = median(result.rate) / 2
    measured = load.run(
        Job(
            port=running.port,
            bodies=list(workload.bodies),
            seconds=options.half_load_seconds,
            connections=64,
            rate=result.half_load_rate,
        )
    )
    result.half_load_p50.append(measured.p50)
    result.half_load_p99.append(measured.p99)
    result.memory_mb = memory_mb(running.pid)


def pin(*cores: int) -> None:
    """Pins this process, and what it starts from now on."""
    os.sched_setaffinity(0, cores)
