"""What a client may learn of an error: ours in full, anything unexpected only that it happened."""

import logging
from typing import Any, Final

from graphql import GraphQLError
from strawberry.types import ExecutionResult

from engine.extensions import DocumentExtension
from resolvers.errors import DomainError
from resolvers.request_id import REQUEST_ID

logger: Final = logging.getLogger("tonearm.graphql")

MASKED: Final = "Something went wrong on our side, and it is logged. Try again in a moment."


def is_expected(error: GraphQLError) -> bool:
    """Whether the client made it (a document that is not valid) or Tonearm says it on purpose."""
    original = error.original_error
    return original is None or isinstance(original, (DomainError, GraphQLError))


def masked(error: GraphQLError) -> GraphQLError:
    """`error` as the client sees it; everything has `extensions.code`."""
    if is_expected(error):
        if "code" not in (error.extensions or {}):
            error.extensions = {**(error.extensions or {}), "code": "BAD_DOCUMENT"}
        return error
    extensions: dict[str, Any] = {"code": "INTERNAL"}
    request_id = REQUEST_ID.get()
    if request_id is not None:
        extensions["requestId"] = request_id
    return GraphQLError(MASKED, nodes=error.nodes, path=error.path, extensions=extensions)


class MaskErrors(DocumentExtension):
    """Masks the errors of a result as the last thing that happens to it."""

    @classmethod
    def on_result(cls, result: ExecutionResult) -> None:
        result.errors = [masked(error) for error in result.errors or ()]
