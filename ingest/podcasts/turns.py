"""Politeness: how often a host is asked."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    ended: float = 0.0


class Turns:
    """One request at a time to a host, with a gap between two."""

    def __init__(self, gap_seconds: float) -> None:
        self._gap = gap_seconds
        self._hosts: dict[str, _Turn] = {}

    @asynccontextmanager
    async def of(self, url: str) -> AsyncGenerator[None, None]:
        host = urlsplit(url).hostname or ""
        turn = self._hosts.setdefault(host, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                await asyncio.sleep(max(0.0, turn.ended + self._gap - time.monotonic()))
                try:
                    yield
                finally:
                    turn.ended = time.monotonic()
        finally:
            turn.users -= 1
            if len(self._hosts) > 10_000:
                self._forget()

    def _forget(self) -> None:
        ago = time.monotonic() - self._gap
        for host, turn in list(self._hosts.items()):
            if turn.users == 0 and turn.ended < ago:
                del self._hosts[host]
