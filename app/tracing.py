"""Spans for OpenTelemetry: of a request, its steps, batches, statements, and calls of S3.

Of a request that is traced the engine and the pool note what they do, as they do for who sends
X-Tonearm-Trace; spans are made of that when the answer is out. So what is not traced costs
nothing (docs/decisions/0036). Imported only where traces are wanted: the SDK is an extra, `otel`.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final

from opentelemetry import context as current
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from app.observed import Observation
from db.pool import Statement
from engine.trace import Trace
from resolvers.request_id import REQUEST_ID
from storage.objects import Objects

PARENT_HEADERS: Final = frozenset({b"traceparent", b"tracestate"})
EXPORT_SECONDS: Final = 5.0
MOST_TEXT: Final = 2_000
"""Characters of a statement that are told. It has no values: those are its parameters."""

_CHANGE: Final = re.compile(r"\b(?:INSERT|(?<!FOR )UPDATE|DELETE|MERGE)\b")
_VERB: Final = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|SELECT)\b")
_TABLE: Final = re.compile(r"\b(?:INTO|UPDATE|FROM|JOIN)\s+(?:ONLY\s+)?([a-z_][a-z0-9_.]*)")


class Tracing:
    """Makes the spans of a process, and has them exported."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("tonearm")
        self._propagator = TraceContextTextMapPropagator()

    @classmethod
    def to_collector(cls, url: str, share: float) -> "Tracing":
        """Sends that share of the requests' spans to an OTLP collector, by HTTP."""
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=Resource.create(
                {"service.name": "tonearm", "service.instance.id": f"{os.getpid()}"}
            ),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_SECONDS)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        return cls(provider)

    @asynccontextmanager
    async def following(self, objects: Objects) -> AsyncGenerator[None, None]:
        """Sees the calls of S3 meanwhile; at the end what is left is exported."""
        objects.on_calls(self._call_begun, self._call_ended)
        try:
            yield
        finally:
            await asyncio.to_thread(self._provider.shutdown)

    def begin(self, scope: Scope) -> "RequestSpan | None":
        """The span of a request, below that of its `traceparent`; None when it is not traced."""
        parents = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in PARENT_HEADERS
        }
        above = self._propagator.extract(parents, Context()) if parents else Context()
        span = self._tracer.start_span(scope["method"], above, SpanKind.SERVER)
        return RequestSpan(self._tracer, span, scope) if span.is_recording() else None

    def _call_begun(self, operation: str, call: dict[str, Any]) -> None:
        if get_current_span().is_recording():
            call["span"] = self._tracer.start_span(
                f"S3 {operation}",
                kind=SpanKind.CLIENT,
                attributes={"rpc.system.name": "aws-api", "rpc.method": f"S3/{operation}"},
            )

    def _call_ended(self, call: dict[str, Any], error: str | None) -> None:
        span: Span | None = call.pop("span", None)
        if span is not None:
            if error is not None:
                span.set_attribute("error.type", error)
                span.set_status(StatusCode.ERROR)
            span.end()


class RequestSpan:
    """The span of one request, which is the current one until its `end`.

    Attributes:
        kind: Of its operation: query, mutation.
    """

    def __init__(self, tracer: Tracer, span: Span, scope: Scope) -> None:
        self.kind = ""
        self._tracer = tracer
        self._span = span
        self._scope = scope
        self._trace: Trace | None = None
        self._statements: Sequence[Statement] = ()
        self._epoch_ns = time.time_ns() - time.perf_counter_ns()
        self._token = current.attach(set_span_in_context(span))

    def watch(self, trace: Trace, statements: Sequence[Statement]) -> None:
        """Tells what notes what it does."""
        self._trace, self._statements = trace, statements

    def end(self, seen: Observation) -> None:
        current.detach(self._token)
        # asyncpg tells of the last statement a turn of the event loop later
        asyncio.get_running_loop().call_soon(self._finish, seen, time.time_ns())

    def _finish(self, seen: Observation, ended_ns: int) -> None:
        span = self._span
        if self._trace is not None:
            self._tell_trace(self._trace, set_span_in_context(span, Context()))
        operation = seen.operation or ""
        if self.kind:
            span.update_name(f"{self.kind} {operation}".strip())
        attributes: dict[str, Any] = {
            "http.request.method": self._scope["method"],
            "http.response.status_code": seen.status,
            "url.path": self._scope["path"],
            "graphql.operation.name": operation,
            "graphql.operation.type": self.kind,
            "tonearm.request.id": REQUEST_ID.get() or "",
            "tonearm.error.codes": seen.codes,
        }
        if seen.cost is not None:
            attributes["tonearm.cost"] = seen.cost
        span.set_attributes({name: value for name, value in attributes.items() if value})
        if seen.status >= 500 or seen.status == 0 or "INTERNAL" in seen.codes:
            span.set_status(StatusCode.ERROR)
        span.end(ended_ns)

    def _tell_trace(self, trace: Trace, request: Context) -> None:
        below = request
        for step in trace.steps:
            span = self._child(f"graphql {step.name}", request, step.began, step.ended, {})
            if step.name in ("run", "graphql-core"):
                below = set_span_in_context(span, Context())
        for read in trace.batches:
            began = read.ended - read.milliseconds / 1000
            about = {"tonearm.batch.keys": read.keys, "tonearm.batch.wave": read.wave}
            self._child(f"batch {read.loader}", below, began, read.ended, about)
        for query, seconds, ended in self._statements:
            verb, table = _summary(query)
            attributes = {
                "db.system.name": "postgresql",
                "db.operation.name": verb,
                "db.collection.name": table,
                "db.query.text": " ".join(query.split())[:MOST_TEXT],
            }
            name = f"{verb} {table}".strip()
            self._child(name, below, ended - seconds, ended, attributes, SpanKind.CLIENT)

    def _child(
        self,
        name: str,
        above: Context,
        began: float,
        ended: float,
        attributes: Mapping[str, str | int],
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        """A span that has ended; `began` and `ended` are of time.perf_counter."""
        span = self._tracer.start_span(
            name, above, kind, attributes, start_time=self._epoch_ns + int(began * 1e9)
        )
        span.end(self._epoch_ns + int(ended * 1e9))
        return span


@lru_cache(maxsize=1_000)
def _summary(query: str) -> tuple[str, str]:
    """What a statement does, and to which table: `SELECT`, `songs`."""
    verb = _CHANGE.search(query) if query.lstrip().startswith("WITH") else None
    verb = verb or _VERB.search(query)
    if verb is None:
        return query.split(maxsplit=1)[0].rstrip(";").upper() if query.strip() else "", ""
    table = _TABLE.search(query, verb.start())
    return verb[0], table[1] if table else ""
