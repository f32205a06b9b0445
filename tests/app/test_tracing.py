import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from app.observed import Observation
from app.services import check_services, open_bucket
from app.settings import Settings, SettingsError
from app.tracing import Tracing, _summary
from db.ids import lease_ids
from db.pool import Pool
from tests.app.conftest import serve
from tests.factories import Factory
from tests.ingest.podcasts.conftest import Host, serve_host

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT_ID = "b7ad6b7169203331"
NOT_SAMPLED = {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-00"}
SIGN_UP = """
    mutation SignUp {
        signUp(input: {
            userName: "ada", email: "ada@example.com", password: "correct horse battery"
        }) { __typename }
    }
"""


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What is exported by servers that the test starts."""
    exporter = InMemorySpanExporter()
    monkeypatch.setattr("app.asgi.make_tracing", lambda _settings: tracing_to(exporter))
    return exporter


def tracing_to(exporter: InMemorySpanExporter) -> Tracing:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Tracing(provider)


def tree(spans: Sequence[ReadableSpan], above: int | None = None) -> dict[str, Any]:
    """Names of spans, each with those below it, in the order of their beginning."""
    below = [span for span in spans if (span.parent and span.parent.span_id) == above]
    below.sort(key=lambda span: span.start_time or 0)
    return {
        span.name: tree(spans, None if span.context is None else span.context.span_id)
        for span in below
    }


async def test_a_query_is_traced_down_to_its_statements(
    settings: Settings, clean_database: Pool, exporter: InMemorySpanExporter
) -> None:
    async with lease_ids(clean_database) as ids:
        song = await Factory(clean_database, ids).make_song()
    query = f'query Song {{ song(id: "song_{song.id:x}") {{ title artists {{ name }} }} }}'
    parent = {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01", "x-request-id": "mine"}
    async with serve(settings) as client:
        # asyncpg asks a new connection for its types
        await client.post("/graphql", json={"query": query}, headers=NOT_SAMPLED)
        answer = await client.post("/graphql", json={"query": query}, headers=parent)
    assert "errors" not in answer.json()
    assert "extensions" not in answer.json()
    spans = exporter.get_finished_spans()
    assert tree(spans, int(PARENT_ID, 16)) == {
        "query Song": {
            "graphql document": {},
            "graphql plan": {},
            "graphql run": {
                "batch songs_by_id": {},
                "SELECT songs": {},
                "batch artists_by_id": {},
                "SELECT artists": {},
            },
        }
    }
    assert {f"{span.context.trace_id:032x}" for span in spans if span.context} == {TRACE_ID}
    named = {span.name: span for span in spans}
    request, statement = named["query Song"], named["SELECT songs"]
    assert request.kind is SpanKind.SERVER
    assert request.attributes is not None
    assert request.attributes["tonearm.request.id"] == "mine"
    assert request.attributes["http.response.status_code"] == 200
    assert statement.kind is SpanKind.CLIENT
    assert statement.attributes is not None
    assert "= ANY($1" in str(statement.attributes["db.query.text"])
    for span in spans:
        assert request.start_time <= span.start_time <= span.end_time  # type: ignore[operator]
        assert span.end_time - request.start_time < 60e9  # type: ignore[operator]


async def test_a_mutation_is_traced_with_its_transaction(
    settings: Settings, clean_database: Pool, exporter: InMemorySpanExporter
) -> None:
    async with serve(settings) as client:
        answer = await client.post("/graphql", json={"query": SIGN_UP})
    assert answer.json()["data"]["signUp"]["__typename"] == "SignUpPayload"
    names = [span.name for span in exporter.get_finished_spans()]
    assert {"mutation SignUp", "INSERT users", "COMMIT"} <= set(names)
    told = str([dict(span.attributes or {}) for span in exporter.get_finished_spans()])
    assert "ada@example.com" not in told
    assert "correct horse" not in told


async def test_what_the_caller_does_not_trace_is_not_traced(
    settings: Settings, exporter: InMemorySpanExporter
) -> None:
    async with serve(settings) as client:
        await client.post("/graphql", json={"query": "{ __typename }"}, headers=NOT_SAMPLED)
        await client.get("/healthz")
    assert exporter.get_finished_spans() == ()


async def test_a_request_that_is_refused_is_traced_too(
    settings: Settings, exporter: InMemorySpanExporter
) -> None:
    async with serve(settings) as client:
        await client.post("/graphql", content="{", headers={"content-type": "application/json"})
    [span] = exporter.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 400


async def test_calls_of_s3_are_spans_of_the_request(settings: Settings) -> None:
    exporter = InMemorySpanExporter()
    tracing = tracing_to(exporter)
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": []}
    async with open_bucket(settings) as objects, tracing.following(objects):
        await objects.head("nobody/asks")  # outside of a request
        span = tracing.begin(scope)
        assert span is not None
        await objects.put("covers/x", b"picture", content_type="image/png")
        await objects.head("covers/none")
        span.end(Observation(status=200))
        await asyncio.sleep(0)
    spans = exporter.get_finished_spans()
    assert tree(spans) == {"POST": {"S3 PutObject": {}, "S3 HeadObject": {}}}
    by_name = {span.name: span for span in spans}
    assert by_name["S3 PutObject"].status.status_code is StatusCode.UNSET
    assert by_name["S3 HeadObject"].status.status_code is StatusCode.ERROR


async def test_spans_are_sent_to_a_collector(settings: Settings) -> None:
    sent: list[bytes] = []

    async def collect(request: web.Request) -> web.Response:
        body = await request.read()
        sent.append(body)
        return web.Response(content_type="application/x-protobuf")

    async with serve_host() as host:
        url = host.handle("/v1/traces", collect)
        async with serve(settings.model_copy(update={"traces_url": url})) as client:
            await client.post("/graphql", json={"query": "query Mine { __typename }"})
    told = ExportTraceServiceRequest.FromString(b"".join(sent))
    [resource] = told.resource_spans
    attributes = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert attributes["service.name"] == "tonearm"
    names = {span.name for scope in resource.scope_spans for span in scope.spans}
    assert "query Mine" in names


async def test_without_a_share_nothing_is_sent(settings: Settings) -> None:
    host: Host
    async with serve_host() as host:
        none = {"traces_url": f"{host.url}/v1/traces", "traces_share": 0.0}
        async with serve(settings.model_copy(update=none)) as client:
            await client.post("/graphql", json={"query": "{ __typename }"})
        assert host.asked == []


def test_without_the_extra_it_is_said_how_to_install_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "app.tracing")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    wanted = settings.model_copy(update={"traces_url": "http://127.0.0.1:1"})
    with pytest.raises(SettingsError, match=r"requirements-otel\.lock"):
        check_services(wanted)


@pytest.mark.parametrize(
    ("query", "summary"),
    [
        ("SELECT a FROM songs WHERE id = $1", ("SELECT", "songs")),
        ("\n  INSERT INTO users (id) VALUES ($1)", ("INSERT", "users")),
        ("UPDATE ONLY plays SET a = 1", ("UPDATE", "plays")),
        ("WITH due AS (SELECT FROM a FOR UPDATE) DELETE FROM b USING due", ("DELETE", "b")),
        ("WITH due AS (SELECT FROM a) SELECT FROM due", ("SELECT", "a")),
        ("COMMIT;", ("COMMIT", "")),
        ("", ("", "")),
    ],
)
def test_a_statement_is_named_by_what_it_does(query: str, summary: tuple[str, str]) -> None:
    assert _summary(query) == summary
