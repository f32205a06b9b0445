"""The events of a subscription: where they come from, as graphql-core finds it out."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Self

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, located_error
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event
from strawberry.execution import optimized_is_awaitable as is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionResult as Result

from engine.documents import Operation


class Events:
    """What a subscription's resolver yields, each of which is executed on its own.

    What the resolver raises meanwhile comes as the last of them.
    """

    def __init__(self, source: Any, executor: Executor[Any]) -> None:
        self._source = source
        self._executor = executor

    async def __aiter__(self) -> AsyncGenerator[Any, None]:
        try:
            async for event in self._source:
                yield event
        except Exception as error:
            yield located_error(error, self._executor.operation.selection_set.selections)

    async def aclose(self) -> None:
        """Closes what they come from, which has `aclose` as generators have."""
        await self._source.aclose()
        context = self._executor.context_value
        if context is not None:
            context.loaders.close()
            self._executor.context_value = None  # graphql-core's executor is part of a cycle

    async def execute(self, event: Any, context: Any) -> ExecutionResult:
        """What graphql-core makes of an event."""
        executor = self._executor.build_per_event_executor(event)
        executor.context_value = context
        result: Any = execute_subscription_event(executor)
        executed: ExecutionResult = await result if is_awaitable(result) else result
        return executed


class Results:
    """The results of a subscription, one for each event. They must be closed."""

    def __init__(self, events: Events, results: AsyncGenerator[Result, None]) -> None:
        self._events = events
        self._results = results

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Result:
        return await anext(self._results)

    async def aclose(self) -> None:
        """Ends what is listened to, also when nothing was asked for yet."""
        try:
            await self._results.aclose()
        finally:
            await self._events.aclose()


async def source_events(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: Operation,
    variables: Mapping[str, Any] | None,
    context: Any,
) -> Events | list[GraphQLError]:
    """The events of a valid subscription; the errors where its resolver gives none."""
    name = operation.definition.name
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
