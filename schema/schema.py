"""The schema as it is served."""

from typing import Any

from graphql import GraphQLError
from strawberry.types import ExecutionContext

from engine.executor import PlannedSchema
from schema.errors import MaskErrors, is_expected, logger
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import CONFIG
from schema.subscription import Subscription


class Schema(PlannedSchema):
    """Runs by plans; errors that are the client's are not logged as ours."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        for error in errors:
            if not is_expected(error):
                logger.error("%s at %s", error.message, error.path, exc_info=error.original_error)


def make_schema(**options: Any) -> Schema:
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=CONFIG,
        extensions=[MaskErrors],
        **options,
    )


schema = make_schema()
