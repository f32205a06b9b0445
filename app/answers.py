"""What an operation gives, whatever carries it: one result, or those of a subscription."""

import asyncio
from collections.abc import Collection
from typing import Any, Final, TypeAlias

from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

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
    ) -> Answer:
        """The result of a query or a mutation; of a subscription its results, which are to be
        closed, or why there are none. Raises `InvalidOperationTypeError` unless it is `allowed`.
        """
        try:
            return await self._once(services, caller, query, variables, operation_name, CANCELLABLE)
        except InvalidOperationTypeError as error:
            kind = error.operation_type
            if kind not in allowed:
                raise
        if kind is OperationType.SUBSCRIPTION:
            return await self._executor.subscribe(
                query, variables, operation_name, lambda: Context(services, caller)
            )
        mutation = asyncio.create_task(
            self._once(services, caller, query, variables, operation_name, {kind})
        )
        self._mutations.add(mutation)
        mutation.add_done_callback(self._mutations.discard)
        return await asyncio.shield(mutation)

    async def _once(
        self,
        services: Services,
        caller: Caller,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        allowed: Collection[OperationType],
    ) -> ExecutionResult:
        context = Context(services, caller)
        try:
            return await self._executor.execute(
                query, variables, operation_name, context, allowed=allowed
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
