"""Where the engine hangs in Strawberry, and that Strawberry's own things still work.

The first test names what has changed when Strawberry is upgraded.
"""

import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, NoSchemaIntrospectionCustomRule
from strawberry.dataloader import DataLoader
from strawberry.extensions import AddValidationRules, SchemaExtension
from strawberry.permission import BasePermission
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from engine.executor import PlannedSchema
from engine.extensions import DocumentExtension


class Never(BasePermission):
    message = "never"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return False


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, info: strawberry.Info, name: str = "you") -> str:
        return f"hello {name} from {info.path.key}"

    @strawberry.field
    def broken(self) -> str | None:
        raise LookupError("lost")

    forbidden: str | None = strawberry.field(resolver=lambda: "x", permission_classes=[Never])


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add(self, one: int, two: int) -> int:
        return one + two


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncIterator[int]:
        for number in range(to):
            yield number


def make(*extensions: Any, **options: Any) -> PlannedSchema:
    return PlannedSchema(Query, Mutation, Subscription, extensions=extensions, **options)


def test_strawberry_still_asks_for_its_execute_function() -> None:
    """`PlannedSchema` overrides `Schema._get_execute_function`: see engine/executor.py."""
    hook = "strawberry.Schema._get_execute_function"
    assert hasattr(strawberry.Schema, "_get_execute_function"), f"{hook} is gone"
    for caller in (strawberry.Schema.execute, strawberry.Schema.execute_sync):
        source = inspect.getsource(caller)
        assert "self._get_execute_function()" in source, f"{hook} is not used by {caller}"
    source = inspect.getsource(strawberry.Schema._execute_operation)
    for argument in ("middleware=", "variable_values=", "context_value=", "root_value="):
        assert argument in source, f"what {hook} gives is called without {argument}"
    custom = inspect.getsource(strawberry.Schema._get_custom_context_kwargs)
    assert '"is_async_iterable"' in custom, "a plan knows by it that execution is synchronous"
    assert issubclass(DataLoader, object)


def only_error(result: ExecutionResult) -> GraphQLError:
    assert result.errors is not None
    [error] = result.errors
    return error


async def test_schema_execute_runs_by_a_plan() -> None:
    schema = make()
    result = await schema.execute('{ hello again: hello(name: "me") }')
    assert result.data == {"hello": "hello you from hello", "again": "hello me from again"}
    assert schema.executor.counters.planned == 1


async def test_synchronous_execution_is_left_to_graphql_core() -> None:
    schema = make()
    assert schema.execute_sync("{ hello }").data == {"hello": "hello you from hello"}
    assert schema.executor.counters.unplanned == {"synchronous execution": 1}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("mutation { add(one: 1, two: 2) }", "mutation"),
        ("{ __schema { queryType { name } } }", "introspection"),
        ('{ __type(name: "Int") { name } hello }', "introspection"),
        ("query ($no: Boolean! = false) { hello @skip(if: $no) ... @defer { hello } }", None),
    ],
)
async def test_what_a_plan_cannot_do_is_left_to_graphql_core(
    query: str, reason: str | None
) -> None:
    schema = make()
    result = await schema.executor.execute(query)
    expected = await strawberry.Schema(Query, Mutation, Subscription).execute(query)
    assert result.data == expected.data
    assert [e.message for e in result.errors or ()] == [e.message for e in expected.errors or ()]
    assert list(schema.executor.counters.unplanned) == ([reason] if reason else [])


async def test_subscriptions_run() -> None:
    found = [
        result.data async for result in await make().subscribe("subscription { count(to: 2) }")
    ]
    assert found == [{"count": 0}, {"count": 1}]


async def test_permissions_hold() -> None:
    result = await make().executor.execute("{ forbidden }")
    assert result.data == {"forbidden": None}
    assert [error.message for error in result.errors or ()] == ["never"]


async def test_errors_are_processed_by_the_schema() -> None:
    seen: list[str] = []

    class Schema(PlannedSchema):
        def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
            seen.extend(error.message for error in errors)

    schema = Schema(Query)
    await schema.executor.execute("{ broken }")
    await schema.execute("{ broken }")
    assert seen == ["lost", "lost"]


class Noting(SchemaExtension):
    notes: list[str] = []  # noqa: RUF012

    def on_operation(self) -> Iterator[None]:
        self.notes.append("operation")
        yield
        result = self.execution_context.result
        self.notes.append(str(result.data if result else None))

    def on_parse(self) -> Iterator[None]:
        self.notes.append("parse")
        yield

    def on_validate(self) -> Iterator[None]:
        self.notes.append("validate")
        yield

    def on_execute(self) -> Iterator[None]:
        self.notes.append("execute")
        yield

    def get_results(self) -> dict[str, Any]:
        return {"noted": True}


async def test_extensions_see_every_step_each_time() -> None:
    schema = make(Noting)
    for _ in range(2):
        Noting.notes.clear()
        result = await schema.executor.execute("{ hello }")
        assert result.extensions == {"noted": True}
        assert Noting.notes == [
            "operation",
            "parse",
            "validate",
            "execute",
            "{'hello': 'hello you from hello'}",
        ]
    assert schema.executor.counters.planned == 2


async def test_an_extension_that_resolves_is_called_for_each_field() -> None:
    class Loud(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            return _next(root, info, *args, **kwargs).upper()

    schema = make(Loud)
    result = await schema.executor.execute("{ hello }")
    assert result.data == {"hello": "HELLO YOU FROM HELLO"}
    assert schema.executor.counters.unplanned == {"field middleware": 1}


async def test_validation_rules_of_an_extension_hold_for_known_documents() -> None:
    query = "{ __schema { queryType { name } } }"
    strict = make(lambda: AddValidationRules([NoSchemaIntrospectionCustomRule]))
    for _ in range(2):
        assert (await strict.executor.execute(query)).errors


async def test_a_document_extension_needs_none_of_strawberry_s_machinery() -> None:
    class Quiet(DocumentExtension):
        validation_rules = (NoSchemaIntrospectionCustomRule,)

        @classmethod
        def on_result(cls, result: ExecutionResult) -> None:
            result.errors = [GraphQLError("quiet") for _ in result.errors or ()]

    schema = make(Quiet)
    for execute in (schema.executor.execute, schema.execute):
        result = await execute("{ broken hello }")
        assert result.data == {"broken": None, "hello": "hello you from hello"}
        assert [error.message for error in result.errors or ()] == ["quiet"]
        refused = await execute("{ __schema { queryType { name } } }")
        assert {error.message for error in refused.errors or ()} == {"quiet"}


async def test_only_allowed_operations_run() -> None:
    schema = make()
    with pytest.raises(InvalidOperationTypeError):
        await schema.executor.execute(
            "mutation { add(one: 1, two: 2) }", allowed=[OperationType.QUERY]
        )


async def test_several_operations_need_a_name() -> None:
    schema = make()
    text = "query A { hello } query B { again: hello }"
    error = only_error(await schema.executor.execute(text))
    assert error.message == "Must provide operation name if query contains multiple operations."
    result = await schema.executor.execute(text, operation_name="B")
    assert result.data == {"again": "hello you from again"}
    error = only_error(await schema.executor.execute(text, operation_name="C"))
    assert error.message == "Unknown operation named 'C'."


async def test_syntax_errors_and_invalid_documents() -> None:
    schema = make()
    plain = strawberry.Schema(Query, Mutation, Subscription)
    for text in ("{ hello", "{ nothing }", "", "{ hello } fragment F on Query { hello }"):
        for _ in range(2):
            ours = await schema.executor.execute(text) if text else None
            if ours is None:
                continue
            theirs = await plain.execute(text)
            assert ours.data is None
            assert [e.formatted for e in ours.errors or ()] == [
                e.formatted for e in theirs.errors or ()
            ]
