"""A request as seen by who may end it before it is answered."""

import asyncio
from enum import Enum
from typing import Any


class Ended(Enum):
    """Why a request was ended."""

    GONE = "the client has gone"
    LATE = "its time was over"
    BODY_LATE = "its body did not come in time"


class Exchange:
    """One request, while it is being answered by the task that made this.

    What ends it cancels the task, and so the SQL that it waits for.

    Attributes:
        began: On the event loop's clock.
        completes: Whether something is being changed, which goes on without the client.
        seconds: How long it may take; None is as long as usual.
        ended: Why the task was cancelled, once it was.
    """

    __slots__ = ("_among", "_receive", "_task", "began", "completes", "ended", "seconds")

    def __init__(
        self,
        task: "asyncio.Task[Any] | None",
        receive: Any,
        began: float,
        among: "dict[Exchange, None]",
    ) -> None:
        self._task = task
        self._receive = receive
        self._among = among
        self.completes = False
        self.began = began
        self.seconds: float | None = None
        self.ended: Ended | None = None

    def complete(self, seconds: float | None = None) -> None:
        """From here on the work is done even if the client goes; within `seconds` from now."""
        self.completes = True
        if seconds is not None:
            self.seconds = asyncio.get_running_loop().time() - self.began + seconds

    def stream(self) -> None:
        """The answer lasts as long as the client stays: it has no end, and counts no more."""
        self._among.pop(self, None)

    @property
    def awaits_body(self) -> bool:
        """Whether the client is still sending. Only uvicorn's cycle, which receives, can tell."""
        return getattr(getattr(self._receive, "__self__", None), "more_body", False)

    def abandon(self) -> None:
        """The client has gone: nobody reads the answer."""
        if not self.completes:
            self.end(Ended.GONE)

    def end(self, reason: Ended) -> None:
        if self.ended is None and self._task is not None:
            self.ended = reason
            self._task.cancel()

    def close(self) -> None:
        """The task is about to answer: it can be ended no more, and is not kept."""
        self._task = self._receive = None
        self._among.pop(self, None)
