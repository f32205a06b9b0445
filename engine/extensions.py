"""Extensions of Strawberry that cost nothing for each request."""

from collections.abc import Iterator
from typing import ClassVar

from graphql import ASTValidationRule, GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from engine.documents import Documents


class DocumentExtension(SchemaExtension):
    """An extension that looks only at documents and at results with errors.

    It works in any Strawberry schema. The executor needs none of Strawberry's machinery for it:
    documents are validated once, by `validation_rules` as well, and `on_result` is called where
    there are errors.
    """

    validation_rules: ClassVar[tuple[type[ASTValidationRule], ...]] = ()

    @classmethod
    def on_result(cls, result: ExecutionResult) -> None:
        """Changes a result that has errors; it goes out then."""

    def on_operation(self) -> Iterator[None]:
        execution = self.execution_context
        execution.validation_rules = (*execution.validation_rules, *self.validation_rules)
        yield
        if execution.result is not None and getattr(execution.result, "errors", None):
            self.on_result(execution.result)  # type: ignore[arg-type]


class KnownDocuments(SchemaExtension):
    """Gives documents that were seen before to Strawberry, parsed and validated."""

    def __init__(self, documents: Documents) -> None:
        super().__init__()
        self._documents = documents

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        query = execution.query
        if query and execution.graphql_document is None:
            max_tokens = execution.parse_options.get("max_tokens")
            document = self._documents.get(query)
            if document is None:
                document = self._documents.examine(query, None, max_tokens)
                self._documents.keep(query, document)
            execution.graphql_document = document.node
            if document.node is None and self._documents.bounds is not None:
                # Strawberry parses it again, and says what is wrong.
                execution.parse_options["max_tokens"] = self._documents.bounds.tokens
        yield

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.graphql_document is not None and execution.pre_execution_errors is None:
            document = self._documents.of_node(execution.graphql_document)
            errors = document.validate(execution.validation_rules)
            bounds = self._documents.bounds
            if not errors and bounds is not None:
                operation = document.operation(execution.operation_name)
                if not isinstance(operation, GraphQLError) and operation.size is not None:
                    variables = execution.variables or {}
                    error = bounds.inputs.error_of(variables)
                    cost = operation.size.cost.of(variables)
                    if error is None and cost > bounds.cost:
                        error = bounds.cost_error(cost)
                    errors = [] if error is None else [error]
            execution.pre_execution_errors = errors
        yield
