"""Executes what a client sent: documents from the cache, queries by plans, the rest as ever."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLError, specified_rules
from graphql.execution import execute as graphql_execute
from graphql.execution.values import VariableValues
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext
from strawberry.types import ExecutionResult as Result
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from engine.batch import HasLoaders
from engine.documents import Bounds, Document, Documents, Operation, Rules
from engine.events import Events, Results, source_events
from engine.extensions import DocumentExtension, KnownDocuments
from engine.plan import NotCovered, Shapes
from engine.run import Run
from engine.settle import settle
from engine.trace import Trace

AnyResult = TypeVar("AnyResult", bound=Result)

ALL_OPERATIONS: Final = frozenset(OperationType)
THREAD_SIZE: Final = 1_000
"""Characters from which on a new document is parsed and validated beside the event loop."""

NEW_DOCUMENT: Final = 50
"""Points that a document which is not known costs, and one more for so many characters: parsing
and validating it takes as long as reading so many objects (docs/decisions/0030)."""

CHARACTERS_PER_POINT: Final = 20


@dataclass(slots=True)
class Counters:
    """What the executor did since it was made.

    Attributes:
        planned: Operations that ran by a plan.
        unplanned: Operations that graphql-core ran, by the reason.
        parsed: Documents that were not in the cache.
    """

    planned: int = 0
    unplanned: Counter[str] = field(default_factory=Counter)
    parsed: int = 0


class Meter(Protocol):
    """Counts what a client uses."""

    def charge(self, points: int) -> None:
        """Counts `points` more: objects that may be read, or as much work. May raise an error of
        the endpoint's, which `Executor.execute` lets pass."""


class Executor:
    """Executes the operations of one Strawberry schema.

    `new_documents` and `known_documents` are the sizes, in characters of their texts, of the two
    parts of the cache of documents: those sent once, and those sent again. Set `bounds` to refuse
    what is too large.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        new_documents: int = 250_000,
        known_documents: int = 2_000_000,
    ) -> None:
        self.counters = Counters()
        self._schema = schema
        self._graphql = schema._schema
        self.documents = Documents(
            Shapes(self._graphql, schema), new_size=new_documents, known_size=known_documents
        )
        self._extensions: tuple[type[DocumentExtension], ...] = ()
        self._native = not schema.directives
        for extension in schema.extensions:
            if isinstance(extension, type) and issubclass(extension, DocumentExtension):
                self._extensions = (*self._extensions, extension)
            else:
                self._native = False
        self._rules: Rules = (
            *specified_rules,
            *(rule for extension in self._extensions for rule in extension.validation_rules),
        )
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="graphql-documents")

    @property
    def bounds(self) -> Bounds | None:
        """The most that is executed; set it before the first document comes."""
        return self.documents.bounds

    @bounds.setter
    def bounds(self, bounds: Bounds | None) -> None:
        self.documents.bounds = bounds

    # What an endpoint calls

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        *,
        root_value: Any = None,
        allowed: Collection[OperationType] = ALL_OPERATIONS,
        trace: Trace | None = None,
        meter: Meter | None = None,
    ) -> Result:
        """The result of an operation, as `Schema.execute` gives it.

        Without the per-request machinery of Strawberry where nothing needs it: when all
        extensions of the schema are a `DocumentExtension`, and the operation has a plan. Raises
        `InvalidOperationTypeError` for an operation that is not `allowed`. `trace` is told what
        was done, and `meter` what it costs, before it is done.
        """
        document = self.documents.get(query)
        if document is None:
            if meter is not None:
                meter.charge(NEW_DOCUMENT + len(query) // CHARACTERS_PER_POINT)
            document = await self._new_document(query)
        if trace is not None:
            trace.mark("document")
        if not self._native:
            return await self._ordinary(
                query, variables, operation_name, context, root_value, allowed
            )
        operation = document.ready.get(operation_name)
        if operation is None:
            found = self._examined(document, operation_name)
            if not isinstance(found, Operation):
                return self._finish(Result(None, found), context)
            operation = found
        if operation.kind not in allowed:
            raise InvalidOperationTypeError(operation.kind)
        bounds = self.documents.bounds
        if bounds is not None and operation.size is not None:
            cost = operation.size.cost.of(variables or {})
            if cost > bounds.cost:
                return self._finish(Result(None, [bounds.cost_error(cost)]), context)
            if meter is not None:
                meter.charge(cost)
        values = operation.variables.coerce(variables or {})
        if isinstance(values, list):
            return self._finish(Result(None, values), context)
        try:
            plan = operation.plan(values.coerced)
        except NotCovered as reason:
            result = await self._ordinary(
                query, variables, operation_name, context, root_value, allowed
            )
            if trace is not None:
                trace.reason = str(reason)
                trace.mark("graphql-core")
            return result
        self.counters.planned += 1
        if trace is not None:
            trace.mark("plan")
        run = Run(plan, context, root_value, values, trace=trace)
        data: dict[str, Any] | None = await run.execute()
        failures: list[GraphQLError] = []
        if run.failed:
            data, failures = settle(plan, data or {}, run.selections)
        if trace is not None:
            trace.mark("run")
            trace.of = plan
        if not failures:
            return Result(data, None)
        return self._finish(Result(data, failures), context)

    async def subscribe(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        new_context: Callable[[], HasLoaders],
        *,
        meter: Meter | None = None,
    ) -> PreExecutionError | Results:
        """The results of a subscription, one for each event; or why there are none.

        `new_context` makes a context for the stream of events, and one for each event, so that
        nothing is remembered from one to the next. Raises `InvalidOperationTypeError` for another
        operation.
        """
        document = self.documents.get(query) or await self._new_document(query)
        operation = document.ready.get(operation_name) or self._examined(document, operation_name)
        if not isinstance(operation, Operation):
            return self._refused(operation, None)
        if operation.kind is not OperationType.SUBSCRIPTION:
            raise InvalidOperationTypeError(operation.kind)
        bounds = self.documents.bounds
        if bounds is not None and operation.size is not None:
            cost = operation.size.cost.of(variables or {})
            if cost > bounds.cost:
                return self._refused([bounds.cost_error(cost)], None)
            if meter is not None:
                meter.charge(cost)
        values = operation.variables.coerce(variables or {})
        if isinstance(values, list):
            return self._refused(values, None)
        assert document.node is not None
        context = new_context()
        events = await source_events(self._graphql, document.node, operation, variables, context)
        if isinstance(events, list):
            context.loaders.close()
            return self._refused(events, context)
        return Results(events, self._results(operation, events, values, new_context))

    def _refused(self, errors: list[GraphQLError], context: Any) -> PreExecutionError:
        return self._finish(PreExecutionError(None, errors), context)

    async def _results(
        self,
        operation: Operation,
        events: Events,
        values: VariableValues,
        new_context: Callable[[], HasLoaders],
    ) -> AsyncGenerator[Result, None]:
        async for event in events:
            context = new_context()
            try:
                if isinstance(event, GraphQLError):
                    yield self._finish(Result(None, [event]), context)
                    return
                data, errors = await self._event(operation, events, event, values, context)
            finally:
                context.loaders.close()
            result = Result(data, errors or None)
            yield self._finish(result, context) if errors else result

    async def _event(
        self,
        operation: Operation,
        events: Events,
        event: Any,
        values: VariableValues,
        context: HasLoaders,
    ) -> tuple[dict[str, Any] | None, list[GraphQLError] | None]:
        try:
            plan = operation.plan(values.coerced)
        except NotCovered as reason:
            self.counters.unplanned[str(reason)] += 1
            result = await events.execute(event, context)
            return result.data, result.errors
        self.counters.planned += 1
        run = Run(plan, context, event, values)
        data = await run.execute()
        return settle(plan, data or {}, run.selections) if run.failed else (data, None)

    def _examined(
        self, document: Document, operation_name: str | None
    ) -> Operation | list[GraphQLError]:
        """An operation that is ready to run, or the errors of its document."""
        found = document.validate(self._rules) or document.operation(operation_name)
        if isinstance(found, Operation):
            document.ready[operation_name] = found
            return found
        return found if isinstance(found, list) else [found]

    def known(self, query: str, operation_name: str | None) -> Operation | None:
        """The operation, if it was executed before and is still kept."""
        document = self.documents.peek(query)
        return None if document is None else document.ready.get(operation_name)

    async def _new_document(self, query: str) -> Document:
        """The document of a new text, examined; if it is long, beside the event loop."""
        self.counters.parsed += 1
        if len(query) > THREAD_SIZE:
            document = await asyncio.get_running_loop().run_in_executor(
                self._beside, self.documents.examine, query, self._rules
            )
        else:
            document = self.documents.examine(query, self._rules)
        self.documents.keep(query, document)
        return document

    def _finish(self, result: AnyResult, context: Any) -> AnyResult:
        if result.errors:
            about = ExecutionContext(
                query=None, schema=self._schema, allowed_operations=(), context=context
            )
            self._schema._process_errors(result.errors, about)
        for extension in self._extensions:
            extension.on_result(result)
        return result

    async def _ordinary(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Any,
        root_value: Any,
        allowed: Iterable[OperationType],
    ) -> Result:
        return await self._schema.execute(
            query,
            variable_values=dict(variables or {}),
            operation_name=operation_name,
            context_value=context,
            root_value=root_value,
            allowed_operation_types=allowed,
        )

    # What Strawberry calls

    def execute_document(
        self,
        schema: Any,
        document: DocumentNode,
        *,
        root_value: Any,
        middleware: Any,
        variable_values: dict[str, Any] | None,
        operation_name: str | None,
        context_value: Any,
        **options: Any,
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """graphql-core's `execute` with the arguments that Strawberry gives it."""
        try:
            operation = self._operation(document, operation_name, middleware, options)
            values = operation.variables.coerce(variable_values or {})
            if isinstance(values, list):
                return ExecutionResult(None, values)
            plan = operation.plan(values.coerced)
        except NotCovered as reason:
            self.counters.unplanned[str(reason)] += 1
            return graphql_execute(
                schema,
                document,
                root_value=root_value,
                middleware=middleware,
                variable_values=variable_values,
                operation_name=operation_name,
                context_value=context_value,
                **options,
            )
        self.counters.planned += 1
        extensions = options.get("operation_extensions")
        return _executed(Run(plan, context_value, root_value, values, extensions))

    def _operation(
        self,
        document: DocumentNode,
        operation_name: str | None,
        middleware: Any,
        options: Mapping[str, Any],
    ) -> Operation:
        if middleware is not None and middleware.middlewares:
            raise NotCovered("field middleware")
        if "is_async_iterable" in options:
            raise NotCovered("synchronous execution")
        if options.get("executor_class") is not StrawberryGraphQLCoreExecutionContext:
            raise NotCovered("execution context class")
        operation = self.documents.of_node(document).operation(operation_name)
        if isinstance(operation, GraphQLError):
            raise NotCovered("no such operation")
        return operation


async def _executed(run: Run) -> ExecutionResult:
    data: dict[str, Any] | None = await run.execute()
    if not run.failed:
        return ExecutionResult(data, None)
    data, errors = settle(run.plan, data or {}, run.selections)
    return ExecutionResult(data, errors or None)


class PlannedSchema(strawberry.Schema):
    """A Strawberry schema whose queries run by plans, through all that Strawberry does.

    `_get_execute_function` is private to Strawberry; tests/engine/test_hook.py tells when it
    changes, and pyproject.toml pins the version.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.executor = Executor(self)

    def _get_execute_function(self) -> Any:
        if self.config.enable_experimental_incremental_execution:
            return super()._get_execute_function()
        return self.executor.execute_document

    def get_extensions(self, sync: bool = False) -> list[SchemaExtension]:
        return [*super().get_extensions(sync), KnownDocuments(self.executor.documents)]
