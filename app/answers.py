"""What an operation gives, whatever carries it: one result, or those of a subscription."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final, TypeAlias

from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from app.rate_limits import RequestMeter
from engine.events import Results
from engine.executor import Executor
from resolvers.context import Context, Services
from resolvers.viewer import Caller

Answer: TypeAlias = ExecutionResult | Results

CANCELLABLE: Final = frozenset({OperationType.QUERY})


class Answers:
    """Runs the operations of transports that stay open.

    Cancel `of` when its client is gone: a query ends at once, a mutation is completed.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._mutations: set[asyncio.Task[ExecutionResult]] = set()

    async def of(
        self,
        services: Services,
        caller: Caller,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        allowed: Collection[OperationType],
        *,
        address: str,
        meter: RequestMeter,
    ) -> Answer:
        """The result of a query or a mutation; of a subscription its results, which are to be
        closed, or why there are none. Raises `InvalidOperationTypeError` unless it is `allowed`.
        """

        def new_context() -> Context:
            return Context(services, caller, address=address)

        run = partial(self._once, new_context, query, variables, operation_name)
        try:
            return await run(CANCELLABLE, meter)
        except InvalidOperationTypeError as error:
            kind = error.operation_type
            if kind not in allowed:
                raise
        if kind is OperationType.SUBSCRIPTION:
            return await self._executor.subscribe(
                query, variables, operation_name, new_context, meter=meter
            )
        mutation = asyncio.create_task(run({kind}, meter))
        self._mutations.add(mutation)
        mutation.add_done_callback(self._mutations.discard)
        return await asyncio.shield(mutation)

    async def _once(
        self,
        new_context: Callable[[], Context],
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        allowed: Collection[OperationType],
        meter: RequestMeter,
    ) -> ExecutionResult:
        context = new_context()
        try:
            return await self._executor.execute(
                query, variables, operation_name, context, allowed=allowed, meter=meter
            )
        finally:
            context.loaders.close()


def as_payload(result: ExecutionResult) -> dict[str, Any]:
    """A result as clients read it."""
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload


def is_refused(result: ExecutionResult) -> bool:
    """Whether nothing was executed: errors of fields have a path, those of a document have none."""
    if isinstance(result, PreExecutionError):  # of a subscription
        return True
    return result.data is None and all(not error.path for error in result.errors or ())
