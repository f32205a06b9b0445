"""Which request something is done for: clients are told, and each line of the logs."""

from contextvars import ContextVar
from typing import Final

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""None outside of requests. What a request starts in the background keeps its id."""
