"""How throughput grows with `tonearm serve --workers N`, and what a worker takes of memory."""

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.graphql.load import Job
from benchmarks.graphql.measure import LoadGenerator
from benchmarks.graphql.servers import SERVERS, Running, cpu_seconds, descendants, memory_mb, start
from benchmarks.graphql.workloads import Workload

NUMBERS: Final = (1, 2)
CONNECTIONS: Final = 32
SMALLEST_WORKER_MB: Final = 50
"""What is smaller is a helper of `multiprocessing`, or the process that watches the workers."""


@dataclass(frozen=True, slots=True)
class WorkersResult:
    """`cpu` is milliseconds of all workers per request, `p99` milliseconds."""

    workers: int
    workload: str
    rate: float
    cpu: float
    p99: float
    memory_mb: float


def measure_workers(
    load: LoadGenerator,
    workloads: Sequence[Workload],
    environment: Mapping[str, str],
    logs: Path,
    cores: Collection[int],
    seconds: float,
) -> list[WorkersResult]:
    """Workers, PostgreSQL and the load generator share the cores, as they do on one machine."""
    results: list[WorkersResult] = []
    for number in NUMBERS:
        print(f"{number} workers", file=sys.stderr)
        settings = {**environment, "TONEARM_WORKERS": str(number)}
        with start([SERVERS["tonearm"]], settings, logs, cores) as [server]:
            results += [_measure(load, server, one, number, seconds) for one in workloads]
    return results


def _measure(
    load: LoadGenerator, server: Running, workload: Workload, workers: int, seconds: float
) -> WorkersResult:
    job = Job(
        port=server.port,
        bodies=list(workload.bodies),
        seconds=seconds,
        connections=CONNECTIONS,
    )
    load.run(job)
    before = cpu_seconds(server.pid)
    measured = load.run(job)
    used = cpu_seconds(server.pid) - before
    sizes = [memory_mb(pid) for pid in descendants(server.pid)]
    worker_sizes = sorted(size for size in sizes if size > SMALLEST_WORKER_MB)[-workers:]
    return WorkersResult(
        workers,
        workload.name,
        measured.requests / measured.seconds,
        used / measured.requests * 1e3,
        measured.p99,
        max(worker_sizes),
    )
