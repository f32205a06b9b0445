"""The events of a subscription: where they come from, as graphql-core finds it out."""

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, located_error
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event
from strawberry.execution import optimized_is_awaitable as is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from engine.documents import Operation


class Events:
    """What a subscription's resolver yields, each of which is executed on its own.

    What the resolver raises meanwhile comes as the last of them. As a context manager it closes
    what they come from, which has `aclose` as generators have.
    """

    def __init__(self, source: Any, executor: Executor[Any]) -> None:
        self._source = source
        self._executor = executor

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            async for event in self._source:
                yield event
        except Exception as error:
            yield located_error(error, self._executor.operation.selection_set.selections)

    async def __aenter__(self) -> "Events":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._source.aclose()

    async def execute(self, event: Any, context: Any) -> ExecutionResult:
        """What graphql-core makes of an event."""
        executor = self._executor.build_per_event_executor(event)
        executor.context_value = context
        result: Any = execute_subscription_event(executor)
        executed: ExecutionResult = await result if is_awaitable(result) else result
        return executed


async def source_events(
    schema: GraphQLSchema,
    document: DocumentNode | None,
    operation: Operation,
    variables: Mapping[str, Any] | None,
    context: Any,
) -> Events | list[GraphQLError]:
    """The events of a valid subscription; the errors where its resolver gives none."""
    name = operation.definition.name
    assert document is not None
    executor = StrawberryGraphQLCoreExecutionContext.build(
        schema,
        document,
        context_value=context,
        raw_variable_values=dict(variables or {}),
        operation_name=None if name is None else name.value,
    )
    if isinstance(executor, list):
        return executor
    source: Any = create_source_event_stream(executor)
    if is_awaitable(source):
        source = await source
    if isinstance(source, ExecutionResult):
        return source.errors or []
    return Events(source, executor)
