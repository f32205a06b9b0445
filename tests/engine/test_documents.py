"""The cache of documents, and what is refused before it runs."""

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, get_introspection_query
from strawberry.types import ExecutionResult

import engine.documents
from engine.documents import Bounds
from engine.executor import THREAD_SIZE, Executor, PlannedSchema
from engine.limits import Limits


@strawberry.type
class Thing:
    @strawberry.field
    def things(self, first: int = 10) -> list["Thing"]:
        return []

    @strawberry.field
    def name(self) -> str:
        return "thing"


@strawberry.type
class Query(Thing):
    pass


BOUNDS = Bounds(
    tokens=500,
    limits=Limits(operations=2, depth=6, fields=40, root_fields=20, aliases=10, directives=10),
    cost=1000,
)


@pytest.fixture
def schema() -> PlannedSchema:
    return PlannedSchema(Query)


def only_error(result: ExecutionResult) -> GraphQLError:
    assert result.errors is not None
    [error] = result.errors
    return error


def executor(schema: PlannedSchema, **sizes: int) -> Executor:
    return Executor(schema, **sizes)


async def test_a_known_document_is_not_parsed_again(schema: PlannedSchema) -> None:
    for _ in range(3):
        await schema.executor.execute("{ name }")
    assert schema.executor.counters.parsed == 1


async def test_a_flood_of_new_documents_does_not_push_out_known_ones(
    schema: PlannedSchema,
) -> None:
    small = executor(schema, new_documents=200, known_documents=200)
    for _ in range(2):
        await small.execute("{ name }")
    for number in range(500):
        await small.execute(f"{{ a{number}: name }}")
    assert small.counters.parsed == 501
    await small.execute("{ name }")
    assert small.counters.parsed == 501
    assert sum(len(text) for text in small.documents.texts()) <= 400


async def test_what_is_sent_again_pushes_out_what_was_not_sent_for_longest(
    schema: PlannedSchema,
) -> None:
    small = executor(schema, new_documents=200, known_documents=30)
    for name in ("a", "b", "c"):
        for _ in range(2):
            await small.execute(f"{{ {name}: name }}")
    assert set(small.documents.texts()) == {"{ b: name }", "{ c: name }"}


async def test_a_document_larger_than_the_cache_is_not_kept(schema: PlannedSchema) -> None:
    small = executor(schema, new_documents=20, known_documents=20)
    for _ in range(3):
        result = await small.execute("{ name another: name more: name }")
        assert result.data
    assert len(small.documents) == 0


async def test_each_value_of_a_condition_has_a_plan(schema: PlannedSchema) -> None:
    query = "query ($no: Boolean!) { name a: name @skip(if: $no) }"
    for no, expected in ((True, ["name"]), (False, ["name", "a"]), (True, ["name"])):
        result = await schema.executor.execute(query, {"no": no})
        assert result.data is not None
        assert list(result.data) == expected


async def test_a_long_new_document_is_examined_beside_the_event_loop(
    schema: PlannedSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    examine = engine.documents.Documents.examine

    def noting(self: Any, *arguments: Any) -> Any:
        threads.append(threading.current_thread().name)
        return examine(self, *arguments)

    monkeypatch.setattr(engine.documents.Documents, "examine", noting)
    await schema.executor.execute("{ name }")
    await schema.executor.execute("{ name }" + " " * THREAD_SIZE)
    assert threads[0] == threading.main_thread().name
    assert threads[1].startswith("graphql-documents")


async def test_the_same_new_document_at_once(schema: PlannedSchema) -> None:
    query = "{ name }" + " " * THREAD_SIZE
    results = await asyncio.gather(*(schema.executor.execute(query) for _ in range(5)))
    assert all(result.data == {"name": "thing"} for result in results)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("{ things { things { things { things { things { things { name } } } } } } }", "depth"),
        ("{ " + "name " * 41 + "}", "fields"),
        ("{ " + " ".join(f"a{n}: name" for n in range(11)) + " }", "aliases"),
        ("query A { name } query B { name } query C { name }", "operations"),
        ("{ name " + "@skip(if: false) " * 11 + "}", "directives"),
    ],
)
async def test_a_large_document_is_refused_before_it_is_validated(
    schema: PlannedSchema, query: str, name: str
) -> None:
    schema.executor.bounds = BOUNDS
    for execute in (schema.executor.execute, schema.execute):
        for _ in range(2):
            error = only_error(await execute(query))
            assert error.extensions is not None
            assert error.extensions["code"] == "DOCUMENT_TOO_LARGE"
            assert error.extensions["limit"] == name


async def test_too_many_tokens_are_refused_before_they_are_parsed(schema: PlannedSchema) -> None:
    schema.executor.bounds = BOUNDS
    error = only_error(await schema.executor.execute("{ " + "name " * 501 + "}"))
    assert "more than 500 tokens" in error.message
    assert error.extensions == {"code": "DOCUMENT_TOO_LARGE"}
    assert (await schema.execute("{ " + "name " * 501 + "}")).errors


async def test_deep_nesting_is_refused(schema: PlannedSchema) -> None:
    schema.executor.bounds = replace(BOUNDS, tokens=100_000)
    text = "{ things " * 5000 + "{ name }" + "}" * 5000
    error = only_error(await schema.executor.execute(text))
    assert error.extensions is not None
    assert error.extensions["code"] == "DOCUMENT_TOO_LARGE"


async def test_the_cost_is_that_of_the_variables(schema: PlannedSchema) -> None:
    schema.executor.bounds = BOUNDS
    query = "query ($n: Int!) { things(first: $n) { things(first: $n) { name } } }"
    for execute in (schema.executor.execute, schema.execute):
        assert not (await execute(query, {"n": 20})).errors
        error = only_error(await execute(query, {"n": 100}))
        assert error.extensions is not None
        assert error.extensions["code"] == "COST_TOO_HIGH"
        assert error.extensions["most"] == 1000


async def test_introspection_is_within_the_limits_that_tonearm_serves_with(
    schema: PlannedSchema,
) -> None:
    schema.executor.bounds = Bounds(
        tokens=2000,
        limits=Limits(
            operations=20, depth=20, fields=1000, root_fields=20, aliases=50, directives=50
        ),
        cost=20_000,
    )
    result = await schema.executor.execute(get_introspection_query())
    assert not result.errors
