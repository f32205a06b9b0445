"""What a failure of the database means for a whole request: once more, or 503, or 504."""

from typing import Final

from strawberry.types import ExecutionResult

from db.errors import ConnectionLost
from resolvers.context import Context
from resolvers.errors import DeadlineExceeded, Unavailable

STATUS_BY_CODE: Final = {Unavailable.code: 503, DeadlineExceeded.code: 504}


def may_run_again(result: ExecutionResult, context: Context) -> bool:
    """Whether a connection broke, as all do when PostgreSQL restarts, under an operation that has
    changed nothing: the pool finds the next connection whole, or says that there is none."""
    if not result.errors or (context.exchange is not None and context.exchange.completes):
        return False
    for error in result.errors:
        original = error.original_error
        if isinstance(original, Unavailable) and isinstance(original.__cause__, ConnectionLost):
            return True
    return False


def failure_status(result: ExecutionResult) -> int:
    """503 or 504 when nothing could be answered because of the database, else 200."""
    if result.errors and not any(value is not None for value in (result.data or {}).values()):
        for error in result.errors:
            code = (error.extensions or {}).get("code")
            if code in STATUS_BY_CODE:
                return STATUS_BY_CODE[code]
    return 200
