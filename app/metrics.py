"""Metrics for Prometheus, on a port of their own.

Each worker process has its own numbers and its own port, and Prometheus adds them up
(docs/decisions/0033): no file between them, and a process that ends takes nothing along but what
Prometheus has read already. Counting is done in plain Python; a scrape reads what was counted.
"""

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    make_wsgi_app,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from app.jobs import Job
from app.traffic import Traffic
from engine.executor import Executor
from resolvers.context import Services

logger: Final = logging.getLogger("tonearm.metrics")


class Process(Collector):
    """What a worker process tells of itself."""

    def __init__(
        self, traffic: Traffic, services: Services, executor: Executor, jobs: Sequence[Job]
    ) -> None:
        self._traffic = traffic
        self._services = services
        self._executor = executor
        self._jobs = jobs

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        yield from self._execution()
        yield from self._database()
        yield from self._background()
        yield _counter("urls_signed", "URLs of audio and covers", self._services.signer.signed)

    def _requests(self) -> Iterator[Metric]:
        traffic = self._traffic
        requests = CounterMetricFamily(
            "tonearm_requests",
            "Requests of GraphQL by operation and HTTP status; 0 was not answered",
            labels=["operation", "status"],
        )
        for (operation, status), count in list(traffic.requests.items()):
            requests.add_metric([operation, str(status)], count)
        yield requests
        seconds = HistogramMetricFamily(
            "tonearm_request_seconds",
            "Seconds from a request's head to the end of its answer",
            labels=["operation"],
        )
        for operation, histogram in list(traffic.seconds.items()):
            seconds.add_metric([operation], histogram.cumulated(), histogram.total)
        yield seconds
        cost = HistogramMetricFamily("tonearm_request_cost", "Objects that a request may read")
        cost.add_metric([], traffic.cost.cumulated(), traffic.cost.total)
        yield cost
        yield _counters("errors", "Errors that clients were told, by code", "code", traffic.errors)
        yield _counters("pages", "Other requests by HTTP status", "status", traffic.pages)
        yield _gauge("requests_open", "Requests being answered", traffic.open)
        yield _gauge("websockets_open", "Websockets", traffic.websockets)
        yield _gauge("event_streams_open", "Answers that are streams of events", traffic.streams)

    def _execution(self) -> Iterator[Metric]:
        counters = self._executor.counters
        yield _counter("operations_planned", "Operations run by a plan", counters.planned)
        yield _counters(
            "operations_unplanned",
            "Operations that graphql-core ran, by the reason",
            "reason",
            counters.unplanned,
        )
        yield _counter("documents_parsed", "Documents that were not in the cache", counters.parsed)
        yield _gauge("documents_cached", "Documents in the cache", len(self._executor.documents))

    def _database(self) -> Iterator[Metric]:
        pool = self._services.pool
        usage = pool.usage()
        connections = GaugeMetricFamily(
            "tonearm_database_connections", "Connections of the pool", labels=["state"]
        )
        connections.add_metric(["in_use"], usage.in_use)
        connections.add_metric(["at_hand"], usage.at_hand)
        yield connections
        yield _gauge(
            "database_connections_most",
            "Connections that the pool may have",
            pool.get_max_size(),
        )
        yield _gauge("database_waiting", "Who waits for a connection", usage.waiting)
        yield _counter("database_uses", "Statements and transactions", pool.taken)

    def _background(self) -> Iterator[Metric]:
        runs = CounterMetricFamily("tonearm_job_runs", "Times it was begun", labels=["name"])
        failures = CounterMetricFamily("tonearm_job_failures", "Times it failed", labels=["name"])
        seconds = CounterMetricFamily("tonearm_job_seconds", "What it took", labels=["name"])
        succeeded = GaugeMetricFamily(
            "tonearm_job_succeeded_timestamp_seconds",
            "When it last came to its end, or the process began",
            labels=["name"],
        )
        for job in self._jobs:
            if job.seconds:
                runs.add_metric([job.name], job.runs)
                failures.add_metric([job.name], job.failures)
                seconds.add_metric([job.name], job.busy_seconds)
                succeeded.add_metric([job.name], job.succeeded_at)
        yield from (runs, failures, seconds, succeeded)


class _Server(ThreadingMixIn, WSGIServer):
    """A thread beside the event loop: so there are metrics also while that hangs."""

    daemon_threads = True
    allow_reuse_port = False  # each worker has a port of its own


class _Silent(WSGIRequestHandler):
    timeout = 5.0

    def log_message(self, *_arguments: object) -> None:
        """Scrapes are not logged."""


@contextmanager
def serve_metrics(process: Process, host: str, ports: Sequence[int]) -> Generator[None, None, None]:
    """Answers at /metrics on the first of `ports` that is free; nowhere when there are none."""
    if not ports:
        yield
        return
    registry = CollectorRegistry(auto_describe=False)
    registry.register(process)
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    for port in ports:
        try:
            server = make_server(host, port, make_wsgi_app(registry), _Server, _Silent)
        except OSError as error:
            logger.debug("No metrics on port %d: %s", port, error)
        else:
            break
    else:
        logger.error("There are no metrics: ports %s are taken", ", ".join(map(str, ports)))
        yield
        return
    logger.info("Metrics on port %d", server.server_port)
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _counter(name: str, description: str, value: float) -> Metric:
    return CounterMetricFamily(f"tonearm_{name}", description, value=value)


def _gauge(name: str, description: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tonearm_{name}", description, value=value)


def _counters(name: str, description: str, label: str, values: Mapping[Any, int]) -> Metric:
    family = CounterMetricFamily(f"tonearm_{name}", description, labels=[label])
    for value, count in list(values.items()):
        family.add_metric([str(value)], count)
    return family
